package io.p2pboot.libp2p.interop.matrix;

import java.util.Map;

/**
 * What the perf suite transfers.
 *
 * @param uploadBytes how many bytes one upload has
 * @param downloadBytes how many bytes one download has
 * @param uploads how many uploads there are
 * @param downloads how many downloads there are
 * @param latencies how often one byte goes there and back
 */
record PerfLoad(long uploadBytes, long downloadBytes, int uploads, int downloads, int latencies) {

	private static final long DEFAULT_BYTES = 1L << 30;

	static PerfLoad of(Map<String, String> variables) {
		return new PerfLoad(number(variables, "UPLOAD_BYTES", DEFAULT_BYTES),
				number(variables, "DOWNLOAD_BYTES", DEFAULT_BYTES),
				Math.toIntExact(number(variables, "UPLOAD_ITERATIONS", 10)),
				Math.toIntExact(number(variables, "DOWNLOAD_ITERATIONS", 10)),
				Math.toIntExact(number(variables, "LATENCY_ITERATIONS", 100)));
	}

	private static long number(Map<String, String> variables, String name, long otherwise) {
		String text = variables.get(name);
		if (text == null) {
			return otherwise;
		}
		try {
			long value = Long.parseLong(text);
			if (value >= 0) {
				return value;
			}
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException(name + " must be a number, was " + text, ex);
		}
		throw new IllegalArgumentException(name + " must not be negative, was " + text);
	}

}
