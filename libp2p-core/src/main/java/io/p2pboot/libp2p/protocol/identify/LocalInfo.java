package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.NodeObserver.PushTrigger;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;

/**
 * Takes snapshots of what the node says about itself, and numbers them. Any thread;
 * guarded by {@code lock}.
 */
final class LocalInfo {

	private final NettyNode node;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable LocalSnapshot last;

	LocalInfo(NettyNode node) {
		this.node = node;
	}

	/** The snapshot that was taken last, whether or not something has changed since. */
	@Nullable LocalSnapshot latest() {
		this.lock.lock();
		try {
			return this.last;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** What we serve now, sorted. */
	List<ProtocolPath> protocols() {
		return this.node.protocols().stream().sorted().toList();
	}

	/** Returns the same snapshot until something has changed. */
	LocalSnapshot current() {
		List<ProtocolPath> protocols = protocols();
		List<Multiaddr> addresses = this.node.addrInfo().addresses();
		ByteBuffer record = this.node.signedRecord().encoded();
		LocalSnapshot before;
		LocalSnapshot taken;
		this.lock.lock();
		try {
			before = this.last;
			if (before != null && before.protocols().equals(protocols) && before.addresses().equals(addresses)
					&& before.signedRecord().equals(record)) {
				return before;
			}
			long sequence = (before != null) ? before.sequence() + 1 : 1;
			taken = new LocalSnapshot(sequence, protocols, addresses, this.node.agentVersion(),
					this.node.publicKey().encoded(), record);
			this.last = taken;
		}
		finally {
			this.lock.unlock();
		}
		if (before != null) {
			changed(before, taken);
		}
		return taken;
	}

	private void changed(LocalSnapshot before, LocalSnapshot taken) {
		if (!before.protocols().equals(taken.protocols())) {
			this.node.observer().pushTriggered(PushTrigger.PROTOCOLS_UPDATED);
		}
		if (!before.addresses().equals(taken.addresses())) {
			this.node.observer().pushTriggered(PushTrigger.ADDRESSES_UPDATED);
		}
	}

}
