package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * A private key in a file: the libp2p {@code PrivateKey} protobuf, as Kubo, Go and Rust
 * write it, or its text in base64 or hexadecimal digits. Only its owner may use it, by
 * POSIX permissions or else by an access control list; a file system that has neither
 * protects nothing. Stateless; methods block on the file system.
 */
public final class KeyFile {

	private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

	/** What lets others read the key, or put another one in its place. */
	private static final Set<AclEntryPermission> USE = EnumSet.of(AclEntryPermission.READ_DATA,
			AclEntryPermission.WRITE_DATA, AclEntryPermission.APPEND_DATA, AclEntryPermission.WRITE_ACL,
			AclEntryPermission.WRITE_OWNER);

	/** Linux only. */
	private static final Path STATUS = Path.of("/proc/self/status");

	private KeyFile() {
	}

	/**
	 * Reads a key.
	 * @param file the file
	 * @return the key
	 * @throws KeyFileException if the file is missing, a symbolic link, not a regular
	 * file, another user's, readable by others, too long, truncated, or no key
	 */
	public static PrivateKey read(Path file) throws KeyFileException {
		try {
			check(file);
			return decode(file, content(file));
		}
		catch (NoSuchFileException ex) {
			throw new KeyFileException("The key file " + file + " does not exist",
					"create it, or allow it to be generated", ex);
		}
		catch (KeyFileException ex) {
			throw ex;
		}
		catch (DecodeException ex) {
			throw new KeyFileException("The key file " + file + " is truncated or no libp2p private key",
					"restore it from a backup: a new key would make this node another peer", ex);
		}
		catch (IOException ex) {
			throw new KeyFileException("The key file " + file + " cannot be read: " + ex,
					"make it readable for the user that runs this process, and nobody else", ex);
		}
	}

