# SPDX-License-Identifier: Apache-2.0
"""An alarm that no chat takes: whoever [alarm] names hears of it by mail and by a program, once for each step, from reguard itself and from
its witness."""
import os

import rig
from rig import expect
from test_lost import take_away
from test_storm import Jumping
from test_trust import alter
from test_witness import GRACE_S, OVER_S, WINDOW_S, Witness, lifted

SUBJECT, OVER = "reguard: ALARM", "reguard: the alarm is over"
OF_WITNESS, OVER_OF_WITNESS = "reguard's witness: ALARM", "reguard's witness: the alarm is over"
STEP_S = 5 * 60


class Pager:
    """A program that writes down what it is told, and with what around it."""

    def __init__(self, r, more=""):
        self.path, self.told, self.around = r.dir + "/pager", r.dir + "/paged", r.dir + "/around"
        with open(self.path, "w") as f:
            f.write(f"#!/bin/sh\n/usr/bin/env >{self.around}\nls -l /proc/$$/fd | wc -l >>{self.around}\necho noise; echo noise >&2\n{more}\n"
                    f"cat >{self.told}.new; echo ==== >>{self.told}.new; cat {self.told}.new >>{self.told}\n")
        os.chmod(self.path, 0o700)

    def texts(self):
        if not os.path.exists(self.told):
            return []
        with open(self.told) as f:
            return f.read().split("====\n")[:-1]


def routes(r, pager, to="oncall@example.com, sec@example.com"):
    return {"mail": {"smtp_url": f"smtp://127.0.0.1:{r.ports['smtp_port']}", "from": "reguard@example.com"},
            "alarm": {"mail": to, "command": pager.path}}


def mailed(r, subject):
    return [m for m in r.call("GET", "mail") if subject in str(m)]


def test_reguard_tells_by_mail_and_program_while_no_chat_is_reached(make):
    r = lifted(make, of=Jumping)
    pager = Pager(r)
    r.configure(**routes(r, pager))
    r.kill()
    r.fault("slack.apps.connections.open", "error", error="internal_error", count=-1)
    r.start(wait=False)
    r.wait(lambda: "internal_error" in r.tail(r.logs[-1]), "the chat is not reached")
    r.jump(WINDOW_S + GRACE_S)
    r.wait(lambda: len(mailed(r, SUBJECT)) == 2 and len(pager.texts()) == 1, "mailed to both, and told to the program", patience_s=90)
    text = pager.texts()[0]
    for words in (SUBJECT, "root protection", "OFF", "G-0001", "I reach nobody in the chat", "reguard restore"):
        expect(words.lower() in text.lower(), f"it says “{words}”", text)
    with open(pager.around) as f:
        around = f.read()
    expect({line.split("=")[0] for line in around.split("\n") if "=" in line} <= {"PATH", "LANG", "PWD", "SHLVL", "_", "OLDPWD"}, "a clean environment", around)
    r.kill()
    r.start(wait=False)
    r.jump(WINDOW_S + GRACE_S + STEP_S + 10)
    r.wait(lambda: len(pager.texts()) == 2, "the next step, once, also over a restart", patience_s=90)
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": True})
    r.jump(WINDOW_S + GRACE_S + STEP_S + 90)
    r.wait(lambda: len(mailed(r, OVER)) == 2, "the end is told, too", patience_s=90)
    r.wait(lambda: len(pager.texts()) == 3, "to the program as well")
    expect(len(mailed(r, SUBJECT)) == 4, "twice to each of two", r.call("GET", "mail"))
    r.call("POST", "fault", {"clear": True})
    r.wait_post("Root protection is back ON")
    expect([f["kind"] for f in r.journal() if f["kind"] == "alarm_routed"] == ["alarm_routed"] * 3, "it is on record", r.journal())


def without_a_chat(r):
    r.fault("slack.apps.connections.open", "error", error="internal_error", count=-1)
    r.start(wait=False)
    r.wait(lambda: "internal_error" in r.tail(r.logs[-1]), "the chat is not reached")


def test_records_that_are_in_doubt_are_told_while_no_chat_is_reached(make):
    r = make(of=Jumping)
    r.checks_audit = False
    pager = Pager(r)
    r.configure(**routes(r, pager, to="oncall@example.com"))
    r.lift()
    r.finish()
    r.kill()
    alter(r, "UPDATE journal SET actor = 'mallory' WHERE kind = 'approved'")
    without_a_chat(r)
    r.jump(90)
    r.wait(lambda: len(pager.texts()) == 1 and len(mailed(r, SUBJECT)) == 1, "it is told by both", patience_s=90)
    for words in ("my records are in doubt since", "I reach nobody in the chat", "Root protection is ON"):
        expect(words.lower() in pager.texts()[0].lower(), f"it says “{words}”", pager.texts())
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", "a test of the alarm")
    expect(status == 0, "accepted", out, err)
    r.wait(lambda: len(mailed(r, OVER)) == 1 and len(pager.texts()) == 2, "the end is told", patience_s=90)
    r.call("POST", "fault", {"clear": True})


