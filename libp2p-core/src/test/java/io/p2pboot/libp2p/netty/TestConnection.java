package io.p2pboot.libp2p.netty;

import java.time.Duration;
import java.util.Optional;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A connection that carries nothing, for what only looks at one.
 *
 * @param remoteKey the peer's key
 * @param localAddress our end
 * @param remoteAddress the peer's end
 * @param isOpen whether it is open
 */
public record TestConnection(PublicKey remoteKey, Multiaddr localAddress, Multiaddr remoteAddress,
		boolean isOpen) implements Connection {

	/** Makes a connection with a new peer. */
	public static TestConnection of(String local, String remote) {
		return new TestConnection(PrivateKey.generate().publicKey(), Multiaddr.parse(local), Multiaddr.parse(remote),
				true);
	}

	/** The same connection after its end. */
	public TestConnection closed() {
		return new TestConnection(this.remoteKey, this.localAddress, this.remoteAddress, false);
	}

	@Override
	public PeerId remotePeer() {
		return PeerId.of(this.remoteKey);
	}

	@Override
	public Direction direction() {
		return Direction.INBOUND;
	}

	@Override
	public String transport() {
		return "tcp";
	}

	@Override
	public Optional<String> security() {
		return Optional.of("/noise");
	}

	@Override
	public Optional<String> muxer() {
		return Optional.of("/yamux/1.0.0");
	}

	@Override
	public boolean isEarlyMuxer() {
		return true;
	}

	@Override
	public Optional<Duration> roundTripTime() {
		return Optional.empty();
	}

	@Override
	public int streams() {
		return 0;
	}

	@Override
	public void close() {
		throw new UnsupportedOperationException("Nobody closes this connection");
	}

	@Override
	public boolean awaitClosed(Duration timeout) {
		return !this.isOpen;
	}

}
