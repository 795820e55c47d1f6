package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.blocking.PeerWait;

/**
 * A stream of another path than the handler's. It goes by the path of the handler, so
 * that whoever looks at it decides as for any other. Otherwise it is the stream below.
 */
abstract class WrappedStream implements Stream, PeerWait {

	private final Stream stream;

	private final ProtocolPath protocol;

	WrappedStream(Stream stream, ProtocolPath protocol) {
		this.stream = stream;
		this.protocol = protocol;
	}

	/** The stream below. */
	final Stream wrapped() {
		return this.stream;
	}

	@Override
	public ProtocolPath protocol() {
		return this.protocol;
	}

	@Override
	public AddrInfo remotePeer() {
		return this.stream.remotePeer();
	}

	@Override
	public Connection connection() {
		return this.stream.connection();
	}

	@Override
	public Direction direction() {
		return this.stream.direction();
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		return this.stream.read(buffer);
	}

	@Override
	public int write(ByteBuffer buffer) throws IOException {
		return this.stream.write(buffer);
	}

	@Override
	public void closeWrite() throws IOException {
		this.stream.closeWrite();
	}

	@Override
	public boolean isOpen() {
		return this.stream.isOpen();
	}

	@Override
	public void close() throws IOException {
		this.stream.close();
	}

	@Override
	public void reset(long code) {
		this.stream.reset(code);
	}

	@Override
	public InputStream inputStream() {
		return this.stream.inputStream();
	}

	@Override
	public OutputStream outputStream() {
		return this.stream.outputStream();
	}

	@Override
	public void readTimeout(Duration timeout) {
		this.stream.readTimeout(timeout);
	}

	@Override
	public void writeTimeout(Duration timeout) {
		this.stream.writeTimeout(timeout);
	}

	@Override
	public boolean isSilent() {
		return this.stream instanceof PeerWait wait && wait.isSilent();
	}

	@Override
	public long waitedNanos(long now) {
		return (this.stream instanceof PeerWait wait) ? wait.waitedNanos(now) : -1;
	}

	@Override
	public void waiting(boolean waiting) {
		if (this.stream instanceof PeerWait wait) {
			wait.waiting(waiting);
		}
	}

	@Override
	public String toString() {
		return this.stream.toString();
	}

}
