package io.p2pboot.libp2p.interop.peer;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;

/**
 * A security protocol that is offered under a name that no other stack knows. Any thread.
 *
 * @param id the name
 * @param protocol the protocol
 */
record RenamedSecurity(String id, SecurityProtocol protocol) implements SecurityProtocol {

	@Override
	public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
		return this.protocol.secure(channel, request);
	}

}
