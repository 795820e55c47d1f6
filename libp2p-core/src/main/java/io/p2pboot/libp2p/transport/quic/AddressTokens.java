package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.Predicate;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicTokenHandler;
import io.netty.util.concurrent.Ticker;

/**
 * Validates the addresses of peers with Retry (RFC 9000 section 8.1.2) while there is
 * much to do. A token is the time of its making and the original connection id, under a
 * MAC that covers the peer's address too; its key lives as long as the socket. A token
 * that is not ours is never taken for one, with or without load: it would lift the limit
 * of what is sent to an unvalidated address (lesson of CVE-2026-44894). Event loop only.
 */
final class AddressTokens implements QuicTokenHandler {

	/** How long a token may be used; a client answers a Retry at once. */
	static final Duration LIFETIME = Duration.ofSeconds(10);

	private static final String ALGORITHM = "HmacSHA256";

	private static final int MAC_BYTES = 32;

	private static final int TIME_BYTES = Long.BYTES;

	private static final int OVERHEAD = MAC_BYTES + TIME_BYTES;

	private final ConnectionIds ids;

	private final Mac mac;

	private final Ticker ticker;

	private final Predicate<InetSocketAddress> underLoad;

	AddressTokens(ConnectionIds ids, Ticker ticker, Predicate<InetSocketAddress> underLoad) {
		this.ids = ids;
		this.ticker = ticker;
		this.underLoad = underLoad;
		byte[] key = new byte[MAC_BYTES];
		new SecureRandom().nextBytes(key);
		try {
			this.mac = Mac.getInstance(ALGORITHM);
			this.mac.init(new SecretKeySpec(key, ALGORITHM));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("The JDK lacks " + ALGORITHM, ex);
		}
	}

	@Override
	public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
		if (!this.underLoad.test(address)) {
			return false;
		}
		long now = this.ticker.nanoTime();
		byte[] id = new byte[connectionId.readableBytes()];
		connectionId.getBytes(connectionId.readerIndex(), id);
		out.writeBytes(mac(now, id, address)).writeLong(now).writeBytes(id);
		return true;
	}

	@Override
	public TokenValidationResult validateToken(ByteBuf token, InetSocketAddress address, ByteBuf connectionId) {
		// It becomes our connection's id, so it has to look like those that we choose.
		int offset = (connectionId.readableBytes() == ConnectionIds.LENGTH) ? validateToken(token, address) : -1;
		if (offset < 0) {
			return TokenValidationResult.invalidToken();
		}
		this.ids.retried(connectionId.getLong(connectionId.readerIndex()));
		return TokenValidationResult.odcidFromToken(offset);
	}

	@Override
	public int validateToken(ByteBuf token, InetSocketAddress address) {
		int start = token.readerIndex();
		int idBytes = token.readableBytes() - OVERHEAD;
		if (idBytes < 0 || idBytes > Quic.MAX_CONN_ID_LEN) {
			return -1;
		}
		byte[] mac = new byte[MAC_BYTES];
		token.getBytes(start, mac);
		long made = token.getLong(start + MAC_BYTES);
		byte[] id = new byte[idBytes];
		token.getBytes(start + OVERHEAD, id);
		long age = this.ticker.nanoTime() - made;
		boolean genuine = MessageDigest.isEqual(mac, mac(made, id, address));
		return (genuine && age >= 0 && age <= LIFETIME.toNanos()) ? OVERHEAD : -1;
	}

	private byte[] mac(long time, byte[] id, InetSocketAddress address) {
		for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
			this.mac.update((byte) (time >>> shift));
		}
		byte[] ip = address.getAddress().getAddress();
		this.mac.update((byte) ip.length);
		this.mac.update(ip);
		this.mac.update((byte) (address.getPort() >>> Byte.SIZE));
		this.mac.update((byte) address.getPort());
		return this.mac.doFinal(id);
	}

	@Override
	public int maxTokenLength() {
		return OVERHEAD + Quic.MAX_CONN_ID_LEN;
	}

}
