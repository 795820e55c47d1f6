package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.interop.driver.ForeignPeer;
import io.p2pboot.libp2p.interop.driver.Peer;
import io.p2pboot.libp2p.node.NodeBuilder;
import tools.jackson.databind.JsonNode;

/**
 * Sends a file to a go-libp2p peer and receives it back, through a stream protocol that
 * is mounted on a node, and compares what arrived. Run by {@code interop/transfer}.
 */
public final class Transfer {

	private static final ProtocolPath SINK = ProtocolPath.of("/lip/sink/1.0.0");

	private static final int BUFFER_BYTES = 1 << 18;

	private static final int DEFAULT_MEBIBYTES = 256;

	private static final int HASH_BYTES = 32;

	private static final long TIMEOUT_MILLIS = 600_000;

	private final PrintStream out;

	private final Path folder;

	private Transfer(PrintStream out, Path folder) {
		this.out = out;
		this.folder = folder;
	}

	/**
	 * Transfers and reports; exits with 0 if both hashes were right, else with 1.
	 * @param arguments the executable of the Go peer, and how many MiB (default 256)
	 * @throws IOException if there is no place for the files
	 */
	public static void main(String... arguments) throws IOException {
		if (arguments.length < 1) {
			System.err.println("usage: transfer PEER [MIB]");
			System.exit(2);
		}
		int mebibytes = (arguments.length > 1) ? Integer.parseInt(arguments[1]) : DEFAULT_MEBIBYTES;
		Path folder = Files.createTempDirectory("libp2p-transfer");
		boolean equal = false;
		try {
			equal = new Transfer(System.out, folder).run(Path.of(arguments[0]), mebibytes);
		}
		catch (IOException | ExecutionException | InterruptedException | RuntimeException ex) {
			System.err.println("The transfer failed: " + ex);
		}
		finally {
			delete(folder);
		}
		System.exit(equal ? 0 : 1);
	}

	private static void delete(Path folder) throws IOException {
		try (java.util.stream.Stream<Path> files = Files.list(folder)) {
			for (Path file : files.toList()) {
				Files.delete(file);
			}
		}
		Files.delete(folder);
	}

	private boolean run(Path executable, int mebibytes) throws IOException, ExecutionException, InterruptedException {
		Path file = this.folder.resolve("file");
		String hash = create(file, mebibytes);
		this.out.println("file       " + Files.size(file) + " bytes, sha256 " + hash);
		try (Node node = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Peer go = ForeignPeer.start("go", executable)) {
			StreamProtocol sink = node.mountProtocol(SINK, StreamProtocol.create());
			JsonNode started = go.call("start", Map.of("listen", List.of("/ip4/127.0.0.1/tcp/0"), "security",
					List.of("noise", "tls"), "keep", this.folder.toString()));
			AddrInfo peer = AddrInfo.parse(started.path("addrs").path(0).stringValue());
			node.connect(peer);
			this.out.println("connected  " + node.connection(peer.id()).orElseThrow());
			boolean sent = report("sent", send(sink, peer, file), hash);
			// The Go peer has kept what it received, under its hash: that goes back.
			return sent & report("received", receive(sink, go, node, this.folder.resolve(hash)), hash);
		}
	}

	private record Received(long bytes, String hash, long nanos) {
	}

	private boolean report(String what, Received received, String expected) {
		boolean equal = received.hash().equals(expected);
		double rate = received.bytes() / 1e6 / (received.nanos() / 1e9);
		this.out.printf("%-10s %d bytes, %.0f MB/s, sha256 %s%n", what, received.bytes(), rate,
				equal ? "equal" : "DIFFERS: " + received.hash());
		return equal;
	}

	private static String create(Path file, int mebibytes) throws IOException {
		MessageDigest digest = sha256();
		Random random = new Random(mebibytes);
		byte[] block = new byte[1 << 20];
		try (OutputStream to = new DigestOutputStream(Files.newOutputStream(file), digest)) {
			for (int i = 0; i < mebibytes; i++) {
				random.nextBytes(block);
				to.write(block);
			}
		}
		return HexFormat.of().formatHex(digest.digest());
	}

	/** Sends the file; the answer is the count and the hash of what arrived there. */
	private static Received send(StreamProtocol sink, AddrInfo peer, Path file) throws IOException {
		try (Stream stream = sink.openStream(peer); InputStream from = Files.newInputStream(file)) {
			long begun = System.nanoTime();
			byte[] block = new byte[BUFFER_BYTES];
			for (int read = from.read(block); read >= 0; read = from.read(block)) {
				stream.write(ByteBuffer.wrap(block, 0, read));
			}
			stream.closeWrite();
			ByteBuffer answer = ByteBuffer.wrap(stream.inputStream().readNBytes(Long.BYTES + HASH_BYTES));
			long nanos = System.nanoTime() - begun;
			long bytes = answer.getLong();
			return new Received(bytes, HexFormat.of().formatHex(answer.array(), Long.BYTES, answer.capacity()), nanos);
		}
	}

	/** Asks the Go peer for the file, which then opens a stream to us. */
	private static Received receive(StreamProtocol sink, Peer go, Node node, Path kept)
			throws IOException, ExecutionException, InterruptedException {
		CompletableFuture<JsonNode> sending = go.send("sink",
				Map.of("peer", node.peerId().toString(), "file", kept.toString(), "timeout", TIMEOUT_MILLIS));
		MessageDigest digest = sha256();
		long bytes = 0;
		long begun = System.nanoTime();
		try (Stream stream = sink.acceptStream()) {
			ByteBuffer block = ByteBuffer.allocate(BUFFER_BYTES);
			for (int read = stream.read(block); read >= 0; read = stream.read(block.clear())) {
				digest.update(block.flip());
				bytes += read;
			}
			byte[] hash = digest.digest();
			long nanos = System.nanoTime() - begun;
			stream.write(ByteBuffer.allocate(Long.BYTES + HASH_BYTES).putLong(bytes).put(hash).flip());
			stream.closeWrite();
			if (!sending.get().path("equal").asBoolean(false)) {
				throw new IOException("The Go peer says that the hash differs");
			}
			return new Received(bytes, HexFormat.of().formatHex(hash), nanos);
		}
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
