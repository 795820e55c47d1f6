package io.p2pboot.libp2p.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A listener accepts as many as can be heard.
 */
class AcceptPaceTest {

	private final EmbeddedChannel listener = new EmbeddedChannel(new AcceptPace());

	private final List<EmbeddedChannel> accepted = new ArrayList<>();

	@AfterEach
	void close() {
		this.accepted.forEach(EmbeddedChannel::finishAndReleaseAll);
		this.listener.finish();
	}

	private void accept(int connections) {
		for (int i = 0; i < connections; i++) {
			EmbeddedChannel connection = new EmbeddedChannel();
			this.accepted.add(connection);
			this.listener.writeInbound(connection);
		}
	}

	private void turn(EmbeddedChannel connection) {
		connection.runPendingTasks();
		connection.runScheduledPendingTasks();
		this.listener.runPendingTasks();
	}

	private boolean accepts() {
		return this.listener.config().isAutoRead();
	}

	// B6
	@Test
	void asManyAreAcceptedAsMayWaitForTheirTurnAndTheNextOnceHalfHaveHadIt() {
		accept(AcceptPace.UNHEARD - 1);
		assertThat(accepts()).isTrue();
		accept(1);
		assertThat(accepts()).isFalse();
		for (int i = 0; i < AcceptPace.UNHEARD / 2; i++) {
			assertThat(accepts()).isFalse();
			turn(this.accepted.get(i));
		}
		assertThat(accepts()).isTrue();
		accept(AcceptPace.UNHEARD / 2 - 1);
		assertThat(accepts()).isTrue();
		accept(1);
		assertThat(accepts()).isFalse();
	}

	// B6
	@Test
	void whoIsGoneBeforeItsTurnHoldsUpNobody() {
		accept(AcceptPace.UNHEARD);
		this.accepted.forEach((connection) -> {
			connection.runPendingTasks();
			connection.unsafe().close(connection.voidPromise());
			turn(connection);
		});
		assertThat(accepts()).isTrue();
	}

	@Test
	void aLoopThatIsHeldUpHoldsUpItsOwnConnectionsOnly() {
		this.listener.freezeTime();
		accept(AcceptPace.UNHEARD);
		this.listener.advanceTimeBy(AcceptPace.PATIENCE_MILLIS - 1, TimeUnit.MILLISECONDS);
		this.listener.runScheduledPendingTasks();
		assertThat(accepts()).isFalse();
		for (int i = 0; i < 3; i++) {
			this.listener.advanceTimeBy(AcceptPace.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
			this.listener.runScheduledPendingTasks();
			assertThat(accepts()).isTrue();
			accept(1);
			assertThat(accepts()).isFalse();
		}
	}

	@Test
	void aPauseThatIsOverEndsNoLaterOne() {
		this.listener.freezeTime();
		accept(AcceptPace.UNHEARD);
		this.listener.advanceTimeBy(AcceptPace.PATIENCE_MILLIS / 2, TimeUnit.MILLISECONDS);
		for (EmbeddedChannel connection : List.copyOf(this.accepted)) {
			turn(connection);
		}
		assertThat(accepts()).isTrue();
		accept(AcceptPace.UNHEARD);
		this.listener.advanceTimeBy(AcceptPace.PATIENCE_MILLIS - 1, TimeUnit.MILLISECONDS);
		this.listener.runScheduledPendingTasks();
		assertThat(accepts()).isFalse();
	}

}
