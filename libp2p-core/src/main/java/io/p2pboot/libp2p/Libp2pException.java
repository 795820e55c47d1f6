package io.p2pboot.libp2p;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * The peer or the network is at fault. A caller's own mistake is an
 * {@link IllegalArgumentException} or an {@link IllegalStateException} instead.
 *
 * <p>
 * The type is sealed: a {@code catch} of each permitted class covers every failure that
 * this library names. Plain {@link IOException}s of the operating system are wrapped.
 */
public abstract sealed class Libp2pException extends IOException
		permits ConnectionBlocked, ConnectionLost, DatagramTooLarge, DialFailed, LimitExceeded, PeerIdMismatch,
		ProtocolUnsupported, RoutingFailed, StreamReset, UpgradeFailed {

	private static final long serialVersionUID = 1L;

	Libp2pException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
