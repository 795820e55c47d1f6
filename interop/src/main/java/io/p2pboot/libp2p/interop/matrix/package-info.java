/**
 * One side of libp2p's own test matrix, as a program: the environment says what to do,
 * Redis has the two sides find each other, the result is printed. The contract is that of
 * the suites {@code transport} and {@code perf} of
 * <a href="https://github.com/libp2p/unified-testing">unified-testing</a>; read
 * {@link io.p2pboot.libp2p.interop.matrix.Matrix} first.
 */
@NullMarked
package io.p2pboot.libp2p.interop.matrix;

import org.jspecify.annotations.NullMarked;
