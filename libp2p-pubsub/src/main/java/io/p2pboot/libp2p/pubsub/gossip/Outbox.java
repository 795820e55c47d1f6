package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.ControlKind;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.QueueLane;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one peer. State (subscriptions, GRAFT, PRUNE) is the difference between
 * what it was told and what is true, at most one entry a topic, and never dropped; the
 * rest is bounded, and the oldest goes first. Frames keep to what the strictest stack
 * takes: 16 KiB of control messages and 100 subscriptions (Rust), 10 ids of IDONTWANT
 * (Go), 57,344 bytes unless one message is longer (Rust). Router's thread only.
 */
final class Outbox {

	/** The most bytes of subscriptions and control messages in a frame. */
	static final int MAX_CONTROL_BYTES = 16 * 1024;

	/** The most subscriptions in a frame. */
	static final int MAX_SUBSCRIPTIONS = 100;

	/** The most ids of IDONTWANT in a frame. */
	static final int MAX_DO_NOT_WANT = 10;

	/** The longest frame of more than one message. */
	static final int MAX_SHARED_BYTES = 57_344;

	/** What a tag and a length take at most. */
	private static final int OVERHEAD = 8;

	private final PeerId peer;

	private final PubSubLimits limits;

	private final QueueBudget budget;

	private final PubSubObserver observer;

	private final Map<String, Boolean> subscriptions = new LinkedHashMap<>();

	private final Map<String, MeshChange> mesh = new LinkedHashMap<>();

	private final Deque<Ids> doNotWant = new ArrayDeque<>();

	private final Deque<Ids> control = new ArrayDeque<>();

	private final Deque<Queued> own = new ArrayDeque<>();

	private final Deque<Queued> forwards = new ArrayDeque<>();

	private final Deque<QueuedPart> parts = new ArrayDeque<>();

	/** Whether parts of a topic's messages are exchanged; null: of none. */
	private final @Nullable Function<String, PartialMode> partialModes;

	private boolean extensions;

	private int controlBytes;

	private int ownBytes;

	private int forwardBytes;

	Outbox(PeerId peer, PubSubLimits limits, QueueBudget budget, PubSubObserver observer,
			@Nullable Function<String, PartialMode> partialModes) {
		this.peer = peer;
		this.limits = limits;
		this.budget = budget;
		this.observer = observer;
		this.partialModes = partialModes;
	}

	int ownBytes() {
		return this.ownBytes;
	}

	int forwardBytes() {
		return this.forwardBytes;
	}

	int controlBytes() {
		return this.controlBytes;
	}

	boolean isEmpty() {
		return !this.extensions && this.subscriptions.isEmpty() && this.mesh.isEmpty() && this.doNotWant.isEmpty()
				&& this.control.isEmpty() && this.own.isEmpty() && this.forwards.isEmpty() && this.parts.isEmpty();
	}

	/**
	 * A stream begins: what was told counts no more. What the peer was not told of the
	 * end of something still holds, since most do not forget it with a stream.
	 */
	void begin(boolean extensions) {
		this.extensions = extensions;
		this.subscriptions.values().removeIf((subscribed) -> subscribed);
		this.mesh.values().removeIf(MeshChange::graft);
	}

	void subscription(String topic, boolean subscribed) {
		this.subscriptions.remove(topic);
		this.subscriptions.put(topic, subscribed);
	}

	void graft(String topic) {
		this.mesh.remove(topic);
		this.mesh.put(topic, MeshChange.GRAFT);
	}

	void prune(String topic, long backoffSeconds, List<ByteBuffer> exchanged) {
		this.mesh.remove(topic);
		this.mesh.put(topic, new MeshChange(false, backoffSeconds, exchanged));
	}

	/** Takes back a GRAFT that is no longer meant. */
	void cancelGraft(String topic) {
		this.mesh.remove(topic, MeshChange.GRAFT);
	}

	void doNotWant(ByteBuffer id) {
		queue(this.doNotWant, Ids.of(Rpc.IDONTWANT, null, List.of(id)));
	}

	void iWant(List<ByteBuffer> ids) {
		control(split(Rpc.IWANT, null, ids));
	}

