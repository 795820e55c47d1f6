package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ProtocolPath;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an instance. Immutable.
 *
 * @param path the protocol
 * @param mode whether it serves
 * @param lookup how lookups go
 * @param requestTimeout how long one request may take, from connecting to its answer
 * @param refreshInterval the time from one refresh of the table to the next
 * @param valueTimeToLive how long a value is kept
 * @param providerTimeToLive how long a provider is kept
 * @param reprovideInterval in which time every key that is provided is announced again
 * @param optimisticProvide whether a provide may end by the size of the network
 * @param providersEnabled whether provider records are kept
 * @param valuesEnabled whether values are kept
 * @param groupPerBucket how many peers of one address group a bucket holds
 * @param groupInTable how many peers of one address group the table holds
 * @param filter the addresses that it deals with
 * @param asn tells autonomous systems
 * @param validators the validators by namespace
 * @param bootstrap whom it asks first
 * @param store what outlives the process; null if nothing does
 */
record KadConfig(ProtocolPath path, Kademlia.Mode mode, LookupConfig lookup, Duration requestTimeout,
		Duration refreshInterval, Duration valueTimeToLive, Duration providerTimeToLive, Duration reprovideInterval,
		boolean optimisticProvide, boolean providersEnabled, boolean valuesEnabled, int groupPerBucket,
		int groupInTable, AddressFilter filter, AsnLookup asn, Validators validators, List<AddrInfo> bootstrap,
		@Nullable FileKadStore store) {

	KadConfig {
		bootstrap = List.copyOf(bootstrap);
	}

}
