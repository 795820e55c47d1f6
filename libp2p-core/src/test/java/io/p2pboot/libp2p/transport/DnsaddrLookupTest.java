package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What one name may cost whose owner means no good.
 */
class DnsaddrLookupTest {

	private static final Multiaddr GOOD = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	/** Looks a name up that has so many records of other names, and then a good one. */
	private static Future<List<Multiaddr>> lookup(int useless) {
		List<String> records = new ArrayList<>();
		for (int index = 0; index < useless; index++) {
			records.add("dnsaddr=/dnsaddr/n" + index + ".test");
		}
		records.add("dnsaddr=" + GOOD);
		ImmediateEventExecutor executor = ImmediateEventExecutor.INSTANCE;
		return new DnsaddrLookup(Multiaddr.parse("/dnsaddr/big.test"), executor,
				(name) -> executor.newSucceededFuture(name.equals("_dnsaddr.big.test") ? records : List.of()),
				(host) -> executor.newFailedFuture(new IOException("unexpected")))
			.start();
	}

	@Test
	void asManyRecordsAreLookedAtAsAllowedAndNotOneMore() {
		assertThat(lookup(DnsaddrLookup.MAX_RECORDS - 1).getNow()).containsExactly(GOOD);
		assertThat(lookup(DnsaddrLookup.MAX_RECORDS).cause()).isInstanceOf(IOException.class)
			.hasMessageContaining("/dnsaddr/big.test");
	}

}
