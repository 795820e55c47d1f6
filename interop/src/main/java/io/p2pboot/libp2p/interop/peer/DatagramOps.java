package io.p2pboot.libp2p.interop.peer;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests about datagrams, and the protocol that counts what comes. Requests block
 * the thread that runs them. Thread-safe.
 */
final class DatagramOps {

	static final ProtocolPath PATH = ProtocolPath.of("/lip/dg/1.0.0");

	/** Room for all that a scenario sends: what is counted here was not dropped here. */
	private static final int QUEUE = 1 << 16;

	private static final int NUMBER_BYTES = Long.BYTES;

	private static final long MAX_LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final Tasks tasks;

	private final PeerOutput output;

	private final DatagramProtocol protocol = DatagramProtocol.create(QUEUE);

	private final Map<PeerId, Arrivals> arrivals = new ConcurrentHashMap<>();

	private final AtomicLong sent = new AtomicLong();

	private final AtomicLong droppedOut = new AtomicLong();

	private final AtomicLong droppedIn = new AtomicLong();

	/** One at a time, so that the counters are those of one request. */
	private final ReentrantLock sending = new ReentrantLock();

	DatagramOps(Tasks tasks, PeerOutput output) {
		this.tasks = tasks;
		this.output = output;
	}

	/** What a peer has sent. Handlers run one after the other; requests read. */
	private static final class Arrivals {

		private final BitSet seen = new BitSet();

		private long count;

		private long wrong;

		private final ReentrantLock lock = new ReentrantLock();

		void add(ByteBuffer payload) {
			boolean right = payload.remaining() >= NUMBER_BYTES && payload.getLong(payload.position()) >= 0;
			long number = right ? payload.getLong() : 0;
			for (int i = 0; right && payload.hasRemaining(); i++) {
				right = payload.get() == Pattern.at(number + i);
			}
			this.lock.lock();
			try {
				this.count++;
				if (right) {
					this.seen.set(Math.toIntExact(number));
				}
				else {
					this.wrong++;
				}
			}
			finally {
				this.lock.unlock();
			}
		}

		ObjectNode describe() {
			this.lock.lock();
			try {
				return JsonNodeFactory.instance.objectNode()
					.put("n", this.count)
					.put("distinct", this.seen.cardinality())
					.put("wrong", this.wrong);
			}
			finally {
				this.lock.unlock();
			}
		}

	}

	/** Counts what the node does with datagrams of the protocol. */
	NodeObserver observer() {
		return new NodeObserver() {

			@Override
			public void datagram(ProtocolPath protocol, Direction direction) {
				if (protocol.equals(PATH) && direction == Direction.OUTBOUND) {
					DatagramOps.this.sent.incrementAndGet();
				}
			}

			@Override
			public void datagramDropped(ProtocolPath protocol, Direction direction, DatagramDrop reason) {
				((direction == Direction.OUTBOUND) ? DatagramOps.this.droppedOut : DatagramOps.this.droppedIn)
					.incrementAndGet();
			}

		};
	}

	void mount(Node node) {
		node.mountProtocol(PATH, this.protocol).serve(this.tasks.threads(), this::received);
	}

	private void received(Datagram datagram) {
		PeerId peer = datagram.peer().id();
		boolean first = !this.arrivals.containsKey(peer);
		Arrivals into = this.arrivals.computeIfAbsent(peer, (key) -> new Arrivals());
		if (datagram.payload().hasRemaining()) {
			into.add(datagram.payload());
		}
		if (first) {
			this.output.event("dg",
					JsonNodeFactory.instance.objectNode()
						.put("peer", peer.toString())
						.put("proto", PATH.value())
						.putNull("carrier"));
		}
	}

	ObjectNode open(Arguments arguments, AddrInfo peer) throws Exception {
		checkPath(arguments);
		this.sending.lock();
		try {
			long before = this.sent.get() + this.droppedOut.get();
			this.protocol.sendDatagram(ByteBuffer.allocate(0), peer);
			awaitSent(before + 1);
		}
		finally {
			this.sending.unlock();
		}
		return JsonNodeFactory.instance.objectNode()
			.putNull("carrier")
			.put("max", this.protocol.maxDatagramBytes(peer).orElse(0));
	}

	/** What waits in the queue is sent or dropped by and by. */
	private void awaitSent(long total) throws InterruptedException {
		while (this.sent.get() + this.droppedOut.get() < total) {
			pause(POLL_NANOS);
		}
	}

	ObjectNode send(Arguments arguments, AddrInfo peer) throws Exception {
		checkPath(arguments);
		int count = arguments.count("count", 1);
		int size = arguments.count("size", NUMBER_BYTES);
		if (size < NUMBER_BYTES) {
			throw new OpFailure("args", "A datagram of " + size + " bytes has no room for its number");
		}
		long rate = arguments.number("rate", 0);
		this.sending.lock();
		try {
			long sentBefore = this.sent.get();
			long droppedBefore = this.droppedOut.get();
			long begun = System.nanoTime();
			long turn = begun;
			ByteBuffer payload = ByteBuffer.allocate(size);
			for (int i = 0; i < count; i++) {
				if (rate > 0) {
					awaitTurn(turn);
					// What was missed is not made up for all at once.
					turn = Math.max(turn, System.nanoTime() - MAX_LATE_NANOS) + TimeUnit.SECONDS.toNanos(1) / rate;
				}
				this.protocol.sendDatagram(numbered(i, payload), peer);
			}
			ObjectNode result = JsonNodeFactory.instance.objectNode().put("ms", StreamOps.millisSince(begun));
			awaitSent(sentBefore + droppedBefore + count);
			return result.put("sent", this.sent.get() - sentBefore)
				.put("dropped", this.droppedOut.get() - droppedBefore);
		}
		finally {
			this.sending.unlock();
		}
	}

	private static ByteBuffer numbered(long number, ByteBuffer payload) {
		payload.clear().putLong(number);
		for (int i = 0; payload.hasRemaining(); i++) {
			payload.put(Pattern.at(number + i));
		}
		return payload.flip();
	}

	private static void awaitTurn(long nanos) throws InterruptedException {
		for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
			pause(left);
		}
	}

	private static void pause(long nanos) throws InterruptedException {
		LockSupport.parkNanos(nanos);
		if (Thread.interrupted()) {
			throw new InterruptedException("The time of the request has ended");
		}
	}

	ObjectNode stats(Arguments arguments, PeerId peer) throws OpFailure {
		checkPath(arguments);
		return this.arrivals.getOrDefault(peer, new Arrivals())
			.describe()
			.put("dropped", this.droppedIn.get())
			.putNull("flows");
	}

	private static void checkPath(Arguments arguments) throws OpFailure {
		if (!arguments.text("proto", PATH.value()).equals(PATH.value())) {
			throw new OpFailure("unsupported", "Datagrams of " + PATH + " only");
		}
	}

}
