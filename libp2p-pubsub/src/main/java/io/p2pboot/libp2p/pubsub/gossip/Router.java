package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.ControlKind;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PubSubSnapshot;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.ScoreLevel;
import io.p2pboot.libp2p.pubsub.Validation;
import org.jspecify.annotations.Nullable;

/**
 * Floodsub and gossipsub, versions 1.0 to 1.3: takes events, and has a sink do what
 * follows. Time and chance come with each event. One thread at a time.
 */
final class Router {

	/** How many heartbeats pass between two looks for direct peers. */
	private static final int DIRECT_TICKS = 300;

	/** P7 for a frame that is too long or malformed. */
	private static final int BAD_FRAME_PENALTY = 1;

	/** P7 for extensions that come twice or late. */
	private static final int EXTENSIONS_PENALTY = 10;

	private final RouterContext context;

	private final Set<PeerId> direct = new HashSet<>();

	private final Mesh mesh;

	private final Subscriptions subscriptions;

	private final Partials partials;

	private final Gossip gossip;

	private final Publishing publishing;

	private final Receiving receiving;

	Router(PubSubConfig config, PeerId self, KeyedHash hash) {
		this.context = new RouterContext(config, self, hash);
		config.directPeers().stream().map(AddrInfo::id).forEach(this.direct::add);
		this.mesh = new Mesh(this.context);
		this.subscriptions = new Subscriptions(this.context, this.mesh);
		this.partials = new Partials(this.context);
		this.gossip = new Gossip(this.context, this.partials);
		this.publishing = new Publishing(this.context, this.subscriptions);
		this.receiving = new Receiving(this.context, this.gossip, this.publishing);
	}

	/**
	 * Takes an event.
	 * @param event what happens
	 * @param now when, on a monotonic clock in nanoseconds
	 * @param random what is left to chance
	 * @param sink what is to be done
	 */
	void on(RouterEvent event, long now, RandomGenerator random, RouterSink sink) {
		this.context.turn(now, random, sink);
		event.applyTo(this);
	}

	/** The next frame for a peer; null if nothing waits for it. */
	@Nullable OutFrame poll(PeerId id, long now) {
		PeerState peer = this.context.peers().get(id);
		return (peer != null) ? peer.outbox().poll(now, peer::wants, peer.level()) : null;
	}

	/** What is known, for those who ask. */
	RouterContext context() {
		return this.context;
	}

	/** How many peers are subscribed to a topic, which is remembered for a while. */
	int subscribers(String topic) {
		TopicState state = this.subscriptions.known(topic);
		state.published(this.context.now());
		return state.peers().size();
	}

	/** The peers that are subscribed to a topic, whether this node follows it or not. */
	List<PeerId> peersOf(String topic) {
		TopicState state = this.context.topics().get(topic);
		Digest digest = this.context.digest(topic);
		return (state != null) ? state.peers().stream().map(PeerState::id).toList()
				: this.context.peers()
					.values()
					.stream()
					.filter((peer) -> peer.topics().contains(digest))
					.map(PeerState::id)
					.toList();
	}

	/** The mesh of a topic that is joined. */
	List<PeerId> meshOf(String topic) {
		TopicState state = this.context.joined(topic);
		return (state != null) ? state.mesh().stream().map(PeerState::id).toList() : List.of();
	}

	// Peers.

	void add(PeerId id, ProtocolPath protocol, boolean outbound, Optional<InetAddress> address) {
		if (this.context.peers().containsKey(id)) {
			return;
		}
		Outbox outbox = new Outbox(id, this.context.config().limits(), this.context.budget(), this.context.observer(),
				this.context.config().partialMessages().isPresent() ? this.context::partialMode : null);
		PeerState peer = new PeerState(id, PeerLevel.of(protocol), outbound, this.direct.contains(id), outbox);
		this.context.peers().put(id, peer);
		this.context.score().connected(id, address);
		this.context.observer().peerAdded(id, protocol);
	}

	void addresses(PeerId id, Set<InetAddress> addresses) {
		this.context.score().addresses(id, addresses);
	}

	void outboundOpened(PeerId id, ProtocolPath protocol) {
		PeerState peer = this.context.peers().get(id);
		if (peer != null) {
			peer.level(PeerLevel.of(protocol));
			peer.outbox().begin(peer.level().hasExtensions());
			this.subscriptions.hello(peer);
			this.context.ready(peer);
		}
	}

