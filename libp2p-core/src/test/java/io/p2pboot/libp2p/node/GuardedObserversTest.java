package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class GuardedObserversTest {

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	private static final ProtocolPath FAILS = ProtocolPath.of("/fails/1.0.0");

	private static final ProtocolPath DATAGRAMS = ProtocolPath.of("/datagrams/1.0.0");

	private final MemoryNetwork network = MemoryNetwork.create();

	private final Set<String> told = ConcurrentHashMap.newKeySet();

	/** Fails at everything that it is told. */
	private final NodeObserver broken = observer((method) -> {
		throw new AssertionError(method);
	});

	private final NodeObserver recording = observer(this.told::add);

	@Test
	void aNodeWhoseObserverFailsAtEverythingServesAsAnyOther() throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();
		try (NettyNode server = node(); NettyNode client = node()) {
			server.mountProtocol(ECHO, StreamProtocol.create())
				.serve(executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
			server.mountProtocol(FAILS, StreamProtocol.create()).serve(executor, (stream) -> {
				throw new IllegalStateException("on purpose");
			});
			server.mountProtocol(DATAGRAMS, DatagramProtocol.create()).serve(executor, received::add);
			Multiaddr nobody = Multiaddr.parse("/memory/4242");
			assertThatExceptionOfType(DialFailed.class).isThrownBy(
					() -> client.connect(new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), List.of(nobody))));

			assertThat(echoed(client, server)).isEqualTo(7);
			try (Stream stream = client.openStream(server.addrInfo(), FAILS)) {
				assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read());
			}
			client.sendDatagram(server.addrInfo(), DATAGRAMS, ByteBuffer.wrap(new byte[3]));
			assertThat(received.poll(20, TimeUnit.SECONDS)).isNotNull();
			assertThat(client.ping(server.addrInfo())).isPositive();
			assertThat(echoed(client, server)).isEqualTo(7);
			assertThat(client.connections()).hasSize(1);
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(this.told).contains("connectionOpened", "connectionClosed", "dialFailed", "dialCompleted",
				"streamOpened", "streamClosed", "bytesMoved", "handlerReturned", "handlerFailed", "datagram",
				"identify", "pinged");
	}

	@Test
	void theNextObserverIsToldWhatTheFirstFailsAt() throws ReflectiveOperationException {
		NodeObserver guarded = GuardedObservers.of(List.of(this.broken, this.recording));
		List<Method> events = Arrays.stream(NodeObserver.class.getMethods()).filter(Method::isDefault).toList();
		for (Method event : events) {
			Object[] arguments = Arrays.stream(event.getParameterTypes()).map(GuardedObserversTest::anything).toArray();
			event.invoke(guarded, arguments);
		}
		assertThat(this.told).isEqualTo(events.stream().map(Method::getName).collect(Collectors.toSet()))
			.hasSizeGreaterThan(10);
		assertThat(GuardedObservers.of(List.of())).isSameAs(NodeObserver.NONE);
	}

	private NettyNode node() throws IOException {
		return NodeBuilder.create()
			.transport(new MemoryTransport(this.network))
			.listen("/memory/0")
			.observer(this.broken)
			.observer(this.recording)
			.shutdownGrace(Duration.ZERO)
			.start();
	}

	private static int echoed(NettyNode client, NettyNode server) throws IOException {
		try (Stream stream = client.openStream(server.addrInfo(), ECHO)) {
			stream.outputStream().write(7);
			stream.closeWrite();
			return stream.inputStream().read();
		}
	}

	private static Object anything(Class<?> type) {
		if (type == int.class) {
			return 1;
		}
		if (type == long.class) {
			return 1L;
		}
		if (type == double.class) {
			return 0.5;
		}
		return (type == boolean.class) ? Boolean.TRUE : (type == Direction.class) ? Direction.INBOUND : null;
	}

	private static NodeObserver observer(java.util.function.Consumer<String> event) {
		return (NodeObserver) Proxy.newProxyInstance(NodeObserver.class.getClassLoader(),
				new Class<?>[] { NodeObserver.class }, (proxy, method, arguments) -> {
					if (method.getDeclaringClass() == Object.class) {
						return "an observer";
					}
					event.accept(method.getName());
					return null;
				});
	}

}
