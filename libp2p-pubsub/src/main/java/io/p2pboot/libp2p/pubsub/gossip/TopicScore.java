package io.p2pboot.libp2p.pubsub.gossip;

import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.pubsub.TopicScoreParams.MeshDeliveries;

/**
 * The counters of one peer in one topic: P1 to P4. Router's thread only.
 */
final class TopicScore {

	private final TopicScoreParams params;

	private boolean inMesh;

	private long graftedAt;

	private long meshNanos;

	private double firstDeliveries;

	private double meshDeliveries;

	private boolean meshDeliveriesActive;

	private double meshFailure;

	private double invalid;

	TopicScore(TopicScoreParams params) {
		this.params = params;
	}

	double value() {
		double value = 0;
		if (this.inMesh) {
			TopicScoreParams.TimeInMesh time = this.params.timeInMesh();
			value += time.weight()
					* Math.min((double) (this.meshNanos / Math.max(1, time.quantum().toNanos())), time.cap());
		}
		value += this.params.firstDeliveries().weight() * this.firstDeliveries;
		double deficit = deficit();
		value += this.params.meshDeliveries().weight() * deficit * deficit;
		value += this.params.meshDeliveries().failureWeight() * this.meshFailure;
		value += this.params.invalidWeight() * this.invalid * this.invalid;
		return value * this.params.weight();
	}

	private double deficit() {
		MeshDeliveries mesh = this.params.meshDeliveries();
		return this.meshDeliveriesActive ? Math.max(0, mesh.threshold() - this.meshDeliveries) : 0;
	}

	void grafted(long now) {
		this.inMesh = true;
		this.graftedAt = now;
		this.meshNanos = 0;
		this.meshDeliveriesActive = false;
	}

	/**
	 * What was delivered too little is kept as P3b. P3 goes on until the next GRAFT, as
	 * in Go.
	 */
	void pruned() {
		double deficit = deficit();
		this.meshFailure += deficit * deficit;
		this.inMesh = false;
	}

	void disconnected() {
		this.firstDeliveries = 0;
		if (this.inMesh) {
			pruned();
		}
	}

	void first() {
		this.firstDeliveries = Math.min(this.firstDeliveries + 1, this.params.firstDeliveries().cap());
		meshDelivery();
	}

	/** A copy of a message that was accepted so long ago. */
	void duplicate(long sinceAccepted) {
		if (sinceAccepted <= this.params.meshDeliveries().window().toNanos()) {
			meshDelivery();
		}
	}

	private void meshDelivery() {
		if (this.inMesh) {
			this.meshDeliveries = Math.min(this.meshDeliveries + 1, this.params.meshDeliveries().cap());
		}
	}

	/** Whether the peer owes anything. */
	boolean isClean() {
		return deficit() == 0 && this.meshFailure == 0 && this.invalid == 0;
	}

	void invalid() {
		this.invalid++;
	}

	void decay(long now, double toZero) {
		MeshDeliveries mesh = this.params.meshDeliveries();
		this.firstDeliveries = PeerScore.decayed(this.firstDeliveries, this.params.firstDeliveries().decay(), toZero);
		this.meshDeliveries = PeerScore.decayed(this.meshDeliveries, mesh.decay(), toZero);
		this.meshFailure = PeerScore.decayed(this.meshFailure, mesh.failureDecay(), toZero);
		this.invalid = PeerScore.decayed(this.invalid, this.params.invalidDecay(), toZero);
		if (this.inMesh) {
			this.meshNanos = now - this.graftedAt;
			if (this.meshNanos > mesh.activation().toNanos()) {
				this.meshDeliveriesActive = true;
			}
		}
	}

}