	/** Queues what may be the same for many peers. */
	void control(List<Ids> entries) {
		entries.forEach((ids) -> queue(this.control, ids));
	}

	/** What tells of messages, in parts that fit into a frame. */
	static List<Ids> iHave(String topic, List<ByteBuffer> ids) {
		return split(Rpc.IHAVE, topic, ids);
	}

	private static List<Ids> split(int kind, @Nullable String topic, List<ByteBuffer> ids) {
		List<Ids> entries = new ArrayList<>();
		List<ByteBuffer> part = new ArrayList<>();
		int bytes = 0;
		for (ByteBuffer id : ids) {
			int size = id.remaining() + OVERHEAD;
			if (bytes + size > MAX_CONTROL_BYTES / 2 && !part.isEmpty()) {
				entries.add(Ids.of(kind, topic, part));
				part = new ArrayList<>();
				bytes = 0;
			}
			part.add(id);
			bytes += size;
		}
		if (!part.isEmpty()) {
			entries.add(Ids.of(kind, topic, part));
		}
		return entries;
	}

	private void queue(Deque<Ids> lane, Ids ids) {
		lane.addLast(ids);
		this.controlBytes += ids.bytes();
		while (this.controlBytes > this.limits.controlQueueBytes()) {
			Ids oldest = this.control.isEmpty() ? this.doNotWant.removeFirst() : this.control.removeFirst();
			this.controlBytes -= oldest.bytes();
			this.observer.dropped(this.peer, QueueLane.CONTROL, oldest.bytes());
		}
	}

	/** Queues an own message; false if there is no room. */
	boolean own(RoutedMessage message, long now) {
		if (this.ownBytes + message.length() > this.limits.ownQueueBytes()) {
			this.observer.dropped(this.peer, QueueLane.OWN, message.length());
			return false;
		}
		this.own.addLast(new Queued(message, now + this.limits.ownQueueTime().toNanos()));
		this.ownBytes += message.length();
		this.budget.add(message);
		return true;
	}

	/** Queues parts of an own message; false if there is no room. */
	boolean part(ByteBuffer encoded, long now) {
		if (this.ownBytes + encoded.remaining() > this.limits.ownQueueBytes()) {
			this.observer.dropped(this.peer, QueueLane.OWN, encoded.remaining());
			return false;
		}
		this.parts.addLast(new QueuedPart(encoded, now + this.limits.ownQueueTime().toNanos()));
		this.ownBytes += encoded.remaining();
		this.budget.addOwn(encoded.remaining());
		return true;
	}

	private ByteBuffer takePart() {
		ByteBuffer encoded = this.parts.removeFirst().encoded();
		this.ownBytes -= encoded.remaining();
		this.budget.addOwn(-encoded.remaining());
		return encoded;
	}

	/** Who is sent a message need not be told that it is here. */
	private void takeBackDoNotWant(ByteBuffer id) {
		Ids newest = this.doNotWant.peekLast();
		if (newest != null && newest.ids().get(0).equals(id)) {
			this.doNotWant.removeLast();
			this.controlBytes -= newest.bytes();
		}
	}

	/** Queues a message of another peer; the oldest make room. */
	void forward(RoutedMessage message, long now) {
		takeBackDoNotWant(message.message().id());
		this.forwards.addLast(new Queued(message, now + this.limits.forwardQueueTime().toNanos()));
		this.forwardBytes += message.length();
		this.budget.add(message);
		while (this.forwardBytes > this.limits.forwardQueueBytes()) {
			dropForward();
		}
	}

	/** Drops the oldest message of another peer; false if there is none. */
	boolean dropForward() {
		if (this.forwards.isEmpty()) {
			return false;
		}
		this.observer.dropped(this.peer, QueueLane.FORWARD, takeForward().length());
		return true;
	}

	private RoutedMessage takeForward() {
		RoutedMessage message = this.forwards.removeFirst().message();
		this.forwardBytes -= message.length();
		this.budget.remove(message);
		return message;
	}

	private RoutedMessage takeOwn() {
		RoutedMessage message = this.own.removeFirst().message();
		this.ownBytes -= message.length();
		this.budget.remove(message);
		return message;
	}

