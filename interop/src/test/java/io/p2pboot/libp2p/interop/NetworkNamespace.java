package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.opentest4j.TestAbortedException;

/**
 * A host of its own: a network namespace of Linux with its loopback up. Needs root.
 *
 * @param name its name
 */
record NetworkNamespace(String name) implements AutoCloseable {

	/** The name of this ability in {@code interop.require}. */
	private static final String NETNS = "netns";

	private static final long COMMAND_SECONDS = 20;

	/** Aborts the test, or fails it, where there can be none, or a tool is missing. */
	static void require(String... tools) {
		if (!Boolean.getBoolean("interop.run") && !Stacks.isRequired(NETNS)) {
			throw new TestAbortedException("The interoperability suites are not asked for (profile interop)");
		}
		Optional<String> missing = missing(Stream.concat(Stream.of("ip", "id"), Stream.of(tools)).toList());
		if (missing.isPresent()) {
			String text = "Network namespaces are needed: " + missing.get();
			if (Stacks.isRequired(NETNS)) {
				throw new AssertionError(text);
			}
			throw new TestAbortedException(text);
		}
	}

	private static Optional<String> missing(List<String> tools) {
		if (!System.getProperty("os.name").startsWith("Linux")) {
			return Optional.of("this is not Linux");
		}
		for (String tool : tools) {
			try {
				new ProcessBuilder(tool, "--help").redirectErrorStream(true).start().destroy();
			}
			catch (IOException ex) {
				return Optional.of(tool + " is missing");
			}
		}
		return run(List.of("id", "-u"), "").strip().equals("0") ? Optional.empty() : Optional.of("not root");
	}

	/** Makes one, told apart from others of this process by the suffix. */
	static NetworkNamespace create(String suffix) {
		NetworkNamespace made = new NetworkNamespace("lip" + ProcessHandle.current().pid() + suffix);
		run(List.of("ip", "netns", "add", made.name()), "");
		made.ip("link", "set", "lo", "up");
		return made;
	}

	/** A command that runs there. */
	List<String> command(List<String> command) {
		return Stream.concat(Stream.of("ip", "netns", "exec", this.name), command.stream()).toList();
	}

	/** Runs a command there and returns what it says. */
	String output(String... command) {
		return run(command(List.of(command)), "");
	}

	/** Sets its devices and addresses up. */
	void ip(String... arguments) {
		run(Stream.concat(Stream.of("ip", "-n", this.name), Stream.of(arguments)).toList(), "");
	}

	static String run(List<String> command, String input) {
		try {
			Process process = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).start();
			try (OutputStream to = process.getOutputStream()) {
				to.write(input.getBytes(StandardCharsets.UTF_8));
			}
			String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
				process.destroyForcibly();
				throw new IllegalStateException(command + " failed: " + said);
			}
			return said;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** Takes it away, and its devices with it. */
	@Override
	public void close() {
		run(List.of("ip", "netns", "delete", this.name), "");
	}

}
