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
		super(message);
		if (cause != null) {
			initCause(cause);
		}
	}

	/**
	 * Returns this error as the calling thread meets it: of the same type, with the same
	 * text and facts, with the stack of the calling thread, and with this error as its
	 * cause. What happens on an event loop is so thrown where somebody waits for it. Does
	 * not block.
	 * @return a new error
	 */
	public Libp2pException atCaller() {
		Libp2pException fresh = copy();
		fresh.initCause(this);
		return fresh;
	}

	/** Returns the same error without a cause. */
	abstract Libp2pException copy();

	/** Returns the text. */
	final String text() {
		return String.valueOf(getMessage());
	}

}
