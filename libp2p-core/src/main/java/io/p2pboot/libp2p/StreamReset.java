package io.p2pboot.libp2p;

import java.util.Optional;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

/**
 * A stream was reset: what was not yet delivered may be lost in both directions.
 */
public final class StreamReset extends Libp2pException {

	private static final long serialVersionUID = 1L;

	/** The code that stands for "no particular reason". */
	public static final long NO_ERROR = 0;

	private static final long UNKNOWN = -1;

	private static final long MAX_CODE = 0xFFFF_FFFFL;

	private final long code;

	private final boolean remote;

	private final boolean copied;

	private StreamReset(String message, @Nullable Throwable cause, long code, boolean remote) {
		super(message, cause);
		this.code = code;
		this.remote = remote;
		this.copied = false;
	}

	private StreamReset(StreamReset original) {
		super(original.text(), null);
		this.code = original.code;
		this.remote = original.remote;
		this.copied = true;
	}

	/**
	 * Creates the error for a reset that the remote peer sent.
	 * @param code the application's error code, 0 to 2^32-1
	 * @return the error
	 */
	public static StreamReset byRemote(long code) {
		return new StreamReset("Stream reset by the remote peer with code " + named(code), null, code, true);
	}

	/**
	 * Creates the error for a reset that the remote peer sent over a transport that does
	 * not carry the code.
	 * @return the error
	 */
	public static StreamReset byRemote() {
		return new StreamReset("Stream reset by the remote peer", null, UNKNOWN, true);
	}

	/**
	 * Creates the error for a stream that this node reset.
	 * @param code the application's error code, 0 to 2^32-1
	 * @return the error
	 * @throws IllegalArgumentException if the code is out of range
	 */
	public static StreamReset local(long code) {
		checkCode(code);
		return new StreamReset("Stream reset by this node with code " + named(code), null, code, false);
	}

	/**
	 * Creates the error for a stream that this node reset, with the reason.
	 * @param code the application's error code, 0 to 2^32-1
	 * @param reason what went wrong, for the log
	 * @return the error
	 * @throws IllegalArgumentException if the code is out of range
	 */
	public static StreamReset local(long code, String reason) {
		checkCode(code);
		return new StreamReset("Stream reset by this node with code " + named(code) + ": " + reason, null, code, false);
	}

	/**
	 * Returns a reset that answers a failure: what the peer sees is the same, and the log
	 * tells of the failure too.
	 * @param cause why the stream is reset
	 * @return a new error with the code and the text of this one
	 */
	public StreamReset causedBy(Throwable cause) {
		return new StreamReset(String.valueOf(getMessage()), cause, this.code, this.remote);
	}

	/**
	 * Returns the failure that this reset answers.
	 * @return what was given to {@link #causedBy}; empty if this reset answers none
	 */
	public Optional<Throwable> answered() {
		Throwable cause = getCause();
		return (this.copied && cause instanceof StreamReset original) ? original.answered()
				: Optional.ofNullable(cause);
	}

	@Override
	StreamReset copy() {
		return new StreamReset(this);
	}

	private static String named(long code) {
		return ErrorCode.ofStream(code).map((known) -> code + " (" + known + ")").orElseGet(() -> Long.toString(code));
	}

	/**
	 * Returns what the code of the reset means in every libp2p stack.
	 * @return the reason; empty if the code is a protocol's own, or the transport does
	 * not carry one
	 */
	public Optional<ErrorCode> errorCode() {
		return (this.code == UNKNOWN) ? Optional.empty() : ErrorCode.ofStream(this.code);
	}

	/**
	 * Returns the code of the reset.
	 * @return the code, 0 to 2^32-1; empty where the transport does not carry one
	 */
	public OptionalLong code() {
		return (this.code == UNKNOWN) ? OptionalLong.empty() : OptionalLong.of(this.code);
	}

	/**
	 * Returns whether the remote peer sent the reset.
	 * @return {@code false} if this node did
	 */
	public boolean isRemote() {
		return this.remote;
	}

	private static void checkCode(long code) {
		if (code < 0 || code > MAX_CODE) {
			throw new IllegalArgumentException("The code of a reset is 0 to " + MAX_CODE + ", was " + code);
		}
	}

}
