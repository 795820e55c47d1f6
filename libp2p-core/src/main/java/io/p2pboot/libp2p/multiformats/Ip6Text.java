package io.p2pboot.libp2p.multiformats;

/**
 * Writes IPv6 addresses as RFC 5952 says: lower case, no leading zeros, the longest run
 * of zero groups compressed; IPv4-mapped ones with their dotted tail. Stateless.
 */
final class Ip6Text {

	private static final int GROUPS = 8;

	private Ip6Text() {
	}

	static String of(byte[] bytes) {
		int[] groups = new int[GROUPS];
		for (int index = 0; index < GROUPS; index++) {
			groups[index] = (bytes[2 * index] & 0xFF) << 8 | bytes[2 * index + 1] & 0xFF;
		}
		if (isMapped(groups)) {
			return "::ffff:" + (bytes[12] & 0xFF) + "." + (bytes[13] & 0xFF) + "." + (bytes[14] & 0xFF) + "."
					+ (bytes[15] & 0xFF);
		}
		int bestStart = -1;
		int bestLength = 1;
		for (int start = 0; start < GROUPS; start++) {
			int length = zeros(groups, start);
			if (length > bestLength) {
				bestStart = start;
				bestLength = length;
			}
		}
		if (bestStart < 0) {
			return join(groups, 0, GROUPS);
		}
		return join(groups, 0, bestStart) + "::" + join(groups, bestStart + bestLength, GROUPS);
	}

	private static boolean isMapped(int[] groups) {
		return zeros(groups, 0) == 5 && groups[5] == 0xFFFF;
	}

	private static int zeros(int[] groups, int start) {
		int end = start;
		while (end < GROUPS && groups[end] == 0) {
			end++;
		}
		return end - start;
	}

	private static String join(int[] groups, int from, int to) {
		StringBuilder text = new StringBuilder();
		for (int index = from; index < to; index++) {
			text.append((index > from) ? ":" : "").append(Integer.toHexString(groups[index]));
		}
		return text.toString();
	}

}
