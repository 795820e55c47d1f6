package io.p2pboot.libp2p;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Why a stream was reset or a connection closed: the codes that every libp2p stack gives
 * the same meaning. Streams and connections have different numbers for the same reason.
 * Protocols may use numbers of their own above {@value #LAST_RESERVED}. Specification:
 * libp2p/specs error-codes.
 */
public enum ErrorCode {

	/** No reason is given. */
	NO_ERROR(0, 0),

	/** No protocol that both sides support was found. */
	PROTOCOL_NEGOTIATION_FAILED(0x1001, 0x1000),

	/** A limit of the sender is reached; it may be tried again later. */
	RESOURCE_LIMIT_EXCEEDED(0x1002, 0x1001),

	/** The receiver does this too often; it may be tried again later. */
	RATE_LIMITED(0x1003, 0x1002),

	/** The receiver broke the protocol. */
	PROTOCOL_VIOLATION(0x1004, 0x1003),

	/** Something better has taken its place, such as another connection. */
	SUPPLANTED(0x1005, 0x1004),

	/** It was idle, or one too many. */
	GARBAGE_COLLECTED(0x1006, 0x1005),

	/** The sender shuts down. */
	SHUTDOWN(0x1007, 0x1006),

	/** The sender does not let this peer or address in. */
	GATED(0x1008, 0x1007),

	/** The receiver sent a code that has no meaning here. */
	CODE_OUT_OF_RANGE(0x1009, 0x1008);

	/** The last number that belongs to libp2p itself. */
	public static final long LAST_RESERVED = 0xFFFF;

	private static final Map<Long, ErrorCode> OF_STREAMS = byNumber(ErrorCode::stream);

	private static final Map<Long, ErrorCode> OF_CONNECTIONS = byNumber(ErrorCode::connection);

	private final long stream;

	private final long connection;

	ErrorCode(long stream, long connection) {
		this.stream = stream;
		this.connection = connection;
	}

	private static Map<Long, ErrorCode> byNumber(Function<ErrorCode, Long> number) {
		return Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(number, Function.identity()));
	}

	/**
	 * Returns the number with which a stream is reset.
	 * @return the code
	 */
	public long stream() {
		return this.stream;
	}

	/**
	 * Returns the number with which a connection is closed.
	 * @return the code
	 */
	public long connection() {
		return this.connection;
	}

	/**
	 * Returns what the code of a reset means.
	 * @param code the number
	 * @return its meaning; empty if it is a protocol's own
	 */
	public static Optional<ErrorCode> ofStream(long code) {
		return Optional.ofNullable(OF_STREAMS.get(code));
	}

	/**
	 * Returns what the code of a connection's close means.
	 * @param code the number
	 * @return its meaning; empty if it is a transport's own
	 */
	public static Optional<ErrorCode> ofConnection(long code) {
		return Optional.ofNullable(OF_CONNECTIONS.get(code));
	}

}
