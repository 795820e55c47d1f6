package io.p2pboot.libp2p.muxer.yamux;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.ConnectionLost;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection whose queued writes make no progress for the write timeout. Costs
 * nothing while the socket takes what is written. Event loop only.
 */
final class WriteWatch {

	private final Channel channel;

	private final long timeoutNanos;

	private final Runnable flush;

	private final Consumer<ConnectionLost> lost;

	private @Nullable ScheduledFuture<?> check;

	private long written;

	private long pendingBefore;

	private long writtenBefore;

	WriteWatch(Channel channel, YamuxConfig config, Runnable flush, Consumer<ConnectionLost> lost) {
		this.channel = channel;
		this.timeoutNanos = config.writeTimeout().toNanos();
		this.flush = flush;
		this.lost = lost;
	}

	/** All that was written, so many bytes, has been flushed. */
	void flushed(long bytes) {
		this.written += bytes;
		if (this.check == null && pending() > 0) {
			arm();
		}
	}

	private void arm() {
		this.pendingBefore = pending();
		this.writtenBefore = this.written;
		this.check = this.channel.eventLoop().schedule(this::check, this.timeoutNanos, TimeUnit.NANOSECONDS);
	}

	private void check() {
		this.flush.run();
		long pending = pending();
		if (pending == 0 || !this.channel.isOpen()) {
			this.check = null;
		}
		else if (pending < this.pendingBefore + this.written - this.writtenBefore) {
			arm();
		}
		else {
			this.check = null;
			this.lost.accept(new ConnectionLost("The peer did not read for "
					+ TimeUnit.NANOSECONDS.toMillis(this.timeoutNanos) + " ms, " + pending + " bytes wait for it"));
		}
	}

	/** How many bytes wait in the channel's queue. */
	private long pending() {
		return this.channel.isWritable()
				? this.channel.config().getWriteBufferHighWaterMark() - this.channel.bytesBeforeUnwritable() + 1
				: this.channel.config().getWriteBufferLowWaterMark() + this.channel.bytesBeforeWritable() - 1;
	}

	void stop() {
		if (this.check != null) {
			this.check.cancel(false);
			this.check = null;
		}
	}

}
