package io.p2pboot.libp2p.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import io.p2pboot.libp2p.crypto.ChaChaPoly;

/**
 * What sockets and ciphers alone reach: lines of a title, a tab and a figure in MB/s.
 */
public final class Baselines {

	private static final int BUFFER_BYTES = 1 << 18;

	/** The plaintext of Noise's largest message. */
	private static final int FRAME_BYTES = 65_535 - ChaChaPoly.TAG_BYTES;

	private static final int TLS_RECORD_BYTES = 1 << 14;

	private static final int GCM_NONCE_BYTES = 12;

	private static final int GCM_TAG_BITS = 128;

	private Baselines() {
	}

	private interface Work {

		/** Does some of it and returns how many bytes that were. */
		int once() throws GeneralSecurityException, IOException;

	}

	/**
	 * Measures and prints.
	 * @param arguments how often, and for how many seconds each time
	 * @throws Exception if a socket or a cipher fails
	 */
	public static void main(String... arguments) throws Exception {
		int repeats = (arguments.length > 0) ? Integer.parseInt(arguments[0]) : 3;
		double seconds = (arguments.length > 1) ? Double.parseDouble(arguments[1]) : 1;
		// The first time is for the compiler.
		for (int i = -1; i < repeats; i++) {
			print(i >= 0, "raw TCP over loopback, one connection, MB/s", rawTcp(seconds));
			print(i >= 0, "ChaCha20-Poly1305 seals 64 KiB as Noise does, one thread, MB/s", rate(sealing(), seconds));
			print(i >= 0, "AES-128-GCM of the JDK seals 16 KiB, one thread, MB/s", rate(gcm(), seconds));
		}
	}

	private static void print(boolean counts, String title, double megabytes) {
		if (counts) {
			System.out.printf(java.util.Locale.ROOT, "%s\t%.1f%n", title, megabytes);
		}
	}

	private static double rate(Work work, double seconds) throws GeneralSecurityException, IOException {
		long begun = System.nanoTime();
		long end = begun + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
		long bytes = 0;
		while (System.nanoTime() < end) {
			bytes += work.once();
		}
		return bytes * 1e3 / (System.nanoTime() - begun);
	}

	private static Work sealing() {
		ChaChaPoly cipher = ChaChaPoly.create(ByteBuffer.allocate(ChaChaPoly.KEY_BYTES));
		ByteBuffer plain = ByteBuffer.allocateDirect(FRAME_BYTES);
		ByteBuffer sealed = ByteBuffer.allocateDirect(FRAME_BYTES + ChaChaPoly.TAG_BYTES);
		long[] nonce = new long[1];
		return () -> {
			cipher.seal(nonce[0]++, ByteBuffer.allocate(0), plain.clear(), sealed.clear());
			return FRAME_BYTES;
		};
	}

	private static Work gcm() throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
		SecretKeySpec key = new SecretKeySpec(new byte[16], "AES");
		byte[] plain = new byte[TLS_RECORD_BYTES];
		byte[] sealed = new byte[TLS_RECORD_BYTES + GCM_TAG_BITS / Byte.SIZE];
		byte[] nonce = new byte[GCM_NONCE_BYTES];
		ByteBuffer counter = ByteBuffer.wrap(nonce);
		long[] records = new long[1];
		return () -> {
			counter.putLong(0, ++records[0]);
			cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(GCM_TAG_BITS, nonce));
			return cipher.doFinal(plain, 0, plain.length, sealed) - GCM_TAG_BITS / Byte.SIZE;
		};
	}

	private static double rawTcp(double seconds) throws Exception {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			Thread reader = new Thread(() -> drain(server), "raw-tcp");
			reader.setDaemon(true);
			reader.start();
			try (SocketChannel socket = SocketChannel.open(server.getLocalAddress())) {
				ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
				return rate(() -> socket.write(buffer.clear()), seconds);
			}
			finally {
				reader.join();
			}
		}
	}

	private static void drain(ServerSocketChannel server) {
		ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
		try (SocketChannel socket = server.accept()) {
			while (socket.read(buffer.clear()) >= 0) {
				continue;
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
