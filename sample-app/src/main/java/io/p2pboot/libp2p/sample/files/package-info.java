/**
 * Sharing the files of one folder with peers. Read
 * {@link io.p2pboot.libp2p.sample.files.SharedFolder} first, then
 * {@link io.p2pboot.libp2p.sample.files.FilesHandler}.
 */
@NullMarked
package io.p2pboot.libp2p.sample.files;

import org.jspecify.annotations.NullMarked;
