package io.p2pboot.libp2p.sample.deals;

import java.math.BigDecimal;
import java.nio.file.Path;

import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.test.AutoConfigureTestLibp2pTransport;
import io.p2pboot.libp2p.test.TestPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
@SpringBootTest
@AutoConfigureTestLibp2pTransport
class DealsTest {

	@TempDir
	static Path data;

	@Autowired
	private TestPeer peer;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
	}

	@Test
	void aDealUpToTheBoundIsAcceptedAndOneCentMoreIsNot() throws Exception {
		DealReply accepted = propose(new DealProposal("apples", 1, Deals.MAX_TOTAL));
		assertThat(accepted).isEqualTo(new DealReply(true, Deals.MAX_TOTAL, "agreed"));
		DealReply refused = propose(new DealProposal("apples", 1, Deals.MAX_TOTAL.add(new BigDecimal("0.01"))));
		assertThat(refused.accepted()).isFalse();
		assertThat(refused.total()).isEqualTo("10000.01");
		assertThat(refused.reason()).contains("10000");
	}

	@ParameterizedTest
	@CsvSource({ "' ', 3, 1.25", "apples, 0, 1.25", "apples, 1001, 1.25", "apples, 3, 0", "apples, 3, 1.255",
			"apples, 3," })
	void aProposalThatIsNotValidResetsItsStream(String item, int quantity, BigDecimal price) {
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> propose(new DealProposal(item, quantity, price)))
			.satisfies((reset) -> {
				assertThat(reset.isRemote()).isTrue();
				assertThat(reset.code()).hasValue(UnreadableMessage.RESET_CODE);
			});
		assertThat(this.peer.node().connections()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{\"item\":", "{\"item\":7,\"quantity\":\"x\"}" })
	void whatIsNoProposalResetsItsStream(String json) {
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.peer.request(Deals.PATH, json, String.class))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(UnreadableMessage.RESET_CODE));
	}

	private DealReply propose(DealProposal proposal) throws Exception {
		return this.peer.request(Deals.PATH, proposal, DealReply.class);
	}

}
