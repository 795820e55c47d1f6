package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;

/**
 * Peers by number, the same in every run.
 */
final class Peers {

	private Peers() {
	}

	static PeerId id(int number) {
		try {
			return PeerId.decode(Multihash.sha256(ByteBuffer.allocate(4).putInt(number).flip()).encoded());
		}
		catch (DecodeException ex) {
			throw new AssertionError(ex);
		}
	}

	static KadPeer peer(int number) {
		return KadPeer.of(id(number), List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/" + (1 + number % 60_000))));
	}

	static KadPeer peer(int number, String address) {
		return KadPeer.of(id(number), List.of(Multiaddr.parse(address)));
	}

	static KadKey key(int number) {
		return KadKey.of(id(number));
	}

	static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).asReadOnlyBuffer();
	}

}
