package io.p2pboot.libp2p.multiformats;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * How the value of a multiaddr's protocol is written as text and as bytes. Every method
 * throws {@link IllegalArgumentException} for a value that is not one.
 */
enum ValueFormat {

	/** No value. */
	NONE {
		@Override
		byte[] bytes(String text) {
			return new byte[0];
		}

		@Override
		String text(byte[] bytes) {
			return "";
		}
	},

	/** Four decimal numbers. */
	IP4 {
		@Override
		byte[] bytes(String text) {
			require(dots(text) == 3, "four numbers");
			byte[] bytes = new byte[4];
			int start = 0;
			for (int index = 0; index < 4; index++) {
				int end = (index < 3) ? text.indexOf('.', start) : text.length();
				require(isDecimal(text, start, end) && !(end - start > 1 && text.charAt(start) == '0'),
						"numbers without leading zeros");
				bytes[index] = (byte) number(text.substring(start, end), 255);
				start = end + 1;
			}
			return bytes;
		}

		@Override
		String text(byte[] bytes) {
			return (bytes[0] & 0xFF) + "." + (bytes[1] & 0xFF) + "." + (bytes[2] & 0xFF) + "." + (bytes[3] & 0xFF);
		}
	},

	/** Eight hexadecimal groups, compressed. */
	IP6 {
		@Override
		byte[] bytes(String text) {
			require(isIp6Text(text), "an IPv6 address");
			try {
				InetAddress address = InetAddress.getByName(text);
				byte[] bytes = address.getAddress();
				return (bytes.length == 4) ? mapped(bytes) : bytes;
			}
			catch (UnknownHostException ex) {
				throw new IllegalArgumentException("an IPv6 address is needed", ex);
			}
		}

		@Override
		String text(byte[] bytes) {
			return Ip6Text.of(bytes);
		}
	},

