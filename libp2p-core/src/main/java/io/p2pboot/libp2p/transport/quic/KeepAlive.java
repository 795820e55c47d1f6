package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;

/**
 * Keeps a connection from being lost for idleness, and gives it up when its peer is gone.
 * The codec cannot send a PING, so what is sent, when nothing has come for a while, is a
 * stream that is reset before its first byte; every stack takes that for a stream that
 * nobody wanted after all. Event loop only.
 */
final class KeepAlive {

	private final QuicChannel channel;

	private final long idleNanos;

	private final Silence silence;

	private final Quiet quiet;

	private final PathWatch path;

	private KeepAlive(QuicChannel channel, QuicConfig config) {
		this.channel = channel;
		this.idleNanos = IdleTimeout.nanos(channel, config.idleTimeout());
		this.silence = new Silence(this.idleNanos, config.keepAlive().toNanos(), now());
		this.quiet = new Quiet(channel, config.idleTimeout());
		// Two thirds of the idle timeout, so that the end comes within it.
		this.path = new PathWatch((int) Math.max(3, 2 * this.idleNanos / (3 * this.silence.lookNanos())));
	}

	/** Begins for a connection that stands. */
	static void start(QuicChannel channel, QuicConfig config) {
		new KeepAlive(channel, config).schedule();
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	private void schedule() {
		this.channel.eventLoop().schedule(this::look, this.silence.lookNanos(), TimeUnit.NANOSECONDS);
	}

	private void look() {
		if (!this.channel.isActive()) {
			return;
		}
		Future<QuicConnectionStats> stats = this.channel.collectStats();
		if (stats.isSuccess()) {
			switch (this.silence.look(stats.getNow().recv(), now())) {
				case FINE -> {
				}
				case ASK -> use();
				case LOST -> giveUp("The peer sent nothing for the idle timeout of "
						+ TimeUnit.NANOSECONDS.toMillis(this.idleNanos) + " ms");
			}
		}
		watchPath();
		schedule();
	}

	private void watchPath() {
		Future<QuicConnectionPathStats> stats = this.channel.collectPathStats(0);
		if (this.channel.isActive() && stats.isSuccess()) {
			QuicConnectionPathStats now = stats.getNow();
			if (this.path.look(!this.quiet.isQuiet(true), now.recv(), now.sentBytes(), now.lostBytes(), now.rtt())) {
				giveUp("The path takes nothing any more; it may have come to take only packets of less than "
						+ now.pmtu() + " bytes");
			}
		}
	}

	private void giveUp(String reason) {
		this.channel.pipeline().fireExceptionCaught(new ConnectionLost(reason));
		this.channel.close();
	}

	private void use() {
		if (this.channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) == 0) {
			return;
		}
		this.channel.createStream(QuicStreamType.BIDIRECTIONAL, QuicSession.silent())
			.addListener((Future<QuicStreamChannel> made) -> {
				if (made.isSuccess()) {
					QuicStreamChannel stream = made.getNow();
					stream.shutdown(0, stream.newPromise());
					stream.close();
					StreamTable.remove(stream);
				}
			});
	}

}
