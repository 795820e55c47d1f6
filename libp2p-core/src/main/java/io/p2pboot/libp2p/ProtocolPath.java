package io.p2pboot.libp2p;

import java.nio.charset.StandardCharsets;

/**
 * The path under which a protocol is mounted and negotiated, for example
 * {@code /echo/1.0.0}. Immutable; ordered as text.
 *
 * @param value the path: starts with '/', has no control characters and at most
 * {@value #MAX_BYTES} bytes of UTF-8
 */
public record ProtocolPath(String value) implements Comparable<ProtocolPath> {

	/** The longest path, in bytes: multistream's line of 1,024 less its newline. */
	public static final int MAX_BYTES = 1023;

	/**
	 * Checks the path.
	 * @param value the path
	 * @throws IllegalArgumentException if it is not one
	 */
	public ProtocolPath {
		if (!value.startsWith("/") || value.length() < 2) {
			throw new IllegalArgumentException("A protocol path starts with '/' and has a name, was '" + value + "'");
		}
		if (value.chars().anyMatch(Character::isISOControl)) {
			throw new IllegalArgumentException("A protocol path has no control characters");
		}
		int bytes = value.getBytes(StandardCharsets.UTF_8).length;
		if (bytes > MAX_BYTES) {
			throw new IllegalArgumentException("A protocol path has at most " + MAX_BYTES + " bytes, was " + bytes);
		}
	}

	/**
	 * Makes a path.
	 * @param value the path
	 * @return the path
	 * @throws IllegalArgumentException if it is not one
	 */
	public static ProtocolPath of(String value) {
		return new ProtocolPath(value);
	}

	@Override
	public int compareTo(ProtocolPath other) {
		return this.value.compareTo(other.value);
	}

	@Override
	public String toString() {
		return this.value;
	}

}
