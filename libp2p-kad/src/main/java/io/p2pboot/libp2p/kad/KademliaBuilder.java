package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.multiformats.AddressScope;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Kademlia}. Not thread-safe.
 */
public final class KademliaBuilder {

	/** The public network of IPFS: what differs from its parameters is refused. */
	static final String AMINO = "/ipfs/kad/1.0.0";

	/** Of which peers of the public network keep values. */
	private static final List<String> AMINO_NAMESPACES = List.of(PublicKeyValidator.NAMESPACE, "ipns");

	private final ProtocolPath path;

	private final Map<String, RecordValidator> validators = new TreeMap<>();

	private final List<AddrInfo> bootstrap = new ArrayList<>();

	private Kademlia.@Nullable Mode mode;

	private int bucketSize = LookupConfig.DEFAULT.k();

	private int concurrency = LookupConfig.DEFAULT.alpha();

	private int resiliency = LookupConfig.DEFAULT.beta();

	private int disjointPaths = LookupConfig.DEFAULT.paths();

	private Duration lookupTimeout = LookupConfig.DEFAULT.timeout();

	private Duration requestTimeout = Duration.ofSeconds(10);

	private Duration refreshInterval = Duration.ofMinutes(10);

	private Duration recordTimeToLive = Duration.ofHours(48);

	private Duration provideTimeToLive = Duration.ofHours(48);

	private Duration reprovideInterval = Duration.ofHours(22);

	private boolean optimisticProvide;

	private boolean providersEnabled = true;

	private boolean valuesEnabled = true;

	private int groupPerBucket = 2;

	private int groupInTable = 3;

	private AddressScope scope;

	private AddressScope farthest = AddressScope.INTERNET;

	private AsnLookup asn = AsnLookup.NONE;

	private @Nullable FileKadStore store;

	KademliaBuilder(ProtocolPath path) {
		this.path = path;
		this.scope = path.value().equals(AMINO) ? AddressScope.INTERNET : AddressScope.HOST;
		this.validators.put(PublicKeyValidator.NAMESPACE, new PublicKeyValidator());
	}

	/**
	 * Sets whether the node answers others.
	 * @param mode the mode; default {@code AUTO} if the scope is the internet, else
	 * {@code AUTO_SERVER}
	 * @return this
	 */
	public KademliaBuilder mode(Kademlia.Mode mode) {
		this.mode = mode;
		return this;
	}

	/**
	 * Adds peers that are asked first.
	 * @param peers the peers with their addresses
	 * @return this
	 */
	public KademliaBuilder bootstrap(List<AddrInfo> peers) {
		this.bootstrap.addAll(peers);
		return this;
	}

	/**
	 * Lets keys of a namespace have values.
	 * @param namespace the first part of the keys, without slashes
	 * @param validator decides which
	 * @return this
	 * @throws IllegalArgumentException if the namespace is empty, has a slash or is taken
	 */
	public KademliaBuilder validator(String namespace, RecordValidator validator) {
		if (namespace.isEmpty() || namespace.contains("/")) {
			throw new IllegalArgumentException("A namespace is a name without slashes, was '" + namespace + "'");
		}
		if (this.validators.putIfAbsent(namespace, validator) != null) {
			throw new IllegalArgumentException("The namespace '" + namespace + "' has a validator");
		}
		return this;
	}

	/**
	 * Sets the nearest scope of the addresses that are kept, dialled and sent.
	 * @param scope {@code INTERNET} for public addresses only, without relayed ones;
	 * {@code PRIVATE_NETWORK} for all but this host's; {@code HOST} for all. Default
	 * {@code HOST}, and {@code INTERNET} on {@code /ipfs/kad/1.0.0}
	 * @return this
	 * @throws IllegalArgumentException if the scope is {@code NOWHERE}
	 */
	public KademliaBuilder addressScope(AddressScope scope) {
		if (scope == AddressScope.NOWHERE) {
			throw new IllegalArgumentException("No address would be kept");
		}
		this.scope = scope;
		return this;
	}

	/**
	 * Sets from how far peers get a place in the routing table; anybody is asked and
	 * answered all the same.
	 * @param scope {@code PRIVATE_NETWORK} for peers whose connection does not cross the
	 * internet, or that are behind the same public address as this node; {@code HOST} for
	 * those on this host. Default {@code INTERNET}: all
	 * @return this
	 * @throws IllegalArgumentException if the scope is {@code NOWHERE}
	 */
	public KademliaBuilder peersWithin(AddressScope scope) {
		if (scope == AddressScope.NOWHERE) {
			throw new IllegalArgumentException("No peer would get a place");
		}
		this.farthest = scope;
		return this;
	}

	/**
	 * Sets how many peers a bucket holds, and at how many peers things are stored.
	 * @param k positive; default 20
	 * @return this
	 */
	public KademliaBuilder bucketSize(int k) {
		this.bucketSize = k;
		return this;
	}

	/**
	 * Sets how many peers a lookup asks at once.
	 * @param alpha positive; default 10
	 * @return this
	 */
	public KademliaBuilder concurrency(int alpha) {
		this.concurrency = alpha;
		return this;
	}

	/**
	 * Sets how many of the nearest peers have to have answered before a lookup ends.
	 * @param beta positive; default 3
	 * @return this
	 */
	public KademliaBuilder resiliency(int beta) {
		this.resiliency = beta;
		return this;
	}

	/**
	 * Sets over how many paths that share no peer a lookup goes, against peers that lie.
	 * @param paths positive; default 1
	 * @return this
	 */
	public KademliaBuilder disjointPaths(int paths) {
		this.disjointPaths = paths;
		return this;
	}

