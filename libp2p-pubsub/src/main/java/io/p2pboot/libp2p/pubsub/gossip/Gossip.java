package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.GossipParams;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PartialMode;

/**
 * IHAVE, IWANT and IDONTWANT. Specification: gossipsub 1.1 and 1.2. Router's thread only.
 */
final class Gossip {

	private final RouterContext context;

	private final GossipParams params;

	private final Partials partials;

	Gossip(RouterContext context, Partials partials) {
		this.context = context;
		this.partials = partials;
		this.params = context.config().gossip();
	}

	private boolean isHeeded(PeerState peer) {
		return this.context.score(peer) >= this.context.score().thresholds().gossip();
	}

	/** Reads every IHAVE of a frame, and asks for what is not there. */
	void onIHaves(PeerState peer, List<FieldReader> entries) throws DecodeException {
		if (entries.isEmpty() || !isHeeded(peer) || peer.iHave() > this.params.maxIHaveMessages()
				|| peer.asked() >= this.params.maxIHaveIds()) {
			return;
		}
		List<ByteBuffer> wanted = new ArrayList<>();
		Set<Digest> known = new HashSet<>();
		for (FieldReader entry : entries) {
			collectWanted(entry, wanted, known);
		}
		if (wanted.isEmpty()) {
			return;
		}
		this.context.shuffle(wanted);
		int count = Math.min(wanted.size(), this.params.maxIHaveIds() - peer.asked());
		List<ByteBuffer> asked = copy(wanted.subList(0, count));
		peer.asked(asked.size());
		ByteBuffer promised = asked.get(this.context.random().nextInt(asked.size()));
		this.context.promises()
			.add(peer.id(), this.context.hash().of(promised), this.context.now() + this.params.followUp().toNanos());
		peer.outbox().iWant(asked);
		this.context.ready(peer);
	}

	/** What is queued must not hold on to the frame that it came in. */
	private static List<ByteBuffer> copy(List<ByteBuffer> ids) {
		List<ByteBuffer> copies = new ArrayList<>(ids.size());
		ids.forEach((id) -> copies.add(ByteBuffer.allocate(id.remaining()).put(id.duplicate()).flip()));
		return copies;
	}

	private void collectWanted(FieldReader entry, List<ByteBuffer> wanted, Set<Digest> known) throws DecodeException {
		String topic = null;
		List<ByteBuffer> ids = new ArrayList<>();
		while (entry.next()) {
			if (entry.field() == Rpc.CONTROL_TOPIC && entry.isBytes()) {
				topic = entry.topic().orElse(null);
			}
			else if (entry.field() == Rpc.IHAVE_IDS && isId(entry)) {
				ids.add(entry.content());
			}
		}
		if (topic == null || this.context.joined(topic) == null) {
			return;
		}
		for (ByteBuffer id : ids) {
			Digest digest = this.context.hash().of(id);
			if (wanted.size() < this.params.maxIHaveIds() && !this.context.seen().isSeen(digest, this.context.now())
					&& known.add(digest)) {
				wanted.add(id);
			}
		}
	}

	private static boolean isId(FieldReader field) {
		return field.isBytes() && field.length() > 0 && field.length() <= MessageId.MAX_BYTES;
	}

	/** Answers a request with what is kept. */
	void onIWant(PeerState peer, FieldReader entry) throws DecodeException {
		if (!isHeeded(peer)) {
			return;
		}
		while (entry.next()) {
			if (entry.field() == 1 && isId(entry)) {
				answer(peer, this.context.hash().of(entry.content()));
			}
		}
	}

	private void answer(PeerState peer, Digest id) {
		if (!peer.wants(id)) {
			return;
		}
		RoutedMessage message = this.context.cache().answer(id, peer.id(), this.params.retransmissions());
		if (message != null && peer.answer(message.length(), this.context.config().limits().answerBytesPeer())) {
			peer.outbox().forward(message, this.context.now());
			this.context.budget().enforce(this.context.peers().values());
			this.context.ready(peer);
		}
	}

