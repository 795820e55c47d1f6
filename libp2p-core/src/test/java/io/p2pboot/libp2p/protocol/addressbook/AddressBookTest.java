package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(40)
class AddressBookTest {

	private final List<NettyNode> nodes = new ArrayList<>();

	/** A asks, B answers, C is looked for. */
	private NettyNode a;

	private NettyNode b;

	private NettyNode c;

	@BeforeEach
	void start() throws IOException {
		this.a = node();
		this.b = node();
		this.c = node();
	}

	private NettyNode node() throws IOException {
		NettyNode node = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.dialTimeout(Duration.ofSeconds(10))
			.start();
		this.nodes.add(node);
		return node;
	}

	@AfterEach
	void close() {
		this.nodes.forEach(NettyNode::close);
	}

	@Test
	void aPeerKnownByIdOnlyIsReachedThroughAnother() throws IOException {
		know(this.b, this.c);
		this.b.mountRouting(AddressBook.create(List.of()));
		this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo())));
		this.a.connect(AddrInfo.of(this.c.peerId()));
		assertThat(this.a.connection(this.c.peerId())).isPresent();
		assertThat(this.a.peerStore().envelope(this.c.peerId())).hasValue(this.c.signedRecord().encoded());
	}

	@Test
	void identifyFillsTheBook() throws IOException {
		this.b.mountRouting(AddressBook.create(List.of()));
		this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo())));
		this.c.connect(this.b.addrInfo());
		while (this.b.peerStore().envelope(this.c.peerId()).isEmpty()) {
			Thread.onSpinWait();
		}
		this.a.connect(AddrInfo.of(this.c.peerId()));
		assertThat(this.a.connection(this.c.peerId())).isPresent();
	}

	@Test
	void aServerAnswersForItself() throws IOException {
		this.b.mountRouting(AddressBook.create(List.of()));
		assertThat(ask(this.b, this.b.peerId())).isEqualTo(this.b.signedRecord().encoded());
	}

	@Test
	void anUnknownPeerIsAnEmptyAnswer() throws IOException {
		this.b.mountRouting(AddressBook.create(List.of()));
		AddressBook asking = this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo())));
		assertThat(ask(this.b, this.c.peerId()).hasRemaining()).isFalse();
		assertThat(asking.findPeer(this.c.peerId())).isEmpty();
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.a.connect(AddrInfo.of(this.c.peerId())));
	}

	@Test
	void questionsThatAreNoneAreReset() throws IOException {
		this.b.mountRouting(AddressBook.create(List.of()));
		for (byte[] question : new byte[][] { { 0 }, { 3, 1, 2, 3 }, { 65 }, { -1, -1 }, { -128, 0 } }) {
			Stream stream = this.a.openStream(this.b.addrInfo(), AddressBook.PATH);
			stream.write(ByteBuffer.wrap(question));
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read());
		}
		Stream ended = this.a.openStream(this.b.addrInfo(), AddressBook.PATH);
		ended.write(ByteBuffer.wrap(new byte[] { 38, 0 }));
		ended.closeWrite();
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> ended.inputStream().read());
	}

	@Test
	void eightQuestionsOfAPeerAreHeldAndTheNinthIsReset() throws IOException {
		this.b.mountRouting(AddressBook.create(List.of()));
		for (int i = 0; i < AddressBook.MAX_INBOUND_PER_PEER; i++) {
			Stream stream = this.a.openStream(this.b.addrInfo(), AddressBook.PATH);
			stream.write(ByteBuffer.wrap(new byte[] { 38 }));
		}
		Stream ninth = this.a.openStream(this.b.addrInfo(), AddressBook.PATH);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> ninth.inputStream().read());
	}

	// Lesson of RUSTSEC-2022-0009 (REC-1).
	@Test
	void recordsThatThePeerHasNotSignedDoNotCount() throws IOException {
		PrivateKey liar = PrivateKey.generate();
		PeerRecord ofLiar = new PeerRecord(PeerId.of(liar.publicKey()), 1, this.b.listenAddresses());
		answerWith(ofLiar.seal(liar).encoded());
		AddressBook asking = this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo())));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> asking.findPeer(this.c.peerId()))
			.satisfies((failure) -> assertThat(failure.getSuppressed()[0]).hasMessageContaining("came for"));
		assertThat(this.a.peerStore().addresses(this.c.peerId())).isEmpty();
	}

	@Test
	void anAnswerAtTheLimitIsReadAndOneByteMoreIsNot() throws IOException {
		AddressBook asking = this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo())));
		for (int bytes : new int[] { AddressBook.MAX_ANSWER_BYTES, AddressBook.MAX_ANSWER_BYTES + 1 }) {
			this.b.unmountProtocol(AddressBook.PATH);
			answerWith(ByteBuffer.allocate(bytes));
			String reason = (bytes > AddressBook.MAX_ANSWER_BYTES) ? "longer than" : "envelope";
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> asking.findPeer(this.c.peerId()))
				.satisfies((failure) -> assertThat(failure.getSuppressed()[0]).hasMessageContaining(reason));
		}
	}

	private void answerWith(ByteBuffer message) {
		StreamInitializer answer = (stream) -> {
			int length = message.remaining();
			stream.writeAndFlush(Unpooled.buffer()
				.writeByte(length & 0x7F | 0x80)
				.writeByte(length >> 7)
				.writeBytes(message.duplicate()));
			stream.close();
		};
		this.b.mountStreams(AddressBook.PATH, answer);
	}

	@Test
	void theNewestOfSeveralAnswersComesFirst() throws IOException {
		PrivateKey key = PrivateKey.generate();
		PeerId peer = PeerId.of(key.publicKey());
		NettyNode d = node();
		List<NettyNode> servers = List.of(this.b, d);
		for (int i = 0; i < 2; i++) {
			PeerRecord record = new PeerRecord(peer, 7 + i, List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/" + (7 + i))));
			servers.get(i).peerStore().addRecord(record, record.seal(key).encoded(), Duration.ofMinutes(1));
			servers.get(i).mountRouting(AddressBook.create(List.of()));
		}
		AddressBook asking = this.a.mountRouting(AddressBook.create(List.of(this.b.addrInfo(), d.addrInfo())));
		assertThat(asking.findPeer(peer)).containsExactly(Multiaddr.parse("/ip4/127.0.0.1/tcp/8"),
				Multiaddr.parse("/ip4/127.0.0.1/tcp/7"));
	}

	@Test
	void aServerThatIsGoneOrSilentDoesNotHinderTheOthers() throws IOException {
		NettyNode silent = node();
		StreamInitializer nothing = (stream) -> {
		};
		silent.mountStreams(AddressBook.PATH, nothing);
		NettyNode gone = node();
		AddrInfo goneInfo = gone.addrInfo();
		gone.close();
		know(this.b, this.c);
		this.b.mountRouting(AddressBook.create(List.of()));
		AddressBook asking = this.a
			.mountRouting(AddressBook.create(List.of(goneInfo, silent.addrInfo(), this.b.addrInfo())));
		assertThat(asking.findPeer(this.c.peerId())).isEqualTo(this.c.addrInfo().addresses());
	}

	@Test
	void twoServersThatAreBothGoneDoNotWaitForEachOther() throws IOException {
		AddrInfo one = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		AddrInfo other = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		this.a.mountRouting(AddressBook.create(List.of(one, other)));
		long start = System.nanoTime();
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.a.connect(AddrInfo.of(this.c.peerId())))
			.withMessageContaining("None of 2 peers");
		assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(4));
	}

	// Routings in general.

	@Test
	void routingsThatLieOrThrowDoNoHarm() throws IOException {
		this.a.mountRouting(routing("throws", (peer) -> {
			throw new IllegalStateException("broken");
		}));
		this.a.mountRouting(routing("fails", (peer) -> {
			throw new IOException("unreachable");
		}));
		this.a.mountRouting(routing("returns nothing usable", (peer) -> Collections.singletonList(null)));
		// Another peer answers there.
		this.a.mountRouting(routing("lies", (peer) -> this.b.listenAddresses()));
		this.a.mountRouting(routing("knows", (peer) -> this.c.listenAddresses()));
		this.a.connect(AddrInfo.of(this.c.peerId()));
		assertThat(this.a.connection(this.c.peerId())).isPresent();
		assertThat(this.a.connection(this.b.peerId())).isEmpty();
	}

	@Test
	void aRoutingThatHangsIsInterruptedInTimeForTheNext() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		this.a.mountRouting(routing("hangs", (peer) -> {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			return List.of();
		}));
		this.a.mountRouting(routing("knows", (peer) -> this.c.listenAddresses()));
		this.a.connect(AddrInfo.of(this.c.peerId()), Duration.ofSeconds(4));
		assertThat(this.a.connection(this.c.peerId())).isPresent();
		assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void everyFailureOfARoutingIsInTheError() {
		this.a.mountRouting(routing("first", (peer) -> {
			throw new IOException("no idea");
		}));
		this.a.mountRouting(routing("second", (peer) -> this.b.listenAddresses()));
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.a.connect(AddrInfo.of(this.c.peerId())))
			.withMessageContaining("first")
			.withMessageContaining("no idea")
			.withMessageContaining(this.b.listenAddresses().get(0).toString());
	}

	@Test
	void aBookIsMountedOnceAndAsksSixteenPeersAtMost() {
		List<AddrInfo> sixteen = Collections.nCopies(16, this.b.addrInfo());
		this.a.mountRouting(AddressBook.create(sixteen));
		assertThatIllegalStateException().isThrownBy(() -> this.a.mountRouting(AddressBook.create(sixteen)));
		List<AddrInfo> seventeen = Collections.nCopies(17, this.b.addrInfo());
		assertThatIllegalArgumentException().isThrownBy(() -> AddressBook.create(seventeen));
		assertThatIllegalStateException().isThrownBy(() -> AddressBook.create(List.of()).findPeer(this.b.peerId()));
	}

	private interface Finder {

		List<Multiaddr> find(PeerId peer) throws IOException;

	}

	private static PeerRouting routing(String name, Finder finder) {
		return new PeerRouting() {

			@Override
			public String name() {
				return name;
			}

			@Override
			public List<Multiaddr> findPeer(PeerId peer) throws IOException {
				return finder.find(peer);
			}

		};
	}

	private ByteBuffer ask(NettyNode server, PeerId peer) throws IOException {
		try (Stream stream = this.a.openStream(server.addrInfo(), AddressBook.PATH)) {
			ByteBuffer id = peer.multihash().encoded();
			stream.write(ByteBuffer.allocate(1).put((byte) id.remaining()).flip());
			stream.write(id);
			ByteBuffer answer = ByteBuffer.wrap(stream.inputStream().readAllBytes());
			int length = (int) Varint.read(answer);
			assertThat(answer.remaining()).isEqualTo(length);
			return answer;
		}
	}

	private static void know(NettyNode node, NettyNode peer) throws IOException {
		ByteBuffer envelope = peer.signedRecord().encoded();
		node.peerStore().addRecord(PeerRecord.open(envelope.duplicate()), envelope, Duration.ofMinutes(1));
	}

}
