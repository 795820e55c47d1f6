package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells whether the node serves: up while it runs with all its listeners, or dials only;
 * out of service before it starts and while it drains; down when its start failed, a
 * listener was lost, or too few peers are connected. Never blocks.
 */
public final class Libp2pHealthIndicator extends AbstractHealthIndicator {

	private final Node node;

	private final IntSupplier listeners;

	private final int minConnected;

	private final Supplier<? extends @Nullable Throwable> startFailure;

	/**
	 * Creates an indicator.
	 * @param node the node
	 * @param listeners how many listeners the start bound
	 * @param minConnected how many peers are to be connected; 0 for any number
	 * @param startFailure why the last start failed; null if it did not
	 */
	public Libp2pHealthIndicator(Node node, IntSupplier listeners, int minConnected,
			Supplier<? extends @Nullable Throwable> startFailure) {
		super("libp2p health check failed");
		this.node = node;
		this.listeners = listeners;
		this.minConnected = minConnected;
		this.startFailure = startFailure;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		Throwable failure = this.startFailure.get();
		List<Multiaddr> bound = this.node.listenAddresses();
		long peers = this.node.connections().stream().map(Connection::remotePeer).distinct().count();
		builder.withDetail("peerId", String.valueOf(this.node.peerId()));
		builder.withDetail("listenAddresses", bound.stream().map(Multiaddr::toString).toList());
		builder.withDetail("connectedPeers", peers);
		if (failure != null && !this.node.isRunning()) {
			builder.down(failure);
		}
		else if (!this.node.isRunning()) {
			builder.outOfService().withDetail("reason", "not started");
		}
		else if (this.node.isDraining()) {
			builder.outOfService().withDetail("reason", "draining");
		}
		else if (bound.size() < this.listeners.getAsInt()) {
			builder.down()
				.withDetail("reason", bound.size() + " of " + this.listeners.getAsInt() + " listeners are bound");
		}
		else if (peers < this.minConnected) {
			builder.down().withDetail("reason", "fewer than " + this.minConnected + " peers are connected");
		}
		else {
			builder.up();
		}
	}

}
