/**
 * The node in Spring Boot's Actuator. Read
 * {@link io.p2pboot.libp2p.autoconfigure.actuate.Libp2pEndpoint} first.
 */
@NullMarked
package io.p2pboot.libp2p.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
