package io.p2pboot.libp2p.transport.quic;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.AttributeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of Netty's QUIC codec that are not public and that this transport uses.
 * They are looked up once; where some are missing, after an upgrade or where reflection
 * is closed, one warning names them and what that costs, and the transport goes without.
 * The look-up is thread-safe; the calls are for the event loop only, and for uses that
 * are {@link #offers offered}.
 */
final class QuicheAccess {

	/** The access of a connection. */
	static final AttributeKey<QuicheAccess> KEY = AttributeKey.valueOf(QuicheAccess.class, "access");

	private static final Logger logger = LoggerFactory.getLogger(QuicheAccess.class);

	private static final String PACKAGE = "io.netty.handler.codec.quic.";

	private static final String CHANNEL = "QuicheQuicChannel";

	private static final String CONNECTION = "QuicheQuicConnection";

	private static final String CODEC = "Quiche";

	/** What the codec gives for no iterator. */
	private static final long NO_ITERATOR = -1;

	private static final int IDS_AT_ONCE = 16;

	/** What is looked up. */
	enum Member {

		/** The codec's connection of a channel. */
		OPEN_CONNECTION(CHANNEL, "connection", MethodType.methodType(Object.class, QuicChannel.class)),

		/** Where the codec keeps a connection. */
		ADDRESS(CONNECTION, "address", MethodType.methodType(long.class, Object.class)),

		/** Sends what may be sent. */
		FLUSH(CHANNEL, "connectionSendAndFlush", MethodType.methodType(void.class, QuicChannel.class)),

		/** Takes note of a close without forgetting the connection. */
		CLOSE(CODEC, "quiche_conn_close",
				MethodType.methodType(int.class, long.class, boolean.class, long.class, long.class, int.class),
				long.class, boolean.class, long.class, long.class, int.class),

		/** When the next timer of a connection ends. */
		TIMEOUT(CODEC, "quiche_conn_timeout_as_nanos", MethodType.methodType(long.class, long.class), long.class),

		/** How many more streams the peer allows. */
		STREAMS_LEFT(CODEC, "quiche_conn_peer_streams_left_bidi", MethodType.methodType(long.class, long.class),
				long.class),

		/** How much of a stream may be sent at once. */
		STREAM_ROOM(CHANNEL, "streamCapacity", MethodType.methodType(long.class, QuicChannel.class, long.class),
				long.class),

		/** The streams that have something to read: an iterator. */
		READABLE_STREAMS(CODEC, "quiche_conn_readable", MethodType.methodType(long.class, long.class), long.class),

		/** The next of them. */
		NEXT_STREAMS(CODEC, "quiche_stream_iter_next", MethodType.methodType(int.class, long.class, long[].class),
				long.class, long[].class),

		/** Frees that iterator. */
		FREE_STREAMS(CODEC, "quiche_stream_iter_free", MethodType.methodType(void.class, long.class), long.class),

		/** Whether nothing is left of a stream but the peer's end. */
		STREAM_FINISHED(CODEC, "quiche_conn_stream_finished",
				MethodType.methodType(boolean.class, long.class, long.class), long.class, long.class),

		/** Takes a stream out of the channel's table. */
		FORGET_STREAM(CHANNEL, "streamClosed", MethodType.methodType(void.class, QuicChannel.class, long.class),
				long.class),

		/** Queues a datagram. */
		SEND_DATAGRAM(CHANNEL, "sendDatagram", MethodType.methodType(int.class, Object.class, ByteBuf.class)) {

			@Override
			Class<?>[] parameters() throws ClassNotFoundException {
				return new Class<?>[] { type(CONNECTION), ByteBuf.class };
			}

		},

		/** The largest datagram. */
		MAX_DATAGRAM(CODEC, "quiche_conn_dgram_max_writable_len", MethodType.methodType(int.class, long.class),
				long.class),

		/** What says that a queue is full. */
		DONE(CODEC, "QUICHE_ERR_DONE", MethodType.methodType(int.class)),

		/** What new connections of a socket begin with. */
		CONFIG("QuicheQuicCodec", "config", MethodType.methodType(Object.class, ChannelHandler.class)),

		/** Where the codec keeps that. */
		CONFIG_ADDRESS("QuicheConfig", "nativeAddress", MethodType.methodType(long.class, Object.class)),

		/** Sets the reset token of the connections to come. */
		RESET_TOKEN(CODEC, "quiche_config_set_stateless_reset_token",
				MethodType.methodType(void.class, long.class, byte[].class), long.class, byte[].class);

		private static final Set<Member> FIELDS = EnumSet.of(OPEN_CONNECTION, DONE, CONFIG);

		private final String owner;

		private final String name;

		private final MethodType type;

		private final Class<?>[] parameters;

		Member(String owner, String name, MethodType type, Class<?>... parameters) {
			this.owner = owner;
			this.name = name;
			this.type = type;
			this.parameters = parameters;
		}

		Class<?>[] parameters() throws ClassNotFoundException {
			return this.parameters;
		}

		private static Class<?> type(String name) throws ClassNotFoundException {
			return Class.forName(PACKAGE + name);
		}

		private MethodHandle find() throws ReflectiveOperationException {
			Class<?> declaring = type(this.owner);
			if (FIELDS.contains(this)) {
				Field field = declaring.getDeclaredField(this.name);
				field.setAccessible(true);
				return MethodHandles.lookup().unreflectGetter(field).asType(this.type);
			}
			Method method = declaring.getDeclaredMethod(this.name, parameters());
			method.setAccessible(true);
			return MethodHandles.lookup().unreflect(method).asType(this.type);
		}

		@Override
		public String toString() {
			return this.owner + "." + this.name;
		}

	}

	/** What members are for. */
	enum Use {

		/** To tell the peer of a close whose packet has to wait. */
		FAREWELL("peers may not hear of a close and then wait for their idle timeout", Member.OPEN_CONNECTION,
				Member.ADDRESS, Member.FLUSH, Member.CLOSE),

		/** To see that nothing waits to be acknowledged. */
		CONFIRMATION("peers may not hear that a connection is closed right after it was dialled",
				Member.OPEN_CONNECTION, Member.ADDRESS, Member.TIMEOUT),

		/** To go on sending when there was more than fits one turn. */
		FLUSHING("sending in long bursts is slower", Member.FLUSH),

		/** To keep some of the streams that the peer allows for urgent ones. */
		STREAM_CREDIT("identify and ping may wait where all streams that a peer allows are open",
				Member.OPEN_CONNECTION, Member.ADDRESS, Member.STREAMS_LEFT),

		/** To see whether the end of a stream can leave at once. */
		STREAM_ROOM("ends of streams may get lost where the congestion window is full", Member.STREAM_ROOM),

		/** To hear of a reset where nobody reads. */
		STREAM_ENDS("streams that are neither read nor written may not hear that the peer has reset them",
				Member.OPEN_CONNECTION, Member.ADDRESS, Member.READABLE_STREAMS, Member.NEXT_STREAMS,
				Member.FREE_STREAMS, Member.STREAM_FINISHED),

		/** To let go of streams that were reset. */
		STREAM_TABLE("connections end after " + QuicSession.MAX_UNFORGOTTEN_STREAMS + " streams that were reset",
				Member.FORGET_STREAM),

		/** To send datagrams beside the streams. */
		DATAGRAMS("datagrams travel on streams", Member.OPEN_CONNECTION, Member.ADDRESS, Member.FLUSH,
				Member.SEND_DATAGRAM, Member.MAX_DATAGRAM, Member.DONE),

		/** To tell peers how they recognise that this node was restarted. */
		RESETS("peers that dialled this node may wait for their idle timeout when it was restarted", Member.CONFIG,
				Member.CONFIG_ADDRESS, Member.RESET_TOKEN);

		private final String cost;

		private final List<Member> members;

		Use(String cost, Member... members) {
			this.cost = cost;
			this.members = List.of(members);
		}

	}

	private static final QuicheAccess INSTANCE = checked();

	private final Map<Member, MethodHandle> handles = new EnumMap<>(Member.class);

	private final Set<Use> offered = EnumSet.noneOf(Use.class);

	private final int done;

	private QuicheAccess(Set<Member> withheld) {
		EnumSet.complementOf(EnumSet.copyOf(plus(withheld))).forEach(this::find);
		for (Use use : Use.values()) {
			if (this.handles.keySet().containsAll(use.members)) {
				this.offered.add(use);
			}
		}
		this.done = readDone();
	}

	/** {@link EnumSet#copyOf} wants to know the type. */
	private static EnumSet<Member> plus(Set<Member> members) {
		EnumSet<Member> copy = EnumSet.noneOf(Member.class);
		copy.addAll(members);
		return copy;
	}

	private void find(Member member) {
		try {
			this.handles.put(member, member.find());
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			logger.debug("{} cannot be reached: {}", member, ex.toString());
		}
	}

	private int readDone() {
		if (!this.handles.containsKey(Member.DONE)) {
			return 0;
		}
		try {
			return (int) handle(Member.DONE).invokeExact();
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static QuicheAccess checked() {
		QuicheAccess access = without(Set.of());
		access.complaint().ifPresent(logger::warn);
		return access;
	}

	/**
	 * What this version of the codec offers; the first call warns of what it does not.
	 */
	static QuicheAccess instance() {
		return INSTANCE;
	}

	/** What there would be if some members were missing. */
	static QuicheAccess without(Set<Member> withheld) {
		return new QuicheAccess(withheld);
	}

	/** The access of a connection. */
	static QuicheAccess of(QuicChannel channel) {
		QuicheAccess access = channel.attr(KEY).get();
		return (access != null) ? access : INSTANCE;
	}

	/** What is missing and what that costs; empty where nothing is. */
	Optional<String> complaint() {
		Set<Member> missing = EnumSet.allOf(Member.class);
		missing.removeAll(this.handles.keySet());
		if (missing.isEmpty()) {
			return Optional.empty();
		}
		String costs = EnumSet.allOf(Use.class)
			.stream()
			.filter((use) -> !offers(use))
			.map((use) -> use.cost)
			.collect(Collectors.joining("; "));
		return Optional.of("Of Netty's QUIC codec this node cannot reach "
				+ missing.stream().map(Member::toString).collect(Collectors.joining(", ")) + ": " + costs);
	}

	/** Whether all members for a use are there. */
	boolean offers(Use use) {
		return this.offered.contains(use);
	}

	private MethodHandle handle(Member member) {
		MethodHandle handle = this.handles.get(member);
		if (handle == null) {
			throw new IllegalStateException(member + " cannot be reached");
		}
		return handle;
	}

	private Object connection(QuicChannel channel) throws Throwable {
		return (Object) handle(Member.OPEN_CONNECTION).invokeExact(channel);
	}

	private long address(QuicChannel channel) throws Throwable {
		return (long) handle(Member.ADDRESS).invokeExact(connection(channel));
	}

	/** Sends what the congestion window allows. */
	void flush(QuicChannel channel) throws Throwable {
		handle(Member.FLUSH).invokeExact(channel);
	}

	/** Takes note of a close; nothing else is sent from then on. */
	void close(QuicChannel channel, int code, ByteBuf reason) throws Throwable {
		int ignored = (int) handle(Member.CLOSE).invokeExact(address(channel), true, (long) code,
				reason.memoryAddress() + reason.readerIndex(), reason.readableBytes());
	}

	/** Sets the reset token that the next connection of a codec tells its peer. */
	void resetToken(ChannelHandler codec, byte[] token) throws Throwable {
		Object config = (Object) handle(Member.CONFIG).invokeExact(codec);
		long address = (long) handle(Member.CONFIG_ADDRESS).invokeExact(config);
		handle(Member.RESET_TOKEN).invokeExact(address, token);
	}

	/** When the next timer ends, in nanoseconds from now; negative for none. */
	long timeoutNanos(QuicChannel channel) throws Throwable {
		return (long) handle(Member.TIMEOUT).invokeExact(address(channel));
	}

	/** How many more bidirectional streams the peer allows. */
	long streamsLeft(QuicChannel channel) throws Throwable {
		return (long) handle(Member.STREAMS_LEFT).invokeExact(address(channel));
	}

	/** How much of a stream may be sent now; negative if that fails. */
	long roomBytes(QuicChannel channel, long streamId) throws Throwable {
		return (long) handle(Member.STREAM_ROOM).invokeExact(channel, streamId);
	}

	/**
	 * Which streams have the peer's end to read and nothing before it, FIN or a reset. No
	 * other stream is looked at than those that have something to read.
	 */
	List<Long> endedStreams(QuicChannel channel) throws Throwable {
		long connection = address(channel);
		long readable = (long) handle(Member.READABLE_STREAMS).invokeExact(connection);
		if (readable == NO_ITERATOR) {
			return List.of();
		}
		List<Long> ended = new ArrayList<>();
		long[] ids = new long[IDS_AT_ONCE];
		try {
			int count;
			do {
				count = (int) handle(Member.NEXT_STREAMS).invokeExact(readable, ids);
				for (int i = 0; i < count; i++) {
					if ((boolean) handle(Member.STREAM_FINISHED).invokeExact(connection, ids[i])) {
						ended.add(ids[i]);
					}
				}
			}
			while (count == ids.length);
		}
		finally {
			handle(Member.FREE_STREAMS).invokeExact(readable);
		}
		return ended;
	}

	/** Takes a stream out of the channel's table. */
	void forget(QuicChannel channel, long streamId) throws Throwable {
		handle(Member.FORGET_STREAM).invokeExact(channel, streamId);
	}

	/**
	 * Queues a datagram, copied.
	 * @return negative if that was not possible; {@link #done()} if the queue is full
	 */
	int send(QuicChannel channel, ByteBuf datagram) throws Throwable {
		return (int) handle(Member.SEND_DATAGRAM).invokeExact(connection(channel), datagram);
	}

	int done() {
		return this.done;
	}

	/** The largest datagram for the path as it is known now. */
	int maxDatagramBytes(QuicChannel channel) throws Throwable {
		return (int) handle(Member.MAX_DATAGRAM).invokeExact(address(channel));
	}

}
