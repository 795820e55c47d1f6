package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * One question to one peer. Any thread; what it found may be read once it has told that
 * it is answered.
 */
final class Question {

	private final NettyNode node;

	private final AddrInfo server;

	private final PeerId peer;

	private final Promise<ByteBuffer> answer = ImmediateEventExecutor.INSTANCE.newPromise();

	private volatile ByteBuffer envelope = ByteBuffer.allocate(0);

	private volatile @Nullable PeerRecord record;

	private volatile @Nullable Throwable failure;

	Question(NettyNode node, AddrInfo server, PeerId peer, Consumer<Question> answered) {
		this.node = node;
		this.server = server;
		this.peer = peer;
		this.answer.addListener((done) -> {
			this.failure = done.cause();
			answered.accept(this);
		});
	}

	void ask() {
		try {
			Future<Connection> connecting = this.node.connectAsync(this.server);
			this.answer.addListener((done) -> connecting.cancel(false));
			connecting.addListener((done) -> {
				if (done.isSuccess()) {
					open(connecting.getNow());
				}
				else {
					this.answer.tryFailure(done.cause());
				}
			});
		}
		catch (IllegalStateException ex) {
			this.answer.tryFailure(new IOException("The node is not running", ex));
		}
	}

	private void open(Connection connection) {
		Future<StreamChannel> opening = this.node.openStream(connection, List.of(AddressBook.PATH),
				(stream) -> new AskHandler(this.answer) {

					@Override
					void verify(ByteBuffer envelope) throws IOException {
						keep(connection, envelope);
					}

				}.ask(stream, this.peer));
		this.answer.addListener((done) -> opening.cancel(false));
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				this.answer.tryFailure(done.cause());
			}
		});
	}

	/** Keeps a good answer; an empty one means that the peer is not known there. */
	private void keep(Connection connection, ByteBuffer envelope) throws IOException {
		if (envelope.hasRemaining()) {
			this.record = AddressBook.open(envelope.duplicate(), this.peer, connection);
			this.envelope = envelope;
		}
	}

	void cancel() {
		this.answer.cancel(false);
	}

	@Nullable Throwable failure() {
		return this.failure;
	}

	Optional<PeerRecord> record() {
		return Optional.ofNullable(this.record);
	}

	ByteBuffer envelope() {
		return this.envelope.duplicate();
	}

}
