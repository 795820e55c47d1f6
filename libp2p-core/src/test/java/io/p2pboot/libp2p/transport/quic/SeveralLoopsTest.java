package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A port that four event loops serve. Everything else that QUIC has to do holds there as
 * well: {@link SeveralLoopsQuicTransportTest}.
 */
class SeveralLoopsTest extends QuicSuite {

	private static final int LOOPS = 4;

	/** So many that the kernel gives all to one socket once in a million years. */
	private static final int DIALLERS = 24;

	@Override
	EventLoops createEventLoops() {
		return EventLoops.create(LOOPS);
	}

	@Override
	QuicConfig config() {
		return QuicConfig.DEFAULT.withEventLoops(LOOPS);
	}

	@BeforeEach
	void requireEpoll() {
		assumeTrue(Epoll.isAvailable(), "without epoll a port has one socket");
	}

	@Test
	void connectionsAreSpread() throws Exception {
		Listener listener = listen(ANY_PORT);
		Set<EventLoop> loops = new HashSet<>();
		for (int i = 0; i < DIALLERS; i++) {
			// Each transport dials from a port of its own.
			echo(await(transport(this.client, config()).dial(listener.address(), DialOptions.ANY_PEER)));
			loops.add(this.server.nextInbound().session().channel().eventLoop());
		}
		assertThat(loops).hasSizeBetween(2, LOOPS);
	}

	/** Answers come to the socket that the kernel chooses, and most are handed over. */
	@Test
	void dialsOfAllLoopsLeaveTheListeningPort() throws Exception {
		Listener listener = listen(ANY_PORT);
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		Set<EventLoop> loops = new HashSet<>();
		List<MuxedConnection> connections = new ArrayList<>();
		for (int i = 0; i < LOOPS; i++) {
			MuxedConnection connection = dial(listener.address());
			assertThat(connection.local()).isEqualTo(own.address());
			assertThat(this.server.nextInbound().remote()).isEqualTo(own.address());
			loops.add(connection.session().channel().eventLoop());
			connections.add(connection);
		}
		assertThat(loops).hasSize(LOOPS);
		for (MuxedConnection connection : connections) {
			echo(connection);
		}
	}

	@Test
	void aResponderOfAnyLoopGetsThePeersDial() throws Exception {
		Listener listener = listen(ANY_PORT);
		Listener own = await(this.clientTransport.listen(ANY_PORT));
		DialOptions responder = DialOptions.to(this.client.peer()).withRole(Role.RESPONDER);
		Set<EventLoop> loops = new HashSet<>();
		for (int i = 0; i < LOOPS; i++) {
			Future<MuxedConnection> waiting = this.serverTransport.dial(own.address(), responder);
			// The peer's dial comes to another loop, which may be faster.
			this.server.settle();
			echo(dial(listener.address()));
			MuxedConnection connection = await(waiting);
			assertThat(connection.direction()).isEqualTo(Direction.OUTBOUND);
			loops.add(connection.session().channel().eventLoop());
			echo(connection);
		}
		assertThat(loops).hasSize(LOOPS);
		assertThat(this.server.waitingInbound()).isZero();
	}

	/** The reset comes to one socket, and its connection may be of any other. */
	@Test
	void theRestartOfThePeerEndsConnectionsOfAllLoops() throws Exception {
		Listener listener = listen(ANY_PORT);
		await(this.clientTransport.listen(ANY_PORT));
		try (UdpRelay path = new UdpRelay(listener.address(), true)) {
			List<DuplexChannel> streams = new ArrayList<>();
			List<Inbox> inboxes = new ArrayList<>();
			for (int i = 0; i < LOOPS; i++) {
				Inbox inbox = new Inbox();
				inboxes.add(inbox);
				streams.add(open(dial(path.address()), inbox));
			}
			path.largest(0);
			await(this.serverTransport.close());
			await(transport(this.server, config()).listen(listener.address()));
			path.largest(65_507);
			long start = System.nanoTime();
			streams.forEach((stream) -> stream.writeAndFlush(stream.alloc().buffer().writeZero(100)));
			for (Inbox inbox : inboxes) {
				assertThat(inbox.nextEvent()).contains("does not know the connection any more");
			}
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Test
	void theOtherSocketsOfAPortAreFreedWithIt() throws Exception {
		Listener listener = listen(ANY_PORT);
		MuxedConnection connection = dial(listener.address());
		Future<Void> freed = listener.close();
		assertThat(freed.isDone()).isFalse();
		echo(connection);
		await(connection.session().close(0));
		await(freed);
		Listener again = listen(listener.address());
		assertThat(again.address()).isEqualTo(listener.address());
		echo(dial(again.address()));
	}

	private void echo(MuxedConnection connection) throws Exception {
		Inbox inbox = new Inbox();
		DuplexChannel stream = open(connection, inbox);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
		await(stream.shutdownOutput());
		assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
		assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		assertThat(inbox.bytes()).isEqualTo(100_000);
	}

}
