# SPDX-License-Identifier: Apache-2.0
"""What one event costs the real program, counted and not timed: instructions (callgrind), system calls (strace), allocations (the shim
of tests/faults), bytes written (the kernel's account of the process). Each figure is the difference of a stretch of N and one of 2 N
events: what a start, a handshake or a heartbeat costs is in both and falls out."""
import collections
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), folder) for folder in ("e2e", "faults")]
import plan  # noqa: E402
import rig  # noqa: E402

IN_FLIGHT = (1, 64)
# Nobody reaches the ceiling of a minute, and all have a place of their own among those who talk: what is asked is answered.
USERS, WARM_UP, MANY = 250, 500, 20000
INSTRUCTIONS, CALLS, ALLOCATIONS = "instructions", "system calls", "allocations"
WRITTEN, TO_DISK = "bytes written, with those to sockets (wchar)", "bytes to disk, in whole pages (write_bytes)"
MEMORY = f"KiB of memory of its own, {MANY} events later (RssAnon)"
QUIET = {"stax": {"poll_lifted": "60s", "poll_idle": "10m", "poll_task": "5s"}}
KEPT_S = 3600


class Counted(rig.Rig):
    """The program under a tool. Answers wait from the start on, since how many leave goes by the clock and not by events: the queue is full in
    every stretch, and each further answer is made and let go."""
    needs, to_install = (), ""
    events = {1: 250, 64: 1000}  # of the shorter stretch, by how many are in flight

    def __init__(self, build):
        missing = [tool for tool in self.needs if not shutil.which(tool)]
        if missing:
            raise rig.Skipped(f"{', '.join(missing)} is not installed (the Debian package {self.to_install})")
        super().__init__(build, start=False, **QUIET)

    def figures(self):
        """Name to figure, per event, of each number in flight."""
        self.begin()
        found = {}
        for in_flight, events in self.events.items():
            at = [self.read()]
            for stretch in (events, 2 * events):
                self.load(stretch, in_flight)
                at.append(self.read())
            for name in at[2]:
                first, second = (at[n + 1].get(name, 0) - at[n].get(name, 0) for n in (0, 1))
                found[name, in_flight] = (second - first) / events
        return found

    def begin(self):
        self.start()
        self.wait_known()
        quieten(self)
        self.fault("slack.response_url", "status", status=500, count=-1)
        for method in ("chat.postEphemeral", "conversations.open"):
            self.fault("slack." + method, "status", status=429, retry_after=KEPT_S, count=-1)
        self.load(WARM_UP, 64)

    def load(self, events, in_flight):
        self.call("POST", "load", {"events": events, "in_flight": in_flight, "text": "status", "users": USERS})

    def read(self):
        """What has been counted since the start, by name."""
        raise NotImplementedError

    def end(self):
        self.stop()
        self.close()


class Instructions(Counted):
    says = INSTRUCTIONS
    needs, to_install = ("valgrind", "callgrind_control"), "valgrind"

    def under(self):
        return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={self.dir}/callgrind"]

    def read(self):
        subprocess.run(["callgrind_control", "-d", str(self.bot.pid)], check=True, capture_output=True, timeout=60)
        return {INSTRUCTIONS: sum(int(re.search(r"^totals: (\d+)", text(part), re.M).group(1)) for part in self.parts())}

    def parts(self):
        return sorted(glob.glob(self.dir + "/callgrind.*"), key=lambda path: int(path.rsplit(".", 1)[1]))

    def top(self, in_flight, count):
        """Lines of callgrind_annotate for the longer stretch: where the instructions are, without and with what is called from there."""
        part = self.parts()[3 * IN_FLIGHT.index(in_flight) + 2]
        lines = []
        for inclusive in ("no", "yes"):
            told = subprocess.run(["callgrind_annotate", "--threshold=100", "--show-percs=yes", "--inclusive=" + inclusive, part], check=True, capture_output=True, text=True)
            lines.append([line for line in told.stdout.splitlines() if re.match(r"\s*[\d,]+ \(", line) and "PROGRAM TOTALS" not in line][:count])
        return lines


class Calls(Counted):
    says = CALLS
    needs, to_install = ("strace",), "strace"

    def under(self):
        return ["strace", "-D", "-f", "-qq", "-s", "0", "-o", self.dir + "/calls"]

    def read(self):
        names = re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(?!.*<unfinished)", text(self.dir + "/calls"), re.M)
        return {CALLS: len(names), **collections.Counter("call " + name for name in names)}


class Memory(Counted):
    says = ALLOCATIONS
    def environment(self):
        self.shim = self.shim if hasattr(self, "shim") else plan.Plan(self.dir + "/plan")
        return {**super().environment(), "LD_PRELOAD": self.build + "/fault-shim.so", "FAULT_PLAN": self.shim.path, "FAULT_FOLDER": self.dir + "/state"}

    def read(self):
        account = dict(re.findall(r"^(\w+): (\d+)", text(f"/proc/{self.bot.pid}/io"), re.M))
        return {ALLOCATIONS: self.shim["allocations"], WRITTEN: int(account["wchar"]),
                TO_DISK: int(account["write_bytes"])}

    def figures(self):
        found = super().figures()
        self.load(MANY, 64)
        found[MEMORY, 64] = int(re.search(r"^RssAnon:\s+(\d+)", text(f"/proc/{self.bot.pid}/status"), re.M).group(1))
        return found


def quieten(r, patience_s=rig.USUAL_S):
    """Its records have been looked over, which is done once (a hundred each 20 ms), and it logs no event."""
    r.wait(lambda: "store.verified" in text(r.logs[-1]), "its records have been looked over", patience_s)
    r.configure(bot={"log_level": "warn"})
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: "config.changed" in text(r.logs[-1]), "it logs no event")


def text(path):
    with open(path, errors="replace") as f:
        return f.read()


def count(build, tell=lambda one: None):
    """Figures of all three, by name and number in flight; tell(kind, rig) may look at each before it ends. What cannot run: name to why."""
    figures, skipped = {}, {}
    for kind in (Instructions, Calls, Memory):
        try:
            one = kind(build)
        except rig.Skipped as why:
            skipped[kind.says] = str(why)
            continue
        try:
            figures.update(one.figures())
            tell(one)
            one.end()
        except BaseException:
            one.close(failed=True)
            raise
    return figures, skipped
