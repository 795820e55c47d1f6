/**
 * Sets up handlers in a Spring application, with or without Spring Boot: begin with
 * {@link io.p2pboot.libp2p.spring.config.EnableLibp2p}.
 */
@NullMarked
package io.p2pboot.libp2p.spring.config;

import org.jspecify.annotations.NullMarked;
