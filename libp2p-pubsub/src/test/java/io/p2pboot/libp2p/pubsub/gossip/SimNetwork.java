package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.TopicMessage;

/**
 * Many routers in virtual time under one seed: no threads, no sockets. A frame takes the
 * link's delay; nothing else takes time.
 */
final class SimNetwork {

	private final SplittableRandom random;

	private final KeyedHash hash;

	private final PriorityQueue<Task> tasks = new PriorityQueue<>(
			Comparator.comparingLong(Task::at).thenComparingLong(Task::number));

	private final Map<PeerId, SimNode> nodes = new LinkedHashMap<>();

	/** Who is connected with whom, and until which frame number the link is in order. */
	private final Map<Link, Long> links = new LinkedHashMap<>();

	private final Map<Digest, Long> published = new LinkedHashMap<>();

	private final List<Long> latencies = new ArrayList<>();

	/** Peers that do what a test says, and take what they are sent. */
	private final Set<PeerId> scripts = new HashSet<>();

	private Times deliveries = (since, at) -> this.latencies.add(at - since);

	private Duration delay = Duration.ofMillis(25);

	private BiPredicate<PeerId, PeerId> loses = (from, to) -> false;

	private long now = 1;

	private long numbers;

	private long sequence;

	private long frames;

	private long copies;

	private long log = 7;

	SimNetwork(long seed) {
		this.random = new SplittableRandom(seed);
		this.hash = new KeyedHash(seed, ~seed);
	}

	KeyedHash hash() {
		return this.hash;
	}

	SplittableRandom random() {
		return this.random;
	}

	long now() {
		return this.now;
	}

	/** How many frames were sent. */
	long frames() {
		return this.frames;
	}

	/** How many copies of messages were sent. */
	long copies() {
		return this.copies;
	}

	/** A fingerprint of everything that was sent and delivered, in order. */
	long log() {
		return this.log;
	}

	/** How long deliveries took, in nanoseconds, in order of delivery. */
	List<Long> latencies() {
		return this.latencies;
	}

	/**
	 * Takes when each message was published and delivered, instead of how long it took.
	 */
	void deliveries(Times deliveries) {
		this.deliveries = deliveries;
	}

	/** Connects a peer that is a script. */
	void connect(PeerId script, SimNode to, ProtocolPath protocol) {
		this.scripts.add(script);
		to.opened(script, protocol, false, Optional.empty());
	}

	/** A frame of a script's, which arrives at the end of this moment. */
	void send(PeerId script, SimNode to, byte[] frame) {
		at(this.now, () -> to.on(new RouterEvent.Frame(script, frame)));
	}

	/** Has frames lost between some. */
	void loses(BiPredicate<PeerId, PeerId> loses) {
		this.loses = loses;
	}

	void delay(Duration delay) {
		this.delay = delay;
	}

	SimNode node(PubSubConfig config) {
		return node(config, true);
	}

	/** A node; without a heartbeat it only does what it is told. */
	SimNode node(PubSubConfig config, boolean beating) {
		SimNode node = new SimNode(this, peerId(this.nodes.size()), config);
		this.nodes.put(node.id(), node);
		if (beating) {
			long interval = config.gossip().heartbeat().toNanos();
			beat(node, config.gossip().firstHeartbeat().toNanos() + this.random.nextLong(interval), interval);
		}
		return node;
	}

	private void beat(SimNode node, long in, long interval) {
		at(this.now + in, () -> {
			node.on(new RouterEvent.Heartbeat());
			beat(node, interval, interval);
		});
	}

