package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.logging.LogLevel;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the libp2p node.
 *
 * @param enabled Whether to create a node.
 * @param autoStartup Whether to start the node with the application.
 * @param agentVersion Name and version of this node, as other peers see it. Defaults to
 * the application's name.
 * @param identity The identity of the node.
 * @param listen Addresses to listen on. Without any, the node only dials.
 * @param announce Addresses to announce to other peers instead of the bound ones.
 * @param transport The transports.
 * @param security Security protocols, in order of preference.
 * @param muxers Stream multiplexers, in order of preference.
 * @param yamux The yamux multiplexer.
 * @param dial Outbound connections.
 * @param connections All connections.
 * @param gater Peers and networks that are blocked or allowed.
 * @param limits Limits on what other peers can use.
 * @param streams Streams and the messages on them.
 * @param datagrams Datagrams.
 * @param dns Name resolution.
 * @param eventLoopThreads Number of event loop threads; 0 for one per processor core.
 * @param handlers Handlers.
 * @param template The template.
 * @param bootstrap Peers to connect to at startup.
 * @param shutdown Shutdown.
 * @param metrics Metrics.
 * @param observations Observations of handlers and calls.
 */
@ConfigurationProperties("libp2p")
public record Libp2pProperties(@DefaultValue("true") boolean enabled, @DefaultValue("true") boolean autoStartup,
		@Nullable String agentVersion, @DefaultValue Identity identity,
		@DefaultValue @ShownAsText List<Multiaddr> listen, @DefaultValue @ShownAsText List<Multiaddr> announce,
		@DefaultValue Transports transport, @DefaultValue( {
				"noise", "tls" }) List<Security> security,
		@DefaultValue("yamux") List<Muxer> muxers, @DefaultValue Yamux yamux, @DefaultValue Dial dial,
		@DefaultValue Connections connections, @DefaultValue Gater gater, @DefaultValue Limits limits,
		@DefaultValue Streams streams, @DefaultValue Datagrams datagrams, @DefaultValue Dns dns,
		@DefaultValue("0") int eventLoopThreads, @DefaultValue Handlers handlers, @DefaultValue Template template,
		@DefaultValue Bootstrap bootstrap, @DefaultValue Shutdown shutdown, @DefaultValue Metrics metrics,
		@DefaultValue Observations observations){

	/**
	 * The identity.
	 *
	 * @param location Path of the file that keeps the private key, in the format of other
	 * libp2p implementations. Only its owner may have access.
	 * @param type Type of the key.
	 * @param generate When to generate a key.
	 * @param privateKey Private key as base64 of its protobuf encoding, instead of a
	 * file.
	 */
	public record Identity(@Nullable String location, @DefaultValue("ed25519") KeyType type,
			@DefaultValue("if-missing") Generate generate, @Nullable String privateKey) {

		@Override
		public String toString() {
			return "Identity[location=" + this.location + ", type=" + this.type + ", generate=" + this.generate + "]";
		}

	}

	/**
	 * When an identity is generated.
	 */
	public enum Generate {

		/** Generate a key if the file does not exist, and keep it there. */
		IF_MISSING,

		/** The file has to exist. */
		NEVER

	}

	/**
	 * The transports.
	 *
	 * @param tcp TCP.
	 * @param quic QUIC.
	 * @param websocket WebSocket.
	 * @param memory Connections within this process.
	 */
	public record Transports(@DefaultValue Tcp tcp, @DefaultValue Quic quic, @DefaultValue WebSocket websocket,
			@DefaultValue Memory memory) {
	}

	/**
	 * TCP.
	 *
	 * @param enabled Whether to enable the TCP transport.
	 * @param connectTimeout TCP connect timeout.
	 * @param reusePort Whether to dial from the port that is listened on, where the
	 * system can share one (Linux with epoll), so that peers observe an address that
	 * others can dial.
	 */
	public record Tcp(@DefaultValue("true") boolean enabled, @DefaultValue("5s") Duration connectTimeout,
			@DefaultValue("true") boolean reusePort) {
	}

	/**
	 * QUIC.
	 *
	 * @param enabled Whether to enable the QUIC transport, if its native library loads.
	 * @param required Whether startup fails if `libp2p.listen` has a QUIC address and the
	 * native library does not load. If not, the address is skipped with a warning.
	 * @param handshakeTimeout Handshake timeout.
	 * @param idleTimeout Time without a packet after which a connection is lost. The
	 * smaller value of both peers applies.
	 * @param keepAlive Interval of keep-alive packets on an idle connection. At most half
	 * the idle timeout applies.
	 * @param inboundStreams Maximum number of streams that a peer may have open on a
	 * connection.
	 * @param streamWindow Initial receive window of a stream. It grows to 16 MB for a
	 * fast reader.
	 * @param connectionWindow Initial receive window of a connection. It grows to 24 MB
	 * for a fast reader.
	 * @param socketBuffer Send and receive buffer to request from the operating system
	 * for each socket.
	 * @param maxPacketSize Largest UDP payload that path MTU discovery tries.
	 * @param eventLoops Number of event loops that serve the port of a listener, where
	 * the system can share one (Linux with epoll). Connections are spread over them.
	 * @param datagrams Datagrams beside the streams of a connection.
	 */
	public record Quic(@DefaultValue("true") boolean enabled, @DefaultValue("true") boolean required,
			@DefaultValue("10s") Duration handshakeTimeout, @DefaultValue("30s") Duration idleTimeout,
			@DefaultValue("15s") Duration keepAlive, @DefaultValue("256") int inboundStreams,
			@DefaultValue("128KB") DataSize streamWindow, @DefaultValue("16MB") DataSize connectionWindow,
			@DefaultValue("4MB") DataSize socketBuffer, @DefaultValue("16383B") DataSize maxPacketSize,
			@DefaultValue("1") int eventLoops, @DefaultValue QuicDatagrams datagrams) {
	}

	/**
	 * Datagrams of QUIC.
	 *
	 * @param enabled Whether to send datagrams natively. If not, they travel on a stream.
	 * @param maxQueue Maximum number of datagrams queued in each direction of a
	 * connection.
	 */
	public record QuicDatagrams(@DefaultValue("true") boolean enabled, @DefaultValue("1024") int maxQueue) {
	}

	/**
	 * WebSocket.
	 *
	 * @param enabled Whether to enable the WebSocket transport.
	 * @param connectTimeout TCP connect timeout.
	 * @param handshakeTimeout Timeout of TLS and the HTTP upgrade together.
	 * @param ssl TLS below WebSocket.
	 */
	public record WebSocket(@DefaultValue("false") boolean enabled, @DefaultValue("5s") Duration connectTimeout,
			@DefaultValue("10s") Duration handshakeTimeout, @DefaultValue Ssl ssl) {
	}

	/**
	 * TLS of a transport.
	 *
	 * @param bundle Name of the SSL bundle that has the certificate for listening and the
	 * trusted certificates for dialing.
	 */
	public record Ssl(@Nullable String bundle) {
	}

	/**
	 * The memory transport.
	 *
	 * @param enabled Whether to enable the in-memory transport, which connects nodes of
	 * the same process.
	 */
	public record Memory(@DefaultValue("false") boolean enabled) {
	}

	/**
	 * The security protocols.
	 */
	public enum Security {

		/** Noise XX. */
		NOISE,

		/** TLS 1.3. */
		TLS

	}

	/**
	 * The stream multiplexers.
	 */
	public enum Muxer {

		/** Yamux. */
		YAMUX

	}

	/**
	 * Yamux.
	 *
	 * @param maxWindow Maximum receive window of a stream.
	 * @param keepAlive Interval of keep-alive pings.
	 * @param writeTimeout Time without progress in writing after which a connection is
	 * closed.
	 */
	public record Yamux(@DefaultValue("16MB") DataSize maxWindow, @DefaultValue("30s") Duration keepAlive,
			@DefaultValue("10s") Duration writeTimeout) {
	}

	/**
	 * Outbound connections.
	 *
	 * @param timeout Overall timeout for connecting to a peer.
	 * @param privateNames Whether names that other peers announce may lead to addresses
	 * of private networks, as in a cluster.
	 */
	public record Dial(@DefaultValue("15s") Duration timeout, @DefaultValue("false") boolean privateNames) {
	}

	/**
	 * All connections.
	 *
	 * @param upgradeTimeout Timeout for encrypting and multiplexing a connection.
	 * @param perAddress Maximum number of inbound connections from one IPv4 address, or
	 * one /56 of IPv6. Loopback addresses are not limited.
	 * @param perSite Maximum number of inbound connections from one /48 of IPv6.
	 * @param burstPerAddress Maximum number of connections that an address may open at
	 * once; a /48 of IPv6 five times as many.
	 * @param intervalPerAddress Time after which an address may open one more; 0 for no
	 * limit.
	 * @param lowMark Number of connections that are left when connections are closed
	 * because there are many. Defaults to three quarters of the limit.
	 * @param highMark Number of connections above which the least valuable are closed.
	 * Defaults to seven eighths of the limit.
	 * @param gracePeriod Time during which a new connection is not closed to make room.
	 * @param protectedPeers Peers whose connections are not closed to make room.
	 */
	public record Connections(@DefaultValue("15s") Duration upgradeTimeout, @DefaultValue("64") int perAddress,
			@DefaultValue("256") int perSite, @DefaultValue("128") int burstPerAddress,
			@DefaultValue("100ms") Duration intervalPerAddress, @Nullable Integer lowMark, @Nullable Integer highMark,
			@DefaultValue("1m") Duration gracePeriod, @DefaultValue @ShownAsText List<PeerId> protectedPeers) {
	}

	/**
	 * Who may connect. A bean of type AccessLists takes the place of these lists, and
	 * changes them at run time.
	 *
	 * @param blockedPeers Peers that are neither dialed nor let in.
	 * @param blockedNetworks IP networks, such as 192.0.2.0/24, that are neither dialed
	 * nor let in. Of the networks that an address belongs to, the smallest decides.
	 * @param allowedPeers Peers that get in even where limits are reached.
	 * @param allowedNetworks IP networks that get in even where limits are reached.
	 */
	public record Gater(@DefaultValue @ShownAsText List<PeerId> blockedPeers,
			@DefaultValue @ShownAsText List<IpNetwork> blockedNetworks,
			@DefaultValue @ShownAsText List<PeerId> allowedPeers,
			@DefaultValue @ShownAsText List<IpNetwork> allowedNetworks) {
	}

	/**
	 * Limits.
	 *
	 * @param connections Maximum number of connections. Defaults to one for each MB of
	 * heap and 256KB of direct memory, from 128 to 16384, and at most half of the file
	 * descriptors.
	 * @param connectionsPerPeer Maximum number of connections with one peer.
	 * @param inboundUpgrades Maximum number of inbound connections in their handshakes.
	 * Defaults to 128, or to 32 for each core if that is more.
	 * @param inboundStreamsPerConnection Maximum number of streams that a peer may have
	 * open on a connection. QUIC has a limit of its own.
	 * @param negotiatingStreamsPerConnection Maximum number of inbound streams of a
	 * connection that negotiate their protocol at once. Others wait.
	 * @param unreadPerConnection Maximum amount of data that a peer may be allowed to
	 * send on a connection before handlers read it. Defaults to 256KB for each inbound
	 * stream, and 64MB more. QUIC has a limit of its own.
	 * @param inboundStreams Maximum number of streams that peers may have open in all.
	 * Defaults to 128 for each connection that is allowed.
	 * @param inboundStreamsPerPeer Maximum number of streams that one peer may have open
	 * on all its connections. Defaults to twice those of a connection.
	 * @param inboundStreamsPerProtocol Maximum number of streams of one protocol that
	 * peers may have open. Defaults to half of all.
	 * @param inboundStreamsPerProtocolAndPeer Maximum number of streams of one protocol
	 * that one peer may have open. Defaults to those of a connection.
	 * @param descriptors Maximum number of file descriptors of connections before no
	 * inbound ones are let in. Defaults to half of those of the process.
	 */
	public record Limits(@Nullable Integer connections, @DefaultValue("8") int connectionsPerPeer,
			@Nullable Integer inboundUpgrades, @DefaultValue("1000") int inboundStreamsPerConnection,
			@DefaultValue("32") int negotiatingStreamsPerConnection, @Nullable DataSize unreadPerConnection,
			@Nullable Integer inboundStreams, @Nullable Integer inboundStreamsPerPeer,
			@Nullable Integer inboundStreamsPerProtocol, @Nullable Integer inboundStreamsPerProtocolAndPeer,
			@Nullable Integer descriptors) {
	}

	/**
	 * Streams.
	 *
	 * @param negotiationTimeout Timeout for negotiating the protocol of a stream.
	 * @param messageTimeout Timeout for reading or writing one message.
	 * @param firstByteTimeout Time that a handler waits for the first byte of its stream;
	 * 0 for no limit. A read timeout that a handler sets takes its place.
	 * @param maxMessageSize Maximum size of a message.
	 */
	public record Streams(@DefaultValue("10s") Duration negotiationTimeout,
			@DefaultValue("30s") Duration messageTimeout, @DefaultValue("2m") Duration firstByteTimeout,
			@DefaultValue("4MB") DataSize maxMessageSize) {
	}

	/**
	 * Datagrams.
	 *
	 * @param maxSize Maximum size of a datagram that travels on a stream.
	 */
	public record Datagrams(@DefaultValue("1200B") DataSize maxSize) {
	}

	/**
	 * Name resolution.
	 *
	 * @param server Name server to ask, as address or address:port, instead of those of
	 * the operating system.
	 */
	public record Dns(@Nullable String server) {
	}

	/**
	 * Handlers.
	 *
	 * @param threading Type of thread that handlers run on.
	 * @param maxConcurrent Maximum number of handlers running at once, shared by the
	 * peers that they serve. Further streams are reset.
	 * @param format Format of messages that are objects.
	 * @param failureLogLevel Level at which the log tells of a handler that failed, with
	 * the trace. What a peer caused is told at debug level.
	 * @param errorBodies Whether peers of this library that ask for it are told the code
	 * and the reason of a reset. Serves methods with messages under a second path.
	 * @param traceContext Whether spans of methods with messages belong to the trace that
	 * a peer of this library tells. Serves them under a second path. Peers choose what
	 * they tell.
	 */
	public record Handlers(@DefaultValue("auto") HandlerThreading threading, @DefaultValue("256") int maxConcurrent,
			@DefaultValue("json") PayloadFormat format, @DefaultValue("warn") LogLevel failureLogLevel,
			@DefaultValue("false") boolean errorBodies, @DefaultValue("false") boolean traceContext) {
	}

	/**
	 * The template.
	 *
	 * @param errorBodies Whether to ask peers for the code and the reason of a reset.
	 * @param traceContext Whether to tell peers of this library to which trace a call
	 * with messages belongs, baggage included.
	 */
	public record Template(@DefaultValue("false") boolean errorBodies, @DefaultValue("false") boolean traceContext) {
	}

	/**
	 * Types of handler threads.
	 */
	public enum HandlerThreading {

		/** Virtual threads if {@code spring.threads.virtual.enabled} says so. */
		AUTO,

		/** Platform threads. */
		PLATFORM,

		/** Virtual threads; needs Java 21 or later. */
		VIRTUAL;

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * Bootstrapping.
	 *
	 * @param peers Addresses of peers to connect to, each ending with the peer id.
	 * @param minConnected Number of connected peers below which health is down, and peers
	 * of earlier connections are dialed again.
	 * @param failFast Whether startup fails if none of the peers can be reached.
	 */
	public record Bootstrap(@DefaultValue @ShownAsText List<AddrInfo> peers, @DefaultValue("0") int minConnected,
			@DefaultValue("false") boolean failFast) {
	}

	/**
	 * Shutdown.
	 *
	 * @param gracePeriod Time that running handlers have to finish.
	 */
	public record Shutdown(@DefaultValue("20s") Duration gracePeriod) {
	}

	/**
	 * Metrics.
	 *
	 * @param histograms Whether to publish histograms of durations and sizes.
	 * @param maxProtocols Maximum number of protocols with a tag value of their own.
	 * Further ones are counted as "other".
	 */
	public record Metrics(@DefaultValue("true") boolean histograms, @DefaultValue("100") int maxProtocols) {
	}

	/**
	 * Observations.
	 *
	 * @param streams Whether to observe each stream that a handler serves.
	 * @param datagrams Whether to observe each datagram that a handler serves.
	 * @param calls Whether to observe each call of the template.
	 */
	public record Observations(@DefaultValue("true") boolean streams, @DefaultValue("true") boolean datagrams,
			@DefaultValue("true") boolean calls) {
	}

}
