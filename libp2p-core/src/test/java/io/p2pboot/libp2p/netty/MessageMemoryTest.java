package io.p2pboot.libp2p.netty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Row 13 of what an attacker did: 250 messages of 4 MB each, all but their last bytes.
 */
class MessageMemoryTest {

	private static final int BYTES = 1200;

	private static final Runnable NOTHING = () -> {
	};

	private final PeerId greedy = peer();

	private final PeerId other = peer();

	private final List<String> givenUp = new ArrayList<>();

	private long now;

	private final MessageMemory memory = new MessageMemory(BYTES, () -> this.now);

	@Test
	void onePeerAloneTakesHalfAndNotOneByteMore() {
		MessageMemory.Gathering first = this.memory.begin(this.greedy, NOTHING);
		assertThat(first.tryResize(1)).isTrue();
		assertThat(first.tryResize(BYTES / 2)).isTrue();
		assertThat(first.tryResize(BYTES / 2 + 1)).isFalse();
		assertThat(this.memory.begin(this.greedy, NOTHING).tryResize(1)).isFalse();
		assertThat(this.memory.held()).isEqualTo(BYTES / 2);
		first.close();
		first.close();
		assertThat(this.memory.held()).isZero();
	}

	@Test
	void whoHoldsNothingIsNobody() {
		for (int i = 0; i < 3; i++) {
			MessageMemory.Gathering whole = this.memory.begin(this.other, NOTHING);
			assertThat(whole.tryResize(0)).isTrue();
			whole.close();
			whole.close();
		}
		assertThat(this.memory.holders()).isZero();
		fill(1);
		assertThat(this.memory.holders()).isOne();
	}

	@Test
	void aPeerHasItsShareWhateverOthersHold() {
		fill(5);
		assertThat(this.memory.begin(this.other, NOTHING).tryResize(BYTES / 7)).isTrue();
		assertThat(this.memory.begin(this.other, NOTHING).tryResize(1)).isFalse();
	}

	@Test
	void allTogetherHoldTwiceTheWholeAndNotOneByteMore() {
		fill(30);
		assertThat(this.memory.held()).isEqualTo(2 * BYTES);
		assertThat(this.memory.begin(this.other, NOTHING).tryResize(1)).isFalse();
	}

	/** So many peers take what they get. */
	private void fill(int peers) {
		for (int i = 0; i < peers; i++) {
			MessageMemory.Gathering gathering = this.memory.begin(peer(), NOTHING);
			for (int size = 1; gathering.tryResize(size);) {
				size++;
			}
		}
	}

	@Test
	void aMessageThatStandsAloneFitsHoweverLongItIs() {
		MessageMemory.Gathering huge = this.memory.begin(this.greedy, NOTHING);
		assertThat(huge.tryResize(10 * BYTES)).isTrue();
		assertThat(this.memory.begin(this.greedy, NOTHING).tryResize(1)).isFalse();
		assertThat(this.memory.begin(this.other, NOTHING).tryResize(BYTES / 3)).isTrue();
	}

	@Test
	void whatDoesNotFitInTimeIsRefusedWithTheLimit() {
		assertThat(this.memory.begin(this.greedy, NOTHING).tryResize(BYTES / 2)).isTrue();
		assertThatExceptionOfType(LimitExceeded.class)
			.isThrownBy(() -> this.memory.begin(this.greedy, NOTHING).reserve(100, 1, () -> true))
			.satisfies((limit) -> assertThat(limit.limit()).isEqualTo(MessageMemory.LIMIT));
	}

	@Test
	void whatIsWantedNoMoreDoesNotWait() {
		assertThat(this.memory.begin(this.greedy, NOTHING).tryResize(BYTES / 2)).isTrue();
		assertThatExceptionOfType(LimitExceeded.class)
			.isThrownBy(() -> this.memory.begin(this.greedy, NOTHING).reserve(100, Long.MAX_VALUE, () -> false));
	}

	@Test
	void whatWaitsGetsTheMemoryThatIsGivenBack() throws Exception {
		MessageMemory.Gathering first = this.memory.begin(this.greedy, NOTHING);
		first.reserve(BYTES / 2, 1, () -> true);
		FutureTask<Void> waiting = new FutureTask<>(() -> {
			this.memory.begin(this.greedy, NOTHING).reserve(100, Long.MAX_VALUE, () -> true);
			return null;
		});
		new Thread(waiting, "waiting").start();
		first.close();
		waiting.get();
		assertThat(this.memory.held()).isEqualTo(100);
	}

	@Test
	void theLongestThatHasStoppedToComeGoesForOneThatWaits() throws IOException {
		MessageMemory.Gathering[] stalled = new MessageMemory.Gathering[3];
		for (int i = 0; i < 3; i++) {
			int index = i;
			stalled[i] = this.memory.begin(this.greedy, () -> {
				this.givenUp.add("message " + index);
				stalled[index].close();
			});
			stalled[i].reserve((i == 1) ? 250 : 150, 1, () -> true);
		}
		MessageMemory.Gathering complete = this.memory.begin(this.other, () -> this.givenUp.add("complete"));
		complete.reserve(300, 1, () -> true);
		complete.complete();
		this.now = MessageMemory.STALL_NANOS - 1;
		assertThatExceptionOfType(LimitExceeded.class)
			.isThrownBy(() -> this.memory.begin(this.greedy, NOTHING).reserve(200, 1, () -> true));
		assertThat(this.givenUp).isEmpty();
		stalled[0].progressed();
		this.now++;
		this.memory.begin(this.greedy, NOTHING).reserve(200, Long.MAX_VALUE, () -> true);
		assertThat(this.givenUp).containsExactly("message 1");
	}

	private static PeerId peer() {
		return PeerId.of(PrivateKey.generate().publicKey());
	}

}
