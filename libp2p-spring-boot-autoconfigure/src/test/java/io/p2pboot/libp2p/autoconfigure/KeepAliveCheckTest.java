package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

@ExtendWith(OutputCaptureExtension.class)
class KeepAliveCheckTest {

	private static final String WARNING = "Nothing keeps this application running";

	private final Node node = mock(Node.class);

	private final Thread daemon = thread(true, "daemon");

	private final Thread end = thread(false, "DestroyJavaVM");

	private final Thread server = thread(false, "server");

	KeepAliveCheckTest() {
		given(this.node.isRunning()).willReturn(true);
	}

	@Test
	void anApplicationThatServesAndIsAboutToEndSaysWhy(CapturedOutput output) {
		check(false, 1, Thread.currentThread(), this.daemon, this.end);
		assertThat(output).containsOnlyOnce(WARNING).contains("libp2p.listen").contains("spring.main.keep-alive=true");
		check(true, 0, Thread.currentThread());
		assertThat(output.getOut().split(WARNING, -1)).hasSize(3);
	}

	@Test
	void anApplicationWithAThreadOfItsOwnSaysNothing(CapturedOutput output) {
		check(true, 1, Thread.currentThread(), this.server);
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void aClientThatDoesItsWorkAndEndsSaysNothing(CapturedOutput output) {
		check(false, 0, Thread.currentThread());
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void aNodeThatListensOrDoesNotRunSaysNothing(CapturedOutput output) {
		given(this.node.listenAddresses()).willReturn(List.of(Multiaddr.parse("/memory/1")));
		check(true, 1, Thread.currentThread());
		given(this.node.listenAddresses()).willReturn(List.of());
		given(this.node.isRunning()).willReturn(false);
		check(true, 1, Thread.currentThread());
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void theLiveThreadsAreThoseOfThisProcess() {
		assertThat(KeepAliveCheck.liveThreads()).contains(Thread.currentThread());
	}

	private void check(boolean bootstraps, int handlers, Thread... threads) {
		new KeepAliveCheck(this.node, bootstraps, () -> handlers, () -> List.of(threads))
			.onApplicationEvent(mock(ApplicationReadyEvent.class));
	}

	private static Thread thread(boolean daemon, String name) {
		Thread thread = new Thread(() -> {
		}, name);
		thread.setDaemon(daemon);
		return thread;
	}

}
