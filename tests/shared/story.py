# SPDX-License-Identifier: Apache-2.0
"""One story: a case from its request to its end with two or three instances, and one fault at one of its states, drawn by a seed."""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from databases import Pair, template
from hosts import FIRST_HOST, Gate, Ground
from patroni import Cluster
from rig import Rig, expect, sanitized

STATES = ("asking", "waiting", "approving", "lifted", "deadline", "ending", "ended")
FAULTS = ("killed", "stopped", "asked_to_stop", "cut_from_databases", "cut_from_world", "cut_off", "database_fails_over", "database_host_gone",
          "database_restarts", "database_away", "clock_ahead", "clock_behind", "killed_and_clock_ahead", "killed_and_clock_behind",
          "cut_from_world_for_good")
SWITCHES_OVER = "patroni_switches_over"
PATRONI_FAULTS = (SWITCHES_OVER, "patroni_host_gone", "patroni_frozen", "patroni_cut_from_store", "patroni_store_lost", "patroni_host_and_leader_gone",
                  "patroni_restarts")
WINDOW_S, HOUR_S = 20, 3600
LONGER_THAN_LEASE_S = 20  # the lease is 15 s
PATIENCE_S = 120
CUT_OFF_PATIENCE_S = 300  # a look at the guardrail a minute later, its time-out, 90 s
AGAIN_S = 4  # how soon people say it again; more often is refused
ENDED = ("restored", "failed", "refused", "expired", "withdrawn", "declined")
POLICY = {"mailbox_proof": "off", "min_window": "1s", "warn_before": "1s", "on_deadline": "restore", "remind_overdue": "0s 10s 20s 30s"}


class Health(http.client.HTTPConnection):
    """Over a socket in the file system, which no network cuts off."""
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(self.path)


