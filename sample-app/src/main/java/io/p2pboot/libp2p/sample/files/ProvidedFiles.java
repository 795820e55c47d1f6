package io.p2pboot.libp2p.sample.files;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.springframework.stereotype.Component;

/**
 * The files that are provided by their hash: only these can be asked for by it, so that
 * nobody makes this program hash its whole folder. Thread-safe.
 */
@Component
public class ProvidedFiles {

	/** How many are provided; the oldest make room. */
	static final int MAX_FILES = 1000;

	/**
	 * A file that is provided.
	 *
	 * @param name its name here
	 * @param sha256 its hash in lower-case hex
	 */
	public record Entry(String name, String sha256) {

	}

	private final SharedFolder folder;

	private final ReentrantLock lock = new ReentrantLock();

	/** Guarded by {@code lock}: files by their hash. */
	private final Map<String, FileName> files = new LinkedHashMap<>();

	ProvidedFiles(SharedFolder folder) {
		this.folder = folder;
	}

	/**
	 * Adds a file. Reads all of it.
	 * @param name its name
	 * @return the file with its hash
	 * @throws FileRefused if there is no such file
	 */
	public Entry add(FileName name) throws IOException {
		String sha256 = this.folder.sha256(name);
		this.lock.lock();
		try {
			this.files.remove(sha256);
			if (this.files.size() >= MAX_FILES) {
				this.files.remove(this.files.keySet().iterator().next());
			}
			this.files.put(sha256, name);
		}
		finally {
			this.lock.unlock();
		}
		return new Entry(name.value(), sha256);
	}

	/**
	 * Finds the file that has a hash.
	 * @param sha256 the hash in lower-case hex
	 * @return its name
	 * @throws FileRefused if none is provided, or it has changed
	 */
	FileName find(String sha256) throws IOException {
		FileName name;
		this.lock.lock();
		try {
			name = this.files.get(sha256);
		}
		finally {
			this.lock.unlock();
		}
		if (name == null || !this.folder.sha256(name).equals(sha256)) {
			throw new FileRefused("No file with the hash " + sha256 + " is provided here");
		}
		return name;
	}

	/**
	 * Lists them.
	 * @return what is provided, in the order in which it was
	 */
	public List<Entry> list() {
		this.lock.lock();
		try {
			return this.files.entrySet()
				.stream()
				.map((file) -> new Entry(file.getValue().value(), file.getKey()))
				.toList();
		}
		finally {
			this.lock.unlock();
		}
	}

}
