package io.p2pboot.libp2p.sample.room;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.test.AutoConfigureTestLibp2pTransport;
import io.p2pboot.libp2p.test.TestPeer;
import io.p2pboot.libp2p.test.TestTopics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
@SpringBootTest
@AutoConfigureTestLibp2pTransport
class RoomTest {

	@TempDir
	static Path data;

	@Autowired
	private TestTopics topics;

	@Autowired
	private TestPeer peer;

	@Autowired
	private Node node;

	@Autowired
	private Room room;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
	}

	@Test
	void whatOneSaysTheOtherHears() throws Exception {
		try (TopicSubscription heard = this.topics.subscribe(Room.TOPIC)) {
			this.topics.awaitMesh(Room.TOPIC);
			assertThat(this.room.say(new Line("hello"))).isOne();
			assertThat(this.topics.next(heard, Line.class)).isEqualTo(new Line("hello"));
			this.topics.publish(Room.TOPIC, new Line("<b>welcome</b>"));
			awaitLines(2);
		}
		assertThat(this.room.lines()).extracting(Room.Said::text).containsExactly("hello", "<b>welcome</b>");
		assertThat(this.room.lines()).extracting(Room.Said::author)
			.containsExactly(this.node.peerId().toString(), this.peer.peerId().toString());
		assertThat(this.room.lines()).extracting(Room.Said::mine).containsExactly(true, false);
		this.topics.publish(Room.TOPIC, new Line(" "));
		this.topics.publish(Room.TOPIC, "no line");
		for (int index = 0; index < Room.MAX_LINES + 1; index++) {
			this.room.say(new Line("line " + index));
		}
		awaitLast("line " + Room.MAX_LINES);
		assertThat(this.room.lines()).hasSize(Room.MAX_LINES)
			.allSatisfy((said) -> assertThat(said.text()).startsWith("line "));
	}

	@Test
	void whatIsTooLongIsNotSaid() {
		assertThatExceptionOfType(PublishFailed.Rejected.class)
			.isThrownBy(() -> this.room.say(new Line("x".repeat(Line.MAX_TEXT + 1))));
	}

	private void awaitLines(int count) {
		while (this.room.lines().size() < count) {
			LockSupport.parkNanos(1_000_000);
		}
	}

	private void awaitLast(String text) {
		while (this.room.lines().isEmpty()
				|| !this.room.lines().get(this.room.lines().size() - 1).text().equals(text)) {
			LockSupport.parkNanos(1_000_000);
		}
	}

}
