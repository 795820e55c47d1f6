package io.p2pboot.libp2p.sample.files;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

import io.p2pboot.libp2p.multiformats.Varint;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON messages on a stream that carries raw bytes as well, each prefixed with its length
 * as an unsigned varint. Thread-safe.
 *
 * @param mapper reads and writes JSON
 */
record JsonFrames(JsonMapper mapper) {

	/** The longest request, in bytes. */
	static final int MAX_REQUEST_BYTES = 4096;

	/** The longest answer, in bytes: a list of the longest names fits. */
	static final int MAX_ANSWER_BYTES = 1 << 20;

	void write(OutputStream out, Object message) throws IOException {
		byte[] json = this.mapper.writeValueAsBytes(message);
		ByteBuffer frame = ByteBuffer.allocate(Varint.MAX_BYTES + json.length);
		Varint.write(json.length, frame);
		frame.put(json);
		out.write(frame.array(), 0, frame.position());
	}

	<T> T read(InputStream in, Class<T> type, int maxBytes) throws IOException {
		long length = length(in);
		if (length > maxBytes) {
			throw new FileRefused("A message has at most " + maxBytes + " bytes, not " + length);
		}
		byte[] json = in.readNBytes((int) length);
		if (json.length < length) {
			throw new EOFException("The stream ended after " + json.length + " of " + length + " bytes");
		}
		try {
			T message = this.mapper.readValue(json, type);
			if (message == null) {
				throw new FileRefused("The message is empty");
			}
			return message;
		}
		catch (JacksonException ex) {
			throw new FileRefused("The message is not a " + type.getSimpleName());
		}
	}

	private static long length(InputStream in) throws IOException {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		int next;
		do {
			next = in.read();
			if (next < 0) {
				throw new EOFException("The stream ended within a length");
			}
			prefix.put((byte) next);
		}
		while (next >= 0x80 && prefix.hasRemaining());
		return Varint.read(prefix.flip());
	}

}
