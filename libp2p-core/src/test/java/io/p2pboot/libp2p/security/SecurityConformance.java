package io.p2pboot.libp2p.security;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every security protocol has to do, whatever its bytes are.
 */
@Timeout(60)
public abstract class SecurityConformance {

	private static final String YAMUX = "/yamux/1.0.0";

	private static final String MPLEX = "/mplex/6.7.0";

	private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

	private final PrivateKey dialler = PrivateKey.generate();

	private final PrivateKey listener = PrivateKey.generate();

	private SecurityProtocol diallersProtocol;

	private SecurityProtocol listenersProtocol;

	@BeforeEach
	void createProtocols() {
		this.diallersProtocol = protocol();
		this.listenersProtocol = protocol();
	}

	/** A new instance of the protocol. */
	protected abstract SecurityProtocol protocol();

	private SecurePair pair(Optional<PeerId> expectedListener, Optional<PeerId> expectedDialler,
			List<String> diallersMuxers, List<String> listenersMuxers) {
		SecurePair pair = new SecurePair();
		pair.responder()
			.secure(this.listenersProtocol,
					new SecurityRequest(this.listener, false, expectedDialler, listenersMuxers));
		pair.initiator()
			.secure(this.diallersProtocol, new SecurityRequest(this.dialler, true, expectedListener, diallersMuxers));
		return pair;
	}

	private SecurePair pair() {
		return pair(Optional.of(id(this.listener)), Optional.empty(), List.of(YAMUX), List.of(YAMUX));
	}

	private SecurePair secured() {
		SecurePair pair = pair();
		pair.run();
		assertThat(pair.initiator().session()).isPresent();
		assertThat(pair.responder().session()).isPresent();
		return pair;
	}

	private static PeerId id(PrivateKey key) {
		return PeerId.of(key.publicKey());
	}

	private static byte[] random(int size) {
		byte[] bytes = new byte[size];
		new Random(size).nextBytes(bytes);
		return bytes;
	}

	// Identities.

	@Test
	void eachSideLearnsWhoTheOtherIs() {
		try (SecurePair pair = secured()) {
			SecureSession atDialler = pair.initiator().session().orElseThrow();
			SecureSession atListener = pair.responder().session().orElseThrow();
			assertThat(atDialler.remotePeer()).isEqualTo(id(this.listener));
			assertThat(atDialler.remoteKey()).isEqualTo(this.listener.publicKey());
			assertThat(atListener.remotePeer()).isEqualTo(id(this.dialler));
			assertThat(atListener.remoteKey()).isEqualTo(this.dialler.publicKey());
		}
	}

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void everyKindOfIdentityWorksOnBothSides(KeyType type) {
		PrivateKey one = PrivateKey.generate(type);
		PrivateKey two = PrivateKey.generate(type);
		try (SecurePair pair = new SecurePair()) {
			pair.responder().secure(protocol(), new SecurityRequest(one, false, Optional.of(id(two)), List.of(YAMUX)));
			pair.initiator().secure(protocol(), new SecurityRequest(two, true, Optional.of(id(one)), List.of(YAMUX)));
			pair.run();
			assertThat(pair.initiator().session().orElseThrow().remoteKey()).isEqualTo(one.publicKey());
			assertThat(pair.responder().session().orElseThrow().remoteKey()).isEqualTo(two.publicKey());
		}
	}

	@Test
	void theDiallerRefusesAnotherPeerThanItExpects() {
		PeerId expected = id(PrivateKey.generate());
		try (SecurePair pair = pair(Optional.of(expected), Optional.empty(), List.of(YAMUX), List.of(YAMUX))) {
			pair.run();
			assertMismatch(pair.initiator(), expected, id(this.listener));
			assertThat(pair.responder().session()).isEmpty();
			assertThat(pair.responder().failure()).containsInstanceOf(UpgradeFailed.class);
			assertClosed(pair);
		}
	}

	@Test
	void theListenerRefusesAnotherPeerThanItExpects() {
		PeerId expected = id(PrivateKey.generate());
		try (SecurePair pair = pair(Optional.empty(), Optional.of(expected), List.of(YAMUX), List.of(YAMUX))) {
			pair.run();
			assertMismatch(pair.responder(), expected, id(this.dialler));
			assertThat(pair.responder().received()).isEmpty();
			assertClosed(pair);
		}
	}

	private static void assertMismatch(SecurePair.End end, PeerId expected, PeerId actual) {
		assertThat(end.session()).isEmpty();
		assertThat(end.failure()).get().isInstanceOfSatisfying(PeerIdMismatch.class, (mismatch) -> {
			assertThat(mismatch.expected()).isEqualTo(expected);
			assertThat(mismatch.actual()).isEqualTo(actual);
		});
	}

