package io.p2pboot.libp2p.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * The ports of the TCP listeners of one transport, for dials that leave from them: what a
 * peer observes is then an address that others can dial. Thread-safe.
 */
final class ListeningPorts {

	/**
	 * Linux: SOL_SOCKET is 1, SO_REUSEPORT is 15. Netty's own option is not for
	 * connections.
	 */
	static final ChannelOption<Integer> SO_REUSEPORT = new IntegerUnixChannelOption("SO_REUSEPORT", 1, 15);

	private final List<Channel> listeners = new CopyOnWriteArrayList<>();

	/**
	 * Shares the port of a listener with dials until it closes.
	 * @param listener the listener, bound: had it the option before, another process
	 * could listen on the port beside it, and nobody would notice
	 */
	void add(Channel listener) {
		if (listener.config().setOption(SO_REUSEPORT, 1)) {
			this.listeners.add(listener);
			listener.closeFuture().addListener((closed) -> this.listeners.remove(listener));
		}
	}

	/**
	 * Finds a listener whose address a connection to a peer may bear.
	 * @param remote the peer
	 * @return what to bind to; empty if there is none
	 */
	Optional<InetSocketAddress> towards(InetSocketAddress remote) {
		return this.listeners.stream()
			.map((listener) -> (InetSocketAddress) listener.localAddress())
			.filter((bound) -> bound != null && leadsTo(bound, remote))
			.findFirst();
	}

	private static boolean leadsTo(InetSocketAddress bound, InetSocketAddress remote) {
		InetAddress here = bound.getAddress();
		if (here.getClass() != remote.getAddress().getClass()) {
			return false;
		}
		boolean samePort = bound.getPort() == remote.getPort();
		if (here.isAnyLocalAddress() && !samePort) {
			return true;
		}
		Optional<InetAddress> source = SourceAddress.towards(remote);
		// A socket that dials its own address is connected with itself.
		boolean itself = samePort && source.isPresent() && source.get().equals(remote.getAddress());
		return source.isPresent() && !itself && (here.isAnyLocalAddress() || here.equals(source.get()));
	}

}
