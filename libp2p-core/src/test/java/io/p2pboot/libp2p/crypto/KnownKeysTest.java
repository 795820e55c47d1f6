package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class KnownKeysTest {

	@Test
	void aKeyThatWasDecodedLatelyIsNotCheckedAgain() throws Exception {
		ByteBuffer encoded = PrivateKey.generate().publicKey().encoded();
		PublicKey first = PublicKey.decode(encoded.duplicate());
		assertThat(PublicKey.decode(encoded.duplicate())).isSameAs(first);
	}

	@Test
	void moreKeysThanPlacesTakeEachOthersPlacesAndStayWhatTheyAre() throws Exception {
		Set<PublicKey> kept = new HashSet<>();
		for (int i = 0; i <= KnownKeys.PLACES; i++) {
			ByteBuffer encoded = PrivateKey.generate().publicKey().encoded();
			PublicKey key = PublicKey.decode(encoded.duplicate());
			assertThat(key.encoded()).isEqualTo(encoded);
			assertThat(kept.add(key)).isTrue();
		}
		int still = 0;
		for (PublicKey key : kept) {
			PublicKey again = PublicKey.decode(key.encoded());
			assertThat(again).isEqualTo(key);
			still += (again == key) ? 1 : 0;
		}
		assertThat(still).isLessThan(KnownKeys.PLACES);
	}

	@Test
	void theSameBytesAreNoKeyOfAnotherType() throws Exception {
		PublicKey key = PrivateKey.generate().publicKey();
		byte[] encoded = new byte[key.encoded().remaining()];
		key.encoded().get(encoded);
		PublicKey.decode(ByteBuffer.wrap(encoded));
		encoded[1] = (byte) KeyType.SECP256K1.ordinal();
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> PublicKey.decode(ByteBuffer.wrap(encoded)));
	}

}
