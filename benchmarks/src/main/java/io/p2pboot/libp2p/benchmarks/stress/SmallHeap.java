package io.p2pboot.libp2p.benchmarks.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.AddressLimits;

/**
 * Bar B20: a node with 64 MiB of heap, in a process of its own, is flooded in several
 * ways at once: streams that nobody reads, connections that come and go, sockets that
 * send junk. It refuses and does not run out of memory, and an honest peer is served all
 * the time.
 */
public final class SmallHeap {

	private static final ProtocolPath ECHO = ProtocolPath.of("/small/echo/1.0.0");

	private static final ProtocolPath UNREAD = ProtocolPath.of("/small/unread/1.0.0");

	private static final int HOLDERS = 16;

	private static final int STREAMS = 500;

	private static final Duration SERVED = Duration.ofSeconds(5);

	private final long end;

	private final AddrInfo target;

	private final AtomicLong unreadBytes = new AtomicLong();

	private final AtomicLong refused = new AtomicLong();

	private final AtomicLong connections = new AtomicLong();

	private SmallHeap(AddrInfo target, long end) {
		this.target = target;
		this.end = end;
	}

	/**
	 * Floods.
	 * @param arguments how many seconds; {@code serve} in the process that is flooded
	 * @throws Exception if the processes do not start
	 */
	public static void main(String... arguments) throws Exception {
		if (arguments[0].equals("serve")) {
			serve();
		}
		else {
			System.exit(flood(Duration.ofSeconds(Long.parseLong(arguments[0]))) ? 0 : 1);
		}
	}

	private static void serve() throws IOException {
		Node node = NodeBuilder.create()
			.listen(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")))
			.addressLimits(AddressLimits.NONE)
			.start();
		ExecutorService handlers = Executors.newFixedThreadPool(8);
		node.mountProtocol(ECHO, StreamProtocol.create())
			.serve(handlers, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		// Nobody accepts.
		node.mountProtocol(UNREAD, StreamProtocol.create(100_000));
		System.out.println("READY " + node.addrInfo().addresses().get(0) + "/p2p/" + node.peerId());
		while (System.in.read() >= 0) {
			System.out.println("READ");
		}
		Runtime.getRuntime().halt(0);
	}

	private static boolean flood(Duration time) throws Exception {
		Process served = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx64m", "-cp", System.getProperty("java.class.path"), SmallHeap.class.getName(), "serve")
			.redirectErrorStream(true)
			.start();
		try (BufferedReader output = new BufferedReader(
				new InputStreamReader(served.getInputStream(), StandardCharsets.UTF_8))) {
			try {
				return flood(served, output, time);
			}
			finally {
				// Before its output is closed: the thread that reads it holds it until
				// then.
				served.destroyForcibly();
			}
		}
	}

	private static boolean flood(Process served, BufferedReader output, Duration time) throws Exception {
		String line = output.readLine();
		while (line != null && !line.startsWith("READY ")) {
			line = output.readLine();
		}
		if (line == null) {
			throw new IOException("The node did not start");
		}
		AtomicLong outOfMemory = new AtomicLong();
		Thread reading = new Thread(() -> output.lines()
			.filter((said) -> said.contains("OutOfMemoryError"))
			.forEach((said) -> outOfMemory.incrementAndGet()), "output");
		reading.setDaemon(true);
		reading.start();
		SmallHeap flood = new SmallHeap(AddrInfo.parse(line.substring("READY ".length())),
				System.nanoTime() + time.toNanos());
		long slowest = flood.run();
		boolean held = served.isAlive() && outOfMemory.get() == 0 && slowest <= SERVED.toNanos();
		System.out.printf(
				"B20: 64 MiB of heap, %d s: %d connections, %d MiB sent that nobody reads, %d refusals, %d out of memory; honest echo in %d ms at most%s%n",
				time.toSeconds(), flood.connections.get(), flood.unreadBytes.get() >> 20, flood.refused.get(),
				outOfMemory.get(), slowest / 1_000_000, served.isAlive() ? "" : "; the process has ended");
		return held;
	}

	/** The slowest honest echo, in nanoseconds. */
	private long run() throws InterruptedException {
		ExecutorService attackers = Executors.newCachedThreadPool();
		for (int i = 0; i < HOLDERS; i++) {
			attackers.execute(() -> repeat(this::hold));
		}
		attackers.execute(() -> repeat(this::churn));
		attackers.execute(() -> repeat(this::junk));
		long slowest = 0;
		while (System.nanoTime() < this.end) {
			long began = System.nanoTime();
			try {
				echo();
			}
			catch (IOException ex) {
				System.out.println("the honest peer was not served: " + ex);
				slowest = Long.MAX_VALUE;
			}
			slowest = Math.max(slowest, System.nanoTime() - began);
			Thread.sleep(200);
		}
		attackers.shutdownNow();
		attackers.awaitTermination(10, TimeUnit.SECONDS);
		return slowest;
	}

	private void repeat(Attack attack) {
		while (System.nanoTime() < this.end) {
			try {
				attack.run();
			}
			catch (IOException ex) {
				this.refused.incrementAndGet();
			}
		}
	}

	/** Opens streams and writes what a window takes, and reads nothing. */
	private void hold() throws IOException {
		try (Node node = NodeBuilder.create().eventLoopThreads(1).shutdownGrace(Duration.ZERO).start()) {
			List<Stream> streams = new ArrayList<>();
			for (int i = 0; i < STREAMS && System.nanoTime() < this.end; i++) {
				Stream stream = node.openStream(this.target, UNREAD);
				stream.writeTimeout(Duration.ofMillis(200));
				streams.add(stream);
				try {
					byte[] bytes = new byte[64 << 10];
					for (int part = 0; part < 4; part++) {
						stream.outputStream().write(bytes);
						this.unreadBytes.addAndGet(bytes.length);
					}
				}
				catch (IOException ex) {
					this.refused.incrementAndGet();
				}
			}
		}
	}

	private void churn() throws IOException {
		try (Node node = NodeBuilder.create().eventLoopThreads(1).shutdownGrace(Duration.ZERO).start()) {
			node.connect(this.target);
			this.connections.incrementAndGet();
		}
	}

	private void junk() throws IOException {
		byte[] junk = new byte[1024];
		new Random(this.connections.get()).nextBytes(junk);
		InetSocketAddress address = this.target.addresses().get(0).ipSocketAddress().orElseThrow();
		try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
			socket.getOutputStream().write(junk);
		}
	}

	private void echo() throws IOException {
		try (Node node = NodeBuilder.create().eventLoopThreads(1).shutdownGrace(Duration.ZERO).start();
				Stream stream = node.openStream(this.target, ECHO)) {
			stream.readTimeout(SERVED);
			stream.outputStream().write(7);
			stream.closeWrite();
			if (stream.inputStream().read() != 7) {
				throw new IOException("another byte came back");
			}
		}
	}

	private interface Attack {

		void run() throws IOException;

	}

}
