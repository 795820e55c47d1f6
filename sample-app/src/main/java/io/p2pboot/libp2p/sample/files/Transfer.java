package io.p2pboot.libp2p.sample.files;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * One file on its way, in either direction. Thread-safe: one thread moves it, any may
 * look.
 */
public final class Transfer {

	/** Where a transfer stands. */
	public enum State {

		/** Waits for a thread; left by {@link #begin} and {@link #failed}. */
		QUEUED,

		/** Bytes move; left by {@link #done} and {@link #failed}. */
		RUNNING,

		/** All bytes are there and the hash is right; final. */
		DONE,

		/** It ended before that, see the error; final. What is here can be resumed. */
		FAILED

	}

	/** Who asked for the transfer, and which way the bytes go. */
	public enum Kind {

		/** We fetch from a peer. */
		FETCH,

		/** We push to a peer. */
		PUSH,

		/** A peer fetches from us. */
		SERVE,

		/** A peer pushes to us. */
		RECEIVE

	}

	/**
	 * How a transfer looks at one moment.
	 *
	 * @param id names it
	 * @param kind which way
	 * @param peer the other side
	 * @param name the file
	 * @param state where it stands
	 * @param size the size in bytes; 0 until it is known
	 * @param moved how many of them are at their end
	 * @param resumedAt how many were there when it began
	 * @param error why it failed
	 * @param started when it was asked for
	 */
	public record View(long id, Kind kind, String peer, String name, State state, long size, long moved, long resumedAt,
			@Nullable String error, Instant started) {

	}

	private final long id;

	private final Kind kind;

	private final String peer;

	private final String name;

	private final Instant started;

	private volatile State state = State.QUEUED;

	private volatile long size;

	private volatile long moved;

	private volatile long resumedAt;

	private volatile @Nullable String error;

	Transfer(long id, Kind kind, String peer, String name, Instant started) {
		this.id = id;
		this.kind = kind;
		this.peer = peer;
		this.name = name;
		this.started = started;
	}

	void begin(long size, long offset) {
		this.size = size;
		this.resumedAt = offset;
		this.moved = offset;
		this.state = State.RUNNING;
	}

	/** Tells of progress; called by the one thread that moves the bytes. */
	void at(long position) {
		this.moved = position;
	}

	void done() {
		this.state = State.DONE;
	}

	void failed(String reason) {
		this.error = reason;
		this.state = State.FAILED;
	}

	/**
	 * Returns how it looks now.
	 * @return a snapshot
	 */
	public View view() {
		return new View(this.id, this.kind, this.peer, this.name, this.state, this.size, this.moved, this.resumedAt,
				this.error, this.started);
	}

}
