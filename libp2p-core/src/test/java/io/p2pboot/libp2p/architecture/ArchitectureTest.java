package io.p2pboot.libp2p.architecture;

import java.util.Set;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTest {

	private static final String BASE = "io.p2pboot.libp2p";

	private static final String FIXTURES = "io.p2pboot.libp2p.architecture.fixture.";

	private static final Set<String> TESTED = Set.of("imports", "cycles", "spring", "nettyInApi", "protobufInSignature",
			"array", "nullMarked", "clock", "wait", "blocking", "handlers", "names");

	@TestFactory
	Stream<DynamicTest> codeKeepsTheRule() {
		JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
			.importPackages(BASE);
		assertThat(classes).hasSizeGreaterThan(50);
		return new ArchitectureRules(BASE).all()
			.entrySet()
			.stream()
			.map((rule) -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(classes)));
	}

	@Test
	void everyRuleHasABadExample() {
		assertThat(new ArchitectureRules(BASE).all().keySet()).isEqualTo(TESTED);
	}

	@ParameterizedTest
	@CsvSource({ "imports, upward, multiformats.Low, swarm.High",
			"imports, sibling, transport.tcp.One, transport.memory.Two",
			"imports, connecting, protocol.ping.Ping, swarm.Dialler", "imports, library, multiformats.Framed, io.netty",
			"imports, unknown, stray.Stray, does not know", "cycles, cycle, package swarm, package node",
			"spring, spring, Springy, org.springframework", "nettyInApi, api, Api.send, io.netty.buffer.ByteBuf",
			"protobufInSignature, api, Api.record, com.google.protobuf", "array, api, Api.bytes, array",
			"nullMarked, unmarked, unmarked, not @NullMarked", "clock, clock, Late.millis, currentTimeMillis",
			"clock, clock, Late.instant, Instant.now", "clock, clock, Late.doze, sleep", "wait, clock, Late.park, wait",
			"blocking, blocking, Blocker.join, CompletableFuture.join", "blocking, blocking, Blocker.get, Future.get",
			"blocking, blocking, Blocker.sync, ChannelFuture.sync",
			"blocking, blocking, Blocker.latch, CountDownLatch.await",
			"handlers, handlers, OpenHandler, public handler", "handlers, handlers, FrameDecoder, public handler",
			"names, names, PeerManager, vague", "names, names, names.util.Thing, vague" })
	void badExampleBreaksTheRule(String ruleName, String fixture, String where, String what) {
		ArchRule rule = new ArchitectureRules(FIXTURES + fixture).all().get(ruleName);
		JavaClasses classes = new ClassFileImporter().importPackages(FIXTURES + fixture);
		assertThat(classes).isNotEmpty();
		EvaluationResult result = rule.evaluate(classes);
		assertThat(result.getFailureReport().getDetails()).anySatisfy((line) -> assertThat(line).contains(where, what));
	}

	@ParameterizedTest
	@CsvSource({ "good" })
	void goodExampleBreaksNone(String fixture) {
		JavaClasses classes = new ClassFileImporter().importPackages(FIXTURES + fixture);
		assertThat(classes).isNotEmpty();
		new ArchitectureRules(FIXTURES + fixture).all()
			.forEach((name, rule) -> assertThat(rule.evaluate(classes).getFailureReport().getDetails()).as(name)
				.isEmpty());
	}

}
