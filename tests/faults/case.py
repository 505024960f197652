# SPDX-License-Identifier: Apache-2.0
"""A whole case with the real program, which is started again whenever it ends, as its unit does it; and what must hold afterwards."""
import collections
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from plan import Plan  # noqa: E402
from rig import PATIENCE_S, Failed, Rig, expect  # noqa: E402

# As short as the settings allow: nearly all of a case's time is waiting.
QUICK = {"stax": {"poll_task": "100ms", "verify_gap": "100ms", "poll_lifted": "300ms", "poll_idle": "500ms", "request_timeout": "3s"}}
ACK_MS = 1500  # how long Slack waits before it sends the same again
ENDED = ("restored", "withdrawn", "expired", "failed", "declined", "refused")
ENDS_MOST = 40  # a process that ends that often is in a loop


class Ever:
    """The program, started again at once whenever it ends, by whatever; to a rig it is one process."""
    def __init__(self, start):
        self.start_one, self.lock, self.leaving = start, threading.Lock(), False
        self.most = ENDS_MOST
        self.ends = []  # exit statuses, and when each ended
        self.process = start()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    @property
    def pid(self):
        return self.process.pid

    def watch(self):
        while True:
            status = self.process.wait()
            with self.lock:
                if self.leaving:
                    return
                self.ends.append(status)
                if len(self.ends) > self.most:
                    return
                self.process = self.start_one()

    def poll(self):
        """It lives, until it has ended too often."""
        return self.ends[-1] if len(self.ends) > self.most else None

    def send_signal(self, number):
        with self.lock:
            self.leaving = number == signal.SIGTERM
            self.process.send_signal(number)

    def kill_one(self):
        """The one that runs; the next is started."""
        with self.lock:
            self.most += 1
            self.process.kill()

    def kill(self):
        with self.lock:
            self.leaving = True
            self.process.kill()

    def wait(self, timeout=None):
        return self.process.wait(timeout)


