package io.p2pboot.libp2p.spring.topic;

import java.util.List;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what topic listeners throw, bounded for each listener as {@link EventLog} is. A
 * message that is not of the listener's type is its sender's doing, and told at debug
 * level. Thread-safe.
 */
public final class LoggingTopicErrorHandler implements TopicListenerErrorHandler {

	private final EventLog log;

	/**
	 * Creates a handler that logs under the name of this class.
	 */
	public LoggingTopicErrorHandler() {
		this(LoggerFactory.getLogger(LoggingTopicErrorHandler.class));
	}

	LoggingTopicErrorHandler(Logger logger) {
		this.log = new EventLog(logger);
	}

	@Override
	public void handle(String listener, List<TopicMessage> messages, Throwable failure) {
		TopicMessage first = messages.get(0);
		String which = (messages.size() == 1) ? "a message" : messages.size() + " messages";
		if (failure instanceof UnreadableMessage) {
			this.log.debug("unreadable " + listener, "The topic listener '{}' cannot read {} of '{}' from {}: {}",
					listener, which, first.topic(), first.receivedFrom(), failure.getMessage());
		}
		else {
			this.log.warn("failed " + listener, "The topic listener '{}' failed at {} of '{}' from {}: {}", listener,
					which, first.topic(), first.receivedFrom(), failure);
		}
	}

}
