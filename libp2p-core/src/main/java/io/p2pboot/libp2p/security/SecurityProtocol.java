package io.p2pboot.libp2p.security;

import java.util.List;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.crypto.PrivateKey;

/**
 * Secures a raw connection. Implementations keep no state of a connection and are
 * thread-safe.
 */
public interface SecurityProtocol {

	/**
	 * Returns the id that is negotiated.
	 * @return for example {@code /noise}
	 */
	String id();

	/**
	 * Makes what all handshakes of a node share and what takes long to make, so that the
	 * first of them does not wait for it. A node calls it once as it is built; may block.
	 * A handshake that nobody prepared makes it by itself. Does nothing by default.
	 * @param identity the node's key
	 * @param muxers the muxers that the node offers inside a handshake, in order of
	 * preference
	 */
	default void prepare(PrivateKey identity, List<String> muxers) {
	}

	/**
	 * Runs the handshake on a channel that is active and has auto-read on, and appends to
	 * its pipeline the handlers that encrypt and decrypt from then on: after them,
	 * {@link io.netty.buffer.ByteBuf}s of plain payload flow in both directions. Called
	 * on the channel's event loop; returns at once.
	 *
	 * <p>
	 * The future completes on the event loop, and its listeners have run, before any
	 * payload that came with the last handshake message is passed on, so that a listener
	 * can append the next handler. The caller bounds the time: it closes the channel,
	 * upon which the future fails. Where the handshake fails the implementation sends the
	 * protocol's alert if it has one and closes the channel.
	 * @param channel the raw channel
	 * @param request who we are and whom we expect
	 * @return the authenticated session; fails with
	 * {@link io.p2pboot.libp2p.PeerIdMismatch} or {@link io.p2pboot.libp2p.UpgradeFailed}
	 */
	Future<SecureSession> secure(Channel channel, SecurityRequest request);

}