	/** Forgets everything: the peer has gone. */
	void clear() {
		while (!this.own.isEmpty()) {
			takeOwn();
		}
		while (!this.forwards.isEmpty()) {
			takeForward();
		}
		while (!this.parts.isEmpty()) {
			takePart();
		}
		this.control.clear();
		this.doNotWant.clear();
		this.controlBytes = 0;
		this.extensions = false;
		this.subscriptions.clear();
		this.mesh.clear();
	}

	/**
	 * Takes the next frame; null if nothing waits.
	 * @param wanted whether the peer still wants a message
	 * @param level what the peer can read
	 */
	@Nullable OutFrame poll(long now, Predicate<Digest> wanted, PeerLevel level) {
		if (!this.extensions && this.subscriptions.isEmpty() && this.mesh.isEmpty() && this.doNotWant.isEmpty()
				&& this.control.isEmpty() && this.parts.isEmpty() && this.own.size() + this.forwards.size() <= 1) {
			return alone(now, wanted);
		}
		FrameBuilder frame = new FrameBuilder();
		writeSubscriptions(frame, level);
		if (level.hasMesh()) {
			writeControl(frame, level);
		}
		else {
			dropControl();
		}
		writePart(frame, now);
		writeMessages(frame, now, wanted, this.own, true);
		writeMessages(frame, now, wanted, this.forwards, false);
		return frame.isEmpty() ? null : frame.build();
	}

	/** A message that waits alone: its frame is the same for every peer. */
	private @Nullable OutFrame alone(long now, Predicate<Digest> wanted) {
		boolean isOwn = !this.own.isEmpty();
		Queued only = isOwn ? this.own.peekFirst() : this.forwards.peekFirst();
		if (only == null) {
			return null;
		}
		RoutedMessage message = isOwn ? takeOwn() : takeForward();
		if (only.until() - now <= 0 || !wanted.test(message.id())) {
			discard(message, wanted, isOwn);
			return null;
		}
		return message.frame();
	}

	/** One at most: the rest has frames of its own. */
	private void writePart(FrameBuilder frame, long now) {
		for (QueuedPart next = this.parts.peekFirst(); next != null; next = this.parts.peekFirst()) {
			if (next.until() - now <= 0) {
				this.observer.dropped(this.peer, QueueLane.OWN, takePart().remaining());
				continue;
			}
			if (frame.isEmpty() || frame.size() + next.encoded().remaining() + OVERHEAD <= MAX_SHARED_BYTES) {
				frame.part(takePart());
			}
			return;
		}
	}

	private void writeSubscriptions(FrameBuilder frame, PeerLevel level) {
		Function<String, PartialMode> modes = level.hasExtensions() ? this.partialModes : null;
		if (this.extensions) {
			this.extensions = false;
			frame.extensions(modes != null);
		}
		Iterator<Map.Entry<String, Boolean>> pending = this.subscriptions.entrySet().iterator();
		for (int count = 0; pending.hasNext() && count < MAX_SUBSCRIPTIONS; count++) {
			Map.Entry<String, Boolean> next = pending.next();
			ByteBuffer topic = Rpc.utf8(next.getKey());
			if (frame.controlSize() + topic.remaining() + 2 * OVERHEAD > MAX_CONTROL_BYTES) {
				return;
			}
			frame.subscription(topic, next.getValue(), (modes != null) ? modes.apply(next.getKey()) : PartialMode.NONE);
			pending.remove();
		}
	}

	/**
	 * GRAFT waits for SUBSCRIBE: Rust drops one of a topic that it does not know of us.
	 */
	private void writeControl(FrameBuilder frame, PeerLevel level) {
		if (this.subscriptions.isEmpty()) {
			Iterator<Map.Entry<String, MeshChange>> changes = this.mesh.entrySet().iterator();
			while (changes.hasNext()) {
				Map.Entry<String, MeshChange> next = changes.next();
				ByteBuffer topic = Rpc.utf8(next.getKey());
				int size = topic.remaining() + 4 * OVERHEAD + next.getValue().bytes();
				if (frame.controlSize() + size > MAX_CONTROL_BYTES && frame.controlSize() > 0) {
					return;
				}
				frame.mesh(topic, next.getValue(), level.hasBackoff());
				this.observer.controlSent(this.peer, next.getValue().graft() ? ControlKind.GRAFT : ControlKind.PRUNE);
				changes.remove();
			}
		}
		writeDoNotWant(frame);
		Ids next = this.control.peekFirst();
		while (next != null && frame.controlSize() + next.bytes() <= MAX_CONTROL_BYTES) {
			this.control.removeFirst();
			this.controlBytes -= next.bytes();
			frame.ids(next);
			this.observer.controlSent(this.peer, (next.kind() == Rpc.IHAVE) ? ControlKind.IHAVE : ControlKind.IWANT);
			next = this.control.peekFirst();
		}
	}

