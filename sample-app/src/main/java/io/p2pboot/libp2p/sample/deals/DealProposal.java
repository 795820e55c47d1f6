package io.p2pboot.libp2p.sample.deals;

import java.math.BigDecimal;

import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Digits;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/**
 * What a peer proposes.
 *
 * @param item what it wants
 * @param quantity how many
 * @param price what it pays for one
 */
public record DealProposal(@NotBlank @Size(max = 100) String item, @Min(1) @Max(1000) int quantity,
		@NotNull @DecimalMin("0.01") @Digits(integer = 9, fraction = 2) BigDecimal price) {

}
