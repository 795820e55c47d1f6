package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.Quic;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Address validation and reset tokens: T45, lessons of CVE-2026-44894 and CVE-2026-50009.
 */
class AddressTokensTest {

	private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 4001);

	private final MockTicker ticker = Ticker.newMockTicker();

	private final ConnectionIds ids = new ConnectionIds((id) -> new byte[ResetTokens.BYTES]);

	private boolean load = true;

	private final AddressTokens tokens = new AddressTokens(this.ids, this.ticker, (address) -> this.load);

	private static ByteBuf id() {
		return Unpooled.wrappedBuffer(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
	}

	private ByteBuf token() {
		ByteBuf token = Unpooled.buffer();
		assertThat(this.tokens.writeToken(token, id(), PEER)).isTrue();
		return token;
	}

	@Test
	void thereIsNoRetryUnlessThereIsMuchToDo() {
		this.load = false;
		assertThat(this.tokens.writeToken(Unpooled.buffer(), id(), PEER)).isFalse();
	}

	@Test
	void aTokenIsGoodForItsAddressAndLeadsToTheOriginalId() {
		ByteBuf token = token();
		assertThat(token.readableBytes()).isLessThanOrEqualTo(this.tokens.maxTokenLength());
		int offset = this.tokens.validateToken(token, PEER);
		assertThat(token.slice(offset, token.readableBytes() - offset)).isEqualTo(id());
		assertThat(this.tokens.validateToken(token, new InetSocketAddress("192.0.2.1", 4002))).isNegative();
		assertThat(this.tokens.validateToken(token, new InetSocketAddress("192.0.2.2", 4001))).isNegative();
		assertThat(this.tokens.validateToken(token, new InetSocketAddress("2001:db8::1", 4001))).isNegative();
	}

	@Test
	void aTokenIsGoodAfterTheLoadAsWell() {
		ByteBuf token = token();
		this.load = false;
		assertThat(this.tokens.validateToken(token, PEER)).isPositive();
	}

	@Test
	void aTokenLivesTenSecondsAndNoLonger() {
		ByteBuf token = token();
		this.ticker.advance(AddressTokens.LIFETIME.toNanos(), TimeUnit.NANOSECONDS);
		assertThat(this.tokens.validateToken(token, PEER)).isPositive();
		this.ticker.advance(1, TimeUnit.NANOSECONDS);
		assertThat(this.tokens.validateToken(token, PEER)).isNegative();
	}

	@Test
	void whatIsNoTokenOfOursIsNeverTakenForOne() {
		for (boolean busy : new boolean[] { true, false }) {
			this.load = busy;
			assertThat(this.tokens.validateToken(Unpooled.EMPTY_BUFFER, PEER)).isNegative();
			assertThat(this.tokens.validateToken(Unpooled.wrappedBuffer(new byte[48]), PEER)).isNegative();
			assertThat(this.tokens.validateToken(Unpooled.wrappedBuffer(new byte[1000]), PEER)).isNegative();
		}
		this.load = true;
		ByteBuf token = token();
		for (int bit = 0; bit < token.readableBytes() * Byte.SIZE; bit++) {
			ByteBuf changed = token.copy();
			changed.setByte(bit / Byte.SIZE, changed.getByte(bit / Byte.SIZE) ^ 1 << bit % Byte.SIZE);
			assertThat(this.tokens.validateToken(changed, PEER)).as("bit %d", bit).isNegative();
		}
		assertThat(this.tokens.validateToken(token.copy().writeByte(0), PEER)).isNegative();
		assertThat(this.tokens.validateToken(token.slice(0, token.readableBytes() - 1), PEER)).isNegative();
		assertThat(new AddressTokens(this.ids, this.ticker, (address) -> true).validateToken(token, PEER))
			.as("of another socket")
			.isNegative();
	}

	@Test
	void anIdThatIsNotOfOurLengthInvalidatesTheToken() {
		ByteBuf token = token();
		for (int length : new int[] { ConnectionIds.LENGTH - 1, ConnectionIds.LENGTH + 1, Quic.MAX_CONN_ID_LEN }) {
			assertThat(this.tokens.validateToken(token, PEER, Unpooled.wrappedBuffer(new byte[length])).isValid())
				.isFalse();
		}
		assertThat(this.tokens.validateToken(token, PEER, id()).isValid()).isTrue();
	}

}
