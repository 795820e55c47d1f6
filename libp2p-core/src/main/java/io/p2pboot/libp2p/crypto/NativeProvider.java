package io.p2pboot.libp2p.crypto;

import java.security.Provider;
import java.util.Optional;

import org.conscrypt.Conscrypt;

/**
 * The native provider, Conscrypt, where its library loads. It is used by itself and never
 * registered with the JVM. The system property {@code io.p2pboot.libp2p.crypto.native},
 * set to {@code false}, switches it off.
 */
final class NativeProvider {

	private static final System.Logger logger = System.getLogger(NativeProvider.class.getName());

	private static final Optional<Provider> PROVIDER = load();

	private NativeProvider() {
	}

	static Optional<Provider> find() {
		return PROVIDER;
	}

	private static Optional<Provider> load() {
		if ("false".equals(System.getProperty("io.p2pboot.libp2p.crypto.native"))) {
			return Optional.empty();
		}
		try {
			return Conscrypt.isAvailable() ? Optional.of(Conscrypt.newProvider()) : Optional.empty();
		}
		catch (LinkageError | RuntimeException ex) {
			logger.log(System.Logger.Level.INFO,
					"The native crypto provider does not load here ({0}); the JDK''s is used, which is slower", ex);
			return Optional.empty();
		}
	}

}
