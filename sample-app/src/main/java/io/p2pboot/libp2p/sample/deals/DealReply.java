package io.p2pboot.libp2p.sample.deals;

import java.math.BigDecimal;

/**
 * The answer to a proposal.
 *
 * @param accepted whether there is a deal
 * @param total the price of all
 * @param reason why
 */
public record DealReply(boolean accepted, BigDecimal total, String reason) {

}
