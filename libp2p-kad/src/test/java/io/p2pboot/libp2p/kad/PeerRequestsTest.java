package io.p2pboot.libp2p.kad;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
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
				return this.channel;
			});

	private final DuplexChannel channel = (DuplexChannel) Proxy.newProxyInstance(getClass().getClassLoader(),
			new Class<?>[] { DuplexChannel.class },
			(proxy, method, arguments) -> method.invoke(new EmbeddedChannel(), arguments));

	@AfterEach
	void close() {
		this.loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

	@Test
	void streamThatOpensAfterItsRequestWasGivenUpIsReset() throws Exception {
		PeerRequests requests = new PeerRequests(this.node, this.loop, ProtocolPath.of("/t/kad/1.0.0"),
				new AnswerBudget(), () -> {
				});
		this.opened.setUncancellable();
		this.loop.submit(() -> requests.send(AddrInfo.of(Peers.id(1)),
				KadMessage.of(KadMessage.Type.FIND_NODE, ByteBuffer.allocate(1)), Duration.ofMinutes(1),
				new KadNetwork.Callback() {

					@Override
					public void answered(@Nullable KadMessage answer) {
						throw new AssertionError("nobody answers");
					}

					@Override
					public void failed(Throwable cause) {
						// It was given up.
					}

				}))
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

}
