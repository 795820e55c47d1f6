package io.p2pboot.libp2p.sample.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;

/**
 * A file that is being received. It gets its name only when all of it is here and its
 * hash is right; closed before that it stays behind, unfinished, to be resumed. Not
 * thread-safe.
 */
public final class Incoming implements Closeable {

	private final SharedFolder folder;

	private final FileName name;

	private final PeerId from;

	private final Path unfinished;

	private final long size;

	private final String sha256;

	private final MessageDigest digest = sha256();

	private final FileChannel channel;

	private long received;

	private boolean ended;

	Incoming(SharedFolder folder, FileName name, PeerId from, Path unfinished, long size, String sha256)
			throws IOException {
		this.folder = folder;
		this.name = name;
		this.from = from;
		this.unfinished = unfinished;
		this.size = size;
		this.sha256 = sha256;
		this.channel = FileChannel.open(unfinished, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
		try {
			digestWhatIsHere();
		}
		catch (IOException | RuntimeException ex) {
			this.channel.close();
			throw ex;
		}
	}

	static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

	private void digestWhatIsHere() throws IOException {
		if (this.channel.size() > this.size) {
			this.channel.truncate(0);
		}
		ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
		while (this.channel.read(buffer) >= 0) {
			buffer.flip();
			this.received += buffer.remaining();
			this.digest.update(buffer);
			buffer.clear();
		}
	}

	/**
	 * Returns how much is here.
	 * @return the number of bytes; that is where the sender goes on
	 */
	public long received() {
		return this.received;
	}

	/**
	 * Returns how much there will be.
	 * @return the size of the file in bytes
	 */
	public long size() {
		return this.size;
	}

	/**
	 * Takes what comes next.
	 * @param bytes the bytes that remain; consumed
	 * @throws FileRefused if it is more than was announced
	 */
	public void write(ByteBuffer bytes) throws IOException {
		if (bytes.remaining() > this.size - this.received) {
			throw new FileRefused("More bytes came than the " + this.size + " that were announced");
		}
		this.digest.update(bytes.duplicate());
		this.received += bytes.remaining();
		while (bytes.hasRemaining()) {
			this.channel.write(bytes);
		}
	}

	/**
	 * Gives the file its name.
	 * @throws FileRefused if bytes are missing, the hash is wrong (then nothing is kept)
	 * or the name is taken by now
	 */
	public void finish() throws IOException {
		if (this.received < this.size) {
			throw new FileRefused("Only " + this.received + " of " + this.size + " bytes came");
		}
		this.channel.force(true);
		this.channel.close();
		this.ended = true;
		String actual = HexFormat.of().formatHex(this.digest.digest());
		this.folder.finish(this.name, this.from, this.unfinished, actual.equals(this.sha256));
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
		if (!this.ended) {
			this.ended = true;
			this.folder.suspended(this.unfinished);
		}
	}

}
