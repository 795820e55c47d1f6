package io.p2pboot.libp2p.autoconfigure;

import java.util.function.Supplier;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;

/**
 * Takes the TLS contexts of WebSockets from an SSL bundle, and anew whenever the bundle
 * is reloaded. Any thread.
 */
final class WebSocketTls {

	private static final Logger logger = LoggerFactory.getLogger(WebSocketTls.class);

	private final String name;

	private volatile Contexts contexts;

	private WebSocketTls(String name, Contexts contexts) {
		this.name = name;
		this.contexts = contexts;
	}

	static void apply(WebSocketConfig.Builder builder, SslBundles bundles, String name) {
		WebSocketTls tls = new WebSocketTls(name, create(bundles.getBundle(name)));
		bundles.addBundleUpdateHandler(name, tls::renew);
		Supplier<SslContext> server = () -> tls.contexts.server();
		Supplier<SslContext> client = () -> tls.contexts.client();
		builder.serverTls(server).clientTls(client);
	}

	private void renew(SslBundle bundle) {
		try {
			this.contexts = create(bundle);
		}
		catch (IllegalStateException ex) {
			logger.warn("The SSL bundle '{}' cannot be used for WebSockets, the one before stays", this.name, ex);
		}
	}

	private static Contexts create(SslBundle bundle) {
		try {
			SslOptions options = bundle.getOptions();
			SslContextBuilder server = SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory());
			SslContextBuilder client = SslContextBuilder.forClient();
			if (bundle.getStores().getTrustStore() != null) {
				client.trustManager(bundle.getManagers().getTrustManagerFactory());
			}
			for (SslContextBuilder each : new SslContextBuilder[] { server, client }) {
				if (options.getEnabledProtocols() != null) {
					each.protocols(options.getEnabledProtocols());
				}
				if (options.getCiphers() != null) {
					each.ciphers(SslOptions.asSet(options.getCiphers()));
				}
			}
			return new Contexts(server.build(), client.build());
		}
		catch (SSLException ex) {
			throw new IllegalStateException("The SSL bundle cannot be used for WebSockets: " + ex.getMessage(), ex);
		}
	}

	private record Contexts(SslContext server, SslContext client) {
	}

}
