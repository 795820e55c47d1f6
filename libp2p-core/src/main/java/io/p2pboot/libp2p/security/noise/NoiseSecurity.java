package io.p2pboot.libp2p.security.noise;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;

/**
 * The security protocol {@code /noise}. Thread-safe; one static key serves the lifetime
 * of this object.
 */
public final class NoiseSecurity implements SecurityProtocol {

	/** The id that is negotiated. */
	public static final String ID = "/noise";

	private final X25519KeyPair staticKey = X25519KeyPair.generate();

	/** Creates the protocol with a new static key. */
	public NoiseSecurity() {
	}

	@Override
	public String id() {
		return ID;
	}

	@Override
	public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
		Promise<SecureSession> result = channel.eventLoop().newPromise();
		channel.pipeline().addLast(new NoiseHandshakeHandler(this.staticKey, request, result));
		return result;
	}

}
