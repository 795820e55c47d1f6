package io.p2pboot.libp2p.swarm;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.guard.Nightly;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Honest transcripts of multistream, security, yamux and one echoing stream, with a fault
 * at every byte of both directions (by day at some). Whatever the fault: both ends close
 * in time, no channel, timer or buffer is left, and no wrong byte is delivered.
 */
@Timeout(300)
class FaultAtEveryByteTest {

	/** Every so many bytes are hit. */
	private static final int NOISE_STEP = Nightly.nightOrDay(1, 3);

	/** A TLS transcript is longer, and slower. */
	private static final int TLS_STEP = Nightly.nightOrDay(1, 29);

	private static EventLoops loops;

	private static AddressResolver resolver;

	@BeforeAll
	static void createLoops() {
		loops = EventLoops.nio(1);
		resolver = AddressResolver.create(loops);
	}

	@AfterAll
	static void closeLoops() {
		resolver.close();
		loops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	private static Swarm swarm(SecurityProtocol security) {
		// One inbound upgrade at a time: one that is not given back stops all that
		// follow.
		ConnectionLimits limits = new ConnectionLimits(1, 1, 1, 10, 2, 1 << 20);
		SwarmConfig config = new SwarmConfig(List.of(security), List.of(new YamuxMuxer(YamuxConfig.DEFAULT)),
				Duration.ofSeconds(15), Duration.ofSeconds(15), Duration.ofSeconds(10),
				new ResourceLimits(limits, AddressLimits.NONE, StreamLimits.of(limits), Integer.MAX_VALUE),
				ConnectionMarks.of(limits.connections()), ConnectionGater.ALL, false, Set.of());
		Swarm swarm = new Swarm(PrivateKey.generate(), config, List.of(), loops, resolver, Runnable::run,
				NodeObserver.NONE, Clock.systemUTC());
		FaultyLink.echo(swarm);
		return swarm;
	}

	/** Tries all six faults at every so many bytes; returns how many cases that were. */
	private static int tryAll(SecurityProtocol dialling, SecurityProtocol listening, int step) {
		Swarm client = swarm(dialling);
		Swarm server = swarm(listening);
		FaultyLink honest = new FaultyLink(client, server, FaultyLink.Fault.NONE, true, 0).run();
		assertThat(honest.complaints()).isEmpty();
		List<FaultyLink.Fault> faults = List.of(FaultyLink.Fault.values()).subList(1, FaultyLink.Fault.values().length);
		List<String> complaints = new ArrayList<>();
		int cases = 0;
		for (boolean fromDialler : new boolean[] { true, false }) {
			for (int offset = 0; offset < honest.carried(fromDialler); offset += step) {
				for (FaultyLink.Fault fault : faults) {
					FaultyLink link = new FaultyLink(client, server, fault, fromDialler, offset).run();
					link.complaints().forEach((complaint) -> complaints.add(link + ": " + complaint));
					cases += link.hasStruck() ? 1 : 0;
				}
			}
		}
		assertThat(complaints).isEmpty();
		return cases;
	}

	@Test
	void noiseEndsWellWhateverByteIsHit() {
		int cases = tryAll(new NoiseSecurity(), new NoiseSecurity(), NOISE_STEP);
		System.out.println("B3: noise, " + cases + " cases");
		assertThat(cases).isGreaterThan(4000 / NOISE_STEP);
	}

	@Test
	void tlsEndsWellWhateverByteIsHit() {
		int cases = tryAll(TlsSecurity.create(Clock.systemUTC()), TlsSecurity.create(Clock.systemUTC()), TLS_STEP);
		System.out.println("B3: tls, " + cases + " cases");
		assertThat(cases).isGreaterThan(20_000 / TLS_STEP);
	}

}
