package io.p2pboot.libp2p.multiformats;

import java.util.Arrays;

/**
 * The base58btc alphabet. Stateless. Inputs are bounded by the callers: the algorithm is
 * quadratic.
 */
final class Base58 {

	private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

	/** The longest text that is decoded, in characters. */
	static final int MAX_CHARACTERS = 512;

	private Base58() {
	}

	static String encode(byte[] bytes) {
		int zeros = 0;
		while (zeros < bytes.length && bytes[zeros] == 0) {
			zeros++;
		}
		byte[] number = Arrays.copyOf(bytes, bytes.length);
		StringBuilder reversed = new StringBuilder(bytes.length * 2);
		int start = zeros;
		while (start < number.length) {
			reversed.append(ALPHABET.charAt(divide(number, start)));
			if (number[start] == 0) {
				start++;
			}
		}
		reversed.append("1".repeat(zeros));
		return reversed.reverse().toString();
	}

	/** Divides a big-endian number by 58 in place; returns the rest. */
	private static int divide(byte[] number, int start) {
		int rest = 0;
		for (int index = start; index < number.length; index++) {
			int current = rest * 256 + (number[index] & 0xFF);
			number[index] = (byte) (current / 58);
			rest = current % 58;
		}
		return rest;
	}

	static byte[] decode(String text) {
		if (text.length() > MAX_CHARACTERS) {
			throw new IllegalArgumentException(
					"base58 text of " + text.length() + " characters is longer than " + MAX_CHARACTERS);
		}
		int zeros = 0;
		while (zeros < text.length() && text.charAt(zeros) == '1') {
			zeros++;
		}
		byte[] number = new byte[text.length()];
		int used = 0;
		for (int index = zeros; index < text.length(); index++) {
			int carry = ALPHABET.indexOf(text.charAt(index));
			if (carry < 0) {
				throw new IllegalArgumentException("'" + text.charAt(index) + "' is not a base58 character");
			}
			for (int digit = 0; digit < used || carry != 0; digit++) {
				int slot = number.length - 1 - digit;
				carry += 58 * (number[slot] & 0xFF);
				number[slot] = (byte) carry;
				carry >>= 8;
				used = Math.max(used, digit + 1);
			}
		}
		byte[] decoded = new byte[zeros + used];
		System.arraycopy(number, number.length - used, decoded, zeros, used);
		return decoded;
	}

}
