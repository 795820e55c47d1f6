package io.p2pboot.libp2p.node;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Streams that are opened for somebody who cannot have them.
 */
class OpenStreamTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/wanted/1.0.0");

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Override
	NodeBuilder clientBuilder() {
		return super.clientBuilder().eventLoopThreads(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, Multistream.MAX_PROPOSALS + 1 })
	void noneAndTooManyProtocolsAreRefusedAtOnce(int count) throws Exception {
		List<ProtocolPath> protocols = Collections.nCopies(count, PATH);
		Connection connection = this.client.connect(this.server.addrInfo());
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.client.openStream(connection, protocols, (stream) -> {
			}))
			.withMessageContaining("1 to 1000")
			.withMessageContaining("were " + count);
		assertThatIllegalArgumentException().isThrownBy(
				() -> this.client.openStream(this.server.addrInfo(), protocols, ConnectOptions.DEFAULT, (stream) -> {
				}))
			.withMessageContaining("were " + count);
	}

	@Test
	void aStreamThatComesAsItsCallerGivesUpIsNotLeftOpen() throws Exception {
		this.server.mountStreams(PATH, (stream) -> {
		});
		this.client.connect(this.server.addrInfo());
		CountDownLatch called = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		AtomicReference<StreamChannel> opened = new AtomicReference<>();
		AtomicReference<Future<StreamChannel>> waiter = new AtomicReference<>();
		waiter.set(this.client.openStream(this.server.addrInfo(), List.of(PATH), ConnectOptions.DEFAULT, (stream) -> {
			opened.set(stream);
			called.await();
			holdOthers(stream.eventLoop(), cancelled);
			assertThat(waiter.get().cancel(true)).isTrue();
		}));
		called.countDown();
		eventually("a stream", () -> opened.get() != null);
		Future<Void> next = opened.get().eventLoop().submit(() -> null);
		assertThat(next.await(20, TimeUnit.SECONDS)).isTrue();
		cancelled.countDown();
		assertThat(opened.get().closeFuture().await(20, TimeUnit.SECONDS)).as("closed").isTrue();
	}

	/** The caller's own event loop hears of the end late. */
	private void holdOthers(EventLoop busy, CountDownLatch until) {
		for (EventExecutor loop : busy.parent()) {
			if (loop != busy) {
				loop.execute(() -> {
					try {
						until.await();
					}
					catch (InterruptedException ex) {
						Thread.currentThread().interrupt();
					}
				});
			}
		}
	}

}
