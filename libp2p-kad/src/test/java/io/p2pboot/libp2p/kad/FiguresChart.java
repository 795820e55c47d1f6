package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws how many lookups of each network were over after which time. Not thread-safe.
 */
final class FiguresChart {

	private static final int WIDTH = 760;

	private static final int HEIGHT = 420;

	private static final int LEFT = 60;

	private static final int BOTTOM = 50;

	private static final int TOP = 50;

	private static final int RIGHT = 30;

	private static final List<String> COLOURS = List.of("#2a8a5f", "#c2571a", "#3b6fd4", "#a33a8f");

	private final Map<String, List<Double>> lines = new LinkedHashMap<>();

	/** Adds a line: the milliseconds that each lookup took. */
	void add(String name, List<Double> millis) {
		this.lines.put(name, millis.stream().sorted().toList());
	}

	String svg() {
		double most = this.lines.values().stream().mapToDouble((line) -> line.get(line.size() - 1)).max().orElse(1);
		double step = (most > 2000) ? 500 : (most > 800) ? 200 : 100;
		double end = step * Math.ceil(most / step);
		StringBuilder svg = new StringBuilder();
		svg.append(format(
				"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
						+ "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
				WIDTH, HEIGHT));
		svg.append(format("<text x=\"%d\" y=\"24\" font-size=\"15\">Lookups that are over, by virtual time "
				+ "(round trips: 100 ms in the middle)</text>\n", LEFT));
		for (int percent = 0; percent <= 100; percent += 25) {
			double y = y(percent / 100.0);
			svg.append(format("<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", LEFT,
					WIDTH - RIGHT, y, y));
			svg.append(
					format("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n", LEFT - 8, y + 4, percent));
		}
		for (double millis = 0; millis <= end; millis += step) {
			svg.append(format("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f ms</text>\n", x(millis, end),
					HEIGHT - BOTTOM + 20, millis));
		}
		int index = 0;
		for (Map.Entry<String, List<Double>> line : this.lines.entrySet()) {
			String colour = COLOURS.get(index % COLOURS.size());
			svg.append(format("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"%s\"/>\n", colour,
					points(line.getValue(), end)));
			svg.append(format("<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>\n", WIDTH - 250,
					HEIGHT - BOTTOM - 70 + 18 * index++, colour, line.getKey()));
		}
		return svg.append("</svg>\n").toString();
	}

	private static String points(List<Double> line, double end) {
		List<String> points = new ArrayList<>();
		points.add(format("%.1f,%.1f", x(line.get(0), end), y(0)));
		for (int index = 0; index < line.size(); index++) {
			points.add(format("%.1f,%.1f", x(line.get(index), end), y((index + 1.0) / line.size())));
		}
		return String.join(" ", points);
	}

	private static double x(double millis, double end) {
		return LEFT + (WIDTH - LEFT - RIGHT) * millis / end;
	}

	private static double y(double share) {
		return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
	}

	private static String format(String pattern, Object... values) {
		return String.format(Locale.ROOT, pattern, values);
	}

}
