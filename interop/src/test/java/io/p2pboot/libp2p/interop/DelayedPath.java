package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A TCP proxy that passes everything on after a while, in order: a long path without
 * loss, as wide as the machine allows.
 */
final class DelayedPath implements AutoCloseable {

	private static final int PIECE_BYTES = 64 * 1024;

	/** How much may be on its way in one direction: more than any window. */
	private static final int ON_ITS_WAY_BYTES = 512 << 20;

	private record Piece(byte[] bytes, int length, long dueNanos) implements Delayed {

		@Override
		public long getDelay(TimeUnit unit) {
			return unit.convert(this.dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
		}

		@Override
		public int compareTo(Delayed other) {
			return Long.compare(this.dueNanos, ((Piece) other).dueNanos);
		}

	}

	private final ServerSocket server;

	private final int target;

	private final long delayNanos;

	private final List<Socket> sockets = new CopyOnWriteArrayList<>();

	private DelayedPath(ServerSocket server, int target, Duration roundTrip) {
		this.server = server;
		this.target = target;
		this.delayNanos = roundTrip.toNanos() / 2;
	}

	/** Starts a path to a port of the loopback. */
	static DelayedPath to(int port, Duration roundTrip) {
		try {
			DelayedPath path = new DelayedPath(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()), port,
					roundTrip);
			start(path::accept);
			return path;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private interface Work {

		void run() throws IOException, InterruptedException;

	}

	private static void start(Work work) {
		Thread thread = new Thread(() -> {
			try {
				work.run();
			}
			catch (IOException ex) {
				// One of the two has closed: the other one is told by closing it.
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, "delayed-path");
		thread.setDaemon(true);
		thread.start();
	}

	int port() {
		return this.server.getLocalPort();
	}

	private void accept() throws IOException {
		while (true) {
			Socket near = this.server.accept();
			Socket far = new Socket(InetAddress.getLoopbackAddress(), this.target);
			this.sockets.add(near);
			this.sockets.add(far);
			near.setTcpNoDelay(true);
			far.setTcpNoDelay(true);
			pass(near, far);
			pass(far, near);
		}
	}

	private void pass(Socket from, Socket to) {
		DelayQueue<Piece> onItsWay = new DelayQueue<>();
		Semaphore room = new Semaphore(ON_ITS_WAY_BYTES);
		start(() -> {
			InputStream in = from.getInputStream();
			int length = 0;
			while (length >= 0) {
				byte[] bytes = new byte[PIECE_BYTES];
				length = in.read(bytes);
				room.acquire(Math.max(0, length));
				onItsWay.add(new Piece(bytes, length, System.nanoTime() + this.delayNanos));
			}
		});
		start(() -> {
			try (to) {
				OutputStream out = to.getOutputStream();
				for (Piece piece = onItsWay.take(); piece.length() >= 0; piece = onItsWay.take()) {
					out.write(piece.bytes(), 0, piece.length());
					room.release(piece.length());
				}
			}
		});
	}

	@Override
	public void close() {
		try {
			this.server.close();
			for (Socket socket : this.sockets) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
