package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;
import java.util.Set;

import io.netty.channel.socket.DuplexChannel;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer is gone without a word, and there again on its port (RFC 9000 section 10.3).
 */
class RestartTest extends QuicSuite {

	/** The idle timeout is 30 s. */
	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void theRestartOfThePeerEndsItsConnectionsAtOnce() throws Exception {
		Listener listener = listen(ANY_PORT);
		try (UdpRelay path = new UdpRelay(listener.address(), true)) {
			MuxedConnection connection = dial(path.address());
			endsWhenThePeerIsRestarted(connection, path, listener);
		}
	}

	/** Then the first id of a connection is the one of the Retry. */
	@Test
	void itDoesSoWhereThePeerHadUsToProveOurAddress() throws Exception {
		this.server.busy(true);
		Listener listener = listen(ANY_PORT);
		try (UdpRelay path = new UdpRelay(listener.address(), true)) {
			MuxedConnection connection = dial(path.address());
			assertThat(path.retries()).isPositive();
			endsWhenThePeerIsRestarted(connection, path, listener);
		}
	}

	@Test
	void eachConnectionHasATokenOfItsOwn() throws Exception {
		Listener listener = listen(ANY_PORT);
		try (UdpRelay path = new UdpRelay(listener.address(), true)) {
			MuxedConnection first = dial(path.address());
			MuxedConnection second = dial(path.address());
			endsWhenThePeerIsRestarted(first, path, listener);
			assertThat(second.session().channel().isActive()).isTrue();
		}
	}

	private void endsWhenThePeerIsRestarted(MuxedConnection connection, UdpRelay path, Listener listener)
			throws Exception {
		Inbox inbox = new Inbox();
		DuplexChannel stream = open(connection, inbox);
		await(stream.writeAndFlush(stream.alloc().buffer().writeZero(10)));
		path.largest(0);
		await(this.serverTransport.close());
		QuicTransport restarted = transport(this.server, config());
		assertThat(await(restarted.listen(listener.address())).address()).isEqualTo(listener.address());
		path.largest(65_507);
		long start = System.nanoTime();
		stream.writeAndFlush(stream.alloc().buffer().writeZero(100));
		assertThat(inbox.nextEvent()).contains("ConnectionLost").contains("does not know the connection any more");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
		await(connection.session().channel().closeFuture());
		assertThat(connection.session().endCause()).hasValueSatisfying(
				(cause) -> assertThat(cause).isInstanceOf(ConnectionLost.class).hasMessageContaining("restarted"));
	}

	/** What a peer of ours that was restarted answers is no reset for us then. */
	@Test
	void withoutTheCodecsTokenTheConnectionLivesUntilItIsIdle() throws Exception {
		QuicTransport there = new QuicTransport(config(),
				QuicheAccess.without(Set.of(QuicheAccess.Member.RESET_TOKEN)));
		there.start(this.server);
		Listener listener = await(there.listen(ANY_PORT));
		try (UdpRelay path = new UdpRelay(listener.address(), true)) {
			QuicTransport brief = transport(this.client,
					config().withTimeouts(HANDSHAKE, Duration.ofSeconds(2), QuicConfig.DEFAULT_KEEP_ALIVE));
			MuxedConnection connection = await(brief.dial(path.address(), DialOptions.ANY_PEER));
			Inbox inbox = new Inbox();
			DuplexChannel stream = open(connection, inbox);
			path.largest(0);
			await(there.close());
			Multiaddr same = listener.address();
			assertThat(await(this.serverTransport.listen(same)).address()).isEqualTo(same);
			path.largest(65_507);
			stream.writeAndFlush(stream.alloc().buffer().writeZero(100));
			assertThat(inbox.nextEvent()).contains("idle timeout");
		}
	}

}
