package io.p2pboot.libp2p.ipfs;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * A map of DAG-CBOR with text for keys, as the data of an IPNS record is. Byte strings
 * and whole numbers are kept; what else stands in it is read and left out, so that
 * records may carry more than is known here. Indefinite lengths, numbers that are not in
 * their shortest form, keys that come twice and bytes behind the map are refused.
 * Immutable. Specification: ipld.io DAG-CBOR.
 */
final class CborMap {

	/** How many arrays, maps and tags may lie within each other. */
	static final int MAX_DEPTH = 16;

	private static final int UNSIGNED = 0;

	private static final int NEGATIVE = 1;

	private static final int BYTES = 2;

	private static final int TEXT = 3;

	private static final int ARRAY = 4;

	private static final int MAP = 5;

	private static final int TAG = 6;

	/** The one tag of DAG-CBOR: a CID. */
	private static final long LINK = 42;

	private final Map<String, ByteBuffer> bytes = new LinkedHashMap<>();

	private final Map<String, Long> numbers = new LinkedHashMap<>();

	private CborMap() {
	}

	/**
	 * Decodes a map.
	 * @param source its bytes and nothing else; consumed
	 * @throws DecodeException if they are no such map
	 */
	static CborMap decode(ByteBuffer source) throws DecodeException {
		CborMap map = new CborMap();
		try {
			map.read(source);
		}
		catch (BufferUnderflowException ex) {
			throw new DecodeException("The CBOR ends within a value", ex);
		}
		if (source.hasRemaining()) {
			throw new DecodeException(source.remaining() + " bytes follow the CBOR");
		}
		return map;
	}

	/** The bytes of a key, read-only; null if there are none. */
	@Nullable ByteBuffer bytes(String key) {
		return this.bytes.get(key);
	}

	/** The number of a key, unsigned; empty if there is none or it is negative. */
	OptionalLong unsigned(String key) {
		Long number = this.numbers.get(key);
		return (number != null) ? OptionalLong.of(number) : OptionalLong.empty();
	}

	private void read(ByteBuffer source) throws DecodeException {
		int head = source.get() & 0xFF;
		if (head >>> 5 != MAP) {
			throw new DecodeException("The CBOR is no map");
		}
		long entries = count(argument(source, head), source);
		Set<String> seen = new HashSet<>();
		for (long entry = 0; entry < entries; entry++) {
			String key = key(source);
			if (!seen.add(key)) {
				throw new DecodeException("The CBOR has the key '" + key + "' twice");
			}
			value(key, source);
		}
	}

	private void value(String key, ByteBuffer source) throws DecodeException {
		int head = source.get() & 0xFF;
		switch (head >>> 5) {
			case UNSIGNED -> this.numbers.put(key, argument(source, head));
			case BYTES -> this.bytes.put(key, slice(source, head));
			default -> skip(source, head, 1);
		}
	}

	private static String key(ByteBuffer source) throws DecodeException {
		int head = source.get() & 0xFF;
		if (head >>> 5 != TEXT) {
			throw new DecodeException("A key of the CBOR is no text");
		}
		try {
			CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(slice(source, head));
			return text.toString();
		}
		catch (CharacterCodingException ex) {
			throw new DecodeException("A key of the CBOR is no text", ex);
		}
	}

	private static void skip(ByteBuffer source, int head, int depth) throws DecodeException {
		if (depth > MAX_DEPTH) {
			throw new DecodeException("The CBOR is nested deeper than " + MAX_DEPTH);
		}
		switch (head >>> 5) {
			case UNSIGNED, NEGATIVE -> argument(source, head);
			case BYTES, TEXT -> slice(source, head);
			case ARRAY -> skipItems(source, count(argument(source, head), source), depth);
			case MAP -> {
				for (long entries = count(argument(source, head), source); entries > 0; entries--) {
					key(source);
					skipItems(source, 1, depth);
				}
			}
			case TAG -> {
				if (argument(source, head) != LINK) {
					throw new DecodeException("The CBOR has a tag other than " + LINK);
				}
				skipItems(source, 1, depth);
			}
			default -> simple(source, head & 0x1F);
		}
	}

