package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.spring.client.InvalidClientException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why no client can be made of an interface.
 */
final class InvalidClientFailureAnalyzer extends AbstractFailureAnalyzer<InvalidClientException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidClientException cause) {
		return new FailureAnalysis("No libp2p client can be made of " + cause.subject() + ": " + cause.problem() + ".",
				cause.action(), cause);
	}

}
