"""Peers as processes, driven by the control protocol of interop/peers/PROTOCOL.md."""

import glob
import itertools
import json
import os
import queue
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# How much longer than its own time-out a request may take to be answered, in seconds.
GRACE = 10

# How long a process may take to start or to end, in seconds.
LIFE = 30


class Failed(Exception):
    """A request failed, or was not answered in time."""


def find_jdk(wanted):
    """The home of a JDK: a path, or a version that is looked for where Linux keeps them; None for the default."""
    if not wanted:
        return os.environ.get("JAVA_HOME")
    if os.path.isdir(wanted):
        return wanted
    for home in sorted(glob.glob(f"/usr/lib/jvm/*-{wanted}-*")):
        if os.access(f"{home}/bin/java", os.X_OK):
            return home
    raise SystemExit(f"no JDK {wanted} in /usr/lib/jvm: give its path")


def java_command(jdk):
    java = f"{jdk}/bin/java" if jdk else "java"
    target = f"{ROOT}/interop/target"
    return [java, "--enable-native-access=ALL-UNNAMED", "-cp", f"{target}/classes:{target}/lib/*"]


def command_of(stack, jdk):
    if stack == "java":
        extra = os.environ.get("BENCH_JAVA_OPTIONS", "").split()
        java = java_command(jdk)
        return java[:1] + extra + java[1:] + ["io.p2pboot.libp2p.interop.peer.JavaPeer"]
    said = subprocess.run([f"{ROOT}/interop/peers/build", "--path", stack], stdout=subprocess.PIPE, text=True, timeout=LIFE)
    if said.returncode != 0:
        raise Failed(f"the {stack} peer is not built")
    return [said.stdout.strip()]


class Peer:
    """One process. Not thread-safe: one request at a time."""

    def __init__(self, stack, jdk=None):
        self.stack = stack
        self.process = subprocess.Popen(
            command_of(stack, jdk), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.ids = itertools.count(1)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.version = self._next(LIFE).get("version")
        self.peer = None
        self.addrs = []

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def _next(self, timeout):
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            raise Failed(f"{self.stack} said nothing for {timeout:.0f} s") from None
        if line is None:
            self.lines.put(None)
            raise Failed(f"{self.stack} has ended")
        return line

    def call(self, op, timeout=15.0, **arguments):
        """Sends a request and waits for its answer; the time-out is in seconds."""
        number = next(self.ids)
        request = {"id": number, "op": op, "timeout": int(timeout * 1000), **arguments}
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Failed(f"{self.stack} does not listen: {error}") from None
        while True:
            line = self._next(timeout + GRACE)
            if line.get("id") == number:
                break
        if not line["ok"]:
            raise Failed(f"{self.stack} {op}: {line.get('kind')}: {line.get('err')}")
        return line["r"]

    def start(self, transport, security, listen):
        started = self.call("start", timeout=LIFE, transports=[transport], security=[security], listen=listen, quiet=True)
        self.peer, self.addrs = started["peer"], started["addrs"]

    def rss(self):
        """The memory of the process that is resident, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Failed(f"{self.stack} has no memory")

    def processor_seconds(self):
        """What the process has spent, threads that have ended included."""
        return self._spent(f"/proc/{self.process.pid}/stat")

    def compiler_seconds(self):
        """What each thread of the just-in-time compiler has spent, of those that run."""
        spent = {}
        for task in glob.glob(f"/proc/{self.process.pid}/task/*"):
            try:
                with open(f"{task}/comm", encoding="ascii") as comm:
                    compiles = comm.read().startswith(("C1 Compiler", "C2 Compiler"))
                if compiles:
                    spent[task] = self._spent(f"{task}/stat")
            except (OSError, Failed):
                continue  # The thread has ended.
        return spent

    def _spent(self, path):
        try:
            with open(path, encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except FileNotFoundError:
            raise Failed(f"{self.stack} has ended") from None
        # The time in the user's and in the kernel's mode.
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass  # It has ended already, which is what is wanted.
        try:
            self.process.wait(LIFE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(LIFE)
