package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Gathers the body of a response up to so many bytes; one that is longer fails, and is
 * read no further. Used once; the HTTP client's threads, one at a time, but for
 * {@link #wholeLines}. What that reads is guarded by {@link #lock}.
 */
final class LimitedBody implements BodySubscriber<ByteBuffer> {

	private final CompletableFuture<ByteBuffer> body = new CompletableFuture<>();

	private final int maxBytes;

	private final ReentrantLock lock = new ReentrantLock();

	private boolean byLine;

	private ByteBuffer gathered = ByteBuffer.allocate(1024);

	private @Nullable Subscription subscription;

	LimitedBody(int maxBytes) {
		this.maxBytes = maxBytes;
	}

	/**
	 * Takes the head of the response.
	 * @return this
	 */
	LimitedBody of(ResponseInfo head) {
		this.lock.lock();
		try {
			this.byLine = head.statusCode() == 200 && head.headers()
				.firstValue("Content-Type")
				.filter((type) -> type.startsWith("application/x-ndjson"))
				.isPresent();
		}
		finally {
			this.lock.unlock();
		}
		return this;
	}

	/**
	 * Returns the lines that have come so far of a body in which each stands for itself.
	 * Any thread.
	 * @return the lines; empty if there are none, or it is another kind of body
	 */
	ByteBuffer wholeLines() {
		this.lock.lock();
		try {
			int end = this.byLine ? this.gathered.position() : 0;
			while (end > 0 && this.gathered.get(end - 1) != '\n') {
				end--;
			}
			return ByteBuffer.allocate(end).put(this.gathered.duplicate().flip().limit(end)).flip();
		}
		finally {
			this.lock.unlock();
		}
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
		this.lock.lock();
		try {
			gather(parts, more);
		}
		finally {
			this.lock.unlock();
		}
		from.request(1);
	}

	private void gather(List<ByteBuffer> parts, long more) {
		if (this.gathered.remaining() < more) {
			int capacity = (int) Math.min(this.maxBytes, 2 * (this.gathered.position() + more));
			this.gathered = ByteBuffer.allocate(capacity).put(this.gathered.flip());
		}
		parts.forEach(this.gathered::put);
	}

	@Override
	public void onError(Throwable cause) {
		this.body.completeExceptionally(cause);
	}

	@Override
	public void onComplete() {
		this.body.complete(this.gathered.duplicate().flip().asReadOnlyBuffer());
	}

}
