package io.p2pboot.libp2p.pubsub.gossip;

import java.util.LinkedHashSet;
import java.util.Set;

import io.p2pboot.libp2p.pubsub.PartialMode;

/**
 * A topic that this node follows or publishes to. Router's thread only.
 */
final class TopicState {

	private final String name;

	private final Digest digest;

	private final PartialMode partialMode;

	/** The connected peers that are subscribed. */
	private final Set<PeerState> peers = new LinkedHashSet<>();

	/** The mesh while joined, else those that own messages go to. */
	private final Set<PeerState> mesh = new LinkedHashSet<>();

	private boolean joined;

	private long lastPublished;

	TopicState(String name, Digest digest, PartialMode partialMode) {
		this.name = name;
		this.digest = digest;
		this.partialMode = partialMode;
	}

	/** Whether parts of its messages are exchanged. */
	PartialMode partialMode() {
		return this.partialMode;
	}

	String name() {
		return this.name;
	}

	Digest digest() {
		return this.digest;
	}

	Set<PeerState> peers() {
		return this.peers;
	}

	/** The mesh; empty while the topic is not joined. */
	Set<PeerState> mesh() {
		return this.joined ? this.mesh : Set.of();
	}

	boolean addToMesh(PeerState peer) {
		return this.mesh.add(peer);
	}

	boolean removeFromMesh(PeerState peer) {
		return this.joined && this.mesh.remove(peer);
	}

	/** Those that own messages go to while the topic is not joined. */
	Set<PeerState> fanout() {
		return this.joined ? Set.of() : this.mesh;
	}

	boolean isJoined() {
		return this.joined;
	}

	/** Joins; returns what the fanout was. */
	Set<PeerState> join() {
		Set<PeerState> fanout = new LinkedHashSet<>(this.mesh);
		this.mesh.clear();
		this.joined = true;
		return fanout;
	}

	void published(long now) {
		this.lastPublished = now;
	}

	long lastPublished() {
		return this.lastPublished;
	}

	/** Forgets a peer; whether it was in the mesh. */
	boolean remove(PeerState peer) {
		this.peers.remove(peer);
		boolean meshed = this.mesh.remove(peer);
		return meshed && this.joined;
	}

}
