package io.p2pboot.libp2p.sample.files;

/**
 * A file that is shared.
 *
 * @param name its name
 * @param size its size in bytes
 */
public record SharedFile(String name, long size) {

}
