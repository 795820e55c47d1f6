package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the engine keeps for others, each at its bound and one past it.
 */
class EngineBoundsTest {

	private static final PeerId PEER = SimNetwork.peerId(1);

	private static final KeyedHash HASH = new KeyedHash(1, 2);

	private final RouterHarness router = RouterHarness.standard();

	private RoutedMessage message(int bytes) {
		return this.router.own(RouterHarness.TOPIC, ByteBuffer.allocate(bytes));
	}

	private static Digest digest(int number) {
		return HASH.of(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
	}

	@Test
	void messagesAreKeptForRequestsUpToTheBoundOfBytes() {
		List<RoutedMessage> messages = new ArrayList<>();
		for (int number = 0; number < 4; number++) {
			messages.add(message(1000));
		}
		MessageCache cache = new MessageCache(5, 3, 3L * messages.get(0).length());
		messages.subList(0, 3).forEach(cache::put);
		cache.shift();
		assertThat(cache.size()).as("at the bound").isEqualTo(3);
		cache.put(messages.get(3));
		assertThat(cache.size()).as("one past it").isEqualTo(3);
		assertThat(cache.answer(messages.get(0).id(), PEER, 3)).as("the oldest").isNull();
		assertThat(cache.answer(messages.get(1).id(), PEER, 3)).isNotNull();
		assertThat(cache.answer(messages.get(3).id(), PEER, 3)).isNotNull();
		for (int heartbeats = 0; heartbeats < 5; heartbeats++) {
			cache.shift();
		}
		assertThat(cache.size()).isZero();
	}

	@Test
	void backoffsAreKeptUpToTheBoundUntilOthersEnd() {
		long second = 1_000_000_000L;
		Backoffs backoffs = new Backoffs(3);
		for (int number = 0; number < 3; number++) {
			backoffs.add("topic-" + number, PEER, (100 + number) * second, 0);
		}
		backoffs.add("one-more", PEER, 1000 * second, 99 * second);
		assertThat(backoffs.isOn("one-more", PEER, 99 * second, 0)).as("one past the bound").isFalse();
		assertThat(backoffs.isOn("topic-2", PEER, 99 * second, 0)).isTrue();
		backoffs.add("one-more", PEER, 1000 * second, 100 * second);
		assertThat(backoffs.isOn("one-more", PEER, 100 * second, 0)).as("one has ended").isTrue();
		assertThat(backoffs.size()).isEqualTo(3);
		backoffs.add("topic-2", PEER, 50 * second, 100 * second);
		assertThat(backoffs.until("topic-2", PEER, 100 * second)).as("a shorter one changes nothing")
			.isEqualTo(102 * second);
	}

	@Test
	void tenPromisesOfAPeerAreFollowedAndNoMore() {
		Promises promises = new Promises();
		for (int number = 0; number < Promises.MAX_PER_PEER + 5; number++) {
			promises.add(PEER, digest(number), 100);
		}
		promises.add(SimNetwork.peerId(2), digest(0), 100);
		assertThat(promises.size()).isEqualTo(Promises.MAX_PER_PEER);
		promises.kept(digest(0));
		promises.add(PEER, digest(100), 100);
		assertThat(promises.takeBroken(99)).isEmpty();
		assertThat(promises.takeBroken(100)).isEqualTo(Map.of(PEER, Promises.MAX_PER_PEER));
		assertThat(promises.size()).isZero();
	}

	@Test
	void whatAPeerAsksForIsAnsweredUpToTheBoundOfBytesAHeartbeat() {
		PeerState peer = this.router.context().peers().get(this.router.peer(5));
		int most = PubSubLimits.DEFAULT.answerBytesPeer();
		assertThat(most).isEqualTo(16 * 1024 * 1024);
		assertThat(peer.answer(most - 1, most)).isTrue();
		assertThat(peer.answer(2, most)).as("one past it").isFalse();
		assertThat(peer.answer(1, most)).as("at the bound").isTrue();
		assertThat(peer.answer(1, most)).isFalse();
		peer.heartbeat(3);
		assertThat(peer.answer(most, most)).isTrue();
	}

	@Test
	void gossipForAPeerThatTakesNothingIsKeptUpToTheBoundAndTheOldestGoesFirst() throws InvalidProtocolBufferException {
		List<Integer> dropped = new ArrayList<>();
		Outbox outbox = new Outbox(PEER, PubSubLimits.DEFAULT, new QueueBudget(1 << 20), new PubSubObserver() {

			@Override
			public void dropped(PeerId to, QueueLane lane, int bytes) {
				assertThat(lane).isEqualTo(QueueLane.CONTROL);
				dropped.add(bytes);
			}

		}, null);
		outbox.doNotWant(ByteBuffer.allocate(20));
		int before = outbox.controlBytes();
		outbox.iWant(List.of(ByteBuffer.allocate(1000)));
		int each = outbox.controlBytes() - before;
		while (outbox.controlBytes() + each <= PubSubLimits.DEFAULT.controlQueueBytes()) {
			outbox.iWant(List.of(ByteBuffer.allocate(1000)));
		}
		assertThat(dropped).as("up to the bound").isEmpty();
		outbox.control(Outbox.iHave("t", List.of(ByteBuffer.allocate(1000))));
		assertThat(dropped).as("past it").containsExactly(each);
		assertThat(outbox.controlBytes()).isLessThanOrEqualTo(PubSubLimits.DEFAULT.controlQueueBytes());
		PubSubProto.Rpc.Builder sent = PubSubProto.Rpc.newBuilder();
		for (OutFrame frame = poll(outbox); frame != null; frame = poll(outbox)) {
			sent.mergeFrom(PubSubProto.Rpc.parseFrom(frame.body()));
		}
		assertThat(sent.getControl().getIdontwantCount()).as("goes last of all").isOne();
		assertThat(sent.getControl().getIhaveCount()).isOne();
		assertThat(outbox.controlBytes()).isZero();
	}

	private static OutFrame poll(Outbox outbox) {
		return outbox.poll(0, (id) -> true, PeerLevel.GOSSIPSUB_1_2);
	}

	@Test
	void readingOfAPeerPausesWhileTooMuchOfItIsChecked() {
		PubSubLimits limits = PubSubLimits.DEFAULT;
		PeerChecks checks = new PeerChecks(limits.checkingMessagesPeer(), limits.checkingBytesPeer());
		for (int count = 0; count < 63; count++) {
			checks.held(PEER, 1);
		}
		assertThat(checks.isRead(PEER)).as("63 messages").isTrue();
		checks.held(PEER, 1);
		assertThat(checks.isRead(PEER)).as("64 messages").isFalse();
		assertThat(checks.released(PEER, 1)).as("and on").isTrue();
		assertThat(checks.isRead(PEER)).isTrue();
		PeerId other = SimNetwork.peerId(2);
		checks.held(other, 4 * 1024 * 1024 - 1);
		assertThat(checks.isRead(other)).as("one byte below 4 MiB").isTrue();
		checks.held(other, 1);
		assertThat(checks.isRead(other)).as("4 MiB").isFalse();
		checks.released(other, 1);
		checks.released(other, 4 * 1024 * 1024 - 1);
		assertThat(checks.size()).as("nothing is left").isOne();
	}

	@Test
	void theFateOfAHundredThousandMessagesIsFollowedAndTheOldestIsForgotten() {
		Deliveries deliveries = new Deliveries(new PeerScore(Optional.empty()), 1000);
		RoutedMessage first = message(1);
		deliveries.begin(first, 0);
		for (int number = 1; number < Deliveries.MAX; number++) {
			deliveries.begin(message(1), 0);
		}
		assertThat(deliveries.size()).isEqualTo(100_000);
		assertThat(deliveries.inFlight(first.id())).as("at the bound").isSameAs(first);
		deliveries.begin(message(1), 0);
		assertThat(deliveries.size()).isEqualTo(100_000);
		assertThat(deliveries.inFlight(first.id())).as("one past it").isNull();
		deliveries.expire(1000);
		assertThat(deliveries.size()).isZero();
	}

}
