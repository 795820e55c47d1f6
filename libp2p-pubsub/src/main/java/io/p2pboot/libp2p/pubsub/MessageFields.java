package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a message is made of on the wire: the input of a {@link MessageId}. The buffers
 * are read-only. Immutable.
 *
 * @param topic the topic
 * @param data the payload
 * @param from the bytes of the author's peer id; empty where messages are not signed
 * @param sequence the author's number of the message; empty where messages are not signed
 * @param key the author's public key in its protobuf form, from the message or inlined in
 * the author's id; empty if neither holds it
 */
public record MessageFields(String topic, ByteBuffer data, Optional<ByteBuffer> from, Optional<ByteBuffer> sequence,
		Optional<ByteBuffer> key) {

}
