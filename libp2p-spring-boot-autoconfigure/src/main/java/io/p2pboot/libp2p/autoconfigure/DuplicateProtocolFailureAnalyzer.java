package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.spring.handler.DuplicateProtocolException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Names both who want one path.
 */
final class DuplicateProtocolFailureAnalyzer extends AbstractFailureAnalyzer<DuplicateProtocolException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, DuplicateProtocolException cause) {
		String description = String.format("The libp2p protocol %s has more than one handler:%n%n\t- %s%n\t- %s%n",
				cause.path(), cause.first(), cause.second());
		return new FailureAnalysis(description, "Change the path of @Libp2pProtocol on one of them, or remove it.",
				cause);
	}

}
