package io.p2pboot.libp2p.spring.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/**
 * What Prometheus would have of one scrape, and which of it a selector finds.
 *
 * @param samples the samples
 */
record Scrape(List<Sample> samples) {

	private static final Pattern SAMPLE = Pattern.compile("([a-z0-9_]+)(?:\\{(.*)})? (\\S+)");

	private static final Pattern LABEL = Pattern.compile("([a-z0-9_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

	/** Values may be quoted, and contain no comma. */
	private static final Pattern MATCHER = Pattern.compile("\\s*([a-z0-9_]+)(=~|!=|=)\"?([^\",]*)\"?\\s*");

	static Scrape of(PrometheusMeterRegistry registry) {
		List<Sample> samples = new ArrayList<>();
		registry.scrape().lines().filter((line) -> !line.startsWith("#")).forEach((line) -> {
			Matcher sample = SAMPLE.matcher(line);
			if (sample.matches()) {
				Map<String, String> labels = new TreeMap<>();
				if (sample.group(2) != null) {
					Matcher label = LABEL.matcher(sample.group(2));
					while (label.find()) {
						labels.put(label.group(1), label.group(2));
					}
				}
				samples.add(new Sample(sample.group(1), labels, Double.parseDouble(sample.group(3))));
			}
		});
		return new Scrape(samples);
	}

	/** The samples of a selector such as {@code name{label=value}}; of any instance. */
	List<Sample> select(String selector) {
		int brace = selector.indexOf('{');
		String name = (brace < 0) ? selector : selector.substring(0, brace);
		List<String[]> matchers = new ArrayList<>();
		if (brace >= 0) {
			for (String part : selector.substring(brace + 1, selector.length() - 1).split(",")) {
				Matcher matcher = MATCHER.matcher(part);
				if (!matcher.matches()) {
					throw new IllegalArgumentException("Not a matcher of labels: " + part);
				}
				if (!matcher.group(1).equals("instance")) {
					matchers.add(new String[] { matcher.group(1), matcher.group(2), matcher.group(3) });
				}
			}
		}
		return this.samples.stream()
			.filter((sample) -> sample.name().equals(name))
			.filter((sample) -> matchers.stream().allMatch((matcher) -> matches(sample, matcher)))
			.toList();
	}

	private static boolean matches(Sample sample, String[] matcher) {
		String value = sample.labels().getOrDefault(matcher[0], "");
		return switch (matcher[1]) {
			case "=" -> value.equals(matcher[2]);
			case "!=" -> !value.equals(matcher[2]);
			default -> value.matches(matcher[2]);
		};
	}

	/**
	 * One value.
	 *
	 * @param name the name of its series
	 * @param labels the labels
	 * @param value the value
	 */
	record Sample(String name, Map<String, String> labels, double value) {

		Set<String> keys() {
			return this.labels.keySet();
		}

	}

}
