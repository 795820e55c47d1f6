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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two hosts with a cable between them that loses packets, both ways: two network
 * namespaces, a veth pair of 1,500 bytes with all offloads off, so that a packet is a
 * packet, and a rule of nftables at either end that counts what it drops. Needs root.
 */
final class LossyLink implements AutoCloseable {

	/** The name of this ability in {@code interop.require}. */
	private static final String NETNS = "netns";

	private static final long COMMAND_SECONDS = 20;

	private static final String RULES = """
			table inet loss {
			  counter lost { }
			  chain inbound {
			    type filter hook prerouting priority -300;
			    iifname "%s" numgen random mod 100 < %d counter name lost drop
			  }
			}
			""";

	/**
	 * One end.
	 *
	 * @param namespace its network namespace
	 * @param device its end of the cable
	 * @param address its address
	 */
	record Host(String namespace, String device, String address) {

		/** A command that runs there. */
		List<String> command(List<String> command) {
			return Stream.concat(Stream.of("ip", "netns", "exec", this.namespace), command.stream()).toList();
		}

		/** How many packets that were sent to this end are lost. */
		long lost() {
			JsonNode told = JsonMapper.shared()
				.readTree(output(command(List.of("nft", "-j", "list", "counters", "table", "inet", "loss"))));
			return told.path("nftables")
				.valueStream()
				.filter((each) -> each.has("counter"))
				.mapToLong((each) -> each.path("counter").path("packets").asLong())
				.sum();
		}

	}

	private final Host left;

	private final Host right;

	private LossyLink(Host left, Host right) {
		this.left = left;
		this.right = right;
	}

	/** Aborts the test, or fails it, where such a link cannot be made. */
	static void require() {
		if (!Boolean.getBoolean("interop.run") && !Stacks.isRequired(NETNS)) {
			throw new TestAbortedException("The interoperability suites are not asked for (profile interop)");
		}
		Optional<String> missing = missing();
		if (missing.isPresent()) {
			String text = "Network namespaces are needed: " + missing.get();
			if (Stacks.isRequired(NETNS)) {
				throw new AssertionError(text);
			}
			throw new TestAbortedException(text);
		}
	}

	private static Optional<String> missing() {
		if (!System.getProperty("os.name").startsWith("Linux")) {
			return Optional.of("this is not Linux");
		}
		for (String tool : List.of("ip", "nft", "ethtool", "id")) {
			try {
				new ProcessBuilder(tool, "--help").redirectErrorStream(true).start().destroy();
			}
			catch (IOException ex) {
				return Optional.of(tool + " is missing");
			}
		}
		return output(List.of("id", "-u")).strip().equals("0") ? Optional.empty() : Optional.of("not root");
	}

	/** Makes a link that loses so many packets of a hundred in each direction. */
	static LossyLink create(int percent) {
		String name = "lip" + ProcessHandle.current().pid();
		LossyLink link = new LossyLink(new Host(name + "a", "veth" + name + "a", "10.98.0.1"),
				new Host(name + "b", "veth" + name + "b", "10.98.0.2"));
		try {
			link.connect(percent);
			return link;
		}
		catch (RuntimeException ex) {
			link.close();
			throw ex;
		}
	}

	private void connect(int percent) {
		for (Host host : hosts()) {
			output(List.of("ip", "netns", "add", host.namespace()));
		}
		output(List.of("ip", "link", "add", this.left.device(), "netns", this.left.namespace(), "type", "veth", "peer",
				"name", this.right.device(), "netns", this.right.namespace()));
		for (Host host : hosts()) {
			String namespace = host.namespace();
			output(List.of("ip", "-n", namespace, "link", "set", "lo", "up"));
			output(List.of("ip", "-n", namespace, "address", "add", host.address() + "/24", "dev", host.device()));
			output(host.command(List.of("ethtool", "-K", host.device(), "gso", "off", "gro", "off", "tso", "off",
					"tx-udp-segmentation", "off")));
			output(List.of("ip", "-n", namespace, "link", "set", host.device(), "mtu", "1500", "up"));
			run(host.command(List.of("nft", "-f", "-")), RULES.formatted(host.device(), percent));
		}
	}

	private List<Host> hosts() {
		return List.of(this.left, this.right);
	}

	Host left() {
		return this.left;
	}

	Host right() {
		return this.right;
	}

	private static String output(List<String> command) {
		return run(command, "");
	}

	private static String run(List<String> command, String input) {
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

	/** Takes both ends away, and the cable with them. */
	@Override
	public void close() {
		String namespaces = output(List.of("ip", "netns", "list"));
		for (Host host : hosts()) {
			if (namespaces.lines().anyMatch((line) -> line.split(" ", 2)[0].equals(host.namespace()))) {
				output(List.of("ip", "netns", "delete", host.namespace()));
			}
		}
	}

}
