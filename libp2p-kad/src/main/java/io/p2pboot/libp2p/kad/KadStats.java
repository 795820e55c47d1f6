package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * What an instance holds, and what it has done since it was mounted. Immutable.
 *
 * @param tableSize how many peers the routing table holds
 * @param records how many values are kept
 * @param providers how many provider records are kept
 * @param providedKeys how many keys this node provides again and again
 * @param reprovideLag how long the most overdue of them waits
 * @param lookups how many lookups have ended
 * @param lookupRequests how many requests they sent together
 * @param inboundRequests how many requests of peers were read
 * @param inboundRefused how many of them were refused
 * @param outboundRequests how many requests were sent
 * @param outboundFailed how many of them failed
 * @param peersAdded how many peers got a place in the table
 * @param peersEvicted how many lost theirs
 * @param peersRefused how many got none
 */
public record KadStats(int tableSize, int records, int providers, int providedKeys, Duration reprovideLag, long lookups,
		long lookupRequests, long inboundRequests, long inboundRefused, long outboundRequests, long outboundFailed,
		long peersAdded, long peersEvicted, long peersRefused) {
}
