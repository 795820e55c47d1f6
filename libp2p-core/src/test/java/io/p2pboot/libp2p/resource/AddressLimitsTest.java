package io.p2pboot.libp2p.resource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.AccessLists;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What one address may hold, and who makes room when all slots are taken.
 */
class AddressLimitsTest {

	private static final Multiaddr LOCAL = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	private static final int SLOTS = 40;

	private static final ConnectionLimits LIMITS = ConnectionLimits.DEFAULT.withConnections(SLOTS)
		.withInboundUpgrading(SLOTS)
		.withConnectionsPerPeer(10 * SLOTS);

	private final AccessLists lists = new AccessLists();

	private final PeerId peer = PeerId.of(PrivateKey.generate().publicKey());

	private final List<ConnectionScope> open = new ArrayList<>();

	private final List<ConnectionScope> ended = new ArrayList<>();

	private long nanos;

	private static final AddressLimits FEW = new AddressLimits(new AddressLimits.Rule(8, 16, Duration.ofSeconds(5)),
			new AddressLimits.Rule(8, 16, Duration.ofSeconds(5)),
			new AddressLimits.Rule(64, 80, Duration.ofSeconds(2)));

	private ResourceManager resources = resources(FEW);

	private ResourceManager resources(AddressLimits limits) {
		return new ResourceManager(TestScope.limits(LIMITS, limits), this.lists, new UnreadMemory(1), () -> this.nanos,
				new ResourceManager.Listener() {
					@Override
					public void gaveWay(String limit, ConnectionScope scope) {
						AddressLimitsTest.this.ended.add(scope);
					}
				});
	}

	@AfterEach
	void nothingIsLeftOnceAllHaveEnded() {
		this.open.forEach(ConnectionScope::close);
		assertThat(this.resources.usage()).isEqualTo(ResourceUsage.NOTHING);
	}

	private ConnectionScope from(String ip) throws Libp2pException {
		boolean ip6 = ip.contains(":");
		Multiaddr remote = Multiaddr.parse((ip6 ? "/ip6/" : "/ip4/") + ip + "/tcp/1");
		ConnectionScope scope = this.resources.open(Direction.INBOUND, LOCAL, remote, () -> {
		});
		this.open.add(scope);
		return scope;
	}

	private ConnectionScope connected(String ip) throws Libp2pException {
		ConnectionScope scope = from(ip);
		try {
			scope.secured(this.peer);
			return scope;
		}
		catch (LimitExceeded ex) {
			scope.close();
			throw ex;
		}
	}

	private ConnectionScope dialled() throws Libp2pException {
		ConnectionScope scope = this.resources.open(Direction.OUTBOUND, LOCAL, LOCAL, () -> {
		});
		this.open.add(scope);
		scope.secured(this.peer);
		return scope;
	}

