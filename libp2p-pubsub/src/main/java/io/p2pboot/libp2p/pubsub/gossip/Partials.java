package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import org.jspecify.annotations.Nullable;

/**
 * The extension for parts of messages: who exchanges them, and the groups that are known.
 * Specification: gossipsub, partial messages extension. Router's thread only.
 */
final class Partials {

	private final RouterContext context;

	private final @Nullable PartialMessages application;

	/** The groups of each topic by their names. */
	private final Map<String, Map<Digest, Group>> groups = new HashMap<>();

	Partials(RouterContext context) {
		this.context = context;
		this.application = context.config().partialMessages().orElse(null);
	}

	/** A peer's extensions, with its first frame. */
	void onExtensions(PeerState peer, FieldReader reader) throws DecodeException {
		while (reader.next()) {
			if (reader.field() == Rpc.PARTIAL_MESSAGES && reader.isNumber()) {
				peer.partial(reader.value() != 0);
			}
		}
	}

	/** Whether parts are exchanged with a peer on a topic, whoever of both wants them. */
	private static boolean exchanges(PeerState peer, PartialMode mode, Digest topic) {
		return isPartial(peer) && (isSentParts(peer, mode, topic) || isSendingParts(peer, mode, topic));
	}

	private static boolean isPartial(PeerState peer) {
		return peer.partial() && peer.level().hasExtensions();
	}

	private static boolean isSentParts(PeerState peer, PartialMode mode, Digest topic) {
		return mode != PartialMode.NONE && isPartial(peer) && peer.requestsPartial(topic);
	}

	private static boolean isSendingParts(PeerState peer, PartialMode mode, Digest topic) {
		return mode == PartialMode.REQUESTS && isPartial(peer) && peer.supportsPartial(topic);
	}

	/** Whether a peer wants parts of a topic's messages, and not whole ones. */
	static boolean isSentParts(PeerState peer, TopicState topic) {
		return isSentParts(peer, topic.partialMode(), topic.digest());
	}

	/** Whether this node gets parts of a topic's messages of a peer. */
	static boolean isSendingParts(PeerState peer, TopicState topic) {
		return isSendingParts(peer, topic.partialMode(), topic.digest());
	}

	/**
	 * The peers to exchange parts with: of the mesh, or of those that are published to.
	 */
	List<PeerId> peers(String name) {
		TopicState topic = this.context.topics().get(name);
		if (topic == null) {
			return List.of();
		}
		Set<PeerState> some = topic.isJoined() ? topic.mesh() : topic.fanout();
		return some.stream()
			.filter((peer) -> exchanges(peer, topic.partialMode(), topic.digest()))
			.map(PeerState::id)
			.toList();
	}

	/** Parts of a peer. */
	void onPart(PeerState peer, FieldReader reader) throws DecodeException {
		PartialMessages shown = this.application;
		if (shown == null || !isPartial(peer)) {
			return;
		}
		Optional<String> topic = Optional.empty();
		Optional<ByteBuffer> group = Optional.empty();
		Optional<ByteBuffer> part = Optional.empty();
		Optional<ByteBuffer> metadata = Optional.empty();
		while (reader.next()) {
			if (!reader.isBytes()) {
				continue;
			}
			switch (reader.field()) {
				case Rpc.PARTIAL_TOPIC -> topic = reader.topic();
				case Rpc.PARTIAL_GROUP -> group = Optional.of(copy(reader.content()));
				case Rpc.PARTIAL_PART -> part = Optional.of(reader.content().asReadOnlyBuffer());
				case Rpc.PARTIAL_METADATA -> metadata = Optional.of(copy(reader.content()));
				default -> {
					// A later version may have more.
				}
			}
		}
		if (topic.isEmpty() || group.isEmpty() || !this.context.topics().containsKey(topic.get())) {
			return;
		}
		PartialMessage message;
		try {
			message = new PartialMessage(topic.get(), group.get(), part, metadata);
		}
		catch (IllegalArgumentException ex) {
			// Too long, or nothing at all.
			return;
		}
		if (this.context.partialMode(message.topic()) != PartialMode.NONE && isKnown(peer, message)) {
			call(message.topic(), () -> shown.received(peer.id(), message, this::send));
		}
	}

	private static ByteBuffer copy(ByteBuffer bytes) {
		return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip().asReadOnlyBuffer();
	}

	private void call(String topic, Runnable what) {
		try {
			what.run();
		}
		catch (RuntimeException ex) {
			this.context.observer().validatorFailed(topic, ex);
		}
	}

