package io.p2pboot.libp2p.mdns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.function.BiConsumer;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/**
 * The socket of one link: it shares its port with every other program that does the same.
 * The event loop only.
 */
final class LinkSocket {

	/** RFC 6762, section 11. */
	private static final int TTL = 255;

	private final NioDatagramChannel channel;

	private final InetSocketAddress group;

	private LinkSocket(NioDatagramChannel channel, InetSocketAddress group) {
		this.channel = channel;
		this.group = group;
	}

	/**
	 * Opens a socket and joins the group.
	 * @param loop its event loop
	 * @param link the link
	 * @param device its interface
	 * @param multicast where packets go
	 * @param packets takes the packets that come, with who sent them
	 * @return the socket; fails if the system does not allow it
	 */
	static Future<LinkSocket> open(EventLoop loop, Link link, NetworkInterface device, MulticastGroup multicast,
			BiConsumer<InetAddress, ByteBuffer> packets) {
		SocketProtocolFamily family = link.ip6() ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
		InetSocketAddress group = multicast.on(link);
		Bootstrap bootstrap = new Bootstrap().group(loop)
			.channelFactory(() -> new NioDatagramChannel(family))
			.option(ChannelOption.SO_REUSEADDR, true)
			.option(ChannelOption.IP_MULTICAST_IF, device)
			.option(ChannelOption.IP_MULTICAST_TTL, TTL)
			.option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MdnsLimits.MAX_PACKET_BYTES + 1))
			.handler(new Reader(packets));
		if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
			bootstrap.option(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true);
		}
		Promise<LinkSocket> opened = loop.newPromise();
		bootstrap.bind(multicast.any(link.ip6())).addListener((ChannelFuture bound) -> {
			if (!bound.isSuccess()) {
				opened.setFailure(bound.cause());
				return;
			}
			NioDatagramChannel channel = (NioDatagramChannel) bound.channel();
			channel.joinGroup(group.getAddress(), device, null).addListener((joined) -> {
				if (joined.isSuccess()) {
					opened.setSuccess(new LinkSocket(channel, group));
				}
				else {
					channel.close();
					opened.setFailure(joined.cause());
				}
			});
		});
		return opened;
	}

	/** Sends to everybody; what does not fit into the socket's buffer is lost, as any. */
	void send(ByteBuffer packet) {
		if (this.channel.isWritable()) {
			this.channel.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(packet), this.group));
		}
	}

	ChannelFuture close() {
		return this.channel.close();
	}

	boolean isOpen() {
		return this.channel.isOpen();
	}

	/** Takes packets out of their buffers. */
	private static final class Reader extends SimpleChannelInboundHandler<DatagramPacket> {

		private final BiConsumer<InetAddress, ByteBuffer> packets;

		Reader(BiConsumer<InetAddress, ByteBuffer> packets) {
			this.packets = packets;
		}

		@Override
		protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
			ByteBuf content = datagram.content();
			ByteBuffer packet = ByteBuffer.allocate(content.readableBytes());
			content.readBytes(packet);
			this.packets.accept(datagram.sender().getAddress(), packet.flip());
		}

		/**
		 * An ICMP error of one packet, or an interface that went away: looked at later.
		 */
		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			if (!context.channel().isOpen()) {
				context.close();
			}
		}

	}

}
