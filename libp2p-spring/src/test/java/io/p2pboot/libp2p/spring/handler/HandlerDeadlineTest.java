package io.p2pboot.libp2p.spring.handler;

import java.lang.ref.WeakReference;
import java.time.Duration;

import io.p2pboot.libp2p.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

@Timeout(60)
class HandlerDeadlineTest {

	@Test
	void aCallThatEndedInTimeIsForgottenBeforeItsTimeIsUp() {
		WeakReference<Stream> served = served();
		for (int times = 0; times < 100 && served.get() != null; times++) {
			System.gc();
		}
		assertThat(served.get()).isNull();
	}

	private static WeakReference<Stream> served() {
		Stream stream = mock(Stream.class, withSettings().stubOnly());
		HandlerDeadline.begin(stream, Duration.ofHours(1)).close();
		return new WeakReference<>(stream);
	}

}
