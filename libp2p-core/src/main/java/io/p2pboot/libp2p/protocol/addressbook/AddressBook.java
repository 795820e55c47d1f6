package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.PeerStreamLimit;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;

/**
 * Finds peers by asking others for the records that those peers have signed, and answers
 * such questions out of the node's own peer store. Nobody has to be trusted: a record
 * counts only with the signature of the peer that is looked for. Thread-safe.
 */
public final class AddressBook implements PeerRouting, NodeService {

	/** The protocol. */
	public static final ProtocolPath PATH = ProtocolPath.of("/p2pboot/address-book/1.0.0");

	/** How many peers are asked; further ones are not. */
	public static final int MAX_SERVERS = 16;

	/** The longest question, in bytes: a peer id. */
	static final int MAX_QUESTION_BYTES = 64;

	/** The longest answer, in bytes: an envelope. */
	static final int MAX_ANSWER_BYTES = 8 * 1024;

	/** How many questions of one peer are answered at once; one more is reset. */
	static final int MAX_INBOUND_PER_PEER = 8;

	/** How long a question may take, from connecting to the answer. */
	static final Duration TIMEOUT = Duration.ofSeconds(5);

	/** How long the other servers are waited for once one has answered. */
	static final Duration GRACE = Duration.ofMillis(500);

	/** How long the addresses found are kept. */
	static final Duration ADDRESS_TIME_TO_LIVE = Duration.ofMinutes(30);

	private final List<AddrInfo> servers;

	private final PeerStreamLimit inbound = new PeerStreamLimit(MAX_INBOUND_PER_PEER);

	private volatile @Nullable NettyNode node;

	private AddressBook(List<AddrInfo> servers) {
		this.servers = List.copyOf(servers);
	}

	/**
	 * Creates a routing that asks some peers and answers all.
	 * @param servers the peers to ask, with their addresses; empty to answer only
	 * @return the routing, not mounted yet
	 * @throws IllegalArgumentException if there are more than {@value #MAX_SERVERS}
	 */
	public static AddressBook create(List<AddrInfo> servers) {
		if (servers.size() > MAX_SERVERS) {
			throw new IllegalArgumentException("At most " + MAX_SERVERS + " peers are asked, were " + servers.size());
		}
		return new AddressBook(servers);
	}

	@Override
	public String name() {
		return "address-book";
	}

	/**
	 * {@inheritDoc} From then on questions of peers are answered.
	 * @throws IllegalArgumentException if the node has no asynchronous tier
	 */
	@Override
	public void mounted(Node node) {
		if (!(node instanceof NettyNode nettyNode)) {
			throw new IllegalArgumentException("An address book needs a NettyNode, not " + node);
		}
		this.node = nettyNode;
		StreamInitializer answering = (stream) -> answer(nettyNode, stream);
		nettyNode.mountStreams(PATH, answering);
	}

	@Override
	public void unmounted() {
		NettyNode asking = this.node;
		if (asking != null) {
			asking.unmountProtocol(PATH);
		}
	}

	/** Mounts this routing, where it is given to a builder as a service. */
	@Override
	public void start(NettyNode node) {
		node.mountRouting(this);
	}

	@Override
	public void stop() {
		NettyNode asking = this.node;
		if (asking != null) {
			asking.unmountRouting(this);
		}
	}

	private void answer(NettyNode node, StreamChannel stream) {
		if (this.inbound.admit(stream)) {
			AnswerHandler.answer(stream, (peer) -> envelope(node, peer));
		}
	}

	private static Optional<ByteBuffer> envelope(NettyNode node, PeerId peer) {
		return (peer.equals(node.peerId()) ? Optional.of(node.signedRecord().encoded())
				: node.peerStore().envelope(peer))
			.filter((envelope) -> envelope.remaining() <= MAX_ANSWER_BYTES);
	}

	/**
	 * {@inheritDoc} Asks all peers at once, connecting to them if needed. The records
	 * found go into the node's peer store.
	 * @throws IOException if no peer has answered
	 */
	@Override
	public List<Multiaddr> findPeer(PeerId peer) throws IOException {
		NettyNode asking = this.node;
		if (asking == null) {
			throw new IllegalStateException("The address book is not mounted");
		}
		BlockingQueue<Question> answered = new LinkedBlockingQueue<>();
		List<Question> questions = new ArrayList<>();
		for (AddrInfo server : this.servers) {
			if (mayAsk(asking, server, peer)) {
				Question question = new Question(asking, server, peer, answered::add);
				questions.add(question);
				question.ask();
			}
		}
		try {
			return found(asking, collect(answered, questions.size()));
		}
		finally {
			questions.forEach(Question::cancel);
		}
	}

	/**
	 * A server is not asked about itself. About another server only those are asked that
	 * are connected: else two that are both unknown would wait for each other.
	 */
	private boolean mayAsk(NettyNode asking, AddrInfo server, PeerId peer) {
		boolean aboutServer = this.servers.stream().anyMatch((other) -> other.id().equals(peer));
		return !server.id().equals(peer) && !server.id().equals(asking.peerId())
				&& (!aboutServer || asking.connection(server.id()).isPresent());
	}

	/** Waits until all have answered, or for a moment after the first good answer. */
	private static List<Question> collect(BlockingQueue<Question> answered, int asked) throws IOException {
		List<Question> good = new ArrayList<>();
		IOException failure = new IOException("None of " + asked + " peers has answered");
		long deadlineNanos = System.nanoTime() + TIMEOUT.toNanos();
		int failed = 0;
		for (int count = 0; count < asked; count++) {
			Question next = poll(answered, deadlineNanos);
			if (next == null) {
				break;
			}
			Throwable cause = next.failure();
			if (cause != null) {
				failed++;
				failure.addSuppressed(cause);
			}
			else if (next.record().isPresent()) {
				good.add(next);
				deadlineNanos = Math.min(deadlineNanos, System.nanoTime() + GRACE.toNanos());
			}
		}
		if (good.isEmpty() && asked > 0 && failed == asked) {
			throw failure;
		}
		return good;
	}

	private static @Nullable Question poll(BlockingQueue<Question> answered, long deadlineNanos) throws IOException {
		try {
			return answered.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while asking address books");
		}
	}

	/** The addresses of the newest record first. */
	private static List<Multiaddr> found(NettyNode asking, List<Question> good) {
		Comparator<Question> bySequence = (one, other) -> Long.compareUnsigned(one.record().orElseThrow().sequence(),
				other.record().orElseThrow().sequence());
		PeerStore store = asking.peerStore();
		return good.stream().sorted(bySequence.reversed()).flatMap((question) -> {
			PeerRecord record = question.record().orElseThrow();
			store.addRecord(record, question.envelope(), ADDRESS_TIME_TO_LIVE);
			return record.addresses().stream();
		}).distinct().toList();
	}

	/** Opens an answer: the record, with the addresses that can be of use. */
	static PeerRecord open(ByteBuffer envelope, PeerId peer, Connection connection) throws IOException {
		PeerRecord record = PeerRecord.open(envelope);
		if (!record.peer().equals(peer)) {
			throw new IOException("The record of " + record.peer() + " came for " + peer);
		}
		AddressScope distance = AddressScope.of(connection.remoteAddress());
		return new PeerRecord(peer, record.sequence(),
				record.addresses().stream().filter((address) -> AddressScope.of(address).reaches(distance)).toList());
	}

}
