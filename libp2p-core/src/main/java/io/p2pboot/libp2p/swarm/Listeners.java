package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.Transport;

/**
 * What a node listens on: bound by its transports, at the start or later, and gone when
 * closed or lost. Thread-safe; no method blocks.
 */
public final class Listeners {

	private final PeerId localPeer;

	private final List<Transport> transports;

	private final EventLoops eventLoops;

	private final SwarmLog log;

	private final List<Listener> open = new CopyOnWriteArrayList<>();

	/** Of listeners that are closed: the ends of sockets that connections still use. */
	private final List<Future<Void>> sharedSockets = new CopyOnWriteArrayList<>();

	private volatile boolean accepting;

	private volatile Runnable changed = () -> {
	};

	Listeners(PeerId localPeer, List<Transport> transports, EventLoops eventLoops, SwarmLog log) {
		this.localPeer = localPeer;
		this.transports = transports;
		this.eventLoops = eventLoops;
		this.log = log;
	}

	/**
	 * Sets what runs when the addresses may have changed.
	 * @param task the task; runs on any thread and must not block
	 */
	public void onChange(Runnable task) {
		this.changed = task;
	}

	/** Begins or ends taking listeners. */
	void accepting(boolean accepting) {
		this.accepting = accepting;
	}

	/**
	 * Listens on an address.
	 * @param address the address; port 0 for any port
	 * @return the listener once bound, whose {@code close} is the end of it here; fails
	 * with an {@link IOException} that names the address
	 */
	public Future<Listener> listen(Multiaddr address) {
		Optional<Transport> transport = this.transports.stream()
			.filter((candidate) -> candidate.supports(address))
			.findFirst();
		if (transport.isEmpty()) {
			return cannotListen("No transport of this node listens on " + address + "; it has "
					+ this.transports.stream().map(Transport::name).toList());
		}
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		if (last.protocol() == MultiaddrProtocol.P2P && !last.value().equals(this.localPeer.toString())) {
			return cannotListen("The address to listen on, " + address
					+ ", names another peer than this node, which is " + this.localPeer);
		}
		Optional<Listener> both = this.open.stream()
			.filter((listener) -> SharedListener.serves(listener, address, this.eventLoops))
			.findFirst();
		Future<Listener> bound = both.isPresent()
				? this.eventLoops.group().next().newSucceededFuture(new SharedListener(both.get(), address))
				: transport.get().listen(address);
		// Whoever waits has to find the listener among our own.
		Promise<Listener> result = this.eventLoops.group().next().newPromise();
		bound.addListener((done) -> {
			if (done.isSuccess()) {
				bound(new OwnListener(bound.getNow()), result);
			}
			else {
				result.tryFailure(done.cause());
			}
		});
		return result;
	}

	private Future<Listener> cannotListen(String reason) {
		return this.eventLoops.group().next().newFailedFuture(new IOException(reason));
	}

	private void bound(OwnListener listener, Promise<Listener> result) {
		this.open.add(listener);
		if (!this.accepting) {
			// Whoever stopped the node may have missed this one.
			listener.close();
			result.tryFailure(new IOException("Not listening on " + listener.address() + ": the node has stopped"));
			return;
		}
		listener.onChange(() -> this.changed.run());
		if (result.trySuccess(listener)) {
			this.log.listening(listener.address());
			this.changed.run();
		}
		else {
			listener.close();
		}
	}

	/**
	 * Returns where connections can come in.
	 * @return the addresses, without those of listeners that were lost
	 */
	public List<Multiaddr> addresses() {
		return this.open.stream()
			.filter(Listener::isOpen)
			.flatMap((listener) -> listener.addresses().stream())
			.toList();
	}

	/** Whether an address is one of ours. */
	boolean isOwn(Multiaddr address) {
		for (Listener listener : this.open) {
			if (listener.address().equals(address) || listener.addresses().contains(address)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Stops listening, while connections live on.
	 * @return what to wait for; nothing that the connections hold up
	 */
	public List<Future<Void>> stop() {
		List<Future<Void>> unbound = new ArrayList<>();
		for (Listener listener : List.copyOf(this.open)) {
			Future<Void> closing = listener.close();
			if (!listener.sharesSocket()) {
				unbound.add(closing);
			}
		}
		return unbound;
	}

	/**
	 * Stops listening, before all connections are closed.
	 * @return what to wait for, after the connections were closed
	 */
	public List<Future<Void>> close() {
		List<Future<Void>> closing = stop();
		closing.addAll(this.sharedSockets);
		this.sharedSockets.clear();
		return closing;
	}

	/** A listener of a transport, as one of ours. */
	private final class OwnListener implements Listener {

		private final Listener bound;

		OwnListener(Listener bound) {
			this.bound = bound;
		}

		@Override
		public Multiaddr address() {
			return this.bound.address();
		}

		@Override
		public List<Multiaddr> addresses() {
			return this.bound.addresses();
		}

		@Override
		public void onChange(Runnable task) {
			this.bound.onChange(task);
		}

		@Override
		public boolean isOpen() {
			return this.bound.isOpen();
		}

		@Override
		public boolean sharesSocket() {
			return this.bound.sharesSocket();
		}

		@Override
		public Future<Void> close() {
			boolean known = Listeners.this.open.remove(this);
			Future<Void> closing = this.bound.close();
			if (known) {
				if (this.bound.sharesSocket()) {
					Listeners.this.sharedSockets.add(closing);
					closing.addListener((freed) -> Listeners.this.sharedSockets.remove(closing));
				}
				Listeners.this.changed.run();
			}
			return closing;
		}

	}

}
