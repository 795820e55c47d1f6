package io.p2pboot.libp2p.protocol.identify;

import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import org.jspecify.annotations.Nullable;

/**
 * Where identify stands on one connection. Any thread; guarded by {@code lock}, but what
 * counts inbound streams, which is the event loop's.
 */
final class IdentifiedConnection {

	/** How many requests of the peer are answered at once, as go-libp2p. */
	static final int MAX_INBOUND = 16;

	private enum State {

		/** The peer has not been asked yet, or not answered; left by either outcome. */
		ASKING,

		/** It has answered, or will not. */
		ASKED

	}

	private final Connection connection;

	private final Promise<Void> identified = ImmediateEventExecutor.INSTANCE.newPromise();

	private final ReentrantLock lock = new ReentrantLock();

	private State state = State.ASKING;

	private @Nullable IdentifyInfo heldPush;

	private Set<ProtocolPath> protocols = Set.of();

	private boolean supportsPush;

	private long sentSequence;

	private boolean tied;

	private int answering;

	IdentifiedConnection(Connection connection) {
		this.connection = connection;
	}

	Connection connection() {
		return this.connection;
	}

	/** When the peer has told who it is. */
	Future<Void> identified() {
		return this.identified;
	}

	/** The peer has told who it is. */
	void succeeded() {
		this.identified.trySuccess(null);
	}

	/** It will not; the first cause wins. */
	void failed(Throwable cause) {
		this.identified.tryFailure(cause);
	}

	/** Marks that this ends with its channel; false if that was so. Event loop only. */
	boolean tie() {
		boolean before = this.tied;
		this.tied = true;
		return !before;
	}

	/** Counts one more request being answered, up to the limit. Event loop only. */
	boolean beginAnswer() {
		if (this.answering == MAX_INBOUND) {
			return false;
		}
		this.answering++;
		return true;
	}

	/** Counts one less. Event loop only. */
	void endAnswer() {
		this.answering--;
	}

	/** Records that the peer was told a snapshot. */
	void sent(LocalSnapshot snapshot) {
		this.lock.lock();
		try {
			this.sentSequence = Math.max(this.sentSequence, snapshot.sequence());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether the peer takes pushes and was told something older than a snapshot. One
	 * that has not asked yet will be told the newest when it does.
	 */
	boolean isBehind(LocalSnapshot snapshot) {
		this.lock.lock();
		try {
			return this.supportsPush && this.sentSequence > 0 && this.sentSequence < snapshot.sequence();
		}
		finally {
			this.lock.unlock();
		}
	}

	void supportsPush(boolean supported) {
		this.lock.lock();
		try {
			this.supportsPush = supported;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes what the peer serves now, and tells the difference to what it had told on
	 * this connection, if there is one.
	 */
	void protocols(Set<ProtocolPath> told, BiConsumer<Set<ProtocolPath>, Set<ProtocolPath>> changed) {
		Set<ProtocolPath> before;
		this.lock.lock();
		try {
			before = this.protocols;
			this.protocols = told;
		}
		finally {
			this.lock.unlock();
		}
		Set<ProtocolPath> added = without(told, before);
		Set<ProtocolPath> removed = without(before, told);
		if (!added.isEmpty() || !removed.isEmpty()) {
			changed.accept(added, removed);
		}
	}

	private static Set<ProtocolPath> without(Set<ProtocolPath> all, Set<ProtocolPath> others) {
		return all.stream().filter((path) -> !others.contains(path)).collect(Collectors.toUnmodifiableSet());
	}

	/**
	 * Holds a push back until the answer to our request is in, which is the older of the
	 * two. False if it need not wait.
	 */
	boolean hold(IdentifyInfo push) {
		this.lock.lock();
		try {
			if (this.state == State.ASKED) {
				return false;
			}
			this.heldPush = push;
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Ends the request; returns the push that was held back, if there was one. */
	@Nullable IdentifyInfo asked() {
		this.lock.lock();
		try {
			IdentifyInfo held = this.heldPush;
			this.heldPush = null;
			this.state = State.ASKED;
			return held;
		}
		finally {
			this.lock.unlock();
		}
	}

}
