package io.p2pboot.libp2p.architecture;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.channel.ChannelHandler;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the modules keep to that stand on the core. Each method fails the test that calls
 * it where the classes do not. Stateless but for the classes that were read.
 */
public final class ModuleRules {

	private static final String BASE = "io.p2pboot.libp2p";

	private final Class<?> api;

	private final JavaClasses classes;

	private ModuleRules(Class<?> api, JavaClasses classes) {
		this.api = api;
		this.classes = classes;
	}

	/**
	 * Reads the classes of a module, tests left out.
	 * @param api a public class in the package of the module's API
	 * @param atLeast how many classes there are at least
	 * @return its rules
	 */
	public static ModuleRules of(Class<?> api, int atLeast) {
		JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
			.importPackages(api.getPackageName());
		assertThat(classes).hasSizeGreaterThan(atLeast);
		return new ModuleRules(api, classes);
	}

	/**
	 * Of this project's packages nothing is used but the module's own, the API of the
	 * core and these; of Spring nothing.
	 * @param packages names below {@code io.p2pboot.libp2p}
	 */
	public void seeAlone(String... packages) {
		Set<String> seen = new HashSet<>(Arrays.stream(packages).map((name) -> BASE + "." + name).toList());
		seen.add(BASE);
		seen.add(this.api.getPackageName());
		noClasses().should()
			.dependOnClassesThat(DescribedPredicate.describe("are hidden in other modules",
					(JavaClass type) -> type.getPackageName().startsWith(BASE)
							&& !seen.contains(type.getPackageName())))
			.check(this.classes);
		noClasses().should().dependOnClassesThat().resideInAnyPackage("org.springframework..").check(this.classes);
	}

	/** Nothing depends on Netty. */
	public void knowNoNetty() {
		noClasses().should().dependOnClassesThat().resideInAnyPackage("io.netty..").check(this.classes);
	}

	/**
	 * These classes, and those within them, know neither channels nor the asynchronous
	 * tier.
	 * @param names simple names; each is there
	 */
	public void knowNoChannel(List<String> names) {
		List<JavaClass> machines = this.classes.stream()
			.filter((type) -> names.contains(type.getSimpleName()))
			.toList();
		assertThat(machines).hasSameSizeAs(names);
		noClasses()
			.that(DescribedPredicate.describe("are state machines",
					(JavaClass type) -> names.contains(type.getSimpleName())
							|| type.getEnclosingClass().filter(machines::contains).isPresent()))
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.netty..", BASE + ".netty..")
			.check(this.classes);
	}

	/**
	 * Nothing asks the system for the time of day, or sleeps; nothing but these classes
	 * measures time.
	 * @param measuring simple names of those that wait for a time on users' threads
	 */
	public void takeTheTimeFromAClock(String... measuring) {
		noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.callMethod(Thread.class, "sleep", long.class)
			.check(this.classes);
		noClasses().that(areNot(measuring)).should().callMethod(System.class, "nanoTime").check(this.classes);
	}

	private static DescribedPredicate<JavaClass> areNot(String... names) {
		return DescribedPredicate.describe("are not one of " + List.of(names),
				(type) -> !List.of(names).contains(type.getSimpleName()));
	}

	/**
	 * Nothing waits for a future but these classes.
	 * @param names simple names
	 */
	public void waitOnlyIn(String... names) {
		noClasses().that(areNot(names))
			.should()
			.callMethodWhere(DescribedPredicate.describe("wait for a future",
					(call) -> call.getTargetOwner().isAssignableTo(Future.class)
							&& List.of("get", "sync", "await", "join").contains(call.getName())))
			.check(this.classes);
	}

	/**
	 * No public method returns an array, or a type of protobuf or Jackson; no channel
	 * handler is public; the API's package is null-marked.
	 */
	public void hideWhatTheyAreMadeOf() {
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
		classes().that()
			.areAssignableTo(ChannelHandler.class)
			.should()
			.notBePublic()
			.allowEmptyShould(true)
			.check(this.classes);
		assertThat(this.classes.get(this.api).getPackage().isAnnotatedWith(NullMarked.class)).isTrue();
	}

}
