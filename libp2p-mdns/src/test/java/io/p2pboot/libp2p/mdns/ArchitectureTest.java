package io.p2pboot.libp2p.mdns;

import java.util.List;

import io.p2pboot.libp2p.architecture.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

	/** State machines: no channel, and no time but what they are told. */
	private static final List<String> SANS_IO = List.of("MdnsEngine", "MdnsEvent", "MdnsMessage", "MdnsPackets",
			"DnsName", "Link", "LinkState", "LinkAddresses", "MdnsConfig", "MdnsLimits");

	private final ModuleRules module = ModuleRules.of(Mdns.class, 15);

	@Test
	void seesOfTheCoreItsApiAndTheAsynchronousTierAlone() {
		this.module.seeAlone("netty", "wire", "wire.pb", "multiformats", "crypto", "eventlog");
	}

	@Test
	void stateMachinesKnowNoChannel() {
		this.module.knowNoChannel(SANS_IO);
	}

	@Test
	void onlyTheClockTellsTheTimeAndOneClassWaits() {
		this.module.takeTheTimeFromAClock();
		this.module.waitOnlyIn("Mdns");
	}

	@Test
	void publicApiHidesWhatItIsMadeOf() {
		this.module.hideWhatTheyAreMadeOf();
	}

}
