package io.p2pboot.libp2p.sample.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/**
 * A shared file that is being read. Not thread-safe.
 */
public final class Outgoing implements Closeable {

	private final SeekableByteChannel channel;

	private final long size;

	Outgoing(SeekableByteChannel channel) throws IOException {
		this.channel = channel;
		this.size = channel.size();
	}

	/**
	 * Returns the size.
	 * @return the size in bytes when it was opened
	 */
	public long size() {
		return this.size;
	}

	/**
	 * Goes to a position.
	 * @param offset how many bytes the other side has already
	 * @throws FileRefused if it is beyond the end
	 */
	public void skipTo(long offset) throws IOException {
		if (offset < 0 || offset > this.size) {
			throw new FileRefused("The offset " + offset + " is outside of the file's " + this.size + " bytes");
		}
		this.channel.position(offset);
	}

	/**
	 * Reads what comes next.
	 * @param buffer where to
	 * @return the number of bytes, or -1 at the end
	 */
	public int read(ByteBuffer buffer) throws IOException {
		return this.channel.read(buffer);
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
