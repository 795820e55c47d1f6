package outside;

import java.io.IOException;
import java.util.Locale;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

@SpringBootApplication
public class Application {

	public static void main(String[] args) {
		SpringApplication.run(Application.class, args);
	}

	@Libp2pProtocol("/outside/echo/1.0.0")
	static class Echo implements StreamHandler {

		@Override
		public void handle(Stream stream) throws IOException {
			stream.inputStream().transferTo(stream.outputStream());
		}

	}

	@Component
	static class Shout {

		@Libp2pProtocol("/outside/shout/1.0.0")
		String shout(String text, PeerId from) {
			return text.toUpperCase(Locale.ROOT) + " " + from;
		}

	}

}
