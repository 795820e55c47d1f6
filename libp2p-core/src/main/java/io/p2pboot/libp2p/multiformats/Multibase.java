package io.p2pboot.libp2p.multiformats;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Text whose first character says how it encodes bytes. Stateless. Specification:
 * multiformats/multibase; the bases that libp2p and IPFS write are read: base16, base32,
 * base36, base58btc, base64 and base64url.
 */
public final class Multibase {

	/** The longest text that is decoded, in characters. */
	public static final int MAX_CHARACTERS = 1024;

	private static final Pattern BASE36 = Pattern.compile("[0-9a-z]*");

	private Multibase() {
	}

	/**
	 * Decodes a text.
	 * @param text the text with its prefix
	 * @return the bytes, read-only
	 * @throws IllegalArgumentException if the prefix is unknown or the rest does not fit
	 * it
	 */
	public static ByteBuffer decode(String text) {
		if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
			throw new IllegalArgumentException(
					"Multibase text has 1 to " + MAX_CHARACTERS + " characters, not " + text.length());
		}
		String rest = text.substring(1);
		byte[] bytes = switch (text.charAt(0)) {
			case 'f', 'F' -> HexFormat.of().parseHex(rest.toLowerCase(Locale.ROOT));
			case 'b', 'B' -> Base32.decode(rest);
			case 'k', 'K' -> base36(rest.toLowerCase(Locale.ROOT));
			case 'z' -> Base58.decode(rest);
			case 'm' -> Base64.getDecoder().decode(unpadded(rest));
			case 'M' -> Base64.getDecoder().decode(padded(rest));
			case 'u' -> Base64.getUrlDecoder().decode(unpadded(rest));
			case 'U' -> Base64.getUrlDecoder().decode(padded(rest));
			default -> throw new IllegalArgumentException("Unknown multibase prefix '" + text.charAt(0) + "'");
		};
		return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
	}

	/**
	 * Encodes bytes in base36, as IPNS names are written.
	 * @param bytes the bytes that remain; not consumed
	 * @return the text, with its prefix {@code k}
	 */
	public static String encodeBase36(ByteBuffer bytes) {
		byte[] number = new byte[bytes.remaining()];
		bytes.duplicate().get(number);
		int zeros = 0;
		while (zeros < number.length && number[zeros] == 0) {
			zeros++;
		}
		String digits = (zeros == number.length) ? "" : new BigInteger(1, number).toString(36);
		return "k" + "0".repeat(zeros) + digits;
	}

	private static String unpadded(String text) {
		if (text.indexOf('=') >= 0) {
			throw new IllegalArgumentException("Padding is not allowed with this multibase prefix");
		}
		return text;
	}

	private static String padded(String text) {
		if (text.length() % 4 != 0) {
			throw new IllegalArgumentException("Padding is needed with this multibase prefix");
		}
		return text;
	}

	private static byte[] base36(String text) {
		if (!BASE36.matcher(text).matches()) {
			throw new IllegalArgumentException("'" + text + "' is not base36 text");
		}
		int zeros = 0;
		while (zeros < text.length() && text.charAt(zeros) == '0') {
			zeros++;
		}
		if (zeros == text.length()) {
			return new byte[zeros];
		}
		byte[] number = new BigInteger(text.substring(zeros), 36).toByteArray();
		int sign = (number[0] == 0) ? 1 : 0;
		byte[] bytes = new byte[zeros + number.length - sign];
		System.arraycopy(number, sign, bytes, zeros, number.length - sign);
		return bytes;
	}

}
