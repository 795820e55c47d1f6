package io.p2pboot.libp2p.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.p2pboot.libp2p.Node;
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
 * The page of an instance in a real browser.
 */
final class SamplePage {

	private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

	private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

	private final ChromeDriver browser;

	private SamplePage(ChromeDriver browser) {
		this.browser = browser;
	}

	static void require() {
		boolean present = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
		if (!present && List.of(System.getProperty("interop.require", "").split(",")).contains("chromium")) {
			throw new AssertionError("Chromium is required, but " + CHROMIUM + " or " + DRIVER + " is missing");
		}
		assumeTrue(present, "Chromium is missing: " + CHROMIUM + " and " + DRIVER);
	}

	static SamplePage open(Path data) {
		return new SamplePage(browser(data));
	}

	ChromeDriver browser() {
		return this.browser;
	}

	void close() {
		this.browser.quit();
	}

	static ConfigurableApplicationContext run(Path data, String name, String... more) {
		Path home = data.resolve(name);
		return new SpringApplicationBuilder(SampleApplication.class).properties("server.port=0")
			.run(arguments(home, more));
	}

	private static String[] arguments(Path home, String... more) {
		List<String> arguments = new ArrayList<>(
				List.of("--server.port=0", "--libp2p.identity.location=file:" + home.resolve("peer.key"),
						"--sample.files.folder=" + home.resolve("files")));
		if (Arrays.stream(more).noneMatch((one) -> one.startsWith("--libp2p.listen="))) {
			arguments.add("--libp2p.listen=/ip4/127.0.0.1/tcp/0");
		}
		arguments.addAll(List.of(more));
		return arguments.toArray(String[]::new);
	}

	private static ChromeDriver browser(Path data) {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM.toString());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--user-data-dir=" + data.resolve("browser"), "--window-size=1200,1600");
		return new ChromeDriver(
				new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).usingAnyFreePort().build(),
				options);
	}

	void open(ConfigurableApplicationContext instance) {
		this.browser.get("http://127.0.0.1:" + instance.getEnvironment().getProperty("local.server.port") + "/");
		await("its id", () -> text("#self").equals(instance.getBean(Node.class).peerId().toString()));
	}

	/**
	 * As a window of this width, in light or dark, of a user who likes motion or none.
	 */
	void look(int width, String scheme, String motion) {
		resize(width);
		this.browser.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme),
						Map.of("name", "prefers-reduced-motion", "value", motion))));
	}

	void resize(int width) {
		this.browser.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
	}

	/** Nothing is wider than the window. */
	void fits() {
		assertThat(this.browser.executeScript("""
				const wide = [...document.querySelectorAll('main *')]
				  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
				return wide.map((node) => node.outerHTML).join('\\n')""")).isEqualTo("");
		assertThat(this.browser
			.executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
			.isEqualTo(0L);
	}

	/** The row may be drawn anew between finding and clicking it. */
	void click(String list, String name, String label) {
		await("the button " + label + " of " + name, () -> {
			try {
				this.browser.findElements(By.cssSelector(list + " li"))
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

	WebElement element(String selector) {
		return this.browser.findElement(By.cssSelector(selector));
	}

	String text(String selector) {
		return element(selector).getText();
	}

	void await(String what, BooleanSupplier condition) {
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
						"Not within 60 s: " + what + "\n" + this.browser.findElement(By.tagName("body")).getText());
			}
			LockSupport.parkNanos(50_000_000);
		}
	}

}
