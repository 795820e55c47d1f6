package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the libp2p node.
 *
 * @param enabled Whether a node is built.
 * @param autoStartup Whether the node starts with the application.
 * @param agentVersion Name and version that other peers are told. Defaults to the
 * application's name.
 * @param identity The key that makes this node who it is.
 * @param listen Addresses to listen on. Without one the node only dials.
 * @param announce Addresses to tell other peers instead of the bound ones.
 * @param transport The transports.
 * @param security Security protocols, in order of preference.
 * @param muxers Stream multiplexers, in order of preference.
 * @param yamux The yamux multiplexer.
 * @param dial Connecting to peers.
 * @param streams Streams and the messages on them.
 * @param handlers Threads and payloads of the handlers that beans bring.
 * @param bootstrap Peers to connect to once started.
 * @param shutdown The end of the node.
 * @param metrics Meters of the node.
 * @param observations Observations of handlers.
 */
@ConfigurationProperties("libp2p")
public record Libp2pProperties(@DefaultValue("true") boolean enabled, @DefaultValue("true") boolean autoStartup,
		@Nullable String agentVersion, @DefaultValue Identity identity, @DefaultValue List<Multiaddr> listen,
		@DefaultValue List<Multiaddr> announce, @DefaultValue Transports transport, @DefaultValue( {
				"noise", "tls" }) List<Security> security,
		@DefaultValue("yamux") List<Muxer> muxers, @DefaultValue Yamux yamux, @DefaultValue Dial dial,
		@DefaultValue Streams streams, @DefaultValue Handlers handlers, @DefaultValue Bootstrap bootstrap,
		@DefaultValue Shutdown shutdown, @DefaultValue Metrics metrics, @DefaultValue Observations observations){

	/**
	 * The identity.
	 *
	 * @param location Path of the file that keeps the private key, in the format of other
	 * libp2p implementations. Only its owner may have access.
	 * @param type Kind of the key.
	 * @param generate When a new key is made and kept.
	 * @param privateKey Private key as base64 of its protobuf form, instead of a file.
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

		/** Make a key where the file does not exist, and keep it there. */
		IF_MISSING,

		/** The file has to exist. */
		NEVER

	}

	/**
	 * The transports.
	 *
	 * @param tcp TCP.
	 * @param quic QUIC.
	 * @param websocket WebSockets.
	 * @param memory Connections within this process.
	 */
	public record Transports(@DefaultValue Tcp tcp, @DefaultValue Quic quic, @DefaultValue WebSocket websocket,
			@DefaultValue Memory memory) {
	}

	/**
	 * TCP.
	 *
	 * @param enabled Whether TCP addresses are dialled and listened on.
	 * @param connectTimeout Time that a TCP connection may take to stand.
	 */
	public record Tcp(@DefaultValue("true") boolean enabled, @DefaultValue("5s") Duration connectTimeout) {
	}

	/**
	 * QUIC.
	 *
	 * @param enabled Whether QUIC addresses are dialled and listened on, where its native
	 * library loads.
	 * @param required Whether the start fails if a QUIC address is to be listened on and
	 * the native library of QUIC does not load. If not, the address is skipped with a
	 * warning.
	 * @param handshakeTimeout Time that a handshake may take.
	 * @param idleTimeout Time without a packet after which a connection is lost, unless
	 * the peer's is shorter.
	 * @param datagrams Datagrams beside the streams of a connection.
	 */
	public record Quic(@DefaultValue("true") boolean enabled, @DefaultValue("true") boolean required,
			@DefaultValue("10s") Duration handshakeTimeout, @DefaultValue("30s") Duration idleTimeout,
			@DefaultValue QuicDatagrams datagrams) {
	}

	/**
	 * Datagrams of QUIC.
	 *
	 * @param enabled Whether connections carry datagrams beside their streams; if not, a
	 * stream carries them.
	 * @param maxQueue Number of datagrams that may wait in each direction of a
	 * connection.
	 */
	public record QuicDatagrams(@DefaultValue("true") boolean enabled, @DefaultValue("1024") int maxQueue) {
	}

	/**
	 * WebSockets.
	 *
	 * @param enabled Whether WebSocket addresses are dialled and listened on.
	 * @param connectTimeout Time that a TCP connection may take to stand.
	 * @param handshakeTimeout Time that TLS and the HTTP upgrade may take together.
	 * @param ssl TLS below WebSockets.
	 */
	public record WebSocket(@DefaultValue("false") boolean enabled, @DefaultValue("5s") Duration connectTimeout,
			@DefaultValue("10s") Duration handshakeTimeout, @DefaultValue Ssl ssl) {
	}

	/**
	 * TLS of a transport.
	 *
	 * @param bundle Name of the SSL bundle with the certificate of listeners and the
	 * trust for dialling.
	 */
	public record Ssl(@Nullable String bundle) {
	}

	/**
	 * The memory transport.
	 *
	 * @param enabled Whether addresses of this process are dialled and listened on.
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
	 * @param maxWindow How far the receive window of a stream may grow.
	 */
	public record Yamux(@DefaultValue("16MB") DataSize maxWindow) {
	}

	/**
	 * Dialling.
	 *
	 * @param timeout Time that connecting to a peer may take in all.
	 */
	public record Dial(@DefaultValue("15s") Duration timeout) {
	}

	/**
	 * Streams.
	 *
	 * @param negotiationTimeout Time that negotiating the protocol of a stream may take.
	 * @param messageTimeout Time that one message may take to come, or to go.
	 * @param maxMessageSize Longest message that is read or written.
	 */
	public record Streams(@DefaultValue("10s") Duration negotiationTimeout,
			@DefaultValue("30s") Duration messageTimeout, @DefaultValue("4MB") DataSize maxMessageSize) {
	}

	/**
	 * Handlers.
	 *
	 * @param threading Kind of thread that handlers run on.
	 * @param maxConcurrent How many handlers may run at once. One more stream is reset.
	 * @param format Format of messages that are objects.
	 */
	public record Handlers(@DefaultValue("auto") HandlerThreading threading, @DefaultValue("256") int maxConcurrent,
			@DefaultValue("json") PayloadFormat format) {
	}

	/**
	 * Kinds of handler threads.
	 */
	public enum HandlerThreading {

		/** Virtual threads where {@code spring.threads.virtual.enabled} says so. */
		AUTO,

		/** Platform threads. */
		PLATFORM,

		/** Virtual threads, on Java 21 and newer. */
		VIRTUAL;

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * Bootstrapping.
	 *
	 * @param peers Peers to connect to, as addresses that end with the peer id.
	 * @param minConnected Connected peers below which health is down.
	 * @param failFast Whether the start fails if none of the peers can be connected.
	 */
	public record Bootstrap(@DefaultValue List<AddrInfo> peers, @DefaultValue("0") int minConnected,
			@DefaultValue("false") boolean failFast) {
	}

	/**
	 * Shutdown.
	 *
	 * @param gracePeriod Time that running handlers have to end.
	 */
	public record Shutdown(@DefaultValue("20s") Duration gracePeriod) {
	}

	/**
	 * Metrics.
	 *
	 * @param histograms Whether durations and sizes are counted in buckets.
	 * @param maxProtocols How many mounted protocols get a tag value of their own.
	 * Further ones are counted as "other".
	 */
	public record Metrics(@DefaultValue("true") boolean histograms, @DefaultValue("100") int maxProtocols) {
	}

	/**
	 * Observations.
	 *
	 * @param streams Whether each stream that a handler serves is observed.
	 */
	public record Observations(@DefaultValue("true") boolean streams) {
	}

}
