package io.p2pboot.libp2p.resource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

}
