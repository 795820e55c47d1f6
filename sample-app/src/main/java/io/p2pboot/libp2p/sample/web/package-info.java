/**
 * The HTTP API that drives the program, and the guard before it. Read
 * {@link io.p2pboot.libp2p.sample.web.LocalRequests} first.
 */
@NullMarked
package io.p2pboot.libp2p.sample.web;

import org.jspecify.annotations.NullMarked;