	private static void assertClosed(SecurePair pair) {
		assertThat(pair.initiator().channel().isOpen()).isFalse();
		assertThat(pair.responder().channel().isOpen()).isFalse();
	}

	@Test
	void anyPeerIsAcceptedWhereNoneIsExpected() {
		try (SecurePair pair = pair(Optional.empty(), Optional.empty(), List.of(YAMUX), List.of(YAMUX))) {
			pair.run();
			assertThat(pair.initiator().session().orElseThrow().remotePeer()).isEqualTo(id(this.listener));
			assertThat(pair.responder().session().orElseThrow().remotePeer()).isEqualTo(id(this.dialler));
		}
	}

	@Test
	void whatTheListenerRefusesItNeverDelivers() {
		try (SecurePair pair = pair(Optional.empty(), Optional.of(id(PrivateKey.generate())), List.of(YAMUX),
				List.of(YAMUX))) {
			// The dialler may believe that all is well and send at once.
			pair.wire((fromInitiator, bytes) -> {
				if (!fromInitiator && pair.initiator().session().isEmpty()) {
					pair.initiator().arrive(bytes);
					if (pair.initiator().session().isPresent()) {
						pair.initiator().write(HELLO);
					}
					return List.of();
				}
				return List.of(bytes);
			});
			pair.run();
			assertThat(pair.responder().session()).isEmpty();
			assertThat(pair.responder().received()).isEmpty();
			assertClosed(pair);
		}
	}

	// Muxers.

