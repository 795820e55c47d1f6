package io.p2pboot.libp2p.swarm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Row 4 of what an attacker did: strangers connect and leave while a connection listener
 * takes 2 s.
 */
class ConnectionEventsTest {

	private static final ProtocolPath ONE = ProtocolPath.of("/one");

	private static final ProtocolPath TWO = ProtocolPath.of("/two");

	/** Threads that begin to run when the test says so. */
	private final Deque<Runnable> threads = new ArrayDeque<>();

	private final List<String> told = new ArrayList<>();

	private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

	private final ConnectionEvents events;

	private long now;

	/** What the listener does before it returns. */
	private Runnable meanwhile = () -> {
	};

	ConnectionEventsTest() {
		LoggerContext context = new LoggerContext();
		Logger logger = context.getLogger("test");
		this.lines.setContext(context);
		this.lines.start();
		logger.addAppender(this.lines);
		this.events = new ConnectionEvents(this.threads::add, new SwarmLog(logger), () -> this.now);
		this.events.add(new Telling());
	}

	@Test
	void theEventsOfAConnectionComeInOrderAndAllOfThem() {
		Connection connection = connection(1);
		this.events.connected(connection);
		this.events.identified(connection);
		this.events.protocolsChanged(connection, Set.of(ONE), Set.of());
		this.events.disconnected(connection);
		runAll();
		assertThat(this.told).containsExactly("connected 1", "identified 1", "changed 1 [/one] []", "disconnected 1");
		assertThat(this.events.waitingConnections()).isZero();
	}

	@Test
	void whatHappenedAndWhatWaitsIsCounted() {
		assertThat(this.events.usage()).isEqualTo(new EventUsage(0, 0, 0, 1, 0, false));
		this.events.addDirect(new ConnectionListener() {
		});
		Connection connection = connection(1);
		this.events.connected(connection);
		this.events.identified(connection);
		this.events.protocolsChanged(connection, Set.of(ONE), Set.of());
		this.events.disconnected(connection);
		assertThat(this.events.usage()).isEqualTo(new EventUsage(2, 1, 1, 2, 1, false));
		assertThat(this.events.usage().events()).isEqualTo(4);
		runAll();
		assertThat(this.events.usage().waiting()).isZero();
	}

	@Test
	void atTheBoundNothingIsFullAndOneMoreIs() {
		for (int port = 1; port <= ConnectionEvents.MAX_WAITING; port++) {
			this.events.connected(connection(port));
		}
		assertThat(this.events.usage().full()).isFalse();
		this.events.connected(connection(ConnectionEvents.MAX_WAITING + 1));
		assertThat(this.events.usage().full()).isTrue();
		runAll();
		assertThat(this.events.usage().full()).isFalse();
	}

	@Test
	void eventsThatComeWhileAConnectionIsToldOfFollow() {
		Connection connection = connection(1);
		this.meanwhile = () -> {
			this.meanwhile = () -> {
			};
			this.events.identified(connection);
			this.events.disconnected(connection);
		};
		this.events.connected(connection);
		assertThat(this.threads).hasSize(1);
		runAll();
		assertThat(this.told).containsExactly("connected 1", "identified 1", "disconnected 1");
	}

	@Test
	void changesThatWaitAreOne() {
		Connection connection = connection(1);
		for (int i = 0; i < 1000; i++) {
			this.events.protocolsChanged(connection, Set.of(ONE), Set.of(TWO));
			this.events.protocolsChanged(connection, Set.of(TWO), Set.of(ONE));
		}
		assertThat(this.events.waitingConnections()).isOne();
		this.events.protocolsChanged(connection, Set.of(ONE), Set.of());
		this.events.protocolsChanged(connection, Set.of(), Set.of(TWO));
		runAll();
		assertThat(this.told).containsExactly("changed 1 [/one] [/two]");
	}

	@Test
	void upToTheBoundStrangersWhoHaveLeftAreToldOf() {
		for (int port = 1; port <= ConnectionEvents.MAX_WAITING; port++) {
			comeAndGo(port);
		}
		assertThat(this.events.waitingConnections()).isEqualTo(ConnectionEvents.MAX_WAITING);
		runAll();
		assertThat(this.told).hasSize(2 * ConnectionEvents.MAX_WAITING);
	}

