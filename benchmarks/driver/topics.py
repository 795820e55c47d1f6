"""Publish and subscribe: one node between a Go publisher and a Go subscriber, and a small mesh of one stack."""

import json
import re
import statistics
import subprocess
import threading
import time

from peers import Failed, Peer
from rows import LISTEN

TOPIC = "bench"

# Bytes of a message's payload.
SIZE = 1024

# How often the publisher is told to publish, in seconds; Go keeps 1,000 frames for a peer.
BEAT = 0.02

# How long the last message of a load may take, in seconds.
PATIENCE = 3

# How many nodes the mesh has, each connected with every other.
MESH = 6


class Subscriber(Peer):
    """A peer whose messages are counted by the time at which they came."""

    def __init__(self, stack, jdk=None):
        self.arrivals = []
        super().__init__(stack, jdk)

    def _read(self):
        for line in self.process.stdout:
            if '"ev":"message"' in line or '"ev": "message"' in line:
                self.arrivals.append(time.monotonic())
            else:
                self.lines.put(json.loads(line))
        self.lines.put(None)


def start(peer, listen, signed, quiet):
    options = {"sign": signed, **({} if signed else {"ids": "sha256"})}
    started = peer.call("start", timeout=30, transports=["tcp"], security=["noise"], quiet=quiet, pubsub=options,
                        listen=[LISTEN["tcp"]] if listen else [])
    peer.peer, peer.addrs = started["peer"], started["addrs"]


def await_peers(peer, count):
    deadline = time.monotonic() + 20
    while len(peer.call("mesh", topic=TOPIC)["mesh"]) < count:
        if time.monotonic() > deadline:
            raise Failed(f"{peer.stack} has no mesh of {count}")
        time.sleep(0.1)


class Line:
    """Go publishes, the node in the middle passes on, Go hears. The two ends know each other by the middle alone."""

    def __init__(self, stack, signed, jdk):
        self.peers = []
        try:
            self.middle = self._peer(Peer(stack, jdk), True, signed, True)
            self.publisher = self._peer(Peer("go", jdk), False, signed, True)
            self.subscriber = self._peer(Subscriber("go", jdk), False, signed, False)
            for peer in self.peers:
                peer.call("subscribe", topic=TOPIC)
            for end in (self.publisher, self.subscriber):
                end.call("dial", timeout=20, addr=self.middle.addrs[0])
            for end in (self.publisher, self.subscriber):
                await_peers(end, 1)
            self.published = 0
        except Failed:
            self.close()
            raise

    def _peer(self, peer, listen, signed, quiet):
        self.peers.append(peer)
        start(peer, listen, signed, quiet)
        return peer

    def load(self, rate, seconds):
        """Publishes for so long. Returns what arrived, how long it took each, and the rate that was published."""
        self.settle()
        begun, sent = time.monotonic(), []
        while (now := time.monotonic()) < begun + seconds:
            count = int((now - begun + BEAT) * rate) - len(sent)
            if count > 0:
                self.publisher.call("publish", topic=TOPIC, count=count, n=self.published, size=SIZE)
                self.published += count
                sent += [now] * count
            time.sleep(max(0, now + BEAT - time.monotonic()))
        took, deadline = time.monotonic() - begun, time.monotonic() + PATIENCE
        while len(self.subscriber.arrivals) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.02)
        arrived = list(self.subscriber.arrivals)
        return len(arrived) / len(sent), [there - here for here, there in zip(sent, arrived)], len(sent) / took

    def settle(self):
        """Waits until nothing more comes of a load that was too much."""
        deadline, came = time.monotonic() + 30, -1
        while came != len(self.subscriber.arrivals):
            if time.monotonic() > deadline:
                raise Failed(f"messages come by {self.middle.stack} without end")
            came = len(self.subscriber.arrivals)
            time.sleep(0.5)
        self.subscriber.arrivals.clear()

    def highest(self, seconds, first=1000):
        """The highest rate at which everything arrives, doubled and then narrowed."""
        best, low, high, rate = 0.0, 0, None, first
        while high is None or high / max(low, 1) > 1.15:
            share, _, reached = self.load(rate, seconds)
            if share == 1 and reached >= rate * 0.9:
                best, low = max(best, reached), rate
            else:
                high = rate
            if rate < 100:
                break
            rate = rate * 2 if high is None else (low + high) // 2 if low else rate // 2
        return best

    def close(self):
        for peer in self.peers:
            peer.close()


