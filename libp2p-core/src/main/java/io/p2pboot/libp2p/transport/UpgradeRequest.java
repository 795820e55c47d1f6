package io.p2pboot.libp2p.transport;

import java.util.Optional;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;

/**
 * What an upgrade of a raw channel starts from.
 *
 * @param transport the transport's label
 * @param direction who opened the channel
 * @param role who speaks first in the handshakes; apart from the direction, since both
 * ends may have dialled at once
 * @param local our end's address
 * @param remote the other end's address
 * @param expectedPeer the only peer that may be at the other end; empty to accept any
 * @param limit what the channel may carry, where somebody between limits it
 * @param scope what the connection uses, where the transport has opened it already; else
 * the upgrader does
 */
public record UpgradeRequest(String transport, Direction direction, Role role, Multiaddr local, Multiaddr remote,
		Optional<PeerId> expectedPeer, Optional<Connection.Limit> limit, Optional<ConnectionScope> scope) {

	/**
	 * Describes a channel that a peer opened.
	 * @param transport the transport's label
	 * @param local our end's address
	 * @param remote the other end's address
	 * @return a request of a responder that accepts any peer
	 */
	public static UpgradeRequest inbound(String transport, Multiaddr local, Multiaddr remote) {
		return new UpgradeRequest(transport, Direction.INBOUND, Role.RESPONDER, local, remote, Optional.empty(),
				Optional.empty(), Optional.empty());
	}

	/**
	 * Describes a channel that we dialled.
	 * @param transport the transport's label
	 * @param local our end's address
	 * @param remote the other end's address
	 * @param expectedPeer the only peer that may answer; empty to accept any
	 * @return a request of an initiator
	 */
	public static UpgradeRequest outbound(String transport, Multiaddr local, Multiaddr remote,
			Optional<PeerId> expectedPeer) {
		return new UpgradeRequest(transport, Direction.OUTBOUND, Role.INITIATOR, local, remote, expectedPeer,
				Optional.empty(), Optional.empty());
	}

	/**
	 * Returns this request with another role.
	 * @param role who speaks first
	 * @return the request
	 */
	public UpgradeRequest withRole(Role role) {
		return new UpgradeRequest(this.transport, this.direction, role, this.local, this.remote, this.expectedPeer,
				this.limit, this.scope);
	}

	/**
	 * Returns this request for one peer only.
	 * @param peer the only peer that may be at the other end
	 * @return the request
	 */
	public UpgradeRequest withExpectedPeer(PeerId peer) {
		return new UpgradeRequest(this.transport, this.direction, this.role, this.local, this.remote, Optional.of(peer),
				this.limit, this.scope);
	}

	/**
	 * Returns this request for a channel that is limited.
	 * @param limit what it may carry
	 * @return the request
	 */
	public UpgradeRequest withLimit(Connection.Limit limit) {
		return new UpgradeRequest(this.transport, this.direction, this.role, this.local, this.remote, this.expectedPeer,
				Optional.of(limit), this.scope);
	}

	/**
	 * Returns this request for a channel whose scope is open.
	 * @param scope what {@link TransportContext#admit} returned for the channel
	 * @return the request
	 */
	public UpgradeRequest withScope(ConnectionScope scope) {
		return new UpgradeRequest(this.transport, this.direction, this.role, this.local, this.remote, this.expectedPeer,
				this.limit, Optional.of(scope));
	}

	/**
	 * Returns whether this end speaks first.
	 * @return whether it is the initiator
	 */
	public boolean isInitiator() {
		return this.role == Role.INITIATOR;
	}

}
