package io.p2pboot.libp2p.node;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.swarm.AddressSource;
import io.p2pboot.libp2p.swarm.Swarm;
import io.p2pboot.libp2p.swarm.SwarmConfig;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Row 2 of the attacks: one address, 1,100 identities, one idle connection each.
 */
@Timeout(240)
class ManyIdentitiesTest extends NodeSuite {

	private static final int IDENTITIES = 1100;

	private static final int AT_ONCE = 50;

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder serverBuilder() {
		return super.serverBuilder().limits(ConnectionLimits.DEFAULT);
	}

	private static Swarm stranger(EventLoops loops, AddressResolver resolver) {
		Swarm swarm = new Swarm(PrivateKey.generate(),
				new SwarmConfig(List.of(new NoiseSecurity()), List.of(new YamuxMuxer(YamuxConfig.DEFAULT)),
						Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(10),
						ConnectionLimits.DEFAULT),
				List.of(new TcpTransport()), loops, resolver, Runnable::run, NodeObserver.NONE, Clock.systemUTC());
		swarm.running(true);
		return swarm;
	}

	private int attack(EventLoops loops, AddressResolver resolver) throws InterruptedException {
		AddressSource target = new AddressSource("target", true,
				() -> loops.group().next().newSucceededFuture(this.server.listenAddresses()));
		int connected = 0;
		for (int i = 0; i < IDENTITIES; i += AT_ONCE) {
			List<Future<Connection>> dials = new ArrayList<>();
			for (int j = 0; j < AT_ONCE; j++) {
				dials.add(stranger(loops, resolver).connect(this.server.peerId(), List.of(target),
						ConnectOptions.DEFAULT));
			}
			for (Future<Connection> dial : dials) {
				assertThat(dial.await(60, TimeUnit.SECONDS)).isTrue();
				connected += dial.isSuccess() ? 1 : 0;
			}
		}
		return connected;
	}

	@Test
	void anotherAddressIsServedAndTheNodeCanDialWhateverOneAddressHolds() throws Exception { // B5
		EventLoops loops = EventLoops.nio(2);
		AddressResolver resolver = AddressResolver.create(loops, new InetSocketAddress("127.0.0.1", 9));
		try (Relay relay = new Relay(this.server.listenAddresses().get(0), "127.0.0.2")) {
			int connected = attack(loops, resolver);
			assertThat(this.server.connections()).hasSizeBetween(1000, 1024);
			for (int i = 0; i < 10; i++) {
				NettyNode honest = started(link().client().shutdownGrace(Duration.ZERO));
				honest.connect(new AddrInfo(this.server.peerId(), List.of(relay.address())));
				assertThat(honest.ping(this.server.addrInfo())).isPositive();
			}
			NettyNode dialled = started(link().server().shutdownGrace(Duration.ZERO));
			this.server.connect(dialled.addrInfo());
			assertThat(this.server.ping(dialled.addrInfo())).isPositive();
			assertThat(this.server.connections()).hasSizeLessThanOrEqualTo(1024);
			System.out.println("Row 2: " + connected + " of " + IDENTITIES
					+ " identities of one address connected, 10 of 10 from another were served, and a dial went out");
		}
		finally {
			resolver.close();
			loops.group().shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
		}
	}

	/** Connects to the node from another address of this host. */
	private final class Relay implements Closeable {

		private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

		private final List<Socket> open = new ArrayList<>();

		Relay(Multiaddr target, String from) throws IOException {
			InetSocketAddress node = target.ipSocketAddress().orElseThrow();
			ManyIdentitiesTest.this.executor.execute(() -> {
				try {
					while (true) {
						Socket near = opened(this.socket.accept());
						Socket far = opened(
								new Socket(node.getAddress(), node.getPort(), InetAddress.getByName(from), 0));
						ManyIdentitiesTest.this.executor.execute(() -> pump(near, far));
						ManyIdentitiesTest.this.executor.execute(() -> pump(far, near));
					}
				}
				catch (IOException ex) {
					assertThat(this.socket.isClosed()).isTrue();
				}
			});
		}

		private synchronized Socket opened(Socket made) {
			this.open.add(made);
			return made;
		}

		Multiaddr address() {
			return Multiaddr.parse("/ip4/127.0.0.1/tcp/" + this.socket.getLocalPort());
		}

		private static void pump(Socket from, Socket to) {
			try (from; to) {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				in.transferTo(out);
			}
			catch (IOException ex) {
				assertThat(ex).isNotNull();
			}
		}

		@Override
		public synchronized void close() throws IOException {
			this.socket.close();
			for (Socket one : this.open) {
				one.close();
			}
		}

	}

}
