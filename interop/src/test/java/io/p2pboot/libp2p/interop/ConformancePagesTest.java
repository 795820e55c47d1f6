package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the pages under {@code docs/conformance} to the tests that they name: in a column
 * headed "test", each name in backticks is a class, {@code Class.method}, {@code .method}
 * or {@code method} of the test sources. What cannot be a name, such as an option, is
 * left out. An ellipsis stands for one end of a long name.
 */
class ConformancePagesTest {

	private static final Path ROOT = Path.of(System.getProperty("interop.module", "")).toAbsolutePath().resolve("..");

	private static final Pattern QUOTED = Pattern.compile("`(\\.?[\\w.…]+)`");

	private static final Pattern METHOD = Pattern.compile("void (\\w+)\\(");

	@Test
	void everyTestThatAPageNamesExists() throws IOException {
		Sources sources = Sources.read();
		List<String> missing = new ArrayList<>();
		int named = 0;
		try (Stream<Path> pages = Files.list(ROOT.resolve("docs/conformance"))) {
			for (Path page : pages.sorted().toList()) {
				for (Named name : names(Files.readAllLines(page))) {
					named++;
					if (!sources.has(name.test())) {
						missing.add(page.getFileName() + ":" + name.line() + " " + name.test());
					}
				}
			}
		}
		assertThat(missing).isEmpty();
		assertThat(named).isGreaterThan(300);
	}

	@Test
	void aNameThatIsNotThereIsFound() throws IOException {
		Sources sources = Sources.read();
		List<Named> names = names(List.of("| case | test |", "|---|---|",
				"| X1 | `ConformancePagesTest.aNameThatIsNotThereIsFound`, `NoSuchTest` |",
				"| X2 | `ConformancePagesTest`, `.noSuchMethod`, `…NotThereIsFound`, `aNameThat…` |", "",
				"`elsewhere`"));
		assertThat(names).extracting(Named::line).containsExactly(3, 3, 4, 4, 4, 4);
		assertThat(names).extracting(Named::test)
			.filteredOn((test) -> !sources.has(test))
			.containsExactly("NoSuchTest", ".noSuchMethod");
	}

	private static List<Named> names(List<String> lines) {
		List<Named> names = new ArrayList<>();
		int column = -1;
		boolean inTable = false;
		for (int i = 0; i < lines.size(); i++) {
			List<String> cells = List.of(lines.get(i).split("\\|", -1));
			if (!lines.get(i).startsWith("|")) {
				inTable = false;
			}
			else if (!inTable) {
				inTable = true;
				column = cells.stream().map(String::strip).toList().indexOf("test");
			}
			else if (column > 0 && column < cells.size()) {
				Matcher quoted = QUOTED.matcher(cells.get(column));
				while (quoted.find()) {
					names.add(new Named(i + 1, quoted.group(1)));
				}
			}
		}
		return names;
	}

	/**
	 * A name on a line of a page.
	 */
	private record Named(int line, String test) {
	}

	/**
	 * The names of all test classes and of their methods.
	 */
	private record Sources(Set<String> classes, Set<String> methods) {

		static Sources read() throws IOException {
			Sources sources = new Sources(new HashSet<>(), new HashSet<>());
			try (Stream<Path> modules = Files.list(ROOT)) {
				for (Path tests : modules.map((module) -> module.resolve("src/test/java"))
					.filter(Files::isDirectory)
					.toList()) {
					sources.addAll(tests);
				}
			}
			return sources;
		}

		private void addAll(Path tests) throws IOException {
			try (Stream<Path> files = Files.walk(tests)) {
				files.filter((file) -> file.toString().endsWith(".java")).forEach(this::add);
			}
		}

		private void add(Path file) {
			this.classes.add(file.getFileName().toString().replace(".java", ""));
			try {
				METHOD.matcher(Files.readString(file)).results().forEach((match) -> this.methods.add(match.group(1)));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		boolean has(String name) {
			int dot = name.indexOf('.');
			if (dot > 0) {
				return this.classes.contains(name.substring(0, dot)) && this.methods.contains(name.substring(dot + 1));
			}
			String bare = name.substring(dot + 1);
			if (bare.startsWith("…")) {
				return this.methods.stream().anyMatch((method) -> method.endsWith(bare.substring(1)));
			}
			if (bare.endsWith("…")) {
				String start = bare.substring(0, bare.length() - 1);
				return this.methods.stream().anyMatch((method) -> method.startsWith(start));
			}
			return this.methods.contains(bare) || this.classes.contains(bare);
		}

	}

}
