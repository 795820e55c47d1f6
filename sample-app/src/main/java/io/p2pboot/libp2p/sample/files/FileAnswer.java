package io.p2pboot.libp2p.sample.files;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link FileRequest}, in the same form.
 *
 * @param error why the request is refused; none if it is not
 * @param files what is shared
 * @param size the size of the file in bytes
 * @param offset where the bytes begin that are to follow
 * @param sha256 the hash of the file in lower-case hex
 */
record FileAnswer(@Nullable String error, @Nullable List<SharedFile> files, long size, long offset,
		@Nullable String sha256) {

	static FileAnswer refused(String error) {
		return new FileAnswer(error, null, 0, 0, null);
	}

	static FileAnswer list(List<SharedFile> files) {
		return new FileAnswer(null, files, 0, 0, null);
	}

	static FileAnswer file(long size, long offset, String sha256) {
		return new FileAnswer(null, null, size, offset, sha256);
	}

	List<SharedFile> fileList() {
		return (this.files != null) ? this.files : List.of();
	}

	String hash() {
		return (this.sha256 != null) ? this.sha256 : "";
	}

}
