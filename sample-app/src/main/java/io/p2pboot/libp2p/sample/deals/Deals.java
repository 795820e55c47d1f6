package io.p2pboot.libp2p.sample.deals;

import java.math.BigDecimal;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import jakarta.validation.Valid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.stereotype.Component;

/**
 * Answers proposals: a typed handler. What does not pass validation never reaches the
 * method, and resets the stream.
 */
@Component
public class Deals {

	/** The path of the protocol. */
	public static final String PATH = "/sample/deals/propose/1.0.0";

	/** Deals above this total are refused. */
	public static final BigDecimal MAX_TOTAL = new BigDecimal("10000");

	private static final Logger logger = LoggerFactory.getLogger(Deals.class);

	/**
	 * Answers a proposal.
	 * @param proposal what the peer proposes
	 * @param from the peer
	 * @return the answer
	 */
	@Libp2pProtocol(PATH)
	public DealReply propose(@Payload @Valid DealProposal proposal, PeerId from) {
		BigDecimal total = proposal.price().multiply(BigDecimal.valueOf(proposal.quantity()));
		boolean accepted = total.compareTo(MAX_TOTAL) <= 0;
		logger.info("{} proposes {} for {}: {}", from, proposal.quantity(), total, accepted ? "accepted" : "refused");
		return new DealReply(accepted, total, accepted ? "agreed" : "a deal is at most " + MAX_TOTAL);
	}

}
