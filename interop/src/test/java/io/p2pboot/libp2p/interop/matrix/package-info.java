/**
 * Tests of the program for libp2p's test matrix.
 */
@NullMarked
package io.p2pboot.libp2p.interop.matrix;

import org.jspecify.annotations.NullMarked;
