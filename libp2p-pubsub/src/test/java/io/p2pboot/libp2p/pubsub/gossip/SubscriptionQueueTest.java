package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SubscriptionQueueTest {

	private final List<TopicMessage> lost = new ArrayList<>();

	private final List<SubscriptionQueue> closed = new ArrayList<>();

	private SubscriptionQueue queue(Overflow overflow) {
		return new SubscriptionQueue("t", new SubscribeOptions(3, 100, overflow), new PubSubObserver() {

			@Override
			public void undeliverable(TopicMessage message) {
				SubscriptionQueueTest.this.lost.add(message);
			}

		}, this.closed::add);
	}

	private static TopicMessage message(int number, int size) {
		return new TopicMessage("t", ByteBuffer.allocate(size), ByteBuffer.allocate(4).putInt(number).flip(),
				Optional.empty(), Optional.empty(), SimNetwork.peerId(1), false);
	}

	private static boolean offer(SubscriptionQueue queue, int number, int size) {
		return queue.offer(message(number, size), size);
	}

	private static int number(TopicMessage message) {
		return message.id().getInt();
	}

	@Test
	void theOldestMakeRoom() throws Exception {
		SubscriptionQueue queue = queue(Overflow.DROP_OLDEST);
		for (int number = 0; number < 5; number++) {
			assertThat(offer(queue, number, 1)).isFalse();
		}
		assertThat(List.of(number(queue.next()), number(queue.next()), number(queue.next()))).containsExactly(2, 3, 4);
		assertThat(queue.next(Duration.ZERO)).isEmpty();
		assertThat(queue.dropped()).isEqualTo(2);
		assertThat(this.lost).hasSize(2);
	}

	@Test
	void theNewestIsDropped() throws Exception {
		SubscriptionQueue queue = queue(Overflow.DROP_NEWEST);
		for (int number = 0; number < 5; number++) {
			assertThat(offer(queue, number, 1)).isFalse();
		}
		assertThat(List.of(number(queue.next()), number(queue.next()), number(queue.next()))).containsExactly(0, 1, 2);
		assertThat(queue.dropped()).isEqualTo(2);
	}

	@Test
	void theSubscriptionIsToBeClosed() throws Exception {
		SubscriptionQueue queue = queue(Overflow.CLOSE);
		offer(queue, 0, 60);
		assertThat(offer(queue, 1, 60)).as("too many bytes").isTrue();
		queue.close();
		assertThat(number(queue.next())).isZero();
		assertThatThrownBy(queue::next).isInstanceOf(AsynchronousCloseException.class);
		assertThat(this.closed).containsExactly(queue);
	}

	@Test
	void aMessageCountsWithAllItsFieldsAtTheBoundOfBytesAndBeyond() throws Exception {
		for (Overflow overflow : Overflow.values()) {
			SubscriptionQueue queue = queue(overflow);
			queue.offer(message(0, 0), 60);
			assertThat(queue.offer(message(1, 0), 40)).isFalse();
			assertThat(queue.dropped()).as("at the bound").isZero();
			queue.next();
			queue.next();
			queue.offer(message(2, 0), 60);
			assertThat(queue.offer(message(3, 0), 41)).isEqualTo(overflow == Overflow.CLOSE);
			assertThat(queue.dropped()).as("one byte past it").isOne();
			assertThat(queue.queued()).isOne();
		}
	}

	@Test
	void oneThatIsLongerThanTheQueueIsDeliveredByItself() throws Exception {
		SubscriptionQueue queue = queue(Overflow.DROP_OLDEST);
		queue.offer(message(0, 0), 1);
		queue.offer(message(1, 0), 101);
		assertThat(number(queue.next())).isOne();
		queue.offer(message(2, 0), 100);
		assertThat(number(queue.next())).isEqualTo(2);
		assertThat(queue.dropped()).isOne();
	}

	@Test
	void whoWaitsHearsOfTheEnd() {
		SubscriptionQueue queue = queue(Overflow.DROP_OLDEST);
		CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(() -> {
			try {
				queue.next();
				return new AssertionError("A message came");
			}
			catch (Exception ex) {
				return ex;
			}
		});
		queue.close();
		assertThat(ended.orTimeout(20, TimeUnit.SECONDS).join()).isInstanceOf(AsynchronousCloseException.class);
	}

}
