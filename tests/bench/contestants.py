# SPDX-License-Identifier: Apache-2.0
"""Who is compared: each is a process that speaks to a sandbox of its own over TLS, records each command durably, acknowledges it, and
answers it when the class asks for that. What each has recorded is read from its disk."""
import importlib.machinery
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import rig  # noqa: E402

CACHE = HERE.parents[1] / "build" / "compare"
END_S, HELLO_S = 5, 30
KNOWN = 240  # made-up people whom reguard's configuration names


def _peers():
    """tests/peers/run, which installs official clients: a program without an ending."""
    loader = importlib.machinery.SourceFileLoader("peers_run", str(HERE.parent / "peers" / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("peers_run", loader))
    loader.exec_module(module)
    return module


peers = _peers()


class Contestant(rig.Rig):
    """One process and its sandbox. What it is asked has a text for each class."""
    name = title = note = ""
    texts = {"record": "record", "job": "job"}
    answers, comes_again = True, True
    most = 400_000  # events under which it is killed
    command = None

    @classmethod
    def prepare(cls, build):
        """Installs and builds what it needs; raises peers.Missing or peers.Broken."""

    def __init__(self, build):
        super().__init__(build, start=False)
        self.acknowledged = set()  # numbers of events
        self.slack(rate_limits=False)
        self.settle()

    def settle(self):
        pass

    def program(self):
        return [str(part) for part in self.command]

    def environment(self):
        secret = {name: Path(self.dir, file).read_text().strip() for name, file in (("PEER_APP_TOKEN", "slack-app-token"), ("PEER_BOT_TOKEN", "slack-bot-token"))}
        kept = {name: value for name, value in os.environ.items() if not peers.UNSET.match(name)}
        ca = self.dir + "/ca.pem"
        return {**kept, **secret, "PEER_TLS": f"https://localhost:{self.ports['port']}", "PEER_CA": ca, "NODE_EXTRA_CA_CERTS": ca, "PEER_JOURNAL": self.journal_path(),
                "NO_PROXY": "*", "no_proxy": "*", "HOME": self.dir}

    def journal_path(self):
        return self.dir + "/journal.txt"

    def begin(self):
        """Milliseconds from its start to the hello of its first socket."""
        hellos, begun = self.state()["slack"]["hellos"], time.monotonic()
        self.start(wait=False)
        while self.state()["slack"]["hellos"] == hellos:
            if self.bot.poll() is not None or time.monotonic() - begun > HELLO_S:
                raise rig.Failed(f"{self.name} has no hello", self.tail(self.logs[-1]))
            time.sleep(0.001)
        return (time.monotonic() - begun) * 1000

    def version(self):
        return Path(self.logs[-1] + ".out").read_text().splitlines()[0]

    def recorded(self):
        """Numbers of the events that its disk has: the last part of a trigger."""
        return {number_of(line) for line in Path(self.journal_path()).read_text().splitlines() if number_of(line)}

    def close(self, failed=False):
        for process in (self.bot, self.sandbox):
            if process and process.poll() is None:
                process.terminate()
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def number_of(trigger):
    found = re.fullmatch(r"(?:cmd:)?load\.\w+\.(\d+)", trigger)
    return int(found.group(1)) if found else None


class Reguard(Contestant):
    name, title = "reguard", "reguard"
    note = ("its own store: a transaction of SQLite (WAL, synchronous=FULL) for all that came together. It is asked for its status in both classes, decides on each question and makes its "
            "answer; it reads Stax beside it. It answers at the command's response URL, at most 50 times a second, and 1 a second to people whom its configuration does not name, who are half of those in *record*")
    texts = {"record": "status", "job": "status"}
    most = 3000  # see USERS in measure.py

    def settle(self):
        people = {f"load{n}@example.com": f"slack:U0LOAD{n:05}" for n in range(1, KNOWN + 1)}
        self.configure(stax={"poll_lifted": "60s", "poll_idle": "10m", "poll_task": "5s"}, bot={"log_level": "warn"}, people=people)

    def program(self):
        return rig.Rig.program(self)

    def environment(self):
        return rig.Rig.environment(self)

    def version(self):
        return self.cli("version")[1].strip()

    def recorded(self):
        with sqlite3.connect(self.dir + "/state/reguard.db") as database:
            return {number_of(row[0]) for row in database.execute("SELECT event_id FROM inbox WHERE event_id LIKE 'cmd:load.%'")}


class BoltForJavaScript(Contestant):
    name, title = "bolt-js", "Bolt for JavaScript"
    note = "a handler that awaits a write and fdatasync of a line, then acknowledges; one fdatasync for each event, as many at once as the thread pool does"

    @classmethod
    def prepare(cls, build):
        node = peers.tool("node", "no Node.js here")
        major = int(subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True, check=True, timeout=30).stdout.split(".")[0])
        if major < 20:
            raise peers.Missing(f"Bolt 5 asks for Node.js 20, here is {major}")
        cls.command = peers.node_peer(cls.name, HERE / "peers", CACHE, "peer")


class BoltForPython(Contestant):
    name, title = "bolt-python", "Bolt for Python"
    note = "a handler that writes a line, calls fdatasync, then acknowledges; ten threads. The built-in Socket Mode client, whose connections to port 443 are led to the sandbox's"

    @classmethod
    def prepare(cls, build):
        cls.command = peers.python_peer(cls.name, HERE / "peers", CACHE, "peer")


class SlackSdk(BoltForPython):
    name, title = "slack_sdk", "Python SDK"
    note = "the same on the Socket Mode client without the framework"


class SlackGo(Contestant):
    name, title = "slack-go", "slack-go"
    note = "a goroutine for each event: writes a line, calls fdatasync, then acknowledges"

    @classmethod
    def prepare(cls, build):
        cls.command = peers.go_peer(cls.name, HERE / "peers", CACHE)


class Floor(Contestant):
    name, title = "floor", "C floor"
    note = "`tests/bench/floor.c`: libwebsockets, a line for each event, one fdatasync for all that came together; it parses nothing, decides nothing, answers nobody and does not come again"
    answers = comes_again = False
    late = False

    @classmethod
    def prepare(cls, build):
        cls.command = [os.path.abspath(build) + "/bench/floor"]
        if not os.path.exists(cls.command[0]):
            raise peers.Missing("build/bench/floor is not built")

    def program(self):
        return [*super().program(), self.journal_path(), *(["late"] if self.late else [])]


class LateFloor(Floor):
    """Acknowledges first: for the test that the rig tells a loss."""
    late = True


ALL = (Reguard, BoltForJavaScript, BoltForPython, SlackSdk, SlackGo, Floor)