class Instance:
    """One reguard on a host of its own, started again whenever it ends, as its unit does it."""
    def __init__(self, story, name, number):
        r, self.story, self.name = story.r, story, name
        self.host = story.ground.host(name, world=FIRST_HOST + number, databases=FIRST_DATABASE_SIDE + number)
        self.address = story.ground.address(FIRST_HOST + number)
        self.dir, self.conf, self.log, self.clock = f"{r.dir}/{name}", f"{r.dir}/{name}.conf", f"{r.dir}/{name}.log", f"{r.dir}/{name}.clock"
        self.health, self.hosts = f"{r.dir}/{name}.health", f"{r.dir}/{name}.hosts"
        self.pids, self.statuses, self.leaving, self.process = [], [], False, None
        os.mkdir(self.dir, 0o700)
        with open(r.conf) as f:
            lines = f.read().replace("https://localhost:", "https://sandbox.test:").split("\n")
        lines = [line for line in lines if not line.startswith(("state_dir", "listen"))]
        lines[lines.index("[bot]") + 1:lines.index("[bot]") + 1] = [f"state_dir = {self.dir}", f"listen = unix:{self.health}"]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines))
        with open(self.hosts, "w") as f:
            f.write("\n".join([f"{story.ground.address(1)} sandbox.test localhost", *story.pair.names(), ""]))
        self.set_clock(0)
        r.logs.append(self.log)

    def set_clock(self, ahead_s):
        with open(self.clock, "r+b" if os.path.exists(self.clock) else "wb") as f:  # the file that is mapped stays the same
            f.write(struct.pack("q", ahead_s))

    def command(self, word):
        preload = ["env", f"LD_PRELOAD={self.story.shim}", f"CLOCK_SHIM={self.clock}", *self.story.sanitizer]
        return self.host.command("sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', self.hosts, *preload,
                                 self.story.r.build + "/reguard", word, "-c", self.conf)

    def check(self):
        """What it says of the shared records."""
        done = subprocess.run(self.command("check"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, env=self.story.r.environment())
        return [line for line in (done.stdout + done.stderr).split("\n") if "shared records: a commit" in line or "shared records: no synch" in line]

    def start(self):
        self.process = subprocess.Popen(self.command("run"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"), env=self.story.r.environment())
        self.pids.append(self.process.pid)

    def keep(self):
        """Starts it again when it has ended."""
        if self.process.poll() is not None and not self.leaving:
            self.statuses.append(self.process.returncode)
            self.start()

    def answer(self, path):
        try:
            health = Health(self.health)
            health.request("GET", path)
            return health.getresponse().read().decode()
        except OSError:
            return ""

    def leads(self):
        return "\nreguard_leader 1\n" in self.answer("/metrics")

    def stands_by(self):
        return '"standby"' in self.answer("/readyz")

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        self.leaving = True
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def kill(self):
        self.leaving = True
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


FIRST_DATABASE_SIDE = 128 + FIRST_HOST + 10


class Story:
    def __init__(self, build, seed, made, state=None, fault=None, patroni=False):
        self.seed, self.draw, self.patroni = seed, random.Random(f"reguard shared {seed}"), patroni
        faults = PATRONI_FAULTS if patroni else FAULTS
        # A seed goes round: each state meets each fault once in so many.
        self.state = state or STATES[seed % len(STATES)]
        self.fault = fault or faults[seed // len(STATES) % len(faults)]
        self.count = self.draw.choice((2, 2, 3))
        self.acked, self.told, self.faulty, self.closes = [], {}, None, []
        self.began_ms = self.healed_ms = 0
        try:
            self.build_up(build, made)
        except BaseException:
            self.close(failed=True)
            raise

    def build_up(self, build, made):
        self.ground = Ground()
        self.closes.append(self.ground.close)
        made_of = template(made + "/template")
        # One of the faults begins as Patroni does by itself, where the newest commits are lost with the primary.
        self.pair = Cluster(self.ground, made_of, synchronous=self.fault != SWITCHES_OVER) if self.patroni else Pair(self.ground, made_of)
        self.closes.append(self.pair.close)
        self.r = Rig(build, start=False, policy=POLICY, store={"url": self.pair.url()})
        self.r.checks_audit = False  # each has its own copy: the judge verifies them
        self.sanitizer = ["ASAN_OPTIONS=verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")] if sanitized(build) else []
        self.shim = f"{self.r.dir}/clock_shim.so"
        shutil.copy(f"{made}/clock_shim.so", self.shim)
        self.gate = Gate(self.ground, self.r.ports["port"])
        self.closes.append(self.gate.close)
        self.r.slack(url=f"https://sandbox.test:{self.r.ports['port']}")
        self.instances = [Instance(self, name, n) for n, name in enumerate(("one", "two", "three")[:self.count])]
        self.over = threading.Event()
        for n, instance in enumerate(self.instances):
            self.closes.append(instance.kill)
            instance.start()
            self.wait(instance.leads if n == 0 else instance.stands_by, f"{instance.name} is where it belongs")
            if n == 0:
                self.pair.note_who_leads()
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()
        self.wait(lambda: self.r.requests("stax.get_guardrails"), "the leader reads the guardrail")
        if self.fault == SWITCHES_OVER:
            self.told_whether_commits_last()

    def told_whether_commits_last(self):
        told = self.instances[0].check()
        expect(any(line.startswith("risk") and "kept by one server alone" in line for line in told), "without synchronous_mode the risk is told", *told)
        self.pair.make_synchronous()
        told = self.instances[0].check()
        expect(any(line.startswith("ok") and "a commit is durable" in line for line in told), "with it commits last", *told)

    def __str__(self):
        return f"{self.seed}: {self.count} instances, {self.fault.replace('_', ' ')}, {self.state}"

    # ---- waiting ----
    def wait(self, condition, what):
        end = time.monotonic() + (CUT_OFF_PATIENCE_S if self.fault == "cut_from_world_for_good" else PATIENCE_S)
        while time.monotonic() < end:
            self.look()
            found = condition()
            if found:
                return found
            self.r.call("GET", f"wait?since={self.r.state()['changes']}&timeout_ms=200")
        expect(False, f"waited in vain: {what}", self.r.text()[-1500:], *(f"{i.name}: {self.r.tail(i.log)[-1500:]}" for i in self.instances if os.path.exists(i.log)), *self.pair.told())

    def keep(self):
        while not self.over.wait(1.0):
            for instance in self.instances:
                instance.keep()

    def look(self):
        """When people were told of each state first."""
        for m in self.r.channel():
            key = m.get("key") or ""
            if "-card-" in key and m.get("state"):
                self.told.setdefault((key.split("-card-")[0], m["state"]), time.time() * 1000)

    def leader(self):
        return self.wait(lambda: next((i for i in self.instances if i is not self.faulty and i.leads()), None), "somebody leads")

    # ---- people ----
    def says(self, person, text, what):
        answer = self.r.command(person, text)
        if answer.get("acked"):
            self.acked.append((what, person, time.time() * 1000))
        return answer.get("acked")

    def presses(self, person, action, what):
        answer = self.r.call("POST", "click", {"person": person, "action": action, "case": "G-0001"}, may_fail=True)
        if answer.get("acked"):
            self.acked.append((what, person, time.time() * 1000))
        return answer.get("acked")

    def until(self, act, condition, what):
        """People do it again until it is so."""
        next_at = 0

        def reached():
            nonlocal next_at
            if condition():
                return True
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + AGAIN_S
                act()
            return False
        self.wait(reached, what)

    def is_at(self, *states):
        return self.r.card_state() in states

    # ---- the fault ----
    def break_it(self):
        self.faulty = self.leader()
        self.began_ms = time.time() * 1000
        getattr(self, "when_" + self.fault)(self.faulty)
        # Somebody asks for something else meanwhile: what is acknowledged must not be lost.
        threading.Thread(target=self.somebody_else, daemon=True).start()

    def somebody_else(self):
        try:
            self.says("cleo", "lift orchard for 5m task billing because invoices", "asked for orchard")
        except (OSError, AssertionError):
            pass

    def heal_later(self, seconds):
        timer = threading.Timer(seconds, self.heal)
        timer.daemon = True
        timer.start()
        self.healer = timer

    def heal(self):
        for instance in self.instances:
            instance.host.mend()
            if instance.process.poll() is None:
                instance.signal(signal.SIGCONT)
        self.faulty = None
        self.healed_ms = time.time() * 1000

    def when_killed(self, leader):
        leader.signal(signal.SIGKILL)
        self.heal_later(0)

    def when_stopped(self, leader):
        leader.signal(signal.SIGSTOP)
        self.heal_later(LONGER_THAN_LEASE_S)

    def when_asked_to_stop(self, leader):
        leader.signal(signal.SIGTERM)
        self.heal_later(0)

    def when_cut_from_databases(self, leader):
        leader.host.cut("databases")
        self.heal_later(LONGER_THAN_LEASE_S)

    def when_cut_from_world(self, leader):
        leader.host.cut("world")
        self.heal_later(LONGER_THAN_LEASE_S)

    def when_cut_from_world_for_good(self, leader):
        """It is cut off until another one leads."""
        leader.host.cut("world")

        def led_by_another():
            while not self.over.wait(0.2) and not any(i.leads() for i in self.instances if i is not leader):
                pass
            self.heal()
        self.healer = threading.Thread(target=led_by_another, daemon=True)
        self.healer.start()

    def when_cut_off(self, leader):
        leader.host.cut("world", "databases")
        self.heal_later(LONGER_THAN_LEASE_S)

    def when_database_fails_over(self, leader, silent=False):
        self.pair.lose_primary(silent)
        time.sleep(self.draw.uniform(0, 3))  # whoever decides on it takes a while
        self.pair.promote()
        self.heal_later(0)

    def when_database_host_gone(self, leader):
        self.when_database_fails_over(leader, silent=True)

    def when_database_restarts(self, leader):
        self.pair.primary.cut()
        self.pair.primary.start()
        self.pair.primary.wait("t")
        self.heal_later(0)

    def when_database_away(self, leader):
        self.pair.primary.cut()

        def back():
            self.pair.primary.start()
            self.pair.primary.wait("t")
            self.heal()
        self.healer = threading.Timer(LONGER_THAN_LEASE_S, back)
        self.healer.daemon = True
        self.healer.start()

    # ---- under Patroni ----
    def when_patroni_switches_over(self, leader):
        self.pair.switch_over()
        self.heal_later(0)

    def when_patroni_restarts(self, leader):
        self.pair.restart_primary()
        self.heal_later(0)

    def when_patroni_host_gone(self, leader):
        self.pair.lose_primary()
        self.heal_later(0)

    def when_patroni_host_and_leader_gone(self, leader):
        """One machine may have both."""
        leader.signal(signal.SIGKILL)
        self.when_patroni_host_gone(leader)

    def until_another_is_primary(self, mend):
        """For longer than Patroni's own lease."""
        before = self.pair.primaries()

        def mended():
            while not self.over.wait(0.5) and not any(m not in before for m in self.pair.primaries()):
                pass
            self.over.wait(self.draw.uniform(0, LONGER_THAN_LEASE_S))
            mend()
            self.heal()
        self.healer = threading.Thread(target=mended, daemon=True)
        self.healer.start()

    def when_patroni_frozen(self, leader):
        self.until_another_is_primary(self.pair.freeze_patroni())

    def when_patroni_cut_from_store(self, leader):
        self.until_another_is_primary(self.pair.cut_primary_from_store())

    def when_patroni_store_lost(self, leader):
        """Patroni makes its primary a standby: nothing can be written."""
        mend = self.pair.lose_store()

        def back():
            while not self.over.wait(0.5) and self.pair.primaries():
                pass
            self.over.wait(self.draw.uniform(0, LONGER_THAN_LEASE_S))
            mend()
            self.heal()
        self.healer = threading.Thread(target=back, daemon=True)
        self.healer.start()

    def when_clock_ahead(self, leader):
        leader.set_clock(HOUR_S)
        self.heal_later(0)

    def when_clock_behind(self, leader):
        leader.set_clock(-HOUR_S)
        self.heal_later(0)

    def others_clocks(self, leader, ahead_s):
        for instance in self.instances:
            if instance is not leader:
                instance.set_clock(ahead_s)

    def when_killed_and_clock_ahead(self, leader):
        self.others_clocks(leader, HOUR_S)
        self.when_killed(leader)

    def when_killed_and_clock_behind(self, leader):
        self.others_clocks(leader, -HOUR_S)
        self.when_killed(leader)

    # ---- the story ----
    def reaches(self, state):
        """The fault comes now, when it is this one's turn; a moment later where something is under way."""
        if state != self.state:
            return
        if state in ("approving", "ending"):
            time.sleep(self.draw.uniform(0, 0.8))
        self.break_it()

    def play(self):
        self.reaches("asking")
        self.until(lambda: self.says("ana", f"lift bakery for {WINDOW_S}s task billing because month end invoices", "asked for bakery"), self.r.card, "the request stands")
        self.wait(lambda: self.is_at("waiting", *ENDED), "it waits")
        self.reaches("waiting")
        if self.state == "approving":
            self.presses("ben", "approve", "approved")
            self.reaches("approving")
        self.until(lambda: self.presses("ben", "approve", "approved"), lambda: self.is_at("lifted", "restoring", *ENDED), "it is lifted, or not")
        lifted_at = time.monotonic()
        self.reaches("lifted")
        if self.state == "ending":
            self.presses("ana", "done", "done")
            self.reaches("ending")
        if self.state == "deadline":
            time.sleep(max(0, lifted_at + WINDOW_S + self.draw.uniform(-3, 1) - time.monotonic()))
            self.reaches("deadline")
        self.wait(lambda: self.is_at(*ENDED), "it ends")
        self.reaches("ended")
        self.wait(lambda: self.faulty is None, "the fault is over")
        self.serves_still()

    def serves_still(self):
        before = len(self.r.heard("dan"))
        self.until(lambda: self.says("dan", "status", "status"), lambda: len(self.r.heard("dan")) > before, "whoever leads answers")
        self.wait(lambda: self.r.state()["stax"]["root"], "the guardrail is on")
        self.wait(lambda: not any(what == "asked for orchard" for what, *_ in self.acked) or self.r.card("G-0002") or self.r.heard("cleo"),
                  "what somebody else asked for stands, or they were told why not")
        # By a clock that is an hour ahead they have appeared already.
        self.wait(lambda: "clock_ahead" in self.fault or not self.r.state()["slack"]["later"], "no message is left for the case that reguard falls silent")

        self.wait(lambda: not self.doubled(), "of two messages the one that is not on record is taken away")

    def doubled(self):
        keys = [m["key"] for m in self.r.channel() if m.get("key")]
        return len(keys) != len(set(keys))

    def end(self):
        """Everybody is asked to stop; what they leave is for the judge."""
        self.over.set()
        self.keeper.join()
        self.last_statuses = {i.name: i.end() for i in self.instances}

    def close(self, failed=False):
        if hasattr(self, "over"):
            self.over.set()
        for close in reversed(self.closes):
            try:
                close()
            except Exception:  # noqa: BLE001  the rest has to go, too
                pass
        if hasattr(self, "r"):
            self.r.close(failed)

    def record(self):
        """What is known from outside, for the judge and for whoever reads it later."""
        return {"seed": self.seed, "state": self.state, "fault": self.fault, "instances": self.count, "began_ms": self.began_ms, "healed_ms": self.healed_ms,
                "window_ms": WINDOW_S * 1000, "requests": self.r.requests(), "channel": self.r.channel(), "root": self.r.state()["stax"]["root"], "acked": self.acked,
                "told": [[*key, at] for key, at in self.told.items()], "led": self.pair.led(), "who": list(self.gate.who),
                "instances_by_pid": {str(pid): i.name for i in self.instances for pid in i.pids}, "addresses": {i.address: i.name for i in self.instances},
                "journal": [json.loads(line) for line in self.pair.primary.sql("SELECT row_to_json(j) FROM reguard.journal j ORDER BY seq").splitlines()],
                "copies": {i.name: self.r.cli("audit", "verify", "-c", i.conf) for i in self.instances if os.path.exists(i.dir + "/reguard.db")}, "statuses": {i.name: i.statuses for i in self.instances},
                "last_statuses": self.last_statuses,
                "heard": {person: self.r.heard(person) for person in ("ana", "ben", "cleo")}}
