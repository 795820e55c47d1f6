package io.p2pboot.libp2p.kad;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerBudgetTest {

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final StreamChannel stream = (StreamChannel) Proxy.newProxyInstance(getClass().getClassLoader(),
			new Class<?>[] { StreamChannel.class }, (proxy, method, arguments) -> method.getName().equals("reset")
					? null : method.invoke(this.channel, arguments));

	@Test
	void wantOfRoomForAnAnswerIsNotTheFaultOfItsSender() {
		AnswerBudget budget = new AnswerBudget();
		assertThat(budget.take((int) AnswerBudget.MAX_BYTES)).isTrue();
		OutboundStream asking = new OutboundStream(ImmediateEventExecutor.INSTANCE, budget);
		asking.initialize(this.stream);
		List<Throwable> failures = new ArrayList<>();
		asking.ask(KadMessage.of(KadMessage.Type.FIND_NODE, Peers.bytes("key")), new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				throw new AssertionError("no answer is complete");
			}

			@Override
			public void failed(Throwable cause) {
				failures.add(cause);
			}

		});
		this.channel.runPendingTasks();
		this.channel.writeInbound(Unpooled.wrappedBuffer(new byte[] { 9 }));
		assertThat(failures).singleElement().isInstanceOf(LimitExceeded.class);
		this.channel.finishAndReleaseAll();
		assertThat(budget.held()).isEqualTo(AnswerBudget.MAX_BYTES);
	}

}
