package io.p2pboot.libp2p.autoconfigure;

import java.util.Optional;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Which property switches the transport of an address on.
 */
enum TransportSwitch {

	WEBSOCKET("libp2p.transport.websocket.enabled"), QUIC("libp2p.transport.quic.enabled"),
	MEMORY("libp2p.transport.memory.enabled"), TCP("libp2p.transport.tcp.enabled");

	private final String property;

	TransportSwitch(String property) {
		this.property = property;
	}

	String property() {
		return this.property;
	}

	boolean isOn(Libp2pProperties properties) {
		Libp2pProperties.Transports transports = properties.transport();
		return switch (this) {
			case WEBSOCKET -> transports.websocket().enabled();
			case QUIC -> transports.quic().enabled();
			case MEMORY -> transports.memory().enabled();
			case TCP -> transports.tcp().enabled();
		};
	}

	/**
	 * Finds the transport of an address.
	 * @param address the address
	 * @return the transport; empty if there is none for such addresses, or a name has to
	 * be looked up before it is known
	 */
	static Optional<TransportSwitch> of(Multiaddr address) {
		if (address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
			return Optional.empty();
		}
		if (address.has(MultiaddrProtocol.WS) || address.has(MultiaddrProtocol.WSS)) {
			return Optional.of(WEBSOCKET);
		}
		if (address.has(MultiaddrProtocol.QUIC_V1)) {
			return address.has(MultiaddrProtocol.WEBTRANSPORT) ? Optional.empty() : Optional.of(QUIC);
		}
		if (address.has(MultiaddrProtocol.MEMORY)) {
			return Optional.of(MEMORY);
		}
		return address.has(MultiaddrProtocol.TCP) ? Optional.of(TCP) : Optional.empty();
	}

}
