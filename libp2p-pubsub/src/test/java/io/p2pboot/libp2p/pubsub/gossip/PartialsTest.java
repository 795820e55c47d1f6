package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PartialSender;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Parts of messages: who gets them, who is sent whole messages all the same, and the
 * bounds of groups.
 */
class PartialsTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private final Application application = new Application();

	private PartialMode mode = PartialMode.REQUESTS;

	/** What it is shown is recorded, and answered if the test says so. */
	private final class Application implements PartialMessages {

		private final List<PartialMessage> received = new ArrayList<>();

		private final List<PeerId> gossiped = new ArrayList<>();

		private final List<String> ended = new ArrayList<>();

		private boolean throwing;

		private Optional<PartialMessage> answer = Optional.empty();

		@Override
		public PartialMode mode(String topic) {
			return topic.equals(TOPIC) ? PartialsTest.this.mode : PartialMode.NONE;
		}

		@Override
		public void received(PeerId from, PartialMessage message, PartialSender sender) {
			this.received.add(message);
			this.answer.ifPresent((parts) -> assertThat(sender.send(from, parts)).isTrue());
			if (this.throwing) {
				throw new IllegalStateException("cannot merge");
			}
		}

		@Override
		public void gossip(String topic, List<PeerId> peers, PartialSender sender) {
			this.gossiped.addAll(peers);
		}

		@Override
		public void ended(String topic, ByteBuffer group) {
			this.ended.add(StandardCharsets.UTF_8.decode(group).toString());
		}

	}

	private RouterHarness router() {
		return new RouterHarness(PubSubConfig.builder().partialMessages(this.application).build());
	}

	private static ByteBuffer bytes(String text) {
		return StandardCharsets.UTF_8.encode(text);
	}

	private static PartialMessage parts(String group, String part, String metadata) {
		return new PartialMessage(TOPIC, bytes(group), Optional.of(bytes(part)), Optional.of(bytes(metadata)));
	}

	/** A peer that says of parts what it does. */
	private static PeerId peer(RouterHarness router, int number, boolean extension, boolean requests,
			boolean supports) {
		PeerId peer = router.peer(number, PubSubConfig.GOSSIPSUB_1_3, false);
		PubSubProto.Rpc.Builder hello = PubSubProto.Rpc.newBuilder()
			.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder()
				.setSubscribe(true)
				.setTopicid(RouterHarness.bytes(TOPIC))
				.setRequestsPartial(requests)
				.setSupportsSendingPartial(supports));
		hello.getControlBuilder().getExtensionsBuilder().setPartialMessages(extension);
		router.send(peer, hello);
		return peer;
	}

	private static void part(RouterHarness router, PeerId from, String topic, String group, int metadataBytes) {
		router.send(from,
				PubSubProto.Rpc.newBuilder()
					.setPartial(PubSubProto.PartialMessages.newBuilder()
						.setTopicID(RouterHarness.bytes(topic))
						.setGroupID(RouterHarness.bytes(group))
						.setPartsMetadata(ByteString.copyFrom(new byte[metadataBytes]))));
	}

	private static boolean send(RouterHarness router, PeerId to, PartialMessage message) {
		AtomicBoolean taken = new AtomicBoolean();
		router.node().on(new RouterEvent.SendPart(to, message, taken::set));
		return taken.get();
	}

	@ParameterizedTest
	@EnumSource(PartialMode.class)
	void peersAreToldWhatThisNodeDoes(PartialMode mode) {
		this.mode = mode;
		RouterHarness router = router().join();
		PubSubProto.Rpc hello = router.sent(router.peer(0, PubSubConfig.GOSSIPSUB_1_3, false));
		assertThat(hello.getControl().getExtensions().getPartialMessages()).isTrue();
		PubSubProto.Rpc.SubOpts told = hello.getSubscriptions(0);
		assertThat(told.getRequestsPartial()).isEqualTo(mode == PartialMode.REQUESTS);
		assertThat(told.getSupportsSendingPartial()).isEqualTo(mode != PartialMode.NONE);
		for (ProtocolPath older : List.of(PubSubConfig.GOSSIPSUB_1_2, PubSubConfig.FLOODSUB)) {
			PubSubProto.Rpc plain = router.sent(router.peer(1, older, false));
			assertThat(plain.getControl().hasExtensions()).isFalse();
			assertThat(plain.getSubscriptions(0).hasSupportsSendingPartial()).isFalse();
			router.node().on(new RouterEvent.PeerRemoved(SimNetwork.peerId(1001)));
		}
	}

	@Test
	void withoutAnApplicationThereAreNoParts() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = peer(router, 0, true, true, true);
		PubSubProto.Rpc hello = router.sent(peer);
		assertThat(hello.getControl().getExtensions().hasPartialMessages()).isFalse();
		assertThat(hello.getSubscriptions(0).hasSupportsSendingPartial()).isFalse();
		part(router, peer, TOPIC, "group", 3);
		assertThat(send(router, peer, parts("group", "part", "metadata"))).isFalse();
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		assertThat(router.sent(peer).getPublishCount()).isOne();
	}

	@ParameterizedTest
	// What this node does, and what the peer; then whole messages, IDONTWANT, what is
	// sent of parts with metadata.
	@CsvSource({ "NONE, true, true, true, 1, 1, nothing", "SUPPORTS, true, false, false, 1, 1, nothing",
			"SUPPORTS, true, false, true, 1, 1, nothing", "SUPPORTS, true, true, true, 0, 1, part",
			"SUPPORTS, true, true, false, 0, 1, part", "SUPPORTS, false, true, true, 1, 1, nothing",
			"REQUESTS, true, false, false, 1, 1, nothing", "REQUESTS, true, false, true, 1, 0, metadata",
			"REQUESTS, true, true, true, 0, 0, part", "REQUESTS, false, true, true, 1, 1, nothing" })
	void whoWantsPartsGetsNoWholeMessages(PartialMode mode, boolean extension, boolean requests, boolean supports,
			int whole, int doNotWant, String sent) {
		this.mode = mode;
		RouterHarness router = router().join();
		PeerId peer = peer(router, 0, extension, requests, supports);
		PeerId other = router.subscriber(1);
		router.frames(peer);
		assertThat(router.node().publish(TOPIC, ByteBuffer.allocate(10)).peers()).isEqualTo(1 + whole);
		router.node().validatorsSay(null);
		router.message(other, router.signed(AUTHOR, "y".repeat(2000)).build());
		PubSubProto.Rpc told = router.sent(peer);
		assertThat(told.getPublishCount()).as("own").isEqualTo(whole);
		assertThat(told.getControl().getIdontwantCount()).as("while it is validated").isEqualTo(doNotWant);
		router.node()
			.on(new RouterEvent.Validated(router.node().validated().get(0), Validation.ACCEPT, RejectReason.IGNORED));
		assertThat(router.sent(peer).getPublishCount()).as("forwarded").isEqualTo(whole);
		assertThat(send(router, peer, parts("group", "part", "metadata"))).isEqualTo(!sent.equals("nothing"));
		assertThat(router.router().partialPeers(TOPIC)).hasSize(sent.equals("nothing") ? 0 : 1);
		PubSubProto.PartialMessages partial = router.sent(peer).getPartial();
		assertThat(partial.hasPartialMessage()).isEqualTo(sent.equals("part"));
		assertThat(partial.getPartsMetadata().toStringUtf8()).isEqualTo(sent.equals("nothing") ? "" : "metadata");
		PartialMessage onlyPart = new PartialMessage(TOPIC, bytes("group"), Optional.of(bytes("x")), Optional.empty());
		assertThat(send(router, peer, onlyPart)).isEqualTo(sent.equals("part"));
	}

	@Test
	void gossipOfWholeMessagesGoesToThoseThatWantThemAndOfPartsToTheOthers() {
		RouterHarness router = router().join();
		router.subscribers(10, 12);
		PeerId parts = peer(router, 0, true, true, true);
		router.node().publish(TOPIC, ByteBuffer.allocate(10));
		router.heartbeat();
		assertThat(router.sent(parts).getControl().getIhaveCount()).isZero();
		assertThat(this.application.gossiped).containsExactly(parts);
	}

	@Test
	void partsAreShownAndAnsweredWhereBothExchangeThem() {
		RouterHarness router = router().join();
		this.application.answer = Optional.of(parts("group", "answer", "all"));
		PeerId peer = peer(router, 0, true, true, true);
		router.frames(peer);
		part(router, peer, TOPIC, "group", 3);
		assertThat(this.application.received).singleElement()
			.satisfies((message) -> assertThat(message.metadata()).hasValue(ByteBuffer.allocate(3)));
		assertThat(router.sent(peer).getPartial().getPartialMessage().toStringUtf8()).isEqualTo("answer");
		this.application.received.clear();
		part(router, peer, "unknown", "group", 3);
		part(router, peer, TOPIC, "", 3);
		part(router, peer, TOPIC, "g".repeat(PartialMessage.MAX_GROUP_BYTES + 1), 3);
		part(router, peer, TOPIC, "group", PartialMessage.MAX_METADATA_BYTES + 1);
		part(router, peer(router, 1, false, true, true), TOPIC, "group", 3);
		part(router, router.subscriber(2), TOPIC, "group", 3);
		assertThat(this.application.received).isEmpty();
		part(router, peer, TOPIC, "g".repeat(PartialMessage.MAX_GROUP_BYTES), PartialMessage.MAX_METADATA_BYTES);
		assertThat(this.application.received).as("at the bounds").hasSize(1);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new PartialMessage(TOPIC, bytes("group"), Optional.empty(), Optional.empty()));
	}

	@Test
	void aPeerBeginsEightGroupsAndAllOfThemTwoHundredAndFiftyFive() {
		RouterHarness router = router().join();
		PeerId first = peer(router, 0, true, true, true);
		for (int group = 0; group < PartialMessages.MAX_GROUPS_PEER + 1; group++) {
			part(router, first, TOPIC, "first-" + group, 1);
		}
		assertThat(this.application.received).hasSize(8);
		part(router, first, TOPIC, "first-0", 1);
		assertThat(this.application.received).as("one that is known").hasSize(9);
		assertThat(send(router, first, parts("first-0", "part", "metadata"))).isTrue();
		part(router, first, TOPIC, "first-9", 1);
		assertThat(this.application.received).as("one is this node's by now").hasSize(10);
		this.application.received.clear();
		for (int number = 1; number < 40; number++) {
			PeerId peer = peer(router, number, true, true, true);
			for (int group = 0; group < 8; group++) {
				part(router, peer, TOPIC, number + "-" + group, 1);
			}
		}
		assertThat(this.application.received).hasSize(PartialMessages.MAX_GROUPS_TOPIC - 8);
	}

	@Test
	void aGroupIsForgottenAfterFiveHeartbeatsUnlessThisNodeSendsPartsOfIt() {
		RouterHarness router = router().join();
		PeerId peer = peer(router, 0, true, true, true);
		part(router, peer, TOPIC, "theirs", 1);
		part(router, peer, TOPIC, "ours", 1);
		router.heartbeats(3);
		assertThat(send(router, peer, parts("ours", "part", "metadata"))).isTrue();
		router.heartbeats(2);
		assertThat(this.application.ended).isEmpty();
		router.heartbeat();
		assertThat(this.application.ended).containsExactly("theirs");
		router.heartbeats(3);
		assertThat(this.application.ended).containsExactly("theirs", "ours");
	}

	@Test
	void anApplicationThatThrowsHarmsNothing() {
		List<Throwable> failures = new ArrayList<>();
		RouterHarness router = new RouterHarness(
				PubSubConfig.builder().partialMessages(this.application).observer(new PubSubObserver() {

					@Override
					public void validatorFailed(String topic, Throwable failure) {
						failures.add(failure);
					}

				}).build())
			.join();
		this.application.throwing = true;
		PeerId peer = peer(router, 0, true, true, true);
		part(router, peer, TOPIC, "group", 1);
		assertThat(failures).singleElement().isInstanceOf(IllegalStateException.class);
		router.message(peer, router.signed(AUTHOR, "x").build());
		assertThat(router.node().delivered()).hasSize(1);
	}

	@Test
	void partsThatWaitAreBoundedAndGrowOldAsOwnMessagesDo() {
		RouterHarness router = router().join();
		PeerId peer = peer(router, 0, true, true, true);
		router.frames(peer);
		PartialMessage large = new PartialMessage(TOPIC, bytes("g"), Optional.of(ByteBuffer.allocate(1_000_000)),
				Optional.empty());
		for (int count = 0; count < 4; count++) {
			assertThat(send(router, peer, large)).isTrue();
		}
		assertThat(send(router, peer, large)).as("no room").isFalse();
		PartialMessage longer = new PartialMessage(TOPIC, bytes("g"), Optional.of(ByteBuffer.allocate(1024 * 1024)),
				Optional.empty());
		assertThat(send(router, peer, longer)).as("longer than a frame").isFalse();
		assertThat(router.context().budget().bytes()).isBetween(4_000_000L, 4_001_000L);
		assertThat(router.frames(peer)).hasSize(4).allMatch(PubSubProto.Rpc::hasPartial);
		assertThat(router.context().budget().bytes()).isZero();
		assertThat(send(router, peer, large)).isTrue();
		router.pass(PubSubLimits.DEFAULT.ownQueueTime());
		assertThat(router.frames(peer)).isEmpty();
		assertThat(router.context().budget().bytes()).isZero();
		assertThat(send(router, peer, large)).isTrue();
		router.node().on(new RouterEvent.PeerRemoved(peer));
		assertThat(router.context().budget().bytes()).isZero();
	}

}
