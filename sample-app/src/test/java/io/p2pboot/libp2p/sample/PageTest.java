package io.p2pboot.libp2p.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.sample.room.Line;
import io.p2pboot.libp2p.sample.room.Room;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page in a real browser, driving one instance that talks to another.
 */
@Timeout(300)
class PageTest {

	private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

	private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

	private static final String HOSTILE_NAME = "<img src=x onerror=document.title='owned'>";

	@TempDir
	static Path data;

	private static ConfigurableApplicationContext first;

	private static ConfigurableApplicationContext second;

	private static ChromeDriver browser;

	@BeforeAll
	static void start() throws IOException {
		boolean present = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
		if (!present && List.of(System.getProperty("interop.require", "").split(",")).contains("chromium")) {
			throw new AssertionError("Chromium is required, but " + CHROMIUM + " or " + DRIVER + " is missing");
		}
		assumeTrue(present, "Chromium is missing: " + CHROMIUM + " and " + DRIVER);
		first = run("first", "--sample.telemetry.interval=200ms");
		second = run("second", "--sample.telemetry.interval=200ms",
				"--sample.push.peers=" + first.getBean(Node.class).peerId());
		Files.writeString(data.resolve("second/files/" + HOSTILE_NAME), "harmless");
		Files.write(data.resolve("second/files/large.bin"), new byte[5_000_000]);
		Files.writeString(data.resolve("first/files/mine.txt"), "from the first");
		browser = browser();
	}

	private static ConfigurableApplicationContext run(String name, String... more) {
		Path home = data.resolve(name);
		return new SpringApplicationBuilder(SampleApplication.class).properties("server.port=0")
			.run(arguments(home, more));
	}

