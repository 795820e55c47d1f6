package io.p2pboot.libp2p.security.tls;

import java.time.Clock;

import io.p2pboot.libp2p.security.SecurityConformance;
import io.p2pboot.libp2p.security.SecurityProtocol;

class JdkTlsConformanceTest extends SecurityConformance {

	@Override
	protected SecurityProtocol protocol() {
		return new TlsSecurity(Clock.systemUTC(), JdkTlsEngines::create);
	}

	@Override
	protected boolean mayIgnore(int offset) {
		// RFC 8446, section 5.1: the version of a record is ignored.
		return offset == 2;
	}

}
