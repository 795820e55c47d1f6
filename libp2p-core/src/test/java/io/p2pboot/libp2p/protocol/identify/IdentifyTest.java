package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import com.google.protobuf.ByteString;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.node.ScriptedPeer;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(30)
class IdentifyTest {

	private static final ProtocolPath APP = ProtocolPath.of("/app/1.0.0");

	private final PrivateKey otherKey = PrivateKey.generate();

	private final BlockingQueue<String> counted = new LinkedBlockingQueue<>();

	private final BlockingQueue<String> pushes = new LinkedBlockingQueue<>();

	private final BlockingQueue<Connection> identified = new LinkedBlockingQueue<>();

	private NettyNode node;

	/** The other end, whose identify the tests script. */
	private NettyNode other;

	@BeforeEach
	void start() throws IOException {
		this.node = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.agentVersion("ours/1.0")
			.observer(new NodeObserver() {

				@Override
				public void identify(Direction direction, boolean push, int protocols, int addresses) {
					IdentifyTest.this.counted.add(direction.label() + (push ? " push" : ""));
				}

				@Override
				public void identified(Connection connection, boolean supportsPush) {
					IdentifyTest.this.pushes.add(supportsPush ? "taken" : "not taken");
				}

				@Override
				public void pushTriggered(PushTrigger trigger) {
					IdentifyTest.this.pushes.add(trigger.label());
				}

			})
			.start();
		this.other = NodeBuilder.create()
			.identity(this.otherKey)
			.listen("/ip4/127.0.0.1/tcp/0")
			.agentVersion("theirs/2.0")
			.start();
		this.node.addConnectionListener(new ConnectionListener() {

			@Override
			public void identified(Connection connection) {
				IdentifyTest.this.identified.add(connection);
			}

		});
	}

	@AfterEach
	void close() {
		this.node.close();
		this.other.close();
	}

	@Test
	void bothSidesLearnEverythingOfEachOther() throws Exception { // I1
		BlockingQueue<Connection> atOther = new LinkedBlockingQueue<>();
		this.other.addConnectionListener(new ConnectionListener() {

			@Override
			public void identified(Connection connection) {
				atOther.add(connection);
			}

		});
		this.node.connect(this.other.addrInfo());
		assertThat(take(this.identified).remotePeer()).isEqualTo(this.other.peerId());
		assertThat(take(atOther).remotePeer()).isEqualTo(this.node.peerId());
		assertKnows(this.node, this.other, "theirs/2.0");
		assertKnows(this.other, this.node, "ours/1.0");
		// The one that was dialled knows where it was seen; the other's port was a
		// chance.
		assertThat(this.other.observedAddresses()).isEqualTo(this.other.addrInfo().addresses());
		assertThat(this.node.observedAddresses()).isEmpty();
		assertThat(List.of(take(this.counted), take(this.counted))).containsExactlyInAnyOrder("inbound", "outbound");
	}

	private static void assertKnows(NettyNode node, NettyNode peer, String agent) throws IOException {
		assertThat(node.peerStore().protocols(peer.peerId())).isEqualTo(peer.protocols());
		assertThat(node.peerStore().addresses(peer.peerId())).isEqualTo(peer.addrInfo().addresses());
		assertThat(node.peerStore().record(peer.peerId())).hasValue(PeerRecord.open(peer.signedRecord().encoded()));
		assertThat(node.peerStore().envelope(peer.peerId())).hasValue(peer.signedRecord().encoded());
		assertThat(node.peerStore().metadata(peer.peerId(), "agentVersion")).hasValue(agent);
		assertThat(node.peerStore().metadata(peer.peerId(), "protocolVersion")).hasValue("ipfs/0.1.0");
	}

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void theKeyOfThePeerIsKnownWhateverItsType(KeyType type) throws Exception {
		PrivateKey key = PrivateKey.generate(type);
		try (NettyNode peer = NodeBuilder.create().identity(key).listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.node.connect(peer.addrInfo());
			take(this.identified);
			assertThat(this.node.peerStore().publicKey(peer.peerId())).hasValue(key.publicKey());
			assertThat(this.node.peerStore().record(peer.peerId())).isPresent();
		}
	}

	@Test
	void aNodeThatDoesNotListenIsIdentifiedToo() throws Exception { // I20
		try (NettyNode silent = NodeBuilder.create().start()) {
			silent.connect(this.node.addrInfo());
			take(this.identified);
			assertThat(this.node.peerStore().addresses(silent.peerId())).isEmpty();
			assertThat(this.node.peerStore().protocols(silent.peerId())).isEqualTo(silent.protocols());
		}
	}

