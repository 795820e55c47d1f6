package io.p2pboot.libp2p.transport.memory;

import java.util.List;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.RawTransportConformance;
import io.p2pboot.libp2p.transport.Transport;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

// T47
class MemoryTransportTest extends RawTransportConformance {

	private final MemoryNetwork network = MemoryNetwork.create();

	@Override
	protected Transport createTransport() {
		return new MemoryTransport(this.network);
	}

	@Override
	protected Multiaddr anyPort() {
		return Multiaddr.parse("/memory/0");
	}

	@Override
	protected List<String> foreignAddresses() {
		return List.of("/ip4/127.0.0.1/tcp/1", "/memory/1/ws", "/unix/a");
	}

	@Test
	void networksAreApart() throws Exception {
		Listener listener = listen(Multiaddr.parse("/memory/7"));
		Transport elsewhere = new MemoryTransport(MemoryNetwork.create());
		elsewhere.start(this.client);
		assertThat(failureOf(elsewhere.dial(listener.address(), DialOptions.ANY_PEER)))
			.hasMessageContaining("/memory/7")
			.hasMessageContaining("nothing listens there");
		await(elsewhere.listen(listener.address()));
	}

	@Test
	void globalNetworkIsShared() throws Exception {
		Transport one = new MemoryTransport();
		one.start(this.server);
		Transport two = new MemoryTransport();
		two.start(this.client);
		Listener listener = await(one.listen(Multiaddr.parse("/memory/0")));
		await(two.dial(listener.address(), DialOptions.ANY_PEER));
		this.server.nextInbound();
		await(listener.close());
	}

	@Test
	void aDialBearsTheNumberThatIsListenedOn() throws Exception {
		Listener listener = listen(anyPort());
		Listener own = await(this.clientTransport.listen(anyPort()));
		echo(dial(listener.address()), 10);
		assertThat(this.server.nextInbound().remote()).isEqualTo(own.address());
		await(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER.withPort(DialPort.NEW)));
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(own.address());
		await(own.close());
		echo(dial(listener.address()), 10);
		assertThat(this.server.nextInbound().remote()).isNotEqualTo(own.address());
	}

	@Test
	void aDialAsResponderWaitsForThePeersDial() throws Exception {
		Listener listener = listen(anyPort());
		DialOptions responder = DialOptions.ANY_PEER.withRole(Role.RESPONDER);
		assertThat(failureOf(this.clientTransport.dial(listener.address(), responder)))
			.hasMessageContaining("listens nowhere");
		Listener own = await(this.clientTransport.listen(anyPort()));
		Future<MuxedConnection> waiting = this.clientTransport.dial(listener.address(), responder);
		assertThat(failureOf(this.clientTransport.dial(listener.address(), responder)))
			.hasMessageContaining("waits for that peer already");
		MuxedConnection initiator = await(this.serverTransport.dial(own.address(), DialOptions.ANY_PEER));
		MuxedConnection crossed = await(waiting);
		assertThat(crossed.local()).isEqualTo(own.address()).isEqualTo(initiator.remote());
		assertThat(crossed.remote()).isEqualTo(listener.address()).isEqualTo(initiator.local());
		assertThat(this.client.waitingInbound()).isZero();
		Future<MuxedConnection> left = this.clientTransport.dial(listener.address(), responder);
		left.cancel(false);
		await(this.serverTransport.dial(own.address(), DialOptions.ANY_PEER));
		this.client.nextInbound();
	}

	@Test
	void takesTheWholeRangeOfNumbers() throws Exception {
		Listener listener = listen(Multiaddr.parse("/memory/18446744073709551615"));
		assertThat(listener.address()).hasToString("/memory/18446744073709551615");
		echo(dial(listener.address()), 10);
	}

	@Test
	void secondCloseOfAListenerLeavesTheNextOneAlone() throws Exception {
		Listener first = listen(Multiaddr.parse("/memory/9"));
		await(first.close());
		listen(first.address());
		await(first.close());
		echo(dial(first.address()), 10);
	}

	@Test
	void seesTheOtherNodesEventLoopsGo() throws Exception {
		var session = dial(listen(anyPort()).address());
		echo(session, 10);
		this.server.close();
		session.channel().writeAndFlush(io.netty.buffer.Unpooled.wrappedBuffer(new byte[10]));
		await(session.channel().closeFuture());
	}

}
