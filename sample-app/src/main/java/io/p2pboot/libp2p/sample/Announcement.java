package io.p2pboot.libp2p.sample;

import io.p2pboot.libp2p.spring.NodeStartedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Says at the start where this program is found, and how a second one finds it.
 */
@Component
class Announcement {

	private static final Logger logger = LoggerFactory.getLogger(Announcement.class);

	private final Environment environment;

	Announcement(Environment environment) {
		this.environment = environment;
	}

	@EventListener(ApplicationReadyEvent.class)
	void ready() {
		logger.info("Open http://127.0.0.1:{}/", this.environment.getProperty("local.server.port"));
	}

	@EventListener
	void started(NodeStartedEvent event) {
		OwnAddresses.of(event.node()).forEach((address) -> logger.info("Others reach this node at {}", address));
	}

}