	void outboundLost(PeerId id) {
		PeerState peer = this.context.peers().get(id);
		if (peer != null) {
			for (TopicState topic : this.context.topics().values()) {
				this.mesh.remove(topic, peer);
			}
		}
	}

	void inboundReopened(PeerId id) {
		PeerState peer = this.context.peers().get(id);
		if (peer != null) {
			peer.expectFirstFrame();
			this.subscriptions.hello(peer);
		}
	}

	void remove(PeerId id) {
		PeerState peer = this.context.peers().remove(id);
		if (peer == null) {
			return;
		}
		this.subscriptions.forget(peer);
		peer.outbox().clear();
		this.context.score().disconnected(id, this.context.now());
		this.context.observer().peerRemoved(id);
	}

	void blacklist(PeerId id) {
		this.context.blacklist().add(id);
		PeerState peer = this.context.peers().get(id);
		if (peer != null) {
			this.subscriptions.forget(peer);
			this.context.sink().disconnect(id, "it is blacklisted");
		}
	}

	// Frames.

	void frame(PeerId id, byte[] frame) {
		PeerState peer = this.context.peers().get(id);
		if (peer == null || frame.length == 0) {
			return;
		}
		boolean first = peer.firstFrame();
		this.context.observer().received(id, frame.length);
		double score = this.context.score(peer);
		if (!peer.isDirect() && score < this.context.score().thresholds().graylist()) {
			this.context.observer().skipped(id, frame.length);
			return;
		}
		if (this.context.blacklist().contains(id)) {
			return;
		}
		try {
			RpcScan.check(frame, this.context.config().limits());
			read(peer, frame, first);
		}
		catch (DecodeException ex) {
			bad(peer, frame.length, ex.getMessage());
		}
	}

	private void bad(PeerState peer, long length, @Nullable String what) {
		this.context.observer().skipped(peer.id(), length);
		this.context.score().misbehaved(peer.id(), BAD_FRAME_PENALTY, this.context.now());
		if (peer.badFrame()) {
			this.context.sink().disconnect(peer.id(), "its frames are not valid: " + what);
		}
	}

	void skipped(PeerId id, long length) {
		PeerState peer = this.context.peers().get(id);
		if (peer != null) {
			peer.firstFrame();
			this.context.observer().skipped(id, length);
			this.context.score().misbehaved(id, BAD_FRAME_PENALTY, this.context.now());
		}
	}

	private void read(PeerState peer, byte[] frame, boolean first) throws DecodeException {
		this.subscriptions.onSubscriptions(peer, new FieldReader(frame, 0, frame.length));
		FieldReader controls = new FieldReader(frame, 0, frame.length);
		List<FieldReader> iHaves = new ArrayList<>();
		while (controls.next()) {
			if (controls.field() == Rpc.CONTROL && peer.level().hasMesh()) {
				control(peer, controls.nested(), iHaves, first);
			}
			else if (controls.field() == Rpc.PARTIAL && controls.isBytes()) {
				this.partials.onPart(peer, controls.nested());
			}
		}
		this.gossip.onIHaves(peer, iHaves);
		FieldReader messages = new FieldReader(frame, 0, frame.length);
		while (messages.next()) {
			if (messages.field() == Rpc.PUBLISH) {
				this.receiving.onMessage(peer, WireMessage.decode(frame, messages.start(), messages.stop()));
			}
		}
	}

	private void control(PeerState peer, FieldReader reader, List<FieldReader> iHaves, boolean first)
			throws DecodeException {
		boolean extended = !first;
		while (reader.next()) {
			if (!reader.isBytes()) {
				continue;
			}
			switch (reader.field()) {
				case Rpc.IHAVE -> {
					received(peer, ControlKind.IHAVE);
					iHaves.add(reader.nested());
				}
				case Rpc.IWANT -> {
					received(peer, ControlKind.IWANT);
					this.gossip.onIWant(peer, reader.nested());
				}
				case Rpc.GRAFT -> {
					received(peer, ControlKind.GRAFT);
					graft(peer, reader.nested());
				}
				case Rpc.PRUNE -> {
					received(peer, ControlKind.PRUNE);
					prune(peer, reader.nested());
				}
				case Rpc.IDONTWANT -> {
					received(peer, ControlKind.IDONTWANT);
					this.gossip.onDoNotWant(peer, reader.nested());
				}
				case Rpc.EXTENSIONS -> {
					if (extended && peer.level().hasExtensions()) {
						this.context.score().misbehaved(peer.id(), EXTENSIONS_PENALTY, this.context.now());
					}
					if (!extended) {
						this.partials.onExtensions(peer, reader.nested());
					}
					extended = true;
				}
				default -> {
					// A later version may have more.
				}
			}
		}
	}

