package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The functions against ids that the stacks have made themselves, and for those of the
 * data against hashes that were computed elsewhere.
 */
class MessageIdTest {

	private static final String DATA = "00000000000000079138df862dd47b22";

	private static final String ETHEREUM_TOPIC = "/eth2/00000000/beacon_block/ssz_snappy";

	private static final Map<String, MessageId> FUNCTIONS = Map.of("DEFAULT", MessageId.DEFAULT, "RUST", MessageId.RUST,
			"JS", MessageId.JS);

	private static ByteBuffer bytes(String hex) {
		return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).asReadOnlyBuffer();
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.get(copy);
		return HexFormat.of().formatHex(copy);
	}

	private static MessageFields unsigned(String topic, String data) {
		return new MessageFields(topic, bytes(data), Optional.empty(), Optional.empty(), Optional.empty());
	}

	@ParameterizedTest
	@CsvFileSource(resources = "/message-ids.csv", maxCharsPerColumn = 2048)
	void signedMessagesHaveTheIdsThatEachStackGivesThem(String function, String kind, String author, String key,
			String sequence, String id) throws Exception {
		MessageFields fields = new MessageFields("t", bytes(DATA),
				Optional.of(PeerId.parse(author).multihash().encoded()), Optional.of(bytes(sequence)),
				Optional.of(bytes(key)));
		assertThat(hex(FUNCTIONS.get(function).of(fields))).as("%s with %s", function, kind).isEqualTo(id);
		// Once more: nothing was consumed.
		assertThat(hex(FUNCTIONS.get(function).of(fields))).isEqualTo(id);
	}

	@Test
	void unsignedMessagesHaveTheHashOfTheirData() {
		String sha256 = "5f358ce30b2ba27f77ff2c2a68fcb5f6f924ea71997d45c5ed0350556da951f9";
		assertThat(hex(MessageId.SHA256_DATA.of(unsigned("t", DATA)))).isEqualTo(sha256);
		assertThat(hex(MessageId.JS.of(unsigned("t", DATA)))).isEqualTo(sha256);
		assertThat(hex(MessageId.DEFAULT.of(unsigned("t", DATA)))).isEqualTo(sha256);
		assertThat(hex(MessageId.BLAKE2B256_DATA.of(unsigned("t", DATA))))
			.isEqualTo("3e0c79daf2bbf2d1707f353346209b195e7fa9a19ddf64914258ce9dae385851");
	}

	@Test
	void ethereumHashesTheDomainTheTopicAndWhatIsCompressed() {
		MessageId ethereum = PubSubConfig.ethereum().build().messageId();
		String compressed = "103c" + DATA;
		assertThat(hex(ethereum.of(unsigned(ETHEREUM_TOPIC, compressed))))
			.isEqualTo("87e9cbf72d27c9a9f369e1902587854a574a304f");
		assertThat(hex(ethereum.of(unsigned(ETHEREUM_TOPIC, DATA)))).as("no Snappy")
			.isEqualTo("1bd3647e8801ae151d6c56f2800fd5e5c156a912");
	}

}
