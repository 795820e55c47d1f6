package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Resolves the names in multiaddrs. Thread-safe; no method blocks.
 */
public final class AddressResolver {

	/** The most addresses that one resolution gives. */
	public static final int MAX_RESULTS = 100;

	/** How many TXT records are followed one after the other. */
	public static final int MAX_DEPTH = 4;

	private final EventLoop eventLoop;

	private final DnsNameResolver any;

	private final DnsNameResolver ip4;

	private final DnsNameResolver ip6;

	/** What is waited for. */
	private final Set<Promise<?>> pending = ConcurrentHashMap.newKeySet();

	private AddressResolver(EventLoops eventLoops, Optional<InetSocketAddress> server) {
		this.eventLoop = eventLoops.group().next();
		this.any = resolver(eventLoops, server, ResolvedAddressTypes.IPV4_PREFERRED);
		this.ip4 = resolver(eventLoops, server, ResolvedAddressTypes.IPV4_ONLY);
		this.ip6 = resolver(eventLoops, server, ResolvedAddressTypes.IPV6_ONLY);
	}

	/**
	 * Creates a resolver that asks the system's name servers.
	 * @param eventLoops the event loops it runs on
	 * @return the resolver
	 */
	public static AddressResolver create(EventLoops eventLoops) {
		return new AddressResolver(eventLoops, Optional.empty());
	}

	/**
	 * Creates a resolver that asks one name server.
	 * @param eventLoops the event loops it runs on
	 * @param server the name server
	 * @return the resolver
	 */
	public static AddressResolver create(EventLoops eventLoops, InetSocketAddress server) {
		return new AddressResolver(eventLoops, Optional.of(server));
	}

	private DnsNameResolver resolver(EventLoops eventLoops, Optional<InetSocketAddress> server,
			ResolvedAddressTypes types) {
		DnsNameResolverBuilder builder = new DnsNameResolverBuilder(this.eventLoop)
			.datagramChannelType(eventLoops.udp())
			.socketChannelType(eventLoops.tcp())
			.resolvedAddressTypes(types);
		server.ifPresent((address) -> builder.nameServerProvider(new SingletonDnsServerAddressStreamProvider(address)));
		return builder.build();
	}

	/**
	 * Resolves the first component of an address: names to IP addresses, the unspecified
	 * host ({@code 0.0.0.0}, {@code ::}) to the loopback, and {@code /dnsaddr} to what
	 * its TXT records hold, followed {@value #MAX_DEPTH} records deep. Of those only the
	 * ones count that end as the address does, with the same {@code /p2p} for example.
	 * @param address the address
	 * @return the addresses it stands for, at most {@value #MAX_RESULTS}: itself if there
	 * is nothing to resolve; fails with an {@link IOException} that names the address
	 */
	public Future<List<Multiaddr>> resolve(Multiaddr address) {
		Multiaddr.Component first = address.components().get(0);
		return switch (first.protocol()) {
			case DNSADDR -> new DnsaddrLookup(address, this.eventLoop, this::texts, this::resolve).start();
			case DNS -> lookup(this.any, address, first.value());
			case DNS4 -> lookup(this.ip4, address, first.value());
			case DNS6 -> lookup(this.ip6, address, first.value());
			default -> this.eventLoop.newSucceededFuture(List.of(onThisHost(address)));
		};
	}

	/** What listens on every address of this host is dialled on its loopback. */
	private static Multiaddr onThisHost(Multiaddr address) {
		boolean unspecified = address.ipSocketAddress()
			.map((socket) -> socket.getAddress().isAnyLocalAddress())
			.orElse(false);
		if (!unspecified) {
			return address;
		}
		boolean ip4 = address.components().get(0).protocol() == MultiaddrProtocol.IP4;
		return address.withHost(ip4 ? NetUtil.LOCALHOST4 : NetUtil.LOCALHOST6);
	}

	/** The TXT records of a name, each with its strings joined. */
	private Future<List<String>> texts(String name) {
		Promise<List<String>> result = promise();
		Future<List<DnsRecord>> asked;
		try {
			asked = this.any.resolveAll(new DefaultDnsQuestion(name, DnsRecordType.TXT));
		}
		catch (IllegalArgumentException ex) {
			return result.setFailure(new IOException("'" + name + "' is no name", ex));
		}
		asked.addListener((Future<List<DnsRecord>> done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
				return;
			}
			List<String> texts = new ArrayList<>();
			for (DnsRecord dnsRecord : done.getNow()) {
				if (dnsRecord instanceof DnsRawRecord raw && raw.type().equals(DnsRecordType.TXT)) {
					texts.add(text(raw.content()));
				}
				ReferenceCountUtil.release(dnsRecord);
			}
			result.trySuccess(texts);
		});
		return result;
	}

	/**
	 * RFC 1035, section 3.3.14: one string or more, each behind the byte of its length.
	 */
	private static String text(ByteBuf strings) {
		StringBuilder text = new StringBuilder();
		while (strings.isReadable()) {
			int length = Math.min(strings.readUnsignedByte(), strings.readableBytes());
			text.append(strings.readCharSequence(length, StandardCharsets.UTF_8));
		}
		return text.toString();
	}

	private Future<List<Multiaddr>> lookup(DnsNameResolver resolver, Multiaddr address, String name) {
		Promise<List<Multiaddr>> result = promise();
		resolver.resolveAll(name).addListener((Future<List<InetAddress>> done) -> {
			if (done.isSuccess()) {
				List<Multiaddr> found = new ArrayList<>();
				done.getNow().stream().limit(MAX_RESULTS).forEach((host) -> found.add(withHost(address, name, host)));
				result.trySuccess(found);
			}
			else {
				result.tryFailure(new IOException("Could not resolve " + address + ": " + done.cause().getMessage(),
						done.cause()));
			}
		});
		return result;
	}

	/**
	 * Puts an IP address in the place of a name. Who is asked for by name hears it still:
	 * a TLS server as SNI, a WebSocket server without TLS in the Host header.
	 */
	static Multiaddr withHost(Multiaddr address, String name, InetAddress host) {
		StringBuilder text = new StringBuilder(Multiaddr.ofHost(host).toString());
		boolean named = address.has(MultiaddrProtocol.SNI);
		boolean plainWs = !named && !address.has(MultiaddrProtocol.TLS);
		address.components().stream().skip(1).forEach((component) -> {
			boolean plainWss = component.protocol() == MultiaddrProtocol.WSS;
			if (plainWs && component.protocol() == MultiaddrProtocol.WS) {
				text.append("/sni/").append(name);
			}
			text.append(plainWss ? "/tls" : component.toString());
			if (!named && (plainWss || component.protocol() == MultiaddrProtocol.TLS)) {
				text.append("/sni/").append(name);
			}
			text.append(plainWss ? "/ws" : "");
		});
		return Multiaddr.parse(text.toString());
	}

	private <T> Promise<T> promise() {
		Promise<T> promise = this.eventLoop.newPromise();
		this.pending.add(promise);
		promise.addListener((done) -> this.pending.remove(promise));
		return promise;
	}

	/**
	 * Ends what is being looked up and frees the sockets. To be waited for before the
	 * event loops end: whoever waits for a name has heard then.
	 * @return completes when all have heard
	 */
	public Future<Void> close() {
		Promise<Void> closed = this.eventLoop.newPromise();
		this.eventLoop.execute(() -> {
			List.copyOf(this.pending).forEach((promise) -> promise.tryFailure(new IOException("The node has closed")));
			this.any.close();
			this.ip4.close();
			this.ip6.close();
			closed.trySuccess(null);
		});
		return closed;
	}

}
