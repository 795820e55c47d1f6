package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MultiformatsFuzzTest {

	private static final String[] ADDRESSES = { "/ip4/1.2.3.4/tcp/4001", "/ip6/fe80::1/udp/1/quic-v1",
			"/ip6zone/eth0/ip6/::1/tcp/1/ws", "/dnsaddr/example.org", "/dns4/a.b/tcp/443/tls/sni/a.b/ws",
			"/ip4/1.2.3.4/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit",
			"/unix/%2Ftmp%2Fx",
			"/ip4/1.2.3.4/udp/1/webrtc-direct/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ" };

	private static final String[] CIDS = { "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR",
			"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
			"bafzaajaiaejca4syrpdu6gdx4wsdnokxkprgzxf4wrstuc34gxw5k5jrag2so5gk",
			"k51qzi5uqu5dkkciu33khkzbcmxtyhn376i1e83tya8kuy7z9euedzyr5nhoew" };

	private static String text(byte[] data) {
		return new String(data, StandardCharsets.UTF_8);
	}

	static Stream<Arguments> varints() {
		return Fuzzed.seeds(new byte[] { 0 }, new byte[] { (byte) 0x80, 1 },
				new byte[] { -1, -1, -1, -1, -1, -1, -1, -1, 0x7F });
	}

	@MethodSource("varints")
	@FuzzTest
	void varint(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			ByteBuffer source = ByteBuffer.wrap(data);
			long value = Varint.read(source);
			Fuzzed.require(Varint.size(value) == source.position(), "a varint that is not minimal");
		});
	}

	static Stream<Arguments> addresses() {
		return Stream.of(ADDRESSES).map((text) -> {
			ByteBuffer encoded = Multiaddr.parse(text).encoded();
			byte[] bytes = new byte[encoded.remaining()];
			encoded.get(bytes);
			return Arguments.of((Object) bytes);
		});
	}

	@MethodSource("addresses")
	@FuzzTest
	void multiaddr(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			Multiaddr address = Multiaddr.decode(ByteBuffer.wrap(data));
			Fuzzed.require(Multiaddr.decode(address.encoded()).equals(address), "bytes that do not come back");
			Fuzzed.require(Multiaddr.parse(address.toString()).equals(address), "text that does not come back");
		});
	}

	static Stream<Arguments> addressTexts() {
		return Fuzzed.texts(ADDRESSES);
	}

	@MethodSource("addressTexts")
	@FuzzTest
	void multiaddrText(byte[] data) {
		String text = text(data);
		Fuzzed.check(data.length, IllegalArgumentException.class, () -> {
			Multiaddr address = Multiaddr.parse(text);
			Fuzzed.require(Multiaddr.parse(address.toString()).equals(address), "text that does not come back");
			Fuzzed.require(Multiaddr.decode(address.encoded()).equals(address), "bytes that do not come back");
		});
	}

	static Stream<Arguments> hashes() {
		return Stream.of(CIDS[0]).map((text) -> {
			ByteBuffer encoded = Multihash.parseBase58(text).encoded();
			byte[] bytes = new byte[encoded.remaining()];
			encoded.get(bytes);
			return Arguments.of((Object) bytes);
		});
	}

	@MethodSource("hashes")
	@FuzzTest
	void multihash(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			Multihash hash = Multihash.decode(ByteBuffer.wrap(data));
			Fuzzed.require(Multihash.decode(hash.encoded()).equals(hash), "a hash that does not come back");
		});
	}

	static Stream<Arguments> cids() {
		return Stream.of(CIDS).map((text) -> {
			ByteBuffer encoded = Cid.parse(text).encoded();
			byte[] bytes = new byte[encoded.remaining()];
			encoded.get(bytes);
			return Arguments.of((Object) bytes);
		});
	}

	@MethodSource("cids")
	@FuzzTest
	void cid(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			Cid cid = Cid.decode(ByteBuffer.wrap(data));
			Fuzzed.require(Cid.decode(cid.encoded()).equals(cid), "a CID that does not come back");
		});
	}

	static Stream<Arguments> cidTexts() {
		return Fuzzed.texts(CIDS);
	}

	@MethodSource("cidTexts")
	@FuzzTest
	void cidText(byte[] data) {
		String text = text(data);
		Fuzzed.check(data.length, IllegalArgumentException.class, () -> {
			Cid cid = Cid.parse(text);
			Fuzzed.require(Cid.parse(cid.toString()).equals(cid), "a CID that does not come back");
		});
	}

	static Stream<Arguments> multibases() {
		return Fuzzed.texts("zQm", "f00ff", "F00FF", "bmfra", "BMFRA", "k1a", "mAQI", "MAQI=", "uAQI", "UAQI=");
	}

	@MethodSource("multibases")
	@FuzzTest
	void multibase(byte[] data) {
		String text = text(data);
		Fuzzed.check(data.length, IllegalArgumentException.class, () -> Multibase.decode(text));
	}

}
