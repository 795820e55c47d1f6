/**
 * TLS 1.3 as libp2p uses it: self-signed certificates that carry the identity key, both
 * sides authenticated, the muxer chosen by ALPN. Read
 * {@link io.p2pboot.libp2p.security.tls.TlsSecurity} first. Specification: libp2p/specs
 * tls/tls.md r0, connections/inlined-muxer-negotiation.md.
 */
@NullMarked
package io.p2pboot.libp2p.security.tls;

import org.jspecify.annotations.NullMarked;
