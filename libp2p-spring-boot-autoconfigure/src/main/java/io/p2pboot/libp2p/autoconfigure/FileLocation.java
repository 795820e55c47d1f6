package io.p2pboot.libp2p.autoconfigure;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Turns the value of a property into the path of a file. The value means the same in
 * every kind of application: it is text, and no resource loader, which would take a plain
 * path for a resource of the class path or of the servlet context, has a say in it.
 *
 * @param property the property
 * @param content what the file keeps, with its article
 * @param fileName a name for an example
 * @param without a sentence about a node without the property
 * @param instead a sentence about what else there is than a file; may be empty
 */
record FileLocation(String property, String content, String fileName, String without, String instead) {

	/** Where the private key is. */
	static final FileLocation IDENTITY = new FileLocation("libp2p.identity.location", "a private key", "peer.key",
			"Without the property, the node makes a new identity at every start.",
			" A key from a secret store goes to libp2p.identity.private-key.");

	/** Where the known peers are. */
	static final FileLocation PEER_STORE = new FileLocation("libp2p.peerstore.location", "the known peers", "peers.db",
			"Without the property, the node knows no peers when it starts.", "");

	/** Where the state of Kademlia is. */
	static final FileLocation KAD_STORE = new FileLocation("libp2p.kad.store.location", "the state of Kademlia",
			"kad.db", "Without the property, the node keeps it in memory.", "");

	private static final String FILE = "file:";

	/** At least two letters: one alone is a drive of Windows. */
	private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.*-]+:.*", Pattern.DOTALL);

	/**
	 * Returns the same for another property.
	 * @param other the property
	 * @return a location of the same content
	 */
	FileLocation of(String other) {
		return new FileLocation(other, this.content, this.fileName, this.without, this.instead);
	}

	/**
	 * Returns the file that a location names.
	 * @param location a relative or absolute path, with or without {@code file:}; a
	 * leading {@code ~} is the home directory
	 * @param home the home directory of the user that runs this process
	 * @return the file, which may not exist
	 * @throws InvalidSettingException if the location cannot be a file
	 */
	Path resolve(String location, String home) {
		String text = location.strip();
		if (text.isEmpty()) {
			throw refused(location, "the value is empty",
					"Set it to the path of a file, for example " + example() + ". " + this.without);
		}
		if (text.contains("${")) {
			throw refused(location, "the placeholder was not resolved",
					"Define the property or environment variable that it names, or give it a default: ${NAME:./data}.");
		}
		if (text.regionMatches(true, 0, FILE, 0, FILE.length())) {
			return path(location, fileUrl(location, text.substring(FILE.length())), home);
		}
		if (SCHEME.matcher(text).matches()) {
			throw refused(location, "only a file can keep " + this.content,
					"Set it to the path of a file, for example " + example() + "." + this.instead);
		}
		return path(location, text, home);
	}

	/** What follows {@code file:}, read as Spring reads it. */
	private String fileUrl(String location, String text) {
		String path = text;
		if (text.startsWith("//")) {
			int slash = text.indexOf('/', 2);
			String host = (slash < 0) ? text.substring(2) : text.substring(2, slash);
			if (!host.isEmpty() && !host.equalsIgnoreCase("localhost")) {
				throw refused(location, "after 'file://' comes the name of a host, here '" + host + "'",
						"Write file:./data/" + this.fileName + " for a relative path, file:/var/lib/app/"
								+ this.fileName + " for an absolute one.");
			}
			path = (slash < 0) ? "" : text.substring(slash);
		}
		try {
			return StringUtils.uriDecode(path, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			// A percent sign that encodes nothing is a part of the name.
			return path;
		}
	}

	private Path path(String location, String text, String home) {
		boolean atHome = text.equals("~") || text.startsWith("~/") || text.startsWith("~" + File.separator);
		String expanded = atHome ? home + text.substring(1) : text;
		Path path;
		try {
			path = new File(expanded).toPath();
		}
		catch (InvalidPathException ex) {
			throw new InvalidSettingException(this.property, location, "it is not a path: " + ex.getReason(),
					"Set it to the path of a file, for example " + example() + ".", ex);
		}
		if (text.equals("~") || namesDirectory(expanded, path)) {
			throw refused(location, "it is a directory", "Add the name of a file, for example " + this.fileName + ".");
		}
		Path folder = existing(path.toAbsolutePath().getParent());
		if (folder != null && !Files.isDirectory(folder)) {
			throw refused(location, folder + " is not a directory", "Set it to the path of a file in a directory.");
		}
		return path;
	}

	private static @Nullable Path existing(@Nullable Path folder) {
		Path found = folder;
		while (found != null && !Files.exists(found)) {
			found = found.getParent();
		}
		return found;
	}

	private static boolean namesDirectory(String text, Path path) {
		Path name = path.getFileName();
		boolean noName = name == null || name.toString().isEmpty() || name.toString().equals(".")
				|| name.toString().equals("..");
		return noName || text.endsWith("/") || text.endsWith(File.separator) || Files.isDirectory(path);
	}

	private String example() {
		return this.property + "=./data/" + this.fileName;
	}

	private InvalidSettingException refused(String location, String problem, String action) {
		return new InvalidSettingException(this.property, location, problem, action, null);
	}

}
