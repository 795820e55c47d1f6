package io.p2pboot.libp2p.kad;

import java.util.List;

import io.p2pboot.libp2p.architecture.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

	/** State machines: no channel, and no time but what they are told. */
	private static final List<String> SANS_IO = List.of("KadKey", "RoutingTable", "Lookup", "LookupPath", "KadCodec",
			"RequestHandler", "ProviderStore", "RecordStore", "RateLimit", "IncludeQueue", "RefreshSchedule",
			"ProvideSchedule", "StateFrames", "Validators", "PublicKeyValidator", "IpGroup", "AddressFilter");

	private final ModuleRules module = ModuleRules.of(Kademlia.class, 30);

	@Test
	void seesOfTheCoreItsApiAndTheAsynchronousTierAlone() {
		this.module.seeAlone("netty", "wire", "wire.pb", "multiformats", "crypto", "eventlog", "journal");
	}

	@Test
	void stateMachinesKnowNoChannel() {
		this.module.knowNoChannel(SANS_IO);
	}

	@Test
	void onlyTheClockTellsTheTimeAndTwoClassesWait() {
		this.module.takeTheTimeFromAClock();
		// The one for users' threads, the other on the thread that writes the file.
		this.module.waitOnlyIn("KadInstance", "StateWriter");
	}

	@Test
	void publicApiHidesWhatItIsMadeOf() {
		this.module.hideWhatTheyAreMadeOf();
	}

}
