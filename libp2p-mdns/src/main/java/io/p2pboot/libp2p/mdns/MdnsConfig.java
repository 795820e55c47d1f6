package io.p2pboot.libp2p.mdns;

import java.time.Duration;

/**
 * How multicast DNS behaves. Immutable.
 *
 * @param service the name of the service, with {@code local}
 * @param queryInterval the longest pause between two questions on a link
 * @param dial whether peers that are found are dialled
 */
record MdnsConfig(String service, Duration queryInterval, boolean dial) {

}
