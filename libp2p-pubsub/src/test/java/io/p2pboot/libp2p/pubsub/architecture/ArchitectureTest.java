package io.p2pboot.libp2p.pubsub.architecture;

import java.util.Set;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.p2pboot.libp2p.architecture.ModuleRules;
import io.p2pboot.libp2p.pubsub.PubSub;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What this module may see: the API of core, its asynchronous tier, and nothing behind
 * them.
 */
class ArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p";

	private static final String API = BASE + ".pubsub";

	private static final String GOSSIP = API + ".gossip";

	/** The classes of the engine's package that are not the engine. */
	private static final Set<String> NETTY_SIDE = Set.of("FrameReader", "OutboundHandler", "PeerLink", "PeerStreams",
			"PeerWaits", "PubSubService", "GossipSub", "ExchangedPeers", "InboundStream", "CallWatch", "Validators");

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(API);

	@Test
	void onlyTheAllowedPackagesAreImported() {
		check(classes().should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "org.jspecify..", "org.slf4j..", "io.netty..", "org.bouncycastle..", BASE,
					BASE + ".netty", BASE + ".wire", BASE + ".multiformats", BASE + ".crypto", BASE + ".eventlog", API,
					GOSSIP));
	}

	@Test
	void theApiKnowsNoNetty() {
		check(noClasses().that().resideInAPackage(API).should().dependOnClassesThat().resideInAPackage("io.netty.."));
	}

	@Test
	void theEngineKnowsNoChannelNoThreadAndNoClock() {
		check(noClasses().that()
			.resideInAPackage(GOSSIP)
			.and(DescribedPredicate.describe("are of the engine",
					(JavaClass type) -> !NETTY_SIDE.contains(outermost(type).getSimpleName())))
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.netty.."));
		ModuleRules.of(PubSub.class, 50).takeTheTimeFromAClock();
	}

	private static JavaClass outermost(JavaClass type) {
		return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
	}

	@Test
	void theApiKnowsNothingOfTheEngine() {
		check(noClasses().that().resideInAPackage(API).should().dependOnClassesThat().resideInAPackage(GOSSIP));
	}

	@Test
	void onlyTheEntranceOfTheEngineIsPublic() {
		check(classes().that()
			.resideInAPackage(GOSSIP)
			.and()
			.areTopLevelClasses()
			.and()
			.arePublic()
			.should()
			.haveSimpleName("GossipSub"));
	}

	@Test
	void noPublicMethodReturnsAnArray() {
		check(methods().that()
			.areDeclaredInClassesThat()
			.resideInAPackage(API)
			.and()
			.arePublic()
			.should(new ArchCondition<>("not return an array") {
				@Override
				public void check(JavaMethod method, ConditionEvents events) {
					boolean synthetic = method.getModifiers().contains(JavaModifier.SYNTHETIC)
							|| method.getName().equals("values");
					events.add(new SimpleConditionEvent(method, synthetic || !method.getRawReturnType().isArray(),
							method.getFullName() + " returns an array"));
				}
			}));
	}

	private static void check(ArchRule rule) {
		assertThat(CLASSES).hasSizeGreaterThan(50);
		rule.check(CLASSES);
	}

}
