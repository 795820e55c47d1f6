package io.p2pboot.libp2p.autoconfigure.container;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.function.IntUnaryOperator;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * A container with a peer in it. Whoever dials a peer has to know its id: a label of the
 * container tells it, or the key that an application of this library gets in its
 * environment. It is dialled over TCP. Immutable.
 *
 * @param name what to call the container in errors
 * @param host where its ports are
 * @param labels its labels
 * @param environment its environment
 * @param ports the port of the host for one of the container
 */
record BootstrapContainer(String name, String host, Map<String, String> labels, Map<String, String> environment,
		IntUnaryOperator ports) {

	/** The name of the connection, for {@code @ServiceConnection} and for the label. */
	static final String CONNECTION = "libp2p";

	/** The label with the id of the peer. */
	static final String PEER_ID = "io.p2pboot.libp2p.peer-id";

	/** The label with the port that the peer listens on in its container. */
	static final String PORT = "io.p2pboot.libp2p.port";

	/** How {@code libp2p.identity.private-key} is written in an environment. */
	static final String KEY = "LIBP2P_IDENTITY_PRIVATEKEY";

	/** Where the label says nothing. */
	static final int DEFAULT_PORT = 4001;

	private static final int MAX_PORT = 65_535;

	/**
	 * Returns the peer, with its address as seen from this host.
	 * @return the peer
	 * @throws IllegalStateException if the container does not tell its id or its port
	 */
	AddrInfo peer() {
		String kind = "dns";
		if (this.host.indexOf(':') >= 0) {
			kind = "ip6";
		}
		else if (this.host.matches("[0-9.]+")) {
			kind = "ip4";
		}
		int port = this.ports.applyAsInt(port());
		return AddrInfo.parse("/" + kind + "/" + this.host + "/tcp/" + port + "/p2p/" + peerId());
	}

	private int port() {
		String label = this.labels.get(PORT);
		if (label == null) {
			return DEFAULT_PORT;
		}
		int port;
		try {
			port = Integer.parseInt(label.strip());
		}
		catch (NumberFormatException ex) {
			port = 0;
		}
		if (port < 1 || port > MAX_PORT) {
			throw refused("its label " + PORT + " is '" + label + "', which is no port", null);
		}
		return port;
	}

	private PeerId peerId() {
		String label = this.labels.get(PEER_ID);
		String key = this.environment.get(KEY);
		if (label != null) {
			try {
				return PeerId.parse(label.strip());
			}
			catch (IllegalArgumentException ex) {
				throw refused("its label " + PEER_ID + " is '" + label + "', which is no peer id", ex);
			}
		}
		if (key != null) {
			try {
				byte[] encoded = Base64.getDecoder().decode(key.strip());
				return PeerId.of(PrivateKey.decode(ByteBuffer.wrap(encoded)).publicKey());
			}
			catch (IllegalArgumentException | DecodeException ex) {
				// The cause could quote the key.
				throw refused("what it has in " + KEY + " is no private key in base64", null);
			}
		}
		throw refused("it does not tell its peer id: label it " + PEER_ID + ", or give it its key in " + KEY, null);
	}

	private IllegalStateException refused(String problem, @Nullable Exception cause) {
		return new IllegalStateException("The container '" + this.name + "' cannot be a bootstrap peer: " + problem,
				cause);
	}

}
