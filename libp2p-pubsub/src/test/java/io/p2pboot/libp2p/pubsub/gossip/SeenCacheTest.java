package io.p2pboot.libp2p.pubsub.gossip;

import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import io.p2pboot.libp2p.pubsub.SeenParams;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SeenCacheTest {

	private static final long SECOND = 1_000_000_000L;

	private static final Digest ONE = new Digest(1, 1);

	@Test
	void aMessageIsForgottenAfterItsTimeSinceTheFirstSight() {
		SeenCache cache = new SeenCache(new SeenParams(Duration.ofSeconds(80), false, 100));
		cache.add(ONE, 0);
		assertThat(cache.isSeen(ONE, 50 * SECOND)).isTrue();
		assertThat(cache.isSeen(ONE, 80 * SECOND)).isTrue();
		assertThat(cache.isSeen(ONE, 95 * SECOND)).isFalse();
		assertThat(cache.size()).isZero();
	}

	@Test
	void aMessageIsForgottenAfterItsTimeSinceTheLastSight() {
		SeenCache cache = new SeenCache(new SeenParams(Duration.ofSeconds(80), true, 100));
		cache.add(ONE, 0);
		for (int seconds = 40; seconds <= 400; seconds += 40) {
			assertThat(cache.isSeen(ONE, seconds * SECOND)).isTrue();
		}
		assertThat(cache.isSeen(ONE, 500 * SECOND)).isFalse();
	}

	@Test
	void whatIsSeenAgainAndAgainTakesNoMoreRoom() {
		SeenCache cache = new SeenCache(new SeenParams(Duration.ofSeconds(80), true, 800));
		for (int number = 0; number < 200; number++) {
			cache.add(new Digest(number, number), 0);
		}
		for (int seconds = 0; seconds <= 160; seconds++) {
			for (int number = 0; number < 200; number++) {
				assertThat(cache.isSeen(new Digest(number, number), seconds * SECOND)).isTrue();
			}
			assertThat(cache.size()).isEqualTo(200);
		}
		assertThat(cache.isSeen(ONE, 260 * SECOND)).isFalse();
		assertThat(cache.size()).isZero();
	}

	@Test
	void theOldestGoWhenThereAreTooMany() {
		SeenCache cache = new SeenCache(new SeenParams(Duration.ofSeconds(80), false, 800));
		for (int number = 0; number < 10_000; number++) {
			cache.add(new Digest(number, number), number);
		}
		assertThat(cache.size()).isBetween(600, 800);
		assertThat(cache.isSeen(new Digest(9_999, 9_999), 10_000)).isTrue();
		assertThat(cache.isSeen(new Digest(0, 0), 10_000)).isFalse();
	}

	@Test
	void aSetKeepsWhatIsAddedAndNotRemoved() {
		Random random = new Random(3);
		DigestSet set = new DigestSet();
		Set<Digest> model = new HashSet<>();
		for (int times = 0; times < 50_000; times++) {
			Digest digest = new Digest(random.nextInt(3), 1 + random.nextInt(300));
			if (random.nextBoolean()) {
				assertThat(set.add(digest)).isEqualTo(model.add(digest));
			}
			else {
				assertThat(set.remove(digest)).isEqualTo(model.remove(digest));
			}
		}
		assertThat(set.size()).isEqualTo(model.size());
		assertThat(model).allMatch(set::contains);
	}

}