	/** Heeds what a peer does not want. */
	void onDoNotWant(PeerState peer, FieldReader entry) throws DecodeException {
		while (entry.next()) {
			if (entry.field() == 1 && isId(entry) && !peer.doNotWant(this.context.hash().of(entry.content()))) {
				return;
			}
		}
	}

	/** Tells the mesh that a message has come that is worth not sending again. */
	void tellDoNotWant(TopicState topic, RoutedMessage message) {
		if (message.wire().length(Rpc.DATA) < this.params.doNotWantBytes()) {
			return;
		}
		for (PeerState peer : topic.mesh()) {
			if (peer.level().hasDoNotWant() && !Partials.isSendingParts(peer, topic)
					&& !message.senders().contains(peer.id())) {
				peer.outbox().doNotWant(message.message().id());
				this.context.ready(peer);
			}
		}
	}

	/** Broken promises count before meshes are looked after. */
	void countBrokenPromises() {
		this.context.promises().takeBroken(this.context.now()).forEach((peer, count) -> {
			this.context.score().misbehaved(peer, count, this.context.now());
			this.context.observer().promisesBroken(peer, count);
		});
	}

	/** A heartbeat: some peers outside of the mesh are told which messages there are. */
	void heartbeat() {
		Map<String, List<ByteBuffer>> ids = this.context.cache().gossip();
		Set<PeerState> heeded = heeded();
		for (TopicState topic : List.copyOf(this.context.topics().values())) {
			List<ByteBuffer> some = ids.get(topic.name());
			if (some != null || topic.partialMode() != PartialMode.NONE) {
				emit(topic, (some != null) ? some : List.of(), heeded);
			}
		}
		this.context.cache().shift();
		this.context.peers().values().forEach((peer) -> peer.heartbeat(this.params.doNotWantHeartbeats()));
	}

	/** How many of so many peers are told. */
	private int count(List<PeerState> peers) {
		return Math.min(peers.size(), Math.max(this.params.lazy(), (int) (this.params.factor() * peers.size())));
	}

	/** Their scores are asked for once, however many topics they have. */
	private Set<PeerState> heeded() {
		Set<PeerState> heeded = new HashSet<>();
		for (PeerState peer : this.context.peers().values()) {
			if (peer.level().hasMesh() && !peer.isDirect() && isHeeded(peer)) {
				heeded.add(peer);
			}
		}
		return heeded;
	}

	private void emit(TopicState topic, List<ByteBuffer> ids, Set<PeerState> heeded) {
		List<PeerState> eligible = new ArrayList<>();
		List<PeerState> wantingParts = new ArrayList<>();
		for (PeerState peer : topic.peers()) {
			if (heeded.contains(peer) && !topic.mesh().contains(peer) && !topic.fanout().contains(peer)) {
				(Partials.isSentParts(peer, topic) ? wantingParts : eligible).add(peer);
			}
		}
		this.partials.gossip(topic, this.context.some(wantingParts, count(wantingParts)));
		if (ids.isEmpty()) {
			return;
		}
		int most = this.params.maxIHaveIds();
		List<Outbox.Ids> same = (ids.size() <= most) ? Outbox.iHave(topic.name(), shuffled(ids)) : List.of();
		for (PeerState peer : this.context.some(eligible, count(eligible))) {
			// Where there are too many, each peer hears of others.
			peer.outbox().control(!same.isEmpty() ? same : Outbox.iHave(topic.name(), shuffled(ids).subList(0, most)));
			this.context.ready(peer);
		}
	}

	private List<ByteBuffer> shuffled(List<ByteBuffer> ids) {
		List<ByteBuffer> shuffled = new ArrayList<>(ids);
		this.context.shuffle(shuffled);
		return shuffled;
	}

}
