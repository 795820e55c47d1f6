package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;

/**
 * What the router knows of a connected peer. Router's thread only.
 */
final class PeerState {

	/** How many malformed or over-long frames end the connection. */
	static final int MAX_BAD_FRAMES = 3;

	/** How many ids of IDONTWANT of a peer are heeded in one heartbeat. */
	static final int MAX_DO_NOT_WANT = 1000;

	private final PeerId id;

	private final boolean outbound;

	private final boolean direct;

	private final Outbox outbox;

	/** The topics that it is subscribed to, followed by this node or not. */
	private final DigestSet topics = new DigestSet();

	/** What it does not want, and until which heartbeat. */
	private final Map<Digest, Long> doNotWant = new LinkedHashMap<>();

	private PeerLevel level;

	private boolean framed;

	private int badFrames;

	private int doNotWantNow;

	private int iHavesNow;

	private int askedNow;

	private long answeredNow;

	PeerState(PeerId id, PeerLevel level, boolean outbound, boolean direct, Outbox outbox) {
		this.id = id;
		this.level = level;
		this.outbound = outbound;
		this.direct = direct;
		this.outbox = outbox;
	}

	PeerId id() {
		return this.id;
	}

	PeerLevel level() {
		return this.level;
	}

	void level(PeerLevel level) {
		this.level = level;
	}

	/** Whether this node dialled it. */
	boolean isOutbound() {
		return this.outbound;
	}

	boolean isDirect() {
		return this.direct;
	}

	Outbox outbox() {
		return this.outbox;
	}

	DigestSet topics() {
		return this.topics;
	}

	/** Marks the first frame; false if there was one. */
	boolean firstFrame() {
		boolean first = !this.framed;
		this.framed = true;
		return first;
	}

	/** A new inbound stream begins with a first frame. */
	void expectFirstFrame() {
		this.framed = false;
	}

	/** Counts a bad frame; true if it was one too many. */
	boolean badFrame() {
		return ++this.badFrames >= MAX_BAD_FRAMES;
	}

	boolean wants(Digest message) {
		return !this.doNotWant.containsKey(message);
	}

	/** Heeds an id of IDONTWANT, up to the bound of the heartbeat. */
	boolean doNotWant(Digest message, long untilHeartbeat) {
		if (this.doNotWantNow == MAX_DO_NOT_WANT) {
			return false;
		}
		this.doNotWantNow++;
		this.doNotWant.remove(message);
		this.doNotWant.put(message, untilHeartbeat);
		return true;
	}

	/** How many ids it does not want. */
	int doNotWants() {
		return this.doNotWant.size();
	}

	/** Counts a frame with IHAVE; how many there were in this heartbeat. */
	int iHave() {
		return ++this.iHavesNow;
	}

	int asked() {
		return this.askedNow;
	}

	void asked(int ids) {
		this.askedNow += ids;
	}

	/** Counts bytes of an answer, up to a bound. */
	boolean answer(int bytes, int maximum) {
		if (this.answeredNow + bytes > maximum) {
			return false;
		}
		this.answeredNow += bytes;
		return true;
	}

	void heartbeat(long heartbeat) {
		this.doNotWantNow = 0;
		this.iHavesNow = 0;
		this.askedNow = 0;
		this.answeredNow = 0;
		Iterator<Long> oldest = this.doNotWant.values().iterator();
		while (oldest.hasNext() && oldest.next() <= heartbeat) {
			oldest.remove();
		}
	}

	@Override
	public String toString() {
		return this.id.toString();
	}

}
