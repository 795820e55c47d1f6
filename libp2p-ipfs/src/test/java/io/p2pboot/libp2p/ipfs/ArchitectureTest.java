package io.p2pboot.libp2p.ipfs;

import io.p2pboot.libp2p.architecture.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

	private final ModuleRules module = ModuleRules.of(Amino.class, 8);

	@Test
	void seesTheApiOfTheCoreAndOfKademliaAlone() {
		this.module.seeAlone("multiformats", "crypto", "wire.pb", "kad");
		this.module.knowNoNetty();
	}

	@Test
	void onlyTheClockTellsTheTimeOfDay() {
		this.module.takeTheTimeFromAClock("DelegatedRouting");
	}

	@Test
	void publicApiHidesWhatItIsMadeOf() {
		this.module.hideWhatTheyAreMadeOf();
	}

}
