package io.p2pboot.libp2p.autoconfigure;

import java.net.BindException;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what keeps the node from listening.
 */
final class NodeStartFailureAnalyzer extends AbstractFailureAnalyzer<NodeStartException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NodeStartException cause) {
		Throwable reason = cause.getCause();
		String message = (reason != null && reason.getMessage() != null) ? reason.getMessage() : "";
		if (reason instanceof BindException) {
			return new FailureAnalysis("The libp2p node cannot start. " + message, bindAction(message), cause);
		}
		if (message.startsWith("No transport of this node listens on ")) {
			return new FailureAnalysis("The libp2p node cannot start. " + message,
					"Change the address that a bean gives the node, or add a bean of type Transport that serves it.",
					cause);
		}
		if (reason != null && message.equals(Bootstrap.NONE_CONNECTED)) {
			return new FailureAnalysis("The libp2p node cannot start. " + bootstrapFailures(message, reason),
					"Correct libp2p.bootstrap.peers, or start without them: libp2p.bootstrap.fail-fast=false.", cause);
		}
		if (message.contains("needs a certificate")) {
			return new FailureAnalysis("The libp2p node cannot start. " + message,
					"Set libp2p.transport.websocket.ssl.bundle to the name of an SSL bundle, and define the bundle "
							+ "under spring.ssl.bundle.",
					cause);
		}
		return null;
	}

	private static String bootstrapFailures(String message, Throwable reason) {
		StringBuilder text = new StringBuilder(message).append(String.format(":%n"));
		for (Throwable failure : reason.getSuppressed()) {
			text.append(String.format("%n\t- %s", failure.getMessage()));
		}
		return text.append(String.format("%n")).toString();
	}

	private static String bindAction(String message) {
		if (message.contains("already in use")) {
			return "Stop what listens there already, or change libp2p.listen; port 0 takes any free port.";
		}
		if (message.contains("ermission denied")) {
			return "Change libp2p.listen to a port from 1024 on, or let the process bind lower ones.";
		}
		return "Change libp2p.listen to an address of this machine; 0.0.0.0 and :: stand for all of them.";
	}

}