	@Test
	void announcedAddressesHideThoseListenedOn() throws Exception { // I21
		try (NettyNode hidden = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.announce(List.of(Multiaddr.parse("/dns4/example.com/tcp/4001")))
			.start()) {
			hidden.connect(this.node.addrInfo());
			take(this.identified);
			assertThat(this.node.peerStore().addresses(hidden.peerId()))
				.containsExactly(Multiaddr.parse("/dns4/example.com/tcp/4001"));
		}
	}

	@Test
	void aNewProtocolIsPushedToConnectedPeers() throws Exception { // I2
		this.node.connect(this.other.addrInfo());
		take(this.identified);
		this.other.mountProtocol(APP, StreamProtocol.create());
		await(() -> this.node.peerStore().protocols(this.other.peerId()).contains(APP));
		assertThat(this.node.peerStore().metadata(this.other.peerId(), "agentVersion")).hasValue("theirs/2.0");
		this.other.unmountProtocol(APP);
		await(() -> !this.node.peerStore().protocols(this.other.peerId()).contains(APP));
		assertThat(this.counted).contains("inbound push");
	}

	@Test
	void theObserverLearnsWhatTriggersPushesAndWhoTakesThem() throws Exception {
		this.node.connect(this.other.addrInfo());
		assertThat(take(this.pushes)).isEqualTo("taken");
		this.node.mountProtocol(APP, StreamProtocol.create());
		assertThat(take(this.pushes)).isEqualTo("protocols_updated");
		ScriptedPeer.withoutBuiltIn(this.other, Identify.PUSH_PATH);
		this.node.stop();
		this.node.start();
		this.node.connect(this.other.addrInfo());
		// Another port; who asks first is a matter of chance.
		assertThat(List.of(take(this.pushes), take(this.pushes))).containsExactlyInAnyOrder("addresses_updated",
				"not taken");
	}

	@Test
	void aProtocolKnownFromIdentifyIsOpenedWithItsFirstPayload() throws Exception {
		this.other.mountProtocol(APP, StreamProtocol.create());
		this.node.connect(this.other.addrInfo());
		take(this.identified);
		// Served no more, and the push of that is not there yet: the refusal comes late.
		this.other.unmountProtocol(APP);
		try (Stream stream = this.node.openStream(this.other.addrInfo(), APP)) {
			assertThat(stream.protocol()).isEqualTo(APP);
		}
	}

	@Test
	void aPeerWithoutIdentifyStaysConnected() throws Exception {
		ScriptedPeer.withoutBuiltIn(this.other, Identify.PATH);
		this.node.connect(this.other.addrInfo());
		this.other.mountProtocol(APP, StreamProtocol.create());
		try (Stream stream = this.node.openStream(this.other.addrInfo(), APP)) {
			assertThat(stream.connection().isOpen()).isTrue();
		}
		assertThat(this.identified).isEmpty();
		assertThatExceptionOfType(ProtocolUnsupported.class)
			.isThrownBy(() -> this.node.identify(this.other.addrInfo()));
	}

