package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MessageChannelTest {

	private static final int LONGEST = 200;

	private final TestStream stream = new TestStream(ProtocolPath.of("/test/1"),
			TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));

	private final Recorded recorded = new Recorded();

	private final MessageChannel channel = MessageChannel.open(this.stream, LONGEST, this.recorded);

	@AfterEach
	void release() {
		this.stream.finishAndReleaseAll();
	}

	@Test
	void deliversMessagesHoweverTheyAreCut() {
		byte[] wire = { 1, 'a', 0, 3, 'b', 'c', 'd' };
		for (byte one : wire) {
			this.stream.receive(one);
		}
		this.stream.receive(wire);
		assertThat(this.recorded.heard).containsExactly("a", "", "bcd", "a", "", "bcd");
	}

	@Test
	void putsTheLengthBeforeWhatIsSent() {
		this.channel.write(text("ab"));
		assertThat(this.stream.sent()).isEmpty();
		this.channel.send(ByteBuffer.allocate(130));
		byte[] sent = this.stream.sent();
		assertThat(sent).hasSize(3 + 132).startsWith(2, 'a', 'b', (byte) 0x82, 1, 0);
	}

	@Test
	void takesTheLongestMessageAndNotOneByteMore() {
		this.stream.receive(framed(LONGEST));
		assertThat(this.recorded.heard).hasSize(1);
		this.stream.receive(framed(LONGEST + 1));
		assertThat(this.recorded.heard).hasSize(2).element(1).asString().startsWith("failed: ").contains("201");
		assertViolation();
	}

	@Test
	void refusesALengthThatIsNotMinimal() {
		this.stream.receive((byte) 0x81, (byte) 0);
		assertViolation();
	}

	@Test
	void anEndWithinAMessageBreaksTheProtocol() {
		this.stream.receive((byte) 2, (byte) 'a');
		this.stream.receiveEnd();
		assertThat(this.recorded.heard).singleElement().asString().contains("within a message");
		assertViolation();
	}

	@Test
	void thePeersEndEndsOurSideToo() {
		this.stream.receive((byte) 1, (byte) 'a');
		this.stream.receiveEnd();
		assertThat(this.recorded.heard).containsExactly("a", "ended", "closed");
		assertThat(this.stream.isEnded()).isTrue();
	}

	@Test
	void ourHalfMayEndBeforeThePeersDoes() {
		this.channel.send(text("q"));
		this.channel.closeWrite();
		this.stream.receive((byte) 1, (byte) 'a');
		this.stream.receiveEnd();
		assertThat(this.recorded.heard).containsExactly("a", "ended", "closed");
	}

	@Test
	void aHandlerMayRefuseAMessage() {
		this.recorded.refusal = new IOException("no such question");
		this.stream.receive((byte) 1, (byte) 'a', (byte) 1, (byte) 'b');
		assertThat(this.recorded.heard).containsExactly("a", "failed: no such question");
		assertViolation();
	}

	@Test
	void aHandlerThatFailsResetsItsStream() {
		this.recorded.bug = new IllegalStateException("a bug");
		this.stream.receive((byte) 1, (byte) 'a');
		assertThat(this.recorded.heard).containsExactly("a", "failed: a bug");
		assertThat(this.stream.resetCode()).hasValue(StreamProtocol.HANDLER_FAILED);
	}

	@Test
	void theDeadlineResetsWhateverArrives() {
		this.channel.deadline(Duration.ofSeconds(5));
		advance(Duration.ofMillis(4_999));
		this.stream.receive((byte) 1, (byte) 'a');
		assertThat(this.recorded.heard).containsExactly("a");
		advance(Duration.ofMillis(1));
		assertThat(this.recorded.heard).hasSize(2).element(1).asString().contains("5000 ms");
		assertThat(this.stream.resetCode()).hasValue(ErrorCode.GARBAGE_COLLECTED.stream());
	}

	@Test
	void theDeadlineCanBeMovedAndTakenBack() {
		this.channel.deadline(Duration.ofSeconds(5));
		this.channel.deadline(Duration.ofSeconds(8));
		advance(Duration.ofSeconds(7));
		assertThat(this.recorded.heard).isEmpty();
		this.channel.noDeadline();
		advance(Duration.ofMinutes(1));
		assertThat(this.recorded.heard).isEmpty();
	}

	@Test
	void aResetOfThePeerFails() {
		StreamReset reset = StreamReset.byRemote(7);
		this.stream.pipeline().fireExceptionCaught(reset);
		assertThat(this.recorded.heard).containsExactly("failed: " + reset.getMessage());
		assertThat(this.stream.resetCode()).isEmpty();
	}

	@Test
	void theLossOfTheConnectionFailsAndLeavesNoTimer() {
		this.channel.deadline(Duration.ofSeconds(5));
		this.stream.lose();
		assertThat(this.recorded.heard).hasSize(1);
		assertThat(this.recorded.cause).isInstanceOf(ConnectionLost.class);
		assertThat(this.stream.hasPendingTasks()).isFalse();
	}

	@Test
	void whatFollowsTheLastMessageIsForWhoeverTakesTheStreamOver() {
		List<Object> raw = new ArrayList<>();
		this.stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				raw.add(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
				((ByteBuf) message).release();
			}
		});
		this.channel.deadline(Duration.ofSeconds(5));
		this.recorded.detachAfter = "go";
		this.stream.receive((byte) 2, (byte) 'g', (byte) 'o', (byte) 'r', (byte) 'a');
		this.stream.receive((byte) 'w');
		assertThat(this.recorded.heard).containsExactly("go");
		assertThat(raw).containsExactly("ra", "w");
		assertThat(this.stream.hasPendingTasks()).isFalse();
	}

	@Test
	void whoIsAddedOnceTheMessagesHaveEndedGetsWhatCameBehindThem() {
		List<String> raw = new ArrayList<>();
		this.recorded.detachAfter = "go";
		this.recorded.detached = () -> {
			this.stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {

				@Override
				public void channelRead(ChannelHandlerContext ctx, Object message) {
					raw.add(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
					((ByteBuf) message).release();
				}
			});
			// What the new handler asks for may be there at once.
			this.stream.receive((byte) 'w');
		};
		this.stream.receive((byte) 2, (byte) 'g', (byte) 'o', (byte) 'r', (byte) 'a');
		this.stream.receive((byte) 's');
		assertThat(this.recorded.heard).containsExactly("go");
		assertThat(raw).containsExactly("ra", "w", "s");
		assertThat(this.stream.pipeline().get(MessageCodec.class)).isNull();
	}

	@Test
	void theSizeIsPositive() {
		assertThatIllegalArgumentException().isThrownBy(() -> MessageChannel.open(this.stream, 0, this.recorded));
	}

	private void assertViolation() {
		assertThat(this.stream.resetCode()).hasValue(ErrorCode.PROTOCOL_VIOLATION.stream());
	}

	private void advance(Duration time) {
		this.stream.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
		this.stream.runScheduledPendingTasks();
	}

	private static ByteBuffer text(String text) {
		return StandardCharsets.US_ASCII.encode(text);
	}

	private static byte[] framed(int bytes) {
		byte[] message = new byte[bytes + 2];
		message[0] = (byte) (bytes & 0x7F | 0x80);
		message[1] = (byte) (bytes >> 7);
		return message;
	}

	/**
	 * Writes down what it hears.
	 */
	private static final class Recorded implements MessageChannel.Handler {

		private final List<String> heard = new ArrayList<>();

		private IOException refusal;

		private RuntimeException bug;

		private Throwable cause;

		private String detachAfter = "never";

		private Runnable detached = () -> {
		};

		@Override
		public void received(MessageChannel channel, ByteBuffer message) throws IOException {
			String text = StandardCharsets.US_ASCII.decode(message).toString();
			this.heard.add(text);
			if (text.equals(this.detachAfter)) {
				channel.detach();
				this.detached.run();
			}
			if (this.refusal != null) {
				throw this.refusal;
			}
			if (this.bug != null) {
				throw this.bug;
			}
		}

		@Override
		public void ended(MessageChannel channel) {
			this.heard.add("ended");
			channel.close();
		}

		@Override
		public void closed(MessageChannel channel) {
			this.heard.add("closed");
		}

		@Override
		public void failed(MessageChannel channel, Throwable cause) {
			this.cause = cause;
			this.heard.add("failed: " + cause.getMessage());
		}

	}

}
