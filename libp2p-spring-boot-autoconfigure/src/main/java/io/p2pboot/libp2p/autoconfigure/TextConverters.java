package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;

import org.springframework.core.convert.converter.Converter;

/**
 * Makes libp2p's types out of property values. Stateless.
 */
final class TextConverters {

	private TextConverters() {
	}

	static final class ToMultiaddr implements Converter<String, Multiaddr> {

		@Override
		public Multiaddr convert(String source) {
			return Multiaddr.parse(source.trim());
		}

	}

	static final class ToPeerId implements Converter<String, PeerId> {

		@Override
		public PeerId convert(String source) {
			return PeerId.parse(source.trim());
		}

	}

	static final class ToIpNetwork implements Converter<String, IpNetwork> {

		@Override
		public IpNetwork convert(String source) {
			return IpNetwork.parse(source.trim());
		}

	}

	static final class ToAddrInfo implements Converter<String, AddrInfo> {

		@Override
		public AddrInfo convert(String source) {
			return AddrInfo.parse(source.trim());
		}

	}

	static final class ToProtocolPath implements Converter<String, ProtocolPath> {

		@Override
		public ProtocolPath convert(String source) {
			return ProtocolPath.of(source.trim());
		}

	}

}
