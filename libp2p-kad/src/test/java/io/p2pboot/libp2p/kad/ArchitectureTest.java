package io.p2pboot.libp2p.kad;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.channel.ChannelHandler;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p";

	/** What the module sees of the core: the API and the asynchronous tier. */
	private static final List<String> SEEN = List.of(BASE, BASE + ".netty", BASE + ".wire", BASE + ".wire.pb",
			BASE + ".multiformats", BASE + ".crypto", BASE + ".eventlog", BASE + ".journal", BASE + ".kad");

	/** State machines: no channel, and no time but what they are told. */
	private static final List<String> SANS_IO = List.of("KadKey", "RoutingTable", "Lookup", "LookupPath", "KadCodec",
			"RequestHandler", "ProviderStore", "RecordStore", "RateLimit", "IncludeQueue", "RefreshSchedule",
			"ProvideSchedule", "StateFrames", "Validators", "PublicKeyValidator", "IpGroup", "AddressFilter");

	private final JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(BASE + ".kad");

	@Test
	void seesOfTheCoreItsApiAndTheAsynchronousTierAlone() {
		assertThat(this.classes).hasSizeGreaterThan(30);
		noClasses().should()
			.dependOnClassesThat(DescribedPredicate.describe("are hidden in the core",
					(JavaClass type) -> type.getPackageName().startsWith(BASE)
							&& !SEEN.contains(type.getPackageName())))
			.check(this.classes);
		noClasses().should().dependOnClassesThat().resideInAnyPackage("org.springframework..").check(this.classes);
	}

	@Test
	void stateMachinesKnowNoChannel() {
		List<JavaClass> machines = this.classes.stream()
			.filter((type) -> SANS_IO.contains(type.getSimpleName()))
			.toList();
		assertThat(machines).hasSameSizeAs(SANS_IO);
		noClasses()
			.that(DescribedPredicate.describe("are state machines",
					(JavaClass type) -> SANS_IO.contains(type.getSimpleName())
							|| type.getEnclosingClass().filter(machines::contains).isPresent()))
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.netty..", BASE + ".netty..")
			.check(this.classes);
	}

	@Test
	void onlyTheClockTellsTheTimeAndTwoClassesWait() {
		noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(System.class, "nanoTime")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.callMethod(Thread.class, "sleep", long.class)
			.check(this.classes);
		// The one for users' threads, the other on the thread that writes the file.
		noClasses().that()
			.doNotHaveSimpleName("KadInstance")
			.and()
			.doNotHaveSimpleName("StateWriter")
			.should()
			.callMethodWhere(DescribedPredicate.describe("wait for a future",
					(call) -> call.getTargetOwner().isAssignableTo(Future.class)
							&& List.of("get", "sync", "await", "join").contains(call.getName())))
			.check(this.classes);
	}

	@Test
	void publicApiHidesWhatItIsMadeOf() {
		methods().that()
			.arePublic()
			.and()
			.areDeclaredInClassesThat()
			.arePublic()
			.should()
			.notHaveRawReturnType(DescribedPredicate.describe("an array or protobuf",
					(type) -> type.isArray() && !type.getBaseComponentType().isEnum()
							|| type.getPackageName().startsWith("com.google")))
			.check(this.classes);
		classes().that().areAssignableTo(ChannelHandler.class).should().notBePublic().check(this.classes);
		assertThat(this.classes.get(Kademlia.class).getPackage().isAnnotatedWith(NullMarked.class)).isTrue();
	}

}
