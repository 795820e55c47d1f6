/**
 * Framing and size limits of messages. The generated protobuf messages are in
 * {@code io.p2pboot.libp2p.wire.pb}, in a module of their own; they never show in a
 * public signature.
 */
@NullMarked
package io.p2pboot.libp2p.wire;

import org.jspecify.annotations.NullMarked;
