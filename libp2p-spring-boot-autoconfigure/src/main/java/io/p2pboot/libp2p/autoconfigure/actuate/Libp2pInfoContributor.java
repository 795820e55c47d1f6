package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.netty.NettyNode;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/**
 * Tells who the node is.
 *
 * @param node the node
 */
public record Libp2pInfoContributor(Node node) implements InfoContributor {

	@Override
	public void contribute(Info.Builder builder) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("peerId", this.node.peerId().toString());
		if (this.node instanceof NettyNode netty) {
			details.put("agentVersion", netty.agentVersion());
		}
		builder.withDetail("libp2p", details);
	}

}
