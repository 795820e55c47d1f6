package io.p2pboot.libp2p.interop.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests that open streams. Each blocks the thread that runs it. Thread-safe.
 */
final class StreamOps {

	private static final int CHUNK_BYTES = 1 << 16;

	private static final int SHORT_BYTES = 1024;

	private static final int SHA256_BYTES = 32;

	private static final int MAX_ANSWER_BYTES = 1 << 20;

	private static final int SLOW_CHUNK_BYTES = 16 << 10;

	private final NettyNode node;

	private final Tasks tasks;

	private final Map<PeerId, Queue<Stream>> held = new ConcurrentHashMap<>();

	StreamOps(NettyNode node, Tasks tasks) {
		this.node = node;
		this.tasks = tasks;
	}

	ObjectNode ping(Arguments arguments) throws Exception {
		Connection connection = connection(arguments);
		int pings = arguments.count("n", 1);
		Queue<Duration> times = new ConcurrentLinkedQueue<>();
		this.tasks.concurrently(arguments.count("concurrency", 1),
				() -> times.addAll(this.node.pingAsync(connection, pings).get()));
		ObjectNode result = result();
		ArrayNode millis = result.putArray("ms");
		times.forEach((time) -> millis.add(time.toNanos() / 1e6));
		return result;
	}

	ObjectNode echo(Arguments arguments) throws Exception {
		long begun = System.nanoTime();
		ProtocolPath path = ProtocolPath.of(arguments.text("proto", Handlers.ECHO.value()));
		Pattern read = echoOnce(arguments, path);
		return timed(result().put("equal", read.isEqual() && read.bytes() == arguments.number("size", 0))
			.put("n", read.bytes()), read.bytes(), begun);
	}

	private Pattern echoOnce(Arguments arguments, ProtocolPath path) throws Exception {
		try (Stream stream = open(arguments, path)) {
			long size = arguments.number("size", 0);
			int chunk = arguments.count("chunk", CHUNK_BYTES);
			Future<?> writing = writing(stream, size, chunk);
			Pattern pattern = new Pattern();
			try {
				ByteBuffer buffer = ByteBuffer.allocate(Handlers.ECHO_BYTES);
				while (stream.read(buffer) >= 0) {
					pattern.check(buffer.flip());
					buffer.clear();
				}
				writing.get();
				return pattern;
			}
			catch (Exception ex) {
				stream.reset(0);
				throw ex;
			}
			finally {
				writing.cancel(true);
			}
		}
	}

	/** What is short is written at once: no window is that small. */
	private Future<?> writing(Stream stream, long size, int chunk) throws IOException {
		if (size <= SHORT_BYTES) {
			writePattern(stream, size, chunk);
			return CompletableFuture.completedFuture(true);
		}
		return this.tasks.threads().submit(() -> {
			writePattern(stream, size, chunk);
			return true;
		});
	}

	ObjectNode exchange(Arguments arguments) throws Exception {
		ByteBuffer body = ByteBuffer.wrap(HexFormat.of().parseHex(arguments.text("hex")));
		try (Stream stream = open(arguments, ProtocolPath.of(arguments.text("proto")))) {
			stream.write(body);
			stream.closeWrite();
			byte[] answer = stream.inputStream().readNBytes(MAX_ANSWER_BYTES);
			return result().put("hex", HexFormat.of().formatHex(answer));
		}
	}

	private static void writePattern(Stream stream, long size, int chunk) throws IOException {
		Pattern pattern = new Pattern();
		ByteBuffer buffer = ByteBuffer.allocate((int) Math.max(1, Math.min(size, chunk)));
		while (pattern.bytes() < size) {
			buffer.clear().limit((int) Math.min(buffer.capacity(), size - pattern.bytes()));
			pattern.fill(buffer);
			stream.write(buffer.flip());
		}
		stream.closeWrite();
	}

	ObjectNode echoMany(Arguments arguments) throws Exception {
		connection(arguments);
		long begun = System.nanoTime();
		AtomicInteger left = new AtomicInteger(arguments.count("count", 0));
		Tally tally = new Tally();
		this.tasks.concurrently(arguments.count("concurrency", 1), () -> {
			while (left.getAndDecrement() > 0) {
				tally.count(() -> {
					Pattern read = echoOnce(arguments, Handlers.ECHO);
					if (!read.isEqual() || read.bytes() != arguments.number("size", 0)) {
						throw new IOException("The echo differs, of " + read.bytes() + " bytes");
					}
					return true;
				});
			}
			return true;
		});
		return result().put("passed", tally.passed())
			.put("failed", tally.failed())
			.put("ms", millisSince(begun))
			.set("errors", tally.errors());
	}

