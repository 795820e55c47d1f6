package io.p2pboot.libp2p.crypto;

import java.time.Clock;
import java.util.List;
import java.util.Optional;

import io.netty.handler.ssl.OpenSsl;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;

/**
 * Runs in a machine of its own, where no native library loads, and prints what it could
 * do there.
 */
public final class NoNatives {

	private NoNatives() {
	}

	/** Secures one connection with each protocol. */
	public static void main(String[] arguments) {
		System.out.println("cipher native: " + NativeProvider.find().isPresent());
		System.out.println("tls native: " + OpenSsl.isAvailable());
		System.out.println("noise works: " + works(new NoiseSecurity()));
		System.out.println("tls works: " + works(TlsSecurity.create(Clock.systemUTC())));
	}

	private static boolean works(SecurityProtocol protocol) {
		byte[] payload = new byte[100_000];
		try (SecurePair pair = new SecurePair()) {
			pair.responder()
				.secure(protocol, new SecurityRequest(PrivateKey.generate(), false, Optional.empty(), List.of()));
			pair.initiator()
				.secure(protocol, new SecurityRequest(PrivateKey.generate(), true, Optional.empty(), List.of()));
			pair.run();
			pair.initiator().write(payload);
			pair.run();
			return pair.responder().received().length == payload.length;
		}
	}

}
