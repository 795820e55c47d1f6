package io.p2pboot.libp2p.sample.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * The one folder whose files are shared. Only its own regular files are: no folder
 * beneath it, no symbolic link, no hidden file. Nothing in it is ever overwritten.
 *
 * <p>
 * A file that is being received lies in {@code .unfinished} under its hash and its
 * sender, and moves here when its hash matches; {@code .owners} says who sent which file.
 * Thread-safe: what is stored is guarded by {@code lock}.
 */
public final class SharedFolder {

	/** The most files that are listed. */
	public static final int MAX_LISTED = 1000;

	private static final int MAX_REMEMBERED_HASHES = 1000;

	private record Version(long size, long modifiedMillis) {
	}

	private record Hash(Version version, String sha256) {
	}

	private record Stored(long total, long ofPeer, int files) {
	}

	private final Path root;

	private final Path unfinished;

	private final Path owners;

	private final StorageLimits limits;

	private final Clock clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Path, Long> active = new HashMap<>();

	private final Map<String, Hash> hashes = new LinkedHashMap<>();

	/**
	 * Opens a folder and creates it if it is missing.
	 * @param folder the folder
	 * @param limits how much peers may store in it
	 * @param clock tells how old an unfinished file is
	 * @throws IOException if it cannot be created
	 */
	public SharedFolder(Path folder, StorageLimits limits, Clock clock) throws IOException {
		Files.createDirectories(folder);
		this.root = folder.toRealPath();
		this.unfinished = Files.createDirectories(this.root.resolve(".unfinished"));
		this.owners = Files.createDirectories(this.root.resolve(".owners"));
		this.limits = limits;
		this.clock = clock;
	}

	/**
	 * Returns where the folder is.
	 * @return its real, absolute path
	 */
	public Path path() {
		return this.root;
	}

