package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.wire.pb.PubSubProto;

/**
 * One router whose peers are scripts: frames are written and read by generated protobuf,
 * which the router itself does not use.
 */
final class RouterHarness {

	static final String TOPIC = "news";

	private final SimNetwork network = new SimNetwork(42);

	private final SimNode node;

	private long sequence;

	RouterHarness(PubSubConfig config) {
		this.node = this.network.node(config, false);
		for (int number = 0; number < 3; number++) {
			heartbeat();
		}
	}

	static RouterHarness standard() {
		return new RouterHarness(PubSubConfig.builder().build());
	}

	SimNode node() {
		return this.node;
	}

	Router router() {
		return this.node.router();
	}

	RouterContext context() {
		return this.node.router().context();
	}

	RouterHarness join() {
		this.node.join(TOPIC);
		return this;
	}

	void pass(Duration time) {
		this.network.run(time);
	}

	void heartbeat() {
		this.network.run(Duration.ofSeconds(1));
		this.node.on(new RouterEvent.Heartbeat());
	}

	void heartbeats(int count) {
		for (int index = 0; index < count; index++) {
			heartbeat();
		}
	}

	PeerId peer(int number) {
		return peer(number, PubSubConfig.GOSSIPSUB_1_2, false);
	}

	PeerId peer(int number, ProtocolPath protocol, boolean outbound) {
		PeerId peer = SimNetwork.peerId(1000 + number);
		this.node.opened(peer, protocol, outbound, Optional.empty());
		return peer;
	}

	/** A peer that is subscribed to the topic. */
	PeerId subscriber(int number) {
		PeerId peer = peer(number);
		subscribe(peer, TOPIC, true);
		return peer;
	}

	List<PeerId> subscribers(int first, int count) {
		List<PeerId> peers = new ArrayList<>();
		for (int number = first; number < first + count; number++) {
			peers.add(subscriber(number));
		}
		return peers;
	}

	void subscribe(PeerId peer, String topic, boolean subscribe) {
		send(peer, PubSubProto.Rpc.newBuilder()
			.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(subscribe).setTopicid(bytes(topic))));
	}

	void graft(PeerId peer, String topic) {
		send(peer,
				PubSubProto.Rpc.newBuilder()
					.setControl(PubSubProto.ControlMessage.newBuilder()
						.addGraft(PubSubProto.ControlGraft.newBuilder().setTopicID(bytes(topic)))));
	}

	void prune(PeerId peer, String topic, long backoff) {
		send(peer,
				PubSubProto.Rpc.newBuilder()
					.setControl(PubSubProto.ControlMessage.newBuilder()
						.addPrune(PubSubProto.ControlPrune.newBuilder().setTopicID(bytes(topic)).setBackoff(backoff))));
	}

	void iHave(PeerId peer, String topic, List<ByteString> ids) {
		send(peer, PubSubProto.Rpc.newBuilder()
			.setControl(PubSubProto.ControlMessage.newBuilder()
				.addIhave(PubSubProto.ControlIHave.newBuilder().setTopicID(bytes(topic)).addAllMessageIDs(ids))));
	}

	void iWant(PeerId peer, List<ByteString> ids) {
		send(peer,
				PubSubProto.Rpc.newBuilder()
					.setControl(PubSubProto.ControlMessage.newBuilder()
						.addIwant(PubSubProto.ControlIWant.newBuilder().addAllMessageIDs(ids))));
	}

	void doNotWant(PeerId peer, List<ByteString> ids) {
		send(peer,
				PubSubProto.Rpc.newBuilder()
					.setControl(PubSubProto.ControlMessage.newBuilder()
						.addIdontwant(PubSubProto.ControlIDontWant.newBuilder().addAllMessageIDs(ids))));
	}

	void message(PeerId peer, PubSubProto.PubSubMessage message) {
		send(peer, PubSubProto.Rpc.newBuilder().addPublish(message));
	}

	void send(PeerId peer, PubSubProto.Rpc.Builder rpc) {
		raw(peer, rpc.build().toByteArray());
	}

	void raw(PeerId peer, byte[] frame) {
		this.node.on(new RouterEvent.Frame(peer, frame));
	}

	/** An own message that is not published yet. */
	RoutedMessage own(String topic, ByteBuffer data) {
		return this.network.message(this.node, topic, data);
	}

	/** Publishes messages at once. */
	List<Optional<Publishing.Outcome>> publish(List<RoutedMessage> batch) {
		List<Optional<Publishing.Outcome>> outcomes = new ArrayList<>();
		this.node.on(new RouterEvent.PublishBatch(batch, outcomes::addAll));
		return outcomes;
	}

	List<Optional<Publishing.Outcome>> publish(String topic, List<ByteBuffer> batch) {
		return publish(batch.stream().map((data) -> own(topic, data)).toList());
	}

	/** A signed message of an author with a number of its own. */
	PubSubProto.PubSubMessage.Builder signed(PeerId author, String text) {
		return PubSubProto.PubSubMessage.newBuilder()
			.setFrom(ByteString.copyFrom(author.multihash().encoded()))
			.setData(bytes(text))
			.setSeqno(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(++this.sequence).flip()))
			.setTopic(bytes(TOPIC))
			.setSignature(ByteString.copyFrom(new byte[64]));
	}

	/** The id of a message under the default function. */
	static ByteString id(PubSubProto.PubSubMessageOrBuilder message) {
		return message.getFrom().concat(message.getSeqno());
	}

	static ByteString bytes(String text) {
		return ByteString.copyFrom(text, StandardCharsets.UTF_8);
	}

	/** Takes what waits for a peer, as one message for all frames. */
	PubSubProto.Rpc sent(PeerId peer) {
		PubSubProto.Rpc.Builder all = PubSubProto.Rpc.newBuilder();
		frames(peer).forEach(all::mergeFrom);
		return all.build();
	}

	List<PubSubProto.Rpc> frames(PeerId peer) {
		List<PubSubProto.Rpc> frames = new ArrayList<>();
		for (OutFrame frame = poll(peer); frame != null; frame = poll(peer)) {
			try {
				frames.add(PubSubProto.Rpc.parseFrom(frame.body()));
			}
			catch (InvalidProtocolBufferException ex) {
				throw new AssertionError("A frame that is no message", ex);
			}
		}
		return frames;
	}

	private OutFrame poll(PeerId peer) {
		return this.node.router().poll(peer, this.network.now());
	}

}
