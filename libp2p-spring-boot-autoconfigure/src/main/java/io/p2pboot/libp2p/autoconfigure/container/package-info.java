/**
 * Bootstrap peers that run in containers, for Spring Boot's service connections. Read
 * {@code BootstrapContainer} first.
 */
@NullMarked
package io.p2pboot.libp2p.autoconfigure.container;

import org.jspecify.annotations.NullMarked;
