package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.p2pboot.libp2p.PeerId;

/**
 * What is known of a call of the template. A tracer makes a span of the kind CLIENT of
 * it; nothing of the trace goes to the peer.
 */
public final class CallObservationContext extends SenderContext<PeerId> {

	private final String operation;

	private final PeerId peer;

	private final String protocol;

	/**
	 * Creates a context.
	 * @param operation what the template does
	 * @param peer the peer that is called
	 * @param protocol the path
	 */
	public CallObservationContext(String operation, PeerId peer, String protocol) {
		super((carrier, key, value) -> {
		}, Kind.CLIENT);
		this.operation = operation;
		this.peer = peer;
		this.protocol = protocol;
		setCarrier(peer);
	}

	/**
	 * Returns what the template does.
	 * @return {@code request}, {@code send}, {@code datagram} or {@code open}
	 */
	public String operation() {
		return this.operation;
	}

	/**
	 * Returns the peer that is called.
	 * @return the peer
	 */
	public PeerId peer() {
		return this.peer;
	}

	/**
	 * Returns the protocol that is called.
	 * @return the path, as the caller gave it
	 */
	public String protocol() {
		return this.protocol;
	}

}
