/**
 * The suites that talk to foreign peers, or show with two foreign peers that a scenario
 * is right. Read {@link io.p2pboot.libp2p.interop.PairSuite} first.
 */
@NullMarked
package io.p2pboot.libp2p.interop;

import org.jspecify.annotations.NullMarked;