def moved(port):
    """Bytes that have come and gone by connections at this port, as the kernel tells; None where it does not."""
    try:
        said = subprocess.run(["ss", "-tinH", "state", "established", f"sport = :{port}"], stdout=subprocess.PIPE,
                              text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return sum(int(count) for count in re.findall(r"bytes_(?:sent|received):(\d+)", said))


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def line(stack, signed, chosen, jdk):
    name, figures = "signed" if signed else "unsigned", {}
    middle = Line(stack, signed, jdk)
    try:
        middle.load(1000, chosen.warm)
        middle.load(2000, chosen.warm)
        figures[f"{name}.rate"] = middle.highest(chosen.seconds)
        port = int(middle.middle.addrs[0].split("/tcp/")[1].split("/")[0])
        processor, bytes_before, before = middle.middle.processor_seconds(), moved(port), middle.published
        share, delays, _ = middle.load(500, 2 * chosen.seconds)
        count = middle.published - before
        figures[f"{name}.delivered"] = 100 * share
        figures[f"{name}.spent"] = 1e6 * (middle.middle.processor_seconds() - processor) / count
        if bytes_before is not None:
            figures[f"{name}.bytes"] = (moved(port) - bytes_before) / count
        if delays:
            figures[f"{name}.p50"], figures[f"{name}.p99"] = (1000 * percentile(delays, at) for at in (50, 99))
        return figures
    finally:
        middle.close()


def mesh(stack, size, count, jdk):
    """How many copies a delivery takes where everybody is connected with everybody, and how long."""
    name, nodes = f"mesh{size // 1024}", []
    try:
        for _ in range(MESH):
            nodes.append(Subscriber(stack, jdk))
            start(nodes[-1], True, True, False)
        for index, node in enumerate(nodes):
            node.call("subscribe", topic=TOPIC)
            for other in nodes[:index]:
                node.call("dial", timeout=20, addr=other.addrs[0])
        for node in nodes:
            await_peers(node, MESH - 2)
        # Java's compiler has much to do, six times.
        for node in nodes:
            node.call("publish", timeout=30, topic=TOPIC, n=10_000, count=400, size=min(size, 4096), ms=2)
        for warm in (True, False):
            for node in nodes:
                node.arrivals.clear()
            copies = [node.call("mesh", topic=TOPIC).get("duplicates", 0) for node in nodes]
            sent = [[] for _ in nodes]
            for number in range(count // 2 if warm else count):
                author, begun = nodes[number % MESH], time.monotonic()
                author.call("publish", topic=TOPIC, n=number + (0 if warm else count), size=size)
                time.sleep(max(0, begun + 0.05 - time.monotonic()))
                for index in range(MESH):
                    if index != number % MESH:
                        sent[index].append(begun)
            time.sleep(1)
        expected = count * (MESH - 1)
        deliveries = sum(len(node.arrivals) for node in nodes)
        delays = [there - here for times, node in zip(sent, nodes) for here, there in zip(times, node.arrivals)]
        figures = {f"{name}.delivered": 100 * deliveries / expected, f"{name}.p50": 1000 * statistics.median(delays),
                   f"{name}.p99": 1000 * percentile(delays, 99)}
        if stack in ("java", "go"):
            duplicates = sum(node.call("mesh", topic=TOPIC)["duplicates"] for node in nodes) - sum(copies)
            figures[f"{name}.copies"] = 1 + duplicates / deliveries
        return figures
    finally:
        for node in nodes:
            node.close()


def measure(stack, chosen, jdk):
    """The figures of one stack, by their name."""
    figures = {}
    for signed in (False, True):
        figures.update(line(stack, signed, chosen, jdk))
    for size in (1024, 32 * 1024):
        figures.update(mesh(stack, size, int(40 * chosen.seconds), jdk))
    return {f"topics.{name}": value for name, value in figures.items()}
