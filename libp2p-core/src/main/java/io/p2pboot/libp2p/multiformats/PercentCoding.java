package io.p2pboot.libp2p.multiformats;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding of path values: everything but RFC 3986's unreserved characters.
 * Stateless.
 */
final class PercentCoding {

	private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	private PercentCoding() {
	}

	static String encode(byte[] bytes) {
		StringBuilder text = new StringBuilder();
		for (byte next : bytes) {
			char character = (char) (next & 0xFF);
			if (UNRESERVED.indexOf(character) >= 0) {
				text.append(character);
			}
			else {
				text.append(String.format("%%%02X", next & 0xFF));
			}
		}
		return text.toString();
	}

	static byte[] decode(String text) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		byte[] raw = text.getBytes(StandardCharsets.UTF_8);
		for (int index = 0; index < raw.length; index++) {
			if (raw[index] == '%') {
				if (index + 2 >= raw.length) {
					throw new IllegalArgumentException("two hexadecimal digits are needed after %");
				}
				int high = Character.digit(raw[index + 1], 16);
				int low = Character.digit(raw[index + 2], 16);
				if (high < 0 || low < 0) {
					throw new IllegalArgumentException("two hexadecimal digits are needed after %");
				}
				bytes.write(high << 4 | low);
				index += 2;
			}
			else {
				bytes.write(raw[index]);
			}
		}
		return bytes.toByteArray();
	}

}