	/** A number of 16 bits. */
	PORT {
		@Override
		byte[] bytes(String text) {
			long port = number(text, 65535);
			return new byte[] { (byte) (port >> 8), (byte) port };
		}

		@Override
		String text(byte[] bytes) {
			return Integer.toString((bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF);
		}
	},

	/** A number of 8 bits. */
	BYTE {
		@Override
		byte[] bytes(String text) {
			return new byte[] { (byte) number(text, 255) };
		}

		@Override
		String text(byte[] bytes) {
			return Integer.toString(bytes[0] & 0xFF);
		}
	},

	/** A number of 64 bits. */
	NUMBER {
		@Override
		byte[] bytes(String text) {
			require(isDecimal(text, 0, text.length()) && text.length() <= 20, "a number of 64 bits");
			return ByteBuffer.allocate(8).putLong(Long.parseUnsignedLong(text)).array();
		}

		@Override
		String text(byte[] bytes) {
			return Long.toUnsignedString(ByteBuffer.wrap(bytes).getLong());
		}
	},

	/** A name without a slash. */
	NAME {
		@Override
		byte[] bytes(String text) {
			require(!text.isEmpty() && text.indexOf('/') < 0, "a name without a slash");
			return utf8(text);
		}

		@Override
		String text(byte[] bytes) {
			String text = utf8(bytes);
			require(!text.isEmpty() && text.indexOf('/') < 0, "a name without a slash");
			return text;
		}
	},

	/** A path, with its leading slash. */
	PATH {
		@Override
		byte[] bytes(String text) {
			require(text.length() > 1, "a path");
			return utf8(text);
		}

		@Override
		String text(byte[] bytes) {
			String text = utf8(bytes);
			require(!text.isEmpty(), "a path");
			return text.startsWith("/") ? text : "/" + text;
		}
	},

	/** A peer id: a multihash in base58, or a CID. */
	PEER_ID {
		@Override
		byte[] bytes(String text) {
			return toArray(checkPeer(Cid.parsePeer(text)).encoded());
		}

		@Override
		String text(byte[] bytes) {
			try {
				return checkPeer(Multihash.decode(ByteBuffer.wrap(bytes))).toBase58();
			}
			catch (DecodeException ex) {
				throw new IllegalArgumentException(ex.getMessage(), ex);
			}
		}
	},

	/** Ten bytes in base32 and a port. */
	ONION {
		@Override
		byte[] bytes(String text) {
			return onion(text, 16);
		}

		@Override
		String text(byte[] bytes) {
			return onion(bytes);
		}
	},

	/** Thirty-five bytes in base32 and a port. */
	ONION3 {
		@Override
		byte[] bytes(String text) {
			return onion(text, 56);
		}

		@Override
		String text(byte[] bytes) {
			return onion(bytes);
		}
	},

	/** At least 386 bytes in I2P's base64. */
	GARLIC64 {
		@Override
		byte[] bytes(String text) {
			byte[] bytes = Base64.getDecoder().decode(text.replace('-', '+').replace('~', '/'));
			require(bytes.length >= 386, "at least 386 bytes");
			return bytes;
		}

		@Override
		String text(byte[] bytes) {
			require(bytes.length >= 386, "at least 386 bytes");
			return Base64.getEncoder().encodeToString(bytes).replace('+', '-').replace('/', '~');
		}
	},

	/** 32 bytes, or 35 and more, in base32. */
	GARLIC32 {
		@Override
		byte[] bytes(String text) {
			byte[] bytes = Base32.decodeLeniently(text);
			require(bytes.length == 32 || bytes.length >= 35, "32, or at least 35, bytes");
			return bytes;
		}

		@Override
		String text(byte[] bytes) {
			require(bytes.length == 32 || bytes.length >= 35, "32, or at least 35, bytes");
			return Base32.encode(bytes);
		}
	},

	/** A multihash in any multibase. */
	CERTHASH {
		@Override
		byte[] bytes(String text) {
			byte[] bytes = toArray(Multibase.decode(text));
			checkMultihash(bytes);
			return bytes;
		}

		@Override
		String text(byte[] bytes) {
			checkMultihash(bytes);
			return "u" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
		}
	},

	/** A percent-encoded path. */
	HTTP_PATH {
		@Override
		byte[] bytes(String text) {
			require(!text.isEmpty(), "a path");
			return PercentCoding.decode(text);
		}

		@Override
		String text(byte[] bytes) {
			require(bytes.length > 0, "a path");
			return PercentCoding.encode(bytes);
		}
	};

	abstract byte[] bytes(String text);

	abstract String text(byte[] bytes);

	private static void require(boolean condition, String needed) {
		if (!condition) {
			throw new IllegalArgumentException(needed + " is needed");
		}
	}

	// Without regular expressions: addresses are read for each connection, many times.

	private static int dots(String text) {
		int dots = 0;
		for (int index = 0; index < text.length(); index++) {
			dots += (text.charAt(index) == '.') ? 1 : 0;
		}
		return dots;
	}

	/** Whether there is at least one character and each is a digit of ASCII. */
	private static boolean isDecimal(String text, int start, int end) {
		for (int index = start; index < end; index++) {
			char character = text.charAt(index);
			if (character < '0' || character > '9') {
				return false;
			}
		}
		return start < end;
	}

	/** Whether this cannot be taken for a name, which would be looked up. */
	private static boolean isIp6Text(String text) {
		for (int index = 0; index < text.length(); index++) {
			char character = text.charAt(index);
			boolean possible = character == ':' || character == '.'
					|| character < 128 && Character.digit(character, 16) >= 0;
			if (!possible) {
				return false;
			}
		}
		return text.indexOf(':') >= 0;
	}

	private static long number(String text, long maximum) {
		require(isDecimal(text, 0, text.length()) && text.length() <= 9, "a number of 0 to " + maximum);
		long number = Long.parseLong(text);
		require(number <= maximum, "a number of 0 to " + maximum);
		return number;
	}

	private static byte[] mapped(byte[] ip4) {
		byte[] bytes = new byte[16];
		bytes[10] = (byte) 0xFF;
		bytes[11] = (byte) 0xFF;
		System.arraycopy(ip4, 0, bytes, 12, 4);
		return bytes;
	}

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String utf8(byte[] bytes) {
		try {
			return StandardCharsets.UTF_8.newDecoder()
				.onMalformedInput(CodingErrorAction.REPORT)
				.decode(ByteBuffer.wrap(bytes))
				.toString();
		}
		catch (CharacterCodingException ex) {
			throw new IllegalArgumentException("valid UTF-8 is needed", ex);
		}
	}

	private static byte[] onion(String text, int characters) {
		int colon = text.indexOf(':');
		require(colon == characters, characters + " characters, a colon and a port");
		byte[] host = Base32.decode(text.substring(0, colon));
		byte[] port = PORT.bytes(text.substring(colon + 1));
		require(port[0] != 0 || port[1] != 0, "a port of 1 to 65535");
		return ByteBuffer.allocate(host.length + 2).put(host).put(port).array();
	}

	private static String onion(byte[] bytes) {
		byte[] host = Arrays.copyOf(bytes, bytes.length - 2);
		byte[] port = Arrays.copyOfRange(bytes, bytes.length - 2, bytes.length);
		require(port[0] != 0 || port[1] != 0, "a port of 1 to 65535");
		return Base32.encode(host) + ":" + PORT.text(port);
	}

	private static Multihash checkPeer(Multihash hash) {
		require(hash.code() == Multihash.IDENTITY || hash.code() == Multihash.SHA2_256,
				"an inlined key or a SHA-256 hash");
		return hash;
	}

	private static void checkMultihash(byte[] bytes) {
		try {
			Multihash.decode(ByteBuffer.wrap(bytes));
		}
		catch (DecodeException ex) {
			throw new IllegalArgumentException(ex.getMessage(), ex);
		}
	}

	private static byte[] toArray(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return bytes;
	}

}
