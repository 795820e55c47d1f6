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
 * Turns the value of {@code libp2p.identity.location} into the path of a file. The value
 * means the same in every kind of application: it is text, and no resource loader, which
 * would take a plain path for a resource of the class path or of the servlet context, has
 * a say in it. Stateless.
 */
final class KeyLocation {

	static final String PROPERTY = "libp2p.identity.location";

	private static final String FILE = "file:";

	/** At least two letters: one alone is a drive of Windows. */
	private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.*-]+:.*", Pattern.DOTALL);

	private static final String EXAMPLE = PROPERTY + "=./data/peer.key";

	private KeyLocation() {
	}

	/**
	 * Returns the file that a location names.
	 * @param location a relative or absolute path, with or without {@code file:}; a
	 * leading {@code ~} is the home directory
	 * @param home the home directory of the user that runs this process
	 * @return the file, which may not exist
	 * @throws InvalidSettingException if the location cannot be a file
	 */
	static Path resolve(String location, String home) {
		String text = location.strip();
		if (text.isEmpty()) {
			throw refused(location, "the value is empty", "Set it to the path of a file, for example " + EXAMPLE
					+ ". Without the property, the node makes a new identity at every start.");
		}
		if (text.contains("${")) {
			throw refused(location, "the placeholder was not resolved",
					"Define the property or environment variable that it names, or give it a default: ${NAME:./data}.");
		}
		if (text.regionMatches(true, 0, FILE, 0, FILE.length())) {
			return path(location, fileUrl(location, text.substring(FILE.length())), home);
		}
		if (SCHEME.matcher(text).matches()) {
			throw refused(location, "only a file can keep a private key", "Set it to the path of a file, for example "
					+ EXAMPLE + ". A key from a secret store goes to libp2p.identity.private-key.");
		}
		return path(location, text, home);
	}

	/** What follows {@code file:}, read as Spring reads it. */
	private static String fileUrl(String location, String text) {
		String path = text;
		if (text.startsWith("//")) {
			int slash = text.indexOf('/', 2);
			String host = (slash < 0) ? text.substring(2) : text.substring(2, slash);
			if (!host.isEmpty() && !host.equalsIgnoreCase("localhost")) {
				throw refused(location, "after 'file://' comes the name of a host, here '" + host + "'",
						"Write file:./data/peer.key for a relative path, file:/var/lib/app/peer.key for an absolute one.");
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

	private static Path path(String location, String text, String home) {
		boolean atHome = text.equals("~") || text.startsWith("~/") || text.startsWith("~" + File.separator);
		String expanded = atHome ? home + text.substring(1) : text;
		Path path;
		try {
			path = new File(expanded).toPath();
		}
		catch (InvalidPathException ex) {
			throw new InvalidSettingException(PROPERTY, location, "it is not a path: " + ex.getReason(),
					"Set it to the path of a file, for example " + EXAMPLE + ".", ex);
		}
		if (text.equals("~") || namesDirectory(expanded, path)) {
			throw refused(location, "it is a directory", "Add the name of a file, for example peer.key.");
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

	private static InvalidSettingException refused(String location, String problem, String action) {
		return new InvalidSettingException(PROPERTY, location, problem, action, null);
	}

}
