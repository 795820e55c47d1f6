package io.p2pboot.libp2p.node;

import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The suite on what no suite of its own runs: TLS above each transport, and WebSocket
 * over TLS.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(names = { "TCP_TLS", "WS_TLS", "WSS", "WSS_TLS", "MEMORY_TLS" })
class SecuredStreamTest extends StreamConformance {

	@Parameter
	private NodeLink link;

	@Override
	NodeLink link() {
		return this.link;
	}

}
