package outside.modules;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.mdns.Mdns;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.PubSub;

/**
 * On the module path, one node echoes to another over TCP and over QUIC, and takes a
 * datagram. Prints a line for each.
 */
public final class Main {

	private static final ProtocolPath ECHO = ProtocolPath.of("/modules/echo/1.0.0");

	private static final ProtocolPath DATAGRAMS = ProtocolPath.of("/modules/datagrams/1.0.0");

	private Main() {
	}

	/** Runs it. */
	public static void main(String[] arguments) throws IOException {
		for (Class<?> type : List.of(Main.class, Node.class, Kademlia.class, Mdns.class, PubSub.class)) {
			if (!type.getModule().isNamed() || type.getModule().getDescriptor().isAutomatic()) {
				throw new IllegalStateException(type + " is in no module with a descriptor");
			}
		}
		for (String address : List.of("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1")) {
			try (Node server = NodeBuilder.create().listen(address).start();
					Node client = NodeBuilder.create().start()) {
				server.mountProtocol(ECHO, StreamProtocol.create())
					.serve((handling) -> new Thread(handling).start(),
							(stream) -> stream.inputStream().transferTo(stream.outputStream()));
				DatagramProtocol datagrams = server.mountProtocol(DATAGRAMS, DatagramProtocol.create());
				Connection connection = client.connect(server.addrInfo());
				try (Stream stream = client.openStream(server.addrInfo(), ECHO)) {
					stream.outputStream().write("hello".getBytes(StandardCharsets.UTF_8));
					stream.closeWrite();
					String answer = new String(stream.inputStream().readAllBytes(), StandardCharsets.UTF_8);
					System.out.println("ECHO " + connection.security().orElse("quic") + " " + answer);
				}
				client.sendDatagram(server.addrInfo(), DATAGRAMS, ByteBuffer.wrap(new byte[] { 1, 2, 3 }));
				System.out.println("DATAGRAM " + datagrams.acceptDatagram().payload().remaining());
			}
		}
	}

}
