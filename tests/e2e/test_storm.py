# SPDX-License-Identifier: Apache-2.0
"""What goes on for long or comes all at once: refreshes under load, refusals without an end, a process that stands still, a clock that jumps."""
import os
import signal
import struct
import subprocess
import threading
import time

from rig import ROOT_KEY, Rig, expect

REFRESHES = int(os.environ.get("E2E_REFRESHES", "10"))  # 1,000 take three quarters of an hour
YEAR_S = 31557600


def test_refreshes_under_load_lose_nothing(make):
    r = make()
    told, loads = [], 0

    def load():
        told.append(r.call("POST", "load", {"events": 200, "in_flight": 16, "text": "status", "users": 100}))
    for n in range(REFRESHES):
        hellos = r.state()["slack"]["hellos"]
        worker = threading.Thread(target=load)
        worker.start()
        loads += 1
        r.slack(disconnect="warning" if n % 2 else "refresh_requested")
        answer = r.command("dan" if n % 2 else "cleo", "status")
        expect(answer["acked"], f"the command in refresh {n} is acknowledged", answer)
        worker.join()
        r.wait(lambda: r.state()["slack"]["hellos"] > hellos and r.state()["slack"]["connections"] == 1, "a new connection says hello, and the old one ends")
    expect(r.state()["slack"]["retries"] == 0, "nothing had to be sent again", r.state()["slack"])
    expect(len(told) == loads and all(t["events"] == 200 for t in told), "everything that was sent meanwhile is acknowledged", told)
    r.lift()


# ---- refusals without an end ----

POLICY = {"mailbox_proof": "off", "min_window": "1s", "warn_before": "1s", "remind_overdue": "0s 2s 4s", "on_deadline": "restore"}


def lifted(r, length="3s", case="G-0001"):
    r.ask(length=length, case=case, confirm=False)
    r.click("ben", "approve", case)
    r.wait(lambda: [f for f in r.journal(case) if f["kind"] == "lifted"], "it is lifted")


def refused_while_the_window_ends(make, operations, **fault):
    """The end comes all the same; what was to be said comes when it is taken again."""
    r = make(policy=POLICY)
    lifted(r)
    for operation in operations:
        r.fault(operation, count=-1, **fault)
    r.wait_root(True)
    r.wait(lambda: [f for f in r.journal("G-0001") if f["kind"] == "restored"], f"the case is over on record ({fault})")
    r.call("POST", "fault", {"clear": True})
    r.wait_state("restored")
    r.wait_post("back ON", "G-0001")
    expect(len(r.puts()) == 2, "off once and on once", r.puts())


SLACK_CALLS = ("slack.chat.postMessage", "slack.chat.update", "slack.chat.postEphemeral", "slack.users.info", "slack.conversations.info",
               "slack.conversations.history", "slack.conversations.replies", "slack.reactions.get")


def test_storm_of_slow_down_holds_nothing_up(make):
    refused_while_the_window_ends(make, SLACK_CALLS, kind="status", status=429, retry_after=1)


def test_storm_of_gateway_errors_holds_nothing_up(make):
    for fault in ({"kind": "status", "status": 502}, {"kind": "body", "body": ""}, {"kind": "error", "error": "an_error_nobody_knows"}):
        refused_while_the_window_ends(make, SLACK_CALLS, **fault)


def test_storm_of_stax_errors_ends_in_a_restore(make):
    for fault in ({"status": 429, "retry_after": 1}, {"status": 503}):
        r = make(policy=POLICY)
        lifted(r)
        r.fault("stax.get_guardrails", "status", count=8, **fault)
        r.fault("stax.put_guardrails", "status", count=4, **fault)
        r.wait_state("restored")
        r.wait_root(True)


# ---- a process that stands still ----

def test_process_that_stood_still_past_the_end_restores_first(make):
    r = make(policy=POLICY)
    lifted(r, "5s")
    end_s = time.time() + 6
    r.bot.send_signal(signal.SIGSTOP)
    try:
        r.wait(lambda: time.time() > end_s, "the end passes unseen")
        expect(len(r.puts()) == 1, "nobody has restored", r.puts())
    finally:
        r.bot.send_signal(signal.SIGCONT)
    r.wait_state("restored")
    r.wait_root(True)
    expect(len(r.puts()) == 2, "off once and on once", r.puts())
    lifted(r, "2m", case="G-0002")


# ---- a clock that jumps ----

class Jumping(Rig):
    """A bot whose wall clock can be set; its monotonic clock goes on."""
    def environment(self):
        library, clock = self.dir + "/clock_shim.so", self.dir + "/clock"
        if not os.path.exists(clock):
            source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock_shim.c")
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
            with open(clock, "wb") as f:
                f.write(struct.pack("q", 0))
        kept = super().environment()
        options = kept.get("ASAN_OPTIONS", "")
        return {**kept, "LD_PRELOAD": library, "CLOCK_SHIM": clock, "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}

    def jump(self, ahead_s):
        with open(self.dir + "/clock", "r+b") as f:
            f.write(struct.pack("q", ahead_s))


def ends(r):
    """What a certificate does not hold for at that time is not trusted, and the log says so; with the clock's return the end is made up for."""
    r.wait(lambda: len(r.puts()) == 2 or "its certificate is not trusted" in r.tail(r.logs[-1]), "it restores, or says what is in the way", patience_s=90)
    if len(r.puts()) < 2:
        r.jump(0)
    r.wait_root(True)
    r.wait_state("restored")
    expect(len(r.puts()) == 2, "off once and on once", r.puts())


def test_clock_that_jumps_back_keeps_the_end(make):
    for back_s in (3600, 24 * 3600, YEAR_S, 10 * YEAR_S):
        r = make(of=Jumping, policy=POLICY)
        lifted(r)
        r.jump(-back_s)
        ends(r)


def test_clock_that_jumps_ahead_ends_the_window_and_revives_nothing(make):
    for ahead_s in (3600, 24 * 3600, YEAR_S, 10 * YEAR_S):
        r = make(of=Jumping, policy=POLICY)
        lifted(r, "10m")
        r.ask("cleo", "brewery", case="G-0002", confirm=False)
        r.jump(ahead_s)
        ends(r)
        r.wait(lambda: r.card_state("G-0002") == "expired", "the request is over")
        r.command("ben", "approve G-0002")
        r.wait(lambda: r.heard("ben"), "Ben is answered")
        expect(len(r.puts()) == 2, "nothing is lifted", r.puts())
