package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.p2pboot.libp2p.interop.driver.ForeignPeer;
import io.p2pboot.libp2p.interop.driver.LocalPeer;
import io.p2pboot.libp2p.interop.driver.Peer;
import io.p2pboot.libp2p.interop.driver.PeerFailure;
import io.p2pboot.libp2p.interop.driver.PeerLocator;
import io.p2pboot.libp2p.interop.driver.PeerLocator.Found;
import io.p2pboot.libp2p.interop.peer.JavaPeer;
import org.opentest4j.TestAbortedException;

/**
 * Which stacks there are on this machine. A test that needs one that is missing is
 * skipped with what is missing, or fails where {@code interop.require} names the stack.
 */
final class Stacks {

	static final String JAVA = "java";

	static final String GO = "go";

	static final String RUST = "rust";

	static final String JS = "js";

	static final List<String> FOREIGN = List.of(GO, RUST, JS);

	private static final Path MODULE = Path.of(System.getProperty("interop.module", "."));

	private static final List<String> REQUIRED = Arrays.asList(System.getProperty("interop.require", "").split(",", 0));

	private static final Map<String, Found> FOUND = new ConcurrentHashMap<>();

	private Stacks() {
	}

	/** Aborts the test, or fails it, if a stack is not there. */
	static void require(String stack) {
		if (stack.equals(JAVA)) {
			if (!Boolean.getBoolean("interop.run")) {
				throw new TestAbortedException("The interoperability suites are not asked for (profile interop)");
			}
			return;
		}
		boolean required = REQUIRED.contains(stack);
		if (!required && !Boolean.getBoolean("interop.run")) {
			throw new TestAbortedException("The " + stack + " peer is not asked for (profile interop); it is "
					+ (find(stack).missing().isEmpty() ? "there" : "not there: " + find(stack).missing()));
		}
		String missing = find(stack).missing();
		if (missing.isEmpty()) {
			return;
		}
		if (required) {
			throw new AssertionError("The " + stack + " peer is required: " + missing);
		}
		throw new TestAbortedException("The " + stack + " peer is missing: " + missing);
	}

	/**
	 * Starts a process on a host of its own, without a node; one of ours as well, with
	 * these options of its virtual machine.
	 */
	static Peer launch(String stack, NetworkNamespace host, String... options) {
		require(stack);
		List<String> command = stack.equals(JAVA) ? javaPeer(options) : List.of(find(stack).executable().toString());
		try {
			return ForeignPeer.start(stack, host.command(command));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Starts a peer that can be killed: ours as well in a process of its own. */
	static Peer launchProcess(String stack) {
		require(stack);
		List<String> command = stack.equals(JAVA) ? javaPeer() : List.of(find(stack).executable().toString());
		try {
			return ForeignPeer.start(stack, command);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<String> javaPeer(String... options) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
		command.add("-Xmx512m");
		command.addAll(List.of(options));
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), JavaPeer.class.getName()));
		return command;
	}

	/** The program of a foreign peer that has no control protocol. */
	static Path executable(String stack) {
		require(stack);
		return find(stack).executable();
	}

	/** Whether something has to be there, by its name in {@code interop.require}. */
	static boolean isRequired(String name) {
		return REQUIRED.contains(name);
	}

	private static Found find(String stack) {
		return FOUND.computeIfAbsent(stack, (name) -> PeerLocator.find(name, MODULE));
	}

	/** Starts a process, or a node in this process, without a node. */
	static Peer launch(String stack) {
		require(stack);
		try {
			return stack.equals(JAVA) ? new LocalPeer() : ForeignPeer.start(stack, find(stack).executable());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Aborts the test if a peer cannot do what was asked of it and that is known. */
	static void skipIfUnsupported(PeerFailure failure) {
		if (failure.kind().equals("unsupported")) {
			throw new TestAbortedException(failure.getMessage(), failure);
		}
	}

}
