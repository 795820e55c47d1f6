package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;

import javax.net.ssl.SSLException;

import io.netty.channel.ConnectTimeoutException;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Makes the errors of sockets name the address and keep their JDK type.
 */
public final class SocketFailure {

	private SocketFailure() {
	}

	/**
	 * Describes why an address could not be dialled.
	 * @param address the address
	 * @param cause what the socket said
	 * @return a {@link SocketTimeoutException}, {@link NoRouteToHostException},
	 * {@link ConnectException} or, for anything else, an {@link IOException}; a
	 * {@link Libp2pException} as it is
	 */
	public static IOException dial(Multiaddr address, Throwable cause) {
		if (cause instanceof Libp2pException known) {
			return known;
		}
		String message = "Could not dial " + address + ": " + reason(cause);
		if (cause instanceof ConnectTimeoutException || cause instanceof SocketTimeoutException) {
			return with(new SocketTimeoutException(message), cause);
		}
		if (cause instanceof NoRouteToHostException) {
			return with(new NoRouteToHostException(message), cause);
		}
		if (cause instanceof ConnectException) {
			return with(new ConnectException(message), cause);
		}
		return new IOException(message, cause);
	}

	/** OpenSSL's engine says only in the cause what is wrong with a certificate. */
	private static String reason(Throwable cause) {
		String message = String.valueOf(cause.getMessage());
		if (!(cause instanceof SSLException)) {
			return message;
		}
		Throwable root = cause;
		for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
			root = next;
		}
		return message.contains(String.valueOf(root.getMessage())) ? message : message + ": " + root;
	}

	/**
	 * Describes why an address could not be listened on.
	 * @param address the address
	 * @param cause what the socket said
	 * @return a {@link BindException}
	 */
	public static IOException listen(Multiaddr address, Throwable cause) {
		return with(new BindException("Could not listen on " + address + ": " + cause.getMessage()), cause);
	}

	private static <T extends IOException> T with(T failure, Throwable cause) {
		failure.initCause(cause);
		return failure;
	}

}
