package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class WireTest {

	private static final PubSubLimits LIMITS = PubSubLimits.DEFAULT;

	@Test
	void keyedHashIsSipHash() {
		// The reference's vectors_sip128 for the input 00 01 … 0e under the key 00 … 0f.
		KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
		byte[] input = new byte[15];
		for (int index = 0; index < input.length; index++) {
			input[index] = (byte) index;
		}
		Digest digest = hash.of(input, 0, input.length);
		ByteBuffer bytes = ByteBuffer.allocate(16).order(java.nio.ByteOrder.LITTLE_ENDIAN);
		bytes.putLong(digest.high()).putLong(digest.low());
		assertThat(HexFormat.of().formatHex(bytes.array())).isEqualTo("5493e99933b0a8117e08ec0f97cfc3d9");
	}

	@Test
	void listsAreCountedAtTheirBoundAndBeyond() {
		PubSubProto.Rpc.Builder rpc = PubSubProto.Rpc.newBuilder();
		for (int count = 0; count < LIMITS.maxEntries(); count++) {
			rpc.addPublish(PubSubProto.PubSubMessage.getDefaultInstance());
		}
		assertThatCode(() -> scan(rpc)).doesNotThrowAnyException();
		rpc.addPublish(PubSubProto.PubSubMessage.getDefaultInstance());
		assertThatThrownBy(() -> scan(rpc)).hasMessageContaining("5000");
	}

	@Test
	void subscriptionsAreCountedAtTheirBoundAndBeyond() throws DecodeException {
		byte[] flood = new byte[2 * PubSubLimits.MAX_SUBSCRIPTIONS];
		for (int index = 0; index < flood.length; index += 2) {
			flood[index] = 0x0A;
		}
		RpcScan.check(flood, LIMITS);
		byte[] more = Arrays.copyOf(flood, flood.length + 2);
		more[flood.length] = 0x0A;
		assertThatThrownBy(() -> RpcScan.check(more, LIMITS)).hasMessageContaining("65536 subscriptions");
	}

	@Test
	void aMebibyteOfTopicsWithNamesOfTenBytesIsNoFlood() {
		PubSubProto.Rpc.Builder rpc = PubSubProto.Rpc.newBuilder();
		int bytes = 0;
		for (int number = 100_000; bytes < LIMITS.maxMessageBytes(); number++) {
			PubSubProto.Rpc.SubOpts.Builder topic = PubSubProto.Rpc.SubOpts.newBuilder()
				.setSubscribe(true)
				.setTopicid(RouterHarness.bytes("room" + number));
			bytes += 2 + topic.build().getSerializedSize();
			rpc.addSubscriptions(topic);
		}
		assertThatCode(() -> scan(rpc)).doesNotThrowAnyException();
	}

	@Test
	void idsAreCountedAtTheirBoundAndBeyond() {
		PubSubProto.ControlIWant.Builder wants = PubSubProto.ControlIWant.newBuilder();
		for (int count = 0; count < LIMITS.maxEntries(); count++) {
			wants.addMessageIDs(ByteString.EMPTY);
		}
		assertThatCode(() -> scan(control(wants))).doesNotThrowAnyException();
		wants.addMessageIDs(ByteString.EMPTY);
		assertThatThrownBy(() -> scan(control(wants))).isInstanceOf(DecodeException.class);
	}

	private static PubSubProto.Rpc.Builder control(PubSubProto.ControlIWant.Builder wants) {
		return PubSubProto.Rpc.newBuilder().setControl(PubSubProto.ControlMessage.newBuilder().addIwant(wants));
	}

	@Test
	void controlBytesAreCountedAtTheirBoundAndBeyond() throws DecodeException {
		int overhead = 3 + 4 + 4;
		PubSubProto.ControlIWant.Builder wants = PubSubProto.ControlIWant.newBuilder()
			.addMessageIDs(ByteString.copyFrom(new byte[LIMITS.maxControlBytes() - overhead]));
		int size = control(wants).getControl().getSerializedSize();
		wants.setMessageIDs(0,
				ByteString.copyFrom(new byte[LIMITS.maxControlBytes() - overhead + LIMITS.maxControlBytes() - size]));
		assertThat(control(wants).getControl().getSerializedSize()).isEqualTo(LIMITS.maxControlBytes());
		scan(control(wants));
		wants.addMessageIDs(ByteString.EMPTY);
		assertThatThrownBy(() -> scan(control(wants))).hasMessageContaining("524288");
	}

	@Test
	void aMegabyteOfEmptyMessagesAndGroupsIsRefused() {
		byte[] flood = new byte[1024 * 1024];
		for (int index = 0; index < flood.length; index += 2) {
			flood[index] = 0x12;
		}
		assertThatThrownBy(() -> RpcScan.check(flood, LIMITS)).isInstanceOf(DecodeException.class);
		byte[] groups = new byte[1024];
		Arrays.fill(groups, (byte) 0x0B);
		assertThatThrownBy(() -> RpcScan.check(groups, LIMITS)).isInstanceOf(DecodeException.class);
	}

	@Test
	void emptyControlMessagesAreCountedAtTheBoundOfFieldsAndBeyond() throws DecodeException {
		byte[] flood = new byte[2 * LIMITS.maxFields()];
		for (int index = 0; index < flood.length; index += 2) {
			flood[index] = 0x1A;
		}
		RpcScan.check(flood, LIMITS);
		byte[] more = Arrays.copyOf(flood, flood.length + 2);
		more[flood.length] = 0x1A;
		assertThatThrownBy(() -> RpcScan.check(more, LIMITS)).hasMessageContaining("65536");
	}

	@Test
	void entriesOfSeveralControlMessagesAddUp() throws DecodeException {
		byte[] grafts = new byte[2 + 2 * LIMITS.maxEntries() / 100];
		java.io.ByteArrayOutputStream frame = new java.io.ByteArrayOutputStream();
		grafts[0] = 0x1A;
		grafts[1] = (byte) (grafts.length - 2);
		for (int index = 2; index < grafts.length; index += 2) {
			grafts[index] = 0x1A;
		}
		for (int count = 0; count < 100; count++) {
			frame.writeBytes(grafts);
		}
		RpcScan.check(frame.toByteArray(), LIMITS);
		frame.writeBytes(new byte[] { 0x1A, 2, 0x1A, 0 });
		assertThatThrownBy(() -> RpcScan.check(frame.toByteArray(), LIMITS)).hasMessageContaining("5000");
	}

	private static void scan(PubSubProto.Rpc.Builder rpc) throws DecodeException {
		RpcScan.check(rpc.build().toByteArray(), LIMITS);
	}

	@Test
	void aFrameFullOfSubscriptionsCostsBoundedBytes() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.peer(0);
		PubSubProto.Rpc.Builder rpc = PubSubProto.Rpc.newBuilder();
		for (int number = 0; number < PubSubLimits.MAX_SUBSCRIPTIONS - 1; number++) {
			rpc.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder()
				.setSubscribe(true)
				.setTopicid(RouterHarness.bytes(Integer.toString(number, 36))));
		}
		rpc.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder()
			.setSubscribe(true)
			.setTopicid(RouterHarness.bytes(RouterHarness.TOPIC)));
		router.send(peer, rpc);
		assertThat(router.context().peers().get(peer).topics().size()).isEqualTo(LIMITS.maxTopicsPeer() + 1);
		assertThat(router.node().mesh(RouterHarness.TOPIC)).as("an own topic is always heeded").containsExactly(peer);
		assertThat(router.context().topics()).containsOnlyKeys(RouterHarness.TOPIC);
	}

	@Test
	void badFramesEndTheConnectionTheThirdTime() {
		RouterHarness router = RouterHarness.standard();
		PeerId peer = router.peer(0);
		router.raw(peer, new byte[] { 0x0B });
		router.raw(peer, new byte[] { 0x12, 0x05 });
		assertThat(router.node().disconnected()).isEmpty();
		router.raw(peer, new byte[] { 0x12 });
		assertThat(router.node().disconnected()).containsExactly(peer);
	}

	@Test
	void topicsThatAreNoneAreNotHeeded() {
		RouterHarness router = RouterHarness.standard();
		PeerId peer = router.peer(0);
		PubSubProto.Rpc.Builder rpc = PubSubProto.Rpc.newBuilder();
		for (ByteString topic : new ByteString[] { ByteString.EMPTY, ByteString.copyFrom(new byte[] { (byte) 0xFF }),
				RouterHarness.bytes("x".repeat(1025)), RouterHarness.bytes("x".repeat(1024)),
				RouterHarness.bytes("\0") }) {
			rpc.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(true).setTopicid(topic));
		}
		router.send(peer, rpc);
		assertThat(router.context().peers().get(peer).topics().size()).isEqualTo(2);
	}

	@Test
	void arbitraryBytesNeverHarm() {
		Random random = new Random(7);
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		byte[] valid = PubSubProto.Rpc.newBuilder()
			.addPublish(router.signed(SimNetwork.peerId(3), "x"))
			.setControl(PubSubProto.ControlMessage.newBuilder()
				.addPrune(PubSubProto.ControlPrune.newBuilder()
					.setTopicID(RouterHarness.bytes(RouterHarness.TOPIC))
					.addPeers(PubSubProto.PeerInfo.newBuilder().setPeerID(ByteString.copyFromUtf8("p")))))
			.build()
			.toByteArray();
		for (int times = 0; times < 100_000; times++) {
			byte[] mutated = Arrays.copyOf(valid, 1 + random.nextInt(valid.length));
			for (int flips = random.nextInt(4); flips >= 0; flips--) {
				mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
			}
			router.raw(peer, mutated);
		}
		router.message(peer, router.signed(SimNetwork.peerId(4), "still alive").build());
		assertThat(router.node().delivered()).isNotEmpty();
	}

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void aSignatureIsCheckedWithTheAuthorsKeyOnly(KeyType type) throws DecodeException {
		PrivateKey key = PrivateKey.generate(type);
		MessageFactory factory = MessageFactory.signing(PeerId.of(key.publicKey()), key,
				PubSubConfig.builder().build());
		RoutedMessage message = factory.create("t", ByteBuffer.wrap(new byte[] { 1, 2, 3 }), new KeyedHash(1, 2));
		assertThat(SignatureCheck.isValid(message.wire())).isTrue();
		assertThat(message.wire().has(Rpc.KEY)).isEqualTo(PeerId.of(key.publicKey()).inlinedKey().isEmpty());
		assertThat(message.message().author()).isEqualTo(Optional.of(PeerId.of(key.publicKey())));
		byte[] raw = new byte[message.length()];
		message.wire().raw().get(raw);
		for (int position = 0; position < raw.length; position += 7) {
			byte[] flipped = raw.clone();
			flipped[position] ^= 0x40;
			assertThat(isValid(flipped)).as("byte %d flipped", position).isFalse();
		}
	}

	private static boolean isValid(byte[] message) {
		try {
			WireMessage wire = WireMessage.decode(message, 0, message.length);
			return wire.isRegular() && SignatureCheck.isValid(wire);
		}
		catch (DecodeException ex) {
			return false;
		}
	}

}
