package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.env.Environment;

/**
 * The addresses among the properties, held to the transports that the node has: one that
 * cannot be used is named with its property and what to do. Used once, while the node is
 * built.
 *
 * @param environment where the properties come from
 * @param properties the properties
 * @param peer the id of the node
 * @param quicProblem why QUIC cannot be used although it is switched on; empty if it can
 */
record ConfiguredAddresses(Environment environment, Libp2pProperties properties, PeerId peer,
		Optional<String> quicProblem) {

	static final String LISTEN = "libp2p.listen";

	static final String ANNOUNCE = "libp2p.announce";

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
	 * Checks that the transports serve the addresses, and that others can dial the
	 * announced ones.
	 * @param transports the transports of the node
	 * @param bootstrap whether the peers of the properties are those to connect to
	 * @throws InvalidSettingException for the first address that cannot be used
	 */
	void check(List<Transport> transports, boolean bootstrap) {
		List<Multiaddr> listen = this.properties.listen();
		for (int index = 0; index < listen.size(); index++) {
			Multiaddr address = listen.get(index);
			if (isOfAnotherPeer(address)) {
				throw refused(LISTEN, index, address, "it names another peer than this node, which is " + this.peer,
						"Remove /p2p and what follows, or set the identity of that peer.");
			}
			if (!isSkipped(address) && !isServed(address, transports)) {
				throw refused(LISTEN, index, address, transports);
			}
		}
		checkAnnounced();
		List<AddrInfo> peers = bootstrap ? this.properties.bootstrap().peers() : List.of();
		for (int index = 0; index < peers.size(); index++) {
			for (Multiaddr address : peers.get(index).addresses()) {
				if (!isMissingQuic(address) && !isServed(resolved(address), transports)) {
					throw refused(BOOTSTRAP, index, address, transports);
				}
			}
		}
	}

	private void checkAnnounced() {
		List<Multiaddr> announce = this.properties.announce();
		for (int index = 0; index < announce.size(); index++) {
			Multiaddr address = announce.get(index);
			if (isOfAnotherPeer(address)) {
				throw refused(ANNOUNCE, index, address, "it names another peer than this node, which is " + this.peer,
						"Remove /p2p and what follows.");
			}
			if (address.has(MultiaddrProtocol.P2P_CIRCUIT) || address.has(MultiaddrProtocol.MEMORY)) {
				continue;
			}
			String host = address.components().get(0).value();
			if (host.equals("0.0.0.0") || host.equals("::")) {
				throw refused(ANNOUNCE, index, address, "no peer can dial " + host,
						"Set it to the address or the name under which others reach this node.");
			}
			Optional<String> port = address.value(MultiaddrProtocol.TCP).or(() -> address.value(MultiaddrProtocol.UDP));
			if (address.components().get(0).protocol() != MultiaddrProtocol.DNSADDR
					&& port.filter((number) -> !number.equals("0")).isEmpty()) {
				throw refused(ANNOUNCE, index, address, "it has no port that a peer could dial",
						"Add the port under which others reach this node, for example /tcp/4001 or "
								+ "/udp/4001/quic-v1.");
			}
		}
	}

	/** What comes before a relay's {@code /p2p-circuit} is the relay's. */
	private boolean isOfAnotherPeer(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		return last.protocol() == MultiaddrProtocol.P2P && !PeerId.parse(last.value()).equals(this.peer);
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

	private InvalidSettingException refused(String list, int index, Multiaddr address, String problem, String action) {
		return new InvalidSettingException(ConfiguredValue.elementName(this.environment, list, index),
				address.toString(), problem, action, null);
	}

	private InvalidSettingException refused(String list, int index, Multiaddr address, List<Transport> transports) {
		Multiaddr resolved = resolved(address);
		if (list.equals(LISTEN) && !resolved.equals(address)) {
			return refused(list, index, address, "a node listens on IP addresses, not on names",
					"Set it to an IP address of this machine, for example /ip4/0.0.0.0/tcp/4001. What other peers are "
							+ "told instead goes to libp2p.announce.");
		}
		if (isMissingQuic(address)) {
			return refused(list, index, address, this.quicProblem.orElseThrow(),
					"Follow the reason, or let the node start without QUIC: libp2p.transport.quic.required=false.");
		}
		Optional<TransportSwitch> needed = TransportSwitch.of(address).filter((each) -> !each.isOn(this.properties));
		if (needed.isPresent()) {
			return refused(list, index, address, "its transport is switched off",
					"Set " + needed.get().property() + "=true, or remove the address.");
		}
		return refused(list, index, address,
				"no transport of this node serves such addresses; it has "
						+ transports.stream().map(Transport::name).toList(),
				"Change the address, or add a bean of type Transport that serves it.");
	}

}
