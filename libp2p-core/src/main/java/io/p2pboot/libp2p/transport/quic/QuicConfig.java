package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;

/**
 * How QUIC is set up. Immutable.
 *
 * @param handshakeTimeout how long a handshake may take, inbound and outbound; 1 ms to
 * {@link Integer#MAX_VALUE} ms
 * @param idleTimeout after how long without a packet a connection is lost; the smaller of
 * both sides' counts; at least 1 s
 * @param keepAlive how often an idle connection is used, unless half the peer's idle
 * timeout is less; positive
 * @param inboundStreams how many streams the peer may have open; 1 to 65,536
 * @param streamWindowBytes how many bytes that are not read yet the peer may send on a
 * stream at first; 64 KiB to 16 MiB. The codec raises it for a reader that is fast, to at
 * most 16 MiB
 * @param connectionWindowBytes the same for all streams of a connection together; at
 * least {@code streamWindowBytes}, at most 24 MiB, which is also what it may grow to
 * @param socketBufferBytes what is asked of the kernel as receive and as send buffer of a
 * socket; at least 64 KiB
 * @param maxUdpPayloadBytes the largest packet that path MTU discovery looks for; 1,200
 * to 16,383
 * @param datagramQueue how many datagrams may wait in each direction of a connection; 0
 * to 65,536, 0 for connections that carry none
 * @param eventLoops how many event loops serve the port of a listener, 1 to 64: with more
 * than one its connections are spread over them. Never more than the node has; one where
 * the system cannot share a port (without epoll)
 */