	private void refused(String limit, String ip) {
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> connected(ip))
			.satisfies((refusal) -> assertThat(refusal.limit()).isEqualTo(limit));
	}

	@Test
	void anAddressHasASixteenthOfTheConnectionsAndHalfOfTheUpgradesUnlessConfigured() {
		int each = AddressLimits.DEFAULT.ip4().connections();
		assertThat(each).isEqualTo(AddressLimits.DEFAULT.ip6Subnet().connections())
			.isEqualTo(ConnectionLimits.DEFAULT.connections() / 16)
			.isEqualTo(ConnectionLimits.DEFAULT.inboundUpgrading() / 2);
	}

	@Test
	void anIp4AddressHasEightConnectionsAndNotOneMore() throws Exception {
		for (int i = 0; i < 8; i++) {
			(i % 2 == 0 ? from("192.0.2.9") : connected("192.0.2.9")).openStream(Direction.INBOUND);
		}
		refused(ResourceManager.CONNECTIONS_PER_ADDRESS, "192.0.2.9");
		refused(ResourceManager.CONNECTIONS_PER_ADDRESS, "::ffff:192.0.2.9");
		connected("192.0.2.10");
		this.open.get(0).close();
		connected("192.0.2.9");
	}

	@Test
	void anAddressWithMoreThanHalfOfItsConnectionsIsCrowded() throws Exception {
		ConnectionScope first = connected("192.0.2.9");
		for (int i = 1; i < 4; i++) {
			connected("192.0.2.9");
		}
		assertThat(first.isCrowded()).isFalse();
		ConnectionScope fifth = connected("192.0.2.9");
		assertThat(first.isCrowded()).isTrue();
		assertThat(dialled().isCrowded()).isFalse();
		assertThat(connected("192.0.2.10").isCrowded()).isFalse();
		fifth.close();
		assertThat(first.isCrowded()).isFalse();
	}

	@Test
	void aSubnetOfIp6HasEightConnectionsAndASiteSixtyFour() throws Exception {
		for (int i = 0; i < 8; i++) {
			connected("2001:db8:0:" + i + "::1");
		}
		refused(ResourceManager.CONNECTIONS_PER_ADDRESS, "2001:db8:0:ff::1");
		connected("2001:db8:0:100::1");
		this.open.forEach(ConnectionScope::close);
		for (int i = 0; i < 64; i++) {
			// Another pair of slots: only what is open counts.
			ConnectionScope scope = from("2001:db8:1:" + Integer.toHexString(i / 8 * 256) + "::1");
			assertThat(scope.remote()).isNotNull();
			if (i % 2 == 1 && i < 2 * (64 - SLOTS)) {
				scope.secured(this.peer);
			}
		}
		refused(ResourceManager.CONNECTIONS_PER_ADDRESS, "2001:db8:1:ff00::1");
		connected("2001:db8:2::1");
	}

	@Test
	void sixteenConnectAtOnceThenOneEachFiveSeconds() throws Exception {
		for (int i = 0; i < 16; i++) {
			from("192.0.2.9").close();
		}
		refused(ResourceManager.RATE_PER_ADDRESS, "192.0.2.9");
		from("192.0.2.10").close();
		this.nanos += Duration.ofSeconds(5).toNanos() - 1;
		refused(ResourceManager.RATE_PER_ADDRESS, "192.0.2.9");
		this.nanos += 1;
		from("192.0.2.9").close();
		refused(ResourceManager.RATE_PER_ADDRESS, "192.0.2.9");
		this.nanos += Duration.ofDays(1).toNanos();
		for (int i = 0; i < 16; i++) {
			from("192.0.2.9").close();
		}
		refused(ResourceManager.RATE_PER_ADDRESS, "192.0.2.9");
	}

	@Test
	void whoHasUsedHalfShouldProveHisAddress() throws Exception {
		Multiaddr address = Multiaddr.parse("/ip4/192.0.2.9/udp/1/quic-v1");
		for (int i = 0; i < 3; i++) {
			from("192.0.2.9");
		}
		assertThat(this.resources.isBusy(address)).isFalse();
		from("192.0.2.9");
		assertThat(this.resources.isBusy(address)).isTrue();
		assertThat(this.resources.isBusy(Multiaddr.parse("/ip4/127.0.0.1/udp/1/quic-v1"))).isFalse();
	}

	@Test
	void theLoopbackHasAllTheSlotsThatThereAre() throws Exception {
		for (int i = 0; i < SLOTS; i++) {
			connected("127.0.0.1");
		}
		refused(ResourceManager.CONNECTIONS, "127.0.0.1");
	}

	@Test
	void howManyAreRememberedIsBounded() throws Exception {
		for (int i = 0; i < AddressUse.MAX_REMEMBERED + 10; i++) {
			from("10." + (i >> 16) + "." + (i >> 8 & 0xFF) + "." + (i & 0xFF)).close();
		}
		for (int i = 0; i < 16; i++) {
			from("10.0.0.1").close();
		}
		refused(ResourceManager.RATE_PER_ADDRESS, "10.0.0.1");
	}

	// attacks 1
	@Test
	void whoHoldsMostHandshakesGivesTheOldestUp() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		for (int i = 0; i < SLOTS; i++) {
			from("192.0.2.9");
		}
		refused(ResourceManager.INBOUND_UPGRADING, "192.0.2.9");
		from("192.0.2.10");
		assertThat(this.ended).containsExactly(this.open.get(0));
		for (int i = 1; i < SLOTS / 2; i++) {
			from("192.0.2.10");
		}
		assertThat(this.ended).isEqualTo(this.open.subList(0, SLOTS / 2));
		refused(ResourceManager.INBOUND_UPGRADING, "192.0.2.10");
		assertThat(this.resources.usage().inboundHandshakes()).isEqualTo(SLOTS);
	}

	// B6
	@Test
	void aCrowdOfManyAddressesAtOneStagePushesOutItselfAndNobodyAheadOfIt() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		ConnectionScope ahead = from("192.0.2.1");
		ahead.progressed();
		for (int i = 1; i < 4 * SLOTS; i++) {
			from("192.0.3." + i);
		}
		assertThat(this.ended).isEqualTo(this.open.subList(1, 1 + 3 * SLOTS));
		ahead.secured(this.peer);
		assertThat(this.resources.usage().inboundConnections()).isOne();
	}

	// B6
	@Test
	void aCrowdThatIsAheadMakesRoomForWhoHasOnlyCome() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		for (int i = 0; i < SLOTS; i++) {
			from("192.0.3." + i).progressed();
		}
		// Newcomers are fewer than the crowd until both have half.
		for (int i = 0; i < SLOTS / 2; i++) {
			from("192.0.2." + i);
		}
		assertThat(this.ended).isEqualTo(this.open.subList(0, SLOTS / 2));
		// One past it: of two stages that hold as many, the earlier one gives way.
		from("192.0.2.200");
		assertThat(this.ended).hasSize(SLOTS / 2 + 1).last().isEqualTo(this.open.get(SLOTS));
	}

	// B6
	@Test
	void aPeerThatConnectsAgainIsNotRefusedForItsLastHandshakeWhereEverybodyHasOne() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		for (int i = 1; i < SLOTS; i++) {
			from("192.0.3." + i);
		}
		from("192.0.2.9").progressed();
		from("192.0.2.9");
		assertThat(this.ended).containsExactly(this.open.get(0));
		// One past it: nobody has three, and it has most.
		refused(ResourceManager.INBOUND_UPGRADING, "192.0.2.9");
		assertThat(this.ended).hasSize(1);
	}

	// B6
	@Test
	void whoHoldsMoreThanOthersGoesFirstHoweverFarItIs() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		for (int i = 0; i < SLOTS - 2; i++) {
			from("192.0.3." + i);
		}
		ConnectionScope older = from("192.0.2.9");
		ConnectionScope newer = from("192.0.2.9");
		older.progressed();
		older.progressed();
		newer.progressed();
		from("192.0.2.10");
		// Both stages have one; then everybody has one, and the crowd has to go.
		assertThat(this.ended).containsExactly(newer);
		from("192.0.2.11");
		assertThat(this.ended).containsExactly(newer, this.open.get(0));
		this.lists.allow(IpNetwork.parse("192.0.2.12"));
		from("192.0.2.12");
		assertThat(this.ended).last().isEqualTo(this.open.get(1));
	}

	// attacks 2
	@Test
	void whoHoldsMostConnectionsGivesAnIdleOneUp() throws Exception {
		this.resources = resources(AddressLimits.NONE);
		List<StreamScope> streams = new ArrayList<>();
		for (int i = 0; i < SLOTS; i++) {
			streams.add(connected("192.0.2.9").openStream(Direction.INBOUND));
		}
		streams.get(7).close();
		refused(ResourceManager.CONNECTIONS, "192.0.2.9");
		connected("192.0.2.10");
		assertThat(this.ended).containsExactly(this.open.get(7));
		dialled();
		connected("2001:db8::1");
		assertThat(this.ended).hasSize(3).contains(this.open.get(0), this.open.get(1));
		assertThat(this.resources.usage().inboundConnections()).isEqualTo(SLOTS - 1);
	}

	@Test
	void whereEverybodyHasOneOnlyTheAllowedTheProtectedAndDialsGetIn() throws Exception {
		for (int i = 0; i < SLOTS; i++) {
			connected("192.0.2." + (100 + i));
		}
		refused(ResourceManager.CONNECTIONS, "192.0.2.9");
		this.lists.allow(IpNetwork.parse("192.0.2.8"));
		connected("192.0.2.8");
		this.lists.allow(this.peer);
		connected("192.0.2.9");
		this.lists.forget(this.peer);
		this.resources.protect(this.peer, true);
		// All that are there are this peer's.
		refused(ResourceManager.CONNECTIONS, "192.0.2.9");
		this.resources.protect(this.peer, false);
		dialled();
		assertThat(this.ended).containsExactlyElementsOf(this.open.subList(0, 3));
	}

	@Test
	void whoIsAllowedIsNotCounted() throws Exception {
		this.lists.allow(IpNetwork.parse("192.0.2.0/24"));
		for (int i = 0; i < 3 * 16; i++) {
			from("192.0.2.9").close();
		}
		for (int i = 0; i < SLOTS; i++) {
			from("192.0.2.9");
		}
	}

}
