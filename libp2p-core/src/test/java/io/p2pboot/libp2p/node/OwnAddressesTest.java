package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.util.Collections;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node.Subscription;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.Listening;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Our own addresses, which come and go while the node runs.
 */
class OwnAddressesTest extends NodeSuite {

	private static final Multiaddr MAPPED = Multiaddr.parse("/ip4/198.51.100.7/tcp/4001");

	private static final Multiaddr ANY_PORT = Multiaddr.parse("/ip4/127.0.0.1/tcp/0");

	@Override
	NodeLink link() {
		return NodeLink.TCP;
	}

	@Test
	void anAddressThatIsAddedIsToldUntilItIsWithdrawn() throws Exception {
		this.client.connect(this.server.addrInfo());
		Subscription added = this.server.addAddresses(List.of(MAPPED));
		assertTold(MAPPED);
		added.close();
		assertNotTold(MAPPED);
		added.close();
		assertNotTold(MAPPED);
	}

	@Test
	void whatTwoAddIsToldUntilBothHaveWithdrawnIt() throws Exception {
		this.client.connect(this.server.addrInfo());
		Subscription one = this.server.addAddresses(List.of(MAPPED));
		Subscription other = this.server.addAddresses(List.of(MAPPED));
		one.close();
		assertThat(this.server.addrInfo().addresses()).containsOnlyOnce(MAPPED);
		other.close();
		assertNotTold(MAPPED);
	}

	@Test
	void whatIsAddedIsToldBesideWhatIsAnnounced() throws IOException {
		Multiaddr announced = Multiaddr.parse("/ip4/198.51.100.9/tcp/4001");
		NettyNode node = started(link().server().announce(List.of(announced)));
		node.addAddresses(List.of(MAPPED));
		assertThat(node.addrInfo().addresses()).containsExactly(announced, MAPPED);
	}

	@Test
	void asManyAddressesAsFitAreAddedAtOnce() {
		assertThat(this.server.addAddresses(Collections.nCopies(64, MAPPED))).isNotNull();
		assertThatIllegalArgumentException().isThrownBy(() -> this.server.addAddresses(Collections.nCopies(65, MAPPED)))
			.withMessage("65 addresses were added at once, at most 64 can be");
	}

	@Test
	void aNodeListensOnOneMoreAddressUntilThatIsClosed() throws Exception {
		this.client.connect(this.server.addrInfo());
		Listening listening = Futures.await(this.server.listen(ANY_PORT), "listen");
		Multiaddr address = listening.address();
		assertThat(this.server.listenAddresses()).contains(address).hasSize(2);
		assertTold(address);
		try (NettyNode third = link().client().start()) {
			third.connect(new AddrInfo(this.server.peerId(), List.of(address)));
		}
		Futures.await(listening.close(), "close");
		assertThat(this.server.listenAddresses()).hasSize(1).doesNotContain(address);
		assertNotTold(address);
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void whatIsListenedOnLaterIsGoneAfterAStop() throws Exception {
		Futures.await(this.server.listen(ANY_PORT), "listen");
		assertThat(this.server.listenAddresses()).hasSize(2);
		this.server.stop();
		assertThat(this.server.listenAddresses()).isEmpty();
		assertThatIllegalStateException().isThrownBy(() -> this.server.listen(ANY_PORT))
			.withMessageContaining("is not running");
		this.server.start();
		assertThat(this.server.listenAddresses()).hasSize(1);
	}

	@Test
	void anAddressThatIsTakenIsNamed() {
		Multiaddr taken = this.server.listenAddresses().get(0);
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> Futures.await(this.server.listen(taken), "listen"))
			.withMessageContaining(taken.toString());
		assertThat(this.server.listenAddresses()).containsExactly(taken);
	}

	private void assertTold(Multiaddr address) throws Exception {
		assertThat(this.server.addrInfo().addresses()).contains(address);
		assertThat(PeerRecord.open(this.server.signedRecord().encoded()).addresses()).contains(address);
		eventually("the peer was told of " + address, () -> knownToClient().contains(address));
	}

	private void assertNotTold(Multiaddr address) throws Exception {
		assertThat(this.server.addrInfo().addresses()).doesNotContain(address);
		assertThat(PeerRecord.open(this.server.signedRecord().encoded()).addresses()).doesNotContain(address);
		eventually("the peer was told that there is no " + address, () -> !knownToClient().contains(address));
	}

	private List<Multiaddr> knownToClient() {
		return this.client.peerStore().addresses(this.server.peerId());
	}

}
