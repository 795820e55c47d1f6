package io.p2pboot.libp2p.security.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.CertificateForge;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecurityRequest;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a TLS peer may not do, against both engines and both roles.
 */
@Timeout(120)
class TlsNegativeTest {

	private static final String YAMUX = "/yamux/1.0.0";

	private static final byte[] HELLO = { 'h', 'e', 'l', 'l', 'o' };

	private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

	private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

	private final PrivateKey ours = PrivateKey.generate();

	private final PrivateKey theirs = PrivateKey.generate();

	/** The side of ours that is tried. */
	enum Side {

		NATIVE_DIALLER(true, true), NATIVE_LISTENER(true, false), JDK_DIALLER(false, true), JDK_LISTENER(false, false);

		private final boolean nativeLibrary;

		private final boolean dialler;

		Side(boolean nativeLibrary, boolean dialler) {
			this.nativeLibrary = nativeLibrary;
			this.dialler = dialler;
		}

		TlsSecurity protocol(Clock clock) {
			Assumptions.assumeTrue(!this.nativeLibrary || NativeTlsEngines.areAvailable(),
					"needs the library of netty-tcnative");
			return new TlsSecurity(clock, this.nativeLibrary ? NativeTlsEngines::create : JdkTlsEngines::create);
		}

	}

	private CertificateForge forge() {
		return CertificateForge.at(NOW).identity(this.theirs);
	}

	private static ScriptedTlsPeer showing(CertificateForge forge) throws Exception {
		return new ScriptedTlsPeer(List.of(forge.certificate()), forge.keys().getPrivate());
	}

	private SecurePair against(Side side, ScriptedTlsPeer peer) {
		SecurePair pair = new SecurePair();
		pair.end(side.dialler)
			.secure(side.protocol(CLOCK),
					new SecurityRequest(this.ours, side.dialler, Optional.empty(), List.of(YAMUX)));
		pair.end(!side.dialler)
			.secure(peer, new SecurityRequest(this.theirs, !side.dialler, Optional.empty(), List.of(YAMUX)));
		return pair;
	}

	private void refused(Side side, ScriptedTlsPeer peer, String reason) {
		try (SecurePair pair = against(side, peer)) {
			pair.run();
			pair.end(!side.dialler).write(HELLO);
			pair.run();
			SecurePair.End end = pair.end(side.dialler);
			assertThat(end.session()).as(reason).isEmpty();
			assertThat(end.failure().orElseThrow()).isInstanceOf(UpgradeFailed.class).hasMessageContaining(reason);
			assertThat(end.received()).isEmpty();
			assertThat(end.channel().isOpen()).isFalse();
		}
	}

	private void accepted(Side side, ScriptedTlsPeer peer, Optional<String> muxer) {
		try (SecurePair pair = against(side, peer)) {
			pair.run();
			SecurePair.End end = pair.end(side.dialler);
			assertThat(end.failure()).isEmpty();
			assertThat(end.session().orElseThrow().remotePeer()).isEqualTo(PeerId.of(this.theirs.publicKey()));
			assertThat(end.session().orElseThrow().muxer()).isEqualTo(muxer);
			pair.end(!side.dialler).write(HELLO);
			pair.run();
			assertThat(end.received()).isEqualTo(HELLO);
		}
	}

	// L6 to L12, L16, L19
	@ParameterizedTest
	@EnumSource
	void aBadCertificateEndsTheHandshake(Side side) throws Exception {
		accepted(side, showing(forge()), Optional.empty());
		accepted(side, showing(forge().critical().other("1.2.3.4", false, new byte[] { 5, 0 })), Optional.empty());
		Map<String, CertificateForge> bad = new TreeMap<>();
		bad.put("expired", forge().valid(Duration.ofHours(-2), Duration.ofHours(-1)));
		bad.put("not valid before", forge().valid(Duration.ofHours(1), Duration.ofHours(2)));
		bad.put("lacks the libp2p extension", forge().libp2pExtensions(0));
		bad.put("ASN.1", forge().extensionValue(new byte[] { 1, 2, 3 }));
		bad.put("malformed", forge().extensionValue(CertificateForge.signedKey(new byte[] { 1 }, new byte[64])));
		bad.put("did not sign", forge().extensionValue(forge().signedKey()));
		bad.put("critical extension", forge().other("1.2.3.4", true, new byte[] { 5, 0 }));
		bad.put("unique identifier", forge().uniqueId(1));
		bad.put("not signed by its own key", forge()
			.shownKey(SubjectPublicKeyInfo.getInstance(CertificateForge.ec("secp256r1").getPublic().getEncoded())));
		for (Map.Entry<String, CertificateForge> one : bad.entrySet()) {
			refused(side, showing(one.getValue()), one.getKey());
		}
	}

