package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class NettyVersionCheckTest {

	private static final String NETTY = "META-INF/io.netty.versions.properties";

	private static final String TCNATIVE = "META-INF/maven/io.netty/netty-tcnative-classes/pom.properties";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class));

	@TempDir
	Path folder;

	@Test
	void theBuildUsesWhatItWasTestedWith() throws IOException {
		NettyVersions versions = NettyVersions.read(getClass().getClassLoader());
		assertThat(versions.netty()).matches("4\\.2\\.\\d+\\.Final");
		assertThat(versions.found()).containsKeys("netty-common", "netty-handler", "netty-codec-classes-quic",
				"netty-codec-native-quic", "netty-resolver-dns", "netty-tcnative-classes");
		assertThat(versions.found()).allSatisfy((artifact, found) -> assertThat(found)
			.containsExactly(artifact.contains("tcnative") ? versions.tcnative() : versions.netty()));
		assertThat(versions.outdated()).isEmpty();
		assertThat(versions.isMixed()).isFalse();
	}

	@Test
	void theCheckKnowsEveryArtifactOfNettyThatTheNodeUses() throws IOException {
		List<String> jars = new ArrayList<>();
		for (URL url : Collections.list(getClass().getClassLoader().getResources(NETTY))) {
			jars.add(url.toString().replaceAll(".*/(netty-[a-z0-9-]+?)-\\d.*", "$1"));
		}
		assertThat(jars).hasSizeGreaterThan(10);
		assertThat(NettyVersions.read(getClass().getClassLoader()).found().keySet()).containsAll(jars);
	}

	@ParameterizedTest
	@CsvSource({ "4.2.17.Final", "4.1.130.Final", "4.2.9.Final", "4.2.17.Final-redhat-00001", "3.10.6" })
	void anOlderNettyFailsTheStartWithTheLineToAdd(String version) throws IOException {
		NettyVersions tested = NettyVersions.read(getClass().getClassLoader());
		FailureAnalysis analysis = FailureAnalyses.of(with(netty("netty-common", version)));
		assertThat(analysis.getDescription()).contains("too old")
			.contains("io.netty:netty-common " + version)
			.contains("Netty " + tested.netty());
		assertThat(analysis.getAction()).contains("<netty.version>" + tested.netty() + "</netty.version>")
			.contains("extra[\"netty.version\"] = \"" + tested.netty() + "\"")
			.contains("<artifactId>libp2p-bom</artifactId>")
			.contains("<version>" + tested.libp2p() + "</version>")
			.contains("platform(\"io.p2pboot:libp2p-bom:" + tested.libp2p() + "\")");
	}

	@Test
	void oneOlderArtifactIsEnough() throws IOException {
		FailureAnalysis analysis = FailureAnalyses
			.of(with(netty("netty-common", "4.2.999.Final"), netty("netty-codec-native-quic", "4.2.17.Final")));
		assertThat(analysis.getDescription()).contains("io.netty:netty-codec-native-quic 4.2.17.Final")
			.doesNotContain("netty-common");
	}

	@Test
	void artifactsOfDifferentVersionsFailTheStart() throws IOException {
		FailureAnalysis analysis = FailureAnalyses
			.of(with(netty("netty-common", "4.2.998.Final"), netty("netty-handler", "4.2.999.Final")));
		assertThat(analysis.getDescription()).contains("different versions")
			.contains("io.netty:netty-common 4.2.998.Final")
			.contains("io.netty:netty-handler 4.2.999.Final");
		assertThat(
				FailureAnalyses.of(with(netty("netty-common", "4.2.998.Final"), netty("netty-common", "4.2.999.Final")))
					.getDescription())
			.contains("netty-common 4.2.998.Final and 4.2.999.Final");
	}

	@Test
	void anOlderTcnativeFailsTheStart() throws IOException {
		assertThat(FailureAnalyses.of(with(Map.entry(TCNATIVE, "version=2.0.81.Final"))).getDescription())
			.contains("io.netty:netty-tcnative-classes 2.0.81.Final");
	}

	@Test
	void aNewerNettyIsTaken() throws IOException {
		with(netty("netty-common", "4.2.999.Final"), netty("netty-handler", "4.2.999.Final"),
				Map.entry(TCNATIVE, "version=2.1.0.Final"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Node.class));
	}

	@Test
	void whatTellsNoVersionAndWhatTheNodeDoesNotUseAreTaken() throws IOException {
		with().run((context) -> assertThat(context).hasNotFailed());
		with(netty("netty-codec-haproxy", "4.2.1.Final")).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void anApplicationWithoutANodeMayHaveAnyNetty() throws IOException {
		with(netty("netty-common", "4.2.17.Final")).withPropertyValues("libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static Map.Entry<String, String> netty(String artifact, String version) {
		return Map.entry(NETTY, artifact + ".version=" + version + "\n" + artifact + ".repoStatus=clean\n");
	}

	/** A class path whose jars tell these versions. */
	@SafeVarargs
	private ApplicationContextRunner with(Map.Entry<String, String>... resources) throws IOException {
		Map<String, List<URL>> urls = new LinkedHashMap<>();
		for (Map.Entry<String, String> resource : resources) {
			Path file = Files.createTempFile(this.folder, "versions", ".properties");
			Files.writeString(file, resource.getValue());
			urls.computeIfAbsent(resource.getKey(), (name) -> new ArrayList<>()).add(file.toUri().toURL());
		}
		return this.runner.withClassLoader(new ClassLoader(getClass().getClassLoader()) {

			@Override
			public Enumeration<URL> getResources(String name) throws IOException {
				return (name.equals(NETTY) || name.contains("tcnative"))
						? Collections.enumeration(urls.getOrDefault(name, List.of())) : super.getResources(name);
			}

		});
	}

}
