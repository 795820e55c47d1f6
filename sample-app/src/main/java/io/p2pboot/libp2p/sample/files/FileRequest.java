package io.p2pboot.libp2p.sample.files;

import org.jspecify.annotations.Nullable;

/**
 * What a client asks first on a stream of {@code /sample/files/1.0.0}: one JSON object,
 * prefixed with its length as an unsigned varint.
 *
 * @param op what it wants
 * @param name the file; none to list
 * @param offset to fetch: how many bytes the client has already
 * @param size to push: the size of the file in bytes
 * @param sha256 to find, fetch and push: the hash in lower-case hex
 */
record FileRequest(Op op, @Nullable String name, long offset, long size, @Nullable String sha256) {

	/** What can be asked. */
	enum Op {

		/** Which files are there; answered with {@link FileAnswer#files}. */
		LIST,

		/** How large a file is and its hash. */
		STAT,

		/** Which file has a hash; answered with {@link FileAnswer#files}. */
		FIND,

		/** The bytes of a file from an offset on; they follow the answer. */
		FETCH,

		/** To send a file: its bytes from the answer's offset on, then a last answer. */
		PUSH

	}

	static FileRequest list() {
		return new FileRequest(Op.LIST, null, 0, 0, null);
	}

	static FileRequest stat(FileName name) {
		return new FileRequest(Op.STAT, name.value(), 0, 0, null);
	}

	static FileRequest find(String sha256) {
		return new FileRequest(Op.FIND, null, 0, 0, sha256);
	}

	static FileRequest fetch(FileName name, long offset, String sha256) {
		return new FileRequest(Op.FETCH, name.value(), offset, 0, sha256);
	}

	static FileRequest push(FileName name, long size, String sha256) {
		return new FileRequest(Op.PUSH, name.value(), 0, size, sha256);
	}

	FileName fileName() throws FileRefused {
		return FileName.parse((this.name != null) ? this.name : "");
	}

	String hash() {
		return (this.sha256 != null) ? this.sha256 : "";
	}

}