	/**
	 * Lists the shared files by name.
	 * @return at most {@value #MAX_LISTED} files
	 */
	public List<SharedFile> list() throws IOException {
		List<SharedFile> files = new ArrayList<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.root)) {
			for (Path entry : entries) {
				String name = entry.getFileName().toString();
				BasicFileAttributes attributes = attributes(entry);
				if (attributes.isRegularFile() && !name.startsWith(".")) {
					files.add(new SharedFile(name, attributes.size()));
				}
			}
		}
		files.sort(Comparator.comparing(SharedFile::name));
		return List.copyOf(files.subList(0, Math.min(files.size(), MAX_LISTED)));
	}

	/**
	 * Opens a shared file.
	 * @param name its name
	 * @return the file at its beginning
	 * @throws FileRefused if there is no such file
	 */
	public Outgoing open(FileName name) throws IOException {
		Path file = shared(name);
		return new Outgoing(Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
	}

	private Path shared(FileName name) throws IOException {
		Path file = this.root.resolve(name.value());
		try {
			if (attributes(file).isRegularFile()) {
				return file;
			}
		}
		catch (NoSuchFileException ex) {
			throw new FileRefused("There is no file " + name);
		}
		throw new FileRefused("There is no file " + name);
	}

	/**
	 * Returns the hash of a shared file; reads all of it unless its hash is known.
	 * @param name its name
	 * @return the SHA-256 in lower-case hex
	 * @throws FileRefused if there is no such file
	 */
	public String sha256(FileName name) throws IOException {
		BasicFileAttributes attributes = attributes(shared(name));
		Version version = new Version(attributes.size(), attributes.lastModifiedTime().toMillis());
		this.lock.lock();
		try {
			Hash known = this.hashes.get(name.value());
			if (known != null && known.version().equals(version)) {
				return known.sha256();
			}
		}
		finally {
			this.lock.unlock();
		}
		String sha256 = digest(name);
		this.lock.lock();
		try {
			if (this.hashes.size() >= MAX_REMEMBERED_HASHES) {
				this.hashes.remove(this.hashes.keySet().iterator().next());
			}
			this.hashes.put(name.value(), new Hash(version, sha256));
		}
		finally {
			this.lock.unlock();
		}
		return sha256;
	}

	private String digest(FileName name) throws IOException {
		MessageDigest digest = Incoming.sha256();
		ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
		try (Outgoing file = open(name)) {
			while (file.read(buffer) >= 0) {
				digest.update(buffer.flip());
				buffer.clear();
			}
		}
		return HexFormat.of().formatHex(digest.digest());
	}

	/**
	 * Begins or resumes to receive a file.
	 * @param name the name it will have
	 * @param size its size in bytes
	 * @param sha256 its SHA-256 in lower-case hex
	 * @param from who sends it
	 * @return the file, with what is here already
	 * @throws FileRefused if the name is taken, a limit would be exceeded or the same
	 * file is being received already
	 */
	public Incoming receive(FileName name, long size, String sha256, PeerId from) throws IOException {
		if (!sha256.matches("[0-9a-f]{64}")) {
			throw new FileRefused("A SHA-256 has 64 lower-case hex digits");
		}
		checkSize(size);
		Path target = this.unfinished.resolve(sha256 + "." + from);
		this.lock.lock();
		try {
			expire();
			checkFree(name);
			if (this.active.containsKey(target)) {
				throw new FileRefused("The file " + name + " is being received already");
			}
			checkLimits(from, size, target);
			this.active.put(target, size);
		}
		finally {
			this.lock.unlock();
		}
		try {
			return new Incoming(this, name, from, target, size, sha256);
		}
		catch (IOException | RuntimeException ex) {
			suspended(target);
			throw ex;
		}
	}

	/**
	 * Adds a file of this machine's user: it is shared once all of it is here. Blocks
	 * until then.
	 * @param name the name it will have
	 * @param size its size in bytes
	 * @param bytes the file; read to that size, not closed
	 * @return the file
	 * @throws FileRefused if the name is taken, a limit would be exceeded, or there are
	 * more or fewer bytes than announced
	 */
	public SharedFile add(FileName name, long size, InputStream bytes) throws IOException {
		checkSize(size);
		Path target = this.unfinished.resolve("added." + UUID.randomUUID());
		this.lock.lock();
		try {
			expire();
			checkFree(name);
			checkTotal(stored(null, target), size);
			this.active.put(target, size);
		}
		finally {
			this.lock.unlock();
		}
		try {
			copy(name, size, bytes, target);
			this.lock.lock();
			try {
				name(target, name);
				Files.deleteIfExists(this.owners.resolve(name.value()));
			}
			finally {
				this.lock.unlock();
			}
		}
		finally {
			Files.deleteIfExists(target);
			suspended(target);
		}
		return new SharedFile(name.value(), size);
	}

	private static void copy(FileName name, long size, InputStream bytes, Path target) throws IOException {
		byte[] buffer = new byte[1 << 16];
		long copied = 0;
		try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
			for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
				copied += read;
				if (copied > size) {
					break;
				}
				out.write(buffer, 0, read);
			}
		}
		if (copied != size) {
			throw new FileRefused((copied > size) ? "More bytes of " + name + " came than the " + size + " announced"
					: "Only " + copied + " of " + size + " bytes of " + name + " came");
		}
	}

	private void checkSize(long size) throws FileRefused {
		if (size < 0 || size > this.limits.fileBytes()) {
			throw new FileRefused(
					"A file has at most " + this.limits.fileBytes() + " bytes, " + size + " were announced");
		}
	}

	private void checkFree(FileName name) throws FileRefused {
		if (Files.exists(this.root.resolve(name.value()), LinkOption.NOFOLLOW_LINKS)) {
			throw new FileRefused("The name " + name + " is taken");
		}
	}

	private void checkLimits(PeerId from, long size, Path target) throws IOException {
		Stored stored = stored(from, target);
		checkTotal(stored, size);
		if (size > this.limits.peerBytes() - stored.ofPeer()) {
			throw new FileRefused("A peer may store at most " + this.limits.peerBytes() + " bytes; " + stored.ofPeer()
					+ " are stored, " + size + " were announced");
		}
	}

	private void checkTotal(Stored stored, long size) throws FileRefused {
		if (stored.files() >= this.limits.files()) {
			throw new FileRefused("The folder holds at most " + this.limits.files() + " files");
		}
		if (size > this.limits.totalBytes() - stored.total()) {
			throw new FileRefused("The folder holds at most " + this.limits.totalBytes() + " bytes; " + stored.total()
					+ " are stored, " + size + " were announced");
		}
	}

	/** What is stored and promised, except what will become of one unfinished file. */
	private Stored stored(@Nullable PeerId peer, Path except) throws IOException {
		long total = 0;
		long ofPeer = 0;
		int files = 0;
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.root)) {
			for (Path entry : entries) {
				BasicFileAttributes attributes = attributes(entry);
				if (attributes.isRegularFile()) {
					files++;
					total += attributes.size();
					ofPeer += isOwner(entry.getFileName().toString(), peer) ? attributes.size() : 0;
				}
			}
		}
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.unfinished)) {
			for (Path entry : entries) {
				if (!entry.equals(except)) {
					Long reserved = this.active.get(entry);
					long size = (reserved != null) ? reserved : attributes(entry).size();
					files++;
					total += size;
					ofPeer += entry.toString().endsWith("." + peer) ? size : 0;
				}
			}
		}
		return new Stored(total, ofPeer, files);
	}

	private boolean isOwner(String name, @Nullable PeerId peer) throws IOException {
		if (peer == null) {
			return false;
		}
		Path owner = this.owners.resolve(name);
		return Files.exists(owner, LinkOption.NOFOLLOW_LINKS) && Files.readString(owner).equals(peer.toString());
	}

	private void expire() throws IOException {
		long oldest = this.clock.millis() - this.limits.unfinishedAge().toMillis();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.unfinished)) {
			for (Path entry : entries) {
				if (!this.active.containsKey(entry) && attributes(entry).lastModifiedTime().toMillis() < oldest) {
					Files.deleteIfExists(entry);
				}
			}
		}
	}

	/** Gives a received file its name, or deletes it if it is not what was announced. */
	void finish(FileName name, PeerId from, Path received, boolean authentic) throws IOException {
		this.lock.lock();
		try {
			this.active.remove(received);
			if (!authentic) {
				throw new FileRefused("The bytes of " + name + " do not have the announced SHA-256");
			}
			checkFree(name);
			Files.writeString(this.owners.resolve(name.value()), from.toString(), StandardCharsets.UTF_8);
			name(received, name);
		}
		finally {
			Files.deleteIfExists(received);
			this.lock.unlock();
		}
	}

	/** Guarded by the lock. */
	private void name(Path received, FileName name) throws IOException {
		checkFree(name);
		try {
			rename(received, this.root.resolve(name.value()));
		}
		catch (FileAlreadyExistsException ex) {
			throw new FileRefused("The name " + name + " is taken");
		}
	}

	private static void rename(Path received, Path file) throws IOException {
		try {
			// Unlike a rename, a link never replaces a file.
			Files.createLink(file, received);
		}
		catch (FileAlreadyExistsException ex) {
			throw ex;
		}
		catch (UnsupportedOperationException | FileSystemException ex) {
			// Not every file system has links.
			Files.move(received, file);
		}
	}

	/** A reception ended before its file was whole. */
	void suspended(Path received) {
		this.lock.lock();
		try {
			this.active.remove(received);
		}
		finally {
			this.lock.unlock();
		}
	}

	private static BasicFileAttributes attributes(Path file) throws IOException {
		return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
	}

}
