package io.p2pboot.libp2p.architecture;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.netty.channel.ChannelHandler;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * The rules of this module, for the packages beneath a base. Generated protobuf stands
 * apart from them.
 */
final class ArchitectureRules {

	private static final String GENERATED = ".wire.pb";

	/** The field's own words. */
	private static final Set<String> TERMS = Set.of("ResourceManager", "ConnectionManager");

	private static final List<String> VAGUE_PACKAGES = List.of("util", "utils", "common", "etc", "impl", "helper",
			"helpers", "misc");

	private final String base;

	private final DescribedPredicate<JavaClass> generated;

	ArchitectureRules(String base) {
		this.base = base;
		this.generated = DescribedPredicate.describe("generated",
				(type) -> type.getBaseComponentType().getPackageName().startsWith(base + GENERATED));
	}

	/** All rules by name. */
	Map<String, ArchRule> all() {
		Map<String, ArchRule> rules = new TreeMap<>();
		rules.put("imports", imports());
		rules.put("cycles", noCycles());
		rules.put("spring", noSpring());
		rules.put("nettyInApi", noNettyInTheApi());
		rules.put("protobufInSignature", noGeneratedInSignatures());
		rules.put("array", noArrayReturned());
		rules.put("nullMarked", everyPackageIsNullMarked());
		rules.put("clock", onlyTheClockTellsTheTime());
		rules.put("wait", noMonitors());
		rules.put("blocking", noBlockingOutsideTheBridge());
		rules.put("handlers", handlersArePackagePrivate());
		rules.put("names", noVagueNames());
		return rules;
	}

	private ArchRule imports() {
		return classes().that(areWritten()).should(new ImportTable(this.base).importOnlyWhatTheTableAllows());
	}

	private ArchRule noCycles() {
		ImportTable table = new ImportTable(this.base);
		return SlicesRuleDefinition.slices().assignedFrom(new SliceAssignment() {
			@Override
			public SliceIdentifier getIdentifierOf(JavaClass type) {
				return type.getPackageName().startsWith(ArchitectureRules.this.base)
						? SliceIdentifier
							.of("package " + table.unit(type.getPackageName()).orElse(type.getPackageName()))
						: SliceIdentifier.ignore();
			}

			@Override
			public String getDescription() {
				return "packages";
			}
		}).should().beFreeOfCycles();
	}

	private ArchRule noSpring() {
		return noClasses().should().dependOnClassesThat().resideInAnyPackage("org.springframework..");
	}

	private ArchRule noNettyInTheApi() {
		return methods().that(arePublicApi())
			.and()
			.areDeclaredInClassesThat()
			.resideInAnyPackage(this.base, this.base + ".multiformats..", this.base + ".crypto..",
					this.base + ".wire..")
			.should(notMention("io.netty"));
	}

	private ArchRule noGeneratedInSignatures() {
		return methods().that(arePublicApi()).should(notMention(this.base + GENERATED, "com.google.protobuf"));
	}

	private ArchRule noArrayReturned() {
		return methods().that(arePublicApi())
			.and(DescribedPredicate.not(DescribedPredicate.describe("enum's own",
					(method) -> method.getName().equals("values") && method.getOwner().isEnum())))
			.should(new ArchCondition<>("not return an array") {
				@Override
				public void check(JavaMethod method, ConditionEvents events) {
					events.add(new SimpleConditionEvent(method, !method.getRawReturnType().isArray(),
							method.getFullName() + " returns an array"));
				}
			});
	}

	private ArchRule everyPackageIsNullMarked() {
		return classes().that(areWritten()).should(new ArchCondition<>("be in a package that is @NullMarked") {
			@Override
			public void check(JavaClass type, ConditionEvents events) {
				boolean marked = type.getPackage().tryGetAnnotationOfType(NullMarked.class).isPresent();
				events.add(new SimpleConditionEvent(type, marked, type.getPackageName() + " is not @NullMarked"));
			}
		});
	}

	private ArchRule onlyTheClockTellsTheTime() {
		return noClasses().that(areWritten())
			.should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.callMethod(Thread.class, "sleep", long.class)
			.orShould()
			.callMethod(Thread.class, "sleep", java.time.Duration.class);
	}

	private ArchRule noMonitors() {
		return classes().that(areWritten())
			.should(notCall("Object.wait",
					(call) -> call.getTargetOwner().isEquivalentTo(Object.class) && call.getName().equals("wait")));
	}