	// L13, L14, L15
	@ParameterizedTest
	@EnumSource
	void onePeerShowsOneCertificateAndHoldsItsKey(Side side) throws Exception {
		X509Certificate one = forge().certificate();
		CertificateForge other = forge();
		refused(side, new ScriptedTlsPeer(List.of(other.certificate(), one), other.keys().getPrivate()),
				"one certificate, not 2");
		refused(side, new ScriptedTlsPeer(List.of(one), other.keys().getPrivate()), "");
		refused(side, new ScriptedTlsPeer(List.of(), other.keys().getPrivate()), "");
	}

	// L14
	@ParameterizedTest
	@EnumSource
	void aListenerThatAsksForNoCertificateGetsNone(Side side) throws Exception {
		Assumptions.assumeTrue(side.dialler, "the listener's own duty is tried above");
		accepted(side, showing(forge()).asksForNoCertificate(), Optional.empty());
	}

	// L20
	@ParameterizedTest
	@EnumSource
	void olderVersionsAreRefused(Side side) throws Exception {
		refused(side, showing(forge()).version("TLSv1.2"), "");
	}

	// L21
	@ParameterizedTest
	@EnumSource
	void protocolsAreChosenAmongThoseOfBoth(Side side) throws Exception {
		accepted(side, showing(forge()).protocols(YAMUX, "libp2p"), Optional.of(YAMUX));
		accepted(side, showing(forge()).protocols("/other/1.0.0", "libp2p"), Optional.empty());
		accepted(side, showing(forge()).protocols(), Optional.empty());
		if (side == Side.NATIVE_LISTENER) {
			// Its binding cannot tell a client that offers nothing in common, which has
			// to be
			// refused, from one that offers nothing, which must not be: it answers
			// neither.
			accepted(side, showing(forge()).protocols("h2"), Optional.empty());
		}
		else {
			refused(side, showing(forge()).protocols("h2"), "");
		}
	}

	// L22
	@ParameterizedTest
	@EnumSource
	void aServerNameIsIgnored(Side side) throws Exception {
		accepted(side, showing(forge()).serverName("example.com"), Optional.empty());
	}

	// L22, L28
	@ParameterizedTest
	@EnumSource
	void ourHelloHasNoNameNoResumptionAndNoEarlyData(Side side) throws Exception {
		Assumptions.assumeTrue(side.dialler, "only a dialler says hello");
		TlsSecurity protocol = side.protocol(CLOCK);
		// The JDK's listener hands out tickets, so that the second time could resume.
		for (int time = 0; time < 3; time++) {
			try (SecurePair pair = new SecurePair()) {
				pair.responder()
					.secure(showing(forge()), new SecurityRequest(this.theirs, false, Optional.empty(), List.of()));
				pair.initiator()
					.secure(protocol, new SecurityRequest(this.ours, true, Optional.empty(), List.of(YAMUX)));
				pair.run();
				assertThat(pair.initiator().session()).isPresent();
				Set<Integer> extensions = helloExtensions(pair.carried(true).get(0));
				assertThat(extensions).contains(16, 43).doesNotContain(0, 41, 42);
			}
		}
	}

	/** The types of the extensions of a ClientHello in one record. */
	private static Set<Integer> helloExtensions(byte[] record) {
		ByteBuffer hello = ByteBuffer.wrap(record).position(5 + 4 + 2 + 32);
		hello.position(hello.position() + 1 + Byte.toUnsignedInt(hello.get(hello.position())));
		hello.position(hello.position() + 2 + Short.toUnsignedInt(hello.getShort(hello.position())));
		hello.position(hello.position() + 1 + Byte.toUnsignedInt(hello.get(hello.position())));
		hello.getShort();
		Set<Integer> types = new TreeSet<>();
		while (hello.remaining() >= 4) {
			types.add(Short.toUnsignedInt(hello.getShort()));
			int length = Short.toUnsignedInt(hello.getShort());
			hello.position(hello.position() + length);
		}
		return types;
	}

