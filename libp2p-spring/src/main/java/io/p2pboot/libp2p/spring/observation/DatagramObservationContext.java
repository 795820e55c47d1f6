package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * What is known of a datagram that is observed. A tracer makes a span of the kind SERVER
 * of it; a datagram carries no context of the peer's trace.
 */
public final class DatagramObservationContext extends ReceiverContext<Datagram> {

	private final ProtocolPath protocol;

	private final Datagram datagram;

	/**
	 * Creates a context.
	 * @param protocol its protocol
	 * @param datagram the datagram
	 */
	public DatagramObservationContext(ProtocolPath protocol, Datagram datagram) {
		super((carrier, key) -> null, Kind.SERVER);
		this.protocol = protocol;
		this.datagram = datagram;
		setCarrier(datagram);
	}

	/**
	 * Returns the protocol.
	 * @return the path
	 */
	public ProtocolPath protocol() {
		return this.protocol;
	}

	/**
	 * Returns the datagram.
	 * @return the datagram
	 */
	public Datagram datagram() {
		return this.datagram;
	}

}
