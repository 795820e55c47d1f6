package io.p2pboot.libp2p.multistream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.StreamReset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LazyMultistreamTest {

	private static final PeerId PEER = PeerId.parse("12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN");

	private static final String PROPOSAL = Wire.text(Wire.HEADER, "/a");

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private Future<String> confirmed;

	private @Nullable ByteBuf later;

	@BeforeEach
	void propose() {
		this.channel.freezeTime();
		this.channel.config().setAutoRead(false);
		this.confirmed = Multistream.selectLazily(this.channel, "/a", PEER, Duration.ofSeconds(10),
				NegotiationBytes.UNCOUNTED);
		this.channel.runPendingTasks();
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void theProposalTravelsWithTheFirstPayload() { // S5
		assertThat(this.channel.outboundMessages()).isEmpty();
		this.channel.writeOutbound(text("data"));
		assertThat(this.channel.outboundMessages()).as("one frame").hasSize(1);
		assertThat(Wire.sent(this.channel)).isEqualTo(PROPOSAL + "data");
		this.channel.writeOutbound(text("more"));
		assertThat(Wire.sent(this.channel)).isEqualTo("more");
		this.channel.writeInbound(Wire.messagesThen("answer", Wire.HEADER, "/a"));
		assertThat(Wire.received(this.channel)).isEqualTo("answer");
		assertThat(this.confirmed.isSuccess()).isTrue();
		assertThat(this.channel.pipeline().names()).as("left the pipeline").hasSize(1);
	}

	/** A channel may have more at once for whoever asks within the delivery. */
	@Test
	void whatIsAskedForInTheDeliveryFollowsIt() {
		this.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
			@Override
			public void read(ChannelHandlerContext ctx) throws Exception {
				super.read(ctx);
				if (LazyMultistreamTest.this.later != null) {
					ByteBuf next = LazyMultistreamTest.this.later;
					LazyMultistreamTest.this.later = null;
					ctx.fireChannelRead(next).fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
				}
			}
		});
		StringBuilder delivered = new StringBuilder();
		this.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				delivered.append(((ByteBuf) message).toString(StandardCharsets.UTF_8)).append(' ');
				((ByteBuf) message).release();
			}

			@Override
			public void channelReadComplete(ChannelHandlerContext ctx) {
				delivered.append("complete ");
				ctx.read();
			}

			@Override
			public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
				delivered.append("end ");
			}
		});
		this.channel.writeOutbound(text("data"));
		this.later = text("second");
		this.channel.writeInbound(Wire.messagesThen("first", Wire.HEADER, "/a"));
		assertThat(delivered.toString()).startsWith("first complete second end complete ");
	}

	@Test
	void aLargeFirstPayloadIsNotCopied() { // S5
		ByteBuf large = Unpooled.wrappedBuffer(new byte[NegotiationHandler.MAX_COPIED_BYTES + 1]);
		this.channel.writeOutbound(large);
		assertThat(this.channel.outboundMessages()).hasSize(2).last().isSameAs(large);
	}

	@Test
	void aRefusalIsAnErrorOfThisStream() { // S5
		this.channel.writeOutbound(text("data"));
		this.channel.pipeline().fireChannelRead(Wire.messagesThen("junk", Wire.HEADER, "na"));
		assertThatThrownBy(this.channel::checkException).isInstanceOf(ProtocolUnsupported.class)
			.extracting((failure) -> ((ProtocolUnsupported) failure).proposed())
			.isEqualTo(List.of(ProtocolPath.of("/a")));
		assertThat(Multistream.isRefusal(this.confirmed.cause())).isTrue();
		this.channel.writeInbound(text("junk"));
		assertThat(this.channel.inboundMessages()).isEmpty();
	}

	@Test
	void anAnswerThatNamesAnotherProtocolIsAnError() { // S18
		this.channel.writeOutbound(text("data"));
		this.channel.pipeline().fireChannelRead(Wire.messages(Wire.HEADER, "/b"));
		assertThatThrownBy(this.channel::checkException).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(NegotiationFailed.class);
	}

	@Test
	void anAnswerBeforeTheProposalIsAnErrorButAHeaderIsNot() {
		this.channel.pipeline().fireChannelRead(Wire.messages(Wire.HEADER));
		this.channel.checkException();
		this.channel.pipeline().fireChannelRead(Wire.messages("/a"));
		assertThatThrownBy(this.channel::checkException).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(NegotiationFailed.class);
	}

	@Test
	void aFlushAnEmptyWriteAndACloseCarryTheProposal() { // S23
		this.channel.flush();
		assertThat(Wire.sent(this.channel)).isEqualTo(PROPOSAL);
		EmbeddedChannel written = lazy();
		written.writeOutbound(Unpooled.EMPTY_BUFFER);
		assertThat(Wire.sent(written)).isEqualTo(PROPOSAL);
		written.finishAndReleaseAll();
		EmbeddedChannel closed = lazy();
		closed.close();
		assertThat(Wire.sent(closed)).isEqualTo(PROPOSAL);
	}

	@Test
	void aReaderAsksBeforeItWaits() { // S23
		this.channel.read();
		assertThat(Wire.sent(this.channel)).isEqualTo(PROPOSAL);
		EmbeddedChannel automatic = new EmbeddedChannel();
		Multistream.selectLazily(automatic, "/a", PEER, Duration.ofSeconds(10), NegotiationBytes.UNCOUNTED);
		assertThat(automatic.outboundMessages()).isEmpty();
		automatic.runPendingTasks();
		assertThat(Wire.sent(automatic)).isEqualTo(PROPOSAL);
		automatic.finishAndReleaseAll();
	}

	@Test
	void anEndBeforeTheAnswerIsAnError() { // S15
		this.channel.writeOutbound(text("data"));
		this.channel.pipeline().fireChannelRead(Wire.messages(Wire.HEADER));
		this.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		assertThatThrownBy(this.channel::checkException).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(NegotiationFailed.class)
			.hasMessageContaining("ended its side");
	}

	@Test
	void aResetIsPassedOnAsItIs() {
		this.channel.writeOutbound(text("data"));
		this.channel.pipeline().fireExceptionCaught(StreamReset.byRemote(7));
		assertThatThrownBy(this.channel::checkException).isInstanceOf(StreamReset.class);
		assertThat(this.confirmed.cause()).hasCauseInstanceOf(StreamReset.class);
	}

	@Test
	void aStreamOnWhichNothingHappensIsProposedAllTheSame() {
		advance(LazyHandler.MAX_WAIT_MILLIS - 1);
		assertThat(this.channel.outboundMessages()).isEmpty();
		advance(1);
		assertThat(Wire.sent(this.channel)).isEqualTo(PROPOSAL);
		advance(60);
		assertThat(this.channel.outboundMessages()).as("once").isEmpty();
	}

	@Test
	void theTimeRunsFromTheProposal() { // S17
		advance(LazyHandler.MAX_WAIT_MILLIS - 1);
		this.channel.writeOutbound(text("data"));
		advance(9_999);
		this.channel.checkException();
		advance(1);
		assertThatThrownBy(this.channel::checkException).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(NegotiationFailed.class);
	}

	@Test
	void closingBeforeTheAnswerIsNoErrorOfTheStream() {
		this.channel.writeOutbound(text("data"));
		this.channel.close();
		this.channel.checkException();
		assertThat(this.confirmed.isSuccess()).isFalse();
	}

	@Test
	void bothSidesMeet() { // S5, S6
		EmbeddedChannel peer = new EmbeddedChannel();
		Future<String> responded = Multistream.respond(peer, List.of("/a"), Duration.ofSeconds(10));
		this.channel.writeOutbound(text("question"));
		Wire.pump(this.channel, peer);
		assertThat(responded.getNow()).isEqualTo("/a");
		assertThat(Wire.received(peer)).isEqualTo("question");
		peer.writeOutbound(text("answer"));
		Wire.pump(this.channel, peer);
		assertThat(Wire.received(this.channel)).isEqualTo("answer");
		peer.finishAndReleaseAll();
	}

	private static EmbeddedChannel lazy() {
		EmbeddedChannel channel = new EmbeddedChannel();
		channel.freezeTime();
		channel.config().setAutoRead(false);
		Multistream.selectLazily(channel, "/a", PEER, Duration.ofSeconds(10), NegotiationBytes.UNCOUNTED);
		channel.runPendingTasks();
		return channel;
	}

	private void advance(long millis) {
		this.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
	}

	private static ByteBuf text(String text) {
		return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
	}

}
