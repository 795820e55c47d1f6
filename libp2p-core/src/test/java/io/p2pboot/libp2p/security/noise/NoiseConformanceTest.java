package io.p2pboot.libp2p.security.noise;

import io.p2pboot.libp2p.security.SecurityConformance;
import io.p2pboot.libp2p.security.SecurityProtocol;

class NoiseConformanceTest extends SecurityConformance {

	@Override
	protected SecurityProtocol protocol() {
		return new NoiseSecurity();
	}

}
