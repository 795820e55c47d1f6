package io.p2pboot.libp2p.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What this module may see: Spring, and no Spring Boot.
 */
class SpringArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p.spring";

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.withImportOption(new ImportOption.DoNotIncludeJars())
		.importPackages(BASE);

	@Test
	void nothingDependsOnSpringBoot() {
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework.boot..", "io.p2pboot.libp2p.autoconfigure..")
			.check(CLASSES);
	}

	@Test
	void messagesDoNotDependOnWhatServesThem() {
		noClasses().that()
			.resideInAPackage(BASE + ".payload..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(BASE, BASE + ".handler..")
			.check(CLASSES);
	}

	@Test
	void nothingSeesNetty() {
		noClasses().should().dependOnClassesThat().resideInAPackage("io.netty..").check(CLASSES);
	}

	@Test
	void packagesAreNotInACycle() {
		slices().assignedFrom(new SliceAssignment() {

			@Override
			public SliceIdentifier getIdentifierOf(JavaClass type) {
				return type.getPackageName().startsWith(BASE) ? SliceIdentifier.of(type.getPackageName())
						: SliceIdentifier.ignore();
			}

			@Override
			public String getDescription() {
				return "packages";
			}

		}).should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(CLASSES.stream().map(JavaClass::getPackage).distinct()).isNotEmpty()
			.allSatisfy((each) -> assertThat(each.isAnnotatedWith(NullMarked.class)).as(each.getName()).isTrue());
	}

}
