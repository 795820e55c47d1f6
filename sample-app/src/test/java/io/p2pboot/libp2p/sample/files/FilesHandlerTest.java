package io.p2pboot.libp2p.sample.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.test.LocalLibp2pPort;
import io.p2pboot.libp2p.test.TestPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = { "libp2p.listen=/ip4/127.0.0.1/tcp/0", "sample.files.max-file=1MB" })
class FilesHandlerTest {

	private static final PrivateKey FRIEND = PrivateKey.generate();

	private static final JsonMapper MAPPER = JsonMapper.shared();

	@TempDir
	static Path data;

	@Autowired
	private Node node;

	@LocalLibp2pPort
	private int port;

	private TestPeer friend;

	private TestPeer stranger;

	private final Path folder = data.resolve("files");

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
		registry.add("sample.push.peers", () -> PeerId.of(FRIEND.publicKey()).toString());
	}

	@BeforeEach
	void start() throws IOException {
		this.friend = TestPeer.create(this.node, FRIEND);
		this.stranger = TestPeer.create(this.node);
	}

	@AfterEach
	void close() {
		this.friend.close();
		this.stranger.close();
	}

	@Test
	void aFileIsFoundByItsHashOnceItIsProvided(@Autowired ProvidedFiles provided) throws IOException {
		Files.writeString(this.folder.resolve("provided.txt"), "by its hash");
		Files.writeString(this.folder.resolve("other.txt"), "not provided");
		String sha256 = provided.add(FileName.parse("provided.txt")).sha256();
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, FileRequest.find(sha256)).fileList())
				.containsExactly(new SharedFile("provided.txt", 11));
		}
		String other = HexFormat.of()
			.formatHex(Incoming.sha256().digest("not provided".getBytes(StandardCharsets.UTF_8)));
		for (String unknown : new String[] { other, "", "../provided.txt" }) {
			try (Stream stream = open(this.stranger)) {
				assertThat(ask(stream, FileRequest.find(unknown)).error()).contains("No file with the hash");
			}
		}
		Files.writeString(this.folder.resolve("provided.txt"), "changed meanwhile");
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, FileRequest.find(sha256)).error()).contains("No file with the hash");
		}
	}

	@Test
	void theFilesAreServedOverTheBoundPort() throws IOException {
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, FileRequest.list()).error()).isNull();
			assertThat(stream.connection().remoteAddress()).hasToString("/ip4/127.0.0.1/tcp/" + this.port);
		}
	}

	@Test
	void aFileIsListedAndFetchedFromAnOffset() throws IOException {
		Files.writeString(this.folder.resolve("hello.txt"), "hello, world");
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, FileRequest.list()).fileList()).contains(new SharedFile("hello.txt", 12));
		}
		FileAnswer stat;
		try (Stream stream = open(this.stranger)) {
			stat = ask(stream, FileRequest.stat(FileName.parse("hello.txt")));
		}
		assertThat(stat.size()).isEqualTo(12);
		try (Stream stream = open(this.stranger)) {
			FileAnswer answer = ask(stream, FileRequest.fetch(FileName.parse("hello.txt"), 7, stat.hash()));
			assertThat(answer.offset()).isEqualTo(7);
			assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("world");
		}
	}

	@Test
	void aPushIsResumedAfterItsPeerIsGone() throws IOException {
		byte[] content = "0123456789".repeat(1000).getBytes(StandardCharsets.UTF_8);
		FileRequest push = push("resumed.txt", content);
		Stream first = open(this.friend);
		assertThat(ask(first, push).offset()).isZero();
		first.write(ByteBuffer.wrap(content, 0, 4000));
		awaitUnfinished(4000);
		this.friend.node().disconnect(this.node.peerId());
		try (Stream stream = awaitPush(push)) {
			stream.write(ByteBuffer.wrap(content, 4000, content.length - 4000));
			stream.closeWrite();
			assertThat(answer(stream).error()).isNull();
		}
		assertThat(this.folder.resolve("resumed.txt")).hasBinaryContent(content);
	}

	/** The first attempt ends when its connection does; until then it holds the file. */
	private Stream awaitPush(FileRequest push) throws IOException {
		while (true) {
			Stream stream = open(this.friend);
			FileAnswer answer = ask(stream, push);
			if (answer.error() == null) {
				assertThat(answer.offset()).isEqualTo(4000);
				return stream;
			}
			stream.close();
			Thread.onSpinWait();
		}
	}

	private void awaitUnfinished(long size) throws IOException {
		long there = 0;
		while (there < size) {
			Thread.onSpinWait();
			try (java.util.stream.Stream<Path> files = Files.list(this.folder.resolve(".unfinished"))) {
				there = files.mapToLong((file) -> file.toFile().length()).sum();
			}
		}
	}

	@Test
	void onlyListedPeersMayPush() throws IOException {
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, push("a", new byte[1])).error()).contains(this.stranger.peerId().toString())
				.contains("may not push");
		}
		assertThat(this.folder.resolve("a")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "../escape", "/etc/passwd", "a/../../b", "nul\0byte", "..", ".owners", "a\\..\\b" })
	void aNameThatLeavesTheFolderIsRefusedInEveryRequest(String name) throws IOException {
		for (FileRequest request : new FileRequest[] { new FileRequest(FileRequest.Op.STAT, name, 0, 0, null),
				new FileRequest(FileRequest.Op.FETCH, name, 0, 0, null),
				new FileRequest(FileRequest.Op.PUSH, name, 0, 1, sha256(new byte[1])) }) {
			try (Stream stream = open(this.friend)) {
				assertThat(ask(stream, request).error()).contains("file name");
			}
		}
		assertThat(data.resolve("escape")).doesNotExist();
	}

	@Test
	void aLengthOf100GiBIsRefusedAndReservesNothing() throws IOException {
		try (Stream stream = open(this.friend)) {
			FileRequest request = new FileRequest(FileRequest.Op.PUSH, "huge", 0, 100L << 30, sha256(new byte[1]));
			assertThat(ask(stream, request).error()).contains("1048576").contains(String.valueOf(100L << 30));
		}
		assertThat(this.folder.resolve("huge")).doesNotExist();
	}

	@Test
	void resumingBeyondTheEndIsRefused() throws IOException {
		Files.writeString(this.folder.resolve("short.txt"), "short");
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, new FileRequest(FileRequest.Op.FETCH, "short.txt", 6, 0, null)).error())
				.contains("6")
				.contains("5 bytes");
		}
	}

	@Test
	void aScriptAsANameIsATextLikeAnyOther() throws IOException {
		String name = "<img src=x onerror=alert(1)>";
		try (Stream stream = open(this.friend)) {
			assertThat(ask(stream, push(name, new byte[1])).error()).isNull();
			stream.write(ByteBuffer.allocate(1));
			stream.closeWrite();
			assertThat(answer(stream).error()).isNull();
		}
		try (Stream stream = open(this.stranger)) {
			assertThat(ask(stream, FileRequest.list()).fileList()).contains(new SharedFile(name, 1));
		}
	}

	@Test
	void bytesWithAnotherHashAreRefusedAndGone() throws IOException {
		try (Stream stream = open(this.friend)) {
			assertThat(ask(stream, push("false", new byte[] { 1, 2, 3 })).error()).isNull();
			stream.write(ByteBuffer.wrap(new byte[] { 1, 2, 4 }));
			stream.closeWrite();
			assertThat(answer(stream).error()).contains("SHA-256");
		}
		assertThat(this.folder.resolve("false")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{}", "{\"op\":\"DELETE\"}", "{\"op\":7}", "not json" })
	void whatIsNoRequestIsRefused(String json) throws IOException {
		try (Stream stream = open(this.stranger)) {
			send(stream, json.getBytes(StandardCharsets.UTF_8));
			assertThat(answer(stream).error()).isNotBlank();
		}
	}

	@Test
	void aRequestAboveItsLimitIsRefusedBeforeItComes() throws IOException {
		try (Stream stream = open(this.stranger)) {
			ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
			Varint.write(JsonFrames.MAX_REQUEST_BYTES + 1, prefix);
			stream.write(prefix.flip());
			assertThat(answer(stream).error()).contains("4096").contains("4097");
		}
	}

	private static Stream open(TestPeer from) throws IOException {
		return from.openStream(FilesHandler.PATH);
	}

	private static FileRequest push(String name, byte[] content) {
		return new FileRequest(FileRequest.Op.PUSH, name, 0, content.length, sha256(content));
	}

	private static FileAnswer ask(Stream stream, FileRequest request) throws IOException {
		send(stream, MAPPER.writeValueAsBytes(request));
		return answer(stream);
	}

	private static void send(Stream stream, byte[] json) throws IOException {
		ByteBuffer frame = ByteBuffer.allocate(Varint.MAX_BYTES + json.length);
		Varint.write(json.length, frame);
		stream.write(frame.put(json).flip());
	}

	private static FileAnswer answer(Stream stream) throws IOException {
		return new JsonFrames(MAPPER).read(stream.inputStream(), FileAnswer.class, JsonFrames.MAX_ANSWER_BYTES);
	}

	private static String sha256(byte[] content) {
		return HexFormat.of().formatHex(Incoming.sha256().digest(content));
	}

}
