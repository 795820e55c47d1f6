package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.RecordProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is taken of the peers that a PRUNE names.
 */
class ExchangedRecordTest {

	private static final String INTERNET = "/ip4/8.8.4.4/tcp/4001";

	private static final String NETWORK = "/ip4/192.168.7.9/tcp/4001";

	private static final String HOST = "/ip4/127.0.0.1/tcp/4001";

	private static final PrivateKey KEY = PrivateKey.generate();

	private static final PeerId PEER = PeerId.of(KEY.publicKey());

	private static ByteBuffer record(PrivateKey key, String... addresses) {
		return new PeerRecord(PeerId.of(key.publicKey()), 7, Stream.of(addresses).map(Multiaddr::parse).toList())
			.seal(key)
			.encoded();
	}

	@ParameterizedTest
	@CsvSource({ "INTERNET, PRIVATE_NETWORK, 1", "INTERNET, INTERNET, 1", "PRIVATE_NETWORK, PRIVATE_NETWORK, 2",
			"PRIVATE_NETWORK, INTERNET, 1", "HOST, HOST, 3", "HOST, INTERNET, 1" })
	void privateAddressesAreNotLearntFromAfarNorByANodeOfTheInternet(AddressScope namedFrom, AddressScope own,
			int taken) throws Exception {
		List<String> nearestLast = List.of(INTERNET, NETWORK, HOST);
		ByteBuffer record = record(KEY, "/ip4/0.0.0.0/tcp/4001", HOST, NETWORK, INTERNET, "/ip4/8.8.4.4/tcp/0");
		assertThat(ExchangedRecord.open(PEER, record, namedFrom, own).addresses()).extracting(Multiaddr::toString)
			.containsExactlyInAnyOrderElementsOf(nearestLast.subList(0, taken));
	}

	@Test
	void aRecordOfAnotherPeerIsNotTaken() {
		ByteBuffer record = record(PrivateKey.generate(), INTERNET);
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> ExchangedRecord.open(PEER, record, AddressScope.HOST, AddressScope.HOST))
			.withMessageContaining(PEER.toString());
	}

	@Test
	void aRecordThatSomebodyElseHasSignedIsNotTaken() {
		PrivateKey other = PrivateKey.generate();
		ByteBuffer record = SignedEnvelope
			.seal(other, "libp2p-peer-record", ByteBuffer.wrap(new byte[] { 3, 1 }), payload(INTERNET))
			.encoded();
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> ExchangedRecord.open(PEER, record, AddressScope.HOST, AddressScope.HOST));
	}

	@Test
	void aForgedRecordIsNotTakenWhicheverByteWasChanged() {
		ByteBuffer record = record(KEY, INTERNET);
		for (int index = 0; index < record.remaining(); index++) {
			byte[] forged = new byte[record.remaining()];
			record.duplicate().get(forged);
			forged[index] ^= 1;
			assertThatExceptionOfType(DecodeException.class).as("byte %d", index)
				.isThrownBy(() -> ExchangedRecord.open(PEER, ByteBuffer.wrap(forged), AddressScope.HOST,
						AddressScope.HOST));
		}
	}

	@Test
	void aRecordOfTheOlderDomainIsTakenAsRustSendsIt() throws Exception {
		ByteBuffer type = ByteBuffer.wrap("/libp2p/routing-state-record".getBytes(StandardCharsets.UTF_8));
		ByteBuffer record = SignedEnvelope.seal(KEY, "libp2p-routing-state", type, payload(INTERNET)).encoded();
		assertThat(ExchangedRecord.open(PEER, record, AddressScope.INTERNET, AddressScope.INTERNET).addresses())
			.containsExactly(Multiaddr.parse(INTERNET));
	}

	private static ByteBuffer payload(String address) {
		return RecordProto.PeerRecord.newBuilder()
			.setPeerId(ByteString.copyFrom(PEER.multihash().encoded()))
			.setSeq(7)
			.addAddresses(RecordProto.PeerRecord.AddressInfo.newBuilder()
				.setMultiaddr(ByteString.copyFrom(Multiaddr.parse(address).encoded())))
			.build()
			.toByteString()
			.asReadOnlyByteBuffer();
	}

}
