package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever waits for ever says so with a time that is longer than a clock counts.
 */
class LongTimeTest extends NodeSuite {

	private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder serverBuilder() {
		return super.serverBuilder().shutdownGrace(FOREVER);
	}

	@Test
	void dialsDrainsAndEndsMayTakeForEver() throws Exception {
		Connection connection = this.client.connect(this.server.addrInfo(),
				ConnectOptions.DEFAULT.withTimeout(FOREVER));
		assertThat(this.server.drain(FOREVER)).isTrue();
		this.server.close();
		assertThat(connection.awaitClosed(FOREVER)).isTrue();
	}

}
