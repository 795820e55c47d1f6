"""What the sockets and the ciphers alone reach in Java: no figure of a node can be higher."""

import subprocess

from peers import ROOT, java_command


def measure(jdk, chosen):
    """Figures by title, each a list of samples."""
    java = java_command(jdk)
    java[-1] = f"{ROOT}/benchmarks/target/classes:{java[-1]}"
    seconds = "0.3" if chosen.quick else "1.5"
    said = subprocess.run(java + ["io.p2pboot.libp2p.benchmarks.Baselines", str(chosen.repeats), seconds],
                          stdout=subprocess.PIPE, text=True, check=True, timeout=600).stdout
    figures = {}
    for line in said.splitlines():
        title, _, value = line.rpartition("\t")
        figures.setdefault(title, []).append(float(value))
    return figures
