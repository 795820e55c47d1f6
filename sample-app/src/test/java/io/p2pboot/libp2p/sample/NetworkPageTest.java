package io.p2pboot.libp2p.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.sample.telemetry.TelemetryBook;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the page shows of the network, of the files and of the programs, in a real
 * browser: narrow and wide, light and dark. Two dialled over QUIC and TCP.
 */
@Timeout(300)
class NetworkPageTest {

	private static final String QUIC = "--libp2p.listen=/ip4/127.0.0.1/udp/0/quic-v1";

	@TempDir
	static Path data;

	private static ConfigurableApplicationContext first;

	private static ConfigurableApplicationContext second;

	private static ConfigurableApplicationContext third;

	private static SamplePage page;

	@BeforeAll
	static void start() throws IOException {
		SamplePage.require();
		first = SamplePage.run(data, "first", QUIC, "--sample.telemetry.interval=200ms");
		second = SamplePage.run(data, "second", QUIC, "--sample.telemetry.interval=200ms",
				"--sample.push.peers=" + node(first).peerId());
		third = SamplePage.run(data, "third");
		node(second).connect(node(first).addrInfo());
		node(first).connect(node(third).addrInfo());
		Files.write(data.resolve("first/files/holiday pictures of everybody who was there.zip"), new byte[3_000_000]);
		page = SamplePage.open(data);
	}

	@BeforeEach
	void wide() {
		page.look(1280, "light", "no-preference");
	}

