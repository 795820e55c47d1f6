/**
 * Finds handlers among the beans and serves them. Read
 * {@link io.p2pboot.libp2p.spring.handler.HandlerRegistrar} first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.handler;

import org.jspecify.annotations.NullMarked;
