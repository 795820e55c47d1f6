package io.p2pboot.libp2p.transport.quic;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import io.netty.handler.codec.quic.Quic;

/**
 * Whether the native library of Netty's QUIC codec is there, and what to do if not.
 */
final class QuicNatives {

	private static final Map<String, String> SYSTEMS = Map.of("linux", "linux", "mac", "osx", "windows", "windows");

	private static final Map<String, String> PROCESSORS = Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64",
			"aarch_64", "arm64", "aarch_64");

	private QuicNatives() {
	}

	static boolean areAvailable() {
		return Quic.isAvailable();
	}

	/** Throws an error that says which dependency to add. */
	static void require() {
		if (!areAvailable()) {
			throw new IllegalStateException(
					remedy(System.getProperty("os.name"), System.getProperty("os.arch"), Quic.unavailabilityCause()),
					Quic.unavailabilityCause());
		}
	}

	static String remedy(String system, String processor, Throwable cause) {
		String classifier = classifier(system, processor)
			.map((known) -> "add the dependency io.netty:netty-codec-native-quic with the classifier " + known)
			.orElse("there is none for " + system + " on " + processor + "; use the transport tcp there");
		return "QUIC needs a native library that could not be loaded (" + cause.getMessage() + "): " + classifier;
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
