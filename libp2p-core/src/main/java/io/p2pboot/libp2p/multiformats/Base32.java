package io.p2pboot.libp2p.multiformats;

import java.util.Locale;

/**
 * The lower-case base32 alphabet of RFC 4648 without padding; upper case is read too.
 * Stateless.
 */
final class Base32 {

	private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

	private Base32() {
	}

	static String encode(byte[] bytes) {
		StringBuilder text = new StringBuilder(bytes.length * 8 / 5 + 1);
		int bits = 0;
		int pending = 0;
		for (byte next : bytes) {
			pending = pending << 8 | next & 0xFF;
			bits += 8;
			while (bits >= 5) {
				bits -= 5;
				text.append(ALPHABET.charAt(pending >> bits & 31));
			}
			pending &= (1 << bits) - 1;
		}
		if (bits > 0) {
			text.append(ALPHABET.charAt(pending << (5 - bits) & 31));
		}
		return text.toString();
	}

	/** Refuses text whose last character says more than whole bytes do. */
	static byte[] decode(String text) {
		return decode(text, true);
	}

	/** Ignores what the last character says beyond whole bytes. */
	static byte[] decodeLeniently(String text) {
		return decode(text, false);
	}

	private static byte[] decode(String text, boolean strict) {
		String lower = text.toLowerCase(Locale.ROOT);
		byte[] bytes = new byte[text.length() * 5 / 8];
		int bits = 0;
		int pending = 0;
		int written = 0;
		for (int index = 0; index < lower.length(); index++) {
			int digit = ALPHABET.indexOf(lower.charAt(index));
			if (digit < 0) {
				throw new IllegalArgumentException("'" + text.charAt(index) + "' is not a base32 character");
			}
			pending = pending << 5 | digit;
			bits += 5;
			if (bits >= 8) {
				bits -= 8;
				bytes[written++] = (byte) (pending >> bits);
				pending &= (1 << bits) - 1;
			}
		}
		if (bits >= 5 || (strict && pending != 0)) {
			throw new IllegalArgumentException("base32 text of " + text.length() + " characters has stray bits");
		}
		return bytes;
	}

}
