package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.IdentifyProto.Identify;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class IdentifySessionTest {

	private final IdentifySession session = new IdentifySession();

	@Test
	void readsEveryField() throws IOException { // I1
		receive(Identify.newBuilder()
			.addProtocols("/a/1")
			.addListenAddrs(address("/ip4/1.2.3.4/tcp/5"))
			.setObservedAddr(address("/ip4/5.6.7.8/tcp/9"))
			.setAgentVersion("agent")
			.setProtocolVersion("version")
			.setPublicKey(ByteString.copyFromUtf8("key"))
			.setSignedPeerRecord(ByteString.copyFromUtf8("record")));
		IdentifyInfo info = this.session.info();
		assertThat(info.protocols()).containsExactly(ProtocolPath.of("/a/1"));
		assertThat(info.addresses()).containsExactly(Multiaddr.parse("/ip4/1.2.3.4/tcp/5"));
		assertThat(info.observed()).isEqualTo(Multiaddr.parse("/ip4/5.6.7.8/tcp/9"));
		assertThat(info.agentVersion()).isEqualTo("agent");
		assertThat(info.protocolVersion()).isEqualTo("version");
		assertThat(info.publicKey()).isEqualTo(ByteBuffer.wrap("key".getBytes()));
		assertThat(info.signedRecord()).isEqualTo(ByteBuffer.wrap("record".getBytes()));
	}

	@Test
	void mergesTenMessagesAndReadsNoMore() throws IOException { // I4
		for (int i = 0; i < 12; i++) {
			receive(Identify.newBuilder().addProtocols("/p/" + i).setAgentVersion("agent " + i));
		}
		assertThat(this.session.isComplete()).isTrue();
		assertThat(this.session.info().protocols()).hasSize(10).contains(ProtocolPath.of("/p/9"));
		assertThat(this.session.info().agentVersion()).isEqualTo("agent 9");
	}

	@Test
	void keepsWhatWasMergedBeforeAnError() throws IOException { // I4
		receive(Identify.newBuilder().addProtocols("/a/1"));
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> this.session.on(ByteBuffer.wrap(new byte[] { (byte) 0xFF })));
		assertThat(this.session.hasContent()).isTrue();
		assertThat(this.session.info().protocols()).containsExactly(ProtocolPath.of("/a/1"));
	}

	@Test
	void emptyMessagesAreMessages() throws DecodeException {
		for (int i = 0; i < 10; i++) {
			this.session.on(ByteBuffer.allocate(0));
		}
		assertThat(this.session.isComplete()).isTrue();
		assertThat(this.session.info().protocols()).isEmpty();
	}

	@Test
	void leavesOutAddressesThatAreMalformed() throws IOException { // I11
		receive(Identify.newBuilder()
			.addListenAddrs(ByteString.EMPTY)
			.addListenAddrs(ByteString.copyFrom(new byte[] { 4, 1, 2 }))
			.addListenAddrs(address("/ip4/1.2.3.4/tcp/5"))
			.addListenAddrs(ByteString.copyFrom(new byte[] { (byte) 0xFF, 0x7F, 1 }))
			.setObservedAddr(ByteString.copyFrom(new byte[] { 9 })));
		assertThat(this.session.info().addresses()).containsExactly(Multiaddr.parse("/ip4/1.2.3.4/tcp/5"));
		assertThat(this.session.info().observed()).isNull();
	}

	@Test
	void leavesOutProtocolsThatAreNoPaths() throws IOException { // I12
		receive(Identify.newBuilder()
			.addProtocols("")
			.addProtocols("no-slash")
			.addProtocols("/new\nline")
			.addProtocols("/" + "x".repeat(1023))
			.addProtocols("/" + "x".repeat(1022))
			.addProtocolsBytes(ByteString.copyFrom(new byte[] { '/', (byte) 0xC0, (byte) 0x80 })));
		assertThat(this.session.info().protocols()).containsExactly(ProtocolPath.of("/" + "x".repeat(1022)));
	}

	@Test
	void keepsAThousandAndTwentyFourProtocolsOfAllMessages() throws IOException { // I12
		receiveProtocols(0, 512);
		receiveProtocols(512, 1024);
		assertThat(this.session.info().protocols()).hasSize(1024).contains(ProtocolPath.of("/p/1023"));
		receiveProtocols(1024, 1025);
		assertThat(this.session.info().protocols()).hasSize(1024).doesNotContain(ProtocolPath.of("/p/1024"));
	}

	@Test
	void keepsFiveHundredAddressesOfAllMessages() throws IOException { // I11
		receiveAddresses(0, 300);
		receiveAddresses(300, 500);
		assertThat(this.session.info().addresses()).hasSize(500);
		receiveAddresses(500, 501);
		assertThat(this.session.info().addresses()).hasSize(500);
	}

	// The test of go-libp2p's protocol_limit_test: ten messages of eight kibibytes.
	@Test
	void looksAtSixteenKilobytesOfAddressesAndNotOneMore() throws IOException { // row 5
		for (int i = 0; i < 16; i += 4) {
			Identify.Builder message = Identify.newBuilder();
			for (int each = i; each < i + 4; each++) {
				message.addListenAddrs(kilobyte(each));
			}
			receive(message);
		}
		assertThat(this.session.info().addresses()).hasSize(16);
		receive(Identify.newBuilder().addListenAddrs(address("/ip4/1.2.3.4/tcp/5")));
		assertThat(this.session.info().addresses()).hasSize(16);
	}

	/** An address of 1,024 bytes. */
	private static ByteString kilobyte(int number) {
		ByteString address = address("/unix/" + (100 + number) + "a".repeat(1024 - 8));
		assertThat(address.size()).isEqualTo(1024);
		return address;
	}

	@Test
	void tenFullMessagesCannotAmplify() throws IOException { // ID-amp
		for (int i = 0; i < 10; i++) {
			Identify.Builder message = Identify.newBuilder();
			while (message.build().getSerializedSize() < 8192 - 40) {
				message.addProtocols("/" + Integer.toString(message.getProtocolsCount() + 10_000 * i, 36));
				message.addListenAddrs(address("/ip4/1.2." + i + ".4/tcp/" + (message.getListenAddrsCount() + 1)));
			}
			receive(message);
		}
		assertThat(this.session.info().protocols()).hasSizeLessThanOrEqualTo(1024);
		assertThat(this.session.info().addresses()).hasSizeLessThanOrEqualTo(500);
	}

	@Test
	void anyBytesEndInAMessageOrADecodeException() {
		Random random = new Random(20260314);
		for (int i = 0; i < 20_000; i++) {
			byte[] bytes = new byte[random.nextInt(64)];
			random.nextBytes(bytes);
			IdentifySession fuzzed = new IdentifySession();
			try {
				fuzzed.on(ByteBuffer.wrap(bytes));
			}
			catch (DecodeException ex) {
				assertThat(ex).hasMessageNotContaining("null");
			}
			assertThat(fuzzed.info()).isNotNull();
		}
	}

	private void receiveProtocols(int from, int to) throws IOException {
		Identify.Builder message = Identify.newBuilder();
		for (int i = from; i < to; i++) {
			message.addProtocols("/p/" + i);
		}
		receive(message);
	}

	private void receiveAddresses(int from, int to) throws IOException {
		Identify.Builder message = Identify.newBuilder();
		for (int i = from; i < to; i++) {
			message.addListenAddrs(address("/ip4/1.2.3.4/tcp/" + (i + 1)));
		}
		receive(message);
	}

	private void receive(Identify.Builder message) throws IOException {
		this.session.on(ByteBuffer.wrap(message.build().toByteArray()));
	}

	private static ByteString address(String text) {
		return ByteString.copyFrom(Multiaddr.parse(text).encoded());
	}

}
