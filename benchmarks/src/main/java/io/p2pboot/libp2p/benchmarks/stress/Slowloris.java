package io.p2pboot.libp2p.benchmarks.stress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

/**
 * Bar B6: at each stage of the upgrade a thousand attackers, from a thousand addresses,
 * send a byte a second. All are cut within the upgrade's time and a second, and an honest
 * peer connects as before: in the slowest of a hundred cases at most twice as slowly, and
 * 50 ms, for what a loaded machine does by itself.
 */
public final class Slowloris {

	private static final int ATTACKERS = 1000;

	private static final Duration UPGRADE = Duration.ofMillis(1500);

	private static final Duration LATE = Duration.ofSeconds(1);

	private static final int DIALS = 50;

	private static final long LOAD_NANOS = Duration.ofMillis(50).toNanos();

	private static final String HEADER = "\23/multistream/1.0.0\n";

	/** What an attacker sends at once; afterwards it sends single bytes. */
	private enum Stage {

		SILENT("", ""),

		MULTISTREAM_HEADER("", HEADER),

		PROPOSAL(HEADER, "\7/noise\n"),

		NOISE_MESSAGE(HEADER + "\7/noise\n", "\0\40" + "x".repeat(32)),

		TLS_HELLO(HEADER + "\13/tls/1.0.0\n", "\26\3\1\0\100" + "x".repeat(64)),

		WEBSOCKET_REQUEST("", "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n");

		private final byte[] atOnce;

		private final byte[] dripped;

		Stage(String atOnce, String dripped) {
			this.atOnce = atOnce.getBytes(StandardCharsets.ISO_8859_1);
			this.dripped = dripped.getBytes(StandardCharsets.ISO_8859_1);
		}

	}

	private final NettyNode server;

	private final NettyNode client;

	private Slowloris() throws IOException {
		this.server = NodeBuilder.create()
			.addTransport(new WebSocketTransport())
			.listen(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"), Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws")))
			.upgradeTimeout(UPGRADE)
			.shutdownGrace(Duration.ZERO)
			.start();
		this.client = NodeBuilder.create().shutdownGrace(Duration.ZERO).start();
	}

	/**
	 * Attacks.
	 * @param arguments none
	 * @throws IOException if the nodes do not start
	 * @throws InterruptedException if the thread is interrupted
	 */
	public static void main(String... arguments) throws IOException, InterruptedException {
		System.exit(new Slowloris().run() ? 0 : 1);
	}

	private boolean run() throws IOException, InterruptedException {
		dials();
		// A node that runs has met attackers before: the first ones load classes.
		Drip first = new Drip(Stage.SILENT, attack(Stage.SILENT));
		first.run();
		long idle = dials();
		boolean held = true;
		long latest = 0;
		long slowest = 0;
		for (Stage stage : Stage.values()) {
			List<SocketChannel> attackers = attack(stage);
			Drip drip = new Drip(stage, attackers);
			Thread dripping = new Thread(drip, "drip");
			dripping.start();
			long honest = dials();
			dripping.join();
			boolean cut = drip.lastEndNanos <= UPGRADE.plus(LATE).toNanos() && drip.left == 0;
			boolean served = honest <= 2 * idle + LOAD_NANOS;
			System.out.printf("%s: the last of %d cut after %d ms, %d left; honest dial %.1f ms, idle %.1f ms%s%n",
					stage, attackers.size(), drip.lastEndNanos / 1_000_000, drip.left, honest / 1e6, idle / 1e6,
					(cut && served) ? "" : " TOO MUCH");
			held &= cut && served;
			latest = Math.max(latest, drip.lastEndNanos);
			slowest = Math.max(slowest, honest);
		}
		this.client.close();
		this.server.close();
		System.out.printf(
				"B6: %d attackers at each of %d stages, the last cut after %d ms of %d; honest dials %.1f ms, idle %.1f ms%n",
				ATTACKERS, Stage.values().length, latest / 1_000_000, UPGRADE.plus(LATE).toMillis(), slowest / 1e6,
				idle / 1e6);
		return held;
	}

	/** Listeners are bound at once, and may come in any order. */
	private Multiaddr address(boolean websocket) {
		return this.server.addrInfo()
			.addresses()
			.stream()
			.filter((address) -> address.has(MultiaddrProtocol.WS) == websocket)
			.findFirst()
			.orElseThrow();
	}

	private List<SocketChannel> attack(Stage stage) throws IOException {
		InetSocketAddress target = address(stage == Stage.WEBSOCKET_REQUEST).ipSocketAddress().orElseThrow();
		List<SocketChannel> attackers = new ArrayList<>();
		for (int i = 0; i < ATTACKERS; i++) {
			SocketChannel attacker = SocketChannel.open();
			attacker.bind(new InetSocketAddress(
					InetAddress.getByAddress(new byte[] { 127, 1, (byte) (i / 200), (byte) (1 + i % 200) }), 0));
			attacker.connect(target);
			attacker.configureBlocking(false);
			send(attacker, stage.atOnce);
			attackers.add(attacker);
		}
		return attackers;
	}

	private static boolean send(SocketChannel attacker, byte... bytes) {
		try {
			attacker.write(ByteBuffer.wrap(bytes));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** Connects an honest peer again and again; the slowest, in nanoseconds. */
	private long dials() throws IOException, InterruptedException {
		AddrInfo target = new AddrInfo(this.server.peerId(), List.of(address(false)));
		long[] nanos = new long[DIALS];
		for (int i = 0; i < DIALS; i++) {
			long began = System.nanoTime();
			this.client.connect(target);
			nanos[i] = System.nanoTime() - began;
			this.client.disconnect(this.server.peerId());
			while (!this.client.connections().isEmpty()) {
				Thread.sleep(1);
			}
		}
		return Arrays.stream(nanos).max().orElseThrow();
	}

	/**
	 * Sends bytes until all connections have ended.
	 */
	private static final class Drip implements Runnable {

		private final Stage stage;

		private final List<SocketChannel> attackers;

		private final long began = System.nanoTime();

		private final ByteBuffer read = ByteBuffer.allocate(1024);

		private volatile long lastEndNanos;

		private volatile int left;

		Drip(Stage stage, List<SocketChannel> attackers) {
			this.stage = stage;
			this.attackers = attackers;
		}

		@Override
		public void run() {
			List<SocketChannel> open = new ArrayList<>(this.attackers);
			long deadline = UPGRADE.plus(LATE).multipliedBy(2).toNanos();
			long lastSecond = -1;
			for (long now = 0; !open.isEmpty() && now < deadline; now = System.nanoTime() - this.began) {
				long second = now / 1_000_000_000;
				boolean drip = second != lastSecond && this.stage.dripped.length > second;
				lastSecond = second;
				open.removeIf((attacker) -> hasEnded(attacker)
						|| (drip && !send(attacker, this.stage.dripped[(int) second]) && close(attacker)));
				this.lastEndNanos = System.nanoTime() - this.began;
				pause();
			}
			this.left = open.size();
			open.forEach(Drip::close);
		}

		private boolean hasEnded(SocketChannel attacker) {
			try {
				this.read.clear();
				return attacker.read(this.read) < 0 && close(attacker);
			}
			catch (IOException ex) {
				return close(attacker);
			}
		}

		private static boolean close(SocketChannel attacker) {
			try {
				attacker.close();
			}
			catch (IOException ex) {
				System.out.println(ex);
			}
			return true;
		}

		private static void pause() {
			try {
				Thread.sleep(5);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
