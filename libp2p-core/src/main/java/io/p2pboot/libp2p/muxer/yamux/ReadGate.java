package io.p2pboot.libp2p.muxer.yamux;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.resource.UnreadMemory;
import org.jspecify.annotations.Nullable;

/**
 * Stops reading from a connection while it holds more unread bytes than the process has
 * left for it. That is for memory that runs out: a connection that is not read answers no
 * ping, and its streams that are read wait for those that are not. One that stays so for
 * the write timeout, after which its peer would end it, is ended with the reason. Event
 * loop only.
 */
final class ReadGate {

	/** How often it is seen whether other connections have left room. */
	static final int CHECK_MILLIS = 50;

	private final Channel channel;

	private final UnreadMemory memory;

	private final long patienceNanos;

	private final Consumer<LimitExceeded> givenUp;

	private long unread;

	private long closedNanos;

	private @Nullable ScheduledFuture<?> check;

	ReadGate(Channel channel, UnreadMemory memory, Duration patience, Consumer<LimitExceeded> givenUp) {
		this.channel = channel;
		this.memory = memory;
		this.patienceNanos = patience.toNanos();
		this.givenUp = givenUp;
	}

	/** Bytes have come, for the application to read. */
	void arrived(int bytes) {
		this.unread += bytes;
		this.memory.take(bytes);
	}

	/** The application has read bytes, or they were discarded. */
	void consumed(int bytes) {
		this.unread -= bytes;
		this.memory.giveBack(bytes);
	}

	/** All that the socket had has been passed on. */
	void readComplete() {
		if (this.check == null && this.unread > this.memory.left() && this.channel.isOpen()) {
			this.closedNanos = now();
			this.channel.config().setAutoRead(false);
			schedule();
		}
	}

	private void schedule() {
		this.check = this.channel.eventLoop().schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
	}

	private void check() {
		this.check = null;
		long left = this.memory.left();
		if (this.unread <= left) {
			this.channel.config().setAutoRead(true);
		}
		else if (now() - this.closedNanos < this.patienceNanos) {
			schedule();
		}
		else {
			this.givenUp.accept(new LimitExceeded("unread bytes of a connection", this.unread, left));
		}
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	void stop() {
		if (this.check != null) {
			this.check.cancel(false);
			this.check = null;
		}
	}

}
