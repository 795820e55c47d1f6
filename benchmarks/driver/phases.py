"""Each row from a fresh process on: its first seconds, and later, when the compiler rests."""

import statistics
import time

from peers import Failed
from rows import ROWS, Pair

# What one step of work fills, in seconds: short, so that a phase ends when it should.
STEP_SECONDS = 0.5


class Meter:
    """What both ends of a pair have spent since it was made, in processor seconds."""

    def __init__(self, pair):
        self.peers = (pair.dialer, pair.listener)
        self.begun = self.seconds()
        self.compiling = 0.0
        self.threads = self.compilers()
        self.allocated_before = self.allocated()

    def allocated(self):
        """Bytes that both ends have allocated on the heap; nothing is known of others than Java."""
        return sum(peer.call("allocated")["bytes"] for peer in self.peers if peer.stack == "java")

    def seconds(self):
        return sum(peer.processor_seconds() for peer in self.peers)

    def compilers(self):
        return {key: spent for peer in self.peers for key, spent in peer.compiler_seconds().items()}

    def look(self):
        """Adds up what compiler threads did: they come and go, and take their time with them."""
        now = self.compilers()
        self.compiling += sum(max(0.0, spent - self.threads.get(key, 0.0)) for key, spent in now.items())
        self.threads = now

    def spent(self):
        return self.seconds() - self.begun


def work_for(row, pair, seconds, rate):
    """Works in steps for so long. Returns the rate and what a unit cost, and how much work fills a second now."""
    meter, end = Meter(pair), time.monotonic() + seconds
    done, passed, values = 0, 0.0, []
    while time.monotonic() < end:
        amount = max(row.step // 4, int(rate * STEP_SECONDS))
        begun = time.monotonic()
        value = row.work(pair, amount)
        rate = amount / (time.monotonic() - begun)
        values.append(value)
        done += amount
        passed += 0 if row.lower else amount / row.scale / value
        meter.look()
    spent = meter.spent()
    allocated = meter.allocated() - meter.allocated_before
    return {
        "": statistics.median(values) if row.lower else done / row.scale / passed,
        ".spent": spent * 1000 / (done / row.counted),
        ".allocated": allocated / 1024 / (done / row.counted),
        ".compiler": 100 * meter.compiling / spent if spent else 0.0,
    }, rate


def measure(cell, name, stack, chosen, jdk):
    """The figures of one fresh pair by their name: `cold.NAME`, and `warm.NAME` after more of the same load."""
    row, figures = ROWS[name], {}
    pair = Pair(cell, stack, stack, jdk)
    try:
        def keep(phase, found):
            figures.update({f"{phase}.{name}{part}": value for part, value in found.items()
                            if stack == "java" or part not in (".compiler", ".allocated")})

        rate = 0
        if "cold" in chosen.phases:
            found, rate = work_for(row, pair, chosen.cold_seconds, rate)
            keep("cold", found)
        if "warm" in chosen.phases:
            _, rate = work_for(row, pair, chosen.rest_seconds, rate)
            found, _ = work_for(row, pair, max(chosen.seconds, STEP_SECONDS), rate)
            keep("warm", found)
        return figures
    finally:
        pair.close()


def measure_cell(cell, chosen, jdk, results, left_out):
    """All rows of a cell; stacks take turns, each time in fresh processes."""
    for name in [one for one in chosen.rows if one in ROWS]:
        for _ in range(chosen.repeats):
            for stack in chosen.stacks:
                if (cell, stack) in left_out:
                    continue
                try:
                    for figure, value in measure(cell, name, stack, chosen, jdk).items():
                        results.add(cell, figure, stack, value)
                except Failed as failure:
                    results.failed(cell, name, stack, failure)
