package io.p2pboot.libp2p.spring.client.scanned;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.spring.Libp2pProtocol;

/**
 * Found by its package.
 */
public interface Scanned {

	@Libp2pProtocol("/scanned/1.0.0")
	String call(PeerId peer);

}
