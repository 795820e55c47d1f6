package io.p2pboot.libp2p.interop.matrix;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;

/**
 * Serves {@code /perf/1.0.0} in both forms. Only the end of the upload tells them apart:
 * in the form with two sizes, exactly as many bytes follow as the first size says.
 * Thread-safe.
 */
final class PerfListener implements StreamHandler {

	static final int BUFFER_BYTES = 256 * 1024;

	private final Function<PeerId, Optional<String>> agents;

	private final Proof proof;

	/**
	 * Creates a handler.
	 * @param agents tells what a peer calls itself, if that is known
	 * @param proof is told of every transfer
	 */
	PerfListener(Function<PeerId, Optional<String>> agents, Proof proof) {
		this.agents = agents;
		this.proof = proof;
	}

	@Override
	public void handle(Stream stream) throws IOException {
		ByteBuffer header = ByteBuffer.allocate(PerfForm.SIZES_BYTES);
		boolean ended = false;
		while (header.hasRemaining() && !ended) {
			ended = stream.read(header) < 0;
		}
		if (header.position() < Long.BYTES) {
			throw new EOFException("Only " + header.position() + " bytes of the size came");
		}
		long first = header.getLong(0);
		long second = header.getLong(Long.BYTES);
		boolean early = !ended && PerfForm.answersEarly(this.agents.apply(stream.remotePeer().id()));
		long rest = ended ? 0 : drain(stream, early ? first : Long.MAX_VALUE);
		boolean sizes = !header.hasRemaining() && rest == first;
		long up = sizes ? first : header.position() - Long.BYTES + rest;
		long down = sizes ? second : first;
		writeZeros(stream, down);
		stream.closeWrite();
		this.proof.transferred("in", up, down);
	}

	/** Reads to the end, or until so many bytes have come; tells how many have. */
	static long drain(Stream stream, long enough) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
		long count = 0;
		while (count < enough) {
			int read = stream.read(buffer.clear());
			if (read < 0) {
				break;
			}
			count += read;
		}
		return count;
	}

	static void writeZeros(Stream stream, long bytes) throws IOException {
		ByteBuffer zeros = ByteBuffer.allocate(BUFFER_BYTES);
		long left = bytes;
		while (left > 0) {
			zeros.clear().limit((int) Math.min(left, BUFFER_BYTES));
			left -= stream.write(zeros);
		}
	}

}
