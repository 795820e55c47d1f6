package io.p2pboot.libp2p.transport.quic;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The ids of a socket's connections.
 */
class ConnectionIdsTest {

	private static final InetSocketAddress REMOTE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

	private final ConnectionIds ids = new ConnectionIds((id) -> new byte[ResetTokens.BYTES]);

	@Test
	void aConnectionThatUsedUpItsIdsLeavesNothingBehind() {
		long dialled = this.ids.dial(REMOTE);
		this.ids.newId(ByteBuffer.allocate(8), ByteBuffer.allocate(8), ConnectionIds.LENGTH);
		long accepted = this.ids.accepted(REMOTE);
		for (long first : new long[] { dialled, accepted }) {
			ByteBuffer active = ConnectionIds.bytes(first);
			for (int i = 0; i < 3 * ConnectionIds.MAX_IDS_OF_A_CONNECTION; i++) {
				active = this.ids.newId(active, ConnectionIds.LENGTH);
			}
		}
		assertThat(this.ids.with(REMOTE)).hasSize(2);
		assertThat(this.ids.size()).isLessThanOrEqualTo(2 * (ConnectionIds.MAX_IDS_OF_A_CONNECTION + 2));
		this.ids.ended(dialled);
		this.ids.ended(accepted);
		assertThat(this.ids.size()).isZero();
		assertThat(this.ids.with(REMOTE)).isEmpty();
	}

}
