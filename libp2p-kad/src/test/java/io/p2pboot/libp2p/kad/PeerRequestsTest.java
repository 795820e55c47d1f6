package io.p2pboot.libp2p.kad;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests over a node that opens streams when the test says so. */
class PeerRequestsTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/t/kad/1.0.0");

	private static final KadMessage QUESTION = KadMessage.of(KadMessage.Type.FIND_NODE, ByteBuffer.allocate(1));

	private final EventExecutor loop = new DefaultEventExecutor();

	private final Promise<StreamChannel> opened = this.loop.newPromise();

	private final CountDownLatch reset = new CountDownLatch(1);

	private @Nullable StreamInitializer initializer;

	private final NettyNode node = (NettyNode) Proxy.newProxyInstance(getClass().getClassLoader(),
			new Class<?>[] { NettyNode.class }, (proxy, method, arguments) -> {
				this.initializer = (StreamInitializer) arguments[3];
				return this.opened;
			});

	private final StreamChannel stream = (StreamChannel) Proxy.newProxyInstance(getClass().getClassLoader(),
			new Class<?>[] { StreamChannel.class }, (proxy, method, arguments) -> {
				if (method.getName().equals("reset")) {
					this.reset.countDown();
					return null;
				}
				return method.invoke(new EmbeddedChannel(), arguments);
			});

	@AfterEach
	void close() {
		this.loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

	@Test
	void streamThatOpensAfterItsRequestWasGivenUpIsReset() throws Exception {
		PeerRequests requests = new PeerRequests(this.node, this.loop, PATH, new AnswerBudget(), () -> {
		});
		this.opened.setUncancellable();
		this.loop
			.submit(() -> requests.send(AddrInfo.of(Peers.id(1)), QUESTION, Duration.ofMinutes(1), failing((cause) -> {
				// It was given up.
			})))
			.sync();
		this.loop.submit(() -> {
			assertThat(this.initializer).isNotNull();
			requests.close();
			this.initializer.initialize(this.stream);
			this.opened.setSuccess(this.stream);
			return null;
		}).sync();
		assertThat(this.reset.await(60, TimeUnit.SECONDS)).isTrue();
	}

	private static KadNetwork.Callback failing(Consumer<Throwable> failed) {
		return new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				throw new AssertionError("nobody answers");
			}

			@Override
			public void failed(Throwable cause) {
				failed.accept(cause);
			}

		};
	}

	@Test
	void thatNothingIsLeftToDoIsToldOnce() throws Exception {
		AtomicInteger told = new AtomicInteger();
		PeerRequests requests = new PeerRequests(this.node, this.loop, PATH, new AnswerBudget(), told::incrementAndGet);
		this.loop.submit(() -> {
			for (int count = 0; count < 3; count++) {
				requests.send(AddrInfo.of(Peers.id(1)), QUESTION, Duration.ofMinutes(1), failing((cause) -> {
				}));
			}
		}).sync();
		this.loop.submit(requests::close).sync();
		this.loop.submit(() -> {
		}).sync();
		assertThat(told).hasValue(1);
	}

	@Test
	void nobodyIsAskedAfterTheEnd() throws Exception {
		NettyKadNetwork network = new NettyKadNetwork(this.node, this.loop, PATH);
		Promise<Throwable> failure = this.loop.newPromise();
		this.loop.submit(() -> {
			network.close();
			network.request(Peers.peer(1), QUESTION, Duration.ofSeconds(1), failing(failure::trySuccess));
		}).sync();
		assertThat(failure.get(20, TimeUnit.SECONDS)).hasMessageContaining("closed");
		assertThat(this.initializer).isNull();
	}

}
