package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Varint;

/**
 * Replies that may be errors. A handler that has them is mounted a second time, under its
 * path and {@value #SUFFIX}, and there each message in reply follows a byte that says
 * whether it is one or an error. Whoever does not know that path is not concerned.
 * Stateless.
 */
public final class ErrorBodies {

	/** What stands behind the path of a handler. */
	public static final String SUFFIX = "/+errors";

	/** The longest text of an error, in bytes of UTF-8; what is longer is cut. */
	public static final int MAX_TEXT_BYTES = 1024;

	/** How long an error may take to go. */
	static final Duration WRITE_TIMEOUT = Duration.ofSeconds(5);

	/** What stands before a message in reply. */
	static final byte MESSAGE = 0;

	private static final byte ERROR = 1;

	private static final long MAX_CODE = 0xFFFF_FFFFL;

	private ErrorBodies() {
	}

	/**
	 * Returns the path under which replies may be errors.
	 * @param path the path of a handler
	 * @return the other one
	 */
	public static ProtocolPath with(ProtocolPath path) {
		return ProtocolPath.of(path.value() + SUFFIX);
	}

	/**
	 * Returns the path of the handler behind one under which replies may be errors.
	 * @param path a path
	 * @return the path of the handler; the same if it is no such path
	 */
	public static ProtocolPath without(ProtocolPath path) {
		String text = path.value();
		return (text.length() > SUFFIX.length() && text.endsWith(SUFFIX))
				? ProtocolPath.of(text.substring(0, text.length() - SUFFIX.length())) : path;
	}

	/**
	 * Makes a stream of a peer one on which it is answered with messages and errors.
	 * @param stream a stream of the path {@link #with}
	 * @param path the path of the handler, which is the protocol of the result
	 * @return the stream for the handler
	 */
	public static Stream serving(Stream stream, ProtocolPath path) {
		return new ErrorBodyStream(stream, path, true);
	}

	/**
	 * Makes a stream to a peer one on which it answers with messages and errors.
	 * @param stream a stream of the path {@link #with}
	 * @param path the path of the handler, which is the protocol of the result
	 * @return the stream for the caller
	 */
	public static Stream calling(Stream stream, ProtocolPath path) {
		return new ErrorBodyStream(stream, path, false);
	}

	/**
	 * Answers with an error, if the stream has them and the failure is one to tell: a
	 * reset of this node with a code and a reason. Blocks for a few seconds at most.
	 * @param stream the stream
	 * @param failure what ended the handler
	 * @return whether the peer has been told; else the stream is to be reset
	 */
	public static boolean answer(Stream stream, Throwable failure) {
		if (!(stream instanceof ErrorBodyStream bodies) || !bodies.serving() || !(failure instanceof StreamReset reset)
				|| reset.isRemote() || reset.reason().isEmpty()
				|| reset.answered().orElse(null) instanceof SocketTimeoutException) {
			return false;
		}
		ByteBuffer body = encode(reset.code().orElse(StreamReset.NO_ERROR), reset.reason().get());
		try {
			stream.writeTimeout(WRITE_TIMEOUT);
			ByteBuffer framed = ByteBuffer.allocate(Varint.size(body.remaining()) + body.remaining());
			Varint.write(body.remaining(), framed);
			stream.write(framed.put(body).flip());
			stream.closeWrite();
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	static ByteBuffer encode(long code, String text) {
		ByteBuffer body = ByteBuffer.allocate(1 + Varint.MAX_BYTES + MAX_TEXT_BYTES);
		body.put(ERROR);
		Varint.write(code, body);
		ByteBuffer room = body.slice().limit(MAX_TEXT_BYTES);
		CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder()
			.onMalformedInput(CodingErrorAction.REPLACE)
			.onUnmappableCharacter(CodingErrorAction.REPLACE);
		encoder.encode(CharBuffer.wrap(text), room, true);
		return body.position(body.position() + room.position()).flip();
	}

	/**
	 * Takes the byte before a reply away.
	 * @return the message
	 * @throws Libp2pRemoteException if it is an error
	 * @throws UnreadableMessage if it is neither
	 */
	static ByteBuffer message(ByteBuffer reply) throws IOException {
		byte kind = reply.hasRemaining() ? reply.get() : -1;
		if (kind == MESSAGE) {
			return reply.slice();
		}
		if (kind != ERROR) {
			throw new UnreadableMessage("The reply is neither a message nor an error");
		}
		long code = code(reply);
		if (code > MAX_CODE || reply.remaining() > MAX_TEXT_BYTES) {
			throw new UnreadableMessage("The error has a code of " + code + " and a text of " + reply.remaining()
					+ " bytes, of " + MAX_TEXT_BYTES + " at most");
		}
		try {
			String text = StandardCharsets.UTF_8.newDecoder().decode(reply).toString();
			throw new Libp2pRemoteException(code, text.replaceAll("\\p{Cntrl}", "?"));
		}
		catch (CharacterCodingException ex) {
			throw new UnreadableMessage("The text of the error is not UTF-8", ex);
		}
	}

	private static long code(ByteBuffer reply) throws UnreadableMessage {
		try {
			return Varint.read(reply);
		}
		catch (IOException ex) {
			throw new UnreadableMessage("The code of the error is not a varint: " + ex.getMessage(), ex);
		}
	}

}
