package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.NotStored;
import io.p2pboot.libp2p.OlderRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.RoutingTimeout;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.eventlog.FailureLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What a blocking call throws names the place that called.
 */
class CallerErrorTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/caller/1.0.0");

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	private static void assertNamesCaller(Throwable error) {
		assertThat(Arrays.stream(error.getStackTrace()).map(StackTraceElement::getClassName))
			.contains(CallerErrorTest.class.getName());
	}

	@Test
	void aDialThatFailsNamesItsCallerAndWhatWasTried() {
		AddrInfo nobody = AddrInfo.parse("/ip4/127.0.0.1/tcp/1/p2p/" + PEER);
		DialFailed failed = catchThrowableOfType(DialFailed.class, () -> this.client.connect(nobody));
		assertNamesCaller(failed);
		assertThat(failed.attempts()).hasSize(1);
		assertThat(failed.getCause()).isInstanceOf(DialFailed.class).hasMessage(failed.getMessage());
	}

	@Test
	void aProtocolThatIsNotServedNamesItsCaller() {
		ProtocolUnsupported failed = catchThrowableOfType(ProtocolUnsupported.class,
				() -> this.client.openStream(this.server.addrInfo(), PATH));
		assertNamesCaller(failed);
		assertThat(failed.peer()).isEqualTo(this.server.peerId());
		assertThat(failed.proposed()).containsExactly(PATH);
	}

	@Test
	void eachReadOfAStreamThatWasResetNamesItsCaller() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create()).serve(this.executor, (stream) -> {
			stream.inputStream().read();
			stream.reset(444);
		});
		try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
			stream.outputStream().write('?');
			StreamReset first = catchThrowableOfType(StreamReset.class, () -> stream.inputStream().read());
			StreamReset second = catchThrowableOfType(StreamReset.class, () -> stream.inputStream().read());
			assertNamesCaller(first);
			assertThat(first).isNotSameAs(second);
			assertThat(first.code()).hasValue(444);
			assertThat(first.getCause()).isSameAs(second.getCause());
		}
	}

	static List<Libp2pException> everyError() {
		return List.of(new ConnectionBlocked("dials"), new ConnectionLost("lost", new IOException("why")),
				new DatagramTooLarge(2, 1),
				new DialFailed(PEER, List.of(new DialFailed.Attempt("here", new IOException()))),
				new LimitExceeded("streams", 2, 1), new PeerIdMismatch(PEER, PEER),
				new ProtocolUnsupported(PEER, List.of(PATH)), new InvalidRecord("invalid"), new NoPeers("nobody"),
				new NotStored("not stored"), new OlderRecord("older"), new RoutingTimeout("late"),
				StreamReset.byRemote(3), StreamReset.local(3, "because"), new UpgradeFailed("refused"));
	}

	@ParameterizedTest
	@MethodSource("everyError")
	void everyErrorIsTheSameAtItsCaller(Libp2pException error) {
		Libp2pException thrown = error.atCaller();
		assertThat(thrown).isNotSameAs(error).hasSameClassAs(error).hasMessage(error.getMessage()).hasCause(error);
		assertThat(thrown).usingRecursiveComparison()
			.ignoringFields("stackTrace", "cause", "suppressed", "suppressedExceptions", "copied")
			.isEqualTo(error);
	}

	@Test
	void aResetAnswersWhatItAnsweredBefore() {
		IOException failure = new IOException("broken");
		assertThat(StreamReset.local(500).causedBy(failure).atCaller().atCaller())
			.isInstanceOfSatisfying(StreamReset.class, (reset) -> assertThat(reset.answered()).containsSame(failure));
		assertThat(FailureLog.isRefusal(StreamReset.local(500).atCaller())).isTrue();
		assertThat(FailureLog.isRefusal(StreamReset.local(500).causedBy(StreamReset.byRemote(1)).atCaller())).isFalse();
	}

	@Test
	void identifyWaitsUntilThePeerHasToldWhoItIs() throws Exception {
		this.server.mountStreams(PATH, (stream) -> stream.reset(0));
		assertThat(this.client.identify(this.server.addrInfo())).satisfies((told) -> {
			assertThat(told.id()).isEqualTo(this.server.peerId());
			assertThat(told.agentVersion()).hasValue(this.server.agentVersion());
			assertThat(told.protocols()).contains(PATH);
			assertThat(told.addresses()).isNotEmpty();
		});
	}

	@Test
	void disconnectWaitsForTheEndOfTheConnection() throws Exception {
		var connection = this.client.connect(this.server.addrInfo());
		this.client.identify(this.server.addrInfo());
		assertThat(connection.awaitClosed(Duration.ZERO)).isFalse();
		assertThat(this.client.disconnect(this.server.peerId(), Duration.ofSeconds(20))).isTrue();
		assertThat(connection.awaitClosed(Duration.ZERO)).isTrue();
		assertThat(connection.isOpen()).isFalse();
		assertThat(this.client.connections()).isEmpty();
	}

}
