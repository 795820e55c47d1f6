package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.spring.NodeStartedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationListener;

/**
 * Fills the tables once the node has started: instances are mounted before, when nobody
 * can be dialled yet. On a daemon thread for each.
 *
 * @param instances the instances
 */
record KademliaStart(Supplier<List<Kademlia>> instances) implements ApplicationListener<NodeStartedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(KademliaStart.class);

	@Override
	public void onApplicationEvent(NodeStartedEvent event) {
		for (Kademlia kad : this.instances.get()) {
			Thread thread = new Thread(() -> fill(kad), "libp2p-kad-start");
			thread.setDaemon(true);
			thread.start();
		}
	}

	private static void fill(Kademlia kad) {
		try {
			kad.refresh();
		}
		catch (IOException ex) {
			logger.info("{} has found nobody yet, and will try again: {}", kad.name(), ex.getMessage());
		}
		catch (IllegalStateException ex) {
			logger.debug("{} ended while it began", kad.name(), ex);
		}
	}

}
