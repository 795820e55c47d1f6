package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.MeshParams;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;

/**
 * The meshes of the topics that are joined: GRAFT, PRUNE and what a heartbeat does to
 * them. Specification: gossipsub 1.1, mesh maintenance. Router's thread only.
 */
final class Mesh {

	/** The longest back-off that a peer can ask for. */
	static final long MAX_BACKOFF_SECONDS = 3600;

	/** Each how many heartbeats back-offs are looked through. */
	private static final int BACKOFF_TICKS = 15;

	private final RouterContext context;

	private final MeshParams params;

	private final PeerExchangeParams exchange;

	Mesh(RouterContext context) {
		this.context = context;
		this.params = context.config().mesh();
		this.exchange = context.config().peerExchange();
	}

	/** Whether a peer of a topic may be grafted now. */
	private boolean isEligible(TopicState topic, PeerState peer) {
		return peer.level().hasMesh() && !peer.isDirect() && !topic.mesh().contains(peer)
				&& this.context.score(peer) >= 0 && !isBackedOff(topic, peer);
	}

	private boolean isBackedOff(TopicState topic, PeerState peer) {
		return this.context.backoffs()
			.isOn(topic.name(), peer.id(), this.context.now(), this.params.backoffSlack().toNanos());
	}

	/** Fills a mesh that has just been joined: those that were published to first. */
	void join(TopicState topic) {
		for (PeerState peer : topic.join()) {
			if (topic.mesh().size() < this.params.degree() && isEligible(topic, peer)) {
				graft(topic, peer);
			}
		}
		fill(topic, this.params.degree() - topic.mesh().size(), (peer) -> true);
	}

	/** Leaves a mesh. */
	void leave(TopicState topic) {
		long seconds = this.params.unsubscribeBackoff().toSeconds();
		for (PeerState peer : List.copyOf(topic.mesh())) {
			remove(topic, peer);
			backOff(topic.name(), peer, this.params.unsubscribeBackoff().toNanos());
			peer.outbox().prune(topic.name(), Math.max(1, seconds), List.of());
			this.context.ready(peer);
		}
	}

	/** A peer of a joined topic has subscribed: it fills a mesh that is too small. */
	void subscribed(TopicState topic, PeerState peer) {
		if (topic.mesh().size() < this.params.low() && isEligible(topic, peer)) {
			graft(topic, peer);
		}
	}

	private int fill(TopicState topic, int count, Predicate<PeerState> which) {
		if (count <= 0) {
			return 0;
		}
		List<PeerState> picked = this.context.pick(topic.peers(), count,
				(peer) -> isEligible(topic, peer) && which.test(peer));
		picked.forEach((peer) -> graft(topic, peer));
		return picked.size();
	}

	private void graft(TopicState topic, PeerState peer) {
		add(topic, peer);
		peer.outbox().graft(topic.name());
		this.context.ready(peer);
	}

	private void add(TopicState topic, PeerState peer) {
		if (topic.addToMesh(peer)) {
			this.context.score().grafted(peer.id(), topic.name(), this.context.now());
			this.context.observer().grafted(peer.id(), topic.name());
		}
	}

	/** Takes a peer out of a mesh, without telling it. */
	void remove(TopicState topic, PeerState peer) {
		if (topic.removeFromMesh(peer)) {
			removed(topic, peer);
		}
	}

	/** A peer is in a mesh no more. */
	void removed(TopicState topic, PeerState peer) {
		peer.outbox().cancelGraft(topic.name());
		this.context.score().pruned(peer.id(), topic.name());
		this.context.observer().pruned(peer.id(), topic.name());
	}

	private void backOff(String topic, PeerState peer, long nanos) {
		long now = this.context.now();
		this.context.backoffs().add(topic, peer.id(), now + nanos, now);
	}

	private void prune(TopicState topic, PeerState peer, boolean exchanging) {
		remove(topic, peer);
		backOff(topic.name(), peer, this.params.pruneBackoff().toNanos());
		List<ByteBuffer> others = (exchanging && this.exchange.offered()) ? others(topic, peer) : List.of();
		peer.outbox().prune(topic.name(), Math.max(1, this.params.pruneBackoff().toSeconds()), others);
		this.context.ready(peer);
	}

	private List<ByteBuffer> others(TopicState topic, PeerState pruned) {
		List<PeerState> picked = this.context.pick(topic.peers(), this.exchange.peers(),
				(peer) -> peer != pruned && this.context.score(peer) >= 0);
		List<ByteBuffer> infos = new ArrayList<>();
		for (PeerState peer : picked) {
			FieldWriter info = new FieldWriter(64).bytes(Rpc.PEER_ID, peer.id().multihash().encoded());
			this.context.sink().record(peer.id()).ifPresent((record) -> info.bytes(Rpc.PEER_RECORD, record));
			infos.add(info.written());
		}
		return infos;
	}

