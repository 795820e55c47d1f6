package io.p2pboot.libp2p.sample.telemetry;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells every connected peer that takes telemetry how this program fares, and the own
 * book as well. One thread.
 */
@Component
class TelemetrySender {

	private static final Logger logger = LoggerFactory.getLogger(TelemetrySender.class);

	private static final ProtocolPath PATH = ProtocolPath.of(TelemetryHandler.PATH);

	private final Node node;

	private final Libp2pTemplate template;

	private final TelemetryBook book;

	private final JsonMapper mapper;

	private final AtomicLong sequence = new AtomicLong();

	TelemetrySender(Node node, Libp2pTemplate template, TelemetryBook book, JsonMapper mapper) {
		this.node = node;
		this.template = template;
		this.book = book;
		this.mapper = mapper;
	}

	@Scheduled(fixedRateString = "${sample.telemetry.interval:1s}")
	void send() {
		if (!this.node.isRunning()) {
			return;
		}
		Reading own = read();
		this.book.add(this.node.peerId(), own);
		byte[] reading = this.mapper.writeValueAsBytes(own);
		this.node.connections()
			.stream()
			.map(Connection::remotePeer)
			.distinct()
			.filter((peer) -> this.node.peerStore().protocols(peer).contains(PATH))
			.forEach((peer) -> send(peer, reading));
	}

	private Reading read() {
		Runtime runtime = Runtime.getRuntime();
		return new Reading(this.sequence.getAndIncrement(), load(), runtime.totalMemory() - runtime.freeMemory(),
				this.node.connections().size());
	}

	/** Of this program, not of the machine: two on one machine tell different things. */
	private static double load() {
		OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
		if (system instanceof com.sun.management.OperatingSystemMXBean process) {
			return Math.min(1, Math.max(0, process.getProcessCpuLoad()));
		}
		return 0;
	}

	private void send(PeerId peer, byte[] reading) {
		try {
			this.template.sendDatagram(AddrInfo.of(peer), TelemetryHandler.PATH, ByteBuffer.wrap(reading));
		}
		catch (IOException ex) {
			logger.debug("No telemetry for {}: {}", peer, ex.getMessage());
		}
	}

}
