package io.p2pboot.libp2p.transport;

import java.util.concurrent.TimeUnit;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

class EventLoopsTest {

	private static final String NO_NATIVE = "io.netty.transport.noNative";

	/** The build runs every test once this way; this one shows that it does. */
	@Test
	@EnabledIfSystemProperty(named = NO_NATIVE, matches = "true",
			disabledReason = "the tests run with native transports")
	void withoutNativeTransportsEverythingRunsOnNio() {
		assertThat(Epoll.isAvailable()).isFalse();
		assertThat(listeners()).isEqualTo(NioServerSocketChannel.class);
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "the tests bring epoll for this alone")
	@EnabledIfSystemProperty(named = NO_NATIVE, matches = "false",
			disabledReason = "the tests run without native transports")
	void withNativeTransportsEverythingRunsOnEpoll() {
		assertThat(listeners()).isEqualTo(EpollServerSocketChannel.class);
	}

	private static Class<?> listeners() {
		EventLoops loops = EventLoops.create(1);
		loops.group().shutdownGracefully(0, 0, TimeUnit.SECONDS);
		return loops.tcpServer();
	}

}