	/** A peer grafts us. */
	void onGraft(PeerState peer, String name) {
		TopicState topic = this.context.joined(name);
		if (topic == null || topic.mesh().contains(peer)) {
			// Of a topic that is not followed nothing is kept, and nobody is answered.
			return;
		}
		if (peer.isDirect() || !topic.peers().contains(peer)) {
			prune(topic, peer, false);
			return;
		}
		long now = this.context.now();
		if (this.context.backoffs().isOn(name, peer.id(), now, 0)) {
			long until = this.context.backoffs().until(name, peer.id(), now);
			long flood = until - this.params.pruneBackoff().toNanos() + this.params.graftFlood().toNanos();
			this.context.score().misbehaved(peer.id(), (now - flood < 0) ? 2 : 1, now);
			prune(topic, peer, false);
			return;
		}
		if (this.context.score(peer) < 0) {
			prune(topic, peer, false);
			return;
		}
		if (topic.mesh().size() >= this.params.high() && !peer.isOutbound()) {
			prune(topic, peer, true);
			return;
		}
		add(topic, peer);
	}

	/** A peer prunes us; the time is unsigned. */
	void onPrune(PeerState peer, String name, long backoffSeconds, List<FieldReader> exchanged) {
		TopicState topic = this.context.joined(name);
		if (topic == null) {
			return;
		}
		remove(topic, peer);
		long seconds = (backoffSeconds == 0) ? this.params.pruneBackoff().toSeconds()
				: Long.compareUnsigned(backoffSeconds, MAX_BACKOFF_SECONDS) > 0 ? MAX_BACKOFF_SECONDS : backoffSeconds;
		backOff(name, peer, seconds * 1_000_000_000L);
		if (this.context.score(peer) < this.context.score().thresholds().acceptPeerExchange()
				|| topic.mesh().size() >= this.params.degree()) {
			return;
		}
		for (FieldReader info : exchanged) {
			connect(info, peer.id());
		}
	}

	private void connect(FieldReader info, PeerId namedBy) {
		Optional<PeerId> id = Optional.empty();
		Optional<ByteBuffer> record = Optional.empty();
		try {
			while (info.next()) {
				if (info.field() == Rpc.PEER_ID && info.isBytes()) {
					id = Optional.of(PeerId.decode(info.content()));
				}
				else if (info.field() == Rpc.PEER_RECORD && info.isBytes()) {
					record = Optional.of(info.content());
				}
			}
		}
		catch (DecodeException ex) {
			// What a peer was told itself is no reason to drop the rest of its frame.
			return;
		}
		if (id.isPresent() && record.isPresent() && !id.get().equals(this.context.self())
				&& !this.context.peers().containsKey(id.get()) && !this.context.blacklist().contains(id.get())) {
			this.context.sink().connect(id.get(), record.get(), namedBy);
		}
	}

	/** A heartbeat: every mesh is looked after. */
	void heartbeat() {
		if (this.context.heartbeat() % BACKOFF_TICKS == 0) {
			this.context.backoffs().expire(this.context.now() - this.params.backoffSlack().toNanos());
		}
		for (TopicState topic : this.context.topics().values()) {
			if (topic.isJoined()) {
				maintain(topic);
			}
		}
	}

	private void maintain(TopicState topic) {
		for (PeerState peer : List.copyOf(topic.mesh())) {
			if (this.context.score(peer) < 0) {
				prune(topic, peer, false);
			}
		}
		if (topic.mesh().size() < this.params.low()) {
			fill(topic, this.params.degree() - topic.mesh().size(), (peer) -> true);
		}
		if (topic.mesh().size() >= this.params.high() && this.params.high() > this.params.degree()) {
			cut(topic);
		}
		if (topic.mesh().size() >= this.params.low()) {
			fill(topic, this.params.outbound() - (int) outbound(topic), PeerState::isOutbound);
		}
		if (this.context.heartbeat() % this.params.opportunisticTicks() == 0) {
			better(topic);
		}
	}

	private static long outbound(TopicState topic) {
		return topic.mesh().stream().filter(PeerState::isOutbound).count();
	}

	/** Keeps the best, then any, with enough of those that this node dialled. */
	private void cut(TopicState topic) {
		List<PeerState> ranked = new ArrayList<>(topic.mesh());
		this.context.shuffle(ranked);
		ranked.sort(Comparator.comparingDouble((PeerState peer) -> -this.context.score(peer)));
		int best = Math.min(this.params.score(), ranked.size());
		this.context.shuffle(ranked.subList(best, ranked.size()));
		int keep = Math.min(this.params.degree(), ranked.size());
		long outbound = ranked.subList(0, keep).stream().filter(PeerState::isOutbound).count();
		int replaced = keep - 1;
		for (int index = keep; index < ranked.size() && outbound < this.params.outbound(); index++) {
			if (!ranked.get(index).isOutbound()) {
				continue;
			}
			while (replaced >= best && ranked.get(replaced).isOutbound()) {
				replaced--;
			}
			if (replaced < best) {
				break;
			}
			PeerState moved = ranked.get(replaced);
			ranked.set(replaced--, ranked.get(index));
			ranked.set(index, moved);
			outbound++;
		}
		for (PeerState peer : ranked.subList(keep, ranked.size())) {
			prune(topic, peer, true);
		}
	}

	/** Opportunistic grafting: a mesh of poor peers gets better ones. */
	private void better(TopicState topic) {
		double threshold = this.context.score().thresholds().opportunisticGraft();
		List<PeerState> ranked = new ArrayList<>(topic.mesh());
		if (ranked.size() < 2 || threshold <= 0) {
			return;
		}
		ranked.sort(Comparator.comparingDouble(this.context::score));
		double median = this.context.score(ranked.get(ranked.size() / 2));
		if (median < threshold) {
			fill(topic, this.params.opportunisticPeers(), (peer) -> this.context.score(peer) > median);
		}
	}

}