def test_records_that_cannot_be_written_are_told_while_no_chat_is_reached(make):
    r = make(of=Jumping)
    pager = Pager(r)
    r.configure(**routes(r, pager, to="oncall@example.com"))
    r.kill()
    without_a_chat(r)
    put_back = take_away(r)
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": False})  # somebody's lift from outside, which cannot be written down
    r.jump(90)
    r.wait(lambda: "I cannot write my records since" in "".join(pager.texts()), "it is told", patience_s=90)
    r.wait(lambda: "G-0001" in "".join(pager.texts()), "and what was found off", patience_s=90)
    put_back()
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": True})
    r.wait(lambda: mailed(r, OVER), "the end is told", patience_s=90)
    r.call("POST", "fault", {"clear": True})


def test_a_chat_that_is_connected_and_takes_no_message_reaches_nobody(make):
    """Neither in the channel nor one by one: the socket stands, and each message fails."""
    r = lifted(make, of=Jumping)
    pager = Pager(r)
    r.configure(**routes(r, pager, to="oncall@example.com"))
    r.kill()
    r.fault("slack.chat.postMessage", "error", error="internal_error", count=-1)
    r.start()
    r.jump(WINDOW_S + GRACE_S)
    r.wait(lambda: "slack.refused" in open(r.logs[-1]).read(), "messages to the channel fail", patience_s=90)
    r.jump(WINDOW_S + GRACE_S + 90)
    r.wait(lambda: len(pager.texts()) == 1 and len(mailed(r, SUBJECT)) == 1, "it is told by both", patience_s=90)
    expect("I reach nobody in the chat" in pager.texts()[0] and "G-0001" in pager.texts()[0], "and says why", pager.texts())
    r.call("POST", "fault", {"clear": True})
    r.wait_post("OVERDUE")


def test_a_program_that_hangs_or_may_not_be_run_holds_nothing_up(make):
    r = lifted(make, of=Jumping)
    pager = Pager(r)
    os.chmod(pager.path, 0o722)
    r.configure(**routes(r, pager, to="oncall@example.com"))
    r.kill()
    r.fault("slack.apps.connections.open", "error", error="internal_error", count=-1)
    r.start(wait=False)
    r.wait(lambda: "internal_error" in r.tail(r.logs[-1]), "the chat is not reached")
    r.jump(WINDOW_S + GRACE_S)
    r.wait(lambda: "others may write to it" in open(r.logs[-1]).read(), "it is not run, and the log says why", patience_s=90)
    r.wait(lambda: len(mailed(r, SUBJECT)) == 1, "mail goes out all the same")
    expect(not pager.texts(), "nothing was run")
    pager = Pager(r, more="sleep 1000 & wait")
    r.jump(WINDOW_S + GRACE_S + STEP_S + 10)
    r.wait(lambda: "did not end within 15 s" in open(r.logs[-1]).read(), "one that hangs is ended", patience_s=120)
    r.wait(lambda: len(mailed(r, SUBJECT)) == 2, "the second step, by mail")
    r.call("POST", "fault", {"clear": True})


def test_the_witness_tells_by_mail_and_program_where_the_chat_takes_nothing(make):
    r = lifted(make)
    r.kill()
    pager, w = Pager(r), Witness(r)
    w.configure(**routes(r, pager), bot={"state_dir": w.dir, "listen": ""})
    r.fault("slack.conversations.history", "error", error="internal_error", count=-1)
    r.fault("slack.chat.postMessage", "error", error="internal_error", count=-1)
    expect(w.look(60) == 1 and not pager.texts(), "a chat may be away for one look", w.out)
    expect(w.look(120) == 1 and len(pager.texts()) == 1 and len(mailed(r, OF_WITNESS)) == 2, "the second look tells", w.out)
    for words in ("root protection is OFF", "the chat cannot be read", "reguard restore", "witness"):
        expect(words in pager.texts()[0], f"it says “{words}”", pager.texts())
    w.look(180)
    w.look(240)
    expect(len(pager.texts()) == 1, "one step is told once", w.out, pager.texts())
    w.look(120 + STEP_S + 10)
    expect(len(pager.texts()) == 2 and len(mailed(r, OF_WITNESS)) == 4, "the next step", w.out, pager.texts())
    r.call("POST", "fault", {"clear": True})
    w.look(120 + STEP_S + 60)
    expect(len(pager.texts()) == 2, "the chat is there again: nothing by another way", w.out)
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": True})
    expect(w.look(OVER_S) == 0 and len(mailed(r, OVER_OF_WITNESS)) == 2 and len(pager.texts()) == 3, "the end is told", w.out, pager.texts())
    expect(w.look(OVER_S + 60) == 0 and len(pager.texts()) == 3, "once", w.out)


def test_check_says_whether_the_ways_can_be_used(make):
    r = make(start=False)
    pager = Pager(r)
    for mode, problem in ((0o700, None), (0o600, "may execute"), (0o722, "others may write")):
        os.chmod(pager.path, mode)
        r.configure(**routes(r, pager))
        _, out, err = r.cli("check", "-c", r.conf)
        expect("alarm: the ways of [alarm] can be used" in out if not problem else "[alarm] command" in out and problem in out, f"{mode:o}", out, err)
    expect(not pager.texts() and not r.call("GET", "mail"), "nothing is run or sent")
    for alarm, words in (({"mail": "nobody"}, "no list of mail addresses"), ({"command": "page"}, "no absolute path"), ({"command": "/nonexistent/page"}, "No such file")):
        r.configure(alarm={"mail": "", "command": "", **alarm})
        _, out, err = r.cli("check", "-c", r.conf)
        expect(words in out, f"check says “{words}”", out, err)
