/**
 * Keys, signatures and signed envelopes, and the cipher of Noise behind a small
 * interface. Read {@link io.p2pboot.libp2p.crypto.PrivateKey} first. Specification:
 * libp2p/specs peer-ids/peer-ids.md, RFC 0002.
 */
@NullMarked
package io.p2pboot.libp2p.crypto;

import org.jspecify.annotations.NullMarked;
