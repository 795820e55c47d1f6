package io.p2pboot.libp2p.peerstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;

/**
 * A process that adds one peer after the other to a store with a file until it is killed.
 * It tells how many are written, each time before it goes on.
 */
final class PeerStoreProcess {

	/** Enough for every peer of the test. */
	static final long MAX_FILE_BYTES = 16 << 20;

	private PeerStoreProcess() {
	}

	public static void main(String[] arguments) throws IOException {
		long[] nanos = { 0 };
		FilePeerStore store = FilePeerStore.open(Path.of(arguments[0]), Clock.systemUTC(),
				() -> nanos[0] += PeerStoreWriter.REPLACE_INTERVAL.toNanos(), MAX_FILE_BYTES,
				FilePeerStore.WRITE_DELAY);
		for (int i = Integer.parseInt(arguments[1]); i < Integer.MAX_VALUE; i++) {
			store.addAddresses(peer(i), List.of(address(i)), Duration.ofHours(1));
			store.metadata(peer(i), "agentVersion", "x".repeat(512));
			store.write();
			System.out.println(i);
		}
	}

	static PeerId peer(int number) {
		try {
			return PeerId.decode(Multihash.sha256(ByteBuffer.allocate(4).putInt(0, number)).encoded());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static Multiaddr address(int number) {
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/" + (1 + number % 65_535));
	}

}
