package io.p2pboot.libp2p.resource;

import java.util.function.LongSupplier;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Scopes for what is tested without a node.
 */
public final class TestScope {

	private static final Multiaddr NOWHERE = Multiaddr.parse("/memory/1");

	private TestScope() {
	}

	/** The resources of a node that lets everybody in. */
	public static ResourceManager manager(ConnectionLimits limits) {
		return manager(limits, UnreadMemory.ofProcess());
	}

	/** The resources of a node that lets everybody in, with a clock of its own. */
	public static ResourceManager manager(ConnectionLimits limits, LongSupplier nanos) {
		return new ResourceManager(limits(limits, AddressLimits.DEFAULT), ConnectionGater.ALL, UnreadMemory.ofProcess(),
				nanos, ResourceManager.Listener.NONE);
	}

	/**
	 * The resources of a node that lets everybody in, in a process with so much memory.
	 */
	public static ResourceManager manager(ConnectionLimits limits, UnreadMemory memory) {
		return new ResourceManager(limits(limits, AddressLimits.DEFAULT), ConnectionGater.ALL, memory, System::nanoTime,
				ResourceManager.Listener.NONE);
	}

	/** Limits of which only some matter. */
	static ResourceLimits limits(ConnectionLimits limits, AddressLimits addresses) {
		return new ResourceLimits(limits, addresses, StreamLimits.NONE, Integer.MAX_VALUE);
	}

	/** A scope of a node that has only this connection. */
	public static ConnectionScope open() {
		return open(UnreadMemory.ofProcess());
	}

	/** A scope in a process that has so much memory. */
	public static ConnectionScope open(UnreadMemory memory) {
		try {
			return manager(ConnectionLimits.DEFAULT, memory).open(Direction.INBOUND, NOWHERE, NOWHERE, () -> {
			});
		}
		catch (Libp2pException ex) {
			throw new AssertionError(ex);
		}
	}

}
