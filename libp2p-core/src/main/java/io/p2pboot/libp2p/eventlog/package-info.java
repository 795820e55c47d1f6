/**
 * The log that a user reads: one line an event, where text from a remote peer can neither
 * forge lines nor flood the disk. Read {@link io.p2pboot.libp2p.eventlog.EventLog} first.
 */
@NullMarked
package io.p2pboot.libp2p.eventlog;

import org.jspecify.annotations.NullMarked;
