"""What is measured: each row does an amount of work and gives a figure."""

import statistics
import time

from peers import Failed, Peer

MIB = 1 << 20

LISTEN = {
    "tcp": "/ip4/127.0.0.1/tcp/0",
    "ws": "/ip4/127.0.0.1/tcp/0/ws",
    "quic-v1": "/ip4/127.0.0.1/udp/0/quic-v1",
}

# The cells of the table: a transport and a security protocol (QUIC has its own).
CELLS = {
    "tcp-noise": ("tcp", "noise"),
    "tcp-tls": ("tcp", "tls"),
    "ws-noise": ("ws", "noise"),
    "quic-v1": ("quic-v1", "noise"),
}

# No single step may take longer, in seconds.
STEP = 120


class Pair:
    """A dialer and a listener, connected. Each is a process."""

    def __init__(self, cell, dialer, listener, jdk):
        self.name = dialer if dialer == listener else f"{dialer}>{listener}"
        transport, security = CELLS[cell]
        self.listener = Peer(listener, jdk)
        self.dialer = None
        try:
            self.listener.start(transport, security, [LISTEN[transport]])
            self.dialer = Peer(dialer, jdk)
            self.dialer.start(transport, security, [])
            self.dialer.call("dial", timeout=STEP, addr=self.addr)
        except Failed:
            self.close()
            raise

    @property
    def addr(self):
        return self.listener.addrs[0]

    def call(self, op, **arguments):
        return self.dialer.call(op, timeout=STEP, peer=self.listener.peer, **arguments)

    def close(self):
        for peer in (self.dialer, self.listener):
            if peer is not None:
                peer.close()


class Row:
    """A figure of speed. `step` is the first amount of work that warms up, `fixed` an amount that is
    measured whatever the speed; else the measured amount fills the asked time. `patience` is how many times
    as long as others a row is warmed up: what runs most code takes a compiler the longest. `scale` is how much
    work is 1 in the figure, `counted` how much has its processor time told, which is called `each`."""

    def __init__(self, title, unit, work, step, fixed=None, lower=False, patience=1, scale=1, counted=1, each="one"):
        self.title, self.unit, self.work, self.step, self.fixed, self.lower = title, unit, work, step, fixed, lower
        self.patience, self.scale, self.counted, self.each = patience, scale, counted, each

    def warm(self, pair, seconds):
        """Works for so long. Returns how much work fills a second."""
        rate, amount, end = 0.0, self.step, time.monotonic() + seconds * self.patience
        while rate == 0 or time.monotonic() < end:
            begun = time.monotonic()
            self.work(pair, amount)
            rate = amount / (time.monotonic() - begun)
            amount = max(self.step, int(rate * min(1.0, seconds / 4)))
        return rate

    def measure(self, pair, rate, seconds, size):
        amount = {None: max(self.step, int(rate * seconds)), "size": size}.get(self.fixed, self.fixed)
        return self.work(pair, amount)


def perf(direction):
    def work(pair, amount):
        return pair.call("perf", **{direction: amount})["mbps"]
    return work


def streams(concurrency):
    def work(pair, amount):
        return rate_of(pair.call("echoMany", count=amount, size=1, chunk=1024, concurrency=concurrency))
    return work


def connections(concurrency):
    def work(pair, amount):
        return rate_of(pair.call("connectMany", addr=pair.addr, count=amount, concurrency=concurrency))
    return work


def rate_of(done):
    if done["failed"]:
        raise Failed(f"{done['failed']} of {done['failed'] + done['passed']} failed: {done['errors']}")
    return done["passed"] / done["ms"] * 1000


def ping(pair, amount):
    return statistics.median(pair.call("ping", n=amount)["ms"]) * 1000


ROWS = {
    "up": Row("upstream", "MB/s", perf("up"), 32 * MIB, fixed="size", scale=1_000_000, counted=1_000_000_000, each="GB"),
    "down": Row("downstream", "MB/s", perf("down"), 32 * MIB, fixed="size", scale=1_000_000, counted=1_000_000_000, each="GB"),
    "streams64": Row("streams, 64 at once", "/s", streams(64), 200, patience=2),
    "streams1": Row("streams, one after the other", "/s", streams(1), 100),
    # Nodes are made and closed around each step, which is no work that warms up: many connections for each.
    "conns8": Row("connections, 8 at once", "/s", connections(8), 400, patience=5),
    "conns1": Row("connections, one after the other", "/s", connections(1), 50),
    "ping": Row("ping, median", "µs", ping, 200, lower=True),
}


def memory(cell, stack, count, dialer_stack, jdk):
    """What one idle, identified connection costs the listener; every listener meets the same dialer."""
    transport, security = CELLS[cell]
    listener, dialer = Peer(stack, jdk), Peer(dialer_stack, jdk)
    try:
        listener.start(transport, security, [LISTEN[transport]])
        dialer.start(transport, security, [])

        def connect(connections):
            rate_of(dialer.call("connectMany", timeout=STEP, addr=listener.addrs[0], count=connections, concurrency=8, stay=True))

        def look():
            time.sleep(3)
            rss = listener.rss()
            kept = listener.call("memory", timeout=60) if stack == "java" else {}
            return rss, kept

        # The first ones pay for what is loaded once.
        connect(20)
        rss_before, kept_before = look()
        connect(count)
        rss_after, kept_after = look()
        if len(listener.call("conns")["conns"]) < count:
            raise Failed(f"connections to {stack} were lost")
        cost = {"rss": (rss_after - rss_before) / count / 1024}
        for part in kept_before:
            cost[part] = (kept_after[part] - kept_before[part]) / count / 1024
        if kept_before:
            cost["retained"] = cost["heap"] + cost["direct"]
        return cost
    finally:
        dialer.close()
        listener.close()


# What may be lost before a rate of datagrams counts as too high.
LOSS = 0.01


# How often a rate is tried before it counts as too high: a machine may be busy for a moment.
TRIES = 3


def datagrams(pair, size, seconds, first=2_000):
    """The highest rate, doubled and then narrowed, at which no more than a hundredth is lost."""
    pair.call("dgOpen")

    def passes(rate):
        count = int(rate * seconds)
        before = pair.listener.call("dgStats", peer=pair.dialer.peer)["n"]
        done = pair.call("dgSend", count=count, size=size, rate=rate)
        deadline = time.monotonic() + 2
        while True:
            came = pair.listener.call("dgStats", peer=pair.dialer.peer)["n"] - before
            if came >= count or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        reached = came / done["ms"] * 1000
        return reached if came >= count * (1 - LOSS) and reached >= rate * 0.9 else 0

    best, low, high = 0.0, 0, None
    rate = first
    while high is None or high / max(low, 1) > 1.15:
        reached = next(filter(None, (passes(rate) for _ in range(TRIES))), 0)
        if reached:
            best, low = max(best, reached), rate
        else:
            high = rate
        if rate <= 100:
            break
        rate = rate * 2 if high is None else (low + high) // 2 if low else rate // 2
    return best
