package io.p2pboot.libp2p.transport.quic;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection so that the peer hears of it.
 * <p>
 * CONNECTION_CLOSE waits for the congestion window as data does, and the codec's own
 * close forgets the connection at once: with a full window the peer would learn of the
 * end from its idle timeout. So the codec is told first, and the channel closes when the
 * packet has gone, or after a while. The methods are not public; where they cannot be
 * reached, the channel just closes.
 * <p>
 * Before a peer that was dialled has confirmed the handshake, there is no right time: the
 * codec tells of an end in a packet that a peer for whom the handshake is complete cannot
 * read any more, and told to close as the application it may have a part of the handshake
 * to repeat, which it then acknowledges without end. So the {@link Confirmation} is
 * waited for, where the peer has answered at all; what the codec makes meanwhile is
 * bounded by the {@link SendBudget}. Event loop only.
 */
final class Farewell {

	/** How long either may take: a few round trips. */
	static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final Logger logger = LoggerFactory.getLogger(Farewell.class);

	private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long LAST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(32);

	private final QuicChannel channel;

	private final QuicheAccess access;

	private final int code;

	private final String reason;

	private boolean told;

	private long sentBefore;

	private long leftNanos = PATIENCE_NANOS;

	private long retryNanos = FIRST_RETRY_NANOS;

	private Farewell(QuicChannel channel, int code, String reason) {
		this.channel = channel;
		this.access = QuicheAccess.of(channel);
		this.code = code;
		this.reason = reason;
	}

	/** Closes a connection; what the window has room for still goes out. */
	static void close(QuicChannel channel, int code, String reason) {
		Farewell farewell = new Farewell(channel, code, reason);
		if (channel.hasAttr(Confirmation.KEY)) {
			// Not while a packet is read: what ends the handshake has to be sent first.
			channel.eventLoop().execute(farewell::proceed);
		}
		else {
			farewell.proceed();
		}
	}

	static void close(QuicChannel channel, int code) {
		close(channel, code, "");
	}

	private void proceed() {
		if (!this.channel.isOpen()) {
			return;
		}
		try {
			if (isUnconfirmed()) {
				retryOr(this.channel::close);
				return;
			}
			if (this.channel.isActive() && this.access.offers(QuicheAccess.Use.FAREWELL) && !isSent()) {
				retryOr(this::end);
				return;
			}
		}
		catch (Throwable ex) {
			logger.debug("The close of a connection may not reach the peer: {}", ex.toString());
		}
		end();
	}

	/** Whether a peer that has answered may still complete the handshake. */
	private boolean isUnconfirmed() throws Throwable {
		Confirmation confirmation = this.channel.attr(Confirmation.KEY).get();
		if (confirmation == null || this.told) {
			return false;
		}
		if (this.channel.isActive() && this.access.offers(QuicheAccess.Use.FLUSHING)) {
			this.access.flush(this.channel);
		}
		if (confirmation.isThere(this.channel)) {
			return false;
		}
		if (packetsReceived() == 0) {
			this.leftNanos = 0;
		}
		return true;
	}

	private boolean isSent() throws Throwable {
		this.access.flush(this.channel);
		if (!this.told) {
			// What a timer has found due at the end of that.
			this.access.flush(this.channel);
			this.told = true;
			this.sentBefore = packetsSent();
			ByteBuf text = this.channel.alloc().directBuffer().writeBytes(this.reason.getBytes(StandardCharsets.UTF_8));
			try {
				SendBudget.closing(this.channel);
				this.access.close(this.channel, this.code, text);
			}
			finally {
				text.release();
			}
			this.access.flush(this.channel);
		}
		// While it closes, no other packets are sent.
		return !this.channel.isActive() || packetsSent() > this.sentBefore;
	}

	private void end() {
		if (!this.channel.isOpen()) {
			return;
		}
		this.channel.close(true, this.code, (this.told || this.reason.isEmpty()) ? Unpooled.EMPTY_BUFFER
				: Unpooled.copiedBuffer(this.reason, StandardCharsets.UTF_8));
	}

	private long packetsSent() {
		Future<QuicConnectionStats> stats = this.channel.collectStats();
		return stats.isSuccess() ? stats.getNow().sent() : Long.MAX_VALUE;
	}

	/** How many packets of the peer could be decrypted. */
	private long packetsReceived() {
		Future<QuicConnectionStats> stats = this.channel.collectStats();
		return stats.isSuccess() ? stats.getNow().recv() : 0;
	}

	private void retryOr(Runnable last) {
		if (this.leftNanos <= 0) {
			last.run();
			return;
		}
		this.leftNanos -= this.retryNanos;
		this.channel.eventLoop().schedule(this::proceed, this.retryNanos, TimeUnit.NANOSECONDS);
		this.retryNanos = Math.min(2 * this.retryNanos, LAST_RETRY_NANOS);
	}

}
