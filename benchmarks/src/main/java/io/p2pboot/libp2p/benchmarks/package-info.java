/**
 * What is measured. Micro-benchmarks run with {@code benchmarks/jmh}, whole processes
 * with {@code benchmarks/run}; no figure from either is a test.
 */
@NullMarked
package io.p2pboot.libp2p.benchmarks;

import org.jspecify.annotations.NullMarked;
