package io.p2pboot.libp2p.mdns;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Multicast DNS from one start of a node to its stop: the engine with its sockets. The
 * event loop only, but for {@link #start}, {@link #lookSoon} and {@link #stop}.
 */
final class MdnsRun implements MdnsEngine.Sink {

	/** How often interfaces and addresses are looked at. */
	static final Duration LOOK_INTERVAL = Duration.ofSeconds(30);

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Mdns.class));

	private final NettyNode node;

	private final Devices devices;

	private final MulticastGroup group;

	private final Consumer<AddrInfo> listener;

	private final EventLoop loop;

	private final MdnsEngine engine;

	/** By the keys of their links. */
	private final Map<String, LinkSocket> sockets = new TreeMap<>();

	private final Set<String> failed = new HashSet<>();

	/** Of which the opening has not ended. */
	private final Set<String> opening = new HashSet<>();

	private boolean stopped;

	private long tickNanos = LinkState.NEVER;

	private @Nullable ScheduledFuture<?> tick;

	MdnsRun(NettyNode node, MdnsConfig config, Devices devices, MulticastGroup group, Consumer<AddrInfo> listener,
			EventLoop loop) {
		this.node = node;
		this.devices = devices;
		this.group = group;
		this.listener = listener;
		this.loop = loop;
		this.engine = new MdnsEngine(config, node.peerId(), new SecureRandom(), nanoTime());
	}

	void start() {
		this.loop.scheduleWithFixedDelay(this::look, 0, LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
	}

	/** Takes back what was told, and ends. */
	void stop() {
		this.loop.execute(() -> {
			on(new MdnsEvent.Stopped());
			this.stopped = true;
			this.sockets.values().forEach(LinkSocket::close);
			this.sockets.clear();
		});
	}

	/** Looks before it is time, since something is different. Any thread. */
	void lookSoon() {
		if (!this.loop.isShuttingDown()) {
			this.loop.execute(this::look);
		}
	}

	private long nanoTime() {
		return this.loop.ticker().nanoTime();
	}

	private void on(MdnsEvent event) {
		if (this.stopped) {
			return;
		}
		this.engine.on(event, nanoTime(), this);
		long next = this.engine.nextNanos();
		ScheduledFuture<?> waiting = this.tick;
		if (next == this.tickNanos && waiting != null && !waiting.isDone()) {
			return;
		}
		if (waiting != null) {
			waiting.cancel(false);
		}
		this.tickNanos = next;
		this.tick = (next == LinkState.NEVER) ? null : this.loop.schedule(() -> on(new MdnsEvent.Tick()),
				Math.max(0, next - nanoTime()), TimeUnit.NANOSECONDS);
	}

	// Links.

	private void look() {
		if (this.stopped) {
			return;
		}
		try {
			lookAtLinks();
		}
		catch (RuntimeException ex) {
			// Whatever the system's view of an interface that is going away: there is a
			// next time.
			this.log.warn("interfaces", "The interfaces cannot be looked at: {}", ex);
		}
	}

	private void lookAtLinks() {
		Map<Link, NetworkInterface> links;
		try {
			links = this.devices.links();
		}
		catch (SocketException ex) {
			this.log.debug("interfaces", "The interfaces cannot be listed: {}", ex.toString());
			return;
		}
		Set<String> present = new HashSet<>();
		links.keySet().forEach((link) -> present.add(link.key()));
		this.failed.retainAll(present);
		this.sockets.entrySet().removeIf((each) -> {
			boolean gone = !present.contains(each.getKey()) || !each.getValue().isOpen();
			if (gone) {
				each.getValue().close();
			}
			return gone;
		});
		List<Link> open = new ArrayList<>();
		links.forEach((link, device) -> {
			if (this.sockets.containsKey(link.key())) {
				open.add(link);
			}
			else if (this.sockets.size() + this.opening.size() < MdnsLimits.MAX_LINKS && this.opening.add(link.key())) {
				open(link, device);
			}
		});
		on(new MdnsEvent.Looked(open, this.node.listenAddresses()));
	}

	private void open(Link link, NetworkInterface device) {
		LinkSocket.open(this.loop, link, device, this.group, (source, packet) -> received(link, source, packet))
			.addListener((Future<LinkSocket> opened) -> opened(link, opened));
	}

	private void opened(Link link, Future<LinkSocket> opened) {
		this.opening.remove(link.key());
		if (!opened.isSuccess()) {
			if (this.failed.add(link.key())) {
				this.log.info("socket", "Not looking for peers on {}: {}", link.key(), String.valueOf(opened.cause()));
			}
			return;
		}
		this.failed.remove(link.key());
		LinkSocket before = this.stopped ? opened.getNow() : this.sockets.put(link.key(), opened.getNow());
		if (before != null) {
			before.close();
		}
		look();
	}

	private void received(Link link, InetAddress source, ByteBuffer packet) {
		on(new MdnsEvent.Received(link, source, packet));
	}

	// What the engine decides.

	@Override
	public void send(Link link, ByteBuffer packet) {
		Optional.ofNullable(this.sockets.get(link.key())).ifPresent((socket) -> socket.send(packet));
	}

	@Override
	public void found(AddrInfo peer, Duration timeToLive, boolean news) {
		this.node.peerStore().addAddresses(peer.id(), peer.addresses(), timeToLive);
		if (news) {
			this.log.debug("found", "Found {} at {}", peer.id(), peer.addresses());
			try {
				this.node.executor().execute(() -> this.listener.accept(peer));
			}
			catch (RejectedExecutionException ex) {
				this.log.warn("listener", "The listener was not told of {}: no thread is free", peer.id());
			}
		}
	}

	@Override
	public boolean isConnected(PeerId peer) {
		return this.node.connection(peer).isPresent();
	}

	@Override
	public void dial(AddrInfo peer) {
		try {
			this.node.connectAsync(peer).addListener((dial) -> {
				if (!dial.isSuccess()) {
					this.log.debug("dial", "Could not connect to {}, which was found: {}", peer.id(),
							String.valueOf(dial.cause()));
				}
				ended(peer.id());
			});
		}
		catch (IllegalStateException ex) {
			this.log.debug("dial", "Dialled no peer: {}", ex.getMessage());
			ended(peer.id());
		}
	}

	/** Later, since the engine may be at work just now. */
	private void ended(PeerId peer) {
		if (!this.loop.isShuttingDown()) {
			this.loop.execute(() -> on(new MdnsEvent.DialEnded(peer)));
		}
	}

}