	private static String[] arguments(Path home, String... more) {
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--libp2p.listen=/ip4/127.0.0.1/tcp/0",
				"--libp2p.identity.location=file:" + home.resolve("peer.key"),
				"--sample.files.folder=" + home.resolve("files")));
		arguments.addAll(List.of(more));
		return arguments.toArray(String[]::new);
	}

	private static ChromeDriver browser() {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM.toString());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--user-data-dir=" + data.resolve("browser"), "--window-size=1200,1600");
		return new ChromeDriver(
				new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).usingAnyFreePort().build(),
				options);
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.quit();
		}
		for (ConfigurableApplicationContext context : new ConfigurableApplicationContext[] { first, second }) {
			if (context != null) {
				context.close();
			}
		}
	}

	@Test
	void aUserConnectsSharesFilesAndWatches() {
		browser.get("http://127.0.0.1:" + first.getEnvironment().getProperty("local.server.port") + "/");
		Node peer = second.getBean(Node.class);
		await("our own id", () -> text("#self").equals(first.getBean(Node.class).peerId().toString()));

		element("#address").sendKeys(peer.addrInfo().addresses().get(0) + "/p2p/" + peer.peerId());
		element("#dial button").click();
		await("the peer is selected", () -> !browser.findElements(By.cssSelector("#peers tr.selected")).isEmpty());
		await("its files", () -> text("#there").contains("large.bin"));
		assertThat(text("#there")).contains(HOSTILE_NAME);

		click("#there", HOSTILE_NAME, "Fetch");
		click("#there", "large.bin", "Fetch");
		click("#here", "mine.txt", "Push");
		await("three transfers are done",
				() -> browser.findElements(By.cssSelector("#transfers tr"))
					.stream()
					.filter((row) -> row.getText().contains("done") && !row.getText().contains("far.txt"))
					.count() == 3);
		assertThat(data.resolve("first/files/" + HOSTILE_NAME)).hasContent("harmless");
		assertThat(data.resolve("first/files/large.bin")).hasSize(5_000_000);
		assertThat(data.resolve("second/files/mine.txt")).hasContent("from the first");
		await("what was pushed, there", () -> text("#there").contains("mine.txt"));

		await("telemetry",
				() -> browser.findElements(By.cssSelector("#legend li[data-readings]"))
					.stream()
					.anyMatch((line) -> Integer.parseInt(line.getDomAttribute("data-readings")) >= 3));
		await("somebody listens", () -> text("#listeners").equals("1 connected peer listens."));
		element("#line").sendKeys("hello room");
		element("#say button").click();
		await("the own line", () -> text("#room").contains("hello room"));
		Room there = second.getBean(Room.class);
		await("the line, there",
				() -> there.lines().stream().anyMatch((line) -> line.text().equals("hello room") && !line.mine()));
		say(there, HOSTILE_NAME);
		await("the answer", () -> text("#room").contains(HOSTILE_NAME));

		element("#deal button").click();
		await("the deal", () -> text("#reply").startsWith("Accepted, total 3.75"));

		assertThat(browser.getTitle()).isEqualTo("libp2p sample");
		assertThat(browser.findElements(By.tagName("img"))).isEmpty();
		assertThat(text("#notice")).isEmpty();
	}

	/** The third is connected to the second alone, and nobody asks it for others. */
	@Test
	void aFileIsProvidedFoundByItsHashAndFetchedFromAPeerKnownByItsIdAlone() throws IOException {
		Node here = first.getBean(Node.class);
		Node hop = second.getBean(Node.class);
		try (ConfigurableApplicationContext third = run("third", "--libp2p.kad.mode=client")) {
			third.getBean(Node.class).connect(hop.addrInfo());
			Files.writeString(data.resolve("third/files/far.txt"), "found by its hash");
			resize(1280);
			open(third);
			await("somebody can be asked", () -> text("#table").equals("1 peer can be asked."));
			click("#here", "far.txt", "Provide");
			await("it is told", () -> text("#table").equals("far.txt was told to 1 peer. 1 peer can be asked."));
			await("its hash", () -> text("#provided").contains("far.txt"));
			String cid = element("#cid").getDomProperty("value");
			assertThat(cid).startsWith("bafkrei");
			assertThat(text("#provided")).contains(cid);
			fits();

			open(first);
			here.connect(hop.addrInfo());
			await("the hop can be asked", () -> text("#table").equals("1 peer can be asked."));
			find("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
			await("nobody has that", () -> text("#providers").equals("nobody provides it"));
			find(cid);
			await("who has it", () -> text("#providers").contains("not connected, known by its id alone"));
			fits();
			click("#providers", "not connected", "Fetch");
			await("it is fetched", () -> Files.exists(data.resolve("first/files/far.txt")));
			assertThat(data.resolve("first/files/far.txt")).hasContent("found by its hash");
			assertThat(here.connection(third.getBean(Node.class).peerId())).isPresent();
			assertThat(text("#notice")).isEmpty();

			resize(390);
			for (ConfigurableApplicationContext each : List.of(first, third)) {
				open(each);
				find(cid);
				await("who has it",
						() -> text("#providers").contains("connected") || text("#providers").contains("this"));
				fits();
			}
		}
		finally {
			browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
			here.disconnect(hop.peerId());
		}
	}

	private static void open(ConfigurableApplicationContext instance) {
		browser.get("http://127.0.0.1:" + instance.getEnvironment().getProperty("local.server.port") + "/");
		await("its id", () -> text("#self").equals(instance.getBean(Node.class).peerId().toString()));
	}

	private static void find(String cid) {
		element("#cid").clear();
		element("#cid").sendKeys(cid);
		element("#find button").click();
	}

	private static void resize(int width) {
		browser.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
	}

	/** Nothing is wider than the window. */
	private static void fits() {
		assertThat(browser.executeScript(
				"""
						const wide = [...document.querySelectorAll('main *')]
						  .filter((node) => !node.closest('.scroll') && node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
						return wide.map((node) => node.outerHTML).join('\\n')"""))
			.isEqualTo("");
		assertThat(browser
			.executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
			.isEqualTo(0L);
	}

	@Test
	void aFileThatNobodyCanBeToldOfIsProvidedAllTheSame() throws IOException {
		try (ConfigurableApplicationContext alone = run("alone")) {
			Files.writeString(data.resolve("alone/files/quiet.txt"), "nobody there");
			open(alone);
			click("#here", "quiet.txt", "Provide");
			await("it is said", () -> text("#table").equals("quiet.txt was told to 0 peers. 0 peers can be asked."));
			assertThat(text("#provided")).contains("quiet.txt");
			assertThat(text("#notice")).isEmpty();
		}
	}

	@Test
	void aHashThatIsNoneIsSaid() {
		browser.get("http://127.0.0.1:" + first.getEnvironment().getProperty("local.server.port") + "/");
		await("our own id", () -> text("#self").startsWith("12D3"));
		find("no hash");
		await("the error", () -> text("#notice").contains("'no hash' is no CID"));
		assertThat(text("#providers")).isEqualTo("nobody could be asked");
	}

	@Test
	void whatCannotBeReachedIsSaid() {
		browser.get("http://127.0.0.1:" + first.getEnvironment().getProperty("local.server.port") + "/");
		await("our own id", () -> text("#self").startsWith("12D3"));
		element("#address").sendKeys("/ip4/127.0.0.1/no/such");
		element("#dial button").click();
		await("the error", () -> text("#notice").contains("/ip4/127.0.0.1/no/such"));
	}

	private static void say(Room room, String text) {
		try {
			room.say(new Line(text));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The row may be drawn anew between finding and clicking it. */
	private static void click(String list, String name, String label) {
		await("the button " + label + " of " + name, () -> {
			try {
				browser.findElements(By.cssSelector(list + " li"))
					.stream()
					.filter((line) -> line.getText().contains(name))
					.findFirst()
					.orElseThrow()
					.findElements(By.tagName("button"))
					.stream()
					.filter((button) -> button.getText().equals(label))
					.findFirst()
					.orElseThrow()
					.click();
				return true;
			}
			catch (StaleElementReferenceException | java.util.NoSuchElementException | NoSuchElementException ex) {
				return false;
			}
		});
	}

	private static WebElement element(String selector) {
		return browser.findElement(By.cssSelector(selector));
	}

	private static String text(String selector) {
		return element(selector).getText();
	}

	private static void await(String what, BooleanSupplier condition) {
		long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
		while (true) {
			try {
				if (condition.getAsBoolean()) {
					return;
				}
			}
			catch (StaleElementReferenceException ex) {
				// Drawn anew while we looked: look again.
				Thread.onSpinWait();
			}
			if (System.nanoTime() > deadline) {
				throw new AssertionError(
						"Not within 60 s: " + what + "\n" + browser.findElement(By.tagName("body")).getText());
			}
			LockSupport.parkNanos(50_000_000);
		}
	}

}
