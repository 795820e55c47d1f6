package io.p2pboot.libp2p.transport.quic;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The codec's queue of datagrams that wait for the congestion window. Written to through
 * the channel, the codec drops what finds it full and reports success; asked directly it
 * tells. The methods are not public: where they cannot be reached, connections carry no
 * datagrams, and streams carry them. Event loop only.
 */
final class DatagramQueue {

	/** What {@link #offer} did. */
	enum Outcome {

		/** It is in the queue. */
		TAKEN,

		/** It is not: there is no room. */
		FULL,

		/** It is lost: the path or the connection takes no such datagram any more. */
		LOST

	}

	private static final Logger logger = LoggerFactory.getLogger(DatagramQueue.class);

	private static final String PACKAGE = "io.netty.handler.codec.quic.";

	private static final Optional<DatagramQueue> INSTANCE = find();

	private final MethodHandle connection;

	private final MethodHandle send;

	private final MethodHandle flush;

	private final MethodHandle address;

	private final MethodHandle maxBytes;

	private final int full;

	private DatagramQueue(Class<?> channel, Class<?> connection, Class<?> codec) throws ReflectiveOperationException {
		Field field = channel.getDeclaredField("connection");
		field.setAccessible(true);
		MethodHandles.Lookup lookup = MethodHandles.lookup();
		this.connection = lookup.unreflectGetter(field).asType(MethodType.methodType(Object.class, QuicChannel.class));
		this.send = handle(channel.getDeclaredMethod("sendDatagram", connection, ByteBuf.class))
			.asType(MethodType.methodType(int.class, Object.class, ByteBuf.class));
		this.flush = handle(channel.getDeclaredMethod("connectionSendAndFlush"))
			.asType(MethodType.methodType(void.class, QuicChannel.class));
		this.address = handle(connection.getDeclaredMethod("address"))
			.asType(MethodType.methodType(long.class, Object.class));
		this.maxBytes = handle(codec.getDeclaredMethod("quiche_conn_dgram_max_writable_len", long.class));
		Field done = codec.getDeclaredField("QUICHE_ERR_DONE");
		done.setAccessible(true);
		this.full = done.getInt(null);
	}

	private static MethodHandle handle(Method method) throws IllegalAccessException {
		method.setAccessible(true);
		return MethodHandles.lookup().unreflect(method);
	}

	private static Optional<DatagramQueue> find() {
		try {
			return Optional.of(new DatagramQueue(Class.forName(PACKAGE + "QuicheQuicChannel"),
					Class.forName(PACKAGE + "QuicheQuicConnection"), Class.forName(PACKAGE + "Quiche")));
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			logger.debug("QUIC connections carry no datagrams: {}", ex.toString());
			return Optional.empty();
		}
	}

	/** The queue; empty where the codec cannot be reached. Any thread. */
	static Optional<DatagramQueue> instance() {
		return INSTANCE;
	}

	/**
	 * Offers a datagram; copied where it is taken.
	 * @param datagram direct, in one piece
	 */
	Outcome offer(QuicChannel channel, ByteBuf datagram) {
		if (!channel.isActive()) {
			return Outcome.LOST;
		}
		try {
			int result = (int) this.send.invokeExact((Object) this.connection.invokeExact(channel), datagram);
			return (result == this.full) ? Outcome.FULL : ((result < 0) ? Outcome.LOST : Outcome.TAKEN);
		}
		catch (Throwable ex) {
			logger.debug("A datagram is lost: {}", ex.toString());
			return Outcome.LOST;
		}
	}

	/** Lets go what the congestion window allows. */
	void flush(QuicChannel channel) {
		if (channel.isActive()) {
			try {
				this.flush.invokeExact(channel);
			}
			catch (Throwable ex) {
				logger.debug("Datagrams wait for the next packet: {}", ex.toString());
			}
		}
	}

	/** The largest datagram for the path as it is known now; 0 where there are none. */
	int maxBytes(QuicChannel channel) {
		if (!channel.isActive()) {
			return 0;
		}
		try {
			Object open = (Object) this.connection.invokeExact(channel);
			return Math.max(0, (int) this.maxBytes.invokeExact((long) this.address.invokeExact(open)));
		}
		catch (Throwable ex) {
			logger.debug("The size of datagrams is not known: {}", ex.toString());
			return 0;
		}
	}

}
