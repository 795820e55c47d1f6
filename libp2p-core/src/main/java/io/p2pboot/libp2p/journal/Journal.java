package io.p2pboot.libp2p.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file to which frames are appended, and which is replaced as a whole now and then: a
 * new one is written beside it, forced to the disk and renamed. So a process that is
 * killed leaves every frame that was appended, and of the last one perhaps a part, which
 * its checksum tells. Only its owner may read it. One process has it at a time. Not
 * thread-safe; its methods block on the disk.
 */
public final class Journal implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Journal.class);

	/** What stands before the first frame, in bytes. */
	public static final int HEADER_BYTES = JournalFormat.HEADER_BYTES;

	/** What stands before the payload of a frame, in bytes. */
	public static final int FRAME_BYTES = JournalFormat.FRAME_BYTES;

	private static final int BUFFER_BYTES = 64 * 1024;

	/** Takes payloads. */
	public interface Frames {

		/**
		 * Takes one.
		 * @param payload the payload, 1 byte to what the kind of the journal allows
		 * @throws IOException if it cannot be written
		 */
		void write(byte[] payload) throws IOException;

	}

	/** Tells what is to be written. */
	public interface Content {

		/**
		 * Writes it.
		 * @param frames takes it
		 * @throws IOException if it cannot be written
		 */
		void writeTo(Frames frames) throws IOException;

	}

	/** Takes what was read. */
	public interface Taker {

		/**
		 * Takes the payload of a frame.
		 * @param payload the payload, valid until this returns
		 */
		void take(ByteBuffer payload);

	}

	private final JournalKind kind;

	private final Path file;

	private final FileChannel lockFile;

	private JournalFormat format;

	private @Nullable FileChannel channel;

	private long length;

	private Journal(JournalKind kind, Path file, FileChannel lockFile) {
		this.kind = kind;
		this.file = file;
		this.lockFile = lockFile;
		this.format = JournalFormat.create(kind);
	}

	/**
	 * Takes a file for this process. It is read by {@link #read}, and can be appended to
	 * after {@link #replace}.
	 * @param kind what it holds
	 * @param file the file, which may be missing, as may its folders
	 * @return the journal
	 * @throws IOException if it is a directory, its folder cannot be written to, or
	 * another node has it
	 */
	public static Journal open(JournalKind kind, Path file) throws IOException {
		Path absolute = file.toAbsolutePath();
		Path folder = absolute.getParent();
		if (folder == null || Files.isDirectory(absolute)) {
			throw new FileSystemException(file.toString(), null, "it is a directory");
		}
		Files.createDirectories(folder);
		FileChannel lockFile = FileChannel.open(beside(absolute, ".lock"),
				Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), ownerOnly(folder));
		try {
			lock(file, lockFile);
			return new Journal(kind, absolute, lockFile);
		}
		catch (IOException ex) {
			lockFile.close();
			throw ex;
		}
	}

	private static void lock(Path file, FileChannel lockFile) throws IOException {
		boolean locked;
		try {
			locked = lockFile.tryLock() != null;
		}
		catch (OverlappingFileLockException ex) {
			locked = false;
		}
		if (!locked) {
			throw new FileSystemException(file.toString(), null, "another node uses it");
		}
	}

	private static Path beside(Path file, String suffix) {
		return file.resolveSibling(file.getFileName() + suffix);
	}

	private static FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
		return Files.getFileStore(folder).supportsFileAttributeView(PosixFileAttributeView.class)
				? new FileAttribute<?>[] {
						PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) }
				: new FileAttribute<?>[0];
	}

	/**
	 * Reads every frame that is whole.
	 * @param taker takes the payloads, in the order in which they were appended
	 * @return how many bytes were no frames; 0 for a file as it should be, or none
	 * @throws IOException if the file cannot be read, or holds something else
	 */
	public long read(Taker taker) throws IOException {
		try (FileChannel source = FileChannel.open(this.file, StandardOpenOption.READ)) {
			FrameReader.Result result = FrameReader.read(this.kind, source, taker);
			this.format = (result.format() != null) ? result.format() : this.format;
			return result.damagedBytes();
		}
		catch (NoSuchFileException ex) {
			return 0;
		}
		catch (FileSystemException ex) {
			throw ex;
		}
		catch (IOException ex) {
			throw new FileSystemException(this.file.toString(), null, ex.getMessage());
		}
	}

	/**
	 * Returns how long the file is.
	 * @return the number of bytes; 0 before the first {@link #replace}
	 */
	public long length() {
		return this.length;
	}

	/**
	 * Appends frames. Once this returns, they outlive this process.
	 * @param content the frames
	 * @throws IOException if they could not be written; none of them counts then
	 */
	public void append(Content content) throws IOException {
		FileChannel target = this.channel;
		if (target == null) {
			throw new FileSystemException(this.file.toString(), null, "it could not be opened again");
		}
		try {
			write(target, this.format, content);
			this.length = target.position();
		}
		catch (IOException ex) {
			takeBack(target, ex);
			throw ex;
		}
	}

	/** Where this fails, the checksum still tells what is half a frame. */
	private void takeBack(FileChannel target, IOException failure) {
		try {
			target.truncate(this.length);
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	private static void write(FileChannel target, JournalFormat format, Content content) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
		content.writeTo((payload) -> {
			ByteBuffer frame = format.frame(payload);
			while (frame.hasRemaining()) {
				int part = Math.min(frame.remaining(), buffer.remaining());
				buffer.put(frame.slice(frame.position(), part));
				frame.position(frame.position() + part);
				if (!buffer.hasRemaining()) {
					drain(buffer, target);
				}
			}
		});
		drain(buffer, target);
	}

	private static void drain(ByteBuffer buffer, FileChannel target) throws IOException {
		buffer.flip();
		while (buffer.hasRemaining()) {
			target.write(buffer);
		}
		buffer.clear();
	}

	/**
	 * Puts another content in the place of the file's, all at once.
	 * @param content the new content
	 * @throws IOException if it could not be written; the file is as it was then
	 */
	public void replace(Content content) throws IOException {
		JournalFormat next = JournalFormat.create(this.kind);
		Path temporary = beside(this.file, ".new");
		try {
			Files.deleteIfExists(temporary);
			create(temporary, next, content);
			closeChannel();
			Files.move(temporary, this.file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
			this.format = next;
		}
		finally {
			Files.deleteIfExists(temporary);
			reopen();
		}
		forceFolder();
	}

	private static void create(Path file, JournalFormat format, Content content) throws IOException {
		Path folder = file.toAbsolutePath().getParent();
		try (FileChannel target = FileChannel.open(file,
				Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
				ownerOnly((folder != null) ? folder : file))) {
			ByteBuffer header = format.header();
			while (header.hasRemaining()) {
				target.write(header);
			}
			write(target, format, content);
			target.force(true);
		}
	}

	private void reopen() throws IOException {
		if (this.channel == null && Files.exists(this.file)) {
			FileChannel opened = FileChannel.open(this.file, StandardOpenOption.WRITE);
			this.channel = opened;
			this.length = opened.size();
			opened.position(this.length);
		}
	}

	/** The new name, too, outlives a loss of power, where the system can say so. */
	private void forceFolder() {
		Path folder = this.file.getParent();
		if (folder == null) {
			return;
		}
		try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
			directory.force(true);
		}
		catch (IOException ex) {
			logger.debug("Could not force the folder {} to disk: {}", folder, ex.toString());
		}
	}

	private void closeChannel() throws IOException {
		FileChannel open = this.channel;
		this.channel = null;
		if (open != null) {
			open.close();
		}
	}

	/** Forces what was appended to the disk, and gives the file up. */
	@Override
	public void close() throws IOException {
		try {
			FileChannel open = this.channel;
			if (open != null) {
				open.force(true);
			}
			closeChannel();
		}
		finally {
			this.lockFile.close();
		}
	}

}
