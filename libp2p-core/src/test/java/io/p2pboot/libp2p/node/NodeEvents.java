package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Counts what a node tells. Thread-safe.
 */
final class NodeEvents implements NodeObserver {

	final AtomicInteger connectionsOpened = new AtomicInteger();

	final AtomicInteger connectionsClosed = new AtomicInteger();

	final AtomicInteger dialsCompleted = new AtomicInteger();

	final AtomicInteger streamsOpened = new AtomicInteger();

	final AtomicInteger streamsClosed = new AtomicInteger();

	final AtomicInteger handlersReturned = new AtomicInteger();

	final AtomicInteger streamsRefused = new AtomicInteger();

	final Queue<Throwable> handlerFailures = new ConcurrentLinkedQueue<>();

	final Queue<Throwable> datagramHandlerFailures = new ConcurrentLinkedQueue<>();

	final Queue<Multiaddr> dialFailures = new ConcurrentLinkedQueue<>();

	private final AtomicInteger datagramsSent = new AtomicInteger();

	private final AtomicInteger datagramsReceived = new AtomicInteger();

	private final Map<DatagramDrop, AtomicInteger> drops = new EnumMap<>(DatagramDrop.class);

	private final Map<ProtocolPath, AtomicInteger> openStreams = new ConcurrentHashMap<>();

	private final Map<ProtocolPath, Map<Direction, AtomicLong>> bytes = new ConcurrentHashMap<>();

	NodeEvents() {
		for (DatagramDrop reason : DatagramDrop.values()) {
			this.drops.put(reason, new AtomicInteger());
		}
	}

	/** How many streams of a protocol are open. */
	int openStreams(ProtocolPath protocol) {
		return openStreamsOf(protocol).get();
	}

	private AtomicInteger openStreamsOf(ProtocolPath protocol) {
		return this.openStreams.computeIfAbsent(protocol, (path) -> new AtomicInteger());
	}

	/** How much payload a protocol has moved. */
	long bytes(ProtocolPath protocol, Direction direction) {
		return bytesOf(protocol, direction).get();
	}

	private AtomicLong bytesOf(ProtocolPath protocol, Direction direction) {
		return this.bytes.computeIfAbsent(protocol, (path) -> new ConcurrentHashMap<>())
			.computeIfAbsent(direction, (each) -> new AtomicLong());
	}

	int sent() {
		return this.datagramsSent.get();
	}

	int received() {
		return this.datagramsReceived.get();
	}

	int dropped(DatagramDrop reason) {
		return this.drops.get(reason).get();
	}

	int dropped() {
		return List.of(DatagramDrop.values()).stream().mapToInt(this::dropped).sum();
	}

	@Override
	public void connectionOpened(Connection connection, Duration handshake) {
		this.connectionsOpened.incrementAndGet();
	}

	@Override
	public void connectionClosed(Connection connection, Duration lifetime) {
		this.connectionsClosed.incrementAndGet();
	}

	@Override
	public void dialFailed(Multiaddr address, Throwable cause) {
		this.dialFailures.add(address);
	}

	@Override
	public void dialCompleted(PeerId peer, boolean success, int dials, Duration elapsed) {
		this.dialsCompleted.incrementAndGet();
	}

	@Override
	public void streamOpened(Connection connection, ProtocolPath protocol, Direction direction) {
		openStreamsOf(protocol).incrementAndGet();
		this.streamsOpened.incrementAndGet();
	}

	@Override
	public void streamClosed(Connection connection, ProtocolPath protocol, Direction direction) {
		openStreamsOf(protocol).decrementAndGet();
		this.streamsClosed.incrementAndGet();
	}

	@Override
	public void bytesMoved(ProtocolPath protocol, Direction direction, int bytes) {
		bytesOf(protocol, direction).addAndGet(bytes);
	}

	@Override
	public void handlerReturned(Stream stream) {
		this.handlersReturned.incrementAndGet();
	}

	@Override
	public void handlerFailed(Stream stream, Throwable failure) {
		this.handlerFailures.add(failure);
	}

	@Override
	public void streamRefused(Stream stream) {
		this.streamsRefused.incrementAndGet();
	}

	@Override
	public void datagramHandlerFailed(ProtocolPath protocol, Throwable failure) {
		this.datagramHandlerFailures.add(failure);
	}

	@Override
	public void datagram(ProtocolPath protocol, Direction direction) {
		((direction == Direction.INBOUND) ? this.datagramsReceived : this.datagramsSent).incrementAndGet();
	}

	@Override
	public void datagramDropped(ProtocolPath protocol, Direction direction, DatagramDrop reason) {
		this.drops.get(reason).incrementAndGet();
	}

}
