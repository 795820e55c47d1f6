package io.p2pboot.libp2p.sample.telemetry;

import java.nio.ByteBuffer;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes the readings of peers: a datagram handler. What is not a plausible reading is
 * left out.
 */
@Component
@Libp2pProtocol(TelemetryHandler.PATH)
class TelemetryHandler implements DatagramHandler {

	static final String PATH = "/sample/telemetry/1.0.0";

	private static final Logger logger = LoggerFactory.getLogger(TelemetryHandler.class);

	private final TelemetryBook book;

	private final JsonMapper mapper;

	TelemetryHandler(TelemetryBook book, JsonMapper mapper) {
		this.book = book;
		this.mapper = mapper;
	}

	@Override
	public void handle(Datagram datagram) {
		ByteBuffer payload = datagram.payload();
		byte[] json = new byte[payload.remaining()];
		payload.get(json);
		try {
			Reading reading = this.mapper.readValue(json, Reading.class);
			if (reading != null && reading.isPlausible()) {
				this.book.add(datagram.peer().id(), reading);
			}
		}
		catch (JacksonException ex) {
			logger.debug("A datagram of {} is no reading", datagram.peer().id());
		}
	}

}
