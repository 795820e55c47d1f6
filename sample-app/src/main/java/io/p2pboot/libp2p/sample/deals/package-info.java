/**
 * Proposing deals: a typed request and a typed reply. Read
 * {@link io.p2pboot.libp2p.sample.deals.Deals} first.
 */
@NullMarked
package io.p2pboot.libp2p.sample.deals;

import org.jspecify.annotations.NullMarked;
