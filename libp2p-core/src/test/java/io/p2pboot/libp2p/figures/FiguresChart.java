package io.p2pboot.libp2p.figures;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws shares, from none to all, over time. Not thread-safe.
 */
public final class FiguresChart {

	private static final int WIDTH = 760;

	private static final int HEIGHT = 420;

	private static final int LEFT = 60;

	private static final int BOTTOM = 50;

	private static final int TOP = 50;

	private static final int RIGHT = 30;

	private static final List<String> COLOURS = List.of("#2a8a5f", "#c2571a", "#3b6fd4", "#a33a8f");

	private final String title;

	private final String unit;

	private final Map<String, List<Point>> lines = new LinkedHashMap<>();

	/**
	 * Creates an empty chart.
	 * @param title what is shown
	 * @param unit of time
	 */
	public FiguresChart(String title, String unit) {
		this.title = title;
		this.unit = unit;
	}

	/**
	 * Adds a line: which share was over by which time.
	 * @param name what the line is called
	 * @param times how long each took, at least one
	 */
	public void add(String name, List<Double> times) {
		List<Double> sorted = times.stream().sorted().toList();
		List<Point> points = new ArrayList<>();
		points.add(new Point(sorted.get(0), 0));
		for (int index = 0; index < sorted.size(); index++) {
			points.add(new Point(sorted.get(index), (index + 1.0) / sorted.size()));
		}
		line(name, points);
	}

	/**
	 * Adds a line.
	 * @param name what the line is called
	 * @param points in the order of time, at least one
	 */
	public void line(String name, List<Point> points) {
		this.lines.put(name, List.copyOf(points));
	}

	/**
	 * Draws what was added.
	 * @return an SVG document
	 */
	public String svg() {
		double most = this.lines.values()
			.stream()
			.mapToDouble((line) -> line.get(line.size() - 1).at())
			.max()
			.orElse(1);
		double step = step(most);
		double end = step * Math.ceil(most / step);
		StringBuilder svg = new StringBuilder();
		svg.append(format(
				"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
						+ "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
				WIDTH, HEIGHT));
		svg.append(format("<text x=\"%d\" y=\"24\" font-size=\"15\">%s</text>\n", LEFT, this.title));
		for (int percent = 0; percent <= 100; percent += 25) {
			double y = y(percent / 100.0);
			svg.append(format("<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", LEFT,
					WIDTH - RIGHT, y, y));
			svg.append(
					format("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n", LEFT - 8, y + 4, percent));
		}
		for (double time = 0; time <= end; time += step) {
			svg.append(format("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f %s</text>\n", x(time, end),
					HEIGHT - BOTTOM + 20, time, this.unit));
		}
		int index = 0;
		for (Map.Entry<String, List<Point>> line : this.lines.entrySet()) {
			String colour = COLOURS.get(index % COLOURS.size());
			svg.append(format("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"%s\"/>\n", colour,
					points(line.getValue(), end)));
			svg.append(format("<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>\n", WIDTH - 250,
					HEIGHT - BOTTOM - 70 + 18 * index++, colour, line.getKey()));
		}
		return svg.append("</svg>\n").toString();
	}

	/** At most ten steps of 1, 2 or 5 with zeros. */
	private static double step(double most) {
		double unit = 1;
		while (true) {
			for (double factor : new double[] { 1, 2, 5 }) {
				if (most <= 10 * factor * unit) {
					return factor * unit;
				}
			}
			unit *= 10;
		}
	}

	private static String points(List<Point> line, double end) {
		return String.join(" ",
				line.stream().map((point) -> format("%.1f,%.1f", x(point.at(), end), y(point.share()))).toList());
	}

	private static double x(double time, double end) {
		return LEFT + (WIDTH - LEFT - RIGHT) * time / end;
	}

	private static double y(double share) {
		return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
	}

	private static String format(String pattern, Object... values) {
		return String.format(Locale.ROOT, pattern, values);
	}

	/**
	 * A point of a line.
	 *
	 * @param at the time
	 * @param share from 0 to 1
	 */
	public record Point(double at, double share) {
	}

}
