package io.p2pboot.libp2p.interop.matrix;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;

/**
 * The two forms of {@code /perf/1.0.0} that programs of the matrix speak: they have one
 * protocol id, and only what the other side calls itself tells which to use.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/perf/perf.md">perf</a>
 */
enum PerfForm {

	/** That of the specification: how much to send back, then the upload to its end. */
	SPECIFICATION,

	/** Both sizes, up and down, then the upload. */
	SIZES;

	/** How many bytes the sizes have. */
	static final int SIZES_BYTES = 2 * Long.BYTES;

	/**
	 * Returns the form that a listener understands.
	 * @param agent what the listener calls itself; empty if unknown
	 * @return the form
	 */
	static PerfForm ofListener(Optional<String> agent) {
		boolean sizes = agent.map((name) -> name.startsWith("rust-libp2p") || isDotnet(name)).orElse(false);
		return sizes ? SIZES : SPECIFICATION;
	}

	/**
	 * Returns whether a dialer waits for the answer before it closes its side.
	 * @param agent what the dialer calls itself; empty if unknown
	 * @return whether the answer must not wait for the end
	 */
	static boolean answersEarly(Optional<String> agent) {
		return agent.map(PerfForm::isDotnet).orElse(false);
	}

	private static boolean isDotnet(String agent) {
		return agent.toLowerCase(Locale.ROOT).contains("dotnet");
	}

	/** What a dialer sends before the upload. */
	ByteBuffer header(long up, long down) {
		return switch (this) {
			case SPECIFICATION -> ByteBuffer.allocate(Long.BYTES).putLong(down).flip();
			case SIZES -> ByteBuffer.allocate(SIZES_BYTES).putLong(up).putLong(down).flip();
		};
	}

}
