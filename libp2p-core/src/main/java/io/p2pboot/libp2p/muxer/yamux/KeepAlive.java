package io.p2pboot.libp2p.muxer.yamux;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;
import io.p2pboot.libp2p.ConnectionLost;
import org.jspecify.annotations.Nullable;

/**
 * Pings the peer from time to time, which measures the round trip, and tells when it
 * neither answers nor sends anything else. Event loop only.
 */
final class KeepAlive {

	/** What pings need of the connection. */
	interface Link {

		/** Send a ping. */
		void ping(long value);

		/** A period has begun. */
		void tick();

		/** The peer is gone. */
		void lost(ConnectionLost cause);

	}

	private final EventLoop loop;

	private final YamuxConfig config;

	private final Link link;

	private @Nullable ScheduledFuture<?> period;

	private @Nullable ScheduledFuture<?> answer;

	private long value;

	private long sentNanos;

	private boolean heard;

	KeepAlive(EventLoop loop, YamuxConfig config, Link link) {
		this.loop = loop;
		this.config = config;
		this.link = link;
	}

	void start() {
		long nanos = this.config.keepAlive().toNanos();
		this.period = this.loop.scheduleAtFixedRate(this::tick, nanos, nanos, TimeUnit.NANOSECONDS);
		ping();
	}

	private void tick() {
		this.link.tick();
		if (this.period != null && this.answer == null) {
			ping();
		}
	}

	private void ping() {
		this.value = (this.value + 1) & 0xFFFF_FFFFL;
		this.sentNanos = this.loop.ticker().nanoTime();
		awaitAnswer();
		this.link.ping(this.value);
	}

	private void awaitAnswer() {
		this.heard = false;
		this.answer = this.loop.schedule(this::checkAnswer, this.config.writeTimeout().toNanos(), TimeUnit.NANOSECONDS);
	}

	private void checkAnswer() {
		if (this.heard) {
			// The pong may be stuck behind much else that the peer sends.
			awaitAnswer();
			return;
		}
		this.answer = null;
		this.link.lost(new ConnectionLost(
				"The peer did not answer a ping within " + this.config.writeTimeout().toMillis() + " ms"));
	}

	/** The peer has sent something. */
	void heard() {
		this.heard = true;
	}

	/**
	 * Takes a pong.
	 * @return the round trip in nanoseconds; 0 if it answers no ping
	 */
	long pong(long value) {
		if (this.answer == null || value != this.value) {
			return 0;
		}
		this.answer.cancel(false);
		this.answer = null;
		return Math.max(1, this.loop.ticker().nanoTime() - this.sentNanos);
	}

	void stop() {
		if (this.period != null) {
			this.period.cancel(false);
			this.period = null;
		}
		if (this.answer != null) {
			this.answer.cancel(false);
			this.answer = null;
		}
	}

}
