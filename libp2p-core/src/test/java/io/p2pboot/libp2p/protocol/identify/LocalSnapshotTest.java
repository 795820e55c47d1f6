package io.p2pboot.libp2p.protocol.identify;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.wire.pb.IdentifyProto.Identify;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LocalSnapshotTest {

	private static List<Identify> messages(LocalSnapshot snapshot) {
		return snapshot.messagesFor(FAR, snapshot.addressesFor(FAR));
	}

	private static final Connection FAR = TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/8.8.8.8/tcp/2");

	private final PrivateKey key = PrivateKey.generate();

	@Test
	void aShortAnswerIsOneMessageWithEveryField() throws InvalidProtocolBufferException {
		List<Identify> messages = messages(snapshot(30, 10));
		assertThat(messages).hasSize(1);
		Identify message = messages.get(0);
		assertThat(message.getProtocolsList()).hasSize(30);
		assertThat(message.getListenAddrsList()).hasSize(10);
		assertThat(message.getAgentVersion()).isEqualTo("agent");
		assertThat(message.getProtocolVersion()).isEqualTo("ipfs/0.1.0");
		assertThat(message.getObservedAddr()).isEqualTo(address(FAR.remoteAddress()));
		assertThat(message.getPublicKey().asReadOnlyByteBuffer()).isEqualTo(this.key.publicKey().encoded());
		assertThat(message.getSignedPeerRecord()).isNotEmpty();
	}

	@Test
	void noMessageIsLongerThanRustReadsAndNothingIsLost() { // I5
		for (int protocols = 150; protocols < 400; protocols++) {
			List<Identify> messages = messages(snapshot(protocols, 60));
			assertThat(messages).hasSizeBetween(1, 10)
				.allSatisfy((message) -> assertThat(message.getSerializedSize()).isLessThanOrEqualTo(4096));
			Identify.Builder merged = Identify.newBuilder();
			messages.forEach(merged::mergeFrom);
			assertThat(merged.getProtocolsList()).hasSize(protocols).doesNotHaveDuplicates();
			assertThat(merged.getListenAddrsList()).hasSize(60);
			assertThat(merged.getSignedPeerRecord()).isNotEmpty();
		}
	}

	@Test
	void theFirstMessageHoldsWhoWeAreAndWhereWeListen() {
		List<Identify> messages = messages(snapshot(400, 60));
		assertThat(messages).hasSizeGreaterThan(1);
		assertThat(messages.get(0).hasPublicKey()).isTrue();
		assertThat(messages.get(0).hasAgentVersion()).isTrue();
		assertThat(messages.get(0).getListenAddrsList()).hasSize(60);
	}

	@Test
	void noMoreThanTenMessagesAreSentHoweverManyProtocolsThereAre() {
		List<Identify> messages = messages(snapshot(10_000, 3));
		assertThat(messages).hasSize(10)
			.allSatisfy((message) -> assertThat(message.getSerializedSize()).isLessThanOrEqualTo(4096));
	}

	@Test
	void aRecordThatFitsIntoNoMessageIsLeftOut() {
		List<Identify> messages = messages(snapshot(1, 450));
		assertThat(messages).allSatisfy((message) -> assertThat(message.hasSignedPeerRecord()).isFalse());
		assertThat(messages.stream().mapToInt(Identify::getListenAddrsCount).sum()).isEqualTo(450);
	}

	@Test
	void aPeerIsToldTheAddressesThatItCanReach() { // I13
		LocalSnapshot local = snapshot(List.of(),
				addresses("/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/8.8.4.4/tcp/1"));
		assertThat(local.addressesFor(FAR)).isEqualTo(addresses("/ip4/8.8.4.4/tcp/1"));
		assertThat(local.addressesFor(TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2")))
			.isEqualTo(addresses("/ip4/10.0.0.1/tcp/1", "/ip4/8.8.4.4/tcp/1"));
		assertThat(local.addressesFor(TestConnection.of("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2")))
			.isEqualTo(local.addresses());
	}

	private LocalSnapshot snapshot(int protocols, int addresses) {
		List<ProtocolPath> paths = IntStream.range(0, protocols)
			.mapToObj((i) -> ProtocolPath.of("/protocol/" + i + "/1.0.0"))
			.toList();
		List<Multiaddr> listening = IntStream.range(0, addresses)
			.mapToObj((i) -> Multiaddr.parse("/ip4/8.8.4.4/udp/" + (i + 1) + "/quic-v1"))
			.toList();
		return snapshot(paths, listening);
	}

	private LocalSnapshot snapshot(List<ProtocolPath> protocols, List<Multiaddr> addresses) {
		PeerRecord record = new PeerRecord(PeerId.of(this.key.publicKey()), 1, addresses);
		return new LocalSnapshot(1, protocols, addresses, "agent", this.key.publicKey().encoded(),
				record.seal(this.key).encoded());
	}

	private static List<Multiaddr> addresses(String... addresses) {
		List<Multiaddr> parsed = new ArrayList<>();
		for (String address : addresses) {
			parsed.add(Multiaddr.parse(address));
		}
		return parsed;
	}

	private static ByteString address(Multiaddr address) {
		return ByteString.copyFrom(address.encoded());
	}

}
