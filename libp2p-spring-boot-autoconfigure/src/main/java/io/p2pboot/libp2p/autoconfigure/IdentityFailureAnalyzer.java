package io.p2pboot.libp2p.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why the identity cannot be used, and what mends it.
 */
final class IdentityFailureAnalyzer extends AbstractFailureAnalyzer<IdentityException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, IdentityException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
	}

}
