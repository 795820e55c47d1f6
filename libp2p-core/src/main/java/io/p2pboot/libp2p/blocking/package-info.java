/**
 * The blocking door: what lets a user's thread wait for the network.
 * {@link BlockingStream} is the face of a stream, over a {@link ReceiveSide} and a
 * {@link SendSide} that know nothing of each other; {@link BlockingCalls} waits for
 * futures. Threads park on {@code java.util.concurrent} locks, so that a virtual thread
 * gives its carrier up. Start with {@link BlockingStream}.
 */
@NullMarked
package io.p2pboot.libp2p.blocking;

import org.jspecify.annotations.NullMarked;
