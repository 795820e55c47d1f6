package io.p2pboot.libp2p.swarm;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A swarm that does not run, and listeners that fail.
 */
@Timeout(60)
class SwarmTest {

	private final EventLoops loops = EventLoops.nio(1);

	private final AddressResolver resolver = AddressResolver.create(this.loops, new InetSocketAddress("127.0.0.1", 9));

	private final Swarm swarm = swarm(this.loops);

	private Swarm swarm(EventLoops own) {
		return new Swarm(PrivateKey.generate(),
				new SwarmConfig(List.of(new NoiseSecurity()), List.of(new YamuxMuxer(YamuxConfig.DEFAULT)),
						Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(10),
						ConnectionLimits.DEFAULT),
				List.of(), own, this.resolver, Runnable::run, NodeObserver.NONE, Clock.systemUTC());
	}

	@AfterEach
	void close() {
		this.resolver.close();
		this.loops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	/** The dial that comes just after the last look for dials to stop. */
	@Test
	void aDialThatTheStopHasMissedFails() throws Exception {
		this.swarm.running(true);
		this.swarm.running(false);
		Future<Connection> dial = this.swarm.connect(PeerId.of(PrivateKey.generate().publicKey()), List.of(hanging()),
				ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(30)));
		assertThat(dial.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(dial.cause()).isInstanceOf(ConnectionLost.class).hasMessageContaining("stopped");
	}

	@Test
	void aDialAfterTheLoopsHaveEndedFailsAndWhoeverListensHearsOfIt() throws Exception {
		EventLoops ended = EventLoops.nio(1);
		Swarm late = swarm(ended);
		late.running(true);
		ended.group().shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
		Future<Connection> dial = late.connect(PeerId.of(PrivateKey.generate().publicKey()), List.of(hanging()),
				ConnectOptions.DEFAULT);
		CountDownLatch heard = new CountDownLatch(1);
		dial.addListener((done) -> heard.countDown());
		assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(dial.cause()).isInstanceOf(ConnectionLost.class).hasMessageContaining("stopped");
	}

	/** The loop ends between the look at it and the dial. */
	@Test
	void aDialWhoseLoopTakesNothingAnyMoreFails() throws Exception {
		this.swarm.running(true);
		EventExecutor ended = new DefaultEventExecutor();
		ended.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
		AddressSource hangs = hanging();
		PeerDial dial = new PeerDial(this.swarm, PeerId.of(PrivateKey.generate().publicKey()), ended, List.of(hangs),
				ConnectOptions.DEFAULT, Duration.ofSeconds(30));
		dial.start();
		Promise<Connection> waiter = ImmediateEventExecutor.INSTANCE.newPromise();
		dial.join(hangs, Duration.ofSeconds(30), waiter, null);
		assertThat(dial.result().cause()).isInstanceOf(ConnectionLost.class).hasMessageContaining("stopped");
		assertThat(waiter.cause()).isInstanceOf(ConnectionLost.class).hasMessageContaining("stopped");
	}

	private AddressSource hanging() {
		return new AddressSource("hangs", false, () -> this.loops.group().next().newPromise());
	}

	@Test
	void aListenerThatFailsDoesNotFloodTheLog() {
		Logger logger = (Logger) LoggerFactory.getLogger(Swarm.class);
		ListAppender<ILoggingEvent> appender = new ListAppender<>();
		appender.start();
		logger.addAppender(appender);
		try {
			this.swarm.addListener(new ConnectionListener() {
				@Override
				public void identified(Connection connection) {
					throw new IllegalStateException("expected\nforged");
				}
			});
			long start = System.nanoTime();
			for (int index = 0; index < 1000; index++) {
				this.swarm.identified(TestConnection.of("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2"));
			}
			long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + 1;
			assertThat(appender.list).hasSizeBetween(1, Math.toIntExact(seconds * EventLog.MAX_LINES_PER_SECOND));
			assertThat(appender.list.get(0).getFormattedMessage()).contains("expected?forged", "SwarmTest.java:")
				.doesNotContain("\n");
		}
		finally {
			logger.detachAppender(appender);
		}
	}

}
