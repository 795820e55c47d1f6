package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.security.Provider;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The native provider and the JDK's, which stands in where no native loads, are the same
 * cipher.
 */
class ChaChaPolyTest {

	private static final byte[] KEY = HexFormat.of()
		.parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

	private static ChaChaPoly cipher(boolean nativeProvider) {
		Optional<Provider> provider = nativeProvider ? NativeProvider.find() : Optional.empty();
		Assumptions.assumeTrue(!nativeProvider || provider.isPresent(), "needs the native provider");
		return ChaChaPoly.create(ByteBuffer.wrap(KEY), provider);
	}

	private static ByteBuffer buffer(int size, boolean direct) {
		return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
	}

	private static ByteBuffer random(int size, boolean direct) {
		byte[] bytes = new byte[size];
		new Random(size).nextBytes(bytes);
		return buffer(size, direct).put(bytes).flip();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 15, 16, 4096, 65_519 })
	void eachOpensWhatTheOtherSealed(int size) throws DecodeException {
		for (boolean direct : new boolean[] { true, false }) {
			for (boolean nativeSeals : new boolean[] { true, false }) {
				for (long counter : new long[] { 0, 1, 0xFFFF_FFFFL, 1L << 32, -3 }) {
					ByteBuffer sealed = buffer(size + ChaChaPoly.TAG_BYTES, direct);
					cipher(nativeSeals).seal(counter, random(7, false), random(size, direct), sealed);
					ByteBuffer opened = buffer(size, direct);
					cipher(!nativeSeals).open(counter, random(7, false), sealed.flip(), opened);
					assertThat(opened.flip()).isEqualTo(random(size, direct));
				}
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void neitherOpensWhatIsNotAuthentic(boolean nativeProvider) {
		ByteBuffer sealed = ByteBuffer.allocate(100 + ChaChaPoly.TAG_BYTES);
		cipher(nativeProvider).seal(5, random(7, false), random(100, false), sealed);
		for (int i = 0; i < sealed.capacity(); i++) {
			ByteBuffer changed = ByteBuffer.wrap(sealed.array().clone());
			changed.put(i, (byte) (changed.get(i) ^ 1));
			refused(nativeProvider, 5, random(7, false), changed);
		}
		refused(nativeProvider, 6, random(7, false), ByteBuffer.wrap(sealed.array().clone()));
		refused(nativeProvider, 5, random(8, false), ByteBuffer.wrap(sealed.array().clone()));
		refused(nativeProvider, 5, random(7, false), ByteBuffer.wrap(sealed.array(), 0, 115));
		refused(nativeProvider, 5, random(7, false), ByteBuffer.allocate(15));
		refused(nativeProvider, 5, random(7, false), ByteBuffer.allocate(0));
	}

	private static void refused(boolean nativeProvider, long counter, ByteBuffer associated, ByteBuffer sealed) {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> cipher(nativeProvider).open(counter, associated, sealed, ByteBuffer.allocate(100)));
	}

	@Test
	void aKeyHas32Bytes() {
		assertThatIllegalArgumentException().isThrownBy(() -> ChaChaPoly.create(ByteBuffer.allocate(31)));
		assertThatIllegalArgumentException().isThrownBy(() -> ChaChaPoly.create(ByteBuffer.allocate(33)));
	}

}