	@Test
	void whoeverWaitsForAPeerThatLeavesIsTold() throws Exception {
		ScriptedPeer.withoutBuiltIn(this.other, Identify.PATH);
		this.other.mountStreams(Identify.PATH, (stream) -> stream.connection().close());
		assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> this.node.identify(this.other.addrInfo()));
	}

	@Test
	void anotherKeyThanTheProvenOneIsNotBelieved() throws Exception { // I9
		script(message().setPublicKey(ByteString.copyFrom(PrivateKey.generate().publicKey().encoded())));
		connect();
		assertThat(this.node.peerStore().publicKey(this.other.peerId())).hasValue(this.otherKey.publicKey());
	}

	// Lesson of RUSTSEC-2022-0009 (REC-1): signed by one peer, about another.
	@Test
	void recordsOfOthersAreNotBelieved() throws Exception { // I10
		PrivateKey victim = PrivateKey.generate();
		PeerId victimId = PeerId.of(victim.publicKey());
		PeerRecord ofVictim = new PeerRecord(victimId, 1, addresses("/ip4/127.0.0.1/tcp/6666"));
		script(message().setSignedPeerRecord(ByteString.copyFrom(ofVictim.seal(victim).encoded())));
		connect();
		assertThat(this.node.peerStore().record(this.other.peerId())).isEmpty();
		assertThat(this.node.peerStore().record(victimId)).isEmpty();
		assertThat(this.node.peerStore().addresses(victimId)).isEmpty();
		assertThat(this.node.peerStore().addresses(this.other.peerId()))
			.isEqualTo(addresses("/ip4/127.0.0.1/tcp/4001"));
	}

	@Test
	void aRecordThatIsOlderOrBrokenLeavesTheKnownOne() throws Exception { // I10
		PeerRecord newest = new PeerRecord(this.other.peerId(), 9, addresses("/ip4/127.0.0.1/tcp/9"));
		this.node.peerStore().addRecord(newest, PeerUpdate.ADDRESS_TIME_TO_LIVE);
		PeerRecord older = new PeerRecord(this.other.peerId(), 8, addresses("/ip4/127.0.0.1/tcp/8"));
		script(message().setSignedPeerRecord(ByteString.copyFrom(older.seal(this.otherKey).encoded())));
		connect();
		assertThat(this.node.peerStore().record(this.other.peerId())).hasValue(newest);
		assertThat(this.node.peerStore().addresses(this.other.peerId()))
			.isEqualTo(addresses("/ip4/127.0.0.1/tcp/9", "/ip4/127.0.0.1/tcp/4001"));
	}

	@Test
	void aRecordThatIsKnownIsNotVerifiedAgain() throws Exception {
		PeerRecord record = new PeerRecord(this.other.peerId(), 9, addresses("/ip4/127.0.0.1/tcp/9"));
		ByteBuffer sealed = record.seal(this.otherKey).encoded();
		// Nobody could verify it: whoever does would not take it for known.
		ByteBuffer envelope = ByteBuffer.allocate(sealed.remaining()).put(sealed).flip();
		envelope.put(envelope.limit() - 1, (byte) ~envelope.get(envelope.limit() - 1));
		this.node.peerStore().addRecord(record, envelope, PeerUpdate.ADDRESS_TIME_TO_LIVE);
		script(message().setSignedPeerRecord(ByteString.copyFrom(envelope.duplicate())));
		connect();
		assertThat(this.node.peerStore().envelope(this.other.peerId())).hasValue(envelope);
		assertThat(this.node.peerStore().record(this.other.peerId())).hasValue(record);
		assertThat(this.node.peerStore().addresses(this.other.peerId())).isEqualTo(addresses("/ip4/127.0.0.1/tcp/9"));
	}

	@Test
	void whatAPeerCallsItselfCannotForgeALine() throws Exception { // I15
		script(message().setAgentVersion("a\r\nb\u001b[31m" + "x".repeat(7000)));
		connect();
		Optional<String> agent = this.node.peerStore().metadata(this.other.peerId(), "agentVersion");
		assertThat(agent).hasValueSatisfying((text) -> assertThat(text).hasSize(512).startsWith("a??b?[31mx"));
	}

	@Test
	void whereFourPeersSeeUsIsToldToOthers() throws Exception { // I14
		Multiaddr seen = Multiaddr
			.parse(this.node.listenAddresses().get(0).toString().replace("127.0.0.1", "127.0.0.9"));
		List<NettyNode> observers = new ArrayList<>();
		try {
			for (int i = 0; i < 4; i++) {
				assertThat(this.node.addrInfo().addresses()).doesNotContain(seen);
				NettyNode observer = NodeBuilder.create().start();
				observers.add(observer);
				script(observer, message().setObservedAddr(ByteString.copyFrom(seen.encoded())));
				observer.connect(this.node.addrInfo());
				take(this.identified);
			}
			assertThat(this.node.addrInfo().addresses()).contains(seen);
			assertThat(PeerRecord.open(this.node.signedRecord().encoded()).addresses()).contains(seen);
		}
		finally {
			observers.forEach(NettyNode::close);
		}
	}

	@Test
	void aPushMergesWithWhatIsKnown() throws Exception { // I18
		this.node.connect(this.other.addrInfo());
		take(this.identified);
		push(IdentifyProto.Identify.newBuilder().setAgentVersion("theirs/3.0"));
		await(() -> this.node.peerStore()
			.metadata(this.other.peerId(), "agentVersion")
			.equals(Optional.of("theirs/3.0")));
		assertThat(this.node.peerStore().protocols(this.other.peerId())).isEqualTo(this.other.protocols());
		assertThat(this.node.peerStore().addresses(this.other.peerId())).isEqualTo(this.other.addrInfo().addresses());
	}

	@Test
	void aPushChangesNothingOfAnotherPeer() throws Exception { // I22
		try (NettyNode third = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			this.node.connect(third.addrInfo());
			this.node.connect(this.other.addrInfo());
			take(this.identified);
			take(this.identified);
			push(IdentifyProto.Identify.newBuilder()
				.setPublicKey(ByteString.copyFrom(third.publicKey().encoded()))
				.setSignedPeerRecord(ByteString.copyFrom(third.signedRecord().encoded()))
				.addProtocols("/evil/1.0.0")
				.addListenAddrs(address("/ip4/127.0.0.1/tcp/666")));
			await(() -> this.node.peerStore()
				.protocols(this.other.peerId())
				.equals(Set.of(ProtocolPath.of("/evil/1.0.0"))));
			assertThat(this.node.peerStore().protocols(third.peerId())).isEqualTo(third.protocols());
			assertThat(this.node.peerStore().addresses(third.peerId())).isEqualTo(third.addrInfo().addresses());
		}
	}

	@Test
	void pushesBeyondTheAllowanceAreReset() throws Exception { // I19
		this.node.connect(this.other.addrInfo());
		take(this.identified);
		for (int i = 0; i < 10; i++) {
			push(IdentifyProto.Identify.newBuilder().setAgentVersion("push " + i));
		}
		for (int i = 10; i < 14; i++) {
			pushInVain(IdentifyProto.Identify.newBuilder().setAgentVersion("push " + i));
		}
		// A ping on the same connection comes after them all.
		this.other.ping(this.node.addrInfo());
		await(() -> this.node.peerStore().metadata(this.other.peerId(), "agentVersion").equals(Optional.of("push 9")));
		assertThat(this.counted.stream().filter("inbound push"::equals)).hasSize(10);
	}

	@Test
	void aPushWhileIdentifyingIsTheNewerOfTheTwo() throws Exception { // I3
		BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();
		StreamInitializer late = (stream) -> answers.add(() -> {
			stream.channel()
				.writeAndFlush(Unpooled.wrappedBuffer(delimited(message().setAgentVersion("the older one"))));
			stream.close();
		});
		ScriptedPeer.withoutBuiltIn(this.other, Identify.PATH);
		this.other.mountStreams(Identify.PATH, late);
		this.node.connect(this.other.addrInfo());
		Runnable answer = take(answers);
		push(IdentifyProto.Identify.newBuilder().setAgentVersion("the newer one"));
		this.other.ping(this.node.addrInfo());
		answer.run();
		take(this.identified);
		await(() -> this.node.peerStore()
			.metadata(this.other.peerId(), "agentVersion")
			.equals(Optional.of("the newer one")));
	}

	@Test
	void connectionsThatEndAtOnceLeaveNothing() throws Exception { // I16
		for (int i = 0; i < 20; i++) {
			this.node.connect(this.other.addrInfo());
			this.node.disconnect(this.other.peerId());
			await(() -> this.node.connections().isEmpty());
		}
		await(() -> this.other.connections().isEmpty());
	}

	@Test
	void aListenerThatBlocksHoldsUpNoIdentify() throws Exception { // I17
		this.node.addConnectionListener(new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				IdentifyTest.this.identified.poll();
				await(() -> IdentifyTest.this.node.peerStore()
					.protocols(connection.remotePeer())
					.contains(Identify.PATH));
			}

		});
		this.node.connect(this.other.addrInfo());
		assertThat(take(this.identified).remotePeer()).isEqualTo(this.other.peerId());
	}

	private void connect() throws Exception {
		this.node.connect(this.other.addrInfo());
		take(this.identified);
	}

	private void script(IdentifyProto.Identify.Builder message) {
		script(this.other, message);
	}

	/** Lets a node answer with bytes of the test's choice. */
	private static void script(NettyNode node, IdentifyProto.Identify.Builder message) {
		byte[] bytes = delimited(message);
		StreamInitializer answer = (stream) -> {
			stream.channel().writeAndFlush(Unpooled.wrappedBuffer(bytes));
			stream.close();
		};
		ScriptedPeer.withoutBuiltIn(node, Identify.PATH);
		node.mountStreams(Identify.PATH, answer);
	}

	private static IdentifyProto.Identify.Builder message() {
		return IdentifyProto.Identify.newBuilder()
			.addProtocols(APP.toString())
			.addListenAddrs(address("/ip4/127.0.0.1/tcp/4001"));
	}

	private void push(IdentifyProto.Identify.Builder message) throws IOException {
		try (Stream stream = this.other.openStream(this.node.addrInfo(), Identify.PUSH_PATH)) {
			stream.outputStream().write(delimited(message));
		}
	}

	/** The reset comes after all was written, or before. */
	private void pushInVain(IdentifyProto.Identify.Builder message) throws IOException {
		try {
			push(message);
		}
		catch (StreamReset reset) {
			assertThat(reset.isRemote()).isTrue();
		}
	}

	private static byte[] delimited(IdentifyProto.Identify.Builder message) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try {
			message.build().writeDelimitedTo(bytes);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		return bytes.toByteArray();
	}

	private static ByteString address(String text) {
		return ByteString.copyFrom(Multiaddr.parse(text).encoded());
	}

	private static List<Multiaddr> addresses(String... texts) {
		return Arrays.stream(texts).map(Multiaddr::parse).toList();
	}

	private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
		T next = queue.poll(20, TimeUnit.SECONDS);
		assertThat(next).isNotNull();
		return next;
	}

	/** Looks until something is so; the class's time-out ends it. */
	private static void await(BooleanSupplier condition) {
		while (!condition.getAsBoolean()) {
			Thread.onSpinWait();
			Thread.yield();
		}
	}

}
