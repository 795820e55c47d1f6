package io.p2pboot.libp2p.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.Allowance;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Bounds the TLS records that carry next to nothing: empty data, updates of keys, changes
 * of ciphers that mean nothing, alerts. Each costs a cipher's work, and the peer 22 bytes
 * or less. A burst is allowed, and then a rate; what records carry beside them allows
 * more. A connection beyond that is closed. Stands before the handler that decrypts, and
 * reads the headers of records only. Event loop only.
 */
final class TlsRecordsHandler extends ChannelInboundHandlerAdapter {

	/** A record with fewer bytes of content is short: one without any. */
	static final int SHORT_BYTES = 1;

	/** How many short records may come at once. */
	static final int BURST = 5000;

	/** How many more of them a second. */
	static final int PER_SECOND = 1000;

	/** How many more a record allows that is not short: some write a length by itself. */
	static final int PER_RECORD = 2;

	/** So many bytes of such records allow one more. */
	static final int BYTES_PER_SHORT = 512;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(TlsRecords.class));

	/** RFC 8446, section 5.1: the type, a version, and the length in two bytes. */
	private static final int HEADER_BYTES = 5;

	private static final int LENGTH_AT = 3;

	/** What encryption adds: the real type, and the tag (RFC 8446, section 5.2). */
	private static final int ADDED_BYTES = 17;

	private @Nullable Allowance shorts;

	private int headerRead;

	private int length;

	private int bodyLeft;

	private boolean closed;

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		if (this.closed || message instanceof ByteBuf bytes && !look(ctx, bytes)) {
			ReferenceCountUtil.release(message);
			close(ctx);
			return;
		}
		ctx.fireChannelRead(message);
	}

	/** Looks at the headers of the records; false if there are too many short ones. */
	private boolean look(ChannelHandlerContext ctx, ByteBuf bytes) {
		int at = bytes.readerIndex();
		while (at < bytes.writerIndex()) {
			if (this.bodyLeft > 0) {
				int part = Math.min(this.bodyLeft, bytes.writerIndex() - at);
				this.bodyLeft -= part;
				at += part;
				continue;
			}
			int next = bytes.getUnsignedByte(at++);
			if (this.headerRead >= LENGTH_AT) {
				this.length = this.length << Byte.SIZE | next;
			}
			if (++this.headerRead == HEADER_BYTES && !begin(ctx)) {
				return false;
			}
		}
		return true;
	}

	private boolean begin(ChannelHandlerContext ctx) {
		this.bodyLeft = this.length;
		boolean allowed = count(ctx.executor().ticker().nanoTime(), this.length - ADDED_BYTES);
		this.headerRead = 0;
		this.length = 0;
		return allowed;
	}

	private boolean count(long now, int content) {
		Allowance allowance = this.shorts;
		if (allowance == null) {
			allowance = Allowance.perSecond(BURST, PER_SECOND, now);
			this.shorts = allowance;
		}
		if (content < SHORT_BYTES) {
			return allowance.take(now);
		}
		allowance.give(PER_RECORD, 1);
		allowance.give(content, BYTES_PER_SHORT);
		return true;
	}

	private void close(ChannelHandlerContext ctx) {
		if (!this.closed) {
			this.closed = true;
			log.warn("tls.flood", "The connection with {} is closed: more than {} empty TLS records, and {} a second",
					ctx.channel().remoteAddress(), BURST, PER_SECOND);
			ctx.close();
		}
	}

}
