package io.p2pboot.libp2p.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AutoConfigurationArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p";

	private static final ArchRule AUTO_CONFIGURATIONS = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould(haveNoPublicMembers());

	private final JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.withImportOption(new ImportOption.DoNotIncludeJars())
		.importPackages(BASE + ".autoconfigure");

	@Test
	void autoConfigurationsArePublicAndFinalWithoutPublicMembers() {
		AUTO_CONFIGURATIONS.check(this.classes);
	}

	@Test
	void theRuleFindsAnAutoConfigurationThatBreaksIt() {
		JavaClasses bad = new ClassFileImporter().importClasses(Bad.class);
		assertThatThrownBy(() -> AUTO_CONFIGURATIONS.check(bad)).isInstanceOf(AssertionError.class)
			.hasMessageContaining("FINAL")
			.hasMessageContaining("bean()");
	}

	@Test
	void beanMethodsAndFailureAnalyzersAreNotPublic() {
		methods().that().areAnnotatedWith(Bean.class).should().notBePublic().check(this.classes);
		classes().that().areAssignableTo(FailureAnalyzer.class).should().notBePublic().check(this.classes);
	}

	@Test
	void onlyTheTlsOfWebSocketsAndWhatDialsManyPeersAtOnceSeeNetty() {
		noClasses().that()
			.resideInAPackage(BASE + "..")
			.and()
			.haveNameNotMatching(".*(WebSocketTls|KnownPeers).*")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.netty..")
			.check(this.classes);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(this.classes.stream().map(JavaClass::getPackage).distinct())
			.allSatisfy((each) -> assertThat(each.isAnnotatedWith(NullMarked.class)).as(each.getName()).isTrue());
	}

	private static ArchCondition<JavaClass> haveNoPublicMembers() {
		return new ArchCondition<>("have no public members beside the constructor") {

			@Override
			public void check(JavaClass item, ConditionEvents events) {
				item.getMembers()
					.stream()
					.filter((member) -> member.getModifiers().contains(JavaModifier.PUBLIC))
					.filter((member) -> !member.getName().equals("<init>"))
					.map(JavaMember::getFullName)
					.forEach((name) -> events.add(SimpleConditionEvent.violated(item, name + " is public")));
			}

		};
	}

	@AutoConfiguration
	public static class Bad {

		@Bean
		public String bean() {
			return "";
		}

	}

}
