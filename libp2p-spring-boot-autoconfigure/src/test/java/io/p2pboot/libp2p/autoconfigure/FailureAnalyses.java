package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Objects;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Analyzes a start that fails.
 */
final class FailureAnalyses {

	private FailureAnalyses() {
	}

	/**
	 * As Spring Boot does: the first of the registered analyzers that knows the failure.
	 */
	static FailureAnalysis of(ApplicationContextRunner runner) {
		FailureAnalysis[] analysis = new FailureAnalysis[1];
		Environment[] environment = new Environment[1];
		runner.withInitializer((context) -> environment[0] = context.getEnvironment()).run((context) -> {
			Throwable failure = context.getStartupFailure();
			assertThat(failure).isNotNull();
			SpringFactoriesLoader.ArgumentResolver arguments = SpringFactoriesLoader.ArgumentResolver
				.of(Environment.class, environment[0]);
			List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
				.load(FailureAnalyzer.class, arguments,
						SpringFactoriesLoader.FailureHandler.handleMessage((message, ex) -> {
						}));
			AnnotationAwareOrderComparator.sort(analyzers);
			analysis[0] = analyzers.stream()
				.map((analyzer) -> analyzer.analyze(failure))
				.filter(Objects::nonNull)
				.findFirst()
				.orElseThrow(() -> new AssertionError("No analyzer knows it", failure));
		});
		return analysis[0];
	}

}
