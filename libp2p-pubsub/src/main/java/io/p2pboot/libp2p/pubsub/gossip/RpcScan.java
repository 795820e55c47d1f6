package io.p2pboot.libp2p.pubsub.gossip;

import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.PubSubLimits;

/**
 * Counts what is in a frame before anything of it becomes an object. Subscriptions have a
 * bound of their own: Go tells all its topics at once. Not thread-safe.
 */
final class RpcScan {

	private final PubSubLimits limits;

	private int fields;

	private long controlBytes;

	/** Control entries by kind: a field that comes again adds to the one before. */
	private final int[] controlEntries = new int[Rpc.CONTROL_KINDS];

	private RpcScan(PubSubLimits limits) {
		this.limits = limits;
	}

	/**
	 * Checks a frame.
	 * @throws DecodeException if it is malformed or has too much of something
	 */
	static void check(byte[] frame, PubSubLimits limits) throws DecodeException {
		new RpcScan(limits).rpc(frame);
	}

	private void rpc(byte[] frame) throws DecodeException {
		FieldReader reader = new FieldReader(frame, 0, frame.length);
		int messages = 0;
		int subscriptions = 0;
		while (reader.next()) {
			switch (reader.field()) {
				case Rpc.SUBSCRIPTIONS -> {
					requireBytes(reader, "subscription");
					subscriptions(++subscriptions);
				}
				case Rpc.PUBLISH -> {
					requireBytes(reader, "message");
					entries("messages", ++messages);
					fields(reader.nested());
				}
				case Rpc.CONTROL -> {
					requireBytes(reader, "control message");
					count();
					controlBytes(reader.length());
					control(reader.nested());
				}
				case Rpc.PARTIAL -> {
					requireBytes(reader, "partial message");
					count();
					fields(reader.nested());
				}
				default -> {
					count();
					controlBytes(reader.isBytes() ? reader.length() : 1);
				}
			}
		}
	}

	private void control(FieldReader reader) throws DecodeException {
		while (reader.next()) {
			count();
			int kind = reader.field();
			if (kind >= Rpc.CONTROL_KINDS || kind == Rpc.EXTENSIONS) {
				continue;
			}
			requireBytes(reader, "control entry");
			entries("control entries of one kind", ++this.controlEntries[kind]);
			entry(kind, reader.nested());
		}
	}

	private void entry(int kind, FieldReader reader) throws DecodeException {
		int listed = 0;
		while (reader.next()) {
			count();
			boolean list = (kind == Rpc.IWANT || kind == Rpc.IDONTWANT) ? reader.field() == 1 : reader.field() == 2;
			if (list) {
				entries("ids or peers of one entry", ++listed);
			}
			if (kind == Rpc.PRUNE && reader.field() == Rpc.PRUNE_PEERS && reader.isBytes()) {
				fields(reader.nested());
			}
		}
	}

	private void fields(FieldReader reader) throws DecodeException {
		while (reader.next()) {
			count();
		}
	}

	private void count() throws DecodeException {
		if (++this.fields > this.limits.maxFields()) {
			throw new DecodeException("A frame has more than " + this.limits.maxFields() + " fields");
		}
	}

	private void controlBytes(int bytes) throws DecodeException {
		this.controlBytes += bytes;
		if (this.controlBytes > this.limits.maxControlBytes()) {
			throw new DecodeException(
					"A frame has more than " + this.limits.maxControlBytes() + " bytes of control messages");
		}
	}

	private void entries(String what, int number) throws DecodeException {
		if (number > this.limits.maxEntries()) {
			throw new DecodeException("A frame has more than " + this.limits.maxEntries() + " " + what);
		}
	}

	private static void subscriptions(int number) throws DecodeException {
		if (number > PubSubLimits.MAX_SUBSCRIPTIONS) {
			throw new DecodeException("A frame has more than " + PubSubLimits.MAX_SUBSCRIPTIONS + " subscriptions");
		}
	}

	private static void requireBytes(FieldReader reader, String what) throws DecodeException {
		if (!reader.isBytes()) {
			throw new DecodeException("A " + what + " has the wrong wire type");
		}
	}

}
