package io.p2pboot.libp2p.node;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HostAddressesTest {

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

	private final AtomicInteger lookUps = new AtomicInteger();

	@Test
	void theSystemIsAskedAgainWhenTheAnswerIsOld() throws Exception {
		List<NetworkInterface> networks = Collections.list(NetworkInterface.getNetworkInterfaces());
		HostAddresses hosts = new HostAddresses(this.now::get, () -> {
			this.lookUps.incrementAndGet();
			return networks;
		});
		hosts.get();
		this.now.addAndGet(HostAddresses.LIFETIME.toNanos() - 1);
		hosts.get();
		assertThat(this.lookUps).hasValue(1);
		this.now.incrementAndGet();
		hosts.get();
		assertThat(this.lookUps).hasValue(2);
	}

	@Test
	void noAddressNeedsAZone() {
		assertThat(new HostAddresses(this.now::get).get()).isNotEmpty().noneMatch(InetAddress::isLinkLocalAddress);
	}

	@Test
	void whereTheSystemDoesNotSayTheLoopbackIsKnown() {
		HostAddresses hosts = new HostAddresses(this.now::get, () -> {
			throw new SocketException("no network interfaces");
		});
		assertThat(hosts.get()).containsExactly(InetAddress.getLoopbackAddress());
	}

}
