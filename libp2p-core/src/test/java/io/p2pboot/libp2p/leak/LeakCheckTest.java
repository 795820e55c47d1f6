package io.p2pboot.libp2p.leak;

import java.util.ServiceLoader;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.Extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LeakCheckTest {

	@Test
	void isFoundByJUnit() {
		assertThat(ServiceLoader.load(Extension.class)).hasAtLeastOneElementOfType(LeakCheck.class);
		assertThat(LeakCheck.isWatching(LeakCheckTest.class)).isTrue();
	}

	@Test
	void failsOnABufferThatNobodyReleased() {
		leak();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> LeakCheck.check("Leaky"))
			.withMessageStartingWith("Leaky leaked 1: ")
			.withMessageContaining("LeakCheckTest.leak");
	}

	@Test
	void passesOnBuffersThatWereReleased() {
		PooledByteBufAllocator.DEFAULT.directBuffer(10).release();
		Unpooled.directBuffer(10).release();
		assertThatCode(() -> LeakCheck.check("Clean")).doesNotThrowAnyException();
	}

	@Test
	void passesOnABufferThatIsStillHeld() {
		ByteBuf held = PooledByteBufAllocator.DEFAULT.directBuffer(10);
		assertThatCode(() -> LeakCheck.check("Holder")).doesNotThrowAnyException();
		held.release();
	}

	private static void leak() {
		PooledByteBufAllocator.DEFAULT.directBuffer(10).writeInt(1);
	}

}
