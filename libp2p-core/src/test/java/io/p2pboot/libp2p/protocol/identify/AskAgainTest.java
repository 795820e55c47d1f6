package io.p2pboot.libp2p.protocol.identify;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AskAgainTest {

	private final EmbeddedChannel loop = new EmbeddedChannel();

	private final Set<IdentifiedConnection> open = new HashSet<>();

	private final List<IdentifiedConnection> asked = new ArrayList<>();

	private int allowed = 100;

	private AskAgain askAgain;

	@BeforeEach
	void create() {
		this.loop.freezeTime();
		this.askAgain = new AskAgain(this.loop.eventLoop(), this.open::contains, (connection) -> this.allowed-- > 0,
				this.asked::add);
	}

	@AfterEach
	void close() {
		this.loop.finishAndReleaseAll();
	}

	private IdentifiedConnection connection() {
		IdentifiedConnection connection = new IdentifiedConnection(
				TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));
		this.open.add(connection);
		return connection;
	}

	private void advance(long seconds) {
		this.loop.advanceTimeBy(seconds, TimeUnit.SECONDS);
		this.loop.runPendingTasks();
	}

	@Test
	void aThousandRefusedPushesMakeOneQuestionFiveSecondsLater() {
		IdentifiedConnection connection = connection();
		for (int i = 0; i < 1000; i++) {
			this.askAgain.refused(connection);
		}
		advance(4);
		assertThat(this.asked).isEmpty();
		advance(1);
		assertThat(this.asked).containsExactly(connection);
		advance(100);
		assertThat(this.asked).hasSize(1);
	}

	@Test
	void whatIsRefusedAfterTheQuestionMakesAnother() {
		IdentifiedConnection connection = connection();
		this.askAgain.refused(connection);
		advance(5);
		this.askAgain.refused(connection);
		advance(5);
		assertThat(this.asked).containsExactly(connection, connection);
	}

	@Test
	void whileNothingIsAllowedTheQuestionWaits() {
		this.allowed = 0;
		this.askAgain.refused(connection());
		advance(5);
		advance(5);
		assertThat(this.asked).isEmpty();
		this.allowed = 1;
		advance(5);
		assertThat(this.asked).hasSize(1);
	}

	@Test
	void aConnectionThatHasEndedIsNotAsked() {
		this.askAgain.refused(connection());
		this.open.clear();
		advance(5);
		assertThat(this.asked).isEmpty();
		assertThat(this.allowed).isEqualTo(100);
	}

}