	/**
	 * Reads a key, or makes one and creates the file if there is none. Where two
	 * processes do so at once, both get the same key. What exists is never replaced.
	 * @param file the file; missing folders are created
	 * @param type the kind of a new key
	 * @return the key
	 * @throws KeyFileException as {@link #read}, or if the file cannot be created
	 */
	public static PrivateKey readOrCreate(Path file, KeyType type) throws KeyFileException {
		if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
			create(file, PrivateKey.generate(type));
		}
		return read(file);
	}

	private static PrivateKey decode(Path file, ByteBuffer content) throws IOException {
		try {
			return PrivateKey.decode(content.duplicate());
		}
		catch (DecodeException ex) {
			Optional<PrivateKey> read = KeyText.read(content);
			if (read.isPresent()) {
				return read.get();
			}
			KeyText.Foreign foreign = KeyText.foreign(content).orElseThrow(() -> ex);
			throw new KeyFileException(
					"The key file " + file + " holds " + foreign.name() + ", not a libp2p private key",
					foreign.remedy(), ex);
		}
	}

	private static void check(Path file) throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class,
				LinkOption.NOFOLLOW_LINKS);
		if (attributes.isSymbolicLink()) {
			throw new KeyFileException("The key file " + file + " is a symbolic link",
					"configure the file that it points to");
		}
		if (!attributes.isRegularFile()) {
			throw new KeyFileException("The key file " + file + " is not a regular file", "configure another path");
		}
		PosixFileAttributeView posix = Files.getFileAttributeView(file, PosixFileAttributeView.class,
				LinkOption.NOFOLLOW_LINKS);
		AclFileAttributeView acl = Files.getFileAttributeView(file, AclFileAttributeView.class,
				LinkOption.NOFOLLOW_LINKS);
		if (posix == null && acl != null) {
			check(file, acl);
		}
		if (posix != null) {
			checkOwner(file);
		}
		if (posix != null && !OWNER_ONLY.containsAll(readers(posix.readAttributes().permissions()))) {
			throw new KeyFileException("The key file " + file + " has mode "
					+ mode(posix.readAttributes().permissions()) + ": others can use the key",
					"run: chmod 600 " + file);
		}
	}

	/**
	 * The administrator can read what is another user's, who can put another key there.
	 */
	private static void checkOwner(Path file) throws IOException {
		String owner = owner(file);
		String user = user(file);
		if (!owner.equals(user)) {
			throw new KeyFileException("The key file " + file + " belongs to user " + owner
					+ " and this process runs as user " + user + ": its owner can put another key in its place",
					"run: chown " + user + " " + file);
		}
	}

	/** By number where the system tells this process's own (proc(5)), else by name. */
	private static String owner(Path file) throws IOException {
		return hasNumbers(file) ? String.valueOf(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS))
				: Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
	}

	private static boolean hasNumbers(Path file) {
		return Files.isReadable(STATUS) && file.getFileSystem().supportedFileAttributeViews().contains("unix");
	}

	/** The effective user, who owns what this process creates. */
	private static String user(Path file) throws IOException {
		if (!hasNumbers(file)) {
			return System.getProperty("user.name", "");
		}
		return Files.readAllLines(STATUS)
			.stream()
			.filter((line) -> line.startsWith("Uid:"))
			.map((line) -> line.split("\\s+")[2])
			.findFirst()
			.orElseThrow(() -> new IOException(STATUS + " tells no user"));
	}

	/** On Windows; the system and its administrators can read every file anyway. */
	private static void check(Path file, AclFileAttributeView view) throws IOException {
		UserPrincipal owner = view.getOwner();
		for (AclEntry entry : view.getAcl()) {
			boolean grants = entry.type() == AclEntryType.ALLOW && !Collections.disjoint(entry.permissions(), USE);
			if (grants && !entry.principal().equals(owner) && !isSystem(entry.principal())) {
				throw new KeyFileException(
						"The key file " + file + " grants access to " + entry.principal().getName()
								+ ": others can use the key",
						"run: icacls \"" + file + "\" /inheritance:r /grant:r \"" + owner.getName() + ":F\" /remove \""
								+ entry.principal().getName() + "\"");
			}
		}
	}

	private static boolean isSystem(UserPrincipal principal) {
		String name = principal.getName().toLowerCase(Locale.ROOT);
		return name.endsWith("\\system") || name.endsWith("\\administrators");
	}

	/** An owner may make its own file executable; that tells nobody the key. */
	private static Set<PosixFilePermission> readers(Set<PosixFilePermission> permissions) {
		Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
		others.addAll(permissions);
		others.remove(PosixFilePermission.OWNER_EXECUTE);
		return others;
	}

	private static String mode(Set<PosixFilePermission> permissions) {
		int mode = 0;
		for (PosixFilePermission permission : permissions) {
			mode |= 0400 >> permission.ordinal();
		}
		return String.format("%04o", mode);
	}

	private static ByteBuffer content(Path file) throws IOException {
		try (SeekableByteChannel channel = Files.newByteChannel(file,
				Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
			ByteBuffer content = ByteBuffer.allocate(KeyText.MAX_BYTES + 1);
			while (content.hasRemaining() && channel.read(content) >= 0) {
				continue;
			}
			if (!content.flip().hasRemaining()) {
				throw new DecodeException("The file is empty");
			}
			return content;
		}
	}

	/** The whole file appears at once under its name, or not at all. */
	private static void create(Path file, PrivateKey key) throws KeyFileException {
		Path folder = file.toAbsolutePath().getParent();
		if (folder == null) {
			throw new KeyFileException("The key file " + file + " has no folder", "configure a file");
		}
		@Nullable Path temporary = null;
		try {
			Files.createDirectories(folder);
			temporary = createTemporary(folder);
			checkFolder(file, temporary);
			write(temporary, key);
			Files.createLink(file, temporary);
		}
		catch (FileAlreadyExistsException ex) {
			// Another process was first: its key counts, and is read next.
			return;
		}
		catch (KeyFileException ex) {
			throw ex;
		}
		catch (IOException | UnsupportedOperationException ex) {
			throw new KeyFileException("The key file " + file + " cannot be created: " + ex,
					"make its folder writable for the user that runs this process", ex);
		}
		finally {
			delete(temporary);
		}
	}

	/** Some network file systems give away what is created: it would be refused later. */
	private static void checkFolder(Path file, Path temporary) throws IOException {
		boolean posix = Files.getFileAttributeView(temporary, PosixFileAttributeView.class) != null;
		if (posix && !owner(temporary).equals(user(temporary))) {
			throw new KeyFileException(
					"The key file " + file + " cannot be created: its file system gives files of user "
							+ user(temporary) + " to user " + owner(temporary),
					"configure a folder on a file system that keeps owners");
		}
	}

	private static Path createTemporary(Path folder) throws IOException {
		if (Files.getFileStore(folder).supportsFileAttributeView(PosixFileAttributeView.class)) {
			FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
			return Files.createTempFile(folder, ".key", ".new", mode);
		}
		Path temporary = Files.createTempFile(folder, ".key", ".new");
		AclFileAttributeView acl = Files.getFileAttributeView(temporary, AclFileAttributeView.class);
		if (acl != null) {
			acl.setAcl(List.of(AclEntry.newBuilder()
				.setType(AclEntryType.ALLOW)
				.setPrincipal(acl.getOwner())
				.setPermissions(EnumSet.allOf(AclEntryPermission.class))
				.build()));
		}
		return temporary;
	}

	private static void write(Path file, PrivateKey key) throws IOException {
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
			ByteBuffer encoded = key.encoded();
			while (encoded.hasRemaining()) {
				channel.write(encoded);
			}
			channel.force(true);
		}
	}

	private static void delete(@Nullable Path temporary) throws KeyFileException {
		try {
			if (temporary != null) {
				Files.deleteIfExists(temporary);
			}
		}
		catch (IOException ex) {
			throw new KeyFileException("The temporary key file " + temporary + " cannot be deleted: " + ex,
					"delete it: it holds the key", ex);
		}
	}

}
