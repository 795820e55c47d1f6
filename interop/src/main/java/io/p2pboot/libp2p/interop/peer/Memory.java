package io.p2pboot.libp2p.interop.peer;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.stream.LongStream;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What this process keeps. Stateless.
 */
final class Memory {

	/** Collections until nothing more goes: cleaners and soft ends need several. */
	private static final int COLLECTIONS = 4;

	private Memory() {
	}

	/** What all threads have allocated on the heap, in bytes. */
	static ObjectNode allocated() {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long bytes;
		try {
			bytes = (long) ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes").invoke(threads);
		}
		catch (ReflectiveOperationException ex) {
			bytes = LongStream.of(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
				.filter((one) -> one > 0)
				.sum();
		}
		return JsonNodeFactory.instance.objectNode().put("bytes", bytes);
	}

	/** Collects, then tells the bytes that are left. Blocks for some hundred ms. */
	static ObjectNode retained() {
		for (int i = 0; i < COLLECTIONS; i++) {
			System.gc();
		}
		long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
		// The node's sockets have Netty's pooled allocator, whatever the default is.
		long allocators = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
		if (ByteBufAllocator.DEFAULT != PooledByteBufAllocator.DEFAULT
				&& ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider other) {
			allocators += other.metric().usedDirectMemory();
		}
		return JsonNodeFactory.instance.objectNode()
			.put("heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed())
			.put("direct", Math.max(buffers, allocators));
	}

}
