package io.p2pboot.libp2p.spring;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class Libp2pTemplateTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
		.withPropertyValues("libp2p.streams.max-message-size=1000B");

	private final ExecutorService handlers = Executors.newCachedThreadPool();

	private final BlockingQueue<Object> seen = new LinkedBlockingQueue<>();

	private Node peer;

	@BeforeEach
	void start() throws IOException {
		this.peer = MemoryApp.peer();
	}

	@AfterEach
	void stop() {
		this.peer.close();
		this.handlers.shutdownNow();
	}

	@Test
	void connectsByPeerAndByAddressOnce() {
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			template.connect(address);
			template.connect(address);
			template.connect(Multiaddr.parse(address.addresses().get(0) + "/p2p/" + address.id()));
			assertThat(node.connections()).hasSize(1);
			assertThatIllegalArgumentException().isThrownBy(() -> template.connect(address.addresses().get(0)))
				.withMessageContaining("/memory/");
		});
	}

	@Test
	void aCallWithoutAReplyWaitsUntilTheHandlerHasReturned() {
		serve("/void", (stream) -> {
			this.seen.add(new String(
					new MessageCodec(List.of(), PayloadFormat.JSON, 1 << 20, Duration.ofSeconds(20)).read(stream)
						.array(),
					StandardCharsets.UTF_8));
		});
		serve("/refuses", (stream) -> {
			throw StreamReset.local(403, "no");
		});
		serve("/replies", (stream) -> reply(stream, "unasked"));
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			assertThat(template.request(address, "/void", "done", Void.class)).isNull();
			assertThat(this.seen).containsExactly("done");
			assertThat(template.request(address, "/void", "again", void.class)).isNull();
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> template.request(address, "/refuses", "x", Void.class))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(403));
			assertThatExceptionOfType(UnreadableReply.class)
				.isThrownBy(() -> template.request(address, "/replies", "x", Void.class))
				.withMessageContaining("none was expected");
		});
	}

	@Test
	void aPeerThatIsKnownIsCalledByItsIdAlone() {
		serve("/hello", (stream) -> reply(stream, "hello"));
		calls((template, node) -> {
			template.connect(MemoryApp.address(this.peer));
			assertThat(template.request(AddrInfo.of(this.peer.peerId()), "/hello", "", String.class))
				.isEqualTo("hello");
			PeerId unknown = PeerId.of(PrivateKey.generate().publicKey());
			assertThatExceptionOfType(DialFailed.class)
				.isThrownBy(() -> template.request(AddrInfo.of(unknown), "/hello", "", String.class))
				.satisfies((failure) -> assertThat(failure.peer()).isEqualTo(unknown))
				.withMessageContaining("no address is known");
		});
	}

	@Test
	void aPeerThatCannotBeReachedOrIsAnotherIsADialFailure() {
		calls((template, node) -> {
			AddrInfo nobody = new AddrInfo(this.peer.peerId(), List.of(Multiaddr.parse("/memory/987654321")));
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> template.openStream(nobody, "/hello"))
				.satisfies((failure) -> assertThat(failure.attempts()).singleElement()
					.satisfies((attempt) -> assertThat(attempt.target()).isEqualTo("/memory/987654321")));
			PeerId other = PeerId.of(PrivateKey.generate().publicKey());
			AddrInfo mistaken = new AddrInfo(other, this.peer.listenAddresses());
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> template.connect(mistaken))
				.satisfies((failure) -> assertThat(failure.attempts()).singleElement()
					.satisfies((attempt) -> assertThat(attempt.cause()).isInstanceOf(PeerIdMismatch.class)));
		});
	}

	@Test
	void aProtocolThatThePeerDoesNotServeIsTold() {
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			assertThatExceptionOfType(ProtocolUnsupported.class)
				.isThrownBy(() -> template.request(address, "/none/1.0.0", "", String.class))
				.withMessageContaining("/none/1.0.0");
			assertThatExceptionOfType(ProtocolUnsupported.class)
				.isThrownBy(() -> template.sendDatagram(address, "/none/1.0.0", bytes("x")));
			assertThat(node.connections()).hasSize(1);
		});
	}

	@Test
	void aReplyThatTakesTooLongResetsItsStreamOnly() {
		serve("/slow", this::drip);
		serve("/hello", (stream) -> reply(stream, "hello"));
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			assertThatExceptionOfType(SocketTimeoutException.class)
				.isThrownBy(() -> template.request(address, "/slow", "", String.class, Duration.ofMillis(50)));
			assertThat(this.seen.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(StreamReset.class,
					(reset) -> assertThat(reset.isRemote()).isTrue());
			assertThat(template.request(address, "/hello", "", String.class)).isEqualTo("hello");
			assertThat(node.connections()).hasSize(1);
		});
	}

	@Test
	void theTimeoutOfMessagesHoldsForReplies() {
		serve("/slow", this::drip);
		this.runner.withPropertyValues("libp2p.streams.message-timeout=50ms")
			.run((context) -> assertThatExceptionOfType(SocketTimeoutException.class)
				.isThrownBy(() -> context.getBean(Libp2pTemplate.class)
					.request(MemoryApp.address(this.peer), "/slow", "", String.class)));
	}

	@Test
	void aRefusalCarriesItsCode() {
		serve("/refused", (stream) -> {
			throw StreamReset.local(403, "not a friend");
		});
		calls((template, node) -> assertThatExceptionOfType(StreamReset.class)
			.isThrownBy(() -> template.request(MemoryApp.address(this.peer), "/refused", "", String.class))
			.satisfies((reset) -> {
				assertThat(reset.isRemote()).isTrue();
				assertThat(reset.code()).hasValue(403);
			}));
	}

	@Test
	void anEndWithoutAReplyAndWithinOneAreTold() {
		serve("/nothing", (stream) -> stream.inputStream().readAllBytes());
		serve("/half", (stream) -> stream.write(ByteBuffer.wrap(new byte[] { 9, 'h' })));
		calls((template, node) -> {
			assertThatExceptionOfType(EOFException.class)
				.isThrownBy(() -> template.request(MemoryApp.address(this.peer), "/nothing", "", String.class));
			assertThatExceptionOfType(EOFException.class)
				.isThrownBy(() -> template.request(MemoryApp.address(this.peer), "/half", "", String.class))
				.withMessageContaining("8 bytes");
		});
	}

	@Test
	void aReplyOfAnotherTypeIsUnreadableAndNotQuoted() {
		serve("/text", (stream) -> reply(stream, "evil"));
		serve("/varint", (stream) -> stream.write(ByteBuffer.wrap(new byte[] { -1, -1, -1, -1, -1, -1, -1, -1, -1 })));
		calls((template, node) -> {
			assertThatExceptionOfType(UnreadableMessage.class)
				.isThrownBy(() -> template.request(MemoryApp.address(this.peer), "/text", "", Answer.class))
				.satisfies((failure) -> assertThat(failure.getMessage()).doesNotContain("evil"));
			assertThatExceptionOfType(UnreadableMessage.class)
				.isThrownBy(() -> template.request(MemoryApp.address(this.peer), "/varint", "", String.class));
		});
	}

	@Test
	void aMessageBeyondTheBoundIsNotSentAndAReplyBeyondItIsRefused() {
		serve("/long", (stream) -> {
			reply(stream, "x".repeat(1001));
			drip(stream);
		});
		serve("/bound", (stream) -> reply(stream, "x".repeat(1000)));
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			assertThatExceptionOfType(LimitExceeded.class)
				.isThrownBy(() -> template.request(address, "/long", "x".repeat(1001), String.class))
				.satisfies((exceeded) -> assertThat(exceeded.value()).isEqualTo(1001));
			assertThat(node.connections()).isEmpty();
			assertThat(template.request(address, "/bound", "x".repeat(1000), String.class)).hasSize(1000);
			assertThatExceptionOfType(LimitExceeded.class)
				.isThrownBy(() -> template.request(address, "/long", "", String.class))
				.satisfies((exceeded) -> assertThat(exceeded.limit()).isEqualTo(MessageCodec.LIMIT));
			assertThat(this.seen.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(StreamReset.class,
					(reset) -> assertThat(reset.code()).hasValue(MessageCodec.TOO_LARGE_RESET_CODE));
			assertThatExceptionOfType(LimitExceeded.class)
				.isThrownBy(() -> template.send(address, "/long", "x".repeat(1001)));
		});
	}

	@Test
	void datagramsArriveAndOneThatIsTooLargeIsTold() {
		DatagramProtocol datagrams = this.peer.mountProtocol(ProtocolPath.of("/telemetry"), DatagramProtocol.create());
		datagrams.serve(this.handlers, this.seen::add);
		calls((template, node) -> {
			AddrInfo address = MemoryApp.address(this.peer);
			template.sendDatagram(address, "/telemetry", bytes("21"));
			assertThat(this.seen.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(Datagram.class,
					(datagram) -> assertThat(datagram.peer().id()).isEqualTo(node.peerId()));
			assertThatExceptionOfType(DatagramTooLarge.class)
				.isThrownBy(() -> template.sendDatagram(address, "/telemetry", ByteBuffer.allocate(1 << 20)));
		});
	}

	@Test
	void aTypeWithoutAConverterIsTheCallersMistake() {
		MemoryApp.runner()
			.run((context) -> assertThatIllegalArgumentException()
				.isThrownBy(() -> context.getBean(Libp2pTemplate.class)
					.request(MemoryApp.address(this.peer), "/hello", new Answer("a"), String.class))
				.withMessageContaining("Answer")
				.withMessageContaining("spring-boot-starter-jackson"));
		calls((template, node) -> assertThatIllegalArgumentException()
			.isThrownBy(() -> template.openStream(MemoryApp.address(this.peer), "no path")));
	}

	@Test
	void aStreamIsTheCallersToClose() {
		serve("/echo", (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		calls((template, node) -> {
			try (Stream stream = template.openStream(MemoryApp.address(this.peer), "/echo")) {
				stream.outputStream().write('!');
				stream.closeWrite();
				assertThat(stream.inputStream().readAllBytes()).containsExactly('!');
			}
			await().until(() -> node.connections().get(0).streams() == 0);
		});
	}

	@Test
	void theUsersTemplateReplacesOurs() {
		this.runner
			.withBean("own", Libp2pTemplate.class,
					() -> new Libp2pTemplate(this.peer,
							new MessageCodec(List.of(), PayloadFormat.JSON, 1, Duration.ofSeconds(1))))
			.run((context) -> assertThat(context).getBean(Libp2pTemplate.class).isSameAs(context.getBean("own")));
	}

	private void calls(ThrowingBiConsumer test) {
		this.runner.run((context) -> test.accept(context.getBean(Libp2pTemplate.class), context.getBean(Node.class)));
	}

	private void serve(String path, StreamHandler handler) {
		this.peer.mountProtocol(ProtocolPath.of(path), StreamProtocol.create()).serve(this.handlers, handler);
	}

	/** Writes a reply that never comes to its end, and notes how that is taken. */
	private void drip(Stream stream) throws IOException {
		try {
			stream.write(ByteBuffer.wrap(new byte[] { (byte) 0xE8, 7 }));
			while (true) {
				stream.write(ByteBuffer.wrap(new byte[] { 'x' }));
				LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
			}
		}
		catch (IOException ex) {
			this.seen.add(ex);
			throw ex;
		}
	}

	private static void reply(Stream stream, String text) throws IOException {
		new MessageCodec(List.of(), PayloadFormat.JSON, 1 << 20, Duration.ofSeconds(20)).write(stream, bytes(text));
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	record Answer(String text) {
	}

	@FunctionalInterface
	interface ThrowingBiConsumer {

		void accept(Libp2pTemplate template, Node node) throws Exception;

	}

}