	private void writeDoNotWant(FrameBuilder frame) {
		List<ByteBuffer> ids = new ArrayList<>();
		int bytes = 0;
		Ids next = this.doNotWant.peekFirst();
		while (next != null && ids.size() < MAX_DO_NOT_WANT
				&& frame.controlSize() + bytes + next.bytes() <= MAX_CONTROL_BYTES) {
			this.doNotWant.removeFirst();
			this.controlBytes -= next.bytes();
			bytes += next.bytes();
			ids.addAll(next.ids());
			next = this.doNotWant.peekFirst();
		}
		if (!ids.isEmpty()) {
			frame.ids(Ids.of(Rpc.IDONTWANT, null, ids));
			this.observer.controlSent(this.peer, ControlKind.IDONTWANT);
		}
	}

	private void dropControl() {
		this.mesh.clear();
		this.doNotWant.clear();
		this.control.clear();
		this.controlBytes = 0;
	}

	private void writeMessages(FrameBuilder frame, long now, Predicate<Digest> wanted, Deque<Queued> lane,
			boolean own) {
		for (Queued next = lane.peekFirst(); next != null; next = lane.peekFirst()) {
			RoutedMessage message = next.message();
			if (next.until() - now <= 0 || !wanted.test(message.id())) {
				discard(own ? takeOwn() : takeForward(), wanted, own);
				continue;
			}
			if (!frame.isEmpty() && frame.size() + message.length() + OVERHEAD > MAX_SHARED_BYTES) {
				return;
			}
			frame.message(own ? takeOwn() : takeForward());
		}
	}

	private void discard(RoutedMessage message, Predicate<Digest> wanted, boolean own) {
		if (wanted.test(message.id())) {
			this.observer.dropped(this.peer, own ? QueueLane.OWN : QueueLane.FORWARD, message.length());
		}
		else {
			this.observer.saved(this.peer, message.length());
		}
	}

	/**
	 * A GRAFT or a PRUNE.
	 *
	 * @param graft which of them
	 * @param backoffSeconds how long the peer must not graft, with PRUNE
	 * @param exchanged other peers as PeerInfo messages, with PRUNE
	 */
	record MeshChange(boolean graft, long backoffSeconds, List<ByteBuffer> exchanged) {

		private static final MeshChange GRAFT = new MeshChange(true, 0, List.of());

		int bytes() {
			return this.exchanged.stream().mapToInt((info) -> info.remaining() + OVERHEAD).sum();
		}

	}

	/**
	 * An IHAVE, IWANT or IDONTWANT.
	 *
	 * @param kind the field in the control message
	 * @param topic the topic of an IHAVE
	 * @param ids the ids
	 * @param bytes how many bytes it has at most
	 */
	record Ids(int kind, @Nullable String topic, List<ByteBuffer> ids, int bytes) {

		static Ids of(int kind, @Nullable String topic, List<ByteBuffer> ids) {
			int bytes = 2 * OVERHEAD + ((topic != null) ? 3 * topic.length() : 0);
			for (ByteBuffer id : ids) {
				bytes += id.remaining() + OVERHEAD;
			}
			return new Ids(kind, topic, ids, bytes);
		}

	}

	/**
	 * A message that waits.
	 *
	 * @param message the message
	 * @param until when it is of no use any more
	 */
	private record Queued(RoutedMessage message, long until) {
	}

	/**
	 * Parts of a message that wait.
	 *
	 * @param encoded the parts
	 * @param until when they are of no use any more
	 */
	private record QueuedPart(ByteBuffer encoded, long until) {
	}

}
