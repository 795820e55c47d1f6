package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.ConnectionManager;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Which connections are closed because there are many, and which are not.
 */
class ConnectionManagerTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/kept/1.0.0");

	private final List<NettyNode> peers = new ArrayList<>();

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

	private NettyNode marked(int low, int high, Duration grace) throws Exception {
		NettyNode node = started(
				link().server().shutdownGrace(Duration.ZERO).connectionMarks(new ConnectionMarks(low, high, grace)));
		node.mountProtocol(PATH, StreamProtocol.create());
		return node;
	}

	private NettyNode connected(NettyNode node) throws Exception {
		NettyNode peer = started(link().client().shutdownGrace(Duration.ZERO));
		int before = node.connections().size();
		peer.connect(node.addrInfo());
		this.peers.add(peer);
		eventually("connected", () -> node.connections().size() != before);
		eventually("quiet", () -> node.usage().inboundStreams() + node.usage().outboundStreams() == 0);
		return peer;
	}

	private static boolean has(NettyNode node, NettyNode peer) {
		return node.connection(peer.peerId()).isPresent();
	}

	@Test
	void asManyAsTheHighMarkStayAndWithOneMoreTheyFallToTheLowOne() throws Exception {
		NettyNode node = marked(2, 4, Duration.ZERO);
		for (int i = 0; i < 4; i++) {
			connected(node);
		}
		assertThat(node.connections()).hasSize(4);
		started(link().client().shutdownGrace(Duration.ZERO)).connect(node.addrInfo());
		eventually("trimmed", () -> node.connections().size() == 2);
	}

	@Test
	void theIdleGoFirstThenThoseOfLeastValueAndTheProtectedStay() throws Exception {
		NettyNode node = marked(3, 6, Duration.ZERO);
		ConnectionManager manager = node.connectionManager();
		NettyNode guarded = connected(node);
		NettyNode busy = connected(node);
		NettyNode valued = connected(node);
		NettyNode disliked = connected(node);
		NettyNode nobody = connected(node);
		manager.protect(guarded.peerId(), "test");
		manager.tag(valued.peerId(), "one", 5);
		manager.tag(valued.peerId(), "other", 2);
		manager.tag(disliked.peerId(), "one", -1);
		Stream open = busy.openStream(node.addrInfo(), PATH);
		open.outputStream().write(1);
		open.outputStream().flush();
		eventually("busy", () -> node.usage().inboundStreams() == 1);
		assertThat(manager.trim()).isEqualTo(2);
		eventually("two gone", () -> node.connections().size() == 3);
		assertThat(has(node, guarded) && has(node, busy) && has(node, valued)).isTrue();
		assertThat(has(node, disliked) || has(node, nobody)).isFalse();
		assertThat(manager.value(valued.peerId())).isEqualTo(7);
		assertThat(manager.trim()).isZero();
		open.reset(0);
	}

	@Test
	void whoIsNewIsLeftAlone() throws Exception {
		NettyNode node = marked(1, 2, Duration.ofMinutes(1));
		for (int i = 0; i < 5; i++) {
			connected(node);
		}
		assertThat(node.connectionManager().trim()).isZero();
		assertThat(node.connections()).hasSize(5);
	}

	@Test
	void aPeerIsProtectedWhileOneReasonIsLeft() {
		ConnectionManager manager = this.server.connectionManager();
		PeerId peer = this.client.peerId();
		manager.protect(peer, "one");
		manager.protect(peer, "other");
		assertThat(manager.unprotect(peer, "one")).isTrue();
		assertThat(manager.unprotect(peer, "none")).isTrue();
		assertThat(manager.unprotect(peer, "other")).isFalse();
		assertThat(manager.isProtected(peer)).isFalse();
		manager.tag(peer, "one", 1);
		manager.untag(peer, "one");
		assertThat(manager.value(peer)).isZero();
		manager.bump(peer, "useful", 100, Duration.ofDays(1));
		assertThat(manager.value(peer)).isBetween(99L, 100L);
		assertThatIllegalArgumentException().isThrownBy(() -> manager.bump(peer, "useful", 1, Duration.ZERO));
	}

	@Test
	void theMarksFollowTheLimit() {
		assertThat(ConnectionMarks.of(1024)).isEqualTo(new ConnectionMarks(768, 896, Duration.ofMinutes(1)));
		assertThat(ConnectionMarks.of(2).high()).isEqualTo(2);
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionMarks(0, 1, Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionMarks(3, 2, Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> new ConnectionMarks(1, 2, Duration.ofNanos(-1)));
	}

}
