package io.p2pboot.libp2p.kad;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.wire.pb.KadProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class KadCodecTest {

	private static final Multiaddr ADDRESS = Multiaddr.parse("/ip4/1.2.3.4/tcp/4001");

	private static ByteString bytes(ByteBuffer bytes) {
		return ByteString.copyFrom(bytes);
	}

	private static KadProto.Message.Peer.Builder wirePeer(int number) {
		return KadProto.Message.Peer.newBuilder().setId(bytes(Peers.id(number).multihash().encoded()));
	}

	private static KadMessage decode(KadProto.Message.Builder message) throws DecodeException {
		return KadCodec.decode(message.build().toByteString().asReadOnlyByteBuffer());
	}

	@Test
	void roundTripKeepsEverything() throws DecodeException {
		KadRecord record = new KadRecord(Peers.bytes("/a/b"), Peers.bytes("value"), Peers.bytes("when"),
				Peers.bytes("who"), 77);
		KadPeer peer = new KadPeer(Peers.id(1), Peers.key(1), List.of(ADDRESS), KadPeer.Link.CAN_CONNECT);
		KadMessage message = new KadMessage(KadMessage.Type.GET_VALUE, Peers.bytes("/a/b"), record, List.of(peer),
				List.of(Peers.peer(2)));
		assertThat(KadCodec.decode(KadCodec.encode(message))).isEqualTo(message);
		assertThat(KadCodec.decode(KadCodec.encode(message, KadLimits.MAX_SENT_BYTES))).isEqualTo(message);
	}

	@Test
	void truncatedMessagesAreDecodedOrRefused() {
		ByteBuffer whole = KadCodec.encode(new KadMessage(KadMessage.Type.FIND_NODE, Peers.bytes("key"), null,
				List.of(Peers.peer(1)), List.of(Peers.peer(2))));
		for (int length = 0; length < whole.remaining(); length++) {
			ByteBuffer part = whole.slice(0, length);
			try {
				assertThat(KadCodec.decode(part).closer()).hasSizeLessThanOrEqualTo(1);
			}
			catch (DecodeException ex) {
				assertThat(ex).hasMessageContaining("malformed");
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 6, 77, -1 })
	void unknownTypesAreRefused(int type) {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> decode(KadProto.Message.newBuilder().setTypeValue(type)))
			.withMessageContaining("type " + type);
	}

	@Test
	void messageWithoutTypeIsPutValue() throws DecodeException {
		assertThat(decode(KadProto.Message.newBuilder()).type()).isEqualTo(KadMessage.Type.PUT_VALUE);
	}

	@Test
	void malformedPeerCostsItselfAlone() throws DecodeException {
		KadMessage decoded = decode(KadProto.Message.newBuilder()
			.setTypeValue(4)
			.addCloserPeers(KadProto.Message.Peer.newBuilder())
			.addCloserPeers(KadProto.Message.Peer.newBuilder().setId(ByteString.copyFrom(new byte[100])))
			.addCloserPeers(wirePeer(1).setConnectionValue(99)
				.addAddrs(ByteString.copyFromUtf8("no address"))
				.addAddrs(bytes(ADDRESS.encoded()))));
		assertThat(decoded.closer()).singleElement().satisfies((peer) -> {
			assertThat(peer.id()).isEqualTo(Peers.id(1));
			assertThat(peer.addresses()).containsExactly(ADDRESS);
			assertThat(peer.connection()).isEqualTo(KadPeer.Link.NOT_CONNECTED);
		});
	}

	@Test
	void ownIdAtTheEndOfAnAddressIsTakenOffAndAnotherIsRefused() throws DecodeException {
		Multiaddr own = Multiaddr.parse(ADDRESS + "/p2p/" + Peers.id(1));
		Multiaddr other = Multiaddr.parse("/ip4/1.2.3.5/tcp/1/p2p/" + Peers.id(2));
		Multiaddr alone = Multiaddr.parse("/p2p/" + Peers.id(1));
		KadMessage decoded = decode(KadProto.Message.newBuilder()
			.addCloserPeers(wirePeer(1).addAddrs(bytes(own.encoded()))
				.addAddrs(bytes(other.encoded()))
				.addAddrs(bytes(alone.encoded()))));
		assertThat(decoded.closer().get(0).addresses()).containsExactly(ADDRESS);
	}

	@Test
	void onePeerHasSixteenAddresses() throws DecodeException {
		assertThat(decode(KadProto.Message.newBuilder().addCloserPeers(many(16))).closer().get(0).addresses())
			.hasSize(16);
		assertThat(decode(KadProto.Message.newBuilder().addCloserPeers(many(17))).closer().get(0).addresses())
			.hasSize(16);
	}

	private static KadProto.Message.Peer.Builder many(int addresses) {
		KadProto.Message.Peer.Builder peer = wirePeer(1);
		for (int index = 0; index < addresses; index++) {
			peer.addAddrs(bytes(Multiaddr.parse("/ip4/1.2.3.4/tcp/" + (1 + index)).encoded()));
		}
		return peer;
	}

	@Test
	void onePeersAddressesTakeEightKibibytes() throws DecodeException {
		KadProto.Message.Peer.Builder peer = wirePeer(1);
		for (int index = 0; index < 9; index++) {
			peer.addAddrs(
					bytes(Multiaddr.parse("/dns/" + (char) ('a' + index) + "x".repeat(1021 - 4) + "/tcp/1").encoded()));
		}
		assertThat(decode(KadProto.Message.newBuilder().addCloserPeers(peer)).closer().get(0).addresses()).hasSize(8);
	}

	@Test
	void oneListHasAThousandPeers() throws DecodeException {
		KadProto.Message.Builder message = KadProto.Message.newBuilder();
		for (int number = 0; number < KadLimits.MAX_PEERS_PER_LIST; number++) {
			message.addProviderPeers(wirePeer(number));
		}
		assertThat(decode(message).providers()).hasSize(KadLimits.MAX_PEERS_PER_LIST);
		message.addProviderPeers(wirePeer(KadLimits.MAX_PEERS_PER_LIST));
		assertThat(decode(message).providers()).hasSize(KadLimits.MAX_PEERS_PER_LIST);
	}

	@Test
	void stampThatIsNoTextDoesNotSpoilTheMessage() throws DecodeException {
		KadMessage decoded = decode(KadProto.Message.newBuilder()
			.setRecord(KadProto.Record.newBuilder().setTimeReceived(ByteString.copyFrom(new byte[] { -1, -2 }))));
		assertThat(decoded.record()).isNotNull();
	}

	@Test
	void answersFitWhatRustReads() throws DecodeException {
		List<Multiaddr> addresses = new ArrayList<>();
		for (int index = 0; index < 64; index++) {
			addresses.add(Multiaddr.parse("/ip6/2001:470::" + (1 + index) + "/udp/4001/quic-v1"));
		}
		List<KadPeer> closer = new ArrayList<>();
		List<KadPeer> providers = new ArrayList<>();
		for (int number = 0; number < 1000; number++) {
			(number < 20 ? closer : providers).add(KadPeer.of(Peers.id(number), addresses));
		}
		ByteBuffer encoded = KadCodec.encode(
				new KadMessage(KadMessage.Type.GET_PROVIDERS, Peers.bytes("key"), null, closer, providers),
				KadLimits.MAX_SENT_BYTES);
		assertThat(encoded.remaining()).isBetween(12_000, KadLimits.MAX_SENT_BYTES);
		KadMessage decoded = KadCodec.decode(encoded);
		assertThat(decoded.closer()).hasSize(20).allSatisfy((peer) -> assertThat(peer.addresses()).isNotEmpty());
		assertThat(decoded.providers()).isNotEmpty();
	}

	@Test
	void emptyPeersByTheMillionAreNotBuilt() throws DecodeException {
		ByteBuffer bytes = ByteBuffer.allocate(KadLimits.MAX_ANSWER_BYTES);
		while (bytes.remaining() >= 2) {
			bytes.put((byte) (KadProto.Message.CLOSERPEERS_FIELD_NUMBER << 3 | 2)).put((byte) 0);
		}
		assertThat(allocated(bytes.flip())).isLessThan(2L * KadLimits.MAX_ANSWER_BYTES);
	}

	@Test
	void fieldsThatNobodyKnowsAreNotKept() throws DecodeException {
		ByteBuffer bytes = ByteBuffer.allocate(KadLimits.MAX_ANSWER_BYTES);
		for (int field = 2000; bytes.remaining() >= 6; field++) {
			Varint.write((long) field << 3, bytes);
			bytes.put((byte) 1);
		}
		assertThat(allocated(bytes.flip())).isLessThan(2L * KadLimits.MAX_ANSWER_BYTES);
	}

	/** How many bytes of heap a message takes while it is decoded. */
	private static long allocated(ByteBuffer bytes) throws DecodeException {
		com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		assertThat(KadCodec.decode(bytes).closer()).isEmpty();
		return threads.getCurrentThreadAllocatedBytes() - before;
	}

	@Test
	void groupsWithinGroupsAreRefused() {
		byte[] groups = new byte[1024 * 1024];
		Arrays.fill(groups, (byte) (20 << 3 | 3));
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> KadCodec.decode(ByteBuffer.wrap(groups)));
	}

	@Test
	void peersGetWhatAValueLeavesOfTheRoom() throws DecodeException {
		List<KadPeer> closer = IntStream.range(0, 20).mapToObj(Peers::peer).toList();
		for (int bytes : new int[] { 12_000, 15_000, 16_200 }) {
			KadRecord record = KadRecord.of(Peers.bytes("/a/b"), ByteBuffer.allocate(bytes));
			ByteBuffer encoded = KadCodec.encode(
					new KadMessage(KadMessage.Type.GET_VALUE, Peers.bytes("/a/b"), record, closer, List.of()),
					KadLimits.MAX_SENT_BYTES);
			assertThat(encoded.remaining()).isLessThanOrEqualTo(KadLimits.MAX_SENT_BYTES);
			assertThat(KadCodec.decode(encoded).closer()).isNotEmpty();
		}
	}

}