class Supervised(Rig):
    def __init__(self, build, shim, **sections):
        self.shim = shim
        self.acked = []  # what Slack had acknowledged
        self.before_exec = None
        super().__init__(build, start=False, **{**QUICK, **sections})
        self.plan = Plan(self.dir + "/plan")
        self.slack(ack_ms=ACK_MS)

    def start_one(self):
        log = f"{self.dir}/bot.{len(self.logs)}.log"
        errors = open(log, "wb")
        self.logs.append(log)
        loaded = {"LD_PRELOAD": self.shim, "FAULT_PLAN": self.plan.path, "FAULT_FOLDER": self.dir + "/state"} if self.shim else {}
        return subprocess.Popen([self.build + "/reguard", "run", "-c", self.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=errors, env={**self.environment(), **loaded}, preexec_fn=self.before_exec)

    def start(self, wait=True):
        self.bot = Ever(self.start_one)

    def heal(self):
        """No faults from now on."""
        self.plan.set(file_fails_at=0, alloc_fails_at=0, **{f"kill_at_{n}": 0 for n in range(16)})

    # ---- people: what was not acknowledged they do again, what was they wait for ----

    def do(self, path, body, came):
        """Until it has come. Acknowledged is acknowledged: it is not done again then."""
        end = time.monotonic() + PATIENCE_S
        while not came():
            expect(time.monotonic() < end, f"it can be done: {path} {json.dumps(body)}", self.text()[-1500:], self.tail(self.logs[-1]))
            refusals = self.refusals(body["person"])
            answer = self.call("POST", path, body, may_fail=True)
            if answer.get("acked"):
                self.acked.append((path, body, answer))
                self.wait(lambda: came() or self.refusals(body["person"]) > refusals, f"what was acknowledged happens: {path} {json.dumps(body)} ({answer})")
                self.look(came, 500)  # and was refused: while the disk is full
            if "acked" in answer and answer.get("envelope_id"):
                self.look(came, 2 * ACK_MS)  # Slack sends a command once more by itself
            else:
                self.look(came, 100)
        return True

    def refusals(self, person):
        return self.heard(person).lower().count("cannot write my records")

    def look(self, came, ms):
        end = time.monotonic() + ms / 1000
        while not came() and time.monotonic() < end:
            self.call("GET", f"wait?since={self.state()['changes']}&timeout_ms=100")

    def shows(self, *states, case="G-0001"):
        return lambda: self.card_state(case) in states

    def has(self, *kinds, case="G-0001"):
        return lambda: any(kind in kinds for kind in self.kinds(case))

    def kinds(self, case="G-0001"):
        """Of the records, read beside the program; none while there is no store."""
        if not os.path.exists(self.dir + "/state/reguard.db"):
            return []
        status, out, _ = self.cli("audit", "export", "-c", self.conf)
        records = [json.loads(line) for line in out.splitlines()] if status == 0 else []
        return [r["kind"] for r in records if r["case"] == case]

    # ---- the case ----

    def whole_case(self):
        """Asked anew when the first was refused, or its lift given up, for records that were lost meanwhile, as its asker is told."""
        if not self.case("G-0001"):
            expect(self.case("G-0002"), "a case that came to nothing is asked anew once", self.text()[-1500:])
        self.wait_root(True)

    def case(self, case):
        """Whether it came to its end; False when it was refused because nobody knows what was lost of it."""
        given_up = self.shows("refused", "failed", case=case)
        self.do("command", {"person": "ana", "text": "lift bakery for 2m task billing because month end"}, lambda: self.card_state(case))
        self.do("click", {"person": "ana", "action": "mailbox", "case": case}, lambda: not self.shows("waiting", case=case)() or self.confirmed(case))
        self.do("click", {"person": "ben", "action": "approve", "case": case},
                self.shows("approved", "lifting", "lifted", "restored", "refused", "failed", case=case))
        self.wait(self.shows("lifted", "restored", "refused", "failed", case=case), "it is lifted")
        if given_up():
            self.wait(lambda: self.posts("my records were in doubt", case), "it says why it came to nothing")
            return False
        self.do("click", {"person": "ana", "action": "done", "case": case}, self.shows("restoring", "restored", case=case))
        self.wait(self.shows("restored", case=case), "it is restored")
        return True

    def confirmed(self, case="G-0001"):
        return bool(self.posts("mail to the root mailbox can be read", case))

    # ---- what must hold ----

    def settle(self):
        """Everything that is open ends, and nothing waits to be said."""
        self.heal()
        for case in sorted({m["case"] for m in self.channel() if m.get("case")}):
            while (state := self.card_state(case)) not in ENDED:
                self.bring_on(case, state)
        self.wait(lambda: self.cli("status", "--json", "-c", self.conf)[0] in (0, 1) and not self.waiting(), "nothing waits to be said")

    def bring_on(self, case, state):
        """Towards its end; an approval that was acknowledged before may come while a request is taken back."""
        moved = lambda: self.card_state(case) != state  # noqa: E731
        if state == "waiting":
            self.do("command", {"person": self.asker(case), "text": f"withdraw {case}"}, moved)
        elif state in ("lifting", "lifted", "outside"):
            self.do("command", {"person": "ana", "text": f"done {case}"}, moved)
        else:
            self.wait(moved, f"{case} goes on from {state}")

    def asker(self, case):
        """Only whoever asked can withdraw."""
        said = self.card(case)["text"].lower()
        return next((p for p in ("ana", "ben", "cleo") if re.search(rf"\b{p}\b[^\n]{{0,40}} ask|requested by {p}\b", said)), "ana")

    def waiting(self):
        with self.database() as db:
            return db.execute("SELECT count(*) FROM outbox WHERE state = 0").fetchone()[0] + db.execute("SELECT count(*) FROM shown WHERE dirty").fetchone()[0]

    def check(self):
        """After the process has ended for good: acknowledged minus recovered is 0, nothing twice, nothing without its record."""
        records = self.journal()
        noted = {row[0] for row in self.database().execute("SELECT event_id FROM inbox")}
        for path, body, answer in self.acked:
            trigger = answer.get("trigger_id")
            if path == "command":
                expect(trigger and f"cmd:{trigger}" in noted, "what was acknowledged is in the store", body, answer)
        clicks = collections.Counter(body["action"] for path, body, _ in self.acked if path == "click")
        for action, count in clicks.items():
            there = sum(1 for i in noted if i.startswith("click:") and f":{action}:" in i)
            expect(there >= count, f"each acknowledged press of {action} is in the store", there, count)
        kinds = [r["kind"] for r in records]
        begun = [r for r in records if r["kind"] == "change_begun" and not r["data"].get("on")]
        approved = {r["case"] for r in records if r["kind"] == "approved"}
        lowering = [q for q in self.requests("stax.put_guardrails") if "-> off" in (q["note"] or "")]
        expect(self.state()["stax"]["lowered"] <= len(approved), "one approval lowers at most once", self.state()["stax"]["lowered"], kinds)
        expect(len(lowering) <= len(approved), "one approval sends at most one change that lowers", lowering, kinds)
        expect(len(lowering) <= len(begun), "no change without the record of its beginning", lowering, kinds)
        said = [m["key"] for m in self.channel() if m.get("key")]
        expect(len(said) == len(set(said)), "no message twice", sorted(k for k in said if said.count(k) > 1))
        for person in ("ana", "ben", "cleo"):
            told = [m["key"] for m in self.private(person)["dm"] if m.get("key")]
            expect(len(told) == len(set(told)), f"no message twice to {person}", told)

    def close(self, failed=False):
        try:
            super().close(failed)
        finally:
            if self.bot:
                self.bot.leaving = True

    def close_checked(self):
        self.settle()
        # One that has just been started again does not know the signal yet.
        self.wait(lambda: self.told_status().get("source") == "daemon", "it runs")
        self.bot.send_signal(signal.SIGTERM)
        status = self.bot.wait(timeout=20)
        expect(status == 0, f"the bot ends with 0 after SIGTERM, not {status}", self.tail(self.logs[-1]))
        self.bot = None
        self.check()
        self.close()


__all__ = ["Supervised", "Failed", "expect"]
