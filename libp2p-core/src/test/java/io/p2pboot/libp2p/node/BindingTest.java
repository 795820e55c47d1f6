package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.Listener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

class BindingTest {

	private static final String FOUR = "/ip4/0.0.0.0/tcp/4001";

	private static final String SIX = "/ip6/::/tcp/4001";

	private static final String ZONE = "/ip6zone/eth0/ip6/fe80::1/tcp/4001";

	private final Logger logger = (Logger) LoggerFactory.getLogger(Libp2pNode.class);

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	private final List<String> bound = new ArrayList<>();

	@BeforeEach
	void listen() {
		this.logged.start();
		this.logger.addAppender(this.logged);
	}

	@AfterEach
	void close() {
		this.logger.detachAppender(this.logged);
	}

	private void bind(boolean ip6, String... addresses) throws IOException {
		new Binding(this::bound, () -> ip6, 1_000).bind(List.of(addresses).stream().map(Multiaddr::parse).toList());
	}

	private Future<Listener> bound(Multiaddr address) {
		this.bound.add(address.toString());
		if (address.toString().endsWith("/tcp/1")) {
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(new BindException(address.toString()));
		}
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

	@Test
	void whatTakesBothFamiliesIsBoundFirst() throws IOException {
		bind(true, FOUR, "/ip6/::1/tcp/4002", SIX, "/memory/1");
		assertThat(this.bound).containsExactly(SIX, FOUR, "/ip6/::1/tcp/4002", "/memory/1");
		assertThat(this.logged.list).isEmpty();
	}

	@Test
	void aFamilyThatTheHostLacksIsLeftOutWithOneWarning() throws IOException {
		bind(false, FOUR, SIX, ZONE);
		assertThat(this.bound).containsExactly(FOUR);
		assertThat(this.logged.list).singleElement()
			.satisfies((event) -> assertThat(event.getFormattedMessage()).contains(SIX, ZONE, "no IPv6"));
	}

	@Test
	void aHostThatHasNoneOfTheFamiliesFailsAndSaysSo() {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> bind(false, SIX, ZONE))
			.withMessageContaining(SIX)
			.withMessageContaining("this host has no IPv6");
		assertThat(this.bound).isEmpty();
	}

	@Test
	void anyOtherFailureFailsTheStart() {
		assertThatIOException().isThrownBy(() -> bind(false, "/ip4/127.0.0.1/tcp/1", FOUR, SIX));
		assertThat(this.logged.list).isEmpty();
	}

	@Test
	void withoutAddressesNothingIsAskedOfTheHost() throws IOException {
		bind(false);
		bind(false, "/memory/1");
		assertThat(this.logged.list).isEmpty();
	}

}