	private ArchRule noBlockingOutsideTheBridge() {
		return classes().that(areWritten())
			.and()
			.resideOutsideOfPackages(this.base + ".blocking..", this.base + ".node..")
			.should(notCall("join, get, sync or await of a future, a latch or a thread", ArchitectureRules::blocks));
	}

	private static boolean blocks(AccessTarget.MethodCallTarget target, JavaMethodCall call) {
		JavaClass owner = target.getOwner();
		Set<String> waits = Set.of("join", "get", "sync", "syncUninterruptibly", "await", "awaitUninterruptibly");
		boolean waiting = owner.isAssignableTo(Future.class) || owner.isAssignableTo(CompletableFuture.class)
				|| owner.isAssignableTo(CountDownLatch.class) || owner.isAssignableTo(Thread.class);
		return waiting && waits.contains(call.getName());
	}

	private static boolean blocks(JavaMethodCall call) {
		return blocks(call.getTarget(), call);
	}

	private ArchRule handlersArePackagePrivate() {
		return classes().that(areWritten())
			.and()
			.areNotInterfaces()
			.should(new ArchCondition<>("keep handlers and codecs package-private") {
				@Override
				public void check(JavaClass type, ConditionEvents events) {
					String name = type.getSimpleName();
					boolean hidden = type.isAssignableTo(ChannelHandler.class) || name.endsWith("Decoder")
							|| name.endsWith("Encoder") || name.endsWith("Codec");
					events.add(new SimpleConditionEvent(type, !hidden || !isPublicApi(type),
							type.getName() + " is a public handler or codec"));
				}
			});
	}

	private ArchRule noVagueNames() {
		return classes().that(areWritten()).should(new ArchCondition<>("have a name that says what it is") {
			@Override
			public void check(JavaClass type, ConditionEvents events) {
				boolean vague = List.of(type.getPackageName().split("\\.")).stream().anyMatch(VAGUE_PACKAGES::contains)
						|| type.getSimpleName().matches(".*(Manager|Utils?|Helper|Impl)")
								&& !TERMS.contains(type.getSimpleName());
				events.add(new SimpleConditionEvent(type, !vague, type.getName() + " is a vague name"));
			}
		});
	}

	private DescribedPredicate<JavaClass> areWritten() {
		return DescribedPredicate.not(this.generated)
			.and(DescribedPredicate.describe("no package-info", (type) -> !type.getSimpleName().equals("package-info")))
			.as("are written by hand");
	}

	private DescribedPredicate<JavaMethod> arePublicApi() {
		return DescribedPredicate.describe("are public API",
				(method) -> isPublicApi(method.getOwner()) && !this.generated.test(method.getOwner())
						&& (method.getModifiers().contains(JavaModifier.PUBLIC)
								|| method.getModifiers().contains(JavaModifier.PROTECTED))
						&& !method.getModifiers().contains(JavaModifier.SYNTHETIC));
	}

	/** Public, and so is everything around it. */
	private static boolean isPublicApi(JavaClass type) {
		return type.getModifiers().contains(JavaModifier.PUBLIC)
				&& type.getEnclosingClass().map(ArchitectureRules::isPublicApi).orElse(true);
	}

	private static ArchCondition<JavaMethod> notMention(String... packages) {
		return new ArchCondition<>("not mention " + List.of(packages)) {
			@Override
			public void check(JavaMethod method, ConditionEvents events) {
				method.getAllInvolvedRawTypes()
					.stream()
					.map(JavaClass::getBaseComponentType)
					.filter((type) -> List.of(packages).stream().anyMatch(type.getPackageName()::startsWith))
					.forEach((type) -> events.add(SimpleConditionEvent.violated(method,
							method.getFullName() + " mentions " + type.getName())));
				checkThrows(method, packages, events);
			}
		};
	}

	private static void checkThrows(JavaCodeUnit method, String[] packages, ConditionEvents events) {
		method.getExceptionTypes()
			.stream()
			.filter((type) -> List.of(packages).stream().anyMatch(type.getPackageName()::startsWith))
			.forEach((type) -> events
				.add(SimpleConditionEvent.violated(method, method.getFullName() + " throws " + type.getName())));
	}

	private static ArchCondition<JavaClass> notCall(String what,
			java.util.function.Predicate<JavaMethodCall> forbidden) {
		return new ArchCondition<>("not call " + what) {
			@Override
			public void check(JavaClass type, ConditionEvents events) {
				type.getMethodCallsFromSelf()
					.stream()
					.filter(forbidden)
					.forEach((call) -> events.add(SimpleConditionEvent.violated(type, call.getDescription())));
			}
		};
	}

}
