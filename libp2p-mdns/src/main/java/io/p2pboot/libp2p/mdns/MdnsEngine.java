package io.p2pboot.libp2p.mdns;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.random.RandomGenerator;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * Multicast DNS without sockets: asks and answers on each link, and says who is there and
 * whom to dial. One thread; knows no time but what it is told.
 */
final class MdnsEngine {

	/** Addresses that were heard are kept for at least as long as we tell ours for. */
	static final Duration LEAST_TIME_TO_LIVE = Duration.ofSeconds(MdnsPackets.TTL);

	static final Duration LONGEST_TIME_TO_LIVE = Duration.ofHours(1);

	private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

	private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

	/** Takes what the engine decides. */
	interface Sink {

		/** Sends a packet to everybody on a link. */
		void send(Link link, ByteBuffer packet);

		/**
		 * A peer is there.
		 * @param peer the peer, with at least one address
		 * @param timeToLive how long its addresses count
		 * @param news whether it was not known before
		 */
		void found(AddrInfo peer, Duration timeToLive, boolean news);

		boolean isConnected(PeerId peer);

		/** Dials a peer; {@link MdnsEvent.DialEnded} is to follow. */
		void dial(AddrInfo peer);

	}

	private static final class Seen {

		private long untilNanos;

		private long dialledNanos;

		private boolean dialling;

	}

	/** A peer that is to dial us; if it has not by then, we dial it. */
	private record Awaited(AddrInfo peer, long untilNanos) {
	}

	private final MdnsConfig config;

	private final PeerId self;

	private final RandomGenerator random;

	private final MdnsPackets packets;

	private final List<LinkState> links = new ArrayList<>();

	/** Peer ids hash with a seed of this process. */
	private final Map<PeerId, Seen> peers = new HashMap<>();

	/** In the order of their times; of each peer one at most. */
	private final Queue<Awaited> awaited = new ArrayDeque<>();

	private int dials;

	private final Budget received;

	private final Budget newPeers;

	private long malformed;

	private long refused;

	/** So many in each period. */
	private static final class Budget {

		private final int most;

		private final long periodNanos;

		private long beginNanos;

		private int used;

		Budget(int most, long periodNanos, long now) {
			this.most = most;
			this.periodNanos = periodNanos;
			this.beginNanos = now;
		}

		boolean take(long now) {
			if (now - this.beginNanos >= this.periodNanos) {
				this.beginNanos = now;
				this.used = 0;
			}
			return this.used++ < this.most;
		}

	}

	MdnsEngine(MdnsConfig config, PeerId self, RandomGenerator random, long now) {
		this.config = config;
		this.self = self;
		this.random = random;
		this.packets = new MdnsPackets(config.service());
		this.received = new Budget(MdnsLimits.MAX_PACKETS_PER_SECOND, SECOND_NANOS, now);
		this.newPeers = new Budget(MdnsLimits.MAX_NEW_PEERS_PER_MINUTE, MINUTE_NANOS, now);
	}

	/**
	 * Tells the engine what has happened.
	 * @param event the event
	 * @param now the time, in nanoseconds of any origin
	 * @param sink takes what follows from it
	 */
	void on(MdnsEvent event, long now, Sink sink) {
		if (event instanceof MdnsEvent.Looked looked) {
			look(looked, now, sink);
		}
		else if (event instanceof MdnsEvent.Received packet) {
			receive(packet, now, sink);
		}
		else if (event instanceof MdnsEvent.DialEnded ended) {
			dialEnded(ended.peer());
		}
		else if (event instanceof MdnsEvent.Stopped) {
			this.links.forEach((link) -> link.takeBack(sink));
			this.links.clear();
			this.awaited.clear();
			return;
		}
		this.links.forEach((link) -> link.tick(now, sink));
		dialAwaited(now, sink);
	}

	/** When {@link MdnsEvent.Tick} is due, in nanoseconds of the same origin. */
	long nextNanos() {
		long links = this.links.stream().mapToLong(LinkState::nextNanos).min().orElse(LinkState.NEVER);
		Awaited first = this.awaited.peek();
		return (first != null) ? Math.min(links, first.untilNanos()) : links;
	}

	private void look(MdnsEvent.Looked looked, long now, Sink sink) {
		this.links.removeIf((state) -> looked.links().stream().noneMatch((link) -> link.isSame(state.link())));
		for (Link link : looked.links()) {
			Optional<LinkState> known = state(link);
			if (known.isEmpty() && this.links.size() == MdnsLimits.MAX_LINKS) {
				continue;
			}
			LinkState state = known.orElseGet(() -> {
				LinkState fresh = new LinkState(link, this.packets, this.self, this.random, this.config.queryInterval(),
						now);
				this.links.add(fresh);
				return fresh;
			});
			state.look(link, looked.bound(), now, sink);
		}
	}

	private Optional<LinkState> state(Link link) {
		return this.links.stream().filter((state) -> state.link().isSame(link)).findFirst();
	}

