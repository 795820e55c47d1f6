package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.MessageMemory;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.MessageExchange;
import io.p2pboot.libp2p.spring.client.Libp2pClientFactory;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Handlers and clients that send several messages, or one that comes later.
 */
@Timeout(60)
class StreamedMessagesTest {

	private static AnnotationConfigApplicationContext app;

	private static Node peer;

	private static AddrInfo address;

	private static Libp2pTemplate template;

	private static Lines lines;

	@BeforeAll
	static void start() throws IOException {
		app = new AnnotationConfigApplicationContext(App.class);
		peer = MemoryNodes.peer();
		address = MemoryNodes.address(app);
		template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
		lines = new Libp2pClientFactory(template).createClient(Lines.class);
	}

	@AfterAll
	static void stop() throws Exception {
		peer.close();
		app.close();
	}

	private static LinesHandler handler() {
		return app.getBean(LinesHandler.class);
	}

	@Test
	void bothSidesTalkAtOnce() throws Exception {
		try (MessageExchange<Line, Line> exchange = template.exchange(address, "/lines/chat/1.0.0", Line.class,
				Line.class)) {
			for (String text : List.of("a", "b", "c")) {
				exchange.writer().write(new Line(text));
				assertThat(exchange.reader().read()).contains(new Line(text.toUpperCase()));
			}
			exchange.writer().close();
			assertThat(exchange.reader().read()).contains(new Line("bye"));
			assertThat(exchange.reader().read()).isEmpty();
			assertThat(exchange.reader().read()).isEmpty();
		}
	}

	@Test
	void aWriterThatIsAheadWaitsForItsReader() throws Exception {
		try (MessageExchange<byte[], byte[]> exchange = template.exchange(address, "/lines/flood/1.0.0", byte[].class,
				byte[].class)) {
			AtomicInteger sent = handler().flooded;
			assertThat(exchange.reader().read()).isPresent();
			int before = awaitStill(sent);
			assertThat(before).isLessThan(LinesHandler.FLOOD);
			for (int count = 1; count < LinesHandler.FLOOD; count++) {
				assertThat(exchange.reader().read()).isPresent();
			}
			assertThat(exchange.reader().read()).isEmpty();
			assertThat(sent).hasValue(LinesHandler.FLOOD);
		}
	}

	/** Waits until a writer has blocked: a window and what is queued is what it wrote. */
	private static int awaitStill(AtomicInteger sent) throws InterruptedException {
		int before;
		do {
			before = sent.get();
			handler().tick.poll(500, TimeUnit.MILLISECONDS);
		}
		while (sent.get() != before);
		return before;
	}

	@Test
	void aReplyOfSeveralMessagesIsReadAsAStream() throws Exception {
		try (Stream<Line> counted = lines.count(5, address)) {
			assertThat(counted.map(Line::text)).containsExactly("0", "1", "2", "3", "4");
		}
		assertThat(lines.countFlux(4, address).map(Line::text).collectList().block()).containsExactly("0", "1", "2",
				"3");
	}

