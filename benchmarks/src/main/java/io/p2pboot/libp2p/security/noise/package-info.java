/**
 * Benchmarks of the Noise codec, which is not public.
 */
@NullMarked
package io.p2pboot.libp2p.security.noise;

import org.jspecify.annotations.NullMarked;
