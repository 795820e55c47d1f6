/**
 * Messages on streams: how long they may be, and what they are made of. Read
 * {@link io.p2pboot.libp2p.spring.payload.MessageCodec} first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.payload;

import org.jspecify.annotations.NullMarked;
