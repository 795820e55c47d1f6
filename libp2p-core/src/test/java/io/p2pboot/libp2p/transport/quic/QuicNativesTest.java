package io.p2pboot.libp2p.transport.quic;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class QuicNativesTest {

	private static final Throwable CAUSE = new UnsatisfiedLinkError("not found");

	@ParameterizedTest
	@CsvSource({ "Linux, amd64, linux-x86_64", "Linux, aarch64, linux-aarch_64", "Mac OS X, x86_64, osx-x86_64",
			"Mac OS X, aarch64, osx-aarch_64", "Windows 11, amd64, windows-x86_64" })
	void theRemedyNamesTheDependencyOfThePlatform(String system, String processor, String classifier) {
		assertThat(QuicNatives.remedy(system, processor, false, CAUSE)).contains("io.netty:netty-codec-native-quic",
				"classifier " + classifier, "not found");
	}

	@ParameterizedTest
	@CsvSource({ "Windows 11, aarch64", "Linux, riscv64", "FreeBSD, amd64" })
	void whereThereIsNoneTheRemedyIsAnotherTransport(String system, String processor) {
		assertThat(QuicNatives.remedy(system, processor, false, CAUSE))
			.contains("there is none", system, processor, "tcp")
			.doesNotContain("classifier");
	}

	/** What the system says, and what helps there. */
	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "/tmp/x.so: failed to map segment from shared object | -Dio.netty.native.workdir",
					"Error loading shared library ld-linux-x86-64.so.2: No such file or directory | musl",
					"Error relocating /tmp/x.so: __memcpy_chk: symbol not found | musl",
					"Something else | on the class path" })
	void whereTheJarIsThereTheAdviceFitsWhatTheSystemSays(String said, String advice) {
		Throwable netty = new UnsatisfiedLinkError("failed to load the required native library");
		netty.addSuppressed(new IllegalStateException("could not load", new UnsatisfiedLinkError(said)));
		assertThat(QuicNatives.remedy("Linux", "amd64", true, netty)).contains(said, advice)
			.doesNotContain("classifier");
	}

	@Test
	void withoutTheJarATransportCannotBeMadeAndSaysWhatToAdd() throws Exception {
		String withoutNatives = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !entry.contains("netty-codec-native-quic"))
			.collect(Collectors.joining(File.pathSeparator));
		String said = run(withoutNatives);
		assertThat(said).contains("available false", "classifier "
				+ QuicNatives.classifier(System.getProperty("os.name"), System.getProperty("os.arch")).orElseThrow());
	}

	private static String run(String classPath) throws IOException, InterruptedException {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(),
				Main.class.getName());
		builder.environment().put("CLASSPATH", classPath);
		Process process = builder.redirectErrorStream(true).start();
		String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
		return said;
	}

	/** Runs without the natives. */
	static final class Main {

		private Main() {
		}

		public static void main(String... arguments) {
			System.out.println("available " + QuicTransport.isAvailable());
			try {
				new QuicTransport();
			}
			catch (IllegalStateException ex) {
				System.out.println(ex.getMessage());
			}
		}

	}

}
