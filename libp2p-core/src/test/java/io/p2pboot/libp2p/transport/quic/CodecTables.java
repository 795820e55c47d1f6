package io.p2pboot.libp2p.transport.quic;

import java.lang.reflect.Field;
import java.util.Map;

import io.netty.channel.Channel;

/** Looks into the codec's tables. */
final class CodecTables {

	private CodecTables() {
	}

	static int streams(Channel connection) {
		try {
			Field field = connection.getClass().getDeclaredField("streams");
			field.setAccessible(true);
			return ((Map<?, ?>) field.get(connection)).size();
		}
		catch (ReflectiveOperationException ex) {
			throw new AssertionError(ex);
		}
	}

}
