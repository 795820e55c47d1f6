package io.p2pboot.libp2p.muxer.yamux;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.jspecify.annotations.Nullable;

/**
 * Stops reading from a connection while it holds more unread bytes than the process has
 * room for. That is for memory that runs out: a connection that is not read answers no
 * ping, and its streams that are read wait for those that are not. One that holds less
 * than its share is always read. One that holds more for longer than the write timeout,
 * while nothing is left for others, is ended with the reason, whether it still sends or
 * not. Event loop only.
 */
final class ReadGate {

	/** How often it is seen whether other connections have left room. */
	static final int CHECK_MILLIS = 50;

	/** How often it is seen whether others have come, who need some of what is held. */
	static final int HOLDING_CHECK_MILLIS = 1000;

	private final Channel channel;

	private final ConnectionScope scope;

	private final long patienceNanos;

	private final Consumer<LimitExceeded> givenUp;

	private long unread;

	private boolean closed;

	private long closedNanos;

	private @Nullable ScheduledFuture<?> check;

	ReadGate(Channel channel, ConnectionScope scope, Duration patience, Consumer<LimitExceeded> givenUp) {
		this.channel = channel;
		this.scope = scope;
		this.patienceNanos = patience.toNanos();
		this.givenUp = givenUp;
	}

	/** Bytes have come, for the application to read. */
	void arrived(int bytes) {
		this.scope.reserve(bytes);
		this.unread += bytes;
		if (this.unread > this.scope.allowedBytes()) {
			close();
		}
		else if (this.check == null) {
			schedule();
		}
	}

	/** The application has read bytes, or they were discarded. */
	void consumed(int bytes) {
		this.unread -= bytes;
		this.scope.release(bytes);
	}

	private void close() {
		if (!this.closed && this.channel.isOpen()) {
			this.closed = true;
			this.closedNanos = now();
			// Also within a turn of reads: what the socket has stays there.
			this.channel.config().setAutoRead(false);
			stop();
			schedule();
		}
	}

	private void schedule() {
		if (this.channel.isOpen()) {
			this.check = this.channel.eventLoop()
				.schedule(this::check, this.closed ? CHECK_MILLIS : HOLDING_CHECK_MILLIS, TimeUnit.MILLISECONDS);
		}
	}

	private void check() {
		this.check = null;
		long allowed = this.scope.allowedBytes();
		if (this.unread <= allowed) {
			if (this.closed) {
				this.closed = false;
				this.channel.config().setAutoRead(true);
			}
			if (this.unread > 0) {
				schedule();
			}
		}
		else if (!this.closed) {
			close();
		}
		else if (this.scope.isMemorySpent() && now() - this.closedNanos >= this.patienceNanos) {
			this.givenUp.accept(new LimitExceeded("unread bytes of a connection", this.unread, allowed));
		}
		else {
			schedule();
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
