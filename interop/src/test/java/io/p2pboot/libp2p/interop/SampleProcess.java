package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.opentest4j.TestAbortedException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged sample application as a process of its own, configured by nothing but the
 * {@code application.yml} beside it.
 */
final class SampleProcess implements AutoCloseable {

	private static final Path TARGET = Path.of(System.getProperty("interop.module", "."), "../sample-app/target");

	/** Netty's property that leaves native transports out; passed on. */
	private static final String NO_NATIVE = "io.netty.transport.noNative";

	private static final Duration START = Duration.ofSeconds(120);

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final HttpClient http = HttpClient.newHttpClient();

	private final Path folder;

	private final Process process;

	private final String url;

	private final String address;

	private SampleProcess(Path folder, Process process) throws IOException {
		this.folder = folder;
		this.process = process;
		this.url = awaitLine("Open (http://127.0.0.1:\\d+)/");
		this.address = awaitLine("Others reach this node at (/ip4/127.0.0.1/tcp/\\d+/p2p/\\w+)");
	}

	/** Starts it in a folder, with these lines as its configuration. */
	static SampleProcess start(Path folder, String yaml, String... options) throws IOException {
		Path jar = jar();
		Files.createDirectories(folder);
		Files.writeString(folder.resolve("application.yml"), yaml);
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
		if (Boolean.getBoolean(NO_NATIVE)) {
			command.add("-D" + NO_NATIVE + "=true");
		}
		command.addAll(List.of(options));
		command.addAll(List.of("-jar", jar.toString()));
		Process process = new ProcessBuilder(command).directory(folder.toFile())
			.redirectErrorStream(true)
			.redirectOutput(folder.resolve("log").toFile())
			.start();
		try {
			return new SampleProcess(folder, process);
		}
		catch (IOException | RuntimeException | Error ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	private static Path jar() throws IOException {
		if (Files.isDirectory(TARGET)) {
			try (java.util.stream.Stream<Path> files = Files.list(TARGET)) {
				List<Path> jars = files.filter((file) -> file.toString().endsWith("-exec.jar")).toList();
				if (!jars.isEmpty()) {
					return jars.get(0).toAbsolutePath().normalize();
				}
			}
		}
		String missing = "The packaged sample is missing: " + TARGET.normalize() + "/*-exec.jar";
		if (Arrays.asList(System.getProperty("interop.require", "").split(",")).contains("sample")) {
			throw new AssertionError(missing);
		}
		throw new TestAbortedException(missing);
	}

	private String awaitLine(String regex) throws IOException {
		Pattern pattern = Pattern.compile(regex);
		long deadline = System.nanoTime() + START.toNanos();
		while (System.nanoTime() < deadline && this.process.isAlive()) {
			Matcher matcher = pattern.matcher(Files.readString(this.folder.resolve("log")));
			if (matcher.find()) {
				return matcher.group(1);
			}
			LockSupport.parkNanos(50_000_000);
		}
		throw new AssertionError("No line '" + regex + "' in\n" + Files.readString(this.folder.resolve("log")));
	}

	/** What it has logged so far. */
	String log() throws IOException {
		return Files.readString(this.folder.resolve("log"));
	}

	/** Where its node listens, with its id. */
	String address() {
		return this.address;
	}

	/** The id of its node. */
	String id() {
		return this.address.substring(this.address.lastIndexOf('/') + 1);
	}

	/** What it answers to a GET. */
	String get(String path) {
		return send(HttpRequest.newBuilder(URI.create(this.url + path)).GET());
	}

	JsonNode getJson(String path) {
		return MAPPER.readTree(get(path));
	}

	/** What it answers to a POST of its own page. */
	JsonNode post(String path, Object body) {
		return MAPPER.readTree(send(HttpRequest.newBuilder(URI.create(this.url + path))
			.header("Origin", this.url)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body)))));
	}

	private String send(HttpRequest.Builder request) {
		try {
			HttpResponse<String> response = this.http.send(request.timeout(Duration.ofSeconds(30)).build(),
					HttpResponse.BodyHandlers.ofString());
			if (response.statusCode() != 200) {
				throw new AssertionError(response + ": " + response.body());
			}
			return response.body();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError("interrupted", ex);
		}
	}

	/** Ends it without any farewell. */
	void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	@Override
	public void close() {
		this.process.destroy();
		try {
			if (!this.process.waitFor(30, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.process.destroyForcibly();
		}
	}

}