	@Test
	void aCallerThatStopsEndsTheSourceOfTheReply() throws Exception {
		try (Stream<Line> endless = lines.endless(address)) {
			assertThat(endless.limit(2).toList()).hasSize(2);
		}
		assertThat(handler().endlessClosed.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(lines.endlessFlux(address).take(2).collectList().block()).hasSize(2);
		assertThat(handler().fluxCancelled.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void severalMessagesAreSentAndOneComesBack() throws Exception {
		assertThat(lines.join(Stream.of(new Line("a"), new Line("b")), address)).isEqualTo(new Line("ab"));
		assertThat(lines.joinFlux(Flux.just(new Line("c"), new Line("d")), address).block()).isEqualTo(new Line("cd"));
	}

	@Test
	void severalMessagesAreSentWhileSeveralComeBack() {
		BlockingQueue<Line> typed = new LinkedBlockingQueue<>(List.of(new Line("0")));
		Stream<Line> endless = Stream.generate(() -> take(typed));
		// The next one is sent only once the last one came back.
		try (Stream<Line> back = lines.echo(endless, address)) {
			assertThat(back.limit(5).peek((line) -> typed.add(new Line(line.text() + "!"))).map(Line::text))
				.containsExactly("0", "0!", "0!!", "0!!!", "0!!!!");
		}
		assertThat(lines.echoFlux(Flux.range(0, 100).map((count) -> new Line("" + count)), address)
			.map(Line::text)
			.collectList()
			.block()).hasSize(100).startsWith("0").endsWith("99");
	}

	private static Line take(BlockingQueue<Line> lines) {
		try {
			return lines.take();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whatComesLaterIsWaitedFor() throws Exception {
		assertThat(lines.later("x", address).get()).isEqualTo(new Line("later x"));
		assertThat(lines.mono("y", address).block()).isEqualTo(new Line("mono y"));
		assertThat(lines.done(address)).succeedsWithin(Duration.ofSeconds(30)).isNull();
		assertThat(template.requestAsync(address, "/lines/later/1.0.0", "z", Line.class).thenApply(Line::text).get())
			.isEqualTo("later z");
	}

	@Test
	void aFutureThatFailsIsAnsweredAsIfTheMethodThrew() {
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> lines.failing(address).get())
			.withCauseInstanceOf(StreamReset.class)
			.satisfies((failure) -> assertThat(((StreamReset) failure.getCause()).code()).hasValue(422));
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			try (Stream<Line> failing = lines.failingStream(address)) {
				try {
					assertThat(failing.toList()).isEmpty();
				}
				catch (UncheckedIOException ex) {
					throw ex.getCause();
				}
			}
		}).satisfies((reset) -> assertThat(reset.code()).hasValue(422));
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> lines.failingFlux(address).collectList().block())
			.satisfies((failure) -> assertThat(failure.getCause()).isInstanceOf(StreamReset.class)
				.extracting("code")
				.isEqualTo(422L));
	}

	@Test
	void aCallThatIsCancelledResetsItsStream() throws Exception {
		CompletableFuture<Line> hanging = template.requestAsync(address, "/lines/hanging/1.0.0", "x", Line.class);
		handler().hangs.acquire();
		hanging.cancel(true);
		assertThat(handler().hangEnded.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void withoutAThreadAnAsynchronousCallFails() {
		Libp2pTemplate full = template.withAsyncExecutor((task) -> {
			throw new RejectedExecutionException("full");
		});
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> full.requestAsync(address, "/lines/later/1.0.0", "z", Line.class).join())
			.withCauseInstanceOf(RejectedExecutionException.class);
	}

	@Test
	void whatIsNoMessageIsThePeersFaultAndItsMemoryIsGivenBack() throws Exception {
		try (io.p2pboot.libp2p.Stream stream = peer.openStream(address, ProtocolPath.of("/lines/join/1.0.0"))) {
			stream.outputStream().write(new byte[] { 3, '{', '{', '{' });
			stream.closeWrite();
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read())
				.satisfies((reset) -> assertThat(reset.code()).hasValue(UnreadableMessage.RESET_CODE));
		}
		try (io.p2pboot.libp2p.Stream stream = peer.openStream(address, ProtocolPath.of("/lines/join/1.0.0"))) {
			stream.outputStream().write(new byte[] { 100, '{' });
			stream.closeWrite();
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read())
				.satisfies((reset) -> assertThat(reset.code()).hasValue(UnreadableMessage.RESET_CODE));
		}
		try (MessageExchange<byte[], String> exchange = template.exchange(address, "/lines/first/1.0.0", byte[].class,
				String.class)) {
			exchange.writer().write(new byte[100_000]);
			exchange.writer().write(new byte[100_000]);
			assertThat(exchange.reader().read()).contains("100000");
			assertThat(exchange.reader().read()).isEmpty();
		}
		assertThat(MessageMemory.ofProcess().held()).isZero();
	}

