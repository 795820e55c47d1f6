package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Vectors;
import io.p2pboot.libp2p.wire.pb.RecordProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Peer records against a corpus that is pinned: nobody publishes vectors of them.
 */
class PeerRecordTest {

	private static final String DOMAIN = "libp2p-peer-record";

	private static final String TYPE = "0301";

	private static final String LEGACY_DOMAIN = "libp2p-routing-state";

	private static final String LEGACY_TYPE = Vectors
		.hex(ByteBuffer.wrap("/libp2p/routing-state-record".getBytes(StandardCharsets.UTF_8)));

	private static final List<Multiaddr> ADDRESSES = List.of(Multiaddr.parse("/ip4/192.0.2.1/tcp/4001"),
			Multiaddr.parse("/ip6/2001:db8::1/udp/4001/quic-v1"), Multiaddr.parse("/dns4/node.example/tcp/443/tls/ws"));

	private static PrivateKey key(String type) {
		try {
			String encoded = Vectors.rows("keys.txt")
				.filter((row) -> row[0].equals("spec") && row[1].equals(type))
				.findFirst()
				.orElseThrow()[2];
			return PrivateKey.decode(Vectors.bytes(encoded));
		}
		catch (DecodeException ex) {
			throw new AssertionError(ex);
		}
	}

	private static PeerId id(PrivateKey key) {
		return PeerId.of(key.publicKey());
	}

	private static RecordProto.PeerRecord.Builder record(PeerId peer, long sequence) {
		RecordProto.PeerRecord.Builder record = RecordProto.PeerRecord.newBuilder()
			.setPeerId(ByteString.copyFrom(peer.multihash().encoded()))
			.setSeq(sequence);
		ADDRESSES.forEach((address) -> add(record, ByteString.copyFrom(address.encoded())));
		return record;
	}

	private static void add(RecordProto.PeerRecord.Builder record, ByteString address) {
		record.addAddresses(RecordProto.PeerRecord.AddressInfo.newBuilder().setMultiaddr(address));
	}

	private static ByteBuffer seal(PrivateKey key, String domain, String type, RecordProto.PeerRecord.Builder record) {
		return SignedEnvelope
			.seal(key, domain, Vectors.bytes(type), record.build().toByteString().asReadOnlyByteBuffer())
			.encoded();
	}

	/** What the corpus holds, made anew: Ed25519 and secp256k1 sign alike each time. */
	static Map<String, ByteBuffer> corpus() {
		PrivateKey ed25519 = key("ED25519");
		PrivateKey secp256k1 = key("SECP256K1");
		PeerId peer = id(ed25519);
		Map<String, ByteBuffer> corpus = new LinkedHashMap<>();
		corpus.put("valid-standard", seal(ed25519, DOMAIN, TYPE, record(peer, 7)));
		corpus.put("valid-older", seal(ed25519, LEGACY_DOMAIN, LEGACY_TYPE, record(peer, 7)));
		corpus.put("valid-secp256k1", seal(secp256k1, DOMAIN, TYPE, record(id(secp256k1), 1)));
		corpus.put("valid-greatest-sequence", seal(ed25519, DOMAIN, TYPE, record(peer, -1)));
		RecordProto.PeerRecord.Builder strange = record(peer, 8);
		add(strange, ByteString.copyFrom(new byte[] { 0x7f, 1, 2 }));
		add(strange, ByteString.EMPTY);
		corpus.put("valid-with-unknown-addresses", seal(ed25519, DOMAIN, TYPE, strange));
		corpus.put("invalid-other-signer", seal(secp256k1, DOMAIN, TYPE, record(peer, 7)));
		corpus.put("invalid-other-signer-older", seal(secp256k1, LEGACY_DOMAIN, LEGACY_TYPE, record(peer, 7)));
		corpus.put("invalid-domain", seal(ed25519, "libp2p-relay-rsvp", TYPE, record(peer, 7)));
		corpus.put("invalid-older-domain", seal(ed25519, LEGACY_DOMAIN, TYPE, record(peer, 7)));
		corpus.put("invalid-standard-domain", seal(ed25519, DOMAIN, LEGACY_TYPE, record(peer, 7)));
		corpus.put("invalid-type", seal(ed25519, DOMAIN, "0302", record(peer, 7)));
		corpus.put("invalid-no-peer", seal(ed25519, DOMAIN, TYPE, record(peer, 7).clearPeerId()));
		corpus.put("invalid-payload",
				SignedEnvelope.seal(ed25519, DOMAIN, Vectors.bytes(TYPE), ByteBuffer.wrap(new byte[] { 0x0a, 0x7f }))
					.encoded());
		return corpus;
	}

