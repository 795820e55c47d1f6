/**
 * What a Spring application uses: begin with
 * {@link io.p2pboot.libp2p.spring.Libp2pProtocol} to serve and
 * {@link io.p2pboot.libp2p.spring.Libp2pTemplate} to call.
 */
@NullMarked
package io.p2pboot.libp2p.spring;

import org.jspecify.annotations.NullMarked;
