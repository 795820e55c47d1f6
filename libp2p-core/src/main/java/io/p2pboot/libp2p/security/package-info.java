/**
 * What a security protocol is to the stack: a handshake that proves both identities, and
 * handlers that encrypt from then on. Read
 * {@link io.p2pboot.libp2p.security.SecurityProtocol} first. Specification: libp2p/specs
 * connections/README.md, "Establishing a secure connection".
 */
@NullMarked
package io.p2pboot.libp2p.security;

import org.jspecify.annotations.NullMarked;
