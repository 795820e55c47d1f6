package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;

import io.p2pboot.libp2p.PeerId;

/**
 * What the router knows of a connected peer. Router's thread only.
 */
final class PeerState {

	/** How many malformed or over-long frames end the connection. */
	static final int MAX_BAD_FRAMES = 3;

	/** How many ids of IDONTWANT of a peer are heeded in one heartbeat. */
	static final int MAX_DO_NOT_WANT = 1000;

	/** Never added to. */
	private static final DigestSet NOTHING = new DigestSet();

	private final PeerId id;

	private final boolean outbound;

	private final boolean direct;

	private final Outbox outbox;

	/** The topics that it is subscribed to, followed by this node or not. */
	private final DigestSet topics = new DigestSet();

	/** What it does not want, by the heartbeat in which it said so, the newest first. */
	private final Deque<DigestSet> doNotWant = new ArrayDeque<>();

	/** The topics of whose messages it wants parts. */
	private final DigestSet requestsPartial = new DigestSet();

	/** The topics of whose messages it sends parts. */
	private final DigestSet supportsPartial = new DigestSet();

	private boolean partial;

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

	/** A new inbound stream begins with a first frame, which may have extensions. */
	void expectFirstFrame() {
		this.framed = false;
		this.partial = false;
	}

	/** Whether it exchanges parts of messages at all. */
	boolean partial() {
		return this.partial;
	}

	void partial(boolean partial) {
		this.partial = partial;
	}

	/** What it says of parts of a topic's messages; who wants them sends them too. */
	void partial(Digest topic, boolean requests, boolean supports) {
		set(this.requestsPartial, topic, requests);
		set(this.supportsPartial, topic, requests || supports);
	}

	private static void set(DigestSet set, Digest topic, boolean member) {
		if (member) {
			set.add(topic);
		}
		else {
			set.remove(topic);
		}
	}

	boolean requestsPartial(Digest topic) {
		return this.requestsPartial.contains(topic);
	}

	boolean supportsPartial(Digest topic) {
		return this.supportsPartial.contains(topic);
	}

	/** Counts a bad frame; true if it was one too many. */
	boolean badFrame() {
		return ++this.badFrames >= MAX_BAD_FRAMES;
	}

	boolean wants(Digest message) {
		for (DigestSet said : this.doNotWant) {
			if (said.contains(message)) {
				return false;
			}
		}
		return true;
	}

	/** Heeds an id of IDONTWANT, up to the bound of the heartbeat. */
	boolean doNotWant(Digest message) {
		if (this.doNotWantNow == MAX_DO_NOT_WANT) {
			return false;
		}
		if (this.doNotWantNow++ == 0) {
			this.doNotWant.pollFirst();
			this.doNotWant.addFirst(new DigestSet());
		}
		this.doNotWant.element().add(message);
		return true;
	}

	/** How many ids it does not want. */
	int doNotWants() {
		return this.doNotWant.stream().mapToInt(DigestSet::size).sum();
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

	/** A heartbeat: what was not wanted so many ago counts no more. */
	void heartbeat(int doNotWantHeartbeats) {
		if (!this.doNotWant.isEmpty()) {
			this.doNotWant.addFirst(NOTHING);
		}
		while (this.doNotWant.size() > doNotWantHeartbeats) {
			this.doNotWant.removeLast();
		}
		this.doNotWantNow = 0;
		this.iHavesNow = 0;
		this.askedNow = 0;
		this.answeredNow = 0;
	}

	@Override
	public String toString() {
		return this.id.toString();
	}

}