	ObjectNode uploadMany(Arguments arguments) throws Exception {
		connection(arguments);
		ProtocolPath path = ProtocolPath.of(arguments.text("proto", Handlers.SINK.value()));
		long begun = System.nanoTime();
		Tally tally = new Tally();
		this.tasks.concurrently(arguments.count("count", 0), () -> {
			tally.count(() -> uploadOnce(arguments, path));
			return true;
		});
		return result().put("passed", tally.passed())
			.put("failed", tally.failed())
			.put("ms", millisSince(begun))
			.set("errors", tally.errors());
	}

	private boolean uploadOnce(Arguments arguments, ProtocolPath path) throws Exception {
		try (Stream stream = open(arguments, path)) {
			long size = arguments.number("size", 0);
			writePattern(stream, size, CHUNK_BYTES);
			byte[] answer = stream.inputStream().readAllBytes();
			if (answer.length < Long.BYTES || ByteBuffer.wrap(answer).getLong() != size) {
				throw new IOException(
						"Sent " + size + " bytes, the answer is '" + HexFormat.of().formatHex(answer) + "'");
			}
			return true;
		}
	}

	ObjectNode hold(Arguments arguments) throws Exception {
		Queue<Stream> open = this.held.computeIfAbsent(peer(arguments), (id) -> new ConcurrentLinkedQueue<>());
		connection(arguments);
		Tally tally = new Tally();
		this.tasks.concurrently(arguments.count("count", 0), () -> {
			tally.count(() -> {
				Stream stream = open(arguments, Handlers.ECHO);
				try {
					stream.write(ByteBuffer.wrap(new byte[] { 42 }));
					ByteBuffer back = ByteBuffer.allocate(1);
					stream.read(back);
					if (back.get(0) != 42) {
						throw new IOException("Sent 42, got back " + back.get(0));
					}
					return open.add(stream);
				}
				catch (IOException ex) {
					stream.reset(0);
					throw ex;
				}
			});
			return true;
		});
		return result().put("opened", tally.passed()).put("failed", tally.failed()).set("errors", tally.errors());
	}

	ObjectNode release(Arguments arguments) throws Exception {
		Queue<Stream> open = this.held.remove(peer(arguments));
		int count = (open != null) ? open.size() : 0;
		if (open != null) {
			for (Stream stream : open) {
				stream.closeWrite();
			}
			for (Stream stream : open) {
				byte[] rest = stream.inputStream().readAllBytes();
				stream.close();
				if (rest.length > 0) {
					throw new IOException(rest.length + " bytes more than were sent");
				}
			}
		}
		return result().put("closed", count);
	}

	ObjectNode sink(Arguments arguments) throws Exception {
		MessageDigest digest = Handlers.sha256();
		try (Stream stream = open(arguments, Handlers.SINK)) {
			long begun = System.nanoTime();
			long sent = arguments.has("file") ? sendFile(stream, Path.of(arguments.text("file")), digest)
					: sendPattern(stream, arguments, digest);
			stream.closeWrite();
			byte[] answer = stream.inputStream().readAllBytes();
			if (answer.length != Long.BYTES + SHA256_BYTES || ByteBuffer.wrap(answer).getLong() != sent) {
				throw new IOException(
						"Sent " + sent + " bytes, the answer is '" + HexFormat.of().formatHex(answer) + "'");
			}
			byte[] hash = Arrays.copyOfRange(answer, Long.BYTES, answer.length);
			return timed(result().put("n", sent)
				.put("sha256", HexFormat.of().formatHex(hash))
				.put("equal", MessageDigest.isEqual(hash, digest.digest())), sent, begun);
		}
	}

	private static long sendPattern(Stream stream, Arguments arguments, MessageDigest digest) throws IOException {
		long size = arguments.number("size", 0);
		Pattern pattern = new Pattern();
		ByteBuffer buffer = ByteBuffer.allocate(arguments.count("chunk", Handlers.BUFFER_BYTES));
		while (pattern.bytes() < size) {
			buffer.clear().limit((int) Math.min(buffer.capacity(), size - pattern.bytes()));
			pattern.fill(buffer);
			digest.update(buffer.flip());
			stream.write(buffer.rewind());
		}
		return size;
	}

	private static long sendFile(Stream stream, Path file, MessageDigest digest) throws IOException {
		long sent = 0;
		byte[] block = new byte[Handlers.BUFFER_BYTES];
		try (InputStream in = Files.newInputStream(file)) {
			for (int read = in.read(block); read >= 0; read = in.read(block)) {
				digest.update(block, 0, read);
				sent += stream.write(ByteBuffer.wrap(block, 0, read));
			}
		}
		return sent;
	}