	static Stream<String[]> pinned() {
		return Vectors.rows("peer-records.txt");
	}

	@Test
	void weSignAsWeAlwaysDid() {
		Map<String, ByteBuffer> made = corpus();
		List<String> names = new ArrayList<>();
		pinned().forEach((row) -> {
			names.add(row[0]);
			assertThat(Vectors.hex(made.get(row[0]))).as(row[0]).isEqualTo(row[1]);
		});
		assertThat(names).containsExactlyElementsOf(made.keySet());
		assertThat(Vectors.hex(new PeerRecord(id(key("ED25519")), 7, ADDRESSES).seal(key("ED25519")).encoded()))
			.isEqualTo(Vectors.hex(made.get("valid-standard")));
	}

	// lesson of RUSTSEC-2022-0009: a key signed for the addresses of another peer
	@ParameterizedTest(name = "{0}")
	@MethodSource("pinned")
	void eachRecordHasItsVerdict(String name, String envelope) throws DecodeException { // REC-1
		if (name.startsWith("valid")) {
			PeerRecord record = PeerRecord.open(Vectors.bytes(envelope));
			assertThat(record.addresses()).isEqualTo(ADDRESSES);
			assertThat(record.peer()).isEqualTo(id(key(name.endsWith("secp256k1") ? "SECP256K1" : "ED25519")));
		}
		else {
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PeerRecord.open(Vectors.bytes(envelope)));
		}
	}

	@Test
	void whatIsCutOffOrFlippedAnywhereIsRefused() {
		byte[] whole = Vectors.array(corpus().get("valid-standard"));
		for (int length = 0; length < whole.length; length++) {
			ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PeerRecord.open(cut));
		}
		for (int bit = 0; bit < 8 * whole.length; bit++) {
			byte[] flipped = whole.clone();
			flipped[bit / 8] ^= (byte) (1 << (bit % 8));
			assertThatExceptionOfType(DecodeException.class).as("bit " + bit)
				.isThrownBy(() -> PeerRecord.open(ByteBuffer.wrap(flipped)));
		}
	}

	@ParameterizedTest
	@EnumSource
	void recordsOfEveryKindOfKeyComeBack(KeyType type) throws DecodeException { // B2
		PrivateKey key = PrivateKey.generate(type);
		PeerRecord record = new PeerRecord(id(key), 42, ADDRESSES);
		assertThat(PeerRecord.open(record.seal(key).encoded())).isEqualTo(record);
	}

	@Test
	void onlyThePeerItselfSeals() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new PeerRecord(id(key("ED25519")), 1, ADDRESSES).seal(key("SECP256K1")));
	}

	@Test
	void atMost500AddressesAreRead() throws DecodeException {
		PrivateKey key = key("ED25519");
		RecordProto.PeerRecord.Builder record = record(id(key), 1);
		for (int index = ADDRESSES.size(); index < PeerRecord.MAX_ADDRESSES + 5; index++) {
			add(record, ByteString.copyFrom(Multiaddr.parse("/ip4/192.0.2.1/tcp/" + index).encoded()));
		}
		assertThat(PeerRecord.open(seal(key, DOMAIN, TYPE, record)).addresses()).hasSize(PeerRecord.MAX_ADDRESSES);
	}

	@Test
	void anEnvelopeIsBoundedBeforeItIsRead() {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> PeerRecord.open(ByteBuffer.allocate(SignedEnvelope.MAX_BYTES + 1)))
			.withMessageContaining("longer than");
	}

}
