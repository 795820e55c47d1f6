package io.p2pboot.libp2p.protocol.identify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.TestStream;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class IdentifyHandlersTest {

	private final TestStream stream = new TestStream(Identify.PATH,
			TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));

	private final List<IdentifyInfo> received = new ArrayList<>();

	private final List<IOException> failures = new ArrayList<>();

	@AfterEach
	void close() {
		this.stream.channel().finishAndReleaseAll();
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
			each.channel().pipeline().addLast(new IdentifyReader(each, Identify.TIMEOUT, listener()));
			each.receive(java.util.Arrays.copyOf(message, cut));
			each.receiveEnd();
			assertThat(this.failures).hasSize(cut);
			assertThat(each.resetCode()).hasValue(IdentifyReader.FAILED);
			each.channel().finishAndReleaseAll();
		}
		assertThat(this.received).isEmpty();
	}

	@Test
	void whatWasMergedBeforeAViolationCounts() throws IOException { // I4
		read();
		this.stream.receive(message("/a/1"));
		this.stream.receive((byte) -1, (byte) -1, (byte) -1);
		assertThat(this.received).hasSize(1);
		assertThat(this.stream.resetCode()).hasValue(IdentifyReader.FAILED);
		assertNothingElseHappens();
	}

	@Test
	void aPeerThatSaysNothingIsGivenFiveSeconds() { // I7, I8
		read();
		advance(Duration.ofMillis(4_999));
		assertThat(this.failures).isEmpty();
		advance(Duration.ofMillis(1));
		assertThat(this.failures).hasSize(1);
		assertThat(this.stream.resetCode()).hasValue(IdentifyReader.FAILED);
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
		assertThat(this.stream.resetCode()).hasValue(IdentifyReader.FAILED);
	}

	@Test
	void aResetFailsUnlessAMessageIsThere() throws IOException { // I16
		read();
		StreamReset reset = StreamReset.byRemote(3);
		this.stream.channel().pipeline().fireExceptionCaught(reset);
		assertThat(this.failures).containsExactly(reset);
	}

	@Test
	void theEndOfTheConnectionFailsAndLeavesNoTimer() { // I16
		read();
		this.stream.channel().close();
		assertThat(this.failures).hasSize(1);
		assertThat(this.stream.channel().hasPendingTasks()).isFalse();
	}

	@Test
	void anAnswerIsWrittenAndTheSideEnded() throws IOException { // I1
		this.stream.channel()
			.pipeline()
			.addLast(new IdentifyWriter(this.stream, Identify.TIMEOUT, List.of(build("/a/1"), build("/b/1"))));
		ByteArrayOutputStream expected = new ByteArrayOutputStream();
		expected.write(message("/a/1"));
		expected.write(message("/b/1"));
		assertThat(this.stream.sent()).isEqualTo(expected.toByteArray());
		assertThat(this.stream.isEnded()).isTrue();
		assertThat(this.stream.channel().hasPendingTasks()).isFalse();
	}

	private void assertNothingElseHappens() {
		int before = this.received.size() + this.failures.size();
		advance(Duration.ofMinutes(1));
		this.stream.channel().close();
		assertThat(this.received.size() + this.failures.size()).isEqualTo(before);
	}

	private void read() {
		this.stream.channel().pipeline().addLast(new IdentifyReader(this.stream, Identify.TIMEOUT, listener()));
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
		this.stream.channel().advanceTimeBy(duration.toMillis(), TimeUnit.MILLISECONDS);
		this.stream.channel().runScheduledPendingTasks();
	}

	private static IdentifyProto.Identify build(String protocol) {
		return IdentifyProto.Identify.newBuilder().addProtocols(protocol).build();
	}

	private static byte[] message(String protocol) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		build(protocol).writeDelimitedTo(bytes);
		return bytes.toByteArray();
	}

}
