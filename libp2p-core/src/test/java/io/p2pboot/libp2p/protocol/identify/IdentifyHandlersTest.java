package io.p2pboot.libp2p.protocol.identify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.TestStream;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class IdentifyHandlersTest {

	private static final long VIOLATION = ErrorCode.PROTOCOL_VIOLATION.stream();

	private static final long TOO_SLOW = ErrorCode.GARBAGE_COLLECTED.stream();

	private final TestStream stream = new TestStream(Identify.PATH,
			TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));

	private final List<IdentifyInfo> received = new ArrayList<>();

	private final List<IOException> failures = new ArrayList<>();

	@AfterEach
	void close() {
		this.stream.finishAndReleaseAll();
	}

	@Test
	void aMessageCountsWhenThePeerEndsItsSide() throws IOException {
		read();
		byte[] message = message("/a/1");
		for (byte one : message) {
			this.stream.receive(one);
		}
		assertThat(this.received).isEmpty();
		this.stream.receiveEnd();
		assertThat(this.received).hasSize(1);
		assertThat(this.stream.isEnded()).isTrue();
		assertNothingElseHappens();
	}

	@Test
	void afterTenMessagesTheEndIsNotWaitedFor() throws IOException { // I4
		read();
		ByteArrayOutputStream twelve = new ByteArrayOutputStream();
		for (int i = 0; i < 12; i++) {
			twelve.write(message("/p/" + i));
		}
		this.stream.receive(twelve.toByteArray());
		assertThat(this.received).singleElement().satisfies((info) -> assertThat(info.protocols()).hasSize(10));
		assertThat(this.stream.isEnded()).isTrue();
		assertNothingElseHappens();
	}

	@Test
	void readsAMessageOfEightKibibytesAndNotOneByteMore() throws IOException { // I5
		byte[] longest = messageOf(8192);
		assertThat(longest).hasSize(8192 + 2);
		read();
		this.stream.receive(longest);
		this.stream.receive(messageOf(8193));
		assertThat(this.received).singleElement().satisfies((info) -> assertThat(info.agentVersion()).hasSize(8189));
		assertThat(this.stream.resetCode()).hasValue(VIOLATION);
	}

	private static byte[] messageOf(int bytes) throws IOException {
		return delimited(IdentifyProto.Identify.newBuilder().setAgentVersion("a".repeat(bytes - 3)).build());
	}

	@Test
	void refusesALengthWithoutEnd() { // I6
		read();
		this.stream.receive((byte) -1, (byte) -1, (byte) -1);
		assertThat(this.failures).singleElement()
			.satisfies((failure) -> assertThat(failure).hasMessageContaining("8192"));
		assertThat(this.stream.resetCode()).hasValue(VIOLATION);
	}

	@Test
	void anEndWithoutAMessageFails() { // I7
		read();
		this.stream.receiveEnd();
		assertThat(this.failures).singleElement()
			.satisfies((failure) -> assertThat(failure).hasMessageContaining("without a message"));
		assertThat(this.stream.isEnded()).isTrue();
	}

	@Test
	void anEndWithinTheFirstMessageFails() throws IOException { // I7
		byte[] message = message("/a/1");
		for (int cut = 1; cut < message.length; cut++) {
			TestStream each = new TestStream(Identify.PATH, this.stream.connection());
			read(each);
			each.receive(java.util.Arrays.copyOf(message, cut));
			each.receiveEnd();
			assertThat(this.failures).hasSize(cut);
			assertThat(each.resetCode()).hasValue(VIOLATION);
			each.finishAndReleaseAll();
		}
		assertThat(this.received).isEmpty();
	}

	@Test
	void whatWasMergedBeforeAViolationCounts() throws IOException { // I4
		read();
		this.stream.receive(message("/a/1"));
		this.stream.receive((byte) -1, (byte) -1, (byte) -1);
		assertThat(this.received).hasSize(1);
		assertThat(this.stream.resetCode()).hasValue(VIOLATION);
		assertNothingElseHappens();
	}

	@Test
	void aPeerThatSaysNothingIsGivenFiveSeconds() { // I7, I8
		read();
		advance(Duration.ofMillis(4_999));
		assertThat(this.failures).isEmpty();
		advance(Duration.ofMillis(1));
		assertThat(this.failures).hasSize(1);
		assertThat(this.stream.resetCode()).hasValue(TOO_SLOW);
	}

	@Test
	void theTimeIsBoundedInAllAndNotForEachByte() throws IOException { // I8
		read();
		this.stream.receive(message("/a/1"));
		byte[] second = message("/b/1");
		for (int i = 0; i < 4; i++) {
			advance(Duration.ofSeconds(1));
			this.stream.receive(second[i]);
		}
		assertThat(this.received).isEmpty();
		advance(Duration.ofSeconds(1));
		assertThat(this.received).singleElement().satisfies((info) -> assertThat(info.protocols()).hasSize(1));
		assertThat(this.stream.resetCode()).hasValue(TOO_SLOW);
	}

	@Test
	void aResetFailsUnlessAMessageIsThere() throws IOException { // I16
		read();
		StreamReset reset = StreamReset.byRemote(3);
		this.stream.pipeline().fireExceptionCaught(reset);
		assertThat(this.failures).containsExactly(reset);
	}

	@Test
	void theEndOfTheConnectionFailsAndLeavesNoTimer() { // I16
		read();
		this.stream.lose();
		assertThat(this.failures).hasSize(1);
		assertThat(this.stream.hasPendingTasks()).isFalse();
	}

	@Test
	void anAnswerIsWrittenAndTheSideEnded() throws IOException { // I1
		IdentifyWriter.send(this.stream, Identify.TIMEOUT, List.of(build("/a/1"), build("/b/1")));
		ByteArrayOutputStream expected = new ByteArrayOutputStream();
		expected.write(message("/a/1"));
		expected.write(message("/b/1"));
		assertThat(this.stream.sent()).isEqualTo(expected.toByteArray());
		assertThat(this.stream.isEnded()).isTrue();
		assertThat(this.stream.hasPendingTasks()).isFalse();
	}

	private void assertNothingElseHappens() {
		int before = this.received.size() + this.failures.size();
		advance(Duration.ofMinutes(1));
		this.stream.lose();
		assertThat(this.received.size() + this.failures.size()).isEqualTo(before);
	}

	private void read() {
		read(this.stream);
	}

	private void read(TestStream stream) {
		MessageChannel.open(stream, IdentifySession.MAX_MESSAGE_BYTES, new IdentifyReader(listener()))
			.deadline(Identify.TIMEOUT);
	}

	private IdentifyReader.Listener listener() {
		return new IdentifyReader.Listener() {

			@Override
			public void received(IdentifyInfo info) {
				IdentifyHandlersTest.this.received.add(info);
			}

			@Override
			public void failed(IOException cause) {
				IdentifyHandlersTest.this.failures.add(cause);
			}

		};
	}

	private void advance(Duration duration) {
		this.stream.advanceTimeBy(duration.toMillis(), TimeUnit.MILLISECONDS);
		this.stream.runScheduledPendingTasks();
	}

	private static IdentifyProto.Identify build(String protocol) {
		return IdentifyProto.Identify.newBuilder().addProtocols(protocol).build();
	}

	private static byte[] message(String protocol) throws IOException {
		return delimited(build(protocol));
	}

	private static byte[] delimited(IdentifyProto.Identify message) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		message.writeDelimitedTo(bytes);
		return bytes.toByteArray();
	}

}
