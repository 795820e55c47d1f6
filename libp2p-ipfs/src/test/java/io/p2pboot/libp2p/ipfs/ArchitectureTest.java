package io.p2pboot.libp2p.ipfs;

import java.time.Instant;
import java.util.List;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p";

	/** What the module sees of the others: the API of the core and that of Kademlia. */
	private static final List<String> SEEN = List.of(BASE, BASE + ".multiformats", BASE + ".crypto", BASE + ".wire.pb",
			BASE + ".kad", BASE + ".ipfs");

	private final JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(BASE + ".ipfs");

	@Test
	void seesTheApiOfTheCoreAndOfKademliaAlone() {
		assertThat(this.classes).hasSizeGreaterThan(8);
		noClasses().should()
			.dependOnClassesThat(DescribedPredicate.describe("are hidden in other modules",
					(JavaClass type) -> type.getPackageName().startsWith(BASE)
							&& !SEEN.contains(type.getPackageName())))
			.check(this.classes);
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "io.netty..")
			.check(this.classes);
	}

	@Test
	void onlyTheClockTellsTheTime() {
		noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.callMethod(Thread.class, "sleep", long.class)
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
			.notHaveRawReturnType(DescribedPredicate.describe("an array, protobuf or JSON",
					(type) -> type.isArray() && !type.getBaseComponentType().isEnum()
							|| type.getPackageName().startsWith("com.google")
							|| type.getPackageName().startsWith("tools.jackson")))
			.check(this.classes);
		assertThat(this.classes.get(Amino.class).getPackage().isAnnotatedWith(NullMarked.class)).isTrue();
	}

}
