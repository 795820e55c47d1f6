package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.spring.handler.UnsupportedHandlerException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why something annotated cannot serve.
 */
final class UnsupportedHandlerFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedHandlerException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedHandlerException cause) {
		return new FailureAnalysis(
				"The " + cause.annotation() + " of " + cause.handler() + " cannot be served: " + cause.problem() + ".",
				cause.action(), cause);
	}

}
