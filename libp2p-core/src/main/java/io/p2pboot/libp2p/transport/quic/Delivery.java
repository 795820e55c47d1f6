package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees that what was written on the streams of a connection has come to the peer: the
 * codec has it all, and nothing waits for an acknowledgement any more. The codec does not
 * tell of either, but arms a timer for as long as something is on its way. Event loop
 * only.
 */
final class Delivery {

	private static final Logger logger = LoggerFactory.getLogger(Delivery.class);

	private static final long FIRST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long LAST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(32);

	private final QuicChannel channel;

	private final Quiet quiet;

	private final Promise<Void> result;

	private long lookNanos = FIRST_LOOK_NANOS;

	private Delivery(QuicChannel channel, Duration idleTimeout, Promise<Void> result) {
		this.channel = channel;
		this.quiet = new Quiet(channel, idleTimeout);
		this.result = result;
	}

	/**
	 * Begins to wait.
	 * @param streams what is open
	 * @param lastSentNanos when the codec took data last
	 * @param result completes when all is delivered, or when the connection has ended
	 */
	static void await(QuicChannel channel, Collection<QuicStream> streams, Duration idleTimeout, long lastSentNanos,
			Promise<Void> result) {
		Delivery delivery = new Delivery(channel, idleTimeout, result);
		PromiseCombiner all = new PromiseCombiner(channel.eventLoop());
		boolean wrote = channel.eventLoop().ticker().nanoTime() - lastSentNanos < delivery.quiet.horizonNanos();
		for (QuicStream stream : List.copyOf(streams)) {
			Future<?> sent = stream.sent();
			wrote |= !sent.isDone();
			all.add(sent);
		}
		if (!wrote) {
			// What was sent so long ago has come, or the peer is gone.
			result.trySuccess(null);
			return;
		}
		Promise<Void> sent = channel.eventLoop().newPromise();
		// One that fails has nothing more to deliver.
		sent.addListener((done) -> delivery.look());
		all.finish(sent);
	}

	private void look() {
		if (!this.channel.isActive() || isQuiet()) {
			this.result.trySuccess(null);
			return;
		}
		if (!this.result.isDone()) {
			this.channel.eventLoop().schedule(this::look, this.lookNanos, TimeUnit.NANOSECONDS);
			this.lookNanos = Math.min(2 * this.lookNanos, LAST_LOOK_NANOS);
		}
	}

	private boolean isQuiet() {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (access.offers(QuicheAccess.Use.FLUSHING)) {
			try {
				access.flush(this.channel);
			}
			catch (Throwable ex) {
				logger.debug("What is left goes out with the next packet: {}", ex.toString());
			}
		}
		return this.quiet.isQuiet(true);
	}

}
