package io.p2pboot.libp2p.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.sample.room.Line;
import io.p2pboot.libp2p.sample.room.Room;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

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

	private static SamplePage page;

	@BeforeAll
	static void start() throws IOException {
		SamplePage.require();
		first = SamplePage.run(data, "first", "--sample.telemetry.interval=200ms");
		second = SamplePage.run(data, "second", "--sample.telemetry.interval=200ms",
				"--sample.push.peers=" + first.getBean(Node.class).peerId());
		Files.writeString(data.resolve("second/files/" + HOSTILE_NAME), "harmless");
		Files.write(data.resolve("second/files/large.bin"), new byte[5_000_000]);
		Files.writeString(data.resolve("first/files/mine.txt"), "from the first");
		page = SamplePage.open(data);
	}

	@AfterAll
	static void stop() {
		if (page != null) {
			page.close();
		}
		for (ConfigurableApplicationContext context : new ConfigurableApplicationContext[] { first, second }) {
			if (context != null) {
				context.close();
			}
		}
	}

	@Test
	void aUserConnectsSharesFilesAndWatches() {
		page.open(first);
		Node peer = second.getBean(Node.class);
		page.await("our own id", () -> page.text("#self").equals(first.getBean(Node.class).peerId().toString()));

		page.element("#address").sendKeys(peer.addrInfo().addresses().get(0) + "/p2p/" + peer.peerId());
		page.element("#dial button").click();
		page.await("the peer is selected",
				() -> !page.browser().findElements(By.cssSelector("#peers tr.selected")).isEmpty());
		page.await("its files", () -> page.text("#there").contains("large.bin"));
		assertThat(page.text("#there")).contains(HOSTILE_NAME);

		page.click("#there", HOSTILE_NAME, "Fetch");
		page.click("#there", "large.bin", "Fetch");
		page.click("#here", "mine.txt", "Push");
		page.await("three transfers are done",
				() -> page.browser()
					.findElements(By.cssSelector("#transfers tr"))
					.stream()
					.filter((row) -> row.getText().contains("done") && !row.getText().contains("far.txt"))
					.count() == 3);
		assertThat(data.resolve("first/files/" + HOSTILE_NAME)).hasContent("harmless");
		assertThat(data.resolve("first/files/large.bin")).hasSize(5_000_000);
		assertThat(data.resolve("second/files/mine.txt")).hasContent("from the first");
		page.await("what was pushed, there", () -> page.text("#there").contains("mine.txt"));

		page.await("telemetry",
				() -> page.browser()
					.findElements(By.cssSelector("#legend li[data-peer='" + peer.peerId() + "']"))
					.stream()
					.anyMatch((line) -> Integer.parseInt(line.getDomAttribute("data-readings")) >= 3));
		page.await("somebody listens", () -> page.text("#listeners").equals("1 connected peer listens."));
		page.element("#line").sendKeys("hello room");
		page.element("#say button").click();
		page.await("the own line", () -> page.text("#room").contains("hello room"));
		Room there = second.getBean(Room.class);
		page.await("the line, there",
				() -> there.lines().stream().anyMatch((line) -> line.text().equals("hello room") && !line.mine()));
		say(there, HOSTILE_NAME);
		page.await("the answer", () -> page.text("#room").contains(HOSTILE_NAME));

		page.element("#deal button").click();
		page.await("the deal", () -> page.text("#reply").startsWith("Accepted, total 3.75"));

		assertThat(page.browser().getTitle()).isEqualTo("libp2p sample");
		assertThat(page.browser().findElements(By.tagName("img"))).isEmpty();
		assertThat(page.text("#notice")).isEmpty();
	}

	/** The third is connected to the second alone, and nobody asks it for others. */
	@Test
	void aFileIsProvidedFoundByItsHashAndFetchedFromAPeerKnownByItsIdAlone() throws IOException {
		Node here = first.getBean(Node.class);
		Node hop = second.getBean(Node.class);
		try (ConfigurableApplicationContext third = SamplePage.run(data, "third", "--libp2p.kad.mode=client")) {
			third.getBean(Node.class).connect(hop.addrInfo());
			Files.writeString(data.resolve("third/files/far.txt"), "found by its hash");
			page.resize(1280);
			page.open(third);
			page.await("somebody can be asked", () -> page.text("#table").equals("1 peer can be asked."));
			page.click("#here", "far.txt", "Provide");
			page.await("it is told",
					() -> page.text("#table").equals("far.txt was told to 1 peer. 1 peer can be asked."));
			page.await("its hash", () -> page.text("#provided").contains("far.txt"));
			String cid = page.element("#cid").getDomProperty("value");
			assertThat(cid).startsWith("bafkrei");
			assertThat(page.text("#provided")).contains(cid);
			page.fits();

			page.open(first);
			here.connect(hop.addrInfo());
			page.await("the hop can be asked", () -> page.text("#table").equals("1 peer can be asked."));
			find("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
			page.await("nobody has that", () -> page.text("#providers").equals("nobody provides it"));
			find(cid);
			page.await("who has it", () -> page.text("#providers").contains("not connected, known by its id alone"));
			page.fits();
			page.click("#providers", "not connected", "Fetch");
			page.await("it is fetched", () -> Files.exists(data.resolve("first/files/far.txt")));
			assertThat(data.resolve("first/files/far.txt")).hasContent("found by its hash");
			assertThat(here.connection(third.getBean(Node.class).peerId())).isPresent();
			assertThat(page.text("#notice")).isEmpty();

			page.resize(390);
			for (ConfigurableApplicationContext each : List.of(first, third)) {
				page.open(each);
				find(cid);
				page.await("who has it", () -> page.text("#providers").contains("connected")
						|| page.text("#providers").contains("this"));
				page.fits();
			}
		}
		finally {
			page.browser().executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
			here.disconnect(hop.peerId());
		}
	}

	@Test
	void aFileThatNobodyCanBeToldOfIsProvidedAllTheSame() throws IOException {
		try (ConfigurableApplicationContext alone = SamplePage.run(data, "alone")) {
			Files.writeString(data.resolve("alone/files/quiet.txt"), "nobody there");
			page.open(alone);
			page.click("#here", "quiet.txt", "Provide");
			page.await("it is said",
					() -> page.text("#table").equals("quiet.txt was told to 0 peers. 0 peers can be asked."));
			assertThat(page.text("#provided")).contains("quiet.txt");
			assertThat(page.text("#notice")).isEmpty();
		}
	}

	@Test
	void aHashThatIsNoneIsSaid() {
		page.open(first);
		page.await("our own id", () -> page.text("#self").startsWith("12D3"));
		find("no hash");
		page.await("the error", () -> page.text("#notice").contains("'no hash' is no CID"));
		assertThat(page.text("#providers")).isEqualTo("nobody could be asked");
	}

	@Test
	void whatCannotBeReachedIsSaid() {
		page.open(first);
		page.await("our own id", () -> page.text("#self").startsWith("12D3"));
		page.element("#address").sendKeys("/ip4/127.0.0.1/no/such");
		page.element("#dial button").click();
		page.await("the error", () -> page.text("#notice").contains("/ip4/127.0.0.1/no/such"));
	}

	private static void find(String cid) {
		page.element("#cid").clear();
		page.element("#cid").sendKeys(cid);
		page.element("#find button").click();
	}

	private static void say(Room room, String text) {
		try {
			room.say(new Line(text));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