	@Test
	void theMuxerIsChosenInTheHandshake() {
		try (SecurePair pair = secured()) {
			assertMuxer(pair, Optional.of(YAMUX));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whereNoMuxerIsInCommonNoneIsChosen(boolean offered) {
		try (SecurePair pair = pair(Optional.empty(), Optional.empty(), List.of(YAMUX),
				offered ? List.of(MPLEX) : List.of())) {
			pair.run();
			assertMuxer(pair, Optional.empty());
		}
	}

	@Test
	void bothSidesChooseTheSameMuxerWhateverTheirPreferences() {
		try (SecurePair pair = pair(Optional.empty(), Optional.empty(), List.of(YAMUX, MPLEX), List.of(MPLEX, YAMUX))) {
			pair.run();
			Optional<String> chosen = pair.initiator().session().orElseThrow().muxer();
			assertThat(chosen.orElseThrow()).isIn(YAMUX, MPLEX);
			assertMuxer(pair, chosen);
		}
	}

	private static void assertMuxer(SecurePair pair, Optional<String> muxer) {
		assertThat(pair.initiator().session().orElseThrow().muxer()).isEqualTo(muxer);
		assertThat(pair.responder().session().orElseThrow().muxer()).isEqualTo(muxer);
	}

	// Payload.

	@ParameterizedTest
	@ValueSource(ints = { 1, 16_384, 16_385, 65_519, 65_520, 131_038, 131_039, 1_048_576 })
	void payloadOfAnySizeArrivesBothWays(int size) {
		byte[] payload = random(size);
		try (SecurePair pair = secured()) {
			pair.initiator().write(payload);
			pair.responder().write(payload);
			pair.run();
			assertThat(pair.responder().received()).isEqualTo(payload);
			assertThat(pair.initiator().received()).isEqualTo(payload);
			assertThat(String.join("", asText(pair.carried(true)))).doesNotContain(text(payload, 64));
		}
	}

	private static List<String> asText(List<byte[]> chunks) {
		return chunks.stream().map((chunk) -> new String(chunk, StandardCharsets.ISO_8859_1)).toList();
	}

	private static String text(byte[] payload, int atMost) {
		return (payload.length < 16) ? "never sent in clear"
				: new String(payload, 0, Math.min(atMost, payload.length), StandardCharsets.ISO_8859_1);
	}

	@Test
	void manySmallWritesArriveInOrder() {
		ByteArrayOutputStream expected = new ByteArrayOutputStream();
		Random random = new Random(7);
		try (SecurePair pair = secured()) {
			for (int i = 0; i < 500; i++) {
				byte[] part = random(random.nextInt(900));
				expected.writeBytes(part);
				ByteBuf bytes = Unpooled.wrappedBuffer(part);
				ChannelFuture written = pair.initiator().channel().write(bytes);
				if (i % 7 == 0) {
					pair.initiator().channel().flush();
					assertThat(written.isSuccess()).isTrue();
				}
			}
			pair.initiator().channel().flush();
			pair.run();
			assertThat(pair.responder().received()).isEqualTo(expected.toByteArray());
		}
	}

	@Test
	void everythingMayArriveOneByteAtATime() {
		byte[] payload = random(3000);
		try (SecurePair pair = pair()) {
			pair.wire((fromInitiator, bytes) -> {
				List<byte[]> single = new ArrayList<>();
				for (byte one : bytes) {
					single.add(new byte[] { one });
				}
				return single;
			});
			pair.run();
			pair.initiator().write(payload);
			pair.responder().write(payload);
			pair.run();
			assertThat(pair.responder().received()).isEqualTo(payload);
			assertThat(pair.initiator().received()).isEqualTo(payload);
		}
	}

	@Test
	void payloadThatComesWithTheLastMessageIsDelivered() {
		try (SecurePair pair = pair()) {
			ByteArrayOutputStream all = new ByteArrayOutputStream();
			// The dialler's last message and its first payload reach the listener at
			// once.
			pair.wire((fromInitiator, bytes) -> {
				if (!fromInitiator && pair.initiator().session().isEmpty()) {
					pair.initiator().arrive(bytes);
					if (pair.initiator().session().isPresent()) {
						pair.initiator().write(HELLO);
						pair.initiator().channel().runPendingTasks();
						for (ByteBuf next = pair.initiator().channel().readOutbound(); next != null; next = pair
							.initiator()
							.channel()
							.readOutbound()) {
							byte[] copy = new byte[next.readableBytes()];
							next.readBytes(copy);
							next.release();
							all.writeBytes(copy);
						}
						pair.responder().arrive(all.toByteArray());
					}
					return List.of();
				}
				return List.of(bytes);
			});
			pair.run();
			assertThat(pair.responder().received()).isEqualTo(HELLO);
		}
	}

	// What is not said yet, and what is said twice.

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aWriteBeforeTheEndOfTheHandshakeIsRefused(boolean initiator) {
		try (SecurePair pair = pair()) {
			ChannelFuture early = pair.end(initiator).channel().writeAndFlush(Unpooled.wrappedBuffer(HELLO));
			assertThat(early.cause()).isInstanceOf(IllegalStateException.class);
			pair.run();
			assertThat(pair.initiator().session()).isPresent();
			assertThat(pair.responder().received()).isEmpty();
			assertThat(String.join("", asText(pair.carried(initiator)))).doesNotContain("hello");
		}
	}

	@Test
	void aSecondHandshakeInsideTheFirstExposesNothing() {
		try (SecurePair pair = pair()) {
			var second = protocol().secure(pair.initiator().channel(),
					new SecurityRequest(this.dialler, true, Optional.empty(), List.of(YAMUX)));
			pair.run();
			assertThat(second.isSuccess()).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void closingInTheMiddleFailsTheHandshakeOnBothSides(boolean initiator) {
		for (int messages = 0; messages < 2; messages++) {
			int[] left = { messages };
			try (SecurePair pair = pair()) {
				pair.wire((fromInitiator, bytes) -> {
					if (left[0]-- == 0) {
						pair.end(initiator).eof();
						return List.of();
					}
					return List.of(bytes);
				});
				pair.run();
				assertThat(pair.end(initiator).failure()).containsInstanceOf(UpgradeFailed.class);
				assertClosed(pair);
			}
		}
	}

	@Test
	void bytesOfAnotherProtocolFailTheHandshake() {
		for (String other : List.of("GET / HTTP/1.1\r\nHost: example\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n",
				"\u0013/multistream/1.0.0\n".repeat(4), "\0".repeat(200), "\u00ff".repeat(70_000))) {
			for (boolean initiator : new boolean[] { true, false }) {
				try (SecurePair pair = pair()) {
					pair.end(initiator).arrive(other.getBytes(StandardCharsets.ISO_8859_1));
					pair.end(initiator).eof();
					pair.end(initiator).channel().runPendingTasks();
					assertThat(pair.end(initiator).failure()).containsInstanceOf(UpgradeFailed.class);
					assertThat(pair.end(initiator).channel().isOpen()).isFalse();
				}
			}
		}
	}

	// Faults after the handshake.

	@Test
	void aChangedBitClosesTheConnectionAndDeliversNothing() {
		byte[] payload = random(40);
		int size;
		try (SecurePair pair = secured()) {
			int before = pair.carried(true).size();
			pair.initiator().write(payload);
			pair.run();
			size = pair.carried(true)
				.subList(before, pair.carried(true).size())
				.stream()
				.mapToInt((b) -> b.length)
				.sum();
		}
		for (int bit = 0; bit < 8 * size; bit += 3) {
			int changed = bit;
			try (SecurePair pair = secured()) {
				int[] offset = { 0 };
				pair.wire((fromInitiator, bytes) -> {
					int place = changed / 8 - offset[0];
					if (fromInitiator) {
						offset[0] += bytes.length;
						if (place >= 0 && place < bytes.length) {
							bytes[place] ^= (byte) (1 << changed % 8);
						}
					}
					return List.of(bytes);
				});
				pair.initiator().write(payload);
				pair.run();
				pair.wire(SecurePair.HONEST);
				pair.initiator().write(payload);
				pair.run();
				byte[] got = pair.responder().received();
				// The version in a TLS record is not looked at.
				boolean ignored = got.length == 2 * payload.length;
				assertThat(ignored || got.length == 0).as("bit %s delivered %s bytes", bit, got.length).isTrue();
				assertThat(ignored && !mayIgnore(changed / 8)).as("bit %s is ignored", bit).isFalse();
			}
		}
	}

	/**
	 * Whether a byte at this place of a record, neither sealed nor checked, may differ.
	 */
	protected boolean mayIgnore(int offset) {
		return false;
	}

	@Test
	void repeatedLostOrExchangedRecordsCloseTheConnection() {
		byte[] one = random(100);
		byte[] two = random(101);
		try (SecurePair pair = secured()) {
			pair.wire((fromInitiator, bytes) -> List.of(bytes, bytes));
			pair.initiator().write(one);
			pair.run();
			assertThat(pair.responder().received()).isEqualTo(one);
			assertClosed(pair);
		}
		try (SecurePair pair = secured()) {
			pair.wire((fromInitiator, bytes) -> List.of());
			pair.initiator().write(one);
			pair.run();
			pair.wire(SecurePair.HONEST);
			pair.initiator().write(two);
			pair.run();
			assertThat(pair.responder().received()).isEmpty();
			assertClosed(pair);
		}
		try (SecurePair pair = secured()) {
			List<byte[]> held = new ArrayList<>();
			pair.wire((fromInitiator, bytes) -> {
				held.add(bytes);
				return (held.size() < 2) ? List.of() : List.of(held.get(1), held.get(0));
			});
			pair.initiator().write(one);
			pair.run();
			pair.initiator().write(two);
			pair.run();
			assertThat(pair.responder().received()).isEmpty();
			assertClosed(pair);
		}
	}

	@Test
	void payloadIsNeverReflected() {
		try (SecurePair pair = secured()) {
			pair.wire((fromInitiator, bytes) -> {
				pair.end(fromInitiator).arrive(bytes);
				return List.of();
			});
			pair.initiator().write(HELLO);
			pair.run();
			assertThat(pair.initiator().received()).isEmpty();
			assertClosed(pair);
		}
	}

	@Test
	void whatIsNotSealedIsNeverDelivered() {
		try (SecurePair pair = secured()) {
			pair.responder().arrive(HELLO);
			pair.responder().arrive(random(70_000));
			pair.run();
			assertThat(pair.responder().received()).isEmpty();
			assertClosed(pair);
		}
	}

	@Test
	void theOwnMessagesSentBackAreNoPeer() {
		try (SecurePair pair = pair()) {
			pair.wire((fromInitiator, bytes) -> {
				pair.end(fromInitiator).arrive(bytes);
				return List.of();
			});
			pair.run();
			pair.end(true).eof();
			assertThat(pair.initiator().failure()).containsInstanceOf(UpgradeFailed.class);
			assertThat(pair.initiator().session()).isEmpty();
		}
	}

	// Secrets.

	@Test
	void noErrorTellsASecret() {
		List<Throwable> errors = new ArrayList<>();
		for (int messages = 0; messages < 3; messages++) {
			int[] left = { messages };
			try (SecurePair pair = pair()) {
				pair.wire((fromInitiator, bytes) -> {
					if (left[0]-- == 0) {
						bytes[bytes.length - 1] ^= 1;
					}
					return List.of(bytes);
				});
				pair.run();
				pair.initiator().failure().ifPresent(errors::add);
				pair.responder().failure().ifPresent(errors::add);
				errors.addAll(pair.initiator().errors());
				errors.addAll(pair.responder().errors());
			}
		}
		assertThat(errors).isNotEmpty();
		Secrets secrets = new Secrets(List.of(this.dialler, this.listener));
		errors.forEach((error) -> secrets.assertNotIn(Secrets.print(error)));
		secrets.assertNotIn(this.dialler.toString() + this.diallersProtocol + this.listenersProtocol);
	}

}