public record QuicConfig(Duration handshakeTimeout, Duration idleTimeout, Duration keepAlive, int inboundStreams,
		int streamWindowBytes, int connectionWindowBytes, int socketBufferBytes, int maxUdpPayloadBytes,
		int datagramQueue, int eventLoops) {

	/**
	 * The timeout of handshakes: twice that of quic-go and rust-libp2p, for lossy paths.
	 */
	public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

	/** The idle timeout, as go-libp2p's. */
	public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(30);

	/** The keep-alive, as go-libp2p's. */
	public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(15);

	/** The number of streams, as go-libp2p's and rust-libp2p's. */
	public static final int DEFAULT_INBOUND_STREAMS = 256;

	/**
	 * A stream's first window: small beside a connection's, so that the streams of slow
	 * readers do not fill it and hold up the others. It grows for a fast reader.
	 */
	public static final int DEFAULT_STREAM_WINDOW_BYTES = 128 << 10;

	/** A connection's first window: that of 128 streams. */
	public static final int DEFAULT_CONNECTION_WINDOW_BYTES = 16 << 20;

	/** The socket's buffers: with the kernel's usual ones packets are lost in bursts. */
	public static final int DEFAULT_SOCKET_BUFFER_BYTES = 4 << 20;

	/** The largest packet that the codec sends. */
	public static final int DEFAULT_MAX_UDP_PAYLOAD_BYTES = 16_383;

	/** The length of the datagram queues. */
	public static final int DEFAULT_DATAGRAM_QUEUE = 1024;

	/**
	 * One event loop: a connection to a node that also dials from its port then never
	 * changes threads.
	 */
	public static final int DEFAULT_EVENT_LOOPS = 1;

	/** What is used unless something else is given. */
	public static final QuicConfig DEFAULT = new QuicConfig(DEFAULT_HANDSHAKE_TIMEOUT, DEFAULT_IDLE_TIMEOUT,
			DEFAULT_KEEP_ALIVE, DEFAULT_INBOUND_STREAMS, DEFAULT_STREAM_WINDOW_BYTES, DEFAULT_CONNECTION_WINDOW_BYTES,
			DEFAULT_SOCKET_BUFFER_BYTES, DEFAULT_MAX_UDP_PAYLOAD_BYTES, DEFAULT_DATAGRAM_QUEUE, DEFAULT_EVENT_LOOPS);

	/** What the codec lets a stream's window grow to. */
	static final int MAX_STREAM_WINDOW_BYTES = 16 << 20;

	/** What the codec lets a connection's window grow to. */
	static final int MAX_CONNECTION_WINDOW_BYTES = 24 << 20;

	private static final int MIN_BYTES = 64 << 10;

	private static final int MAX_COUNT = 65_536;

	/**
	 * Checks the ranges.
	 * @param handshakeTimeout how long a handshake may take
	 * @param idleTimeout after how long without a packet a connection is lost
	 * @param keepAlive how often an idle connection is used
	 * @param inboundStreams how many streams the peer may have open
	 * @param streamWindowBytes a stream's first window
	 * @param connectionWindowBytes a connection's first window
	 * @param socketBufferBytes the socket's buffers
	 * @param maxUdpPayloadBytes the largest packet
	 * @param datagramQueue how many datagrams may wait
	 * @param eventLoops how many event loops serve a port
	 * @throws IllegalArgumentException if a value is out of its range
	 */
	public QuicConfig {
		inRange("handshakeTimeout in ms", handshakeTimeout.toMillis(), 1, Integer.MAX_VALUE);
		inRange("idleTimeout in ms", idleTimeout.toMillis(), 1000, Integer.MAX_VALUE);
		inRange("keepAlive in ms", keepAlive.toMillis(), 1, Integer.MAX_VALUE);
		inRange("inboundStreams", inboundStreams, 1, MAX_COUNT);
		inRange("streamWindowBytes", streamWindowBytes, MIN_BYTES, MAX_STREAM_WINDOW_BYTES);
		inRange("connectionWindowBytes", connectionWindowBytes, streamWindowBytes, MAX_CONNECTION_WINDOW_BYTES);
		inRange("socketBufferBytes", socketBufferBytes, MIN_BYTES, Integer.MAX_VALUE);
		inRange("maxUdpPayloadBytes", maxUdpPayloadBytes, PacketRouter.MIN_INITIAL_BYTES,
				DEFAULT_MAX_UDP_PAYLOAD_BYTES);
		inRange("datagramQueue", datagramQueue, 0, MAX_COUNT);
		inRange("eventLoops", eventLoops, 1, Siblings.MAX);
	}

	/**
	 * Returns whether connections carry datagrams beside their streams, if the peer takes
	 * any.
	 * @return whether {@code datagramQueue} is not 0
	 */
	public boolean carriesDatagrams() {
		return this.datagramQueue > 0;
	}

	private static void inRange(String name, long value, long smallest, long largest) {
		if (value < smallest || value > largest) {
			throw new IllegalArgumentException(name + " has to be " + smallest + " to " + largest + ", was " + value);
		}
	}

	/**
	 * Returns this configuration with other timeouts.
	 * @param handshakeTimeout how long a handshake may take
	 * @param idleTimeout after how long without a packet a connection is lost
	 * @param keepAlive how often an idle connection is used
	 * @return the configuration
	 */
	public QuicConfig withTimeouts(Duration handshakeTimeout, Duration idleTimeout, Duration keepAlive) {
		return new QuicConfig(handshakeTimeout, idleTimeout, keepAlive, this.inboundStreams, this.streamWindowBytes,
				this.connectionWindowBytes, this.socketBufferBytes, this.maxUdpPayloadBytes, this.datagramQueue,
				this.eventLoops);
	}

	/**
	 * Returns this configuration with other limits of streams.
	 * @param inboundStreams how many streams the peer may have open
	 * @param streamWindowBytes a stream's first window
	 * @param connectionWindowBytes a connection's first window
	 * @return the configuration
	 */
	public QuicConfig withStreams(int inboundStreams, int streamWindowBytes, int connectionWindowBytes) {
		return new QuicConfig(this.handshakeTimeout, this.idleTimeout, this.keepAlive, inboundStreams,
				streamWindowBytes, connectionWindowBytes, this.socketBufferBytes, this.maxUdpPayloadBytes,
				this.datagramQueue, this.eventLoops);
	}

	/**
	 * Returns this configuration with other sockets.
	 * @param socketBufferBytes the socket's buffers
	 * @param maxUdpPayloadBytes the largest packet
	 * @return the configuration
	 */
	public QuicConfig withSockets(int socketBufferBytes, int maxUdpPayloadBytes) {
		return new QuicConfig(this.handshakeTimeout, this.idleTimeout, this.keepAlive, this.inboundStreams,
				this.streamWindowBytes, this.connectionWindowBytes, socketBufferBytes, maxUdpPayloadBytes,
				this.datagramQueue, this.eventLoops);
	}

	/**
	 * Returns this configuration with another length of the datagram queues.
	 * @param datagramQueue how many datagrams may wait in each direction
	 * @return the configuration
	 */
	public QuicConfig withDatagramQueue(int datagramQueue) {
		return new QuicConfig(this.handshakeTimeout, this.idleTimeout, this.keepAlive, this.inboundStreams,
				this.streamWindowBytes, this.connectionWindowBytes, this.socketBufferBytes, this.maxUdpPayloadBytes,
				datagramQueue, this.eventLoops);
	}

	/**
	 * Returns this configuration with another number of event loops for a port.
	 * @param eventLoops how many event loops serve the port of a listener
	 * @return the configuration
	 */
	public QuicConfig withEventLoops(int eventLoops) {
		return new QuicConfig(this.handshakeTimeout, this.idleTimeout, this.keepAlive, this.inboundStreams,
				this.streamWindowBytes, this.connectionWindowBytes, this.socketBufferBytes, this.maxUdpPayloadBytes,
				this.datagramQueue, eventLoops);
	}

}
