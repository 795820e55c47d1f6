package io.p2pboot.libp2p.interop.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes many connections to one peer, from nodes that are like the started one but have
 * keys of their own and no listener. Thread-safe; requests block.
 */
final class ManyConnections implements AutoCloseable {

	private final JsonNode start;

	private final Tasks tasks;

	private final Queue<PeerNode> staying = new ConcurrentLinkedQueue<>();

	ManyConnections(Arguments start, Tasks tasks) {
		ObjectNode json = ((ObjectNode) start.json()).deepCopy();
		json.remove(List.of("key", "listen", "keep", "books"));
		this.start = json;
		this.tasks = tasks;
	}

	ObjectNode connect(Arguments arguments) throws Exception {
		int count = arguments.count("count", 0);
		int concurrency = Math.max(1, arguments.count("concurrency", 1));
		boolean stay = arguments.flag("stay");
		AddrInfo target = AddrInfo.parse(arguments.text("addr"));
		List<PeerNode> nodes = new ArrayList<>();
		try {
			for (int i = 0; i < (stay ? count : concurrency); i++) {
				nodes.add(PeerNode.start(new Arguments(this.start), this.tasks, (name, fields) -> {
				}));
			}
			return connect(arguments, target, nodes);
		}
		finally {
			if (stay) {
				this.staying.addAll(nodes);
			}
			else {
				nodes.forEach(PeerNode::close);
			}
		}
	}

	private ObjectNode connect(Arguments arguments, AddrInfo target, List<PeerNode> nodes) throws Exception {
		boolean stay = arguments.flag("stay");
		int count = arguments.count("count", 0);
		AtomicInteger next = new AtomicInteger();
		AtomicInteger workers = new AtomicInteger();
		Tally tally = new Tally();
		long begun = System.nanoTime();
		this.tasks.concurrently(Math.max(1, arguments.count("concurrency", 1)), () -> {
			int worker = workers.getAndIncrement();
			for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
				PeerNode node = nodes.get(stay ? i : worker);
				tally.count(() -> {
					node.connectOnce(target, arguments.timeout(), stay);
					return true;
				});
			}
			return true;
		});
		return JsonNodeFactory.instance.objectNode()
			.put("passed", tally.passed())
			.put("failed", tally.failed())
			.put("ms", StreamOps.millisSince(begun))
			.set("errors", tally.errors());
	}

	@Override
	public void close() {
		this.staying.forEach(PeerNode::close);
	}

}
