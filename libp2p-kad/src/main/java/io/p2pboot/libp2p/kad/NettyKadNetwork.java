package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.NettyNode;

/**
 * The world as a node sees it. The instance's event loop only.
 */
final class NettyKadNetwork implements KadNetwork {

	private final NettyNode node;

	private final EventExecutor loop;

	private final ProtocolPath path;

	private final AnswerBudget budget = new AnswerBudget();

	private final Map<PeerId, PeerRequests> peers = new HashMap<>();

	private boolean closed;

	NettyKadNetwork(NettyNode node, EventExecutor loop, ProtocolPath path) {
		this.node = node;
		this.loop = loop;
		this.path = path;
	}

	@Override
	public Pending request(KadPeer to, KadMessage message, Duration timeout, Callback callback) {
		if (this.closed) {
			// Whoever hears that a request has failed may send the next.
			Futures.execute(this.loop, () -> callback.failed(PeerRequests.closed()));
			return () -> {
			};
		}
		PeerRequests requests = this.peers.computeIfAbsent(to.id(),
				(id) -> new PeerRequests(this.node, this.loop, this.path, this.budget, () -> this.peers.remove(id)));
		return requests.send(new AddrInfo(to.id(), to.addresses()), message, timeout, callback);
	}

	@Override
	public Pending schedule(Runnable task, long delayNanos) {
		if (this.loop.isShuttingDown()) {
			return () -> {
			};
		}
		ScheduledFuture<?> scheduled = this.loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
		return () -> scheduled.cancel(false);
	}

	@Override
	public long nanoTime() {
		return this.loop.ticker().nanoTime();
	}

	@Override
	public List<Multiaddr> addresses(PeerId peer) {
		return peer.equals(this.node.peerId()) ? this.node.addrInfo().addresses()
				: this.node.peerStore().addresses(peer);
	}

	@Override
	public boolean isConnected(PeerId peer) {
		return this.node.connection(peer).isPresent();
	}

	@Override
	public void keepAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive) {
		this.node.peerStore().addAddresses(peer, addresses, timeToLive);
	}

	@Override
	public List<Multiaddr> ownAddresses(PeerId reader) {
		List<Multiaddr> own = this.node.addrInfo().addresses();
		return this.node.connection(reader)
			.map((connection) -> AddressScope.of(connection.remoteAddress()))
			.map((distance) -> own.stream().filter((address) -> AddressScope.of(address).reaches(distance)).toList())
			.orElse(own);
	}

	@Override
	public List<PeerId> servers() {
		return this.node.connections()
			.stream()
			.map(Connection::remotePeer)
			.distinct()
			.filter((peer) -> this.node.peerStore().protocols(peer).contains(this.path))
			.toList();
	}

	@Override
	public List<Multiaddr> connectedAt(PeerId peer) {
		return this.node.connections()
			.stream()
			.filter((connection) -> connection.remotePeer().equals(peer))
			.map(Connection::remoteAddress)
			.toList();
	}

	/** Gives all requests up; further ones fail. */
	void close() {
		this.closed = true;
		List.copyOf(this.peers.values()).forEach(PeerRequests::close);
	}

}