	@Test
	void aReplyThatIsNoMessageIsTheFaultOfThePeerThatWasCalled() throws Exception {
		try (MessageExchange<Line, Integer> exchange = template.exchange(address, "/lines/chat/1.0.0", Line.class,
				Integer.class)) {
			exchange.writer().write(new Line("a"));
			assertThatExceptionOfType(UnreadableReply.class).isThrownBy(() -> exchange.reader().read());
		}
	}

	@Test
	void aReaderWaitsNoLongerThanItIsTold() throws Exception {
		try (MessageExchange<Line, Line> exchange = template.exchange(address, "/lines/chat/1.0.0", Line.class,
				Line.class)) {
			exchange.readTimeout(Duration.ofMillis(1));
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> exchange.reader().read());
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { WriterAndReply.class, TwoWriters.class, RawAndReader.class, ReturnsReader.class,
			StreamOfFutures.class, FutureParameter.class, ReaderOfStreams.class })
	void whatCannotBeServedFailsTheStart(Class<?> handler) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Bad.class, handler);
		assertThatExceptionOfType(UnsupportedHandlerException.class).isThrownBy(context::refresh)
			.withMessageContaining(handler.getName());
		context.close();
	}

	record Line(String text) {
	}

	interface Lines {

		@Libp2pProtocol("/lines/count/1.0.0")
		Stream<Line> count(int count, AddrInfo peer) throws IOException;

		@Libp2pProtocol("/lines/count-flux/1.0.0")
		Flux<Line> countFlux(int count, AddrInfo peer);

		@Libp2pProtocol("/lines/endless/1.0.0")
		Stream<Line> endless(AddrInfo peer) throws IOException;

		@Libp2pProtocol("/lines/endless-flux/1.0.0")
		Flux<Line> endlessFlux(AddrInfo peer);

		@Libp2pProtocol("/lines/join/1.0.0")
		Line join(Stream<Line> lines, AddrInfo peer) throws IOException;

		@Libp2pProtocol("/lines/join-flux/1.0.0")
		Mono<Line> joinFlux(Flux<Line> lines, AddrInfo peer);

		@Libp2pProtocol("/lines/echo/1.0.0")
		Stream<Line> echo(Stream<Line> lines, AddrInfo peer);

		@Libp2pProtocol("/lines/echo-flux/1.0.0")
		Flux<Line> echoFlux(Flux<Line> lines, AddrInfo peer);

		@Libp2pProtocol("/lines/later/1.0.0")
		CompletableFuture<Line> later(String text, AddrInfo peer);

		@Libp2pProtocol("/lines/mono/1.0.0")
		Mono<Line> mono(String text, AddrInfo peer);

		@Libp2pProtocol("/lines/done/1.0.0")
		CompletableFuture<Void> done(AddrInfo peer);

		@Libp2pProtocol("/lines/failing/1.0.0")
		CompletableFuture<Line> failing(AddrInfo peer);

		@Libp2pProtocol("/lines/failing-stream/1.0.0")
		Stream<Line> failingStream(AddrInfo peer);

		@Libp2pProtocol("/lines/failing-flux/1.0.0")
		Flux<Line> failingFlux(AddrInfo peer);

	}

	static class LinesHandler implements Lines {

		static final int FLOOD = 2_000;

		private final AtomicInteger flooded = new AtomicInteger();

		private final BlockingQueue<Integer> tick = new LinkedBlockingQueue<>();

		private final CountDownLatch endlessClosed = new CountDownLatch(1);

		private final CountDownLatch fluxCancelled = new CountDownLatch(1);

		private final Semaphore hangs = new Semaphore(0);

		private final CountDownLatch hangEnded = new CountDownLatch(1);

		@Libp2pProtocol("/lines/chat/1.0.0")
		void chat(MessageReader<Line> in, MessageWriter<Line> out) throws IOException {
			for (var line = in.read(); line.isPresent(); line = in.read()) {
				out.write(new Line(line.get().text().toUpperCase()));
			}
			out.write(new Line("bye"));
		}

		@Libp2pProtocol("/lines/flood/1.0.0")
		void flood(MessageWriter<byte[]> out) throws IOException {
			for (int count = 0; count < FLOOD; count++) {
				out.write(new byte[16_384]);
				this.flooded.incrementAndGet();
			}
		}

		@Libp2pProtocol("/lines/first/1.0.0")
		String first(MessageReader<byte[]> in) throws IOException {
			return "" + in.read().orElseThrow().length;
		}

		@Override
		public Stream<Line> count(int count, AddrInfo peer) {
			return IntStream.range(0, count).mapToObj((each) -> new Line("" + each));
		}

		@Override
		public Flux<Line> countFlux(int count, AddrInfo peer) {
			return Flux.range(0, count).map((each) -> new Line("" + each));
		}

		@Override
		public Stream<Line> endless(AddrInfo peer) {
			return Stream.generate(() -> new Line("again")).onClose(this.endlessClosed::countDown);
		}

		@Override
		public Flux<Line> endlessFlux(AddrInfo peer) {
			return Flux.<Line>generate((sink) -> sink.next(new Line("again")))
				.doOnCancel(this.fluxCancelled::countDown);
		}

		@Override
		public Line join(Stream<Line> lines, AddrInfo peer) {
			return new Line(lines.map(Line::text).reduce("", String::concat));
		}

		@Override
		public Mono<Line> joinFlux(Flux<Line> lines, AddrInfo peer) {
			return lines.map(Line::text).reduce("", String::concat).map(Line::new);
		}

		@Override
		public Stream<Line> echo(Stream<Line> lines, AddrInfo peer) {
			return lines;
		}

		@Override
		public Flux<Line> echoFlux(Flux<Line> lines, AddrInfo peer) {
			return lines;
		}

		@Override
		public CompletableFuture<Line> later(String text, AddrInfo peer) {
			return CompletableFuture.supplyAsync(() -> new Line("later " + text));
		}

		@Override
		public Mono<Line> mono(String text, AddrInfo peer) {
			return Mono.fromCallable(() -> new Line("mono " + text));
		}

		@Override
		public CompletableFuture<Void> done(AddrInfo peer) {
			return CompletableFuture.runAsync(() -> {
			});
		}

		@Override
		public CompletableFuture<Line> failing(AddrInfo peer) {
			return CompletableFuture.failedFuture(new IllegalArgumentException("no"));
		}

		@Override
		public Stream<Line> failingStream(AddrInfo peer) {
			return Stream.generate(() -> {
				throw new IllegalArgumentException("no");
			});
		}

		@Override
		public Flux<Line> failingFlux(AddrInfo peer) {
			return Flux.error(new IllegalArgumentException("no"));
		}

		@Libp2pProtocol("/lines/hanging/1.0.0")
		void hanging(io.p2pboot.libp2p.Stream stream) throws IOException {
			stream.inputStream().readAllBytes();
			this.hangs.release();
			try {
				stream.outputStream().write(new byte[64 << 20]);
			}
			catch (StreamReset ex) {
				this.hangEnded.countDown();
				throw ex;
			}
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(422, "refused");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, LinesHandler.class })
	static class App {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import(MemoryNodes.class)
	static class Bad {

	}

	static class WriterAndReply {

		@Libp2pProtocol("/bad/1")
		String serve(MessageWriter<String> writer) {
			return "";
		}

	}

	static class TwoWriters {

		@Libp2pProtocol("/bad/1")
		void serve(MessageWriter<String> writer, MessageWriter<String> other) {
		}

	}

	static class RawAndReader {

		@Libp2pProtocol("/bad/1")
		void serve(MessageReader<String> reader, OutputStream raw) {
		}

	}

	static class ReturnsReader {

		@Libp2pProtocol("/bad/1")
		MessageReader<String> serve() {
			return null;
		}

	}

	static class StreamOfFutures {

		@Libp2pProtocol("/bad/1")
		Stream<CompletableFuture<String>> serve() {
			return Stream.empty();
		}

	}

	static class FutureParameter {

		@Libp2pProtocol("/bad/1")
		void serve(CompletionStage<String> text) {
		}

	}

	static class ReaderOfStreams {

		@Libp2pProtocol("/bad/1")
		void serve(MessageReader<Stream<String>> streams) {
		}

	}

}
