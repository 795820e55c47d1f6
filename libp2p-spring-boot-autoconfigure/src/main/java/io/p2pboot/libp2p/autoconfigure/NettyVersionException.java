package io.p2pboot.libp2p.autoconfigure;

/**
 * Netty on the class path is older than what was tested, or its artifacts differ.
 */
final class NettyVersionException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient NettyVersions versions;

	NettyVersionException(NettyVersions versions) {
		super("libp2p " + versions.libp2p() + " needs Netty " + versions.netty() + " and netty-tcnative "
				+ versions.tcnative() + " or later, all artifacts of one version; on the class path are "
				+ versions.found());
		this.versions = versions;
	}

	NettyVersions versions() {
		return this.versions;
	}

}
