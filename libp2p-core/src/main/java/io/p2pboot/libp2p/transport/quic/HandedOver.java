package io.p2pboot.libp2p.transport.quic;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Packets that came to another socket of the port, on their way to the event loop of the
 * right one. What is too much is dropped, as the kernel does it.
 */
final class HandedOver {

	/** How many packets wait at most. */
	static final int MAX_WAITING = 2048;

	private final EventExecutor executor;

	private final Consumer<Packet> taker;

	private final Runnable complete;

	private final Queue<Packet> waiting = new ConcurrentLinkedQueue<>();

	private final AtomicInteger count = new AtomicInteger();

	private final AtomicBoolean scheduled = new AtomicBoolean();

	/**
	 * A packet.
	 *
	 * @param packet the packet, whose buffer goes with it
	 * @param reset whether it can only be a stateless reset
	 */
	record Packet(DatagramPacket packet, boolean reset) {
	}

	/**
	 * Creates the way to an event loop.
	 * @param executor the event loop
	 * @param taker takes each packet, on the event loop
	 * @param complete runs after a batch of them, on the event loop
	 */
	HandedOver(EventExecutor executor, Consumer<Packet> taker, Runnable complete) {
		this.executor = executor;
		this.taker = taker;
		this.complete = complete;
	}

	/** Hands a packet over, or drops it. Any thread. */
	void add(Packet packet) {
		if (this.count.incrementAndGet() > MAX_WAITING) {
			this.count.decrementAndGet();
			packet.packet().release();
			return;
		}
		this.waiting.add(packet);
		if (this.scheduled.compareAndSet(false, true)) {
			try {
				this.executor.execute(this::take);
			}
			catch (RejectedExecutionException ex) {
				// The event loop is shut down.
				drop();
			}
		}
	}

	private void take() {
		this.scheduled.set(false);
		boolean any = false;
		for (Packet next = poll(); next != null; next = poll()) {
			this.taker.accept(next);
			any = true;
		}
		if (any) {
			this.complete.run();
		}
	}

	private @Nullable Packet poll() {
		Packet next = this.waiting.poll();
		if (next != null) {
			this.count.decrementAndGet();
		}
		return next;
	}

	/** Drops what waits: the socket is closed. */
	void drop() {
		for (Packet next = poll(); next != null; next = poll()) {
			next.packet().release();
		}
	}

}
