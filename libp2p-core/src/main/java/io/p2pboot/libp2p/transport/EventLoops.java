package io.p2pboot.libp2p.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * The event loops of a node and the channel classes that fit them: epoll where its native
 * loads, else NIO. Thread-safe.
 *
 * @param group the event loops
 * @param tcp the class of TCP connections
 * @param tcpServer the class of TCP listeners
 * @param udp the class of UDP sockets
 */
public record EventLoops(EventLoopGroup group, Class<? extends SocketChannel> tcp,
		Class<? extends ServerSocketChannel> tcpServer, Class<? extends DatagramChannel> udp) {

	/**
	 * Creates event loops on epoll where it is available, else on NIO. The threads are
	 * daemons. The caller owns the group and shuts it down.
	 * @param threads how many threads; 0 for one a core
	 * @return the event loops
	 */
	public static EventLoops create(int threads) {
		return Epoll.isAvailable() ? epoll(threads) : nio(threads);
	}

	/**
	 * Creates event loops on NIO, which every platform has.
	 * @param threads how many threads; 0 for one a core
	 * @return the event loops
	 */
	public static EventLoops nio(int threads) {
		return new EventLoops(group(threads, NioIoHandler.newFactory()), NioSocketChannel.class,
				NioServerSocketChannel.class, NioDatagramChannel.class);
	}

	/**
	 * Returns whether the calling thread is an event loop's, of any node.
	 * @return whether it must not block
	 */
	public static boolean isEventLoop() {
		return Thread.currentThread() instanceof LoopThread;
	}

	private static EventLoops epoll(int threads) {
		return new EventLoops(group(threads, EpollIoHandler.newFactory()), EpollSocketChannel.class,
				EpollServerSocketChannel.class, EpollDatagramChannel.class);
	}

	private static EventLoopGroup group(int threads, IoHandlerFactory factory) {
		int count = (threads == 0) ? Runtime.getRuntime().availableProcessors() : threads;
		return new MultiThreadIoEventLoopGroup(count, new LoopThreads(), factory);
	}

	/**
	 * Makes the threads of event loops.
	 */
	private static final class LoopThreads extends DefaultThreadFactory {

		LoopThreads() {
			super("libp2p-io", true);
		}

		@Override
		protected Thread newThread(Runnable task, String name) {
			return new LoopThread(task, name);
		}

	}

	/**
	 * Is known by its class, so that asking costs nothing.
	 */
	private static final class LoopThread extends FastThreadLocalThread {

		LoopThread(Runnable task, String name) {
			super(task, name);
		}

	}

}
