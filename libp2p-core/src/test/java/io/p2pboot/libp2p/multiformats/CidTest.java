package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.util.HexFormat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class CidTest {

	private static final String VERSION_0 = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";

	private static final String KEY = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";

	private static ByteBuffer hex(String hex) {
		return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
	}

	@Test
	void version0IsABareMultihash() throws DecodeException {
		Cid cid = Cid.parse(VERSION_0);
		assertThat(cid.version()).isZero();
		assertThat(cid.codec()).isEqualTo(Cid.DAG_PB);
		assertThat(cid).hasToString(VERSION_0);
		assertThat(cid.encoded().remaining()).isEqualTo(34);
		assertThat(Cid.decode(cid.encoded())).isEqualTo(cid);
		assertThat(cid.toVersion1()).isEqualTo(new Cid(Cid.DAG_PB, cid.hash())).isNotEqualTo(cid);
		assertThat(Cid.parse(cid.toVersion1().toString())).isEqualTo(cid.toVersion1());
	}

	/** The texts of the peer id specification. */
	@ParameterizedTest
	@CsvSource({
			KEY + ", k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs, "
					+ "bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u",
			VERSION_0 + ", k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7, "
					+ "bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm" })
	void aKeyIsWrittenInBase36AndBase32(String hash, String base36, String base32) throws DecodeException {
		Cid cid = new Cid(Cid.LIBP2P_KEY, Multihash.parseBase58(hash));
		assertThat(cid.toBase36()).isEqualTo(base36);
		assertThat(cid).hasToString(base32);
		assertThat(Cid.parse(base36)).isEqualTo(cid);
		assertThat(Cid.parse(base32)).isEqualTo(cid);
		assertThat(Cid.decode(cid.encoded())).isEqualTo(cid);
	}

	@ParameterizedTest
	@ValueSource(longs = { Cid.RAW, Cid.DAG_PB, Cid.DAG_CBOR, Cid.LIBP2P_KEY, Cid.DAG_JSON, 0, Long.MAX_VALUE })
	void everyCodecComesBack(long codec) throws DecodeException {
		Cid cid = new Cid(codec, Multihash.parseBase58(VERSION_0));
		assertThat(Cid.decode(cid.encoded())).isEqualTo(cid);
		assertThat(Cid.parse(cid.toString())).isEqualTo(cid);
	}

	@Test
	void whatIsCutOffAnywhereIsRefused() {
		ByteBuffer whole = new Cid(Cid.RAW, Multihash.parseBase58(VERSION_0)).encoded();
		for (int length = 0; length < whole.remaining(); length++) {
			ByteBuffer cut = whole.duplicate().limit(length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Cid.decode(cut));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "00", "02551200", "1220", "01", "0155" })
	void whatIsNoCidIsRefused(String bytes) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Cid.decode(hex(bytes)));
	}

	@Test
	void aCidThatIsTooLongIsRefused() {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> Cid.decode(ByteBuffer.allocate(Cid.MAX_BYTES + 1)))
			.withMessageContaining("longer than " + Cid.MAX_BYTES);
	}

	@Test
	void version0CanSayOneThingOnly() {
		Multihash sha256 = Multihash.parseBase58(VERSION_0);
		assertThatIllegalArgumentException().isThrownBy(() -> new Cid(0, Cid.RAW, sha256));
		assertThatIllegalArgumentException().isThrownBy(() -> new Cid(0, Cid.DAG_PB, Multihash.parseBase58(KEY)));
		assertThatIllegalArgumentException().isThrownBy(() -> new Cid(2, Cid.DAG_PB, sha256));
		assertThatIllegalArgumentException().isThrownBy(() -> new Cid(-1, sha256));
		// With a multibase it would be another text of the same thing.
		assertThatIllegalArgumentException().isThrownBy(() -> Cid.parse("z" + VERSION_0));
	}

}