	static PeerId peerId(int number) {
		try {
			return PeerId
				.decode(ByteBuffer.allocate(34).put((byte) 0x12).put((byte) 32).putInt(number).position(0).limit(34));
		}
		catch (DecodeException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Connects two nodes with the best protocol that both offer. */
	void connect(SimNode dialler, SimNode listener) {
		connect(dialler, listener, Optional.empty());
	}

	void connect(SimNode dialler, SimNode listener, Optional<InetAddress> diallersAddress) {
		if (isConnected(dialler, listener)) {
			return;
		}
		ProtocolPath protocol = dialler.config()
			.protocols()
			.stream()
			.filter(listener.config().protocols()::contains)
			.findFirst()
			.orElseThrow();
		this.links.put(new Link(dialler.id(), listener.id()), 0L);
		this.links.put(new Link(listener.id(), dialler.id()), 0L);
		dialler.opened(listener.id(), protocol, true, Optional.empty());
		listener.opened(dialler.id(), protocol, false, diallersAddress);
	}

	boolean isConnected(SimNode one, SimNode other) {
		return this.links.containsKey(new Link(one.id(), other.id()));
	}

	void disconnect(SimNode one, SimNode other) {
		this.links.remove(new Link(one.id(), other.id()));
		this.links.remove(new Link(other.id(), one.id()));
		one.on(new RouterEvent.PeerRemoved(other.id()));
		other.on(new RouterEvent.PeerRemoved(one.id()));
	}

	/** Takes a node away. */
	void stop(SimNode node) {
		for (SimNode other : List.copyOf(this.nodes.values())) {
			if (isConnected(node, other)) {
				disconnect(node, other);
			}
		}
	}

	/** Something waits for a peer: it is sent at the end of this moment. */
	void ready(SimNode from, PeerId to) {
		if (this.nodes.containsKey(to)) {
			at(this.now, () -> flush(from, to));
		}
		else if (this.scripts.contains(to)) {
			at(this.now, () -> {
				while (from.router().poll(to, this.now) != null) {
					this.frames++;
				}
			});
		}
	}

	private void flush(SimNode from, PeerId to) {
		for (OutFrame frame = from.router().poll(to, this.now); frame != null; frame = from.router()
			.poll(to, this.now)) {
			send(from.id(), to, frame);
		}
	}

	private void send(PeerId from, PeerId to, OutFrame frame) {
		this.frames++;
		byte[] body = new byte[frame.body().remaining()];
		frame.body().get(body);
		record(body.length);
		Link link = new Link(from, to);
		SimNode receiver = this.nodes.get(to);
		Long free = this.links.get(link);
		if (receiver == null || free == null || this.loses.test(from, to)) {
			return;
		}
		this.copies += messages(body);
		long jitter = this.delay.toNanos() / 10;
		long arrival = Math.max(free, this.now + this.delay.toNanos() - jitter + this.random.nextLong(2 * jitter + 1));
		this.links.put(link, arrival);
		at(arrival, () -> {
			if (this.links.containsKey(link)) {
				receiver.on(new RouterEvent.Frame(from, body));
			}
		});
	}

	private static int messages(byte[] body) {
		int count = 0;
		FieldReader reader = new FieldReader(body, 0, body.length);
		try {
			while (reader.next()) {
				count += (reader.field() == Rpc.PUBLISH) ? 1 : 0;
			}
		}
		catch (DecodeException ex) {
			throw new IllegalStateException(ex);
		}
		return count;
	}

	private void record(long what) {
		this.log = this.log * 31 + what * 1_000_003 + this.now;
	}

	/**
	 * Makes an own message of a node, with a signature that only the simulation checks.
	 */
	RoutedMessage message(SimNode author, String topic, ByteBuffer data) {
		ByteBuffer from = author.id().multihash().encoded();
		ByteBuffer sequence = ByteBuffer.allocate(8).putLong(++this.sequence).flip();
		WireMessage wire = author.config().signaturePolicy().signs()
				? WireMessage.signed(topic, data, from, sequence, (signed) -> ByteBuffer.allocate(64), null)
				: WireMessage.unsigned(topic, data);
		ByteBuffer id = author.config().messageId().of(wire.fields(topic, wire.author()));
		Digest digest = this.hash.of(id);
		this.published.put(digest, this.now);
		return new RoutedMessage(wire,
				new TopicMessage(topic, wire.data(), id, wire.author(), wire.field(Rpc.SEQNO), author.id(), true),
				digest, this.hash.of(wire.raw()));
	}

	void delivered(SimNode to, RoutedMessage message) {
		Long since = this.published.get(message.id());
		record(message.id().low() ^ to.id().multihash().digest().getInt(0));
		if (since != null && !message.message().local()) {
			this.deliveries.accept(since, this.now);
		}
	}

	/** Does something at a time. */
	void at(long time, Runnable what) {
		this.tasks.add(new Task(time, this.numbers++, what));
	}

	/** Does something after a while. */
	void in(Duration time, Runnable what) {
		at(this.now + time.toNanos(), what);
	}

	/** Lets time pass. */
	void run(Duration time) {
		long end = this.now + time.toNanos();
		while (!this.tasks.isEmpty() && this.tasks.peek().at() <= end) {
			Task next = this.tasks.remove();
			this.now = Math.max(this.now, next.at());
			next.what().run();
		}
		this.now = end;
	}

	/**
	 * Takes when a message was published and when it was delivered.
	 */
	@FunctionalInterface
	interface Times {

		/** Takes them. */
		void accept(long since, long at);

	}

	/**
	 * One direction between two nodes.
	 *
	 * @param from the sender
	 * @param to the receiver
	 */
	private record Link(PeerId from, PeerId to) {
	}

	/**
	 * Something that happens.
	 *
	 * @param at when
	 * @param number orders what happens at the same time
	 * @param what what
	 */
	private record Task(long at, long number, Runnable what) {
	}

}
