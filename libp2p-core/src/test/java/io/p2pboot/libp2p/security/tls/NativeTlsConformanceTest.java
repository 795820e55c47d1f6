package io.p2pboot.libp2p.security.tls;

import java.time.Clock;

import io.p2pboot.libp2p.security.SecurityConformance;
import io.p2pboot.libp2p.security.SecurityProtocol;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "io.p2pboot.libp2p.security.tls.NativeTlsEngines#areAvailable",
		disabledReason = "needs the library of netty-tcnative")
class NativeTlsConformanceTest extends SecurityConformance {

	@Override
	protected SecurityProtocol protocol() {
		return new TlsSecurity(Clock.systemUTC(), NativeTlsEngines::create);
	}

	@Override
	protected boolean mayIgnore(int offset) {
		// RFC 8446, section 5.1: the version of a record is ignored.
		return offset == 2;
	}

}
