package io.p2pboot.libp2p.multistream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MultistreamTest {

	private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

	private final EmbeddedChannel channel = new EmbeddedChannel();

	@BeforeEach
	void freeze() {
		this.channel.freezeTime();
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void agreesOnASingleProposal() { // S1
		Future<String> selected = Multistream.select(this.channel, List.of("/noise"), TEN_SECONDS);
		assertThat(this.channel.outboundMessages()).as("one packet").hasSize(1);
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "/noise"));
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/noise"));
		assertThat(selected.getNow()).isEqualTo("/noise");
		assertThat(this.channel.pipeline().names()).as("left the pipeline").hasSize(1);
	}

	@Test
	void goesOnToTheNextProposalWhenTheFirstIsRefused() { // S2
		Future<String> selected = Multistream.select(this.channel, List.of("/a", "/b", "/c"), TEN_SECONDS);
		Wire.sent(this.channel);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "na"));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text("/b"));
		this.channel.writeInbound(Wire.messages("/b"));
		assertThat(selected.getNow()).isEqualTo("/b");
	}

	@Test
	void failsWhenEveryProposalIsRefused() { // S3
		Future<String> selected = Multistream.select(this.channel, List.of("/a", "/b"), TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "na", "na"));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.REFUSED);
		assertThat(Multistream.isRefusal(selected.cause())).isTrue();
	}

	@Test
	void answersWhatItDoesNotSupportWithNa() { // S3
		Future<String> selected = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/x", "/y"));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "na", "na"));
		this.channel.writeInbound(Wire.messages("/a"));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text("/a"));
		assertThat(selected.getNow()).isEqualTo("/a");
	}

	@Test
	void aPreparedNegotiationReadsWhenItIsBegun() {
		this.channel.config().setAutoRead(false);
		List<String> supported = List.of("/a");
		Negotiation negotiation = Multistream.prepare(this.channel, supported::contains, () -> supported, TEN_SECONDS,
				NegotiationBytes.UNCOUNTED);
		this.channel.runPendingTasks();
		assertThat(this.channel.config().isAutoRead()).isFalse();
		assertThat(negotiation.future().isDone()).isFalse();
		negotiation.begin();
		assertThat(this.channel.config().isAutoRead()).isTrue();
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a"));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "/a"));
		assertThat(negotiation.future().getNow()).isEqualTo("/a");
		assertThat(this.channel.pipeline().names()).as("left the pipeline").hasSize(1);
	}

	@Test
	void itsOwnBytesAreToldAndPayloadIsNot() {
		Map<Direction, Integer> own = new EnumMap<>(Direction.class);
		List<String> supported = List.of("/a");
		Multistream
			.prepare(this.channel, supported::contains, () -> supported, TEN_SECONDS,
					(direction, bytes) -> own.merge(direction, bytes, Integer::sum))
			.begin();
		this.channel.writeInbound(Wire.messages(Wire.HEADER));
		this.channel.writeInbound(Wire.messagesThen("payload", "/b", "/a"));
		assertThat(own.get(Direction.INBOUND)).isEqualTo(Wire.text(Wire.HEADER, "/b", "/a").length());
		assertThat(own.get(Direction.OUTBOUND)).isEqualTo(Wire.text(Wire.HEADER, "na", "/a").length());
		assertThat(Wire.received(this.channel)).isEqualTo("payload");
	}

	@Test
	void aPreparedNegotiationTakesNoTimeBeforeItIsBegun() {
		this.channel.freezeTime();
		List<String> supported = List.of("/a");
		Negotiation negotiation = Multistream.prepare(this.channel, supported::contains, () -> supported, TEN_SECONDS,
				NegotiationBytes.UNCOUNTED);
		this.channel.advanceTimeBy(1, TimeUnit.HOURS);
		this.channel.runScheduledPendingTasks();
		assertThat(negotiation.future().isDone()).isFalse();
		negotiation.begin();
		this.channel.advanceTimeBy(10, TimeUnit.SECONDS);
		this.channel.runScheduledPendingTasks();
		assertThat(reason(negotiation.future())).isEqualTo(NegotiationFailed.Reason.TIMEOUT);
	}

	@Test
	void aChannelWhosePeerEndsBeforeTheNegotiationIsClosed() {
		List<String> supported = List.of("/a");
		Negotiation negotiation = Multistream.prepare(this.channel, supported::contains, () -> supported, TEN_SECONDS,
				NegotiationBytes.UNCOUNTED);
		this.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		assertThat(this.channel.isOpen()).isFalse();
		assertThat(reason(negotiation.future())).isEqualTo(NegotiationFailed.Reason.CLOSED);
		negotiation.begin();
		assertThat(Wire.sent(this.channel)).isEmpty();
	}

	@Test
	void answersLsWithOneMessageThatHoldsAMessageEachName() { // S4
		Future<String> selected = respond("/a", "/bb");
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "ls"));
		String inner = Wire.text("/a", "/bb") + "\n";
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER) + (char) inner.length() + inner);
		this.channel.writeInbound(Wire.messages("/bb"));
		assertThat(selected.getNow()).isEqualTo("/bb");
	}

	@Test
	void aListIsCutAndCannotBeAskedForWithoutEnd() { // S4
		List<String> names = IntStream.range(0, 2000).mapToObj((index) -> "/protocol/" + index).toList();
		Future<String> selected = Multistream.respond(this.channel, names, TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "ls"));
		assertThat(Wire.sent(this.channel).length()).isBetween(Multistream.MAX_LIST_BYTES / 2,
				Multistream.MAX_LIST_BYTES + 64);
		for (int i = 1; i < ResponderSession.MAX_LISTS; i++) {
			this.channel.writeInbound(Wire.messages("ls"));
		}
		assertThat(selected.isDone()).isFalse();
		this.channel.writeInbound(Wire.messages("ls"));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.TOO_MANY_PROPOSALS);
	}

	@Test
	void bothSidesNegotiateWithEachOtherOneByteAtATime() { // S6
		EmbeddedChannel peer = new EmbeddedChannel();
		Future<String> selected = Multistream.select(this.channel, List.of("/a", "/b"), TEN_SECONDS);
		Future<String> responded = Multistream.respond(peer, List.of("/b"), TEN_SECONDS);
		for (int round = 0; round < 3; round++) {
			drip(Wire.sent(this.channel), peer);
			drip(Wire.sent(peer), this.channel);
		}
		assertThat(selected.getNow()).isEqualTo("/b");
		assertThat(responded.getNow()).isEqualTo("/b");
		peer.finishAndReleaseAll();
	}

	@Test
	void refusesAMessageWithoutNewline() { // S7
		Future<String> selected = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER).writeByte(3).writeBytes(new byte[] { '/', 'a', 'x' }));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
		assertThat(selected.cause()).hasMessageContaining("newline");
	}

	@Test
	void failsAtOnceOnAChannelThatIsClosedAlready() { // S15
		EmbeddedChannel closed = new EmbeddedChannel();
		closed.close();
		assertThat(reason(Multistream.select(closed, List.of("/a"), TEN_SECONDS)))
			.isEqualTo(NegotiationFailed.Reason.CLOSED);
	}

	@Test
	void answersNaThoughThePayloadOfAnOptimisticProposalFollows() { // S5
		Future<String> refused = respond("/a");
		this.channel.writeInbound(Wire.messagesThen("\5hello", Wire.HEADER, "/b"));
		assertThat(reason(refused)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
		assertThat(Wire.sent(this.channel))
			.isEqualTo(Wire.messages(Wire.HEADER, "na").toString(StandardCharsets.UTF_8));
	}

	@Test
	void refusesAMessageOfNoBytes() { // S8
		Future<String> selected = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER).writeByte(0));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
	}

	@Test
	void acceptsANameAtTheLimitAndRefusesOneByteMore() { // S9
		String longest = "/" + "x".repeat(1022);
		Future<String> accepted = respond(longest);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, longest));
		assertThat(accepted.getNow()).isEqualTo(longest);
		Future<String> refused = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER, longest + "x"));
		assertThat(reason(refused)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
		assertThat(refused.cause()).hasMessageContaining("1025").hasMessageContaining("1024");
	}

	@Test
	void doesNotProposeWhatCannotBeSent() { // S9, S14
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multistream.select(this.channel, List.of("/" + "x".repeat(1023)), TEN_SECONDS));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multistream.select(this.channel, List.of("/a\n/b"), TEN_SECONDS));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multistream.select(this.channel, List.of(""), TEN_SECONDS));
		assertThatIllegalArgumentException().isThrownBy(() -> Multistream.select(this.channel, List.of(), TEN_SECONDS));
	}

	@Test
	void refusesAHugeLengthBeforeAnyBodyArrives() { // S10
		Future<String> selected = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER).writeBytes(new byte[] { (byte) 0xA0, (byte) 0x8D, 6 }));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
	}

	@Test
	void refusesALengthThatIsTooLongOrNotMinimal() { // S11
		for (byte[] length : new byte[][] { { (byte) 0x81, 0 }, { (byte) 0x80, 0 },
				{ -1, -1, -1, -1, -1, -1, -1, -1, -1, 1 } }) {
			EmbeddedChannel stream = new EmbeddedChannel();
			Future<String> responded = Multistream.respond(stream, List.of("/a"), TEN_SECONDS);
			stream.writeInbound(Wire.messages(Wire.HEADER).writeBytes(length));
			assertThat(reason(responded)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
			stream.finishAndReleaseAll();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/multistream/1.0.1", "/a", "na", "ls", "" })
	void refusesAnythingBeforeTheHeader(String first) { // S12
		Future<String> responded = respond("/a");
		this.channel.writeInbound(Wire.messages(first));
		assertThat(reason(responded)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
		EmbeddedChannel initiator = new EmbeddedChannel();
		Future<String> selected = Multistream.select(initiator, List.of("/a"), TEN_SECONDS);
		initiator.writeInbound(Wire.messages(first));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
		initiator.finishAndReleaseAll();
	}

	@Test
	void refusesASecondHeader() { // S12
		Future<String> responded = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER, Wire.HEADER));
		assertThat(reason(responded)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
	}

	@Test
	void answersAThousandProposalsAndNotOneMore() { // S13
		Future<String> selected = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER));
		for (int i = 0; i < 1000; i++) {
			this.channel.writeInbound(Wire.messages("/no/" + i));
		}
		assertThat(selected.isDone()).isFalse();
		this.channel.writeInbound(Wire.messages("/a"));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.TOO_MANY_PROPOSALS);
	}

	@Test
	void proposesAtMostAThousandProtocols() { // S13
		List<String> names = IntStream.rangeClosed(0, 1000).mapToObj((index) -> "/" + index).toList();
		assertThatIllegalArgumentException().isThrownBy(() -> Multistream.select(this.channel, names, TEN_SECONDS));
		Future<String> selected = Multistream.select(this.channel, names.subList(1, 1001), TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER));
		for (int i = 0; i < 999; i++) {
			this.channel.writeInbound(Wire.messages("na"));
		}
		this.channel.writeInbound(Wire.messages("/1000"));
		assertThat(selected.getNow()).isEqualTo("/1000");
	}

	@Test
	void strangeNamesAreNotAvailableAndNeverReachThePredicate() { // S14
		List<String> asked = new ArrayList<>();
		Multistream.respond(this.channel, (name) -> !asked.add(name), List::of, TEN_SECONDS);
		String slashes = "/".repeat(1000);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a\n/b", "/a\u0000", "", slashes, "\u001b[31m"));
		this.channel.writeInbound(Unpooled.wrappedBuffer(new byte[] { 4, '/', (byte) 0xC3, 0x28, '\n' }));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "na", "na", "na", "na", "na", "na"));
		assertThat(asked).containsExactly(slashes);
	}

	@Test
	void failsWhenThePeerEndsItsSideAtAnyPoint() { // S15
		ByteBuf whole = Wire.messages(Wire.HEADER, "/x");
		for (int length = 0; length <= whole.readableBytes(); length++) {
			EmbeddedChannel stream = new EmbeddedChannel();
			Future<String> responded = Multistream.respond(stream, List.of("/a"), TEN_SECONDS);
			stream.writeInbound(whole.copy(0, length));
			stream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
			assertThat(reason(responded)).as("FIN after %d bytes", length).isEqualTo(NegotiationFailed.Reason.CLOSED);
			stream.finishAndReleaseAll();
		}
	}

	@Test
	void failsWhenTheChannelClosesOrBreaks() { // S15, S20
		Future<String> selected = Multistream.select(this.channel, List.of("/a"), TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER));
		IOException reset = new IOException("reset");
		this.channel.pipeline().fireExceptionCaught(reset);
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.CLOSED);
		assertThat(selected.cause()).hasCause(reset);
		EmbeddedChannel other = new EmbeddedChannel();
		Future<String> responded = Multistream.respond(other, List.of("/a"), TEN_SECONDS);
		other.close();
		assertThat(reason(responded)).isEqualTo(NegotiationFailed.Reason.CLOSED);
	}

	@Test
	void givesUpOnAPeerThatNeverReads() { // S16
		this.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
		Future<String> selected = Multistream.select(this.channel, List.of("/a"), TEN_SECONDS);
		advance(TEN_SECONDS);
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.TIMEOUT);
		assertThat(selected.cause()).hasMessageContaining("10000 ms").hasMessageContaining("header");
	}

	@Test
	void theTimeIsBoundedInAllAndNotForEachByte() { // S17
		Future<String> responded = respond("/a");
		ByteBuf slow = Wire.messages(Wire.HEADER, "/a");
		for (int second = 0; second < 9; second++) {
			this.channel.writeInbound(slow.readBytes(1));
			advance(Duration.ofSeconds(1));
		}
		assertThat(responded.isDone()).isFalse();
		advance(Duration.ofMillis(999));
		assertThat(responded.isDone()).isFalse();
		advance(Duration.ofMillis(1));
		assertThat(reason(responded)).isEqualTo(NegotiationFailed.Reason.TIMEOUT);
		slow.release();
	}

	@Test
	void anAgreementEndsTheTimer() { // S17
		Future<String> responded = respond("/a");
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a"));
		advance(Duration.ofHours(1));
		assertThat(responded.isSuccess()).isTrue();
		assertThat(this.channel.hasPendingTasks()).isFalse();
	}

	@Test
	void refusesAnAnswerThatNamesAnotherProtocol() { // S18
		Future<String> selected = Multistream.select(this.channel, List.of("/a", "/b"), TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/b"));
		assertThat(reason(selected)).isEqualTo(NegotiationFailed.Reason.VIOLATION);
	}

	@Test
	void deliversPipelinedDataAndTheEndBehindItIntact() { // S19
		List<Object> seen = new ArrayList<>();
		Future<String> responded = respond("/a");
		responded.addListener((done) -> this.channel.pipeline().addLast(new Recorder(seen)));
		this.channel.writeInbound(Wire.messagesThen("hello, leftover", Wire.HEADER, "/no", "/a"));
		this.channel.writeInbound(Unpooled.copiedBuffer(" and more", StandardCharsets.UTF_8));
		this.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		assertThat(seen).containsExactly("hello, leftover", " and more", ChannelInputShutdownEvent.INSTANCE);
	}

	@Test
	void dataStaysInOrderWhenListenersAreNestedDeeply() { // S19
		// Netty puts listeners off that are nested more than eight deep.
		List<Object> seen = new ArrayList<>();
		nested(12, () -> {
			Future<String> responded = respond("/a");
			responded.addListener((done) -> this.channel.pipeline().addLast(new Recorder(seen)));
			this.channel.pipeline().fireChannelRead(Wire.messagesThen("one", Wire.HEADER, "/a"));
			this.channel.pipeline().fireChannelRead(Unpooled.copiedBuffer("two", StandardCharsets.UTF_8));
			this.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		});
		this.channel.runPendingTasks();
		assertThat(seen).containsExactly("one", "two", ChannelInputShutdownEvent.INSTANCE);
	}

	@Test
	void theAnswerSharesAPacketWithTheFirstResponse() {
		Future<String> responded = respond("/a");
		responded
			.addListener((done) -> this.channel.writeAndFlush(Unpooled.copiedBuffer("banner", StandardCharsets.UTF_8)));
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a"));
		assertThat(this.channel.outboundMessages()).hasSize(1);
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "/a") + "banner");
	}

	@Test
	void aCancelledNegotiationDiscardsWhatArrives() { // S20
		Future<String> selected = Multistream.select(this.channel, List.of("/a"), TEN_SECONDS);
		selected.cancel(false);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a"));
		assertThat(this.channel.inboundMessages()).isEmpty();
		advance(TEN_SECONDS);
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void nothingIsDeliveredAfterAFailure() {
		respond("/a");
		this.channel.writeInbound(Wire.messagesThen("evil", Wire.HEADER, Wire.HEADER, "/a"));
		this.channel.writeInbound(Wire.messagesThen("evil", Wire.HEADER, "/a"));
		assertThat(this.channel.inboundMessages()).isEmpty();
	}

	@Test
	void asksThePredicateForEachProposalAnew() { // S21
		List<String> served = new ArrayList<>();
		Future<String> responded = Multistream.respond(this.channel, served::contains, () -> served, TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/late"));
		served.add("/late");
		this.channel.writeInbound(Wire.messages("/late"));
		assertThat(Wire.sent(this.channel)).isEqualTo(Wire.text(Wire.HEADER, "na", "/late"));
		assertThat(responded.isSuccess()).isTrue();
	}

	@Test
	void aPredicateThatThrowsFailsTheNegotiationOnly() { // S22
		Future<String> responded = Multistream.respond(this.channel, (name) -> {
			throw new IllegalStateException("bug");
		}, List::of, TEN_SECONDS);
		this.channel.writeInbound(Wire.messages(Wire.HEADER, "/a"));
		assertThat(responded.cause()).hasRootCauseMessage("bug");
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void aThousandStreamsNegotiateAtOnce() { // S24
		List<EmbeddedChannel> ours = new ArrayList<>();
		List<EmbeddedChannel> theirs = new ArrayList<>();
		List<Future<String>> results = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			ours.add(new EmbeddedChannel());
			theirs.add(new EmbeddedChannel());
			results.add(Multistream.select(ours.get(i), List.of("/no", "/p/" + i), TEN_SECONDS));
			results.add(Multistream.respond(theirs.get(i), List.of("/p/" + i), TEN_SECONDS));
		}
		for (int i = 999; i >= 0; i--) {
			Wire.pump(ours.get(i), theirs.get(i));
		}
		assertThat(results).allMatch(Future::isSuccess);
		ours.forEach(EmbeddedChannel::finishAndReleaseAll);
		theirs.forEach(EmbeddedChannel::finishAndReleaseAll);
	}

	@Test
	void readsForItselfWhenAutoReadIsOff() {
		int[] reads = new int[1];
		this.channel.config().setAutoRead(false);
		this.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
			@Override
			public void read(ChannelHandlerContext ctx) {
				reads[0]++;
			}
		});
		respond("/a");
		assertThat(reads[0]).isEqualTo(1);
		this.channel.pipeline().fireChannelRead(Wire.messages(Wire.HEADER)).fireChannelReadComplete();
		assertThat(reads[0]).isEqualTo(2);
		this.channel.pipeline().fireChannelRead(Wire.messages("/a")).fireChannelReadComplete();
		assertThat(reads[0]).as("the protocol has not asked").isEqualTo(2);
	}

	private Future<String> respond(String... supported) {
		return Multistream.respond(this.channel, List.of(supported), TEN_SECONDS);
	}

	private void advance(Duration duration) {
		this.channel.advanceTimeBy(duration.toMillis(), TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
	}

	private void drip(String bytes, EmbeddedChannel target) {
		for (byte next : bytes.getBytes(StandardCharsets.UTF_8)) {
			target.writeInbound(Unpooled.wrappedBuffer(new byte[] { next }));
		}
	}

	private void nested(int depth, Runnable innermost) {
		if (depth == 0) {
			innermost.run();
			return;
		}
		this.channel.eventLoop().newSucceededFuture(null).addListener((done) -> nested(depth - 1, innermost));
		this.channel.runPendingTasks();
	}

	private static NegotiationFailed.Reason reason(Future<String> future) {
		assertThat(future.cause()).isInstanceOf(NegotiationFailed.class);
		return ((NegotiationFailed) future.cause()).reason();
	}

	private static final class Recorder extends ChannelInboundHandlerAdapter {

		private final List<Object> seen;

		Recorder(List<Object> seen) {
			this.seen = seen;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			this.seen.add(bytes.toString(StandardCharsets.UTF_8));
			bytes.release();
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			this.seen.add(event);
		}

	}

}
