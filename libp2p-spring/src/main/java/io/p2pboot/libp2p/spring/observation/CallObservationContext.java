package io.p2pboot.libp2p.spring.observation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.p2pboot.libp2p.PeerId;

/**
 * What is known of a call of the template. A tracer makes a span of the kind CLIENT of
 * it, and puts the fields of its trace into the carrier. They go to the peer where both
 * ends have asked for it.
 */
public final class CallObservationContext extends SenderContext<Map<String, String>> {

	private final String operation;

	private final PeerId peer;

	private final String protocol;

	private final Map<String, String> trace = new LinkedHashMap<>();

	/**
	 * Creates a context.
	 * @param operation what the template does
	 * @param peer the peer that is called
	 * @param protocol the path
	 */
	public CallObservationContext(String operation, PeerId peer, String protocol) {
		super((carrier, key, value) -> {
			if (carrier != null) {
				carrier.put(key, value);
			}
		}, Kind.CLIENT);
		this.operation = operation;
		this.peer = peer;
		this.protocol = protocol;
		setCarrier(this.trace);
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

	/** The fields of the trace, once the observation has begun. */
	Map<String, String> trace() {
		return Collections.unmodifiableMap(this.trace);
	}

}
