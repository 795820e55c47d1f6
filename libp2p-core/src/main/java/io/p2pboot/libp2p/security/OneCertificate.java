package io.p2pboot.libp2p.security;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

import io.p2pboot.libp2p.crypto.TlsCertificate;
import org.jspecify.annotations.Nullable;

/**
 * The key manager of a node, which shows its one certificate whatever the peer asks for.
 */
public final class OneCertificate {

	private OneCertificate() {
	}

	/**
	 * Creates the manager of a certificate. It holds the key as it is: Netty would else
	 * put it into a key store, sealed with a password that takes thousands of hashes to
	 * check.
	 * @param certificate the certificate, with its P-256 key
	 * @return the manager, immutable and thread-safe
	 */
	public static X509ExtendedKeyManager keys(TlsCertificate certificate) {
		return new Keys(certificate);
	}

	/** Immutable and thread-safe. */
	private static final class Keys extends X509ExtendedKeyManager {

		private static final String ALIAS = "libp2p";

		private static final String KEY_TYPE = "EC";

		private final TlsCertificate certificate;

		Keys(TlsCertificate certificate) {
			this.certificate = certificate;
		}

		@Override
		public @Nullable String chooseEngineClientAlias(String[] keyTypes, Principal @Nullable [] issuers,
				@Nullable SSLEngine engine) {
			return List.of(keyTypes).contains(KEY_TYPE) ? ALIAS : null;
		}

		@Override
		public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers,
				@Nullable SSLEngine engine) {
			return keyType.equals(KEY_TYPE) ? ALIAS : null;
		}

		@Override
		public String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
			return ALIAS;
		}

		@Override
		public String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
			return ALIAS;
		}

		@Override
		public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
			return new String[] { ALIAS };
		}

		@Override
		public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
			return new String[] { ALIAS };
		}

		@Override
		public X509Certificate[] getCertificateChain(String alias) {
			return new X509Certificate[] { this.certificate.certificate() };
		}

		@Override
		public PrivateKey getPrivateKey(String alias) {
			return this.certificate.key();
		}

	}

}
