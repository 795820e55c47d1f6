package io.p2pboot.libp2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;

/**
 * A bidirectional stream of bytes to a peer, with back-pressure in both directions: the
 * peer may send as much as its window allows, and gets new credit only when the
 * application has read.
 *
 * <p>
 * Thread-safe: one thread may read while another writes; concurrent readers, or
 * concurrent writers, take turns. Blocking calls must not be made on an event loop
 * ({@link IllegalStateException}). An interrupt of a blocked thread restores the flag and
 * throws {@link java.io.InterruptedIOException}; the stream stays usable. A time-out is a
 * {@link java.net.SocketTimeoutException}.
 */
public interface Stream extends ByteChannel {

	/**
	 * Returns the protocol that was negotiated for this stream.
	 * @return the path
	 */
	ProtocolPath protocol();

	/**
	 * Returns the peer at the other end, with the address of the connection.
	 * @return the peer
	 */
	AddrInfo remotePeer();

	/**
	 * Returns the connection that carries this stream.
	 * @return the connection
	 */
	Connection connection();

	/**
	 * Returns who opened the stream.
	 * @return the direction
	 */
	Direction direction();

	/**
	 * Reads at least one byte, blocking until there is one.
	 * @param buffer where the bytes go; 0 is returned at once if it has no room
	 * @return the number of bytes, or -1 once the remote peer has closed its side and all
	 * that it sent before was read
	 * @throws StreamReset if either side reset the stream
	 * @throws ConnectionLost if the connection ended, or the peer broke off the
	 * negotiation of a protocol that was proposed optimistically
	 * @throws ProtocolUnsupported if the peer refuses the protocol that was proposed
	 * optimistically
	 * @throws java.nio.channels.ClosedChannelException after {@link #close()}
	 * @throws IOException on time-out or interrupt
	 */
	@Override
	int read(ByteBuffer buffer) throws IOException;

	/**
	 * Writes all that remains, blocking while the peer's window is full.
	 * @param buffer the bytes
	 * @return the number of bytes written: all that remained
	 * @throws StreamReset if either side reset the stream
	 * @throws ConnectionLost if the connection ended
	 * @throws java.nio.channels.ClosedChannelException after {@link #close()} or
	 * {@link #closeWrite()}
	 * @throws IOException on time-out or interrupt
	 */
	@Override
	int write(ByteBuffer buffer) throws IOException;

	/**
	 * Ends our side (FIN) after what was written before; reading goes on. Idempotent.
	 * Blocks at most until the FIN is queued.
	 * @throws StreamReset if either side has reset the stream
	 * @throws IOException if the stream has failed
	 */
	void closeWrite() throws IOException;

	/**
	 * Ends our side as {@link #closeWrite()} does, and stops reading: what arrives later
	 * is discarded. Idempotent. Never blocks on the peer.
	 */
	@Override
	void close() throws IOException;

	/**
	 * Ends the stream at once in both directions; the peer sees an error, not an end.
	 * Idempotent; never blocks.
	 * @param code the application's error code, 0 to 2^32-1, where the transport carries
	 * one
	 * @throws IllegalArgumentException if the code is out of range
	 */
	void reset(long code);

	/**
	 * Returns the reading side as a stream: {@code read} as {@link #read(ByteBuffer)},
	 * {@code close} stops reading.
	 * @return the same object every time
	 */
	InputStream inputStream();

	/**
	 * Returns the writing side as a stream: {@code write} as {@link #write(ByteBuffer)},
	 * {@code close} as {@link #closeWrite()}, with what that throws as the cause of a new
	 * exception.
	 * @return the same object every time
	 */
	OutputStream outputStream();

	/**
	 * Limits how long one read may block.
	 * @param timeout the time; zero for no limit, which is the default
	 */
	void readTimeout(Duration timeout);

	/**
	 * Limits how long one write may block.
	 * @param timeout the time; zero for no limit, which is the default
	 */
	void writeTimeout(Duration timeout);

}
