package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.mdns.Mdns;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Looks for peers of the local network while the node runs: begins after it and ends
 * before it. Called by the context's thread.
 */
final class MdnsLifecycle implements SmartLifecycle {

	private final NettyNode node;

	private final Mdns.Builder builder;

	private final boolean autoStartup;

	private volatile @Nullable Mdns running;

	MdnsLifecycle(NettyNode node, MdnsProperties properties, boolean autoStartup) {
		this.node = node;
		this.builder = builder(properties);
		this.autoStartup = autoStartup;
	}

	private static Mdns.Builder builder(MdnsProperties properties) {
		Mdns.Builder builder = Mdns.builder().dial(properties.dial());
		try {
			builder.service(properties.serviceName());
		}
		catch (IllegalArgumentException ex) {
			throw PropertyRanges.invalid("mdns.service-name", properties.serviceName(), ex.getMessage() + ".");
		}
		try {
			builder.queryInterval(properties.queryInterval());
		}
		catch (IllegalArgumentException ex) {
			throw PropertyRanges.invalid("mdns.query-interval", properties.queryInterval(), ex.getMessage() + ".");
		}
		List<String> interfaces = properties.interfaces();
		if (!interfaces.isEmpty()) {
			builder.interfaces((device) -> interfaces.contains(device.getName()));
		}
		return builder;
	}

	@Override
	public void start() {
		if (this.running == null) {
			this.running = this.builder.start(this.node);
		}
	}

	@Override
	public void stop() {
		Mdns ending = this.running;
		if (ending != null) {
			this.running = null;
			ending.close();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running != null;
	}

	@Override
	public boolean isAutoStartup() {
		return this.autoStartup;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return Libp2pNodeLifecycle.PHASE + 1;
	}

}
