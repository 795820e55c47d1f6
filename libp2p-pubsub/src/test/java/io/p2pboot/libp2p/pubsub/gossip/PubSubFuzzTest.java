package io.p2pboot.libp2p.pubsub.gossip;

import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.wire.pb.PubSubProto;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PubSubFuzzTest {

	static Stream<Arguments> frames() {
		ByteString id = ByteString.copyFromUtf8("12345678");
		ByteString topic = ByteString.copyFromUtf8("topic");
		PubSubProto.PubSubMessage message = PubSubProto.PubSubMessage.newBuilder()
			.setFrom(id)
			.setData(id)
			.setSeqno(id)
			.setTopic(topic)
			.build();
		return Fuzzed.seeds(PubSubProto.Rpc.newBuilder()
			.addSubscriptions(PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(true).setTopicid(topic))
			.addPublish(message)
			.setControl(PubSubProto.ControlMessage.newBuilder()
				.addIhave(PubSubProto.ControlIHave.newBuilder().setTopicID(topic).addMessageIDs(id))
				.addIwant(PubSubProto.ControlIWant.newBuilder().addMessageIDs(id))
				.addGraft(PubSubProto.ControlGraft.newBuilder().setTopicID(topic))
				.addPrune(PubSubProto.ControlPrune.newBuilder().setTopicID(topic).setBackoff(60)))
			.build()
			.toByteArray(), message.toByteArray());
	}

	@MethodSource("frames")
	@FuzzTest
	void frame(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> RpcScan.check(data, PubSubLimits.DEFAULT));
	}

	@MethodSource("frames")
	@FuzzTest
	void message(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			WireMessage message = WireMessage.decode(data, 0, data.length);
			message.topic();
			message.author();
		});
	}

}
