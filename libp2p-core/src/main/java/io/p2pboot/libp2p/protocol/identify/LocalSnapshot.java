package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;

/**
 * What this node tells of itself at one time. Immutable.
 *
 * @param sequence grows with each change; from 1
 * @param protocols what we serve
 * @param addresses where we can be dialled
 * @param agentVersion our software
 * @param publicKey our key, encoded
 * @param signedRecord our addresses, signed
 */
record LocalSnapshot(long sequence, List<ProtocolPath> protocols, List<Multiaddr> addresses, String agentVersion,
		ByteBuffer publicKey, ByteBuffer signedRecord) {

	/** The longest message that is sent, in bytes: rust-libp2p reads no longer one. */
	static final int MAX_SENT_BYTES = 4096;

	/** What all libp2p stacks say; nobody compares it any more. */
	static final String PROTOCOL_VERSION = "ipfs/0.1.0";

	/** The bytes of a field's number and of a length below 2^14. */
	private static final int FIELD_OVERHEAD_BYTES = 3;

	/**
	 * Returns the addresses that can be of use to the peer of a connection. One with a
	 * zone is of use on this host only.
	 */
	List<Multiaddr> addressesFor(Connection connection) {
		AddressScope distance = AddressScope.of(connection.remoteAddress());
		return this.addresses.stream()
			.filter((address) -> !address.has(MultiaddrProtocol.IP6ZONE))
			.filter((address) -> AddressScope.of(address).reaches(distance))
			.toList();
	}

	/**
	 * Returns what is sent on a connection: one message if that is short enough, else
	 * several, each of them at most {@value #MAX_SENT_BYTES} bytes and together no more
	 * than are read. The most useful comes first, for peers that read one message only.
	 * @param addresses what {@link #addressesFor} returned
	 */
	List<IdentifyProto.Identify> messagesFor(Connection connection, List<Multiaddr> addresses) {
		IdentifyProto.Identify.Builder first = IdentifyProto.Identify.newBuilder()
			.setProtocolVersion(PROTOCOL_VERSION)
			.setAgentVersion(this.agentVersion)
			.setPublicKey(ByteString.copyFrom(this.publicKey.duplicate()))
			.setObservedAddr(ByteString.copyFrom(connection.remoteAddress().withoutZone().encoded()));
		Split split = new Split(first);
		addresses.forEach((address) -> split.add(address.encoded().remaining(),
				(message) -> message.addListenAddrs(ByteString.copyFrom(address.encoded()))));
		this.protocols.forEach((protocol) -> {
			ByteString name = ByteString.copyFromUtf8(protocol.toString());
			split.add(name.size(), (message) -> message.addProtocolsBytes(name));
		});
		split.add(this.signedRecord.remaining(),
				(message) -> message.setSignedPeerRecord(ByteString.copyFrom(this.signedRecord.duplicate())));
		return split.messages();
	}

	/** Adds one field to a message. */
	private interface Field {

		void addTo(IdentifyProto.Identify.Builder message);

	}

	/**
	 * Fills messages one after the other.
	 */
	private static final class Split {

		private final List<IdentifyProto.Identify> full = new ArrayList<>();

		private IdentifyProto.Identify.Builder current;

		private int bytes;

		Split(IdentifyProto.Identify.Builder first) {
			this.current = first;
			this.bytes = first.build().getSerializedSize();
		}

		/** Adds a field, unless it does not fit into any message that is read. */
		void add(int valueBytes, Field field) {
			int size = valueBytes + FIELD_OVERHEAD_BYTES;
			if (this.bytes + size > MAX_SENT_BYTES) {
				if (size > MAX_SENT_BYTES || this.full.size() == IdentifySession.MAX_MESSAGES - 1) {
					return;
				}
				this.full.add(this.current.build());
				this.current = IdentifyProto.Identify.newBuilder();
				this.bytes = 0;
			}
			field.addTo(this.current);
			this.bytes += size;
		}

		List<IdentifyProto.Identify> messages() {
			this.full.add(this.current.build());
			return this.full;
		}

	}

}
