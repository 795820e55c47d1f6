package io.p2pboot.libp2p.spring.payload;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Varint;
import org.jspecify.annotations.Nullable;

/**
 * Calls that tell to which trace they belong. A handler that takes such calls is mounted
 * a second time, under its path and {@value #SUFFIX}, and there the fields of the
 * caller's trace, such as {@code traceparent}, come in one message before all others.
 * Whoever does not know that path is not concerned. Stateless.
 */
public final class TraceContexts {

	/** What stands behind the path of a handler. */
	public static final String SUFFIX = "/+trace";

	/** How long the fields may be together, with their lengths, in bytes. */
	public static final int MAX_BYTES = 4096;

	/** How many fields there may be. */
	public static final int MAX_FIELDS = 32;

	/** How long the fields may take to come, or to go. */
	static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final MessageCodec FRAMES = new MessageCodec(List.of(), PayloadFormat.JSON, MAX_BYTES, TIMEOUT);

	private TraceContexts() {
	}

	/**
	 * Returns the path under which calls tell their trace.
	 * @param path the path of a handler
	 * @return the other one
	 */
	public static ProtocolPath with(ProtocolPath path) {
		return ProtocolPath.of(path.value() + SUFFIX);
	}

	/**
	 * Returns the path of the handler behind one under which calls tell their trace.
	 * @param path a path
	 * @return the path of the handler; the same if it is no such path
	 */
	public static ProtocolPath without(ProtocolPath path) {
		String text = path.value();
		return (text.length() > SUFFIX.length() && text.endsWith(SUFFIX))
				? ProtocolPath.of(text.substring(0, text.length() - SUFFIX.length())) : path;
	}

	/**
	 * Makes a stream of a peer one whose trace can be {@link #receive received}.
	 * @param stream a stream of the path {@link #with}
	 * @param path the path of the handler, which is the protocol of the result
	 * @return the stream for the handler
	 */
	public static Stream serving(Stream stream, ProtocolPath path) {
		return new TracedStream(stream, path);
	}

	/**
	 * Tells a peer to which trace a call belongs. Blocks while the peer's window is full,
	 * for ten seconds at most. What is too long, or is no visible ASCII, is left out.
	 * @param stream a stream of the path {@link #with}; reset if this fails
	 * @param path the path of the handler, which is the protocol of the result
	 * @param fields the fields of the trace
	 * @return the stream for the caller
	 * @throws IOException if the stream failed
	 */
	public static Stream calling(Stream stream, ProtocolPath path, Map<String, String> fields) throws IOException {
		try {
			FRAMES.write(stream, encode(fields));
			return new TracedStream(stream, path);
		}
		catch (IOException | RuntimeException ex) {
			stream.reset(StreamReset.NO_ERROR);
			throw ex;
		}
	}

	/**
	 * Reads the fields of a stream that has some; of any other, nothing. Blocks, for ten
	 * seconds at most.
	 * @param stream the stream
	 * @throws UnreadableMessage if what comes are no such fields
	 * @throws LimitExceeded if they are too long
	 * @throws IOException if the stream failed
	 */
	public static void receive(Stream stream) throws IOException {
		TracedStream traced = traced(stream);
		if (traced == null) {
			return;
		}
		try {
			traced.fields = decode(FRAMES.read(traced.wrapped()));
		}
		catch (EOFException | SocketTimeoutException ex) {
			throw new UnreadableMessage("There is no whole trace context: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Returns the fields that a peer has told.
	 * @param stream the stream
	 * @return the fields, whose names have no case; empty if there are none
	 */
	public static Map<String, String> of(Stream stream) {
		TracedStream traced = traced(stream);
		return (traced != null) ? traced.fields : Map.of();
	}

	private static @Nullable TracedStream traced(Stream stream) {
		Stream below = stream;
		while (below instanceof WrappedStream wrapped && !(below instanceof TracedStream)) {
			below = wrapped.wrapped();
		}
		return (below instanceof TracedStream traced) ? traced : null;
	}

	static ByteBuffer encode(Map<String, String> fields) {
		ByteBuffer body = ByteBuffer.allocate(MAX_BYTES);
		int count = 0;
		for (Map.Entry<String, String> field : fields.entrySet()) {
			String name = field.getKey();
			String value = field.getValue();
			if (count < MAX_FIELDS && isVisible(name) && isVisible(value)
					&& size(name) + size(value) <= body.remaining()) {
				put(name, body);
				put(value, body);
				count++;
			}
		}
		return body.flip();
	}

	private static int size(String text) {
		return Varint.size(text.length()) + text.length();
	}

	private static void put(String text, ByteBuffer body) {
		Varint.write(text.length(), body);
		body.put(text.getBytes(StandardCharsets.US_ASCII));
	}

	static Map<String, String> decode(ByteBuffer body) throws UnreadableMessage {
		Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		for (int count = 0; body.hasRemaining(); count++) {
			if (count == MAX_FIELDS) {
				throw new UnreadableMessage("The trace context has more than " + MAX_FIELDS + " fields");
			}
			String name = text(body);
			fields.put(name, text(body));
		}
		return Collections.unmodifiableMap(fields);
	}

	private static String text(ByteBuffer body) throws UnreadableMessage {
		byte[] text = new byte[length(body)];
		body.get(text);
		String decoded = new String(text, StandardCharsets.ISO_8859_1);
		if (!isVisible(decoded)) {
			throw new UnreadableMessage("The trace context is not visible ASCII");
		}
		return decoded;
	}

	private static int length(ByteBuffer body) throws UnreadableMessage {
		long length;
		try {
			length = Varint.read(body);
		}
		catch (IOException ex) {
			throw new UnreadableMessage("The length of a field of the trace context is not a varint", ex);
		}
		if (length > body.remaining()) {
			throw new UnreadableMessage("A field of the trace context has " + length + " bytes, and only "
					+ body.remaining() + " have come");
		}
		return (int) length;
	}

	/** What a peer chooses may come into the log: nothing that controls a terminal. */
	private static boolean isVisible(String text) {
		return text.chars().allMatch((each) -> each >= ' ' && each <= '~');
	}

	/** A stream that belongs to a trace. */
	private static final class TracedStream extends WrappedStream {

		private volatile Map<String, String> fields = Map.of();

		TracedStream(Stream stream, ProtocolPath protocol) {
			super(stream, protocol);
		}

	}

}
