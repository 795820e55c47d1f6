package io.p2pboot.libp2p.mdns;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * What happens to a {@link MdnsEngine}.
 */
sealed interface MdnsEvent {

	/**
	 * The links and the addresses that this node is bound to, at the start and whenever
	 * they were looked at.
	 *
	 * @param links the links
	 * @param bound the addresses
	 */
	record Looked(List<Link> links, List<Multiaddr> bound) implements MdnsEvent {
	}

	/**
	 * A packet came.
	 *
	 * @param link where
	 * @param source who sent it
	 * @param packet its content
	 */
	record Received(Link link, InetAddress source, ByteBuffer packet) implements MdnsEvent {
	}

	/**
	 * It is as late as the engine asked to be told.
	 */
	record Tick() implements MdnsEvent {
	}

	/**
	 * A dial that the engine asked for has ended, one way or the other.
	 *
	 * @param peer whom it was to
	 */
	record DialEnded(PeerId peer) implements MdnsEvent {
	}

	/**
	 * The node stops.
	 */
	record Stopped() implements MdnsEvent {
	}

}
