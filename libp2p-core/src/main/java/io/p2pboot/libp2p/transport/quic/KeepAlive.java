package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;

/**
 * Keeps a connection from being lost for idleness. The codec cannot send a PING, so what
 * is sent, when nothing has come for a while, is a stream that is reset before its first
 * byte; every stack takes that for a stream that nobody wanted after all. Event loop
 * only.
 */
final class KeepAlive {

	private final QuicChannel channel;

	private final long periodNanos;

	private long received = -1;

	private KeepAlive(QuicChannel channel, long periodNanos) {
		this.channel = channel;
		this.periodNanos = periodNanos;
	}

	/** Begins for a connection that stands. */
	static void start(QuicChannel channel, QuicConfig config) {
		long idle = IdleTimeout.nanos(channel, config.idleTimeout());
		new KeepAlive(channel, Math.max(1, Math.min(config.keepAlive().toNanos(), idle / 2))).schedule();
	}

	private void schedule() {
		this.channel.eventLoop().schedule(this::look, this.periodNanos, TimeUnit.NANOSECONDS);
	}

	private void look() {
		if (!this.channel.isActive()) {
			return;
		}
		this.channel.collectStats().addListener((Future<QuicConnectionStats> stats) -> {
			if (stats.isSuccess()) {
				if (stats.getNow().recv() == this.received) {
					use();
				}
				this.received = stats.getNow().recv();
			}
		});
		schedule();
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
