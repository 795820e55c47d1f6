package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PushesTest {

	private final EmbeddedChannel loop = new EmbeddedChannel();

	private final List<IdentifiedConnection> connections = new ArrayList<>();

	private final List<IdentifiedConnection> pushed = new ArrayList<>();

	private final List<Promise<Void>> running = new ArrayList<>();

	private LocalSnapshot current = snapshot(1);

	private Pushes pushes;

	@BeforeEach
	void create() {
		this.loop.freezeTime();
		this.pushes = new Pushes(this.loop.eventLoop(), () -> this.current.protocols(), () -> this.current,
				this.connections, (to, snapshot, over) -> {
					this.pushed.add(to);
					this.running.add(over);
				});
	}

	@AfterEach
	void close() {
		this.loop.finishAndReleaseAll();
	}

	@Test
	void severalChangesMakeOnePushAMomentLater() { // I2
		connect(3);
		for (int i = 2; i < 7; i++) {
			change(i);
		}
		advance(Duration.ofMillis(199));
		assertThat(this.pushed).isEmpty();
		advance(Duration.ofMillis(1));
		assertThat(this.pushed).containsExactlyInAnyOrderElementsOf(this.connections);
		advance(Duration.ofSeconds(10));
		assertThat(this.pushed).hasSize(3);
	}

	@Test
	void thirtyTwoRunAtOnceAndTheOthersFollow() { // I2
		connect(40);
		change(2);
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).hasSize(32);
		for (int done = 1; done <= 40; done++) {
			this.running.get(done - 1).trySuccess(null);
			this.loop.runPendingTasks();
			assertThat(this.pushed).hasSize(Math.min(40, 32 + done));
		}
		assertThat(this.pushed).doesNotHaveDuplicates();
	}

	@Test
	void aChangeDuringAPushIsPushedToo() {
		connect(1);
		change(2);
		advance(PushSpacing.SHORTEST);
		change(3);
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).hasSize(2);
	}

	@Test
	void whatStrangersChangeIsToldInRoundsThatGetRarer() {
		connect(1);
		for (int i = 0; i < 6000; i++) {
			// Four networks say and withdraw an address, for twenty minutes.
			change(i + 2);
			advance(Duration.ofMillis(200));
		}
		assertThat(this.pushed).hasSizeBetween(20, 30);
	}

	@Test
	void aRoundThatIsFarAwayComesSoonerWhenOurProtocolsChange() {
		connect(1);
		for (int i = 0; i < 1000; i++) {
			change(i + 2);
			advance(Duration.ofMillis(200));
		}
		int before = this.pushed.size();
		change(5000);
		this.current = snapshot(5001, ProtocolPath.of("/new/1"));
		this.pushes.changed();
		advance(PushSpacing.LONGEST_OWN);
		assertThat(this.pushed).hasSize(before + 1);
	}

	@Test
	void eventsThatChangeNothingHoldUpNoRound() {
		connect(1);
		for (int i = 0; i < 100; i++) {
			this.pushes.changed();
			advance(PushSpacing.SHORTEST);
		}
		change(2);
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).hasSize(1);
	}

	@Test
	void aPeerWithoutThePushProtocolIsNotTold() {
		connect(1);
		this.connections.get(0).supportsPush(false);
		change(2);
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).isEmpty();
		this.connections.get(0).supportsPush(true);
		this.pushes.behind(this.connections.get(0));
		this.loop.runPendingTasks();
		assertThat(this.pushed).hasSize(1);
	}

	@Test
	void aPeerThatKnowsTheNewestOrHasNotAskedIsNotTold() {
		connect(2);
		this.current = snapshot(2);
		this.connections.get(0).sent(this.current);
		IdentifiedConnection silent = new IdentifiedConnection(this.connections.get(0).connection());
		silent.supportsPush(true);
		this.connections.add(silent);
		this.pushes.changed();
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).containsExactly(this.connections.get(1));
	}

	@Test
	void aChangeOfWhichNobodyToldIsFoundByLooking() {
		connect(1);
		change(2);
		advance(PushSpacing.SHORTEST);
		this.pushes.poll();
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).hasSize(1);
		this.current = snapshot(3);
		this.pushes.poll();
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).hasSize(2);
	}

	@Test
	void nothingIsPushedAfterTheEnd() {
		connect(1);
		change(2);
		this.pushes.close();
		advance(PushSpacing.SHORTEST);
		this.pushes.changed();
		advance(PushSpacing.SHORTEST);
		assertThat(this.pushed).isEmpty();
	}

	private void connect(int count) {
		for (int i = 0; i < count; i++) {
			IdentifiedConnection connection = new IdentifiedConnection(
					TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/" + (i + 1)));
			connection.supportsPush(true);
			connection.sent(this.current);
			this.connections.add(connection);
		}
	}

	private void change(int sequence) {
		this.current = snapshot(sequence);
		this.pushes.changed();
		this.loop.runPendingTasks();
	}

	private void advance(Duration duration) {
		this.loop.runPendingTasks();
		this.loop.advanceTimeBy(duration.toMillis(), TimeUnit.MILLISECONDS);
		this.loop.runPendingTasks();
	}

	private static LocalSnapshot snapshot(int sequence, ProtocolPath... protocols) {
		return new LocalSnapshot(sequence, List.of(protocols), List.of(), "agent", ByteBuffer.allocate(0),
				ByteBuffer.allocate(0));
	}

}
