package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.blocking.BlockingStream;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.TestStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams of two connections, each with its event loop.
 */
@Timeout(30)
class OpenStreamsTest {

	private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(20);

	private final OpenStreams streams = new OpenStreams();

	private final EmbeddedChannel one = new EmbeddedChannel();

	private final EmbeddedChannel other = new EmbeddedChannel();

	private TestStream serve(EmbeddedChannel connection) {
		TestStream stream = new TestStream(connection, ProtocolPath.of("/served"),
				TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));
		this.streams.add(BlockingStream.over(stream, Duration.ZERO), stream);
		return stream;
	}

	@Test
	void theStreamsOfAllConnectionsAreCountedUntilTheyClose() {
		TestStream first = serve(this.one);
		serve(this.one);
		serve(this.other);
		assertThat(this.streams.size()).isEqualTo(3);
		first.close();
		assertThat(this.streams.size()).isEqualTo(2);
	}

	@Test
	void nothingIsWaitedForWhereThereIsNone() {
		assertThat(this.streams.awaitEmpty(0)).isTrue();
		serve(this.one).close();
		assertThat(this.streams.awaitEmpty(0)).isTrue();
	}

	@Test
	void aWaitEndsWithItsTime() {
		serve(this.one);
		assertThat(this.streams.awaitEmpty(1)).isFalse();
	}

	@Test
	void aWaitEndsWithTheLastStreamOfTheLastConnection() throws Exception {
		TestStream first = serve(this.one);
		TestStream last = serve(this.other);
		CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> this.streams.awaitEmpty(LONG_NANOS));
		first.close();
		assertThat(waiting).isNotDone();
		last.close();
		assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void anInterruptEndsTheWaitAndIsKept() {
		serve(this.one);
		Thread.currentThread().interrupt();
		assertThat(this.streams.awaitEmpty(LONG_NANOS)).isFalse();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void streamsThatEndAfterTheirConnectionAreWaitedFor() {
		TestStream late = serve(this.one);
		this.one.close();
		assertThat(this.streams.awaitEmpty(1)).isFalse();
		late.close();
		assertThat(this.streams.awaitEmpty(0)).isTrue();
	}

	@Test
	void allAreResetOnTheirEventLoops() {
		TestStream first = serve(this.one);
		TestStream second = serve(this.other);
		this.streams.resetAll();
		assertThat(first.isOpen()).isTrue();
		this.one.runPendingTasks();
		this.other.runPendingTasks();
		assertThat(first.resetCode()).hasValue(ErrorCode.SHUTDOWN.stream());
		assertThat(second.resetCode()).hasValue(ErrorCode.SHUTDOWN.stream());
		assertThat(this.streams.size()).isZero();
	}

}
