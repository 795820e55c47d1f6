package io.p2pboot.libp2p.autoconfigure;

import java.util.Map;
import java.util.Set;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which artifacts of Netty are at fault, and the line that fixes it for each build
 * tool.
 */
final class NettyVersionFailureAnalyzer extends AbstractFailureAnalyzer<NettyVersionException> {

	private static final String ACTION = """
			Spring Boot manages the version of Netty. Set it to the one that libp2p is tested with:

			    Maven with spring-boot-starter-parent, in <properties>:
			        <netty.version>NETTY</netty.version>

			    Maven that imports spring-boot-dependencies, in <dependencyManagement> before it:
			        <dependency>
			            <groupId>io.p2pboot</groupId>
			            <artifactId>libp2p-bom</artifactId>
			            <version>LIBP2P</version>
			            <type>pom</type>
			            <scope>import</scope>
			        </dependency>

			    Gradle with io.spring.dependency-management:
			        extra["netty.version"] = "NETTY"     (Kotlin)
			        ext["netty.version"] = "NETTY"       (Groovy)

			    Gradle without it:
			        implementation(platform("io.p2pboot:libp2p-bom:LIBP2P"))""";

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, NettyVersionException cause) {
		NettyVersions versions = cause.versions();
		Map<String, Set<String>> outdated = versions.outdated();
		StringBuilder text = new StringBuilder();
		if (outdated.isEmpty()) {
			text.append(
					String.format("Netty is on the class path in different versions, which do not work together:%n"));
			append(text, versions.found());
		}
		else {
			text.append(String.format(
					"Netty on the class path is too old. libp2p %s needs Netty %s and netty-tcnative %s or later, which "
							+ "fix known vulnerabilities:%n",
					versions.libp2p(), versions.netty(), versions.tcnative()));
			append(text, outdated);
		}
		return new FailureAnalysis(text.toString(),
				ACTION.replace("NETTY", versions.netty()).replace("LIBP2P", versions.libp2p()), cause);
	}

	private static void append(StringBuilder text, Map<String, Set<String>> artifacts) {
		artifacts.forEach((artifact, versions) -> text
			.append(String.format("%n    io.netty:%s %s", artifact, String.join(" and ", versions))));
	}

}
