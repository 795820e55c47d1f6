package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What connections hold that nobody reads, however many of them there are.
 */
class UnreadMemoryTest {

	private static final int PIECE = 64 << 10;

	private static final long BYTES = 64 << 20;

	private static final Multiaddr NOWHERE = Multiaddr.parse("/memory/1");

	private final UnreadMemory memory = new UnreadMemory(BYTES);

	private final List<LimitExceeded> refusals = new ArrayList<>();

	private final List<ConnectionScope> ended = new ArrayList<>();

	private final List<ConnectionScope> all = new ArrayList<>();

	private final ResourceManager resources = new ResourceManager(
			TestScope.limits(ConnectionLimits.DEFAULT.withInboundUpgrading(5000), AddressLimits.NONE),
			ConnectionGater.ALL, this.memory, System::nanoTime, new ResourceManager.Listener() {
				@Override
				public void refused(LimitExceeded refusal, Direction direction, Resource resource) {
					assertThat(resource).isEqualTo(Resource.MEMORY);
					UnreadMemoryTest.this.refusals.add(refusal);
				}
			});

	@AfterEach
	void nothingIsLeft() {
		this.all.forEach(ConnectionScope::close);
		assertThat(this.memory.left()).isEqualTo(BYTES);
		assertThat(this.memory.holders()).isZero();
	}

	private ConnectionScope open(boolean endsAtOnce) throws Libp2pException {
		ConnectionScope scope = this.resources.open(Direction.INBOUND, NOWHERE, NOWHERE, () -> {
		});
		scope.onSpent((reason) -> {
			this.ended.add(scope);
			if (endsAtOnce) {
				scope.close();
			}
		});
		this.all.add(scope);
		return scope;
	}

	/** Takes all that a connection is read for. */
	private static void fill(ConnectionScope scope) {
		while (scope.reservedBytes() <= scope.allowedBytes()) {
			long before = scope.reservedBytes();
			scope.reserve(PIECE);
			if (scope.reservedBytes() <= before) {
				return;
			}
		}
	}

	@Test
	void theSharesOfAThousandConnectionsComeToNoMoreThanHalfAsMuchAgain() throws Exception {
		for (int i = 0; i < 1000; i++) {
			fill(open(true));
			assertThat(-this.memory.left()).as("beyond the memory, with %s", i).isLessThanOrEqualTo(BYTES / 2 + PIECE);
		}
		assertThat(this.ended).isNotEmpty();
		assertThat(this.refusals).hasSameSizeAs(this.ended)
			.allSatisfy((refusal) -> assertThat(refusal.limit()).isEqualTo(ResourceManager.UNREAD_BYTES));
	}

	@Test
	void whoHoldsMostGoesFirstAndNobodyBelowItsShare() throws Exception {
		ConnectionScope small = open(true);
		small.reserve(PIECE);
		ConnectionScope largest = open(true);
		fill(largest);
		for (int i = 0; this.ended.isEmpty(); i++) {
			fill(open(true));
		}
		assertThat(this.ended).containsExactly(largest);
		for (int i = 0; i < 200; i++) {
			fill(open(true));
		}
		assertThat(this.ended).doesNotContain(small);
		assertThat(this.refusals).allSatisfy((refusal) -> assertThat(refusal.value()).isGreaterThan(refusal.maximum()));
	}

	@Test
	void oneIsEndedAtATimeAndAtTwiceTheMemoryNobodyIsRead() throws Exception {
		for (int i = 0; i < 1000; i++) {
			fill(open(false));
			assertThat(this.ended).hasSizeLessThanOrEqualTo(1);
		}
		// Each has one piece, which had come before it was known that there is no room.
		assertThat(-this.memory.left()).isLessThanOrEqualTo(BYTES + 1000L * PIECE);
		assertThat(open(false).allowedBytes()).isZero();
		this.ended.get(0).close();
		assertThat(this.ended).hasSize(2);
	}

}
