package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.springframework.core.io.UrlResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;

/**
 * The versions of Netty's artifacts on a class path, as their jars tell them, and those
 * that this version of libp2p was tested with. A jar that tells nothing, in a native
 * image for example, is taken for right.
 *
 * @param found each artifact with its versions; more than one where it is there twice
 * @param netty the version of Netty that was tested
 * @param tcnative the version of netty-tcnative that was tested
 * @param libp2p the version of libp2p
 */
record NettyVersions(Map<String, Set<String>> found, String netty, String tcnative, String libp2p) {

	/** What the node uses; others may have the version that they like. */
	private static final Set<String> ARTIFACTS = Set.of("netty-common", "netty-buffer", "netty-transport",
			"netty-resolver", "netty-resolver-dns", "netty-handler", "netty-codec-base", "netty-codec-compression",
			"netty-codec-dns", "netty-codec-http", "netty-codec-classes-quic", "netty-codec-native-quic",
			"netty-transport-classes-epoll", "netty-transport-native-epoll", "netty-transport-native-unix-common");

	private static final Set<String> TCNATIVE = Set.of("netty-tcnative-classes", "netty-tcnative-boringssl-static");

	private static final String VERSIONS = "META-INF/io.netty.versions.properties";

	private static final String SUFFIX = ".version";

	/**
	 * Reads the versions.
	 * @param loader the class path
	 * @return the versions
	 * @throws IOException if a jar cannot be read
	 */
	static NettyVersions read(ClassLoader loader) throws IOException {
		Map<String, Set<String>> found = new TreeMap<>();
		for (URL url : Collections.list(loader.getResources(VERSIONS))) {
			load(url).forEach((key, value) -> {
				String artifact = key.toString().replace(SUFFIX, "");
				if (key.toString().endsWith(SUFFIX) && ARTIFACTS.contains(artifact)) {
					add(found, artifact, value);
				}
			});
		}
		for (String artifact : TCNATIVE) {
			String pom = "META-INF/maven/io.netty/" + artifact + "/pom.properties";
			for (URL url : Collections.list(loader.getResources(pom))) {
				add(found, artifact, load(url).getProperty("version", ""));
			}
		}
		Properties tested = new Properties();
		try (InputStream input = NettyVersions.class.getResourceAsStream("versions.properties")) {
			tested.load(input);
		}
		return new NettyVersions(found, tested.getProperty("netty"), tested.getProperty("netty-tcnative"),
				tested.getProperty("libp2p"));
	}

	private static void add(Map<String, Set<String>> found, String artifact, Object version) {
		found.computeIfAbsent(artifact, (name) -> new TreeSet<>()).add(version.toString());
	}

	private static Properties load(URL url) throws IOException {
		Properties properties = new Properties();
		PropertiesLoaderUtils.fillProperties(properties, new UrlResource(url));
		return properties;
	}

	/** The artifacts that are older than what was tested. */
	Map<String, Set<String>> outdated() {
		Map<String, Set<String>> outdated = new TreeMap<>();
		this.found.forEach((artifact, versions) -> versions.stream()
			.filter((version) -> isOlder(version, TCNATIVE.contains(artifact) ? this.tcnative : this.netty))
			.forEach((version) -> add(outdated, artifact, version)));
		return outdated;
	}

	/** Whether artifacts that have to have one version have several. */
	boolean isMixed() {
		return versions(ARTIFACTS) > 1 || versions(TCNATIVE) > 1;
	}

	private long versions(Set<String> artifacts) {
		return this.found.entrySet()
			.stream()
			.filter((entry) -> artifacts.contains(entry.getKey()))
			.flatMap((entry) -> entry.getValue().stream())
			.distinct()
			.count();
	}

	private static boolean isOlder(String version, String tested) {
		return Arrays.compare(numbers(version), numbers(tested)) < 0;
	}

	/** Those before the qualifier: 4, 2 and 18 of 4.2.18.Final. */
	private static int[] numbers(String version) {
		return Arrays.stream(version.split("[.-]"))
			.takeWhile((part) -> part.matches("\\d{1,9}"))
			.mapToInt(Integer::parseInt)
			.toArray();
	}

}
