package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import io.netty.handler.codec.quic.QuicChannel;
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

	private final LongConsumer looked;

	private KeepAlive(QuicChannel channel, QuicConfig config, LongConsumer looked) {
		this.channel = channel;
		this.looked = looked;
		this.idleNanos = IdleTimeout.nanos(channel, config.idleTimeout());
		this.silence = new Silence(this.idleNanos, config.keepAlive().toNanos(), now());
	}

	/**
	 * Begins for a connection that stands.
	 * @param channel the connection
	 * @param config says how long it may be silent
	 * @param looked is told the time at every look
	 */
	static void start(QuicChannel channel, QuicConfig config, LongConsumer looked) {
		new KeepAlive(channel, config, looked).schedule();
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
		this.looked.accept(now());
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
		schedule();
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
