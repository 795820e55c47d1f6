package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * Who is subscribed to what: this node's topics, and those of peers. A topic of a peer
 * that this node has nothing to do with costs 16 bytes. Router's thread only.
 */
final class Subscriptions {

	private final RouterContext context;

	private final Mesh mesh;

	Subscriptions(RouterContext context, Mesh mesh) {
		this.context = context;
		this.mesh = mesh;
	}

	/** Joins a topic; does nothing if it is joined. */
	void join(String name) {
		if (this.context.joined(name) != null) {
			return;
		}
		TopicState topic = known(name);
		this.context.peers().values().forEach((peer) -> {
			peer.outbox().subscription(name, true);
			this.context.ready(peer);
		});
		this.mesh.join(topic);
		this.context.observer().joined(name);
	}

	/** Leaves a topic; does nothing if it is not joined. */
	void leave(String name) {
		TopicState topic = this.context.joined(name);
		if (topic == null) {
			return;
		}
		this.mesh.leave(topic);
		this.context.topics().remove(name);
		this.context.peers().values().forEach((peer) -> {
			peer.outbox().subscription(name, false);
			this.context.ready(peer);
		});
		this.context.observer().left(name);
	}

	/** The state of a topic that is joined or published to. */
	TopicState known(String name) {
		TopicState topic = this.context.topics().get(name);
		if (topic != null) {
			return topic;
		}
		TopicState fresh = new TopicState(name, this.context.digest(name), this.context.partialMode(name));
		this.context.topics().put(name, fresh);
		for (PeerState peer : this.context.peers().values()) {
			if (peer.topics().contains(fresh.digest())) {
				fresh.peers().add(peer);
			}
		}
		return fresh;
	}

	/** Tells a peer everything: at the beginning of a stream of ours or of its. */
	void hello(PeerState peer) {
		for (TopicState topic : this.context.topics().values()) {
			if (topic.isJoined()) {
				peer.outbox().subscription(topic.name(), true);
				if (topic.mesh().contains(peer)) {
					peer.outbox().graft(topic.name());
				}
			}
		}
		this.context.ready(peer);
	}

	/** Reads the subscriptions of a frame one by one. */
	void onSubscriptions(PeerState peer, FieldReader frame) throws DecodeException {
		while (frame.next()) {
			if (frame.field() == Rpc.SUBSCRIPTIONS) {
				onSubscription(peer, frame.nested());
			}
		}
	}

	private void onSubscription(PeerState peer, FieldReader reader) throws DecodeException {
		boolean subscribe = false;
		boolean requests = false;
		boolean supports = false;
		ByteBuffer named = null;
		while (reader.next()) {
			if (reader.field() == Rpc.SUBSCRIBE && reader.isNumber()) {
				subscribe = reader.value() != 0;
			}
			else if (reader.field() == Rpc.REQUESTS_PARTIAL && reader.isNumber()) {
				requests = reader.value() != 0;
			}
			else if (reader.field() == Rpc.SUPPORTS_PARTIAL && reader.isNumber()) {
				supports = reader.value() != 0;
			}
			else if (reader.field() == Rpc.SUBSCRIBE_TOPIC && reader.isBytes()) {
				named = reader.content();
			}
		}
		if (named == null) {
			return;
		}
		Digest digest = this.context.hash().of(named);
		boolean partial = this.context.config().partialMessages().isPresent();
		if (!partial && peer.topics().contains(digest) == subscribe) {
			// What is known already costs no more than this, however often it is told.
			return;
		}
		String name = Rpc.topic(named).filter(this::isHeeded).orElse(null);
		if (name == null) {
			return;
		}
		apply(peer, name, digest, subscribe);
		if (partial) {
			boolean kept = peer.topics().contains(digest);
			peer.partial(digest, kept && requests, kept && supports);
		}
	}

	private boolean isHeeded(String topic) {
		try {
			return this.context.config().topicFilter().test(topic);
		}
		catch (RuntimeException ex) {
			// The application's filter does not keep the rest of a frame away.
			this.context.observer().validatorFailed(topic, ex);
			return false;
		}
	}

	private void apply(PeerState peer, String name, Digest digest, boolean subscribe) {
		TopicState topic = this.context.topics().get(name);
		if (!subscribe) {
			peer.topics().remove(digest);
			if (topic != null && topic.remove(peer)) {
				this.mesh.removed(topic, peer);
			}
			return;
		}
		boolean room = peer.topics().size() < this.context.config().limits().maxTopicsPeer();
		if (room || topic != null) {
			peer.topics().add(digest);
		}
		if (topic != null && topic.peers().add(peer) && topic.isJoined()) {
			this.mesh.subscribed(topic, peer);
		}
	}

	/** Forgets what a peer has told. */
	void forget(PeerState peer) {
		for (TopicState topic : this.context.topics().values()) {
			if (topic.remove(peer)) {
				this.mesh.removed(topic, peer);
			}
		}
	}

}
