package io.p2pboot.libp2p.benchmarks.stress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

/**
 * Bar B19: what happens to a node in a day, in little time. Connections over TCP,
 * WebSocket and QUIC come and go, each with streams that end in different ways and a
 * datagram. From a fifth of the time to its end nothing may have grown: at most 5 MiB of
 * heap, no buffer, no descriptor, and no leak with every buffer watched.
 */
public final class Soak {

	private static final ProtocolPath ECHO = ProtocolPath.of("/soak/echo/1.0.0");

	private static final ProtocolPath DATAGRAMS = ProtocolPath.of("/soak/datagrams/1.0.0");

	private static final int STREAMS_PER_CONNECTION = 33;

	private static final int ONE_IN_SO_MANY_IS_RESET = 8;

	private static final long RESET_CODE = 7;

	private static final byte[] MESSAGE = new byte[600];

	private static final long MOST_HEAP_BYTES = 5 << 20;

	/** Accounting of pools that grow by a page. */
	private static final long MOST_DIRECT_BYTES = 64 << 10;

	private static final int MOST_DESCRIPTORS = 2;

	private final ExecutorService handlers = Executors.newCachedThreadPool();

	private final NettyNode server;

	private final NettyNode client;

	private long connections;

	private long streams;

	private long failures;

	private Soak() throws IOException {
		this.server = NodeBuilder.create()
			.addTransport(new WebSocketTransport())
			.listen(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"), Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws"),
					Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1")))
			.addressLimits(AddressLimits.NONE)
			.shutdownGrace(Duration.ZERO)
			.start();
		this.client = NodeBuilder.create().addTransport(new WebSocketTransport()).shutdownGrace(Duration.ZERO).start();
		this.server.mountProtocol(ECHO, StreamProtocol.create())
			.serve(this.handlers, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		this.server.mountProtocol(DATAGRAMS, DatagramProtocol.create()).serve(this.handlers, (datagram) -> {
		});
	}

	/**
	 * Runs.
	 * @param arguments how many seconds
	 * @throws IOException if the nodes do not start
	 * @throws InterruptedException if the thread is interrupted
	 */
	public static void main(String... arguments) throws IOException, InterruptedException {
		CountedLeaks.install();
		System.exit(new Soak().run(Duration.ofSeconds(Long.parseLong(arguments[0]))) ? 0 : 1);
	}

	private boolean run(Duration time) throws IOException, InterruptedException {
		load(time.dividedBy(5));
		long before = this.connections;
		Footprint first = Footprint.take();
		System.out.println("after " + time.toSeconds() / 5 + " s: " + first);
		load(time.multipliedBy(4).dividedBy(5));
		Footprint last = Footprint.take();
		System.out.println("after " + time.toSeconds() + " s: " + last);
		this.client.close();
		this.server.close();
		this.handlers.shutdownNow();
		long grown = last.heapBytes() - first.heapBytes();
		boolean held = grown <= MOST_HEAP_BYTES && last.directBytes() - first.directBytes() <= MOST_DIRECT_BYTES
				&& last.descriptors() - first.descriptors() <= MOST_DESCRIPTORS && CountedLeaks.found() == 0
				&& this.failures == 0 && before > 0 && this.connections > before;
		System.out.printf(
				"B19: %d connections, %d streams, %d failures, %d leaks; heap %+.1f MiB, direct %+d KiB, descriptors %+d%n",
				this.connections, this.streams, this.failures, CountedLeaks.found(), grown / 1048576.0,
				(last.directBytes() - first.directBytes()) / 1024, last.descriptors() - first.descriptors());
		return held;
	}

	private void load(Duration time) throws InterruptedException {
		long until = System.nanoTime() + time.toNanos();
		List<Multiaddr> addresses = this.server.addrInfo().addresses();
		for (int round = 0; System.nanoTime() - until < 0; round++) {
			AddrInfo target = new AddrInfo(this.server.peerId(), List.of(addresses.get(round % addresses.size())));
			try {
				connection(target);
			}
			catch (IOException ex) {
				this.failures++;
				System.out.println("failed at " + target + ": " + ex);
			}
			this.client.disconnect(this.server.peerId());
			while (!this.client.connections().isEmpty() || !this.server.connections().isEmpty()) {
				Thread.sleep(1);
			}
		}
	}

	private void connection(AddrInfo target) throws IOException {
		this.client.connect(target);
		this.connections++;
		for (int i = 0; i < STREAMS_PER_CONNECTION; i++) {
			stream(target, i % ONE_IN_SO_MANY_IS_RESET == 0);
		}
		this.client.sendDatagram(target, DATAGRAMS, ByteBuffer.wrap(MESSAGE));
	}

	private void stream(AddrInfo target, boolean reset) throws IOException {
		Stream stream = this.client.openStream(target, ECHO);
		this.streams++;
		stream.outputStream().write(MESSAGE);
		if (reset) {
			stream.reset(RESET_CODE);
			return;
		}
		stream.closeWrite();
		byte[] answer = stream.inputStream().readAllBytes();
		stream.close();
		if (!Arrays.equals(answer, MESSAGE)) {
			throw new IOException(answer.length + " bytes came back");
		}
	}

}
