package io.p2pboot.libp2p.transport.quic;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.util.AttributeKey;
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
 * read any more, and told to close as the application it sends packets without end. So
 * that is waited for, where the peer has answered at all. Event loop only.
 */
final class Farewell {

	/** How long either may take: a few round trips. */
	static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** What is known of a connection that was dialled. */
	static final AttributeKey<ConnectionIds.Owner> DIALLED = AttributeKey.valueOf(Farewell.class, "dialled");

	private static final Logger logger = LoggerFactory.getLogger(Farewell.class);

	private static final String PACKAGE = "io.netty.handler.codec.quic.";

	private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long LAST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(32);

	private static final Optional<Handles> HANDLES = find();

	private final QuicChannel channel;

	private final int code;

	private final String reason;

	private boolean told;

	private long sentBefore;

	private long leftNanos = PATIENCE_NANOS;

	private long retryNanos = FIRST_RETRY_NANOS;

	private record Handles(MethodHandle connection, MethodHandle address, MethodHandle close, MethodHandle flush) {

		/** Takes note of the close; nothing else is sent from then on. */
		void close(QuicChannel channel, int code, ByteBuf reason) throws Throwable {
			Object open = (Object) this.connection.invokeExact(channel);
			int ignored = (int) this.close.invokeExact((long) this.address.invokeExact(open), true, (long) code,
					reason.memoryAddress() + reason.readerIndex(), reason.readableBytes());
		}

		void flush(QuicChannel channel) throws Throwable {
			this.flush.invokeExact(channel);
		}

	}

	private Farewell(QuicChannel channel, int code, String reason) {
		this.channel = channel;
		this.code = code;
		this.reason = reason;
	}

	private static Optional<Handles> find() {
		try {
			Class<?> channel = Class.forName(PACKAGE + "QuicheQuicChannel");
			Class<?> connection = Class.forName(PACKAGE + "QuicheQuicConnection");
			Field field = channel.getDeclaredField("connection");
			field.setAccessible(true);
			Method close = Class.forName(PACKAGE + "Quiche")
				.getDeclaredMethod("quiche_conn_close", long.class, boolean.class, long.class, long.class, int.class);
			MethodHandle getter = MethodHandles.lookup()
				.unreflectGetter(field)
				.asType(MethodType.methodType(Object.class, QuicChannel.class));
			return Optional.of(new Handles(getter,
					handle(connection.getDeclaredMethod("address"))
						.asType(MethodType.methodType(long.class, Object.class)),
					handle(close), handle(channel.getDeclaredMethod("connectionSendAndFlush"))
						.asType(MethodType.methodType(void.class, QuicChannel.class))));
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			logger.debug("The close of a busy connection may not reach the peer: {}", ex.toString());
			return Optional.empty();
		}
	}

	private static MethodHandle handle(Method method) throws IllegalAccessException {
		method.setAccessible(true);
		return MethodHandles.lookup().unreflect(method);
	}

	/** Closes a connection; what the window has room for still goes out. */
	static void close(QuicChannel channel, int code, String reason) {
		new Farewell(channel, code, reason).proceed();
	}

	static void close(QuicChannel channel, int code) {
		close(channel, code, "");
	}

	private void proceed() {
		ConnectionIds.Owner dialled = this.channel.attr(DIALLED).get();
		if (!this.channel.isOpen()) {
			return;
		}
		if (dialled != null && !dialled.isConfirmed()) {
			if (dialled.isHeard() && this.leftNanos > 0) {
				retry();
			}
			else {
				this.channel.close();
			}
			return;
		}
		try {
			boolean sent = HANDLES.isEmpty() || !this.channel.isActive() || isSent(HANDLES.get());
			if (!sent && this.leftNanos > 0) {
				retry();
				return;
			}
		}
		catch (Throwable ex) {
			logger.debug("The close of a connection may not reach the peer: {}", ex.toString());
		}
		this.channel.close(true, this.code, (this.told || this.reason.isEmpty()) ? Unpooled.EMPTY_BUFFER
				: Unpooled.copiedBuffer(this.reason, StandardCharsets.UTF_8));
	}

	private boolean isSent(Handles handles) throws Throwable {
		handles.flush(this.channel);
		if (!this.told) {
			this.told = true;
			this.sentBefore = packetsSent();
			ByteBuf text = this.channel.alloc().directBuffer().writeBytes(this.reason.getBytes(StandardCharsets.UTF_8));
			try {
				handles.close(this.channel, this.code, text);
			}
			finally {
				text.release();
			}
			handles.flush(this.channel);
		}
		// While it closes, no other packets are sent.
		return !this.channel.isActive() || packetsSent() > this.sentBefore;
	}

	private long packetsSent() {
		Future<QuicConnectionStats> stats = this.channel.collectStats();
		return stats.isSuccess() ? stats.getNow().sent() : Long.MAX_VALUE;
	}

	private void retry() {
		this.leftNanos -= this.retryNanos;
		this.channel.eventLoop().schedule(this::proceed, this.retryNanos, TimeUnit.NANOSECONDS);
		this.retryNanos = Math.min(2 * this.retryNanos, LAST_RETRY_NANOS);
	}

}
