package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

import org.jspecify.annotations.Nullable;

/**
 * Gathers the body of a response up to so many bytes; one that is longer fails, and is
 * read no further. Used once; the HTTP client's threads, one at a time.
 */
final class LimitedBody implements BodySubscriber<ByteBuffer> {

	private final CompletableFuture<ByteBuffer> body = new CompletableFuture<>();

	private final int maxBytes;

	private ByteBuffer gathered = ByteBuffer.allocate(1024);

	private @Nullable Subscription subscription;

	LimitedBody(int maxBytes) {
		this.maxBytes = maxBytes;
	}

	@Override
	public CompletionStage<ByteBuffer> getBody() {
		return this.body;
	}

	@Override
	public void onSubscribe(Subscription given) {
		this.subscription = given;
		given.request(1);
	}

	@Override
	public void onNext(List<ByteBuffer> parts) {
		Subscription from = this.subscription;
		if (from == null || this.body.isDone()) {
			return;
		}
		long more = parts.stream().mapToLong(ByteBuffer::remaining).sum();
		if (this.gathered.position() + more > this.maxBytes) {
			from.cancel();
			this.body.completeExceptionally(new IOException("The response is longer than " + this.maxBytes + " bytes"));
			return;
		}
		if (this.gathered.remaining() < more) {
			int capacity = (int) Math.min(this.maxBytes, 2 * (this.gathered.position() + more));
			this.gathered = ByteBuffer.allocate(capacity).put(this.gathered.flip());
		}
		parts.forEach(this.gathered::put);
		from.request(1);
	}

	@Override
	public void onError(Throwable cause) {
		this.body.completeExceptionally(cause);
	}

	@Override
	public void onComplete() {
		this.body.complete(this.gathered.flip().asReadOnlyBuffer());
	}

}
