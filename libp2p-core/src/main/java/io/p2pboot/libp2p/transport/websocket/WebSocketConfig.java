package io.p2pboot.libp2p.transport.websocket;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How WebSockets are set up. Immutable.
 *
 * <p>
 * The contexts are asked for with each connection, so that a certificate can be renewed
 * while the node runs. Where a dialled address names a host ({@code /tls/sni/<host>/ws})
 * its certificate has to be for that host, else for the IP address, unless the client
 * context says otherwise.
 */
public final class WebSocketConfig {

	/** The default TCP connect timeout; that of go-libp2p. */
	public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);

	/** How long TLS and the HTTP upgrade may take together, unless given. */
	public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

	private final Duration connectTimeout;

	private final Duration handshakeTimeout;

	private final @Nullable Supplier<SslContext> serverTls;

	private final Supplier<SslContext> clientTls;

	private WebSocketConfig(Builder builder) {
		this.connectTimeout = builder.connectTimeout;
		this.handshakeTimeout = builder.handshakeTimeout;
		this.serverTls = builder.serverTls;
		this.clientTls = builder.clientTls;
	}

	/**
	 * Creates a builder: no certificate, so no TLS listener; the JDK's trust for
	 * dialling.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Returns the TCP connect timeout.
	 * @return the timeout
	 */
	public Duration connectTimeout() {
		return this.connectTimeout;
	}

	/**
	 * Returns how long TLS and the HTTP upgrade may take together, inbound and outbound.
	 * @return the timeout
	 */
	public Duration handshakeTimeout() {
		return this.handshakeTimeout;
	}

	/**
	 * Returns the context of TLS listeners.
	 * @return the supplier; empty if there is no certificate
	 */
	public Optional<Supplier<SslContext>> serverTls() {
		return Optional.ofNullable(this.serverTls);
	}

	/**
	 * Returns the context for dialling over TLS.
	 * @return the supplier
	 */
	public Supplier<SslContext> clientTls() {
		return this.clientTls;
	}

	/**
	 * Builds a {@link WebSocketConfig}. Not thread-safe.
	 */
	public static final class Builder {

		private Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;

		private Duration handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT;

		private @Nullable Supplier<SslContext> serverTls;

		private Supplier<SslContext> clientTls = DefaultTrust::context;

		private Builder() {
		}

		/**
		 * Sets the TCP connect timeout.
		 * @param connectTimeout the timeout, 1 ms to {@link Integer#MAX_VALUE} ms
		 * @return this
		 * @throws IllegalArgumentException if it is out of range
		 */
		public Builder connectTimeout(Duration connectTimeout) {
			this.connectTimeout = inRange("connectTimeout", connectTimeout);
			return this;
		}

		/**
		 * Sets how long TLS and the HTTP upgrade may take together.
		 * @param handshakeTimeout the timeout, 1 ms to {@link Integer#MAX_VALUE} ms
		 * @return this
		 * @throws IllegalArgumentException if it is out of range
		 */
		public Builder handshakeTimeout(Duration handshakeTimeout) {
			this.handshakeTimeout = inRange("handshakeTimeout", handshakeTimeout);
			return this;
		}

		/**
		 * Gives the certificate of TLS listeners.
		 * @param serverTls gives a server context; called on event loops, must not block
		 * @return this
		 */
		public Builder serverTls(Supplier<SslContext> serverTls) {
			this.serverTls = serverTls;
			return this;
		}

		/**
		 * Sets whom to trust when dialling over TLS.
		 * @param clientTls gives a client context; called on event loops, must not block
		 * @return this
		 */
		public Builder clientTls(Supplier<SslContext> clientTls) {
			this.clientTls = clientTls;
			return this;
		}

		/**
		 * Builds the configuration.
		 * @return the configuration
		 */
		public WebSocketConfig build() {
			return new WebSocketConfig(this);
		}

		private static Duration inRange(String name, Duration value) {
			if (value.toMillis() < 1 || value.toMillis() > Integer.MAX_VALUE) {
				throw new IllegalArgumentException(
						name + " " + value + " is not within 1 ms and " + Integer.MAX_VALUE + " ms");
			}
			return value;
		}

	}

	/** Made once, when first needed. */
	private static final class DefaultTrust {

		private static final SslContext CONTEXT = create();

		static SslContext context() {
			return CONTEXT;
		}

		private static SslContext create() {
			try {
				return SslContextBuilder.forClient().build();
			}
			catch (SSLException ex) {
				throw new IllegalStateException("The JDK's trust store cannot be used", ex);
			}
		}

	}

}