	// L28
	@ParameterizedTest
	@EnumSource
	void ourListenerHandsOutNoTickets(Side side) throws Exception {
		Assumptions.assumeTrue(!side.dialler, "only a listener hands out tickets");
		try (SecurePair pair = against(side, showing(forge()))) {
			int[] late = { 0 };
			pair.wire((fromInitiator, bytes) -> {
				if (!fromInitiator && pair.initiator().session().isPresent()) {
					late[0] += bytes.length;
				}
				return List.of(bytes);
			});
			pair.run();
			assertThat(pair.responder().session()).isPresent();
			assertThat(late[0]).isZero();
		}
	}

	// L24: lesson of CVE-2023-39533
	@ParameterizedTest
	@EnumSource
	void aCertificateWithAHugeKeyIsRefusedAtOnce(Side side) throws Exception {
		KeyPair keys = CertificateForge.keys("RSA", 2048);
		SubjectPublicKeyInfo huge = new SubjectPublicKeyInfo(
				new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
				new RSAPublicKey(BigInteger.ONE.shiftLeft(16_383).setBit(0), BigInteger.valueOf(65_537)));
		refused(side, showing(forge().signedWith(keys, "SHA256withRSA").shownKey(huge)), "");
	}

	// L25
	@ParameterizedTest
	@EnumSource
	void aHugeCertificateIsRefused(Side side) throws Exception {
		refused(side, showing(forge().other("1.2.3.4", false, new byte[17_000])), "");
		refused(side, showing(forge().other("1.2.3.4", false, new byte[65_536])), "");
	}

	// L29
	@ParameterizedTest
	@EnumSource
	void aFloodOfKeyUpdatesIsSurvivedOrEnded(Side side) throws Exception {
		try (SecurePair pair = against(side, showing(forge()))) {
			pair.run();
			EmbeddedChannel peer = pair.end(!side.dialler).channel();
			SSLEngine engine = peer.pipeline().get(SslHandler.class).engine();
			int before = size(pair.carried(side.dialler));
			for (int i = 0; i < 100 && peer.isOpen(); i++) {
				engine.beginHandshake();
				peer.writeAndFlush(Unpooled.EMPTY_BUFFER);
				pair.run();
			}
			assertThat(size(pair.carried(side.dialler)) - before).isLessThan(100 * 64);
			pair.end(!side.dialler).write(HELLO);
			pair.run();
			assertThat(pair.end(side.dialler).channel().isOpen() == Arrays.equals(pair.end(side.dialler).received(),
					HELLO))
				.isTrue();
		}
	}

	private static int size(List<byte[]> chunks) {
		return chunks.stream().mapToInt((chunk) -> chunk.length).sum();
	}

	// L30: lesson of CVE-2024-32650
	@ParameterizedTest
	@EnumSource
	void anAlertInTheMiddleEndsTheHandshake(Side side) throws Exception {
		for (String alert : List.of("15030300020100", "15030300020228", "1503030002025a",
				"14030300010115030300020100")) {
			try (SecurePair pair = against(side, showing(forge()))) {
				pair.wire((fromInitiator, bytes) -> (fromInitiator == side.dialler) ? List.of()
						: List.of(HexFormat.of().parseHex(alert)));
				pair.run();
				SecurePair.End end = pair.end(side.dialler);
				if (side.dialler) {
					end.arrive(HexFormat.of().parseHex(alert));
				}
				end.eof();
				assertThat(end.failure()).containsInstanceOf(UpgradeFailed.class);
				assertThat(end.channel().isOpen()).isFalse();
			}
		}
	}

	// L31: lesson of CVE-2024-11738
	@ParameterizedTest
	@EnumSource
	void aHelloMayComeInManyRecords(Side side) throws Exception {
		Assumptions.assumeTrue(!side.dialler, "only a listener reads hellos");
		for (int part : new int[] { 1, 2, 3, 5, 64 }) {
			try (SecurePair pair = against(side, showing(forge()))) {
				boolean[] first = { true };
				pair.wire((fromInitiator, bytes) -> {
					byte[] carried = (fromInitiator && first[0]) ? records(bytes, part) : bytes;
					first[0] &= !fromInitiator;
					return List.of(carried);
				});
				pair.run();
				boolean secured = pair.responder().session().isPresent();
				boolean refused = pair.responder().failure().isPresent() && !pair.responder().channel().isOpen();
				assertThat(secured || refused).as("records of %s bytes", part).isTrue();
				assertThat(part < 3 || secured).as("records of %s bytes", part).isTrue();
			}
		}
	}

