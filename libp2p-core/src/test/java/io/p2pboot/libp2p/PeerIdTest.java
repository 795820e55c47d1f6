package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.util.HexFormat;

import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.multiformats.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PeerIdTest {

	/** Of libp2p/specs, peer-ids/peer-ids.md. */
	private static final String HASHED = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";

	private static final String HASHED_CID = "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe";

	private static final String INLINED = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

	@Test
	void bothTextFormsOfTheSpecificationAreOneId() {
		PeerId id = PeerId.parse(HASHED);
		assertThat(PeerId.parse(HASHED_CID)).isEqualTo(id).hasSameHashCodeAs(id).hasToString(HASHED);
		assertThat(id.toCidString()).isEqualTo(HASHED_CID);
		assertThat(id.inlinedKey()).isEmpty();
		assertThat(id.compareTo(PeerId.parse(HASHED_CID))).isZero();
	}

	@Test
	void aShortKeyIsInlined() {
		PeerId id = PeerId.parse(INLINED);
		assertThat(id).hasToString(INLINED);
		assertThat(id.inlinedKey()).hasValueSatisfying((key) -> {
			assertThat(key.type()).isEqualTo(KeyType.ED25519);
			assertThat(PeerId.of(key)).isEqualTo(id);
			assertThat(id.matches(key)).isTrue();
		});
		assertThat(PeerId.parse(id.toCidString())).isEqualTo(id);
	}

	// Texts of go-multiaddr, multiaddr_test.go
	@ParameterizedTest
	@CsvSource({
			"12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV, "
					+ "k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs, "
					+ "bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u",
			"QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC, "
					+ "k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7, "
					+ "bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm" })
	void everyBaseIsRead(String base58, String base36, String base32) {
		PeerId id = PeerId.parse(base58);
		assertThat(PeerId.parse(base36)).isEqualTo(id);
		assertThat(PeerId.parse(base32)).isEqualTo(id);
		assertThat(id.toCidString()).isEqualTo(base32);
	}

	@Test
	void keysOfOthersHaveTheIdsThatOthersGiveThem() throws DecodeException {
		for (String[] row : Vectors.rows("peer-ids.txt").toList()) {
			PeerId id = PeerId.of(PrivateKey.decode(Vectors.bytes(row[2])).publicKey());
			String shown = row[1].startsWith("Qm") ? id.toString() : Vectors.hex(id.multihash().encoded());
			assertThat(shown).as(row[0]).isEqualTo(row[1]);
		}
	}

	@ParameterizedTest
	@EnumSource
	void idsComeBackInEveryForm(KeyType type) throws DecodeException { // B2
		for (int round = 0; round < ((type == KeyType.RSA) ? 2 : 20); round++) {
			PeerId id = PeerId.of(PrivateKey.generate(type).publicKey());
			assertThat(PeerId.parse(id.toString())).isEqualTo(id).hasSameHashCodeAs(id);
			assertThat(PeerId.parse(id.toCidString())).isEqualTo(id);
			assertThat(PeerId.decode(id.multihash().encoded())).isEqualTo(id);
			assertThat(id.inlinedKey().isPresent()).isEqualTo(type == KeyType.ED25519 || type == KeyType.SECP256K1);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "1", "Qm", "12D3KooW", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5",
			"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx50", "QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY",
			"bafybeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "hello", "b", "k", "z",
			"/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA" })
	void refusesWhatIsNoPeerId(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> PeerId.parse(text))
			.withMessageContaining("is not a peer id");
	}

	@Test
	void anInlinedKeyHasAtMost42Bytes() throws DecodeException {
		byte[] most = HexFormat.of().parseHex("002a" + "ab".repeat(42));
		assertThat(PeerId.decode(ByteBuffer.wrap(most)).inlinedKey()).as("not a key").isEmpty();
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> PeerId.decode(Vectors.bytes("002b" + "ab".repeat(43))));
	}

	@Test
	void otherHashFunctionsAreRefused() {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> PeerId.decode(Vectors.bytes("1114" + "ab".repeat(20))));
		Multihash sha1 = Multihash.of(0x11, ByteBuffer.allocate(20));
		assertThatIllegalArgumentException().isThrownBy(() -> PeerId.parse(new Cid(Cid.LIBP2P_KEY, sha1).toString()));
	}

	@Test
	void whatIsCutOffAnywhereIsRefused() {
		byte[] whole = Vectors.array(PeerId.parse(HASHED).multihash().encoded());
		for (int length = 0; length < whole.length; length++) {
			ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PeerId.decode(cut));
			String text = HASHED.substring(0, length);
			assertThatIllegalArgumentException().isThrownBy(() -> PeerId.parse(text));
		}
	}

}
