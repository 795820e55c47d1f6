package io.p2pboot.libp2p.architecture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/**
 * Who may import whom, package by package. Imports point down the table only.
 */
final class ImportTable {

	/** Every package of the table, by its name beneath the base; the root is "". */
	private final Map<String, Row> rows = new TreeMap<>();

	private final String base;

	ImportTable(String base) {
		this.base = base;
		Set<String> low = Set.of("multiformats", "wire", "crypto");
		row(List.of("multiformats"), Set.of(), Set.of());
		row(List.of("wire"), Set.of("multiformats"), Set.of("com.google.protobuf"));
		row(List.of("crypto"), Set.of("multiformats", "wire"),
				Set.of("com.google.protobuf", "org.bouncycastle", "org.conscrypt"));
		// The signed peer record is part of the API and is a protobuf message.
		row(List.of(""), low, Set.of("com.google.protobuf"));
		row(List.of("netty"), with(low, "", "eventlog"), Set.of("io.netty", "org.slf4j"));
		row(List.of("eventlog"), with(low, ""), Set.of("org.slf4j"));
		row(List.of("journal"), Set.of(), Set.of("org.slf4j"));
		List<String> interfaces = List.of("transport", "security", "muxer", "resource", "peerstore");
		Set<String> upToInterfaces = with(low, "", "netty", "eventlog", "journal", interfaces);
		Set<String> libraries = Set.of("io.netty", "org.slf4j", "com.google.protobuf", "org.bouncycastle");
		row(interfaces, upToInterfaces, libraries);
		row(List.of("transport.tcp", "transport.quic", "transport.websocket", "transport.memory", "transport.relay",
				"security.noise", "security.tls", "muxer.yamux", "multistream"), upToInterfaces, libraries);
		row(List.of("swarm"), with(upToInterfaces, "multistream"), libraries);
		row(List.of("blocking"), with(low, "", "netty", "eventlog", "transport"), Set.of("io.netty", "org.slf4j"));
		row(List.of("protocol.ping", "protocol.identify", "protocol.perf", "protocol.kad", "protocol.relay",
				"protocol.autonat", "protocol.dcutr", "protocol.datagram", "protocol.addressbook", "pubsub",
				"discovery.mdns"), with(low, "", "netty", "eventlog"),
				Set.of("io.netty", "org.slf4j", "com.google.protobuf"));
		row(List.of("node"), this.rows.keySet(), libraries);
	}

	private void row(List<String> packages, Set<String> mayImport, Set<String> libraries) {
		Row row = new Row(new HashSet<>(mayImport), libraries);
		packages.forEach((name) -> this.rows.put(name, row));
	}

	private static Set<String> with(Set<String> names, Object... more) {
		Set<String> all = new HashSet<>(names);
		for (Object one : more) {
			if (one instanceof List<?> list) {
				list.forEach((name) -> all.add((String) name));
			}
			else {
				all.add((String) one);
			}
		}
		return all;
	}

	/** The condition that a class imports only what its row allows. */
	ArchCondition<JavaClass> importOnlyWhatTheTableAllows() {
		return new ArchCondition<>("import only what the table allows") {
			@Override
			public void check(JavaClass type, ConditionEvents events) {
				Optional<String> from = unit(type.getPackageName());
				if (from.isEmpty()) {
					events.add(SimpleConditionEvent.violated(type,
							type.getName() + " is in a package that the import table does not know"));
					return;
				}
				for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
					JavaClass target = dependency.getTargetClass().getBaseComponentType();
					if (!target.isPrimitive() && !isAllowed(from.get(), target.getPackageName())) {
						events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
					}
				}
			}
		};
	}

	private boolean isAllowed(String from, String targetPackage) {
		Row row = this.rows.get(from);
		if (beneath(targetPackage, this.base)) {
			return unit(targetPackage).map((to) -> to.equals(from) || row.mayImport().contains(to)).orElse(false);
		}
		List<String> libraries = new ArrayList<>(row.libraries());
		libraries.addAll(List.of("java", "javax", "org.jspecify"));
		return libraries.stream().anyMatch((library) -> beneath(targetPackage, library));
	}

	/** The package of the table that a package is or is beneath. */
	Optional<String> unit(String packageName) {
		if (packageName.equals(this.base)) {
			return Optional.of("");
		}
		String name = packageName.substring(this.base.length() + 1);
		while (!this.rows.containsKey(name)) {
			int dot = name.lastIndexOf('.');
			if (dot < 0) {
				return Optional.empty();
			}
			name = name.substring(0, dot);
		}
		return Optional.of(name);
	}

	private static boolean beneath(String packageName, String parent) {
		return packageName.equals(parent) || packageName.startsWith(parent + ".");
	}

	/**
	 * One package's rights.
	 *
	 * @param mayImport packages of the table
	 * @param libraries packages of libraries, besides the JDK's and JSpecify
	 */
	private record Row(Set<String> mayImport, Set<String> libraries) {
	}

}
