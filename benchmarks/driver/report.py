"""Turns samples into a table: medians, their spread, and how we compare with the faster of two."""

import datetime
import os
import platform
import statistics
import subprocess
import sys

from rows import ROWS

# Those that the node is held against.
RIVALS = ["go", "rust"]

OTHER_TITLES = {
    "memory.rss": ("RSS of the listener", "KiB a connection", True),
    "memory.heap": ("heap after collections", "KiB a connection", True),
    "memory.direct": ("direct memory", "KiB a connection", True),
    "memory.retained": ("retained: heap and direct memory", "KiB a connection", True),
    **{f"topics.{name}.{part}": (f"{what}: {title}", unit, lower) for name, what in (
        ("unsigned", "passing on 1 KiB without signature"), ("signed", "passing on 1 KiB signed"),
        ("mesh1", "six nodes, 1 KiB"), ("mesh32", "six nodes, 32 KiB"))
        for part, title, unit, lower in (
            ("rate", "everything arrives up to", "messages/s", False), ("delivered", "delivered", "%", False),
            ("spent", "processor time", "µs a message", True), ("bytes", "received and sent", "bytes a message", True),
            ("p50", "median delay", "ms", True), ("p99", "99 of 100", "ms", True),
            ("copies", "copies", "a delivery", True))},
    "datagrams": ("datagrams of 1,000 bytes, under 1 % lost", "/s", False),
}


def about(chosen, jdk, versions, java):
    said = subprocess.run([java, "-version"], stderr=subprocess.PIPE, text=True, check=True, timeout=30).stderr
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": "benchmarks/run " + " ".join(sys.argv[1:]),
        "machine": f"{cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "jdk": said.splitlines()[1].split("(build ")[-1].rstrip(")"),
        "versions": versions,
        "load": os.getloadavg()[0],
        "repeats": chosen.repeats,
        "size_mib": chosen.size,
    }


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe(row):
    phase, _, rest = row.partition(".")
    if phase in ("cold", "warm"):
        name, _, part = rest.partition(".")
        title, unit, lower = describe(name)
        if part == "spent":
            title, unit, lower = f"{title}: processor time of both ends", f"ms a {ROWS[name].each}", True
        elif part == "allocated":
            title, unit, lower = f"{title}: allocated on the heap by both ends", f"KiB a {ROWS[name].each}", True
        elif part == "compiler":
            title, unit, lower = f"{title}: of it the compiler's", "%", True
        return f"{phase}: {title}", unit, lower
    if row in ROWS:
        return ROWS[row].title, ROWS[row].unit, ROWS[row].lower
    return OTHER_TITLES[row]


def figure(values):
    middle = statistics.median(values)
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    text = f"{middle:,.{digits}f}"
    if len(values) > 1:
        text += f" ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
    return text


def ratio(pairs, lower):
    """How fast we are, the faster of the others being 1."""
    others = [statistics.median(pairs[stack]) for stack in RIVALS if stack in pairs]
    if "java" not in pairs or not others:
        return ""
    ours = statistics.median(pairs["java"])
    best = min(others) if lower else max(others)
    share = best / ours if lower else ours / best
    return f"{share:.2f}" if ours > 0 else ""


def markdown(about, results):
    lines = [f"{about['date']}, {about['machine']}, load average {about['load']:.1f} before, JDK {about['jdk']}; "
             + ", ".join(f"{stack} {version}" for stack, version in about["versions"].items()) + ".", ""]
    for cell, rows in results.samples.items():
        pairs = list(dict.fromkeys(pair for row in rows.values() for pair in row))
        lines += [f"**{cell}**", "", "| | " + " | ".join(pairs) + " | java to the faster of go and rust |",
                  "|---" * (len(pairs) + 2) + "|"]
        for row, by_pair in rows.items():
            title, unit, lower = describe(row)
            cells = [figure(by_pair[pair]) if pair in by_pair else "-" for pair in pairs]
            lines.append(f"| {title}, {unit} | " + " | ".join(cells) + f" | {ratio(by_pair, lower)} |")
        lines.append("")
    if about["baselines"]:
        lines += ["**Baselines in Java**", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {figure(values)} |" for name, values in about["baselines"].items()]
        lines.append("")
    for failure in results.failures:
        lines.append(f"Failed: {failure['cell']} {failure['row']} {failure['pair']}: {failure['why']}")
    return "\n".join(lines) + "\n"
