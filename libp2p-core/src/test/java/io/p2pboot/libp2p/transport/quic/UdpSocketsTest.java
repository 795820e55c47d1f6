package io.p2pboot.libp2p.transport.quic;

import java.net.InetAddress;
import java.net.InetSocketAddress;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.transport.EventLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class UdpSocketsTest {

	private final EventLoops loops = EventLoops.create(1);

	private final Logger logger = (Logger) LoggerFactory.getLogger(UdpSockets.class);

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	@BeforeEach
	void listen() {
		this.logged.start();
		this.logger.addAppender(this.logged);
	}

	@AfterEach
	void close() throws Exception {
		this.logger.detachAppender(this.logged);
		this.loops.group().shutdownGracefully().sync();
	}

	private void bind(UdpSockets sockets) throws Exception {
		Channel channel = sockets
			.bind(sockets.nextLoop(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), false,
					new ChannelInboundHandlerAdapter())
			.sync()
			.channel();
		channel.eventLoop().submit(() -> true).sync();
		channel.close().sync();
	}

	@Test
	void buffersThatTheKernelCutsAreToldOnceWithTheSettingToRaise() throws Exception {
		// No kernel gives a gibibyte.
		UdpSockets sockets = new UdpSockets(this.loops, 1 << 30);
		bind(sockets);
		bind(sockets);
		assertThat(this.logged.list).singleElement()
			.satisfies((event) -> assertThat(event.getFormattedMessage()).contains("1073741824", "raise"));
	}

	@Test
	void buffersThatAreGrantedAreNotTold() throws Exception {
		bind(new UdpSockets(this.loops, 64 << 10));
		assertThat(this.logged.list).isEmpty();
	}

}
