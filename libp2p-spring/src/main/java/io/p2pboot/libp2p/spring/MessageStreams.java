package io.p2pboot.libp2p.spring;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.TraceContexts;

/**
 * Opens streams for messages, with as much around the messages as both ends have.
 * Thread-safe.
 *
 * @param node the node that calls
 * @param errorBodies whether to ask for the text of errors
 * @param traceContext whether to tell to which trace a call belongs
 */
record MessageStreams(Node node, boolean errorBodies, boolean traceContext) {

	/** For calls that no reply is read of. */
	MessageStreams withoutReplies() {
		return new MessageStreams(this.node, false, this.traceContext);
	}

	/** A stream without anything around it. */
	Stream plain(AddrInfo peer, String path) throws IOException {
		return this.node.openStream(peer, ProtocolPath.of(path));
	}

	/**
	 * A stream for messages. A peer that does not serve what is around them is asked for
	 * less.
	 * @param trace the fields of the trace; empty if there is none to tell
	 */
	Stream open(AddrInfo peer, String path, Map<String, String> trace) throws IOException {
		ProtocolPath protocol = ProtocolPath.of(path);
		boolean traced = this.traceContext && !trace.isEmpty();
		if (traced && this.errorBodies) {
			Optional<Stream> both = offer(peer, ErrorBodies.with(TraceContexts.with(protocol)));
			if (both.isPresent()) {
				return ErrorBodies.calling(TraceContexts.calling(both.get(), protocol, trace), protocol);
			}
		}
		if (this.errorBodies) {
			Optional<Stream> errors = offer(peer, ErrorBodies.with(protocol));
			if (errors.isPresent()) {
				return ErrorBodies.calling(errors.get(), protocol);
			}
		}
		if (traced) {
			Optional<Stream> tracing = offer(peer, TraceContexts.with(protocol));
			if (tracing.isPresent()) {
				return TraceContexts.calling(tracing.get(), protocol, trace);
			}
		}
		return this.node.openStream(peer, protocol);
	}

	private Optional<Stream> offer(AddrInfo peer, ProtocolPath path) throws IOException {
		try {
			return Optional.of(this.node.openStream(peer, path));
		}
		catch (ProtocolUnsupported ex) {
			return Optional.empty();
		}
	}

}
