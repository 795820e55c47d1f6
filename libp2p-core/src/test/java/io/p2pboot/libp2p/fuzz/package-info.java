/**
 * What every decoder is held to when it reads bytes of an attacker. Read
 * {@link io.p2pboot.libp2p.fuzz.Fuzzed} first.
 */
package io.p2pboot.libp2p.fuzz;