	private void received(PeerState peer, ControlKind kind) {
		this.context.observer().controlReceived(peer.id(), kind);
	}

	private void graft(PeerState peer, FieldReader reader) throws DecodeException {
		while (reader.next()) {
			if (reader.field() == Rpc.CONTROL_TOPIC && reader.isBytes()) {
				reader.topic().ifPresent((topic) -> this.mesh.onGraft(peer, topic));
			}
		}
	}

	private void prune(PeerState peer, FieldReader reader) throws DecodeException {
		Optional<String> topic = Optional.empty();
		long backoff = 0;
		List<FieldReader> exchanged = new ArrayList<>();
		while (reader.next()) {
			if (reader.field() == Rpc.CONTROL_TOPIC && reader.isBytes()) {
				topic = reader.topic();
			}
			else if (reader.field() == Rpc.PRUNE_BACKOFF && reader.isNumber()) {
				backoff = reader.value();
			}
			else if (reader.field() == Rpc.PRUNE_PEERS && reader.isBytes()
					&& exchanged.size() < this.context.config().peerExchange().peers()) {
				exchanged.add(reader.nested());
			}
		}
		if (topic.isPresent()) {
			this.mesh.onPrune(peer, topic.get(), backoff, exchanged);
		}
	}

	// Topics and messages.

	void join(String topic) {
		this.subscriptions.join(topic);
	}

	void leave(String topic) {
		this.subscriptions.leave(topic);
	}

	Optional<Publishing.Outcome> publish(RoutedMessage message, Optional<Boolean> flood) {
		return this.receiving.publish(message, flood.orElse(this.context.config().mesh().floodPublish()));
	}

	List<Optional<Publishing.Outcome>> publish(List<RoutedMessage> batch) {
		return this.receiving.publish(batch, this.context.config().mesh().floodPublish());
	}

	boolean sendPart(PeerId to, PartialMessage message) {
		return this.partials.send(to, message);
	}

	/** The peers to exchange parts of a topic's messages with. */
	List<PeerId> partialPeers(String topic) {
		return this.partials.peers(topic);
	}

	void checked(RoutedMessage message, boolean valid) {
		this.receiving.onChecked(message, valid);
	}

	void validated(RoutedMessage message, Validation validation, RejectReason reason) {
		this.receiving.onValidated(message, validation, reason);
	}

	// Time.

	void heartbeat() {
		this.context.nextHeartbeat();
		this.context.score().decay(this.context.now());
		this.gossip.countBrokenPromises();
		this.mesh.heartbeat();
		this.publishing.heartbeat();
		this.gossip.heartbeat();
		this.partials.heartbeat();
		this.context.deliveries().expire(this.context.now());
		if (this.context.heartbeat() % DIRECT_TICKS == 1) {
			connectDirect();
		}
		if (this.context.observer() != PubSubObserver.NONE) {
			this.context.observer().snapshot(snapshot());
		}
	}

	private PubSubSnapshot snapshot() {
		Map<QueueLane, Long> bytes = new EnumMap<>(QueueLane.class);
		Map<ScoreLevel, Integer> scores = new EnumMap<>(ScoreLevel.class);
		for (PeerState peer : this.context.peers().values()) {
			bytes.merge(QueueLane.OWN, (long) peer.outbox().ownBytes(), Long::sum);
			bytes.merge(QueueLane.FORWARD, (long) peer.outbox().forwardBytes(), Long::sum);
			bytes.merge(QueueLane.CONTROL, (long) peer.outbox().controlBytes(), Long::sum);
			this.context.score().level(peer.id()).ifPresent((level) -> scores.merge(level, 1, Integer::sum));
		}
		return new PubSubSnapshot(bytes, scores);
	}

	private void connectDirect() {
		for (PeerId peer : this.direct) {
			if (!this.context.peers().containsKey(peer)) {
				this.context.sink().connect(peer);
			}
		}
	}

}
