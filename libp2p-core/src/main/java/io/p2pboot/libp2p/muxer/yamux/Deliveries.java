package io.p2pboot.libp2p.muxer.yamux;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;

/**
 * Sees that what was written has come to the peer: once it is all on its way a ping
 * follows, and a peer that answers it has read what was before it. Event loop only,
 * except for {@link #begin}.
 */
final class Deliveries {

	/** Far from the values of keep-alive, which count up from 1. */
	private static final long LAST_VALUE = 0xFFFF_FFFFL;

	private final EventLoop loop;

	private final LongConsumer ping;

	private final Map<Long, Promise<Void>> waiting = new HashMap<>();

	private long value = LAST_VALUE;

	private boolean ended;

	Deliveries(EventLoop loop, LongConsumer ping) {
		this.loop = loop;
		this.ping = ping;
	}

	/**
	 * Begins to wait. Any thread.
	 * @param streams the streams that are open; asked for on the event loop
	 * @return completes when all is delivered, or when the connection has ended
	 */
	Future<Void> begin(Supplier<? extends Iterable<YamuxStream>> streams) {
		Promise<Void> result = this.loop.newPromise();
		this.loop.execute(() -> awaitSent(streams.get(), result));
		return result;
	}

	private void awaitSent(Iterable<YamuxStream> streams, Promise<Void> result) {
		PromiseCombiner all = new PromiseCombiner(this.loop);
		for (YamuxStream stream : streams) {
			YamuxStreamChannel child = stream.channel();
			if (child != null) {
				all.add((Future<?>) child.sent());
			}
		}
		Promise<Void> sent = this.loop.newPromise();
		// One that fails has nothing more to deliver.
		sent.addListener((done) -> awaitAnswer(result));
		all.finish(sent);
	}

	private void awaitAnswer(Promise<Void> result) {
		if (this.ended) {
			result.trySuccess(null);
			return;
		}
		long mark = this.value--;
		this.waiting.put(mark, result);
		this.ping.accept(mark);
	}

	/** Takes a pong, whoever asked for it. */
	void pong(long value) {
		Promise<Void> answered = this.waiting.remove(value);
		if (answered != null) {
			answered.trySuccess(null);
		}
	}

	/** The connection has ended. */
	void end() {
		this.ended = true;
		this.waiting.values().forEach((left) -> left.trySuccess(null));
		this.waiting.clear();
	}

}
