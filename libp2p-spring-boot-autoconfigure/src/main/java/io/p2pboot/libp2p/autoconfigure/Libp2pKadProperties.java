package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.AddressScope;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of Kademlia. What is not set is the default of the protocol's network.
 *
 * @param enabled Whether to take part in a Kademlia network, if `libp2p.kad.protocol` is
 * set.
 * @param protocol Protocol id of the network, for example `/myapp/kad/1.0.0`. Networks
 * with the same id become one once they meet.
 * @param mode Whether this node answers others. Defaults to auto where only addresses of
 * the internet are dealt with, else to auto-server.
 * @param bootstrap Addresses of peers to ask first, each ending with the peer id.
 * Defaults to the bootstrap peers of the node.
 * @param scope Nearest scope of the addresses that are kept, dialed and sent. Defaults to
 * internet on `/ipfs/kad/1.0.0`, else to host.
 * @param peersWithin Farthest scope from which peers get a place in the routing table.
 * Defaults to internet, which is everywhere.
 * @param bucketSize Number of peers that a bucket holds, and that things are stored at.
 * @param concurrency Number of peers that a lookup asks at once.
 * @param resiliency Number of the nearest peers that have to answer before a lookup ends.
 * @param disjointPaths Number of paths without a common peer that a lookup is split into.
 * @param lookupTimeout Timeout of a lookup.
 * @param requestTimeout Timeout of a request, from connecting to its answer.
 * @param refreshInterval Interval of refreshing the routing table.
 * @param providers Provider records.
 * @param values Values.
 * @param store File that keeps the state of Kademlia.
 * @param diversity Peers whose addresses are of one group.
 * @param health Health.
 * @param instances Further instances by name, each with the properties of `libp2p.kad`
 * but `instances`, for example `libp2p.kad.instances.lan.protocol`.
 */
@ConfigurationProperties("libp2p.kad")
public record Libp2pKadProperties(@DefaultValue("true") boolean enabled, @Nullable String protocol,
		Kademlia.@Nullable Mode mode, @ShownAsText @Nullable List<AddrInfo> bootstrap, @Nullable AddressScope scope,
		@Nullable AddressScope peersWithin, @DefaultValue("20") int bucketSize, @DefaultValue("10") int concurrency,
		@DefaultValue("3") int resiliency, @DefaultValue("1") int disjointPaths,
		@DefaultValue("60s") Duration lookupTimeout, @DefaultValue("10s") Duration requestTimeout,
		@DefaultValue("10m") Duration refreshInterval, @DefaultValue Providers providers, @DefaultValue Values values,
		@DefaultValue Store store, @DefaultValue Diversity diversity, @DefaultValue Health health,
		@DefaultValue Map<String, Libp2pKadProperties> instances) {

	/**
	 * Provider records.
	 *
	 * @param enabled Whether to keep provider records for others.
	 * @param timeToLive Time that provider records are kept.
	 * @param reprovideInterval Time within which every provided key is announced again.
	 * @param optimistic Whether to provide by an estimate of the network's size, and to
	 * return once three quarters of the nearest peers have stored it.
	 */
	public record Providers(@DefaultValue("true") boolean enabled, @DefaultValue("48h") Duration timeToLive,
			@DefaultValue("22h") Duration reprovideInterval, @DefaultValue("false") boolean optimistic) {
	}

	/**
	 * Values.
	 *
	 * @param enabled Whether to keep values for others.
	 * @param timeToLive Time that values are kept.
	 */
	public record Values(@DefaultValue("true") boolean enabled, @DefaultValue("48h") Duration timeToLive) {
	}

	/**
	 * File that keeps the state of Kademlia.
	 *
	 * @param location Path of the file that keeps values, provider records, provided keys
	 * and the routing table, for the next start. Without it they are kept in memory.
	 * @param maxSize Maximum size of the file.
	 */
	public record Store(@Nullable String location, @DefaultValue("1GB") DataSize maxSize) {
	}

	/**
	 * Peers of one IPv4 /16, autonomous system or IPv6 /32.
	 *
	 * @param perBucket Maximum number of such peers in a bucket.
	 * @param total Maximum number of such peers in the routing table.
	 */
	public record Diversity(@DefaultValue("2") int perBucket, @DefaultValue("3") int total) {
	}

	/**
	 * Health.
	 *
	 * @param minTableSize Number of peers in the routing table below which health is
	 * down.
	 */
	public record Health(@DefaultValue("0") int minTableSize) {
	}

}
