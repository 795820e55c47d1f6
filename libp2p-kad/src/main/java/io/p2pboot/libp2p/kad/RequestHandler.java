package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Answers requests out of the table and the stores. Plain state without I/O; not
 * thread-safe. Specification: kad-dht, "RPC messages".
 */
final class RequestHandler {

	/** How long the addresses of a provider are handed on; later its id alone. */
	static final Duration PROVIDER_ADDRESS_TIME_TO_LIVE = Duration.ofHours(24);

	/** What is known of peers beside the table. */
	interface Peers {

		/** The addresses known for a peer, our own included. */
		List<Multiaddr> addresses(PeerId peer);

		boolean isConnected(PeerId peer);

		void keepAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive);

	}

	private final PeerId self;

	private final int k;

	private final boolean providersEnabled;

	private final boolean valuesEnabled;

	private final AddressFilter filter;

	private final RoutingTable table;

	private final ProviderStore providers;

	private final RecordStore records;

	private final Validators validators;

	private final Peers peers;

	private final Clock clock;

	private final Random random;

	private final RateLimit requests = new RateLimit(KadLimits.MAX_REQUESTS_PER_SECOND,
			KadLimits.MAX_REQUESTS_PER_SECOND, KadLimits.MAX_RATED_PEERS);

	private final RateLimit puts = new RateLimit(KadLimits.MAX_PUTS_PER_SECOND, KadLimits.MAX_PUT_BURST,
			KadLimits.MAX_RATED_PEERS);

	private final RateLimit adds = new RateLimit(KadLimits.MAX_ADDS_PER_SECOND, KadLimits.MAX_ADDS_PER_SECOND,
			KadLimits.MAX_RATED_PEERS);

	RequestHandler(PeerId self, KadConfig config, RoutingTable table, ProviderStore providers, RecordStore records,
			Peers peers, Clock clock, Random random) {
		this.self = self;
		this.k = config.lookup().k();
		this.providersEnabled = config.providersEnabled();
		this.valuesEnabled = config.valuesEnabled();
		this.filter = config.filter();
		this.table = table;
		this.providers = providers;
		this.records = records;
		this.validators = config.validators();
		this.peers = peers;
		this.clock = clock;
		this.random = random;
	}

	/**
	 * Counts a request against what its peer may send.
	 * @return 0 if it may be answered now, else in how many nanoseconds to ask again
	 */
	long delayNanos(PeerId requester, KadMessage.Type type, long nowNanos) {
		long delay = this.requests.take(requester, nowNanos);
		if (delay > 0) {
			return delay;
		}
		return switch (type) {
			case PUT_VALUE -> this.puts.take(requester, nowNanos);
			case ADD_PROVIDER -> this.adds.take(requester, nowNanos);
			case GET_VALUE, GET_PROVIDERS, FIND_NODE, PING -> 0;
		};
	}

	/**
	 * Answers a request.
	 * @param requester who asks
	 * @param distance the scope of its own address
	 * @param request the request
	 * @param nowNanos the time
	 * @return the answer; empty if the request has none
	 * @throws RequestRefused if it is not to be answered
	 */
	Optional<KadMessage> answer(PeerId requester, AddressScope distance, KadMessage request, long nowNanos)
			throws RequestRefused {
		if (!request.key().hasRemaining() && request.type() != KadMessage.Type.PING) {
			throw new RequestRefused("A request of type " + request.type() + " has no key");
		}
		return switch (request.type()) {
			case PUT_VALUE -> Optional.of(put(request, nowNanos));
			case GET_VALUE -> Optional.of(get(requester, distance, request, nowNanos));
			case ADD_PROVIDER -> {
				addProvider(requester, distance, request, nowNanos);
				// "ADD_PROVIDER: no response": one would be taken for the next answer.
				yield Optional.empty();
			}
			case GET_PROVIDERS -> Optional.of(getProviders(requester, distance, request, nowNanos));
			case FIND_NODE -> Optional.of(findNode(requester, distance, request));
			case PING -> Optional.of(KadMessage.of(KadMessage.Type.PING, ByteBuffer.allocate(0)));
		};
	}

	// Peers near a key.

	private KadMessage findNode(PeerId requester, AddressScope distance, KadMessage request) {
		List<KadPeer> closer = new ArrayList<>();
		Optional<PeerId> target = peerId(request.key());
		target.map((id) -> peer(id, distance)).filter((peer) -> !peer.addresses().isEmpty()).ifPresent(closer::add);
		closer.addAll(closer(request.key(), distance, requester, target.orElse(requester)));
		return new KadMessage(request.type(), ByteBuffer.allocate(0), null, closer, List.of());
	}

	private static Optional<PeerId> peerId(ByteBuffer key) {
		try {
			return Optional.of(PeerId.decode(key.duplicate()));
		}
		catch (io.p2pboot.libp2p.multiformats.DecodeException ex) {
			// Any key may be looked for; this one names no peer.
			return Optional.empty();
		}
	}

	private List<KadPeer> closer(ByteBuffer key, AddressScope distance, PeerId... leftOut) {
		List<PeerId> excluded = List.of(leftOut);
		return this.table.nearest(KadKey.of(key), this.k + excluded.size())
			.stream()
			.map(RoutingTable.Entry::id)
			.filter((id) -> !excluded.contains(id))
			.map((id) -> peer(id, distance))
			.filter((peer) -> !peer.addresses().isEmpty())
			.limit(this.k)
			.toList();
	}

	private KadPeer peer(PeerId id, AddressScope distance) {
		boolean connected = this.peers.isConnected(id);
		return new KadPeer(id, KadKey.of(id), this.filter.keep(this.peers.addresses(id), distance),
				connected ? KadPeer.Link.CONNECTED : KadPeer.Link.NOT_CONNECTED);
	}

	// Providers.

	private KadMessage getProviders(PeerId requester, AddressScope distance, KadMessage request, long nowNanos)
			throws RequestRefused {
		checkProviderKey(request.key());
		List<PeerId> known = new ArrayList<>(this.providers.providers(KadKey.of(request.key()), nowNanos));
		Collections.shuffle(known, this.random);
		List<KadPeer> providing = known.stream()
			.limit(KadLimits.MAX_PROVIDERS_PER_ANSWER)
			.map((id) -> peer(id, distance))
			.toList();
		return new KadMessage(request.type(), request.key(), null, closer(request.key(), distance, requester),
				providing);
	}

	private void addProvider(PeerId requester, AddressScope distance, KadMessage request, long nowNanos)
			throws RequestRefused {
		checkProviderKey(request.key());
		KadPeer own = request.providers()
			.stream()
			.filter((provider) -> provider.id().equals(requester) && !provider.addresses().isEmpty())
			.findFirst()
			.orElseThrow(() -> new RequestRefused("The sender is not among the providers that it adds"));
		if (!this.providers.add(KadKey.of(request.key()), requester, nowNanos)) {
			throw new RequestRefused("There is no room for another provider: " + this.providers.size() + " are kept");
		}
		List<Multiaddr> kept = this.filter.keep(own.addresses(), distance);
		if (!kept.isEmpty()) {
			this.peers.keepAddresses(requester, kept, PROVIDER_ADDRESS_TIME_TO_LIVE);
		}
	}

	private void checkProviderKey(ByteBuffer key) throws RequestRefused {
		if (!this.providersEnabled) {
			throw new RequestRefused("No provider records are kept here");
		}
		if (key.remaining() > KadLimits.MAX_PROVIDER_KEY_BYTES) {
			throw new RequestRefused("A provider key of " + key.remaining() + " bytes is longer than "
					+ KadLimits.MAX_PROVIDER_KEY_BYTES);
		}
	}

	// Values.

	private KadMessage get(PeerId requester, AddressScope distance, KadMessage request, long nowNanos) {
		KadRecord held = this.valuesEnabled ? this.records.get(KadKey.of(request.key()), nowNanos).orElse(null) : null;
		return new KadMessage(request.type(), request.key(), held, closer(request.key(), distance, requester),
				List.of());
	}

	private KadMessage put(KadMessage request, long nowNanos) throws RequestRefused {
		KadRecord record = request.record();
		if (!this.valuesEnabled) {
			throw new RequestRefused("No values are kept here");
		}
		if (record == null || !record.key().equals(request.key())) {
			throw new RequestRefused("A value to store has to come under its own key");
		}
		if (!store(record, nowNanos)) {
			throw new RequestRefused("A better value is known");
		}
		return KadMessage.put(record);
	}

	/**
	 * Stores a value, if it is valid and at least as good as the one that is known.
	 * @return whether it is kept
	 * @throws RequestRefused if it is not valid or there is no room
	 */
	boolean store(KadRecord record, long nowNanos) throws RequestRefused {
		if (record.value().remaining() > KadLimits.MAX_VALUE_BYTES) {
			throw new RequestRefused(
					"A value of " + record.value().remaining() + " bytes is longer than " + KadLimits.MAX_VALUE_BYTES);
		}
		KadKey key = KadKey.of(record.key());
		try {
			this.validators.validate(record.key(), record.value());
			Optional<KadRecord> known = this.records.get(key, nowNanos).filter((held) -> isInTheWay(held, record));
			if (known.isPresent() && this.validators.compare(record.key(), known.get().value(),
					record.value()) == Validators.Order.WORSE) {
				return false;
			}
		}
		catch (InvalidRecord ex) {
			throw new RequestRefused(String.valueOf(ex.getMessage()));
		}
		if (!this.records.put(key, record.received(stamp()), nowNanos)) {
			throw new RequestRefused("There is no room for another value: " + this.records.size() + " of "
					+ this.records.bytes() + " bytes are kept");
		}
		return true;
	}

	/** A value that has ended by itself, or is not valid any more, gives way to any. */
	private boolean isInTheWay(KadRecord held, KadRecord other) {
		if (held.value().equals(other.value())) {
			return true;
		}
		try {
			this.validators.validate(held.key(), held.value());
			return true;
		}
		catch (InvalidRecord ex) {
			return false;
		}
	}

	/** Nothing that a peer says about the time is believed. */
	private ByteBuffer stamp() {
		return ByteBuffer
			.wrap(DateTimeFormatter.ISO_INSTANT.format(this.clock.instant()).getBytes(StandardCharsets.US_ASCII));
	}

	PeerId self() {
		return this.self;
	}

}
