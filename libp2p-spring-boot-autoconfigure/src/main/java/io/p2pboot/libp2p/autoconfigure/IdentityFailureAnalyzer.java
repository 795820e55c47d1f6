package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/**
 * Says why the identity cannot be loaded, and how to fix it.
 */
final class IdentityFailureAnalyzer extends AbstractFailureAnalyzer<IdentityException> {

	private final @Nullable Environment environment;

	IdentityFailureAnalyzer(@Nullable Environment environment) {
		this.environment = environment;
	}

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, IdentityException cause) {
		return new FailureAnalysis(
				"The identity of the libp2p node cannot be loaded:"
						+ ConfiguredValue.describe(this.environment, cause.property(), cause.value(), cause.problem()),
				cause.action(), cause);
	}

}
