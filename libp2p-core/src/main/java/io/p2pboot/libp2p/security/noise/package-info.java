/**
 * Noise as libp2p uses it: the XX handshake over X25519, ChaCha20-Poly1305 and SHA-256,
 * with the identity key's signature over the static key. Read
 * {@link io.p2pboot.libp2p.security.noise.NoiseSecurity} first. Specification:
 * libp2p/specs noise/README.md, and https://noiseprotocol.org revision 34.
 */
@NullMarked
package io.p2pboot.libp2p.security.noise;

import org.jspecify.annotations.NullMarked;
