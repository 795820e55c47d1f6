package io.p2pboot.libp2p.benchmarks.metrics;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Compares whole processes with metrics and without, in alternated pairs, and tells the
 * median of what metrics cost. Run by {@code benchmarks/metrics}.
 */
public final class MetricsCost {

	private static final int DEFAULT_PAIRS = 7;

	private static final String DEFAULT_MEBIBYTES = "1024";

	private static final String DEFAULT_STREAMS = "20000";

	/** The most that metrics may cost, and the largest spread at which that is judged. */
	private static final double BOUND_PERCENT = 5;

	private MetricsCost() {
	}

	/**
	 * Runs the pairs; exits with 1 if metrics cost too much.
	 * @param arguments how many pairs, the MiB to send, the streams to open; each may be
	 * left out
	 * @throws IOException if a process cannot be started or fails
	 * @throws InterruptedException if interrupted
	 */
	public static void main(String... arguments) throws IOException, InterruptedException {
		int pairs = (arguments.length > 0) ? Integer.parseInt(arguments[0]) : DEFAULT_PAIRS;
		String mebibytes = (arguments.length > 1) ? arguments[1] : DEFAULT_MEBIBYTES;
		String streams = (arguments.length > 2) ? arguments[2] : DEFAULT_STREAMS;
		double[][] off = new double[2][pairs];
		double[][] on = new double[2][pairs];
		for (int pair = 0; pair < pairs; pair++) {
			// Whoever goes first changes with each pair.
			boolean offFirst = pair % 2 == 0;
			double[] first = run(offFirst ? "off" : "on", mebibytes, streams);
			double[] second = run(offFirst ? "on" : "off", mebibytes, streams);
			for (int figure = 0; figure < 2; figure++) {
				off[figure][pair] = offFirst ? first[figure] : second[figure];
				on[figure][pair] = offFirst ? second[figure] : first[figure];
			}
			System.out.printf("pair %d: off %.0f MB/s %.0f streams/s, on %.0f MB/s %.0f streams/s%n", pair + 1,
					off[0][pair], off[1][pair], on[0][pair], on[1][pair]);
		}
		boolean throughput = report(System.out, "throughput", off[0], on[0]);
		boolean opens = report(System.out, "streams opened", off[1], on[1]);
		System.exit((throughput && opens) ? 0 : 1);
	}

	private static double[] run(String metrics, String mebibytes, String streams)
			throws IOException, InterruptedException {
		String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
		Process process = new ProcessBuilder(List.of(java, "-Xmx1g", "-cp", System.getProperty("java.class.path"),
				MeasuredRun.class.getName(), metrics, mebibytes, streams))
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (process.waitFor() != 0) {
			throw new IOException("A process with metrics " + metrics + " failed: " + printed);
		}
		String[] figures = printed.strip().substring(printed.strip().lastIndexOf('\n') + 1).split(" ");
		return new double[] { Double.parseDouble(figures[0]), Double.parseDouble(figures[1]) };
	}

	/** False only where the cost can be judged and is too high. */
	private static boolean report(PrintStream out, String what, double[] off, double[] on) {
		double[] costs = new double[off.length];
		for (int pair = 0; pair < off.length; pair++) {
			costs[pair] = 100 * (off[pair] - on[pair]) / off[pair];
		}
		Arrays.sort(costs);
		double median = costs[costs.length / 2];
		double spread = costs[costs.length * 3 / 4] - costs[costs.length / 4];
		boolean judged = spread < BOUND_PERCENT;
		String verdict = !judged ? "not judged: the spread is too large"
				: (median <= BOUND_PERCENT) ? "within " + BOUND_PERCENT + " %" : "more than " + BOUND_PERCENT + " %";
		out.printf("%s: metrics cost %.1f %% (median of %d pairs; quartiles %.1f %% apart, all %.1f to %.1f %%): %s%n",
				what, median, off.length, spread, costs[0], costs[costs.length - 1], verdict);
		return !judged || median <= BOUND_PERCENT;
	}

}
