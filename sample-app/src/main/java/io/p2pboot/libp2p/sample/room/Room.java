package io.p2pboot.libp2p.sample.room;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import jakarta.validation.Valid;

import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.stereotype.Component;

/**
 * A room: what one says, all peers of the network hear, also those that are not connected
 * to each other. What is no valid line is neither shown nor passed on. Thread-safe.
 */
@Component
public class Room {

	/** The topic of the room. */
	public static final String TOPIC = "/sample/room/1.0.0";

	/** How many lines are kept. */
	static final int MAX_LINES = 100;

	private final Libp2pTemplate template;

	private final PubSub pubSub;

	private final Clock clock;

	private final ReentrantLock lock = new ReentrantLock();

	/** The newest last; guarded by {@code lock}. */
	private final Deque<Said> lines = new ArrayDeque<>();

	Room(Libp2pTemplate template, PubSub pubSub, Clock clock) {
		this.template = template;
		this.pubSub = pubSub;
		this.clock = clock;
	}

	/**
	 * What was said.
	 *
	 * @param at when it came here
	 * @param author the id of the peer that said it
	 * @param mine whether that is this one
	 * @param text the words
	 */
	public record Said(Instant at, String author, boolean mine, String text) {
	}

	/**
	 * Says something. Own lines come back as those of others do.
	 * @param line the line
	 * @return to how many peers it was sent
	 * @throws IOException if it could not be published
	 */
	public int say(Line line) throws IOException {
		return this.template.publish(TOPIC, line);
	}

	@Libp2pTopicListener(topics = TOPIC, id = "room")
	void heard(Line line, TopicMessage message) {
		String author = message.author().map(PeerId::toString).orElse("");
		this.lock.lock();
		try {
			if (this.lines.size() == MAX_LINES) {
				this.lines.removeFirst();
			}
			this.lines.addLast(new Said(this.clock.instant(), author, message.local(), line.text()));
		}
		finally {
			this.lock.unlock();
		}
	}

	/** What cannot be read or is not valid is not passed on either. */
	@Libp2pTopicValidator(TOPIC)
	boolean check(@Payload @Valid Line line) {
		return true;
	}

	/**
	 * Returns what was said lately.
	 * @return the last lines, the newest last
	 */
	public List<Said> lines() {
		this.lock.lock();
		try {
			return List.copyOf(this.lines);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns how many connected peers are in the room.
	 * @return the number
	 */
	public int peers() {
		return this.pubSub.topic(TOPIC).peers().size();
	}

}
