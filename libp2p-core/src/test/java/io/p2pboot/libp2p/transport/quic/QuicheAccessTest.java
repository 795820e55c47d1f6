package io.p2pboot.libp2p.transport.quic;

import java.util.Set;

import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class QuicheAccessTest extends QuicSuite {

	@Test
	void thisVersionOfTheCodecOffersAll() {
		assertThat(QuicheAccess.instance().complaint()).isEmpty();
		assertThat(QuicheAccess.Use.values()).allMatch(QuicheAccess.instance()::offers);
	}

	@ParameterizedTest
	@EnumSource(QuicheAccess.Member.class)
	void whatIsMissingIsNamedWithItsCostInOneMessage(QuicheAccess.Member missing) {
		String complaint = QuicheAccess.without(Set.of(missing)).complaint().orElseThrow();
		assertThat(complaint).contains(missing.toString()).matches(".*: [a-z].*").doesNotContain("\n");
	}

	@ParameterizedTest
	@EnumSource(QuicheAccess.Member.class)
	void connectionsWorkAndEndWithoutAMember(QuicheAccess.Member missing) throws Exception {
		QuicheAccess less = QuicheAccess.without(Set.of(missing));
		QuicTransport here = started(this.client, less);
		QuicTransport there = started(this.server, less);
		Listener listener = await(there.listen(ANY_PORT));
		MuxedConnection connection = await(here.dial(listener.address(), DialOptions.ANY_PEER));
		MuxedConnection inbound = this.server.nextInbound();
		MuxNode.Inbox inbox = new MuxNode.Inbox();
		StreamChildChannel stream = open(connection, inbox);
		stream.writeAndFlush(stream.alloc().buffer().writeZero(1000));
		stream.shutdownOutput();
		assertThat(inbox.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
		assertThat(inbox.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		assertThat(inbox.bytes()).isEqualTo(1000);
		assertThat(connection.session().datagrams().isPresent()).isEqualTo(less.offers(QuicheAccess.Use.DATAGRAMS))
			.isEqualTo(here.carriesDatagrams());
		await(connection.session().close(0));
		await(inbound.session().channel().closeFuture());
		await(here.close());
		await(there.close());
	}

	private static QuicTransport started(MuxNode node, QuicheAccess access) {
		QuicTransport transport = new QuicTransport(QuicConfig.DEFAULT, access);
		transport.start(node);
		return transport;
	}

}
