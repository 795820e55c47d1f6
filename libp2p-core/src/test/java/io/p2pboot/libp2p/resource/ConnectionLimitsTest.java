package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class ConnectionLimitsTest {

	@Test
	void theDefaultsAreTheOnesThatAreDocumented() {
		assertThat(ConnectionLimits.DEFAULT)
			.isEqualTo(new ConnectionLimits(1024, 8, 128, 1000, 32, 314L * 1024 * 1024));
	}

	@Test
	void aLimitIsPositive() {
		assertThatIllegalArgumentException().isThrownBy(() -> ConnectionLimits.DEFAULT.withConnections(0))
			.withMessageContaining("connections");
		assertThatIllegalArgumentException().isThrownBy(() -> ConnectionLimits.DEFAULT.withConnectionsPerPeer(0));
		assertThatIllegalArgumentException().isThrownBy(() -> ConnectionLimits.DEFAULT.withInboundUpgrading(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> ConnectionLimits.DEFAULT.withInboundStreams(0, 1));
		assertThatIllegalArgumentException().isThrownBy(() -> ConnectionLimits.DEFAULT.withInboundStreams(1, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionLimits(1, 1, 1, 1, 1, 256 * 1024 - 1));
		assertThat(new ConnectionLimits(1, 1, 1, 1, 1, 256 * 1024).connections()).isEqualTo(1);
	}

	@Test
	void theRoomForWindowsToGrowStaysTheSameWithOtherNumbersOfStreams() {
		long windows = 256 * 1024;
		ConnectionLimits limits = ConnectionLimits.DEFAULT.withInboundStreams(5000, 32);
		assertThat(limits.unreadBytesPerConnection() - 5000 * windows).isEqualTo(64 << 20);
		assertThat(limits.withInboundStreams(1000, 32)).isEqualTo(ConnectionLimits.DEFAULT);
		assertThat(limits.withUnreadBytesPerConnection(windows).withInboundStreams(1, 1).unreadBytesPerConnection())
			.isEqualTo(windows);
	}

	@Test
	void unreadBytesAreSetByThemselves() {
		ConnectionLimits limits = ConnectionLimits.DEFAULT.withUnreadBytesPerConnection(1L << 32);
		assertThat(limits.unreadBytesPerConnection()).isEqualTo(1L << 32);
		assertThat(limits.withUnreadBytesPerConnection(314L << 20)).isEqualTo(ConnectionLimits.DEFAULT);
	}

	@Test
	void aCounterGivesAsManyAsAllowedAndNotOneMore() {
		BoundedCounter counter = new BoundedCounter("things", 3);
		for (int i = 0; i < 3; i++) {
			assertThat(counter.tryAcquire()).isTrue();
		}
		assertThat(counter.tryAcquire()).isFalse();
		assertThat(counter.exceeded().limit()).isEqualTo("things");
		assertThat(counter.exceeded().maximum()).isEqualTo(3);
		counter.release();
		assertThat(counter.tryAcquire()).isTrue();
		assertThat(counter.used()).isEqualTo(3);
		assertThat(counter.isUsedUp()).isTrue();
	}

	@Test
	void aCounterTellsWhoGivesBackTooMuch() {
		assertThatIllegalStateException().isThrownBy(() -> new BoundedCounter("things", 3).release())
			.withMessageContaining("things");
	}

	@Test
	void manyThreadsNeverTakeMoreThanAllowed() throws Exception {
		BoundedCounter counter = new BoundedCounter("things", 10);
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			List<Future<Integer>> threads = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				threads.add(executor.submit(() -> takeAndGiveBack(counter)));
			}
			for (Future<Integer> most : threads) {
				assertThat(most.get(30, TimeUnit.SECONDS)).isLessThanOrEqualTo(10);
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(counter.used()).isZero();
		assertThat(counter.isUsedUp()).isFalse();
	}

	private static int takeAndGiveBack(BoundedCounter counter) {
		int most = 0;
		for (int i = 0; i < 50_000; i++) {
			if (counter.tryAcquire()) {
				most = Math.max(most, counter.used());
				counter.release();
			}
		}
		return most;
	}

}
