package io.p2pboot.libp2p.crypto;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class NoNativesTest {

	/**
	 * The libraries are unpacked into the temporary directory: without one none loads.
	 */
	@Test
	@Timeout(120)
	void noiseAndTlsWorkWhereNoNativeLibraryLoads(@TempDir Path directory) throws Exception {
		File output = directory.resolve("output").toFile();
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Dos.arch=mips64", "-XX:TieredStopAtLevel=1", NoNatives.class.getName())
			.redirectErrorStream(true)
			.redirectOutput(output);
		builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
		Process process = builder.start();
		try {
			assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		assertThat(Files.readString(output.toPath(), StandardCharsets.UTF_8)).contains("cipher native: false",
				"tls native: false", "noise works: true", "tls works: true");
	}

}
