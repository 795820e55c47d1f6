package io.p2pboot.libp2p.resource;

import java.lang.management.ManagementFactory;

import javax.management.JMException;
import javax.management.ObjectName;

import io.netty.util.internal.PlatformDependent;

/**
 * All limits of a node.
 *
 * @param connections on connections
 * @param addresses on what one address may have
 * @param streams on streams
 * @param descriptors how many file descriptors connections may use before no more inbound
 * ones are let in; positive
 */
public record ResourceLimits(ConnectionLimits connections, AddressLimits addresses, StreamLimits streams,
		int descriptors) {

	/** The least and the most connections that a process is given by default. */
	private static final int LEAST_CONNECTIONS = 128;

	private static final int MOST_CONNECTIONS = 16_384;

	/** How much heap a connection is given by default: 1,024 connections in 1 GiB. */
	private static final long HEAP_OF_A_CONNECTION = 1 << 20;

	/** How much memory for buffers. */
	private static final long DIRECT_OF_A_CONNECTION = 256 << 10;

	/** Handshakes at once for each core. */
	private static final int UPGRADES_OF_A_CORE = 32;

	/** Where the system does not say how many files may be open. */
	private static final long UNKNOWN_DESCRIPTORS = 65_536;

	/**
	 * Checks the limits.
	 * @param connections on connections
	 * @param addresses on what one address may have
	 * @param streams on streams
	 * @param descriptors how many file descriptors
	 * @throws IllegalArgumentException if {@code descriptors} is not positive
	 */
	public ResourceLimits {
		if (descriptors < 1) {
			throw new IllegalArgumentException("descriptors must be positive, was " + descriptors);
		}
	}

	/**
	 * Returns the limits on connections of a process that is not told otherwise: one for
	 * each MiB of heap and each 256 KiB of memory for buffers, and no more than half of
	 * the file descriptors; 128 to 16,384. Handshakes grow with the cores. go-libp2p
	 * gives 128 connections, and 128 more for each 8 GiB of memory. Ask for more where
	 * they are idle: 10,000 fit into a heap of 1 GiB.
	 * @param heapBytes the most that the heap may take
	 * @param directBytes the most that buffers may take
	 * @param descriptors how many files the process may have open
	 * @param cores how many processors there are
	 * @return the limits
	 */
	public static ConnectionLimits scaled(long heapBytes, long directBytes, long descriptors, int cores) {
		long byMemory = Math.min(heapBytes / HEAP_OF_A_CONNECTION, directBytes / DIRECT_OF_A_CONNECTION);
		long most = Math.max(1, Math.min(MOST_CONNECTIONS, descriptors / 2));
		int connections = (int) Math.min(most, Math.max(LEAST_CONNECTIONS, byMemory));
		int upgrades = Math.max(ConnectionLimits.DEFAULT.inboundUpgrading(), UPGRADES_OF_A_CORE * cores);
		return ConnectionLimits.DEFAULT.withConnections(connections).withInboundUpgrading(upgrades);
	}

	/**
	 * Returns what {@link #scaled} gives for this process.
	 * @return the limits on connections
	 */
	public static ConnectionLimits ofProcess() {
		Runtime runtime = Runtime.getRuntime();
		return scaled(runtime.maxMemory(), PlatformDependent.maxDirectMemory(), processDescriptors(),
				runtime.availableProcessors());
	}

	/**
	 * Returns how many file descriptors connections may use by default: half of those of
	 * the process.
	 * @return the number
	 */
	public static int defaultDescriptors() {
		return (int) Math.max(1, Math.min(Integer.MAX_VALUE, processDescriptors() / 2));
	}

	private static long processDescriptors() {
		try {
			Object count = ManagementFactory.getPlatformMBeanServer()
				.getAttribute(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), "MaxFileDescriptorCount");
			return (count instanceof Long known && known > 0) ? known : UNKNOWN_DESCRIPTORS;
		}
		catch (JMException ex) {
			// Windows has none.
			return UNKNOWN_DESCRIPTORS;
		}
	}

}