	private void receive(MdnsEvent.Received event, long now, Sink sink) {
		Optional<LinkState> state = state(event.link());
		if (state.isEmpty() || !state.get().link().has(event.source()) || !this.received.take(now)) {
			return;
		}
		MdnsMessage message;
		try {
			message = MdnsMessage.decode(event.packet());
		}
		catch (DecodeException ex) {
			this.malformed++;
			return;
		}
		if (message.response()) {
			find(state.get().link(), message, now, sink);
			return;
		}
		for (MdnsMessage.Question question : message.questions()) {
			answer(question, state.get(), now);
		}
	}

	private void answer(MdnsMessage.Question question, LinkState state, long now) {
		boolean pointer = question.type() == MdnsMessage.PTR || question.type() == MdnsMessage.ANY;
		if (pointer && question.name().equals(this.packets.service())
				|| question.name().endsWith("." + this.packets.service())) {
			state.answerSoon(now);
		}
		else if (pointer && question.name().equals(MdnsPackets.SERVICES)) {
			state.tellServicesSoon(now);
		}
	}

	private void find(Link link, MdnsMessage message, long now, Sink sink) {
		List<String> strings = new ArrayList<>();
		long ttlSeconds = LONGEST_TIME_TO_LIVE.toSeconds();
		for (MdnsMessage.Text text : message.texts()) {
			// What is taken back is not forgotten at once: it ends by itself.
			if (text.ttlSeconds() > 0 && isInstance(text.name(), message)) {
				strings.addAll(text.strings());
				ttlSeconds = Math.min(ttlSeconds, text.ttlSeconds());
			}
		}
		Duration timeToLive = Duration.ofSeconds(Math.max(ttlSeconds, LEAST_TIME_TO_LIVE.toSeconds()));
		for (AddrInfo peer : LinkAddresses.taken(link, strings)) {
			if (!peer.id().equals(this.self)) {
				found(peer, timeToLive, now, sink);
			}
		}
	}

	/** The instances of Rust have a name of one label: only a pointer tells of what. */
	private boolean isInstance(String name, MdnsMessage message) {
		return name.endsWith("." + this.packets.service())
				|| message.pointers().contains(new MdnsMessage.Pointer(this.packets.service(), name));
	}

	private void found(AddrInfo peer, Duration timeToLive, long now, Sink sink) {
		Seen known = this.peers.get(peer.id());
		boolean news = known == null || known.untilNanos - now < 0;
		if (news && !(this.newPeers.take(now) && (known != null || hasRoom(now)))) {
			this.refused++;
			return;
		}
		Seen seen = (known != null) ? known : new Seen();
		if (known == null) {
			seen.dialledNanos = now - MdnsLimits.DIAL_INTERVAL.toNanos();
			this.peers.put(peer.id(), seen);
		}
		seen.untilNanos = now + timeToLive.toNanos();
		sink.found(peer, timeToLive, news);
		if (this.config.dial() && !seen.dialling && now - seen.dialledNanos >= MdnsLimits.DIAL_INTERVAL.toNanos()
				&& !sink.isConnected(peer.id())) {
			if (dialsUs(peer.id())) {
				seen.dialledNanos = now;
				this.awaited.add(new Awaited(peer, now + MdnsLimits.DIAL_DELAY.toNanos()));
			}
			else {
				dial(peer, seen, now, sink);
			}
		}
	}

	/**
	 * Of two that find each other the one with the greater id dials at once, and the
	 * other only if that has not come: else both would, and have two connections.
	 */
	private boolean dialsUs(PeerId peer) {
		return peer.compareTo(this.self) > 0;
	}

	private void dialAwaited(long now, Sink sink) {
		for (Awaited first = this.awaited.peek(); first != null
				&& first.untilNanos() - now <= 0; first = this.awaited.peek()) {
			this.awaited.remove();
			Seen seen = this.peers.get(first.peer().id());
			if (seen != null && !seen.dialling && !sink.isConnected(first.peer().id())) {
				dial(first.peer(), seen, now, sink);
			}
		}
	}

	/** With as many dials as may be, the peer is dialled when it is heard of again. */
	private void dial(AddrInfo peer, Seen seen, long now, Sink sink) {
		if (this.dials >= MdnsLimits.MAX_DIALS) {
			seen.dialledNanos = now - MdnsLimits.DIAL_INTERVAL.toNanos();
			return;
		}
		seen.dialling = true;
		seen.dialledNanos = now;
		this.dials++;
		sink.dial(peer);
	}

	private boolean hasRoom(long now) {
		if (this.peers.size() >= MdnsLimits.MAX_PEERS) {
			this.peers.values().removeIf((seen) -> !seen.dialling && seen.untilNanos - now < 0);
		}
		return this.peers.size() < MdnsLimits.MAX_PEERS;
	}

	private void dialEnded(PeerId peer) {
		Seen seen = this.peers.get(peer);
		if (seen != null && seen.dialling) {
			seen.dialling = false;
			this.dials--;
		}
	}

	/** How many packets could not be read. */
	long malformed() {
		return this.malformed;
	}

	/** How many times a peer was not taken for want of room or by the rate. */
	long refused() {
		return this.refused;
	}

}
