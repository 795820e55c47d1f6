/**
 * Peers for Spring Security. Read {@link io.p2pboot.libp2p.spring.security.PeerSecurity}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.security;

import org.jspecify.annotations.NullMarked;
