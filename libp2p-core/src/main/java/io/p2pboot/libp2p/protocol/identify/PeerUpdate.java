package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a peer said into the peer store. Everything is kept under the id that the
 * connection has proved, so a peer can say things of itself only. Stateless.
 */
final class PeerUpdate {

	/** How long the addresses of a peer are kept; renewed while it is connected. */
	static final Duration ADDRESS_TIME_TO_LIVE = Duration.ofHours(1);

	private final NettyNode node;

	private final EventLog log;

	PeerUpdate(NettyNode node, EventLog log) {
		this.node = node;
		this.log = log;
	}

	/**
	 * Updates the store.
	 * @param connection where the peer said it
	 * @param info what it said
	 * @param push whether it was a push: what that leaves out has not changed
	 */
	void apply(Connection connection, IdentifyInfo info, boolean push) {
		PeerStore store = this.node.peerStore();
		PeerId peer = connection.remotePeer();
		store.publicKey(peer, connection.remoteKey());
		checkKey(connection, info);
		if (!push || !info.protocols().isEmpty()) {
			store.protocols(peer, info.protocols());
		}
		keepAddresses(connection, info);
		keepText(peer, PeerStore.AGENT_VERSION, info.agentVersion());
		keepText(peer, PeerStore.PROTOCOL_VERSION, info.protocolVersion());
		Multiaddr observed = info.observed();
		if (observed != null) {
			this.node.observed(connection, withoutPeer(observed));
		}
	}

	/** The key that the handshake proved counts; another one is worth a line. */
	private void checkKey(Connection connection, IdentifyInfo info) {
		ByteBuffer said = info.publicKey();
		if (said != null && !said.equals(connection.remoteKey().encoded())) {
			this.log.warn("identify.key", "{} told another key than it proved to have", connection.remotePeer());
		}
	}

	private void keepAddresses(Connection connection, IdentifyInfo info) {
		if (isKnown(connection.remotePeer(), info.signedRecord())) {
			return;
		}
		AddressScope distance = AddressScope.of(connection.remoteAddress());
		Optional<PeerRecord> record = record(connection, info);
		if (record.isPresent() && keepRecord(record.get(), info, distance)) {
			return;
		}
		this.node.peerStore()
			.addAddresses(connection.remotePeer(), reaching(info.addresses(), distance), ADDRESS_TIME_TO_LIVE);
	}

	/** A record that has been kept was verified then, and lives on. */
	private boolean isKnown(PeerId peer, @Nullable ByteBuffer envelope) {
		PeerStore store = this.node.peerStore();
		if (envelope == null || !store.envelope(peer).filter(envelope::equals).isPresent()) {
			return false;
		}
		Optional<PeerRecord> known = store.record(peer);
		known.ifPresent((record) -> store.addRecord(record, ADDRESS_TIME_TO_LIVE));
		return known.isPresent();
	}

	/** Opens the signed record, if there is a good one. */
	private Optional<PeerRecord> record(Connection connection, IdentifyInfo info) {
		ByteBuffer envelope = info.signedRecord();
		if (envelope == null) {
			return Optional.empty();
		}
		try {
			PeerRecord record = PeerRecord.open(envelope.duplicate());
			if (record.peer().equals(connection.remotePeer())) {
				return Optional.of(record);
			}
			this.log.warn("identify.record", "{} sent the record of {}", connection.remotePeer(), record.peer());
		}
		catch (DecodeException ex) {
			this.log.debug("identify.record", "{} sent a bad record: {}", connection.remotePeer(), ex.getMessage());
		}
		return Optional.empty();
	}

	/** False for a record that is older than the one known: a peer's clock went back. */
	private boolean keepRecord(PeerRecord record, IdentifyInfo info, AddressScope distance) {
		PeerStore store = this.node.peerStore();
		PeerRecord reaching = new PeerRecord(record.peer(), record.sequence(), reaching(record.addresses(), distance));
		ByteBuffer envelope = info.signedRecord();
		boolean added = (envelope != null) ? store.addRecord(reaching, envelope.duplicate(), ADDRESS_TIME_TO_LIVE)
				: store.addRecord(reaching, ADDRESS_TIME_TO_LIVE);
		return added || store.record(record.peer()).map((known) -> known.sequence() == record.sequence()).orElse(false);
	}

	private static List<Multiaddr> reaching(List<Multiaddr> addresses, AddressScope distance) {
		// A zone of the peer's is none of ours.
		return addresses.stream()
			.filter((address) -> !address.has(MultiaddrProtocol.IP6ZONE))
			.filter((address) -> AddressScope.of(address).reaches(distance))
			.toList();
	}

	private void keepText(PeerId peer, String name, @Nullable String text) {
		if (text == null) {
			return;
		}
		try {
			this.node.peerStore().metadata(peer, name, EventLog.sanitize(text));
		}
		catch (IllegalArgumentException ex) {
			this.log.debug("identify.metadata", "Could not keep the {} of {}: {}", name, peer, ex.getMessage());
		}
	}

	/** js-libp2p appends our own id. */
	private static Multiaddr withoutPeer(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		boolean named = components.size() > 1
				&& components.get(components.size() - 1).protocol() == MultiaddrProtocol.P2P;
		return named ? address.decapsulateLast(MultiaddrProtocol.P2P) : address;
	}

	/** Lets the addresses of a peer that stays connected live on. */
	void renew(PeerId peer) {
		PeerStore store = this.node.peerStore();
		Optional<PeerRecord> record = store.record(peer);
		if (record.isPresent()) {
			store.addRecord(record.get(), ADDRESS_TIME_TO_LIVE);
		}
		else {
			store.addAddresses(peer, store.addresses(peer), ADDRESS_TIME_TO_LIVE);
		}
	}

}
