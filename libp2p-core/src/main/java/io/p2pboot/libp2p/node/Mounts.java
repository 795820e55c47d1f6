package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Node.Unmount;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.Protocol;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.blocking.BlockingStream;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.swarm.Swarm;

/**
 * What is mounted on a node: protocols and routings. Any thread.
 */
final class Mounts {

	private final Swarm swarm;

	private final DatagramService datagrams;

	private final DialSources sources;

	private final OpenStreams openStreams;

	private final LocalChanges changes;

	private final Set<ProtocolPath> builtIn;

	private final Duration firstByteTimeout;

	private final Map<ProtocolPath, Protocol> protocols = new ConcurrentHashMap<>();

	Mounts(Swarm swarm, DatagramService datagrams, DialSources sources, OpenStreams openStreams, LocalChanges changes,
			Set<ProtocolPath> builtIn, Duration firstByteTimeout) {
		this.swarm = swarm;
		this.datagrams = datagrams;
		this.sources = sources;
		this.openStreams = openStreams;
		this.changes = changes;
		this.builtIn = builtIn;
		this.firstByteTimeout = firstByteTimeout;
	}

	void mount(ProtocolHost host, ProtocolPath path, Protocol protocol) {
		checkNotBuiltIn(path);
		if (this.protocols.putIfAbsent(path, protocol) != null) {
			throw taken(path);
		}
		try {
			serve(host, path, protocol);
		}
		catch (RuntimeException ex) {
			this.protocols.remove(path, protocol);
			throw ex;
		}
		this.changes.changed();
	}

	private void serve(ProtocolHost host, ProtocolPath path, Protocol protocol) {
		if (protocol instanceof StreamProtocol streams) {
			serve(path, (stream) -> deliver(streams, stream), () -> streams.mounted(host, path));
		}
		else if (protocol instanceof DatagramProtocol datagrams) {
			serve(path, this.datagrams::accept, () -> datagrams.mounted(host, path));
			this.datagrams.serve(path, datagrams::deliver);
		}
	}

	/** First the path, then the protocol: a mount that fails leaves neither taken. */
	private void serve(ProtocolPath path, StreamInitializer initializer, Runnable mounted) {
		serve(path, initializer);
		try {
			mounted.run();
		}
		catch (RuntimeException ex) {
			this.swarm.unmount(path, Unmount.KEEP_STREAMS);
			throw ex;
		}
	}

	private void deliver(StreamProtocol protocol, StreamChannel channel) {
		Stream stream = BlockingStream.over(channel, this.firstByteTimeout);
		this.openStreams.add(stream, channel);
		protocol.deliver(stream);
	}

	/**
	 * Mounts streams as channels.
	 * @param started whether the services are started, or being so: before, nobody may
	 * take what they serve
	 */
	void mountStreams(ProtocolPath path, StreamInitializer initializer, boolean started) {
		if (!started) {
			checkNotBuiltIn(path);
		}
		serve(path, initializer);
		this.changes.changed();
	}

	/** What is mounted, and what every node serves while it runs. */
	Set<ProtocolPath> pathsOnceRunning() {
		Set<ProtocolPath> paths = new HashSet<>(this.swarm.protocols());
		paths.addAll(this.builtIn);
		return Set.copyOf(paths);
	}

	private void checkNotBuiltIn(ProtocolPath path) {
		if (this.builtIn.contains(path)) {
			throw taken(path);
		}
	}

	private void serve(ProtocolPath path, StreamInitializer initializer) {
		if (!this.swarm.mount(path, initializer)) {
			throw taken(path);
		}
	}

	private static IllegalStateException taken(ProtocolPath path) {
		return new IllegalStateException("The path " + path + " is taken");
	}

	void unmount(ProtocolPath path, Unmount streams) {
		if (this.builtIn.contains(path)) {
			throw new IllegalArgumentException("The protocol " + path + " is part of every node");
		}
		remove(path, streams);
	}

	/** The services of every node have stopped. */
	void unmountBuiltIn() {
		this.builtIn.forEach((path) -> remove(path, Unmount.KEEP_STREAMS));
	}

	private void remove(ProtocolPath path, Unmount streams) {
		Protocol protocol = this.protocols.remove(path);
		this.swarm.unmount(path, streams);
		if (protocol instanceof StreamProtocol streamProtocol) {
			streamProtocol.unmounted();
		}
		else if (protocol instanceof DatagramProtocol datagramProtocol) {
			datagramProtocol.unmounted();
			this.datagrams.unserve(path);
		}
		this.changes.changed();
	}

	/** Ends blocked accepts: the node is closed. */
	void unmountAll(EventLog log) {
		this.sources.routings().forEach((routing) -> unmount(log, routing, () -> unmountRouting(routing)));
		List.copyOf(this.protocols.keySet())
			.forEach((path) -> unmount(log, path, () -> remove(path, Unmount.KEEP_STREAMS)));
	}

	/** Whoever fails to end holds up nothing else. */
	private static void unmount(EventLog log, Object what, Runnable task) {
		try {
			task.run();
		}
		catch (RuntimeException ex) {
			log.warn("close.unmount", "{} failed as the node closed: {}", what, ex);
		}
	}

	void mountRouting(NettyNode node, PeerRouting routing) {
		List<ProtocolPath> paths = new ArrayList<>();
		try {
			routing.protocols().forEach((path, protocol) -> {
				node.mountProtocol(path, protocol);
				paths.add(path);
			});
			routing.mounted(node);
		}
		catch (RuntimeException ex) {
			paths.forEach((path) -> remove(path, Unmount.KEEP_STREAMS));
			throw ex;
		}
		this.sources.add(routing);
	}

	void unmountRouting(PeerRouting routing) {
		if (this.sources.remove(routing)) {
			routing.protocols().forEach((path, protocol) -> {
				if (this.protocols.get(path) == protocol) {
					remove(path, Unmount.KEEP_STREAMS);
				}
			});
			routing.unmounted();
		}
	}

}