	@Test
	void aboveTheBoundOneMoreIsNotAndNeitherAreTenThousand() {
		for (int port = 1; port <= ConnectionEvents.MAX_WAITING; port++) {
			comeAndGo(port);
		}
		for (int port = 1001; port <= 11_000; port++) {
			comeAndGo(port);
		}
		Connection stays = connection(20_000);
		this.events.connected(stays);
		assertThat(this.events.waitingConnections()).isEqualTo(ConnectionEvents.MAX_WAITING + 1);
		assertThat(this.threads).hasSizeLessThanOrEqualTo(ConnectionEvents.MAX_AT_ONCE);
		runAll();
		assertThat(this.told).hasSize(2 * ConnectionEvents.MAX_WAITING + 1)
			.doesNotContain("connected 1001", "disconnected 1001")
			.contains("connected 20000");
		this.events.disconnected(stays);
		runAll();
		assertThat(this.told).endsWith("disconnected 20000");
	}

	@Test
	void theEndOfAConnectionThatWasToldOfComesFirst() {
		Connection known = connection(1);
		this.events.connected(known);
		runAll();
		for (int port = 2; port < 10; port++) {
			this.events.connected(connection(port));
		}
		this.events.disconnected(known);
		runAll();
		assertThat(this.told.subList(0, 3)).containsExactly("connected 1", "disconnected 1", "connected 2");
	}

	@Test
	void aListenerThatTakesASecondIsNamedOnce() {
		this.meanwhile = () -> this.now += ConnectionEvents.SLOW.toNanos() - 1;
		this.events.connected(connection(1));
		runAll();
		assertThat(this.lines.list).isEmpty();
		this.meanwhile = () -> this.now += ConnectionEvents.SLOW.toNanos();
		this.events.connected(connection(2));
		this.events.connected(connection(3));
		runAll();
		assertThat(this.lines.list).hasSize(1);
		assertThat(this.lines.list.get(0).getFormattedMessage())
			.isEqualTo("The connection listener Telling has taken 1000 ms for one event, and 1 connections wait to be "
					+ "told of; let it do long work elsewhere");
	}

	@Test
	void aListenerThatDoesNotComeBackIsNamedByThoseWhoWait() {
		this.meanwhile = () -> {
			this.meanwhile = () -> {
			};
			this.now += ConnectionEvents.SLOW.toNanos();
			for (int port = 2; port <= ConnectionEvents.MAX_WAITING + 1; port++) {
				this.events.connected(connection(port));
			}
			assertThat(this.lines.list).isEmpty();
			this.events.connected(connection(2000));
			assertThat(this.lines.list).hasSize(1);
		};
		this.events.connected(connection(1));
		runAll();
		assertThat(this.told).hasSize(ConnectionEvents.MAX_WAITING + 2);
		assertThat(this.lines.list).hasSize(1);
	}

	private void comeAndGo(int port) {
		Connection connection = connection(port);
		this.events.connected(connection);
		this.events.disconnected(connection);
	}

	private void runAll() {
		for (Runnable next = this.threads.poll(); next != null; next = this.threads.poll()) {
			next.run();
		}
	}

	private static final PublicKey KEY = PrivateKey.generate().publicKey();

	private static Connection connection(int port) {
		return new TestConnection(KEY, Multiaddr.parse("/ip4/10.0.0.1/tcp/4001"),
				Multiaddr.parse("/ip4/9.9.9.9/tcp/" + port), true);
	}

	/** Writes down what it hears. */
	private final class Telling implements ConnectionListener {

		@Override
		public void connected(Connection connection) {
			told("connected", connection, "");
		}

		@Override
		public void identified(Connection connection) {
			told("identified", connection, "");
		}

		@Override
		public void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
			told("changed", connection,
					" " + added + " " + new TreeSet<>(removed.stream().map(Object::toString).toList()));
		}

		@Override
		public void disconnected(Connection connection) {
			told("disconnected", connection, "");
		}

		private void told(String event, Connection connection, String more) {
			String text = connection.remoteAddress().toString();
			ConnectionEventsTest.this.told.add(event + " " + text.substring(text.lastIndexOf('/') + 1) + more);
			ConnectionEventsTest.this.meanwhile.run();
		}

		@Override
		public String toString() {
			return "Telling";
		}

	}

}
