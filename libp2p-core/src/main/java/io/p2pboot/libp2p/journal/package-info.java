/**
 * Files that outlive their process: frames are appended, and now and then the whole file
 * is replaced. For packages of libp2p alone. Read
 * {@link io.p2pboot.libp2p.journal.Journal} first.
 */
@NullMarked
package io.p2pboot.libp2p.journal;

import org.jspecify.annotations.NullMarked;
