package io.p2pboot.libp2p.protocol.datagram;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.p2pboot.libp2p.protocol.datagram.SendQueue.Batch;
import io.p2pboot.libp2p.protocol.datagram.SendQueue.Offer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SendQueueTest {

	private static final ByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;

	private final SendQueue queue = new SendQueue();

	@Test
	void holdsAsManyDatagramsAsAllowedAndNotOneMore() {
		assertThat(offer(1)).isEqualTo(Offer.FIRST);
		for (int i = 1; i < SendQueue.MAX_DATAGRAMS; i++) {
			assertThat(offer(1)).isEqualTo(Offer.QUEUED);
		}
		assertThat(offer(1)).isEqualTo(Offer.FULL);
		assertThat(this.queue.close()).isEqualTo(SendQueue.MAX_DATAGRAMS);
	}

	@Test
	void holdsAsManyBytesAsAllowedAndNotOneMore() {
		offer(SendQueue.MAX_BYTES - 10);
		assertThat(offer(11)).isEqualTo(Offer.FULL);
		assertThat(offer(10)).isEqualTo(Offer.QUEUED);
		assertThat(offer(1)).isEqualTo(Offer.FULL);
		release(this.queue.poll(ALLOC, SendQueue.MAX_BYTES));
		assertThat(offer(SendQueue.MAX_BYTES)).isEqualTo(Offer.QUEUED);
		assertThat(this.queue.close()).isEqualTo(1);
	}

	@Test
	void joinsWhatFitsIntoABatchInOrder() {
		for (int i = 0; i < 5; i++) {
			this.queue.offer(ALLOC.buffer().writeByte(i).writeByte(i));
		}
		Batch first = this.queue.poll(ALLOC, 5);
		assertThat(first).isNotNull();
		assertThat(first.datagrams()).isEqualTo(2);
		assertThat(first.bytes().readInt()).isEqualTo(0x00000101);
		release(first);
		Batch second = this.queue.poll(ALLOC, 100);
		assertThat(second).isNotNull();
		assertThat(second.datagrams()).isEqualTo(3);
		release(second);
		assertThat(this.queue.poll(ALLOC, 100)).isNull();
	}

	@Test
	void passesOnADatagramThatIsLargerThanABatch() {
		offer(100);
		offer(100);
		Batch batch = this.queue.poll(ALLOC, 10);
		assertThat(batch).isNotNull();
		assertThat(batch.datagrams()).isEqualTo(1);
		release(batch);
		assertThat(this.queue.close()).isEqualTo(1);
	}

	@Test
	void tellsTheEventLoopAgainOnlyAfterItFoundNothing() {
		assertThat(offer(1)).isEqualTo(Offer.FIRST);
		release(this.queue.poll(ALLOC, 10));
		assertThat(offer(1)).isEqualTo(Offer.QUEUED);
		release(this.queue.poll(ALLOC, 10));
		assertThat(this.queue.poll(ALLOC, 10)).isNull();
		assertThat(offer(1)).isEqualTo(Offer.FIRST);
		assertThat(this.queue.close()).isEqualTo(1);
	}

	@Test
	void takesNothingOnceClosed() {
		offer(1);
		assertThat(this.queue.close()).isEqualTo(1);
		assertThat(offer(1)).isEqualTo(Offer.CLOSED);
		assertThat(this.queue.close()).isZero();
	}

	private Offer offer(int bytes) {
		ByteBuf datagram = ALLOC.buffer(bytes).writeZero(bytes);
		Offer offer = this.queue.offer(datagram);
		if (offer == Offer.FULL || offer == Offer.CLOSED) {
			datagram.release();
		}
		return offer;
	}

	private static void release(Batch batch) {
		assertThat(batch).isNotNull();
		batch.bytes().release();
	}

}
