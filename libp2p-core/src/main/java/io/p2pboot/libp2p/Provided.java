package io.p2pboot.libp2p;

/**
 * What became of a {@link ContentRouting#provide}.
 *
 * @param peers how many peers have stored that this node provides the key; at least 1
 */
public record Provided(int peers) {
}
