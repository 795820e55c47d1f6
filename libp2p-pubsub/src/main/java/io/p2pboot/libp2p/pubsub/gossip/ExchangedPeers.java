package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.PeerExchangeParams;

/**
 * Dials peers that other peers have named, with the addresses that they signed, and
 * direct peers. Router's thread only.
 */
final class ExchangedPeers {

	private final NettyNode node;

	private final Map<PeerId, AddrInfo> direct;

	private final Consumer<Runnable> later;

	private final EventLog log;

	private final HostShares shares = new HostShares();

	private final DialQueue queue;

	ExchangedPeers(NettyNode node, PeerExchangeParams params, List<AddrInfo> direct, Consumer<Runnable> later,
			EventLog log) {
		this.node = node;
		this.queue = new DialQueue(params.pending(), params.dials());
		this.direct = direct.stream().collect(Collectors.toMap(AddrInfo::id, (info) -> info, (one, two) -> one));
		this.later = later;
		this.log = log;
	}

	/** Wants a direct peer, of which there are as many as were configured. */
	void want(PeerId peer) {
		if (isNew(peer)) {
			this.queue.addFirst(this.direct.getOrDefault(peer, AddrInfo.of(peer)));
			dial();
		}
	}

	/** Wants a peer that another one names; a record that is not its own is not used. */
	void want(PeerId peer, ByteBuffer record, PeerId namedBy) {
		if (this.direct.containsKey(peer)) {
			want(peer);
		}
		else if (isNew(peer) && this.queue.hasRoom()) {
			named(peer, record, namedBy);
		}
	}

	private boolean isNew(PeerId peer) {
		return this.node.connection(peer).isEmpty() && !this.queue.contains(peer);
	}

	private void named(PeerId peer, ByteBuffer record, PeerId namedBy) {
		try {
			ExchangedRecord opened = ExchangedRecord.open(peer, record, distance(namedBy), own());
			List<Multiaddr> reachable = this.shares.take(opened.addresses());
			if (reachable.isEmpty()) {
				this.log.debug("pubsub.exchange", "{} was named without an address that is dialled", peer);
				return;
			}
			// Not into the peer store: what is there is dialled wherever it lies.
			this.queue.addLast(new AddrInfo(peer, reachable));
			dial();
		}
		catch (DecodeException ex) {
			this.log.debug("pubsub.exchange", "A peer that was named is not used: {}", ex.getMessage());
		}
	}

	/** How far away a peer is; of one that has gone the farthest is assumed. */
	private AddressScope distance(PeerId peer) {
		return this.node.connection(peer)
			.map((connection) -> AddressScope.of(connection.remoteAddress()))
			.orElse(AddressScope.INTERNET);
	}

	private AddressScope own() {
		return this.node.addrInfo()
			.addresses()
			.stream()
			.map(AddressScope::of)
			.max(AddressScope::compareTo)
			.orElse(AddressScope.INTERNET);
	}

	/** A direct peer is looked for; of one that was named the addresses are there. */
	private Future<Connection> connect(AddrInfo peer) {
		return this.direct.containsKey(peer.id()) ? this.node.connectAsync(peer)
				: this.node.connectAsync(peer, ConnectOptions.DEFAULT.withoutRoutings());
	}

	private void dial() {
		for (AddrInfo each = this.queue.next(); each != null; each = this.queue.next()) {
			AddrInfo next = each;
			connect(next).addListener((done) -> this.later.accept(() -> {
				this.queue.done(next.id());
				if (!this.direct.containsKey(next.id())) {
					this.shares.giveBack(next.addresses());
				}
				if (!done.isSuccess()) {
					this.log.debug("pubsub.exchange", "{} was not reached: {}", next.id(), done.cause());
				}
				dial();
			}));
		}
	}

}