	/**
	 * Sets how long a lookup may take.
	 * @param timeout positive; default 60 seconds
	 * @return this
	 */
	public KademliaBuilder lookupTimeout(Duration timeout) {
		this.lookupTimeout = positive("lookup time-out", timeout);
		return this;
	}

	/**
	 * Sets how long one request may take, from connecting to its answer.
	 * @param timeout positive; default 10 seconds
	 * @return this
	 */
	public KademliaBuilder requestTimeout(Duration timeout) {
		this.requestTimeout = positive("request time-out", timeout);
		return this;
	}

	/**
	 * Sets the time from one refresh of the table to the next.
	 * @param interval positive; default 10 minutes
	 * @return this
	 */
	public KademliaBuilder refreshInterval(Duration interval) {
		this.refreshInterval = positive("refresh interval", interval);
		return this;
	}

	/**
	 * Sets how long values of others are kept.
	 * @param timeToLive positive; default 48 hours
	 * @return this
	 */
	public KademliaBuilder recordTimeToLive(Duration timeToLive) {
		this.recordTimeToLive = positive("time to live of values", timeToLive);
		return this;
	}

	/**
	 * Sets how long provider records are kept.
	 * @param timeToLive positive; default 48 hours
	 * @return this
	 */
	public KademliaBuilder provideTimeToLive(Duration timeToLive) {
		this.provideTimeToLive = positive("time to live of providers", timeToLive);
		return this;
	}

	/**
	 * Sets in which time every key of {@link Kademlia#startProviding} is announced again.
	 * @param interval positive; default 22 hours
	 * @return this
	 */
	public KademliaBuilder reprovideInterval(Duration interval) {
		this.reprovideInterval = positive("reprovide interval", interval);
		return this;
	}

	/**
	 * Sets whether a provide goes by an estimate of the network's size: it stores with
	 * peers that are near enough while it still looks for nearer ones, and returns once
	 * three quarters have stored it. Without an estimate, until a few lookups have been
	 * made, it goes the usual way.
	 * @param optimistic whether it does; default {@code false}
	 * @return this
	 */
	public KademliaBuilder optimisticProvide(boolean optimistic) {
		this.optimisticProvide = optimistic;
		return this;
	}

	/**
	 * Sets how many peers whose addresses are of one group the table may hold: a group is
	 * an IPv4 /16, an autonomous system or an IPv6 /32. Addresses that are not of the
	 * internet have none.
	 * @param perBucket how many in a bucket; positive, default 2
	 * @param total how many in all; positive, default 3
	 * @return this
	 * @throws IllegalArgumentException if a number is not positive
	 */
	public KademliaBuilder diversity(int perBucket, int total) {
		if (perBucket < 1 || total < 1) {
			throw new IllegalArgumentException("At least one peer of a group has to have a place");
		}
		this.groupPerBucket = perBucket;
		this.groupInTable = total;
		return this;
	}

	/**
	 * Sets what tells the autonomous system of an IPv6 address.
	 * @param lookup must not block; default {@link AsnLookup#NONE}
	 * @return this
	 */
	public KademliaBuilder asnLookup(AsnLookup lookup) {
		this.asn = lookup;
		return this;
	}

	/**
	 * Lets the instance go on after a restart: it takes in what the store holds when it
	 * is mounted, which blocks on the disk, and writes there what becomes of it.
	 * @param store of no other instance; closed with this one. Default: none, all is kept
	 * in memory
	 * @return this
	 */
	public KademliaBuilder store(FileKadStore store) {
		this.store = store;
		return this;
	}

	/**
	 * Keeps no provider records for others, and refuses requests for them.
	 * @return this
	 */
	public KademliaBuilder disableProviders() {
		this.providersEnabled = false;
		return this;
	}

	/**
	 * Keeps no values for others, and refuses to store them.
	 * @return this
	 */
	public KademliaBuilder disableValues() {
		this.valuesEnabled = false;
		return this;
	}

	/**
	 * Builds the instance.
	 * @return the instance, mounted nowhere yet
	 * @throws IllegalArgumentException if a number is not positive
	 * @throws IllegalStateException if the instance would harm the public network of IPFS
	 */
	public Kademlia build() {
		return new Kademlia(config());
	}

	KadConfig config() {
		List<String> strange = this.validators.keySet()
			.stream()
			.filter((namespace) -> !AMINO_NAMESPACES.contains(namespace))
			.toList();
		if (this.path.value().equals(AMINO) && !strange.isEmpty()) {
			throw new IllegalStateException("On " + AMINO + " nobody keeps values of " + strange);
		}
		boolean changed = this.bucketSize != LookupConfig.DEFAULT.k() || !this.providersEnabled || !this.valuesEnabled;
		if (this.path.value().equals(AMINO) && changed) {
			throw new IllegalStateException(
					"On " + AMINO + " the bucket size is 20, and providers and values are kept");
		}
		Kademlia.Mode chosen = (this.mode != null) ? this.mode
				: (this.scope == AddressScope.INTERNET) ? Kademlia.Mode.AUTO : Kademlia.Mode.AUTO_SERVER;
		LookupConfig lookup = new LookupConfig(this.bucketSize, this.concurrency, this.resiliency, this.disjointPaths,
				this.lookupTimeout, true);
		return new KadConfig(this.path, chosen, lookup, this.requestTimeout, this.refreshInterval,
				this.recordTimeToLive, this.provideTimeToLive, this.reprovideInterval, this.optimisticProvide,
				this.providersEnabled, this.valuesEnabled, this.groupPerBucket, this.groupInTable,
				new AddressFilter(this.scope, this.farthest), this.asn, new Validators(this.validators), this.bootstrap,
				this.store);
	}

	private static Duration positive(String what, Duration time) {
		if (time.isNegative() || time.isZero()) {
			throw new IllegalArgumentException("The " + what + " must be positive, was " + time);
		}
		return time;
	}

}
