/**
 * A room where peers talk: publish and subscribe. Read
 * {@link io.p2pboot.libp2p.sample.room.Room} first.
 */
@NullMarked
package io.p2pboot.libp2p.sample.room;

import org.jspecify.annotations.NullMarked;
