package io.p2pboot.libp2p.transport.websocket;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.RawNode.RawSession;
import io.p2pboot.libp2p.transport.RawTransportConformance;
import io.p2pboot.libp2p.transport.ResolvedNameTest;
import io.p2pboot.libp2p.transport.TestCertificate;
import io.p2pboot.libp2p.transport.Transport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class WssTransportTest extends RawTransportConformance {

	private static SslContext serverTls;

	private static SslContext clientTls;

	@BeforeAll
	static void makeCertificate() throws Exception {
		TestCertificate certificate = TestCertificate.create("node.example.com");
		serverTls = certificate.server();
		clientTls = certificate.client();
	}

	@Override
	protected Transport createTransport() {
		return new WebSocketTransport(
				WebSocketConfig.builder().serverTls(() -> serverTls).clientTls(() -> clientTls).build());
	}

	@Override
	protected Multiaddr anyPort() {
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/0/tls/ws");
	}

	@Override
	protected List<String> foreignAddresses() {
		return List.of("/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1/tls", "/memory/1");
	}

	@Override
	protected String label() {
		return "wss";
	}

	@Test
	void oldFormOfTheAddressIsTheSame() throws Exception {
		Listener listener = listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0/wss"));
		assertThat(listener.address().toString()).endsWith("/wss");
		echo(dial(listener.address()), 1000);
	}

	@Test
	void acceptsTheCertificateOfTheHostThatIsNamed() throws Exception {
		echo(dial(named(listen(anyPort()), "node.example.com")), 1000);
	}

	@Test
	void refusesTheCertificateOfAnotherHost() throws Exception {
		Multiaddr address = named(listen(anyPort()), "other.example.com");
		IOException failure = failureOf(this.clientTransport.dial(address, DialOptions.ANY_PEER));
		assertThat(failure).hasMessageContaining(address.toString()).hasRootCauseInstanceOf(Exception.class);
		assertThat(failure).hasMessageContaining("matching other.example.com found");
		assertThat(failure.getCause()).isInstanceOf(SSLException.class);
		assertThat(this.server.waitingInbound()).isZero();
	}

	/** Of {@code /dns4/<name>/tcp/443/wss} the name has to be the certificate's. */
	@ParameterizedTest
	@CsvSource({ "node.example.com, true", "other.example.com, false" })
	void aDnsNameIsResolvedAndItsCertificateIsAskedFor(String name, boolean accepted) throws Exception {
		String bound = listen(anyPort()).address().toString();
		Multiaddr written = Multiaddr.parse(bound.replace("/ip4/127.0.0.1/", "/dns4/" + name + "/"));
		Multiaddr resolved = ResolvedNameTest.resolved(written, name, InetAddress.getLoopbackAddress());
		Future<MuxedConnection> dial = this.clientTransport.dial(resolved, DialOptions.ANY_PEER);
		if (accepted) {
			echo((RawSession) await(dial).session(), 1000);
		}
		else {
			assertThat(failureOf(dial).getCause()).isInstanceOf(SSLException.class);
		}
	}

	@Test
	void refusesACertificateThatNobodyTrusts() throws Exception {
		Transport distrustful = new WebSocketTransport();
		distrustful.start(this.client);
		IOException failure = failureOf(distrustful.dial(listen(anyPort()).address(), DialOptions.ANY_PEER));
		assertThat(failure).hasMessageContaining("unable to find valid certification path");
		assertThat(failure.getCause()).isInstanceOf(SSLException.class);
	}

	@Test
	void plainDialToATlsListenerFails() throws Exception {
		String address = listen(anyPort()).address().toString();
		failureOf(this.clientTransport.dial(Multiaddr.parse(address.replace("/tls/ws", "/ws")), DialOptions.ANY_PEER));
		assertThat(this.server.waitingInbound()).isZero();
	}

	private static Multiaddr named(Listener listener, String host) {
		return Multiaddr.parse(listener.address().toString().replace("/tls/ws", "/tls/sni/" + host + "/ws"));
	}

}