	private static void skipItems(ByteBuffer source, long items, int depth) throws DecodeException {
		for (long item = 0; item < items; item++) {
			skip(source, source.get() & 0xFF, depth + 1);
		}
	}

	/** False, true, null, and numbers of 64 bits with a fraction. */
	private static void simple(ByteBuffer source, int kind) throws DecodeException {
		switch (kind) {
			case 20, 21, 22 -> {
			}
			case 27 -> source.getLong();
			default -> throw new DecodeException("The CBOR has a value of the unknown kind " + kind);
		}
	}

	private static ByteBuffer slice(ByteBuffer source, int head) throws DecodeException {
		int length = (int) count(argument(source, head), source);
		ByteBuffer slice = source.slice(source.position(), length).asReadOnlyBuffer();
		source.position(source.position() + length);
		return slice;
	}

	/** Nothing is longer than what is left: each item takes a byte at least. */
	private static long count(long argument, ByteBuffer source) throws DecodeException {
		if (argument < 0 || argument > source.remaining()) {
			throw new DecodeException("The CBOR ends within a value");
		}
		return argument;
	}

	private static long argument(ByteBuffer source, int head) throws DecodeException {
		int info = head & 0x1F;
		long least;
		long value;
		switch (info) {
			case 24 -> {
				value = source.get() & 0xFF;
				least = 24;
			}
			case 25 -> {
				value = source.getShort() & 0xFFFF;
				least = 1L << 8;
			}
			case 26 -> {
				value = source.getInt() & 0xFFFF_FFFFL;
				least = 1L << 16;
			}
			case 27 -> {
				value = source.getLong();
				least = 1L << 32;
			}
			default -> {
				value = info;
				least = 0;
			}
		}
		if (info > 27 || Long.compareUnsigned(value, least) < 0) {
			throw new DecodeException("The CBOR has a length that is indefinite or not in its shortest form");
		}
		return value;
	}

	/** Writes what IPNS needs, in the order of DAG-CBOR: by length, then by bytes. */
	static ByteBuffer encode(ByteBuffer value, ByteBuffer validity, long sequence, long ttlNanos) {
		ByteBuffer out = ByteBuffer.allocate(96 + value.remaining() + validity.remaining());
		head(out, MAP, 5);
		key(out, IpnsRecord.TTL);
		head(out, UNSIGNED, ttlNanos);
		key(out, IpnsRecord.VALUE);
		head(out, BYTES, value.remaining());
		out.put(value.duplicate());
		key(out, IpnsRecord.SEQUENCE);
		head(out, UNSIGNED, sequence);
		key(out, IpnsRecord.VALIDITY);
		head(out, BYTES, validity.remaining());
		out.put(validity.duplicate());
		key(out, IpnsRecord.VALIDITY_TYPE);
		head(out, UNSIGNED, 0);
		return out.flip().asReadOnlyBuffer();
	}

	private static void key(ByteBuffer out, String key) {
		head(out, TEXT, key.length());
		out.put(key.getBytes(StandardCharsets.US_ASCII));
	}

	private static void head(ByteBuffer out, int kind, long argument) {
		int first = kind << 5;
		if (Long.compareUnsigned(argument, 24) < 0) {
			out.put((byte) (first | argument));
		}
		else if (Long.compareUnsigned(argument, 1L << 8) < 0) {
			out.put((byte) (first | 24)).put((byte) argument);
		}
		else if (Long.compareUnsigned(argument, 1L << 16) < 0) {
			out.put((byte) (first | 25)).putShort((short) argument);
		}
		else if (Long.compareUnsigned(argument, 1L << 32) < 0) {
			out.put((byte) (first | 26)).putInt((int) argument);
		}
		else {
			out.put((byte) (first | 27)).putLong(argument);
		}
	}

}
