package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of multicast DNS.
 *
 * @param enabled Whether to find peers of the local network, and to be found by them.
 * Needs the module libp2p-mdns.
 * @param dial Whether to connect to peers that are found.
 * @param serviceName Name of the service to offer and to look for. Only nodes with the
 * same name find each other.
 * @param queryInterval Longest pause between two questions on a network.
 * @param interfaces Names of the network interfaces to use. Without any, all but the
 * loopback are used.
 */
@ConfigurationProperties("libp2p.mdns")
record MdnsProperties(@DefaultValue("false") boolean enabled, @DefaultValue("true") boolean dial,
		@DefaultValue("_p2p._udp") String serviceName, @DefaultValue("30s") Duration queryInterval,
		@DefaultValue List<String> interfaces) {

}