	@AfterAll
	static void stop() {
		if (page != null) {
			page.close();
		}
		for (ConfigurableApplicationContext context : new ConfigurableApplicationContext[] { first, second, third }) {
			if (context != null) {
				context.close();
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "1280, light", "1280, dark", "390, light", "390, dark" })
	void theNetworkIsAPictureOfWhatTheTableSays(int width, String scheme) {
		page.look(width, scheme, "no-preference");
		page.open(first);
		for (ConfigurableApplicationContext other : List.of(second, third)) {
			String peer = node(other).peerId().toString();
			WebElement drawn = drawn(peer);
			String transport = (other == second) ? "QUIC" : "TCP";
			String dialled = (other == second) ? "it connected" : "this node connected";
			page.await("what is drawn", () -> drawn(peer).getDomAttribute("aria-label")
				.matches(".*, " + dialled + ", " + transport + ", round trip \\d+(\\.\\d)? ms, \\d+ open streams?"));
			page.await("its name and round trip", () -> drawn(peer).getText().contains(transport + " · "));
			List<WebElement> cells = row(peer).findElements(By.tagName("td"));
			assertThat(cells.get(2).getText()).endsWith((other == second) ? "inbound" : "outbound");
			assertThat(cells.get(3).getText()).endsWith(transport);
			page.await("the table's round trip",
					() -> row(peer).findElements(By.tagName("td")).get(4).getText().endsWith(" ms"));
			assertThat(drawn.getDomAttribute("role")).isEqualTo("button");
		}
		assertThat(page.element("#network").getDomAttribute("aria-label")).endsWith("2 connected peers");
		page.fits();
	}

	@Test
	void whoeverLeavesLeavesThePictureAndIsDrawnAgainInTheOldColour() throws IOException {
		page.open(first);
		String other = node(second).peerId().toString();
		drawn(other);
		PrivateKey key = PrivateKey.generate();
		String peer = PeerId.of(key.publicKey()).toString();
		String before;
		try (Node guest = NodeBuilder.create().identity(key).start()) {
			guest.connect(node(first).addrInfo());
			drawn(peer);
			before = hue(node(peer));
			assertThat(List.of(before, hue(node(other)), hue("#logo .face"))).doesNotHaveDuplicates();
		}
		page.await("it is gone", () -> page.browser().findElements(By.cssSelector(node(peer))).isEmpty());
		try (Node guest = NodeBuilder.create().identity(key).start()) {
			guest.connect(node(first).addrInfo());
			drawn(peer);
			assertThat(hue(node(peer))).isEqualTo(before);
			assertThat(hue("#peers tr[data-peer='" + peer + "'] .face")).isEqualTo(before);
			page.open(first);
			drawn(peer);
			assertThat(hue(node(peer))).isEqualTo(before);
		}
		page.await("it is gone", () -> page.browser().findElements(By.cssSelector(node(peer))).isEmpty());
	}

	@ParameterizedTest
	@CsvSource({ "1280", "390" })
	void aPeerIsChosenWithTheKeyboardAndKeepsTheFocus(int width) {
		page.look(width, "light", "no-preference");
		page.open(first);
		String peer = node(second).peerId().toString();
		drawn(peer).sendKeys(Keys.ENTER);
		page.await("it is chosen", () -> drawn(peer).getDomAttribute("aria-pressed").equals("true"));
		assertThat(page.element("#peers tr.selected").getDomAttribute("data-peer")).isEqualTo(peer);
		String label = drawn(peer).getDomAttribute("aria-label");
		page.await("the picture lives", () -> !drawn(peer).getDomAttribute("aria-label").equals(label));
		assertThat(page.browser().switchTo().activeElement().getDomAttribute("data-peer")).isEqualTo(peer);
	}

	@Test
	void datagramsAreSeenUnlessTheUserLikesNoMotion() {
		page.look(1280, "light", "reduce");
		page.open(first);
		String telling = "#legend li[data-peer='" + node(second).peerId() + "']";
		page.await("telemetry", () -> !page.browser().findElements(By.cssSelector(telling)).isEmpty());
		page.browser()
			.executeScript("window.dots = 0; new MutationObserver((all) => all.forEach((one) => one.addedNodes"
					+ ".forEach((node) => window.dots += node.classList?.contains('pulse') ? 1 : 0)))"
					+ ".observe(document.getElementById('network'), { subtree: true, childList: true })");
		String before = page.text(telling);
		page.await("it was told more", () -> !page.text(telling).equals(before));
		assertThat(page.browser().executeScript("return window.dots")).isEqualTo(0L);
		page.look(1280, "light", "no-preference");
		page.await("a dot", () -> (long) page.browser().executeScript("return window.dots") > 0);
	}

	@ParameterizedTest
	@CsvSource({ "1280, light", "390, dark" })
	void aFileIsDroppedOnThePageOrChosen(int width, String scheme) throws IOException {
		page.look(width, scheme, "no-preference");
		page.open(first);
		assertThat(page.text("#folder")).isEqualTo(data.resolve("first/files").toRealPath().toString());
		String dropped = "dropped " + width + " % #.txt";
		drop(dropped, "by hand");
		page.await("it is shared", () -> page.text("#here").contains(dropped));
		assertThat(page.text("#adding")).isEqualTo("Added " + dropped + ".");
		assertThat(data.resolve("first/files").resolve(dropped)).hasContent("by hand");
		drop(dropped, "again");
		page.await("it is refused", () -> page.text("#notice").equals("The name " + dropped + " is taken"));
		assertThat(data.resolve("first/files").resolve(dropped)).hasContent("by hand");
		Path chosen = Files.writeString(data.resolve("chosen " + width + ".txt"), "with the keyboard");
		page.element("#add").sendKeys(chosen.toString());
		page.await("it is shared", () -> page.text("#here").contains(chosen.getFileName().toString()));
		assertThat(data.resolve("first/files").resolve(chosen.getFileName())).hasContent("with the keyboard");
		assertThat(page.text("#notice")).isEmpty();
		page.fits();
	}

	@Test
	void theProgressOfATransferIsSeenOnANarrowPage() {
		page.look(390, "dark", "no-preference");
		page.open(first);
		drawn(node(second).peerId().toString()).sendKeys(Keys.SPACE);
		page.click("#here", "holiday", "Push");
		page.await("it is done", () -> page.text("#transfers").contains("done"));
		WebElement bar = page.element("#transfers progress");
		assertThat(bar.getRect().getX()).isNotNegative();
		assertThat(bar.getRect().getX() + bar.getRect().getWidth()).isLessThanOrEqualTo(390);
		assertThat(page.text("#transfers")).contains("3.0 MB of 3.0 MB");
		assertThat(page.browser()
			.executeScript("return getComputedStyle(arguments[0].closest('td'), '::before').content", bar))
			.isEqualTo("\"progress\"");
		page.fits();
	}

	@Test
	void eachProgramHasALineOfItsOwn() {
		page.open(first);
		for (ConfigurableApplicationContext each : List.of(first, second)) {
			String line = "#legend li[data-peer='" + node(each).peerId() + "']";
			page.await("its line", () -> !page.browser().findElements(By.cssSelector(line)).isEmpty());
			assertThat(page.text(line)).matches("(?s)" + ((each == first) ? "this node" : "12D3.*")
					+ ": load [\\d.]+ %, heap [\\d.]+ MB, \\d+ connections?");
		}
		assertThat(page.element("#chart").getDomAttribute("aria-label"))
			.isEqualTo("Load of the processors of each peer over the last two minutes");
		page.element("#measures input").sendKeys(Keys.ARROW_RIGHT);
		page.await("the heap",
				() -> page.element("#chart")
					.getDomAttribute("aria-label")
					.equals("Heap in use of each peer over the last two minutes"));
		Map<String, List<TelemetryBook.Entry>> told = first.getBean(TelemetryBook.class).entries();
		assertThat(told).containsKeys(node(first).peerId().toString(), node(second).peerId().toString());
	}

	@Test
	void whatOthersPasteAndWhatIsListenedOnIsQuicFirst() throws IOException {
		page.open(first);
		assertThat(page.text("#addresses")).contains("/quic-v1/p2p/");
		int listening = 0;
		for (PropertySource<?> document : new YamlPropertySourceLoader().load("application",
				new ClassPathResource("application.yml"))) {
			Object address = document.getProperty("libp2p.listen[0]");
			if (address != null) {
				listening++;
				assertThat(address.toString()).endsWith("/quic-v1");
			}
		}
		assertThat(listening).isEqualTo(3);
		try (ConfigurableApplicationContext both = SamplePage.run(data, "both",
				"--libp2p.listen=/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1")) {
			assertThat(OwnAddresses.of(node(both))).hasSize(2).first().asString().contains("/quic-v1/p2p/");
		}
	}

	private static Node node(ConfigurableApplicationContext context) {
		return context.getBean(Node.class);
	}

	private static String node(String peer) {
		return "#network .node[data-peer='" + peer + "']";
	}

	private static WebElement drawn(String peer) {
		page.await("it is drawn", () -> !page.browser().findElements(By.cssSelector(node(peer))).isEmpty());
		return page.element(node(peer));
	}

	private static WebElement row(String peer) {
		return page.element("#peers tr[data-peer='" + peer + "']");
	}

	private static String hue(String selector) {
		return String.valueOf(page.browser()
			.executeScript("return document.querySelector(arguments[0]).style.getPropertyValue('--hue')", selector));
	}

	/** As the browser tells it of a file that a user lets go over the page. */
	private static void drop(String name, String content) {
		page.browser().executeScript("""
				const transfer = new DataTransfer();
				transfer.items.add(new File([arguments[1]], arguments[0]));
				for (const type of ['dragover', 'drop']) {
				  const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
				  if (document.body.dispatchEvent(event)) throw new Error(type + ' is left to the browser');
				  const seen = document.getElementById('files').classList.contains('dropping');
				  if (seen !== (type === 'dragover')) throw new Error(type + ' does not show where the file goes');
				}""", name, content);
	}

}
