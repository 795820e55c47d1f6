package io.p2pboot.libp2p.sample;

import java.io.IOException;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.springframework.stereotype.Component;

/**
 * Sends back what it receives.
 */
@Component
@Libp2pProtocol(EchoHandler.PATH)
public class EchoHandler implements StreamHandler {

	/** The path of the protocol. */
	public static final String PATH = "/sample/echo/1.0.0";

	@Override
	public void handle(Stream stream) throws IOException {
		stream.inputStream().transferTo(stream.outputStream());
	}

}
