package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * The heartbeat and what is gossiped in it. Immutable.
 *
 * @param heartbeat the time between heartbeats; positive
 * @param firstHeartbeat the time to the first one; positive
 * @param lazy to how many peers at least message ids are gossiped (D_lazy)
 * @param factor to which part of the peers of a topic; 0 to 1
 * @param historyLength for how many heartbeats messages are kept to answer requests
 * @param historyGossip how many heartbeats back ids are gossiped; at most
 * {@code historyLength}
 * @param maxIHaveIds how many ids are gossiped to one peer in one heartbeat, and asked of
 * one
 * @param maxIHaveMessages how many frames with IHAVE of one peer are read in one
 * heartbeat
 * @param followUp how long a peer may take to send what it has promised; positive
 * @param retransmissions how often one message is sent to one peer that asks for it
 * @param doNotWantBytes from how many bytes of data on IDONTWANT is sent for a message;
 * 0: for every one
 * @param doNotWantHeartbeats for how many heartbeats an IDONTWANT is heeded
 */
public record GossipParams(Duration heartbeat, Duration firstHeartbeat, int lazy, double factor, int historyLength,
		int historyGossip, int maxIHaveIds, int maxIHaveMessages, Duration followUp, int retransmissions,
		int doNotWantBytes, int doNotWantHeartbeats) {

	/** The values of the specification and of Go. */
	public static final GossipParams DEFAULT = new GossipParams(Duration.ofSeconds(1), Duration.ofMillis(100), 6, 0.25,
			5, 3, 5000, 10, Duration.ofSeconds(3), 3, 1024, 3);

	/** Checks the values against each other. */
	public GossipParams {
		Checks.positive("heartbeat", heartbeat);
		Checks.positive("firstHeartbeat", firstHeartbeat);
		Checks.range("lazy", lazy, 0, 10_000);
		Checks.that(factor >= 0 && factor <= 1, "'factor' must be from 0 to 1", factor);
		Checks.range("historyLength", historyLength, 1, 1000);
		Checks.range("historyGossip", historyGossip, 0, historyLength);
		Checks.range("maxIHaveIds", maxIHaveIds, 1, 5000);
		Checks.range("maxIHaveMessages", maxIHaveMessages, 1, 1000);
		Checks.positive("followUp", followUp);
		Checks.range("retransmissions", retransmissions, 1, 100);
		Checks.atLeast("doNotWantBytes", doNotWantBytes, 0);
		Checks.range("doNotWantHeartbeats", doNotWantHeartbeats, 1, 100);
	}

	/**
	 * Returns the same with another heartbeat.
	 * @param heartbeat the time between heartbeats
	 * @param firstHeartbeat the time to the first one
	 * @return the parameters
	 */
	public GossipParams withHeartbeat(Duration heartbeat, Duration firstHeartbeat) {
		return new GossipParams(heartbeat, firstHeartbeat, this.lazy, this.factor, this.historyLength,
				this.historyGossip, this.maxIHaveIds, this.maxIHaveMessages, this.followUp, this.retransmissions,
				this.doNotWantBytes, this.doNotWantHeartbeats);
	}

	/**
	 * Returns the same with another breadth of gossip.
	 * @param lazy to how many peers at least
	 * @param factor to which part of the peers
	 * @return the parameters
	 */
	public GossipParams withGossip(int lazy, double factor) {
		return new GossipParams(this.heartbeat, this.firstHeartbeat, lazy, factor, this.historyLength,
				this.historyGossip, this.maxIHaveIds, this.maxIHaveMessages, this.followUp, this.retransmissions,
				this.doNotWantBytes, this.doNotWantHeartbeats);
	}

	/**
	 * Returns the same with another history.
	 * @param historyLength for how many heartbeats messages are kept
	 * @param historyGossip how many heartbeats back ids are gossiped
	 * @param followUp how long a peer may take to send what it has promised
	 * @return the parameters
	 */
	public GossipParams withHistory(int historyLength, int historyGossip, Duration followUp) {
		return new GossipParams(this.heartbeat, this.firstHeartbeat, this.lazy, this.factor, historyLength,
				historyGossip, this.maxIHaveIds, this.maxIHaveMessages, followUp, this.retransmissions,
				this.doNotWantBytes, this.doNotWantHeartbeats);
	}

	/**
	 * Returns the same with another size from which IDONTWANT is sent.
	 * @param doNotWantBytes the bytes of data
	 * @return the parameters
	 */
	public GossipParams withDoNotWantBytes(int doNotWantBytes) {
		return new GossipParams(this.heartbeat, this.firstHeartbeat, this.lazy, this.factor, this.historyLength,
				this.historyGossip, this.maxIHaveIds, this.maxIHaveMessages, this.followUp, this.retransmissions,
				doNotWantBytes, this.doNotWantHeartbeats);
	}

}
