package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * What became of the messages of one type since an instance was mounted. Immutable.
 *
 * @param inbound how many requests of peers were read
 * @param inboundRefused how many of them were refused
 * @param outbound how many requests were sent
 * @param outboundFailed how many of them failed
 * @param outboundTime how long those took together that were answered, from connecting to
 * the answer
 */
public record KadMessageStats(long inbound, long inboundRefused, long outbound, long outboundFailed,
		Duration outboundTime) {
}
