/**
 * Interfaces whose methods call other peers. Begin with
 * {@link io.p2pboot.libp2p.spring.client.ImportLibp2pClients}.
 */
@NullMarked
package io.p2pboot.libp2p.spring.client;

import org.jspecify.annotations.NullMarked;