	ObjectNode half(Arguments arguments) throws Exception {
		long size = arguments.number("size", 0);
		boolean localFirst = "local".equals(arguments.text("order", "remote"));
		try (Stream stream = open(arguments, Handlers.HALF)) {
			if (localFirst) {
				writePattern(stream, size, CHUNK_BYTES);
			}
			String got = new String(stream.inputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (!localFirst) {
				writePattern(stream, size, CHUNK_BYTES);
			}
			return result().put("got", got).put("sent", size);
		}
	}

	ObjectNode reset(Arguments arguments) throws Exception {
		long size = arguments.number("size", 0);
		boolean byRemote = "remote".equals(arguments.text("by"));
		Stream stream = open(arguments, Handlers.RESET);
		try {
			stream.write(ByteBuffer.allocate(Long.BYTES).putLong(byRemote ? size : Long.MAX_VALUE).flip());
			if (stream.read(ByteBuffer.allocate(1)) < 0) {
				return result().put("saw", "eof");
			}
			ByteBuffer pattern = ByteBuffer.allocate((int) size);
			new Pattern().fill(pattern);
			stream.write(pattern.flip());
			if (!byRemote) {
				return result().put("saw", "local");
			}
			return result().put("saw", (stream.read(ByteBuffer.allocate(1)) < 0) ? "eof" : "data");
		}
		catch (IOException ex) {
			return result().put("saw", OpFailure.kindOf(ex));
		}
		finally {
			stream.reset(0);
		}
	}

	ObjectNode slow(Arguments arguments) throws Exception {
		long size = arguments.number("size", 0);
		long end = System.nanoTime() + Duration.ofMillis(arguments.number("ms", 0)).toNanos();
		Stream stream = open(arguments, Handlers.SLOW);
		Pattern pattern = new Pattern();
		ByteBuffer buffer = ByteBuffer.allocate(SLOW_CHUNK_BYTES);
		buffer.flip();
		try {
			while (pattern.bytes() < size) {
				buffer.clear().limit((int) Math.min(SLOW_CHUNK_BYTES, size - pattern.bytes()));
				pattern.fill(buffer);
				stream.writeTimeout(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
				stream.write(buffer.flip());
			}
		}
		catch (SocketTimeoutException ex) {
			return result().put("written", pattern.bytes() - buffer.remaining()).put("done", false);
		}
		finally {
			stream.reset(0);
		}
		return result().put("written", size).put("done", true);
	}

	ObjectNode propose(Arguments arguments, List<String> names) throws Exception {
		List<ProtocolPath> paths = names.stream().map(ProtocolPath::of).toList();
		StreamChannel stream = this.node.openStream(connection(arguments), paths, (opened) -> {
		}).get();
		String chosen = stream.protocol().value();
		stream.reset(0);
		return result().put("proto", chosen);
	}

	ObjectNode perf(Arguments arguments) throws Exception {
		connection(arguments);
		long up = arguments.number("up", 0);
		long down = arguments.number("down", 0);
		int streams = arguments.count("streams", 1);
		long begun = System.nanoTime();
		this.tasks.concurrently(streams, () -> {
			try (Stream stream = open(arguments, Handlers.PERF)) {
				stream.write(ByteBuffer.allocate(Long.BYTES).putLong(down).flip());
				Handlers.writeZeros(stream, up);
				stream.closeWrite();
				long received = stream.inputStream().transferTo(OutputStream.nullOutputStream());
				if (received != down) {
					throw new IOException("Asked for " + down + " bytes, got " + received);
				}
			}
			return true;
		});
		return timed(result().put("up", up * streams).put("down", down * streams), (up + down) * streams, begun);
	}

	Connection connection(Arguments arguments) throws OpFailure {
		PeerId peer = peer(arguments);
		return this.node.connection(peer).orElseThrow(() -> new OpFailure("dial", "Not connected to " + peer));
	}

	private Stream open(Arguments arguments, ProtocolPath path) throws OpFailure, IOException {
		connection(arguments);
		return this.node.openStream(AddrInfo.of(peer(arguments)), path);
	}

	static PeerId peer(Arguments arguments) throws OpFailure {
		return PeerId.parse(arguments.text("peer"));
	}

	static double millisSince(long begunNanos) {
		return (System.nanoTime() - begunNanos) / 1e6;
	}

	private static ObjectNode timed(ObjectNode result, long bytes, long begunNanos) {
		double millis = millisSince(begunNanos);
		return result.put("ms", millis).put("mbps", bytes / 1e3 / Math.max(millis, 1e-3));
	}

	private static ObjectNode result() {
		return JsonNodeFactory.instance.objectNode();
	}

}
