package io.p2pboot.libp2p.muxer;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceManager;
import org.jspecify.annotations.Nullable;

/**
 * Stops reading from a connection while it holds more unread bytes than the process has
 * room for. That is for memory that runs out: a connection that is not read answers no
 * ping, and its streams that are read wait for those that are not. One that holds less
 * than its share is always read. One that holds more for longer than the write timeout,
 * while nothing is left for others, is ended with the reason, whether it still sends or
 * not. Event loop only.
 */
public final class ReadGate {

	/** How often it is seen whether other connections have left room. */
	public static final int CHECK_MILLIS = 50;

	/** How often it is seen whether others have come, who need some of what is held. */
	public static final int HOLDING_CHECK_MILLIS = 1000;

	/**
	 * Stops and goes on. Called on the connection's event loop.
	 */
	public interface Reading {

		/**
		 * Reads what comes, or does not.
		 * @param read whether what comes is read from now on
		 */
		void read(boolean read);

	}

	private final Channel channel;

	private final Reading reading;

	private final ConnectionScope scope;

	private final long patienceNanos;

	private final Consumer<LimitExceeded> givenUp;

	private long unread;

	private boolean closed;

	private long closedNanos;

	private @Nullable ScheduledFuture<?> check;

	/**
	 * Creates an open gate for a channel of its own, whose reading it stops.
	 * @param channel the connection's
	 * @param scope what its bytes are counted in
	 * @param patience for how long it may hold more than its share while nothing is left
	 * @param givenUp ends the connection with the reason, on its event loop
	 */
	public ReadGate(Channel channel, ConnectionScope scope, Duration patience, Consumer<LimitExceeded> givenUp) {
		this(channel, channel.config()::setAutoRead, scope, patience, givenUp);
	}

	/**
	 * Creates an open gate.
	 * @param channel the connection's
	 * @param reading stops its reading
	 * @param scope what its bytes are counted in
	 * @param patience for how long it may hold more than its share while nothing is left
	 * @param givenUp ends the connection with the reason, on its event loop
	 */
	public ReadGate(Channel channel, Reading reading, ConnectionScope scope, Duration patience,
			Consumer<LimitExceeded> givenUp) {
		this.channel = channel;
		this.reading = reading;
		this.scope = scope;
		this.patienceNanos = patience.toNanos();
		this.givenUp = givenUp;
		scope.onSpent((reason) -> channel.eventLoop().execute(() -> givenUp.accept(reason)));
	}

	/**
	 * Bytes have come, for the application to read.
	 * @param bytes how many
	 */
	public void arrived(int bytes) {
		this.scope.reserve(bytes);
		this.unread += bytes;
		if (this.unread > this.scope.allowedBytes()) {
			close();
		}
		else if (this.check == null) {
			schedule();
		}
	}

	/**
	 * The application has read bytes, or they were discarded.
	 * @param bytes how many
	 */
	public void consumed(int bytes) {
		this.unread -= bytes;
		this.scope.release(bytes);
	}

	private void close() {
		if (!this.closed && this.channel.isOpen()) {
			this.closed = true;
			this.closedNanos = now();
			// Also within a turn of reads: what the socket has stays there.
			this.reading.read(false);
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
				this.reading.read(true);
			}
			if (this.unread > 0) {
				schedule();
			}
		}
		else if (!this.closed) {
			close();
		}
		else if (this.scope.isMemorySpent() && now() - this.closedNanos >= this.patienceNanos) {
			this.givenUp.accept(new LimitExceeded(ResourceManager.UNREAD_BYTES, this.unread, allowed));
		}
		else {
			schedule();
		}
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	/** Looks no more. */
	public void stop() {
		if (this.check != null) {
			this.check.cancel(false);
			this.check = null;
		}
	}

}
