package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import io.netty.handler.codec.quic.Quic;

/**
 * Whether the native library of Netty's QUIC codec is there, and what to do if not.
 */
final class QuicNatives {

	private static final Map<String, String> SYSTEMS = Map.of("linux", "linux", "mac", "osx", "windows", "windows");

	private static final Map<String, String> PROCESSORS = Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64",
			"aarch_64", "arm64", "aarch_64");

	/** What the loaders of Linux say of a directory that is mounted with noexec. */
	private static final List<String> NOT_EXECUTABLE = List.of("failed to map segment", "operation not permitted");

	/** What they say where glibc is missing, and musl's of what glibc alone has. */
	private static final List<String> OTHER_C_LIBRARY = List.of("ld-linux", "libc.so.6", "error relocating", "musl",
			"libgcc_s.so.1");

	private static final int MAX_CAUSES = 16;

	private QuicNatives() {
	}

	static boolean areAvailable() {
		return Quic.isAvailable();
	}

	/** Throws an error that says why, and what to do. */
	static void require() {
		if (!areAvailable()) {
			throw new IllegalStateException(problem(), Quic.unavailabilityCause());
		}
	}

	/** Why the library could not be loaded here, and what to do. */
	static String problem() {
		String system = System.getProperty("os.name");
		String processor = System.getProperty("os.arch");
		Optional<String> classifier = classifier(system, processor);
		boolean present = classifier
			.map((known) -> QuicNatives.class.getClassLoader().getResource(resource(known)) != null)
			.orElse(false);
		return remedy(system, processor, present, Quic.unavailabilityCause());
	}

	/** The library within Netty's jar for a platform. */
	private static String resource(String classifier) {
		String platform = classifier.replace('-', '_');
		return "META-INF/native/" + (classifier.startsWith("windows") ? "netty_quiche42_" + platform + ".dll"
				: "libnetty_quiche42_" + platform + (classifier.startsWith("osx") ? ".jnilib" : ".so"));
	}

	static String remedy(String system, String processor, boolean present, Throwable cause) {
		String reason = reason(cause);
		return "QUIC needs a native library that could not be loaded (" + reason + "): "
				+ classifier(system, processor)
					.map((known) -> present ? remedy(reason)
							: "add the dependency io.netty:netty-codec-native-quic with the classifier " + known)
					.orElse("there is none for " + system + " on " + processor + "; use the transport tcp there");
	}

	/** The library is on the class path, and the system does not take it. */
	private static String remedy(String reason) {
		String text = reason.toLowerCase(Locale.ROOT);
		if (NOT_EXECUTABLE.stream().anyMatch(text::contains)) {
			return "files may not be executed where it is unpacked; set -Dio.netty.native.workdir to a directory"
					+ " where they may";
		}
		if (OTHER_C_LIBRARY.stream().anyMatch(text::contains)) {
			return "it is made for glibc, which this system is without (musl, as on Alpine); use an image with"
					+ " glibc, or the transport tcp";
		}
		return "it is on the class path, so the reason is this system; use the transport tcp until that is mended";
	}

	/** What the system has said lies beneath what Netty makes of it, or beside it. */
	private static String reason(Throwable cause) {
		Set<String> messages = new LinkedHashSet<>();
		Deque<Throwable> left = new ArrayDeque<>(List.of(cause));
		for (int seen = 0; !left.isEmpty() && seen < MAX_CAUSES; seen++) {
			Throwable next = left.remove();
			messages.add(Objects.toString(next.getMessage(), next.getClass().getSimpleName()).strip());
			if (next.getCause() != null) {
				left.add(next.getCause());
			}
			left.addAll(List.of(next.getSuppressed()));
		}
		return String.join("; ", messages);
	}

	/** The classifier of Netty's native jar. */
	static Optional<String> classifier(String system, String processor) {
		String name = system.toLowerCase(Locale.ROOT);
		String arch = PROCESSORS.get(processor.toLowerCase(Locale.ROOT));
		return SYSTEMS.entrySet()
			.stream()
			.filter((entry) -> name.startsWith(entry.getKey()) && arch != null)
			.map((entry) -> entry.getValue() + "-" + arch)
			.filter((classifier) -> !classifier.equals("windows-aarch_64"))
			.findFirst();
	}

}
