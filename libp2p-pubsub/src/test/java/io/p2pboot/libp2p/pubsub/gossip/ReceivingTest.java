package io.p2pboot.libp2p.pubsub.gossip;

import java.util.List;
import java.util.Map;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ReceivingTest {

	private static final String TOPIC = RouterHarness.TOPIC;

	private static final PeerId AUTHOR = SimNetwork.peerId(77);

	private static RouterHarness scored() {
		return new RouterHarness(PubSubConfig.builder()
			.score(ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, TopicScoreParams.INVALID_ONLY))
				.withThresholds(new ScoreThresholds(-5, -10, -20, 0, 0)))
			.build()).join();
	}

	@Test
	void aMessageIsDeliveredOnceAndForwardedAsItCame() {
		RouterHarness router = RouterHarness.standard().join();
		List<PeerId> peers = router.subscribers(0, 3);
		peers.forEach(router::frames);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "hello").build();
		router.message(peers.get(0), message);
		router.message(peers.get(1), message);
		assertThat(router.node().delivered()).hasSize(1);
		assertThat(router.sent(peers.get(0)).getPublishCount()).isZero();
		assertThat(router.sent(peers.get(2)).getPublishList()).containsExactly(message);
		assertThat(router.node().held()).isZero();
	}

	@Test
	void aForgeryDoesNotKeepTheTrueMessageAway() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		PeerId forger = router.subscriber(1);
		PubSubProto.PubSubMessage genuine = router.signed(AUTHOR, "true").build();
		router.node().signaturesAre(false);
		router.message(forger, genuine.toBuilder().setData(RouterHarness.bytes("false")).build());
		router.node().signaturesAre(true);
		router.message(peer, genuine);
		assertThat(router.node().delivered()).singleElement()
			.satisfies((message) -> assertThat(message.receivedFrom()).isEqualTo(peer));
	}

	@Test
	void aForgeryThatIsStillBeingCheckedDoesNotEither() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		PeerId forger = router.subscriber(1);
		router.node().holdChecks();
		PubSubProto.PubSubMessage genuine = router.signed(AUTHOR, "true").build();
		router.message(forger, genuine.toBuilder().setData(RouterHarness.bytes("false")).build());
		router.message(peer, genuine);
		router.message(forger, genuine);
		List<RoutedMessage> checks = List.copyOf(router.node().checks());
		assertThat(checks).as("equal copies are checked once").hasSize(2);
		router.node().on(new RouterEvent.Checked(checks.get(0), false));
		router.node().on(new RouterEvent.Checked(checks.get(1), true));
		assertThat(router.node().delivered()).hasSize(1);
		assertThat(router.node().held()).isZero();
	}

	@Test
	void whatIsNotFollowedIsNotLookedAt() {
		RouterHarness router = RouterHarness.standard();
		router.message(router.subscriber(0), router.signed(AUTHOR, "x").build());
		assertThat(router.node().validated()).isEmpty();
		assertThat(router.context().seen().size()).isZero();
	}

	@Test
	void everyFieldOfAnAuthorIsRefusedWhereNoneIsWanted() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder()
			.signaturePolicy(SignaturePolicy.STRICT_NO_SIGN)
			.messageId(MessageId.SHA256_DATA)
			.build()).join();
		PeerId peer = router.subscriber(0);
		PubSubProto.PubSubMessage bare = PubSubProto.PubSubMessage.newBuilder()
			.setTopic(RouterHarness.bytes(TOPIC))
			.setData(RouterHarness.bytes("x"))
			.build();
		router.message(peer, bare.toBuilder().setFrom(ByteString.EMPTY).build());
		router.message(peer, bare.toBuilder().setSeqno(ByteString.EMPTY).build());
		router.message(peer, bare.toBuilder().setSignature(ByteString.EMPTY).build());
		router.message(peer, bare.toBuilder().setKey(ByteString.EMPTY).build());
		assertThat(router.node().delivered()).isEmpty();
		router.message(peer, bare);
		assertThat(router.node().delivered()).hasSize(1);
	}

	@Test
	void aMessageWithoutSignatureIsRefusedWhereOneIsWanted() {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.message(peer, router.signed(AUTHOR, "x").clearSignature().build());
		assertThat(router.node().delivered()).isEmpty();
		assertThat(router.context().score().score(peer)).isEqualTo(-10);
	}

	@Test
	void ownMessagesFromOutsideAreDroppedWithoutBlame() {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.message(peer, router.signed(router.node().id(), "x").build());
		assertThat(router.node().delivered()).isEmpty();
		assertThat(router.context().score().score(peer)).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 7, 9 })
	void aSequenceNumberOfAnotherLengthIsIgnored(int bytes) {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.message(peer, router.signed(AUTHOR, "x").setSeqno(ByteString.copyFrom(new byte[bytes])).build());
		assertThat(router.node().delivered()).isEmpty();
		assertThat(router.context().score().score(peer)).isZero();
	}

	@Test
	void aMessageWithUnknownFieldsIsIgnored() {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.message(peer,
				router.signed(AUTHOR, "x")
					.setUnknownFields(UnknownFieldSet.newBuilder()
						.addField(9, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
						.build())
					.build());
		assertThat(router.node().delivered()).isEmpty();
		assertThat(router.context().score().score(peer)).isZero();
	}

	@Test
	void everybodyWhoSendsAnInvalidMessageIsToBlameAlsoLater() {
		RouterHarness router = scored();
		List<PeerId> peers = router.subscribers(0, 3);
		router.node().validatorsSay(null);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "bad").build();
		router.message(peers.get(0), message);
		router.message(peers.get(1), message);
		RoutedMessage pending = router.node().validated().get(0);
		router.node()
			.on(new RouterEvent.Validated(pending, Validation.REJECT, io.p2pboot.libp2p.pubsub.RejectReason.FAILED));
		router.message(peers.get(2), message);
		router.message(peers.get(2), message);
		assertThat(peers.subList(0, 2))
			.allSatisfy((peer) -> assertThat(router.context().score().score(peer)).isEqualTo(-10));
		assertThat(router.context().score().score(peers.get(2))).as("twice, squared").isEqualTo(-40);
		assertThat(router.node().delivered()).isEmpty();
	}

	@Test
	void aMessageWhoseIdCannotBeMadeIsIgnoredAndTheNextOneIsRead() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder().messageId((message) -> {
			if (message.data().remaining() == 3) {
				throw new IllegalStateException("cannot read it");
			}
			return MessageId.DEFAULT.of(message);
		}).build()).join();
		PeerId peer = router.subscriber(0);
		router.send(peer,
				PubSubProto.Rpc.newBuilder()
					.addPublish(router.signed(AUTHOR, "bad"))
					.addPublish(router.signed(AUTHOR, "good")));
		assertThat(router.node().delivered()).hasSize(1);
	}

	@Test
	void whatIsIgnoredBlamesNobodyAndStaysSeen() {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.node().validatorsSay(Validation.IGNORE);
		PubSubProto.PubSubMessage message = router.signed(AUTHOR, "old").build();
		router.message(peer, message);
		router.node().validatorsSay(Validation.ACCEPT);
		router.message(peer, message);
		assertThat(router.node().delivered()).isEmpty();
		assertThat(router.context().score().score(peer)).isZero();
	}

	@Test
	void aGraylistedPeersFramesAreDroppedWhole() {
		RouterHarness router = scored();
		PeerId peer = router.subscriber(0);
		router.node().validatorsSay(Validation.REJECT);
		router.message(peer, router.signed(AUTHOR, "1").build());
		router.message(peer, router.signed(AUTHOR, "2").build());
		assertThat(router.context().score().score(peer)).isEqualTo(-40);
		router.node().validatorsSay(Validation.ACCEPT);
		router.message(peer, router.signed(AUTHOR, "3").build());
		assertThat(router.node().delivered()).isEmpty();
		router.heartbeat();
		assertThat(router.node().mesh(TOPIC)).isEmpty();
	}

	@Test
	void aDryRunScoresAndLetsPass() {
		RouterHarness router = new RouterHarness(PubSubConfig.builder()
			.score(ScoreParams.DEFAULT.withTopics(Map.of(TOPIC, TopicScoreParams.INVALID_ONLY))
				.withThresholds(new ScoreThresholds(-5, -10, -20, 0, 0))
				.withDryRun(true))
			.build()).join();
		PeerId peer = router.subscriber(0);
		router.node().validatorsSay(Validation.REJECT);
		router.message(peer, router.signed(AUTHOR, "1").build());
		router.message(peer, router.signed(AUTHOR, "2").build());
		router.node().validatorsSay(Validation.ACCEPT);
		router.message(peer, router.signed(AUTHOR, "3").build());
		assertThat(router.context().score().score(peer)).isEqualTo(-40);
		assertThat(router.node().delivered()).hasSize(1);
	}

	@Test
	void aBlacklistedPeerAndAuthorAreNotHeard() {
		RouterHarness router = RouterHarness.standard().join();
		PeerId peer = router.subscriber(0);
		router.node().on(new RouterEvent.Blacklist(AUTHOR));
		router.message(peer, router.signed(AUTHOR, "1").build());
		assertThat(router.node().delivered()).isEmpty();
		router.node().on(new RouterEvent.Blacklist(peer));
		assertThat(router.node().disconnected()).containsExactly(peer);
		router.message(peer, router.signed(SimNetwork.peerId(78), "2").build());
		assertThat(router.node().delivered()).isEmpty();
	}

}