	/** Whether a group is known, or may be begun by a peer. */
	private boolean isKnown(PeerState peer, PartialMessage message) {
		Map<Digest, Group> ofTopic = this.groups.computeIfAbsent(message.topic(), (key) -> new LinkedHashMap<>());
		Digest digest = this.context.hash().of(message.group().duplicate());
		if (ofTopic.containsKey(digest)) {
			return true;
		}
		int begun = 0;
		int mine = 0;
		for (Group each : ofTopic.values()) {
			PeerId by = each.begunBy;
			begun += (by != null) ? 1 : 0;
			mine += (by != null && by.equals(peer.id())) ? 1 : 0;
		}
		if (begun >= PartialMessages.MAX_GROUPS_TOPIC || mine >= PartialMessages.MAX_GROUPS_PEER) {
			return false;
		}
		ofTopic.put(digest, new Group(message.group().duplicate(), peer.id()));
		return true;
	}

	/** Sends parts; whether the peer's queue took them. */
	boolean send(PeerId to, PartialMessage message) {
		PartialMessages shown = this.application;
		PeerState peer = this.context.peers().get(to);
		if (shown == null || peer == null) {
			return false;
		}
		Digest topic = this.context.digest(message.topic());
		PartialMode mode = this.context.partialMode(message.topic());
		Optional<ByteBuffer> part = isSentParts(peer, mode, topic) ? message.part() : Optional.empty();
		if (!exchanges(peer, mode, topic) || (part.isEmpty() && message.metadata().isEmpty())) {
			return false;
		}
		FieldWriter encoded = new FieldWriter(64).bytes(Rpc.PARTIAL_TOPIC, Rpc.utf8(message.topic()))
			.bytes(Rpc.PARTIAL_GROUP, message.group().duplicate());
		part.ifPresent((bytes) -> encoded.bytes(Rpc.PARTIAL_PART, bytes.duplicate()));
		message.metadata().ifPresent((bytes) -> encoded.bytes(Rpc.PARTIAL_METADATA, bytes.duplicate()));
		int size = FieldWriter.sizeOf(Rpc.PARTIAL, encoded.size());
		if (size > this.context.config().limits().maxMessageBytes()
				|| !this.context.budget().makeRoom(encoded.size(), this.context.peers().values())
				|| !peer.outbox().part(encoded.written(), this.context.now())) {
			return false;
		}
		own(message);
		this.context.ready(peer);
		return true;
	}

	/** A group to which this node has sent parts is its own from then on. */
	private void own(PartialMessage message) {
		Group group = this.groups.computeIfAbsent(message.topic(), (key) -> new LinkedHashMap<>())
			.computeIfAbsent(this.context.hash().of(message.group().duplicate()),
					(key) -> new Group(copy(message.group().duplicate()), null));
		group.begunBy = null;
		group.heartbeats = PartialMessages.GROUP_HEARTBEATS;
	}

	/** Some peers outside of the mesh that want parts may be told what there is. */
	void gossip(TopicState topic, List<PeerState> peers) {
		PartialMessages shown = this.application;
		if (shown != null && !peers.isEmpty()) {
			List<PeerId> ids = peers.stream().map(PeerState::id).toList();
			call(topic.name(), () -> shown.gossip(topic.name(), ids, this::send));
		}
	}

	/** A heartbeat: what is old is forgotten. */
	void heartbeat() {
		PartialMessages shown = this.application;
		if (shown == null) {
			return;
		}
		Iterator<Map.Entry<String, Map<Digest, Group>>> topics = this.groups.entrySet().iterator();
		while (topics.hasNext()) {
			Map.Entry<String, Map<Digest, Group>> topic = topics.next();
			topic.getValue().values().removeIf((group) -> {
				boolean old = --group.heartbeats < 0;
				if (old) {
					call(topic.getKey(), () -> shown.ended(topic.getKey(), group.name.duplicate()));
				}
				return old;
			});
			if (topic.getValue().isEmpty()) {
				topics.remove();
			}
		}
	}

	/** How many groups are known. */
	int size() {
		return this.groups.values().stream().mapToInt(Map::size).sum();
	}

	/** A group. */
	private static final class Group {

		private final ByteBuffer name;

		private @Nullable PeerId begunBy;

		private int heartbeats = PartialMessages.GROUP_HEARTBEATS;

		Group(ByteBuffer name, @Nullable PeerId begunBy) {
			this.name = name;
			this.begunBy = begunBy;
		}

	}

}
