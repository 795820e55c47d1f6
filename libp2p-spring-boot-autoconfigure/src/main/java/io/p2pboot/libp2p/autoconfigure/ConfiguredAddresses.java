package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.env.Environment;

/**
 * The addresses among the properties, held to the transports that the node has: one that
 * no transport serves is named with the property that switches its transport on. Used
 * once, while the node is built.
 *
 * @param environment where the properties come from
 * @param properties the properties
 * @param quicProblem why QUIC cannot be used although it is switched on; empty if it can
 */
record ConfiguredAddresses(Environment environment, Libp2pProperties properties, Optional<String> quicProblem) {

	static final String LISTEN = "libp2p.listen";

	static final String BOOTSTRAP = "libp2p.bootstrap.peers";

	private static final Logger logger = LoggerFactory.getLogger(ConfiguredAddresses.class);

	/**
	 * Returns the addresses to listen on: without those of QUIC where it cannot be used
	 * and is not required.
	 */
	List<Multiaddr> listen() {
		List<Multiaddr> skipped = this.properties.listen().stream().filter(this::isSkipped).toList();
		if (!skipped.isEmpty()) {
			logger.warn("Not listening on {}: {}", skipped, this.quicProblem.orElseThrow());
		}
		return this.properties.listen().stream().filter((address) -> !isSkipped(address)).toList();
	}

	/**
	 * Checks that the transports serve the addresses.
	 * @param transports the transports of the node
	 * @param bootstrap whether the peers of the properties are those to connect to
	 * @throws InvalidSettingException for the first address that none serves
	 */
	void check(List<Transport> transports, boolean bootstrap) {
		List<Multiaddr> listen = this.properties.listen();
		for (int index = 0; index < listen.size(); index++) {
			Multiaddr address = listen.get(index);
			if (!isSkipped(address) && !isServed(address, transports)) {
				throw refused(LISTEN, index, address, transports);
			}
		}
		List<AddrInfo> peers = bootstrap ? this.properties.bootstrap().peers() : List.of();
		for (int index = 0; index < peers.size(); index++) {
			for (Multiaddr address : peers.get(index).addresses()) {
				if (!isMissingQuic(address) && !isServed(resolved(address), transports)) {
					throw refused(BOOTSTRAP, index, address, transports);
				}
			}
		}
	}

	private boolean isSkipped(Multiaddr address) {
		return isMissingQuic(address) && !this.properties.transport().quic().required();
	}

	private boolean isMissingQuic(Multiaddr address) {
		return this.quicProblem.isPresent()
				&& TransportSwitch.of(address).filter(TransportSwitch.QUIC::equals).isPresent();
	}

	/** What {@code /dnsaddr} stands for shows only when it is looked up. */
	private static boolean isServed(Multiaddr address, List<Transport> transports) {
		return address.components().get(0).protocol() == MultiaddrProtocol.DNSADDR
				|| transports.stream().anyMatch((transport) -> transport.supports(address));
	}

	/** Transports serve addresses whose names are looked up. */
	private static Multiaddr resolved(Multiaddr address) {
		Multiaddr.Component first = address.components().get(0);
		return switch (first.protocol()) {
			case DNS, DNS4, DNS6 ->
				Multiaddr.parse("/ip4/127.0.0.1" + address.toString().substring(first.toString().length()));
			default -> address;
		};
	}

	private InvalidSettingException refused(String list, int index, Multiaddr address, List<Transport> transports) {
		String property = ConfiguredValue.elementName(this.environment, list, index);
		Multiaddr resolved = resolved(address);
		if (list.equals(LISTEN) && !resolved.equals(address)) {
			return new InvalidSettingException(property, address.toString(),
					"a node listens on IP addresses, not on names",
					"Set it to an IP address of this machine, for example /ip4/0.0.0.0/tcp/4001. What other peers are "
							+ "told instead goes to libp2p.announce.",
					null);
		}
		if (isMissingQuic(address)) {
			return new InvalidSettingException(property, address.toString(), this.quicProblem.orElseThrow(),
					"Follow the reason, or let the node start without QUIC: libp2p.transport.quic.required=false.",
					null);
		}
		Optional<TransportSwitch> needed = TransportSwitch.of(address).filter((each) -> !each.isOn(this.properties));
		if (needed.isPresent()) {
			return new InvalidSettingException(property, address.toString(), "its transport is switched off",
					"Set " + needed.get().property() + "=true, or remove the address.", null);
		}
		return new InvalidSettingException(property, address.toString(),
				"no transport of this node serves such addresses; it has "
						+ transports.stream().map(Transport::name).toList(),
				"Change the address, or add a bean of type Transport that serves it.", null);
	}

}
