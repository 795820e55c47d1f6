package io.p2pboot.libp2p.interop.matrix;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;

/**
 * The samples of one measurement, and the block that the matrix wants to read.
 * Percentiles are interpolated linearly; what lies beyond one and a half interquartile
 * ranges from the quartiles is an outlier and left out of the extremes.
 */
final class Samples {

	private static final double OUTLIER_RANGES = 1.5;

	private final double[] sorted;

	private final String unit;

	private final int decimals;

	private Samples(double[] samples, String unit, int decimals) {
		this.sorted = samples.clone();
		Arrays.sort(this.sorted);
		this.unit = unit;
		this.decimals = decimals;
	}

	/** Throughputs, in 10^9 bits a second. */
	static Samples ofGigabits(double[] samples) {
		return new Samples(samples, "Gbps", 2);
	}

	/** Times, in milliseconds. */
	static Samples ofMillis(double[] samples) {
		return new Samples(samples, "ms", 3);
	}

	/** A percentile, from 0 to 1; 0 if there is no sample. */
	double percentile(double at) {
		if (this.sorted.length == 0) {
			return 0;
		}
		double position = at * (this.sorted.length - 1);
		double below = this.sorted[(int) Math.floor(position)];
		double above = this.sorted[(int) Math.ceil(position)];
		return below + (above - below) * (position - Math.floor(position));
	}

	/** The block, each line with its end. */
	String block(String name) {
		double q1 = percentile(0.25);
		double q3 = percentile(0.75);
		double reach = OUTLIER_RANGES * (q3 - q1);
		DoublePredicate inside = (sample) -> sample >= q1 - reach && sample <= q3 + reach;
		double[] kept = Arrays.stream(this.sorted).filter(inside).toArray();
		double[] outliers = Arrays.stream(this.sorted).filter(inside.negate()).toArray();
		return name + ":\n" + line("iterations", Integer.toString(this.sorted.length))
				+ line("min", show((kept.length == 0) ? 0 : kept[0])) + line("q1", show(q1))
				+ line("median", show(percentile(0.5))) + line("q3", show(q3))
				+ line("max", show((kept.length == 0) ? 0 : kept[kept.length - 1])) + line("outliers", list(outliers))
				+ line("samples", list(this.sorted)) + line("unit", this.unit);
	}

	private static String line(String key, String value) {
		return "  " + key + ": " + value + "\n";
	}

	private String list(double[] values) {
		return Arrays.stream(values).mapToObj(this::show).collect(Collectors.joining(", ", "[", "]"));
	}

	private String show(double value) {
		return String.format(Locale.ROOT, "%." + this.decimals + "f", value);
	}

}
