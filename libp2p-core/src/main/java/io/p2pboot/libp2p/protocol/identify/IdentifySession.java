package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;
import org.jspecify.annotations.Nullable;

/**
 * The receiving side of one exchange: merges the messages of a peer, within bounds. Plain
 * state; not thread-safe.
 */
final class IdentifySession {

	/** The longest message that is read, in bytes; as go-libp2p. */
	static final int MAX_MESSAGE_BYTES = 8 * 1024;

	/** How many messages are merged; what follows is not read. */
	static final int MAX_MESSAGES = 10;

	/** How many protocols are looked at, good or bad, in all messages together. */
	static final int MAX_PROTOCOLS = 1024;

	/** How many addresses are looked at, good or bad, in all messages together. */
	static final int MAX_ADDRESSES = 500;

	/**
	 * How many bytes of addresses are looked at in all messages together, as one is the
	 * dearer the longer it is: four times what go-libp2p sends in all.
	 */
	static final int MAX_ADDRESS_BYTES = 16 * 1024;

	private final Set<ProtocolPath> protocols = new LinkedHashSet<>();

	private final Set<Multiaddr> addresses = new LinkedHashSet<>();

	private int protocolsSeen;

	private int addressesSeen;

	private int addressBytesSeen;

	private int messages;

	private @Nullable Multiaddr observed;

	private @Nullable String agentVersion;

	private @Nullable String protocolVersion;

	private @Nullable ByteBuffer publicKey;

	private @Nullable ByteBuffer signedRecord;

	/**
	 * Merges a message that has arrived, unless this is complete.
	 * @param message the message
	 * @throws DecodeException if it is no identify message. What was merged before stays
	 */
	void on(ByteBuffer message) throws DecodeException {
		if (isComplete()) {
			return;
		}
		try {
			merge(IdentifyProto.Identify.parseFrom(message));
			this.messages++;
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The identify message is malformed", ex);
		}
	}

	private void merge(IdentifyProto.Identify message) {
		for (ByteString protocol : message.getProtocolsList().asByteStringList()) {
			if (this.protocolsSeen++ < MAX_PROTOCOLS) {
				addProtocol(protocol);
			}
		}
		for (ByteString address : message.getListenAddrsList()) {
			this.addressBytesSeen += address.size();
			if (this.addressesSeen++ < MAX_ADDRESSES && this.addressBytesSeen <= MAX_ADDRESS_BYTES) {
				decode(address).ifPresent(this.addresses::add);
			}
		}
		if (message.hasObservedAddr()) {
			this.observed = decode(message.getObservedAddr()).orElse(this.observed);
		}
		if (message.hasAgentVersion()) {
			this.agentVersion = message.getAgentVersion();
		}
		if (message.hasProtocolVersion()) {
			this.protocolVersion = message.getProtocolVersion();
		}
		if (message.hasPublicKey()) {
			this.publicKey = copy(message.getPublicKey());
		}
		if (message.hasSignedPeerRecord()) {
			this.signedRecord = copy(message.getSignedPeerRecord());
		}
	}

	/** Protobuf's bytes may lie in a buffer that the network takes back. */
	private static ByteBuffer copy(ByteString bytes) {
		return ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
	}

	private void addProtocol(ByteString protocol) {
		if (!protocol.isValidUtf8()) {
			return;
		}
		try {
			this.protocols.add(ProtocolPath.of(protocol.toStringUtf8()));
		}
		catch (IllegalArgumentException ex) {
			// A name that we could not propose is of no use; the other names are.
			return;
		}
	}

	private static Optional<Multiaddr> decode(ByteString address) {
		try {
			return Optional.of(Multiaddr.decode(address.asReadOnlyByteBuffer()));
		}
		catch (DecodeException ex) {
			// Of a protocol that we do not know, perhaps: the others are of use.
			return Optional.empty();
		}
	}

	/** Whether as many messages as are read have been merged. */
	boolean isComplete() {
		return this.messages == MAX_MESSAGES;
	}

	/** Whether at least one message was merged. */
	boolean hasContent() {
		return this.messages > 0;
	}

	IdentifyInfo info() {
		return new IdentifyInfo(Set.copyOf(this.protocols), List.copyOf(this.addresses), this.observed,
				this.agentVersion, this.protocolVersion, this.publicKey, this.signedRecord);
	}

}