	/** The content of a record in records of so many bytes. */
	private static byte[] records(byte[] record, int part) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		for (int at = 5; at < record.length; at += part) {
			int length = Math.min(part, record.length - at);
			out.write(record, 0, 3);
			out.write(length >> 8);
			out.write(length);
			out.write(record, at, length);
		}
		return out.toByteArray();
	}

	// L32
	@ParameterizedTest
	@EnumSource
	void aRecordIsNotLongerThanAllowed(Side side) throws Exception {
		try (SecurePair pair = against(side, showing(forge()))) {
			pair.run();
			byte[] record = new byte[5 + 16_384 + 257];
			ByteBuffer.wrap(record).put((byte) 0x17).putShort((short) 0x0303).putShort((short) (16_384 + 257));
			pair.end(side.dialler).arrive(record);
			pair.run();
			assertThat(pair.end(side.dialler).received()).isEmpty();
			assertThat(pair.end(side.dialler).channel().isOpen()).isFalse();
		}
		try (SecurePair pair = against(side, showing(forge()))) {
			byte[] record = new byte[5 + 20_000];
			ByteBuffer.wrap(record).put((byte) 0x16).putShort((short) 0x0301).putShort((short) 20_000);
			pair.end(side.dialler).arrive(record);
			pair.end(side.dialler).eof();
			assertThat(pair.end(side.dialler).failure()).containsInstanceOf(UpgradeFailed.class);
		}
	}

	// L36
	@ParameterizedTest
	@EnumSource
	void clocksMayBeTenYearsOff(Side side) {
		for (int years : new int[] { -10, 10 }) {
			Clock skewed = Clock.offset(CLOCK, Duration.ofDays(365L * years));
			try (SecurePair pair = new SecurePair()) {
				pair.end(side.dialler)
					.secure(side.protocol(CLOCK),
							new SecurityRequest(this.ours, side.dialler, Optional.empty(), List.of()));
				// The other engine, so that both are tried with each other.
				pair.end(!side.dialler)
					.secure(new TlsSecurity(skewed, JdkTlsEngines::create),
							new SecurityRequest(this.theirs, !side.dialler, Optional.empty(), List.of()));
				pair.run();
				assertThat(pair.initiator().session()).isPresent();
				assertThat(pair.responder().session()).isPresent();
			}
		}
	}

	// L27
	@Test
	void anEngineIsJudgedOnceByItsOwnHandshakeAndThenForgotten() throws Exception {
		EngineTrust trust = new EngineTrust();
		SSLEngine engine = SSLContext.getDefault().createSSLEngine();
		engine.setUseClientMode(true);
		SecurityRequest request = new SecurityRequest(this.ours, true, Optional.empty(), List.of());
		TrackedSslHandler handler = new TrackedSslHandler(engine, new TlsHandshake(request, CLOCK), trust);
		X509Certificate[] chain = { forge().certificate() };
		assertThat(trust.size()).isOne();
		assertThatExceptionOfType(CertificateException.class)
			.isThrownBy(() -> trust.checkServerTrusted(chain, "EC", SSLContext.getDefault().createSSLEngine()));
		assertThatExceptionOfType(CertificateException.class).isThrownBy(() -> trust.checkServerTrusted(chain, "EC"));
		assertThatExceptionOfType(CertificateException.class).isThrownBy(() -> trust.checkClientTrusted(chain, "EC"));
		trust.checkServerTrusted(chain, "EC", engine);
		assertThat(trust.size()).isZero();
		assertThatExceptionOfType(CertificateException.class)
			.isThrownBy(() -> trust.checkServerTrusted(chain, "EC", engine));
		SSLEngine dropped = SSLContext.getDefault().createSSLEngine();
		dropped.setUseClientMode(true);
		EmbeddedChannel channel = new EmbeddedChannel(
				new TrackedSslHandler(dropped, new TlsHandshake(request, CLOCK), trust));
		assertThat(trust.size()).isOne();
		channel.close();
		channel.releaseOutbound();
		assertThat(trust.size()).isZero();
		assertThat(handler.engine()).isSameAs(engine);
	}

}
