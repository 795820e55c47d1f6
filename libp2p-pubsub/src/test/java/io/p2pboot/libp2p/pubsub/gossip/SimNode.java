package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.Validation;
import org.jspecify.annotations.Nullable;

/**
 * One node of a simulation: the router, and links that take time.
 */
final class SimNode implements RouterSink {

	private final SimNetwork network;

	private final PeerId id;

	private final Router router;

	private final PubSubConfig config;

	private final List<PeerId> wanted = new ArrayList<>();

	private final List<PeerId> disconnected = new ArrayList<>();

	private final List<RoutedMessage> delivered = new ArrayList<>();

	/** What the validators say; null: nothing, until the test does. */
	private @Nullable Validation verdict = Validation.ACCEPT;

	private boolean valid = true;

	private final List<RoutedMessage> checked = new ArrayList<>();

	private final List<RoutedMessage> validated = new ArrayList<>();

	private boolean holdingChecks;

	private int held;

	SimNode(SimNetwork network, PeerId id, PubSubConfig config) {
		this.network = network;
		this.id = id;
		this.config = config;
		this.router = new Router(config, id, network.hash());
	}

	PeerId id() {
		return this.id;
	}

	Router router() {
		return this.router;
	}

	PubSubConfig config() {
		return this.config;
	}

	List<RoutedMessage> delivered() {
		return this.delivered;
	}

	List<PeerId> wanted() {
		return this.wanted;
	}

	List<PeerId> disconnected() {
		return this.disconnected;
	}

	List<RoutedMessage> validated() {
		return this.validated;
	}

	List<RoutedMessage> checks() {
		return this.checked;
	}

	int held() {
		return this.held;
	}

	/** From now on the test answers for the checks of signatures. */
	void holdChecks() {
		this.holdingChecks = true;
	}

	void signaturesAre(boolean valid) {
		this.valid = valid;
	}

	void validatorsSay(@Nullable Validation verdict) {
		this.verdict = verdict;
	}

	void on(RouterEvent event) {
		this.router.on(event, this.network.now(), this.network.random(), this);
	}

	void join(String topic) {
		on(new RouterEvent.Join(topic));
	}

	List<PeerId> mesh(String topic) {
		return this.router.meshOf(topic);
	}

	void opened(PeerId peer, ProtocolPath protocol, boolean outbound, Optional<InetAddress> address) {
		on(new RouterEvent.PeerAdded(peer, protocol, outbound, address));
		on(new RouterEvent.OutboundOpened(peer, protocol));
	}

	Publishing.@Nullable Outcome publish(String topic, ByteBuffer data) {
		RoutedMessage message = this.network.message(this, topic, data);
		Publishing.Outcome[] outcome = new Publishing.Outcome[1];
		on(new RouterEvent.Publish(message, Optional.empty(), (result) -> outcome[0] = result.orElse(null)));
		return outcome[0];
	}

	@Override
	public void ready(PeerId peer) {
		this.network.ready(this, peer);
	}

	@Override
	public void check(RoutedMessage message) {
		if (this.holdingChecks) {
			this.checked.add(message);
			return;
		}
		on(new RouterEvent.Checked(message, this.valid));
	}

	@Override
	public void validate(RoutedMessage message) {
		this.validated.add(message);
		Validation said = this.verdict;
		if (said != null) {
			on(new RouterEvent.Validated(message, said,
					(said == Validation.REJECT) ? RejectReason.FAILED : RejectReason.IGNORED));
		}
	}

	@Override
	public void deliver(RoutedMessage message) {
		this.delivered.add(message);
		this.network.delivered(this, message);
	}

	@Override
	public void held(PeerId peer, int bytes) {
		this.held++;
	}

	@Override
	public void released(PeerId peer, int bytes) {
		this.held--;
	}

	@Override
	public void connect(PeerId peer) {
		this.wanted.add(peer);
	}

	@Override
	public void connect(PeerId peer, ByteBuffer record, PeerId namedBy) {
		this.wanted.add(peer);
	}

	@Override
	public void disconnect(PeerId peer, String reason) {
		this.disconnected.add(peer);
	}

	@Override
	public Optional<ByteBuffer> record(PeerId peer) {
		return Optional.of(ByteBuffer.wrap(new byte[] { 1 }));
	}

}
