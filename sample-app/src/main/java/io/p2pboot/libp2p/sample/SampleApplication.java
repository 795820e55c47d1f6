package io.p2pboot.libp2p.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.sample.files.PushPolicy;
import io.p2pboot.libp2p.sample.files.SharedFolder;
import io.p2pboot.libp2p.sample.files.StorageLimits;
import io.p2pboot.libp2p.sample.files.TransferThreads;
import io.p2pboot.libp2p.sample.files.Transfers;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * Peers that share files and telemetry. The node is built from {@code application.yml};
 * what it serves are the beans that carry {@link Libp2pProtocol}.
 */
@SpringBootApplication
@EnableScheduling
@EnableConfigurationProperties(SampleProperties.class)
public class SampleApplication {

	/** The path of the protocol that says who we are. */
	public static final String ABOUT_PATH = "/sample/about/1.0.0";

	/**
	 * Runs the program.
	 * @param args Boot's arguments
	 */
	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	@Bean
	SharedFolder sharedFolder(SampleProperties properties, Clock clock) throws IOException {
		SampleProperties.Files files = properties.files();
		return new SharedFolder(files.folder(), new StorageLimits(files.maxFile().toBytes(), files.maxPeer().toBytes(),
				files.maxTotal().toBytes(), files.maxCount(), files.unfinishedAge()), clock);
	}

	@Bean
	PushPolicy pushPolicy(SampleProperties properties) {
		return new PushPolicy(
				properties.push().peers().stream().map(PeerId::parse).collect(Collectors.toUnmodifiableSet()),
				properties.push().open());
	}

	@Bean
	Transfers transfers(Clock clock) {
		return new Transfers(clock);
	}

	@Bean
	TransferThreads transferThreads() {
		return new TransferThreads();
	}

	/** A handler can be a lambda as well. */
	@Bean
	@Libp2pProtocol(ABOUT_PATH)
	StreamHandler about() {
		return (stream) -> stream.outputStream()
			.write(("libp2p sample, hello " + stream.remotePeer().id() + "\n").getBytes(StandardCharsets.UTF_8));
	}

}
