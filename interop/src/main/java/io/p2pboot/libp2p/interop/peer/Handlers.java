package io.p2pboot.libp2p.interop.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every peer serves. Handlers run on the peer's threads.
 */
final class Handlers {

	static final ProtocolPath ECHO = ProtocolPath.of("/lip/echo/1.0.0");

	static final ProtocolPath SINK = ProtocolPath.of("/lip/sink/1.0.0");

	static final ProtocolPath HALF = ProtocolPath.of("/lip/half/1.0.0");

	static final ProtocolPath RESET = ProtocolPath.of("/lip/reset/1.0.0");

	static final ProtocolPath SLOW = ProtocolPath.of("/lip/slow/1.0.0");

	static final ProtocolPath PERF = ProtocolPath.of("/perf/1.0.0");

	static final int BUFFER_BYTES = 1 << 18;

	/** Echoes are short more often than long. */
	static final int ECHO_BYTES = 1 << 14;

	private static final int SLOW_BYTES = 1024;

	private static final int SLOW_MILLIS = 10;

	private final Tasks tasks;

	private final PeerOutput output;

	private final Optional<Path> keep;

	Handlers(Tasks tasks, PeerOutput output, Optional<Path> keep) {
		this.tasks = tasks;
		this.output = output;
		this.keep = keep;
	}

	void mount(Node node) {
		serve(node, ECHO, Handlers::echo);
		serve(node, SINK, this::sink);
		serve(node, HALF, this::half);
		serve(node, RESET, this::reset);
		serve(node, SLOW, this::slow);
		serve(node, PERF, Handlers::perf);
	}

	void serve(Node node, ProtocolPath path, StreamHandler handler) {
		node.mountProtocol(path, StreamProtocol.create()).serve(this.tasks.threads(), handler);
	}

	static void echo(Stream stream) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(ECHO_BYTES);
		while (stream.read(buffer) >= 0) {
			stream.write(buffer.flip());
			buffer.clear();
		}
		stream.closeWrite();
	}

	private void sink(Stream stream) throws IOException {
		MessageDigest digest = sha256();
		Pattern pattern = new Pattern();
		Path incoming = null;
		OutputStream file = OutputStream.nullOutputStream();
		if (this.keep.isPresent()) {
			incoming = Files.createTempFile(this.keep.get(), "incoming", null);
			file = Files.newOutputStream(incoming);
		}
		try (OutputStream target = new DigestOutputStream(file, digest)) {
			ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
			while (stream.read(buffer) >= 0) {
				target.write(buffer.array(), 0, buffer.position());
				pattern.check(buffer.flip());
				buffer.clear();
			}
		}
		byte[] hash = digest.digest();
		String hex = HexFormat.of().formatHex(hash);
		if (incoming != null) {
			Files.move(incoming, incoming.resolveSibling(hex));
		}
		stream.write(ByteBuffer.allocate(Long.BYTES + hash.length).putLong(pattern.bytes()).put(hash).flip());
		stream.closeWrite();
		this.output.event("sink",
				from(stream).put("n", pattern.bytes()).put("equal", pattern.isEqual()).put("sha256", hex));
	}

	private void half(Stream stream) throws IOException {
		Pattern pattern = new Pattern();
		String end = "eof";
		try {
			stream.write(ByteBuffer.wrap(new byte[] { 'b', 'y', 'e' }));
			stream.closeWrite();
			ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
			while (stream.read(buffer) >= 0) {
				pattern.check(buffer.flip());
				buffer.clear();
			}
		}
		catch (IOException ex) {
			end = OpFailure.kindOf(ex);
			throw ex;
		}
		finally {
			this.output.event("half",
					from(stream).put("n", pattern.bytes()).put("equal", pattern.isEqual()).put("end", end));
		}
	}

	private void reset(Stream stream) {
		String end = "local";
		long count = 0;
		try {
			ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
			buffer.limit(Long.BYTES);
			while (buffer.hasRemaining() && stream.read(buffer) >= 0) {
				continue;
			}
			long left = buffer.getLong(0);
			stream.write(ByteBuffer.wrap(new byte[] { 1 }));
			while (count < left) {
				buffer.clear().limit((int) Math.min(left - count, BUFFER_BYTES));
				int read = stream.read(buffer);
				if (read < 0) {
					end = "eof";
					break;
				}
				count += read;
			}
		}
		catch (IOException ex) {
			end = OpFailure.kindOf(ex);
		}
		stream.reset(0);
		this.output.event("reset", from(stream).put("n", count).put("end", end));
	}

	private void slow(Stream stream) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(SLOW_BYTES);
		long count = 0;
		String end = "eof";
		try {
			int read = stream.read(buffer);
			while (read >= 0) {
				count += read;
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SLOW_MILLIS));
				read = stream.read(buffer.clear());
			}
			stream.write(ByteBuffer.allocate(Long.BYTES).putLong(count).flip());
			stream.closeWrite();
		}
		catch (IOException ex) {
			end = OpFailure.kindOf(ex);
			throw ex;
		}
		finally {
			this.output.event("slow", from(stream).put("n", count).put("end", end));
		}
	}

	private static void perf(Stream stream) throws IOException {
		InputStream in = stream.inputStream();
		long down = ByteBuffer.wrap(in.readNBytes(Long.BYTES)).getLong();
		in.transferTo(OutputStream.nullOutputStream());
		writeZeros(stream, down);
		stream.closeWrite();
	}

	static void writeZeros(Stream stream, long count) throws IOException {
		ByteBuffer zeros = ByteBuffer.allocate(BUFFER_BYTES);
		long left = count;
		while (left > 0) {
			zeros.clear().limit((int) Math.min(left, BUFFER_BYTES));
			left -= stream.write(zeros);
		}
	}

	static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ObjectNode from(Stream stream) {
		return JsonNodeFactory.instance.objectNode().put("peer", stream.remotePeer().id().toString());
	}

}
