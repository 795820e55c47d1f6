package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a dialler and a listener, and passes packets on: those of the dialler,
 * and what a script makes of those of the listener. Thread-safe.
 */
public final class UdpRelay implements AutoCloseable {

	private static final int MAX_UDP_BYTES = 65_507;

	private final DatagramSocket inside = new DatagramSocket(0, InetAddress.getLoopbackAddress());

	private final DatagramSocket outside = new DatagramSocket(0, InetAddress.getLoopbackAddress());

	private final InetSocketAddress listener;

	/** The first byte of each packet that the listener sent. */
	private final List<Integer> answers = new CopyOnWriteArrayList<>();

	private final AtomicLong bytesToListener = new AtomicLong();

	private final AtomicLong packetsToListener = new AtomicLong();

	private final AtomicLong bytesFromListener = new AtomicLong();

	private volatile int largestBytes = MAX_UDP_BYTES;

	/** The largest packet that the listener got. */
	private volatile int seenBytes;

	private volatile @Nullable InetSocketAddress dialler;

	/** The id that the dialler chose for itself last. */
	private volatile byte[] diallerId = new byte[0];

	/** What a dialler gets instead of what a listener sent. */
	interface Script {

		/**
		 * Makes answers.
		 * @param packet what the listener sent
		 * @param diallerId the connection id that the dialler listens to
		 * @return what the dialler gets
		 */
		List<byte[]> answers(byte[] packet, byte[] diallerId);

	}

	public UdpRelay(Multiaddr listener, boolean answers) throws SocketException {
		this(listener, (packet, id) -> answers ? List.of(packet) : List.of());
	}

	UdpRelay(Multiaddr listener, Script script) throws SocketException {
		this.listener = listener.ipSocketAddress().orElseThrow();
		follow(this.inside, (packet) -> {
			this.dialler = (InetSocketAddress) packet.getSocketAddress();
			this.bytesToListener.addAndGet(packet.getLength());
			this.packetsToListener.incrementAndGet();
			this.seenBytes = Math.max(this.seenBytes, packet.getLength());
			learnId(packet.getData());
			packet.setSocketAddress(this.listener);
			this.outside.send(packet);
		});
		follow(this.outside, (packet) -> {
			this.bytesFromListener.addAndGet(packet.getLength());
			this.answers.add(packet.getData()[packet.getOffset()] & 0xFF);
			InetSocketAddress to = this.dialler;
			if (to != null) {
				for (byte[] answer : script.answers(packet.getData(), this.diallerId)) {
					this.inside.send(new DatagramPacket(answer, answer.length, to));
				}
			}
		});
	}

	/** A long header has the sender's id behind the receiver's. */
	private void learnId(byte[] packet) {
		if ((packet[0] & 0x80) != 0) {
			int at = 6 + packet[5];
			this.diallerId = Arrays.copyOfRange(packet, at + 1, at + 1 + packet[at]);
		}
	}

	/** From now on no larger packet comes through, in either direction. */
	public void largest(int bytes) {
		this.largestBytes = bytes;
	}

	/** How large the largest packet was that has come to the listener, in bytes. */
	public int seen() {
		return this.seenBytes;
	}

	/** What becomes of a packet. */
	private interface Taker {

		void take(DatagramPacket packet) throws IOException;

	}

	private void follow(DatagramSocket socket, Taker taker) {
		Thread thread = new Thread(() -> {
			byte[] buffer = new byte[MAX_UDP_BYTES];
			while (!socket.isClosed()) {
				try {
					DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
					socket.receive(packet);
					byte[] copy = Arrays.copyOf(packet.getData(), packet.getLength());
					if (copy.length <= this.largestBytes) {
						taker.take(new DatagramPacket(copy, copy.length, packet.getSocketAddress()));
					}
				}
				catch (IOException ex) {
					// Closed, or a packet that could not be sent on: as good as lost.
					continue;
				}
			}
		}, "udp-relay");
		thread.setDaemon(true);
		thread.start();
	}

	/** Where to dial. */
	public Multiaddr address() {
		return QuicAddress.format((InetSocketAddress) this.inside.getLocalSocketAddress());
	}

	/** How many of the listener's packets were a Retry. */
	long retries() {
		return this.answers.stream().filter((first) -> (first & 0xF0) == 0xF0).count();
	}

	long packetsToListener() {
		return this.packetsToListener.get();
	}

	long bytesToListener() {
		return this.bytesToListener.get();
	}

	long bytesFromListener() {
		return this.bytesFromListener.get();
	}

	@Override
	public void close() {
		this.inside.close();
		this.outside.close();
	}

}
