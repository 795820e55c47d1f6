package io.p2pboot.libp2p.autoconfigure;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.mdns.Mdns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(120)
class MdnsAutoConfigurationTest {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(SslAutoConfiguration.class, Libp2pAutoConfiguration.class, Libp2pMdnsAutoConfiguration.class));

	@Test
	void isOffUnlessItIsSwitchedOn() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean("libp2pMdnsCustomizer"));
		this.runner.withPropertyValues("libp2p.mdns.enabled=true", "libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pMdnsCustomizer"));
	}

	@Test
	void runsWhileTheNodeDoesAndEndsWithIt() {
		this.runner.withPropertyValues("libp2p.mdns.enabled=true", "libp2p.mdns.interfaces=none").run((context) -> {
			assertThat(threads()).hasSize(1);
			context.getBean(Node.class).stop();
			await().untilAsserted(() -> assertThat(threads()).isEmpty());
			context.getBean(Node.class).start();
			assertThat(threads()).hasSize(1);
		});
		await().untilAsserted(() -> assertThat(threads()).isEmpty());
	}

	private static List<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("libp2p-mdns"))
			.toList();
	}

	@Test
	void theModuleIsNamedWhereItIsMissing() {
		this.runner.withClassLoader(new FilteredClassLoader(Mdns.class))
			.withPropertyValues("libp2p.mdns.enabled=true")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidSettingException.class)
				.hasMessageContaining("the module libp2p-mdns is not on the class path"));
		this.runner.withClassLoader(new FilteredClassLoader(Mdns.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource({ "service-name,p2p", "service-name,_p2p._tcp", "query-interval,999ms", "query-interval,61m" })
	void whatIsOutOfRangeIsNamed(String name, String value) {
		this.runner.withPropertyValues("libp2p.mdns.enabled=true", "libp2p.mdns." + name + "=" + value)
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("libp2p.mdns." + name));
	}

	@Test
	void twoApplicationsFindEachOtherWithoutAnyAddress() throws SocketException {
		String loopback = NetworkInterface.networkInterfaces()
			.filter(MdnsAutoConfigurationTest::isLoopback)
			.findFirst()
			.orElseThrow()
			.getName();
		// A name of its own: others may look for theirs on this host.
		String service = "_t" + ProcessHandle.current().pid() + "._udp";
		ApplicationContextRunner local = this.runner.withPropertyValues("libp2p.mdns.enabled=true",
				"libp2p.listen=/ip4/127.0.0.1/tcp/0", "libp2p.mdns.interfaces=" + loopback,
				"libp2p.mdns.query-interval=1s", "libp2p.mdns.service-name=" + service);
		local.run((first) -> local.run((second) -> {
			Node one = first.getBean(Node.class);
			Node two = second.getBean(Node.class);
			await().until(() -> one.connection(two.peerId()).isPresent() && two.connection(one.peerId()).isPresent());
		}));
	}

	private static boolean isLoopback(NetworkInterface device) {
		try {
			return device.isLoopback();
		}
		catch (SocketException ex) {
			return false;
		}
	}

}
