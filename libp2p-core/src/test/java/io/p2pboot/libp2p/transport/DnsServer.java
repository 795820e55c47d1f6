package io.p2pboot.libp2p.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;

/**
 * A name server on a free port of this host, for tests.
 */
public final class DnsServer implements AutoCloseable {

	private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final Map<String, List<ByteBuf>> records = new ConcurrentHashMap<>();

	private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

	private final Channel channel;

	/** Starts the server. */
	public DnsServer() {
		this.channel = new Bootstrap().group(this.group)
			.channel(NioDatagramChannel.class)
			.handler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline()
						.addLast(new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(), new Answers());
				}

			})
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.syncUninterruptibly()
			.channel();
	}

	/** Where it listens. */
	public InetSocketAddress address() {
		return (InetSocketAddress) this.channel.localAddress();
	}

	/** Adds a TXT record, in strings of at most 255 bytes. */
	public DnsServer txt(String name, String text) {
		ByteBuf content = Unpooled.buffer();
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		for (int from = 0; from < bytes.length; from += 255) {
			int length = Math.min(255, bytes.length - from);
			content.writeByte(length).writeBytes(bytes, from, length);
		}
		return add(name, DnsRecordType.TXT, content);
	}

	/** Adds a record of an address. */
	public DnsServer host(String name, InetAddress address) {
		byte[] bytes = address.getAddress();
		return add(name, (bytes.length == 4) ? DnsRecordType.A : DnsRecordType.AAAA, Unpooled.wrappedBuffer(bytes));
	}

	private DnsServer add(String name, DnsRecordType type, ByteBuf content) {
		this.records.computeIfAbsent(name + ". " + type.name(), (key) -> new CopyOnWriteArrayList<>()).add(content);
		return this;
	}

	/** The questions so far, as "name. TYPE". */
	public List<String> asked() {
		return new ArrayList<>(this.asked);
	}

	@Override
	public void close() {
		this.channel.close().syncUninterruptibly();
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

	private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {

		@Override
		protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
			DnsQuestion question = query.recordAt(DnsSection.QUESTION);
			String key = question.name() + " " + question.type().name();
			DnsServer.this.asked.add(key);
			DatagramDnsResponse response = new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
			response.addRecord(DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
			List<ByteBuf> contents = DnsServer.this.records.getOrDefault(key, List.of());
			contents.forEach((content) -> response.addRecord(DnsSection.ANSWER,
					new DefaultDnsRawRecord(question.name(), question.type(), 60, content.copy())));
			if (contents.isEmpty()) {
				response.setCode(DnsResponseCode.NXDOMAIN);
			}
			ctx.writeAndFlush(response);
		}

	}

}
