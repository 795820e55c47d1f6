package io.p2pboot.libp2p.sample.files;

import java.nio.charset.StandardCharsets;

/**
 * The name of a shared file: one path segment that every peer may choose and no peer can
 * leave the folder with.
 *
 * @param value the name
 */
public record FileName(String value) {

	/** The longest name in UTF-8, which is what file systems take. */
	public static final int MAX_BYTES = 255;

	/**
	 * Checks a name.
	 * @param text the name as a peer or a user sent it
	 * @return the name
	 * @throws FileRefused if it is empty, too long, hidden, or not a single plain segment
	 */
	public static FileName parse(String text) throws FileRefused {
		int bytes = text.getBytes(StandardCharsets.UTF_8).length;
		if (text.isBlank() || bytes > MAX_BYTES) {
			throw new FileRefused("A file name has 1 to " + MAX_BYTES + " bytes, not " + bytes);
		}
		if (text.startsWith(".")) {
			throw new FileRefused("A file name does not begin with a dot");
		}
		if (text.endsWith(".") || text.endsWith(" ")) {
			throw new FileRefused("A file name does not end with a dot or a space");
		}
		if (!text.codePoints().allMatch(FileName::isPlain)) {
			throw new FileRefused("A file name is one path segment without control characters");
		}
		return new FileName(text);
	}

	private static boolean isPlain(int point) {
		int type = Character.getType(point);
		return point != '/' && point != '\\' && point != ':' && type != Character.CONTROL && type != Character.FORMAT
				&& type != Character.SURROGATE && type != Character.LINE_SEPARATOR
				&& type != Character.PARAGRAPH_SEPARATOR && type != Character.UNASSIGNED;
	}

	@Override
	public String toString() {
		return this.value;
	}

}
