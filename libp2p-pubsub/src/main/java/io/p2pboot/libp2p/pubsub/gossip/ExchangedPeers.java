package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
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

	/** How long addresses of a record are kept. */
	private static final Duration KEPT = Duration.ofMinutes(10);

	private final NettyNode node;

	private final PeerExchangeParams params;

	private final Map<PeerId, AddrInfo> direct;

	private final Consumer<Runnable> later;

	private final EventLog log;

	private final Deque<AddrInfo> waiting = new ArrayDeque<>();

	private int dialling;

	ExchangedPeers(NettyNode node, PeerExchangeParams params, List<AddrInfo> direct, Consumer<Runnable> later,
			EventLog log) {
		this.node = node;
		this.params = params;
		this.direct = direct.stream().collect(Collectors.toMap(AddrInfo::id, (info) -> info, (one, two) -> one));
		this.later = later;
		this.log = log;
	}

	/** Wants a peer; a record that is not the peer's own is not used. */
	void want(PeerId peer, Optional<ByteBuffer> record) {
		if (this.node.connection(peer).isPresent() || this.waiting.size() >= this.params.pending()
				|| this.waiting.stream().anyMatch((info) -> info.id().equals(peer))) {
			return;
		}
		if (record.isEmpty()) {
			this.waiting.addLast(this.direct.getOrDefault(peer, AddrInfo.of(peer)));
			dial();
			return;
		}
		try {
			PeerRecord opened = PeerRecord.open(record.get().duplicate());
			if (!opened.peer().equals(peer)) {
				throw new DecodeException("The record of " + opened.peer() + " came for " + peer);
			}
			List<Multiaddr> reachable = opened.addresses().stream().filter(this::isReachable).toList();
			this.node.peerStore().addRecord(opened, record.get().duplicate(), KEPT);
			this.waiting.addLast(new AddrInfo(peer, reachable));
			dial();
		}
		catch (DecodeException ex) {
			this.log.debug("pubsub.exchange", "A peer that was named is not used: {}", ex.getMessage());
		}
	}

	/** Nobody makes a node that listens on the internet dial into its own network. */
	private boolean isReachable(Multiaddr address) {
		AddressScope own = this.node.addrInfo()
			.addresses()
			.stream()
			.map(AddressScope::of)
			.max(AddressScope::compareTo)
			.orElse(AddressScope.INTERNET);
		AddressScope scope = AddressScope.of(address);
		return scope != AddressScope.NOWHERE && (own != AddressScope.INTERNET || scope == AddressScope.INTERNET);
	}

	private void dial() {
		while (this.dialling < this.params.dials() && !this.waiting.isEmpty()) {
			AddrInfo next = this.waiting.removeFirst();
			this.dialling++;
			this.node.connectAsync(next).addListener((done) -> this.later.accept(() -> {
				this.dialling--;
				if (!done.isSuccess()) {
					this.log.debug("pubsub.exchange", "{} was not reached: {}", next.id(), done.cause());
				}
				dial();
			}));
		}
	}

}
