# SPDX-License-Identifier: Apache-2.0
"""The second pair of eyes on another machine: `reguard witness` looks at the guardrail and at what reguard itself has said, alarms where
it is off and reguard is silent, puts it back where the rules say so, and never lowers anything. Its clock runs ahead where a test says
so, because silence counts in minutes."""
import json
import os
import re
import signal
import struct
import subprocess
import threading
import time

import rig
import room_rig
from rig import expect
from test_storm import Jumping

RULES = {"mailbox_proof": "off", "max_window": "4h", "remind_overdue": "0s 5m 15m", "dead_man": "off"}
WINDOW_S, GRACE_S = 30 * 60, 2 * 60
OVER_S = WINDOW_S + GRACE_S + 30
SILENT = "reguard is silent"
BACK = "The witness has restored root protection"


class Witness:
    """On a machine of its own: a configuration without state folder or socket, and a clock."""

    def __init__(self, r):
        self.r, self.dir, self.out = r, r.dir + "/elsewhere", ""
        os.mkdir(self.dir, 0o700)
        self.conf, self.clock, self.shim = self.dir + "/witness.conf", self.dir + "/clock", self.dir + "/clock_shim.so"
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock_shim.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim, source, "-ldl"], check=True)
        self.configure()
        self.ahead(0)

    def configure(self, **sections):
        with open(self.r.conf) as f:
            lines = f.read().split("\n")
        for section, keys in {"bot": {"state_dir": "/nonexistent/reguard", "listen": ""}, "slack": {"app_token_file": None}, **sections}.items():
            for key, value in keys.items():
                if value is not None or f"[{section}]" in lines:
                    lines = rig._with_key(lines, section, key, value)
        # Secrets stand beside the other file.
        lines = [re.sub(r"^(\w+_file\s*=\s*)(?!/)(\S+)$", rf"\g<1>{self.r.dir}/\2", line) for line in lines]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines))

    def ahead(self, seconds):
        with open(self.clock, "wb") as f:
            f.write(struct.pack("q", int(seconds)))

    def environment(self):
        options = self.r.environment().get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": self.shim, "CLOCK_SHIM": self.clock, "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}

    def look(self, ahead_s=0, *words):
        """One look that many seconds ahead of everybody else; its exit code."""
        self.ahead(ahead_s)
        status, self.out, err = self.r.cli("witness", "--once", "-c", self.conf, *words, env=self.environment(), timeout=400)
        self.out += err
        self.r.keeps_secrets([("what the witness prints", self.out.encode())])
        return status


def no_change_lowers(r, before):
    """What left since then."""
    for request in r.requests("stax.put_guardrails")[before:]:
        expect("off -> on" in (request.get("note") or "") or request["status"] != 200, "nothing but raising leaves", request)


def lifted(make, of=rig.Rig, options=None, **policy):
    """options: of the rig's own."""
    r = make(of=of, policy={**RULES, **policy}, **(options or {}))
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.wait_post("Root protection is OFF")
    return r


def test_alarms_once_for_each_step_when_the_host_is_gone(make):
    r = lifted(make)
    r.kill()
    w = Witness(r)
    for early in (0, WINDOW_S - 30, WINDOW_S + GRACE_S - 40):
        expect(w.look(early) == 1 and "nothing to do" in w.out, f"{early} s on there is time left", w.out)
    expect(not r.posts(SILENT), "nothing was said yet", r.text())
    expect(w.look(OVER_S) == 1, "it is off", w.out)
    first = r.wait_post(SILENT)
    for words in ("Root protection is OFF", "G-0001", "reguard restore", "Block non-centralized root user access"):
        expect(words.lower() in first["text"].lower(), f"it says “{words}”", first["text"])
    for person in ("ana", "ben"):
        expect(r.mentions(first, person), f"{person} is mentioned", first["text"])
    expect(not r.mentions(first, "dan"), "who is no Admin is not", first["text"])
    for again in (OVER_S + 5, OVER_S + 200):
        w.look(again)
        expect(len(r.posts(SILENT)) == 1, "one step is said once", w.out, r.text())
    w.look(OVER_S + 5 * 60)
    w.look(OVER_S + 5 * 60 + 20)
    expect(len(r.posts(SILENT)) == 2, "the next step is said, once", w.out, r.text())
    expect(not r.state()["stax"]["root"] and len(r.puts()) == 1, "it is reminded of, as the rules say", r.puts())
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": True})
    for after in (6, 7):
        expect(w.look(OVER_S + after * 60) == 0, "it is on", w.out)
    expect(len(r.posts("Root protection is back ON")) == 1, "the end of the alarm is said, once", r.text())


def test_puts_it_back_with_proof(make):
    r = lifted(make, on_deadline="restore")
    r.kill()
    w = Witness(r)
    before = len(r.requests("stax.put_guardrails"))
    expect(w.look(WINDOW_S) == 1 and not r.state()["stax"]["root"], "not before the end and the grace", w.out)
    expect(w.look(OVER_S) == 0 and "verified by two agreeing reads" in w.out, "put back", w.out)
    expect(r.state()["stax"]["root"], "it is on in Stax")
    said = r.wait_post(BACK)
    expect("G-0001" in said["text"] and r.mentions(said, "ben"), "the channel hears of it", said["text"])
    no_change_lowers(r, before)
    reads = [c["operation"] for c in r.requests()]
    after = len(reads) - 1 - reads[::-1].index("stax.put_guardrails")
    expect(reads[after:].count("stax.get_guardrails") >= 2, "two reads followed the change", reads[after:])
    expect(w.look(OVER_S + 60) == 0 and "nothing to do: root protection is ON" in w.out, "and that is the end of it", w.out)
    expect(len(r.posts(BACK)) == 1 and not r.posts(SILENT), "said once", r.text())


def test_takes_back_what_would_say_that_it_is_off(make):
    r = lifted(make, on_deadline="restore", dead_man="wanted")
    r.wait(lambda: len(r.state()["slack"]["later"]) == 5, "messages stand for later")
    r.kill()
    w = Witness(r)
    w.look(60)
    expect(len(r.state()["slack"]["later"]) == 5, "while there is time left they stay", w.out)
    expect(w.look(OVER_S) == 0 and "took back 5 messages" in w.out, "put back, and they are taken back", w.out)
    expect(not r.state()["slack"]["later"], "none will say that it may be off", r.state()["slack"]["later"])


def test_takes_back_what_would_say_that_it_is_off_in_a_room(make):
    r = lifted_in_a_room(make, on_deadline="restore", dead_man="wanted")
    r.wait(lambda: r.state()["matrix"]["later"], "messages stand for later")
    r.kill()
    w = Witness(r)
    expect(w.look(OVER_S) == 0, "put back", w.out)
    expect(not r.state()["matrix"]["later"], "none will say that it may be off", w.out)


def test_is_silent_as_long_as_reguard_lives(make):
    """Both clocks run ahead alike: before the end, overdue with a reminder at each step, and while somebody has asked for silence."""
    r = lifted(make, of=Jumping)
    w = Witness(r)

    def both(minutes):
        r.jump(minutes * 60)
        return w.look(minutes * 60)
    both(20)
    r.jump(31 * 60)
    r.wait_post("OVERDUE")
    for minutes in (33, 34):
        both(minutes)
    r.jump(36 * 60)
    r.wait(lambda: len(r.posts("OVERDUE")) == 2, "the next reminder")
    both(36)
    r.command("ana", "snooze G-0001 15m")
    r.wait(lambda: "snoozed" in r.text(), "silence is asked for")
    spoken = len(r.posts("OVERDUE"))
    r.jump(49 * 60)  # by the promise before, the next reminder was due at 46
    w.look(49 * 60)
    expect(len(r.posts("OVERDUE")) == spoken, "reguard itself is silent", r.text())
    expect(not r.posts(SILENT), "the witness says nothing while reguard is at work", w.out, r.text())


def test_agrees_with_reguard_on_its_return(make):
    r = lifted(make, of=Jumping, on_deadline="restore")
    r.kill()
    w = Witness(r)
    expect(w.look(OVER_S) == 0, "put back", w.out)
    r.jump(OVER_S + 60)
    r.start()
    r.wait_state("restored")
    puts = len(r.puts())
    record = [f for f in r.journal("G-0001") if f["kind"] == "witnessed"]
    expect(len(record) == 1, "what the witness did is on record, once", r.journal("G-0001"))
    expect("witness" in json.dumps(r.card()), "the card says who it was", r.card())
    expect(puts == 2, "nothing is changed twice", r.puts())
    expect(not r.posts("records are in doubt"), "the witness's words raise no doubt", r.text())


def forged(r, **payload):
    """As reguard writes it, but by somebody else."""
    now_ms = int(time.time() * 1000)
    whole = {"case": "G-0001", "state": "lifted", "key": "G-0001-card-slack", "record": 9, "hash": "0" * 64, "store": "00112233445566aa",
             "said": now_ms, "until": now_ms + 3600 * 1000, "speaks": now_ms + 3600 * 1000, **payload}
    return {"event_type": "reguard", "event_payload": whole}


def test_nobody_elses_words_count(make):
    r = lifted(make)
    r.kill()
    w = Witness(r)
    for bot in (False, True):
        r.say("dan", "Lifted until later", bot=bot, metadata=forged(r))
        r.say("dan", "said already", bot=bot, metadata=forged(r, vigil="alarm", store="", said=forged(r)["event_payload"]["said"] + OVER_S * 1000))
    w.look(OVER_S)
    expect(len(r.posts(SILENT)) == 1, "the alarm is said all the same", w.out, r.text())


def test_chat_cannot_be_read(make):
    r = lifted(make, on_deadline="restore")
    r.kill()
    w = Witness(r)
    r.fault("slack.conversations.history", "error", error="internal_error", count=-1)
    expect(w.look(OVER_S) == 1, "it is off", w.out)
    expect("alarm: root protection is OFF, and the chat cannot be read" in w.out, "whoever started it is told", w.out)
    expect(r.posts(SILENT), "and the channel, which takes posts", r.text())
    expect(not r.state()["stax"]["root"], "it may be within a window that cannot be seen")
    expect(w.look(5 * 3600) == 0 and r.state()["stax"]["root"], "off for longer than any window: put back", w.out)


def test_guardrail_cannot_be_read(make):
    r = lifted(make)
    r.kill()
    w = Witness(r)
    r.fault("stax.get_guardrails", "status", status=503, count=-1)
    expect(w.look(60) == 1 and "nothing to do" in w.out and not r.posts(SILENT), "within the window nothing is said", w.out)
    expect(w.look(OVER_S) == 1, "unknown", w.out)
    expect("cannot read root protection" in r.wait_post(SILENT)["text"], "the alarm says so", r.text())


def test_restore_that_fails_is_alarmed_and_tried_again(make):
    r = lifted(make, on_deadline="restore")
    r.kill()
    w = Witness(r)
    r.fault("stax.put_guardrails", "status", status=500, count=-1)
    expect(w.look(OVER_S) == 1 and "not restored yet" in w.out, "it cannot", w.out)
    expect("have tried to restore it" in r.wait_post(SILENT)["text"], "and says so", r.text())
    r.call("POST", "fault", {"clear": True})
    expect(w.look(OVER_S + 200) == 0 and r.state()["stax"]["root"], "the next look can", w.out)
    expect(len(r.posts(SILENT)) == 1, "one alarm for the one step", r.text())


def test_two_at_once_do_no_harm(make):
    r = lifted(make, on_deadline="restore")
    r.kill()
    before, first = len(r.requests("stax.put_guardrails")), Witness(r)
    first.ahead(OVER_S)
    looks = [threading.Thread(target=first.look, args=(OVER_S,)) for _ in range(2)]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    expect(r.state()["stax"]["root"], "it is on", r.text())
    no_change_lowers(r, before)
    expect(1 <= len(r.posts(BACK)) <= 2 and not r.posts(SILENT), "each says what it has seen", r.text())


def test_host_gone_before_anything_was_lifted(make):
    r = make(policy=RULES)
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.kill()
    w = Witness(r)
    for ahead in (0, OVER_S, 24 * 3600):
        expect(w.look(ahead) == 0 and "root protection is ON" in w.out, "it is on", w.out)
    expect(not r.posts(SILENT), "nothing is said")


def test_host_gone_while_it_lifts(make):
    r = make(policy={**RULES, "on_deadline": "restore"})
    r.fault("stax.put_guardrails", "lost", count=1)
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_root(False)
    r.wait_state("lifting")
    r.kill()
    w = Witness(r)
    expect(w.look(60) == 1 and "nothing to do" in w.out, "a lift is under way", w.out)
    expect(w.look(WINDOW_S * 2 + GRACE_S + 60) == 0 and r.state()["stax"]["root"], "and is put back when nothing comes of it", w.out)


def test_host_gone_while_it_restores(make):
    r = lifted(make, on_deadline="restore")
    r.fault("stax.put_guardrails", "status", status=503, count=-1)
    r.click("ana", "done", "G-0001")
    r.wait_state("restoring")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    w = Witness(r)
    expect(w.look(15 * 60) == 0 and r.state()["stax"]["root"], "the window would have had time left, and was ended", w.out)
    expect("G-0001" in r.wait_post(BACK)["text"], "whose it was is said", r.text())


def test_lifted_outside_and_nobody_there(make):
    r = make(policy={**RULES, "on_deadline": "restore"}, stax={"poll_idle": "1m"})
    r.kill()
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": False})
    w = Witness(r)
    expect(w.look(60) == 1 and "nothing to do" in w.out, "reguard would have a while to find it", w.out)
    expect(w.look(5 * 60) == 0 and r.state()["stax"]["root"], "then it is put back", w.out)


def test_daemon_looks_by_itself_and_ends_at_once(make):
    r = lifted(make, on_deadline="restore")
    r.kill()
    w = Witness(r)
    w.ahead(OVER_S)
    with open(w.dir + "/out", "wb") as out:
        daemon = subprocess.Popen([r.build + "/reguard", "witness", "--every", "1s", "-c", w.conf], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  env={**r.environment(), **w.environment()})
    r.closes.append(daemon.kill)
    r.bot = None
    r.wait(lambda: r.state()["stax"]["root"] and r.posts(BACK), "it puts it back")
    r.wait(lambda: open(w.dir + "/out").read().count("root protection is ON") >= 2, "and looks on")
    daemon.send_signal(signal.SIGTERM)
    expect(daemon.wait(timeout=rig.PATIENCE_S) == 0, "SIGTERM ends it")
    expect(len(r.posts(BACK)) == 1, "said once", r.text())
    expect(r.state()["slack"]["connections"] == 0, "it has no socket", r.state()["slack"])


def test_says_what_it_lacks(make):
    r = make()
    w = Witness(r)
    every = "app_mentions:read,chat:write,commands,channels:history,channels:read,users:read,reactions:read,im:history,im:write"
    r.slack(scopes=every.replace("channels:history,", ""))
    r.fault("slack.conversations.history", "error", error="missing_scope", count=-1)
    expect(w.look() == 78, "it cannot do its work", w.out)
    expect(sum("channels:history or groups:history" in line for line in w.out.splitlines()) == 1, "one sentence says why", w.out)
    r.call("POST", "fault", {"clear": True})
    r.slack(scopes=every)
    expect(w.look() == 0, "now it can", w.out)
    w.configure(store={"password_file": "/nonexistent/password", "url": "postgresql://nowhere.example.com/reguard"})
    expect(w.look() == 0, "what it does not use is not looked at", w.out)
    w.configure(slack={"bot_token_file": "/nonexistent/token"})
    expect(w.look() == 78 and "/nonexistent/token" in w.out, "a file that is missing is named", w.out)
    status, out, err = r.cli("witness", "--every", "2d", "-c", w.conf)
    expect(status == 64 and "--every" in err, "a pause that is too long is refused", out, err)


# ---- in a room ----

def lifted_in_a_room(make, chats=("matrix",), **policy):
    return lifted(make, room_rig.Room, {"chats": chats}, **policy)


def test_alarms_and_puts_back_in_a_room(make):
    r = lifted_in_a_room(make)
    r.kill()
    w = Witness(r)
    expect(w.look(60) == 1 and "nothing to do" in w.out, "there is time left", w.out)
    for again in (OVER_S, OVER_S + 60):
        expect(w.look(again) == 1, "it is off", w.out)
    first = r.wait_post(SILENT)
    expect(len(r.posts(SILENT)) == 1, "said once", r.text())
    expect({"@ana:sandbox.local", "@ben:sandbox.local"} <= set(first["content"]["m.mentions"]["user_ids"]), "the Admins are notified", first)
    w.configure(policy={"on_deadline": "restore"})
    expect(w.look(OVER_S + 120) == 0 and r.state()["stax"]["root"], "put back where the rules say so", w.out)
    r.wait_post(BACK)


def test_words_of_others_in_a_room_do_not_count(make):
    r = lifted_in_a_room(make)
    r.kill()
    w = Witness(r)
    r.inject(type="m.room.message", content={"msgtype": "m.notice", "body": "Lifted until later", "dev.reguard": forged(r)["event_payload"]})
    w.look(OVER_S)
    expect(len(r.posts(SILENT)) == 1, "the alarm is said all the same", w.out, r.text())


def test_one_chat_that_cannot_be_read_leaves_the_other(make):
    r = lifted_in_a_room(make, chats=("slack", "matrix"))
    r.kill()
    w = Witness(r)
    r.fault("slack.conversations.history", "error", error="internal_error", count=-1)
    expect(w.look(60) == 1 and "nothing to do" in w.out, "the room says that time is left", w.out)
    w.look(OVER_S)
    expect(len(r.posts(SILENT)) == 1, "said in the room", w.out, r.text())


def test_nothing_of_ours_goes_where_others_read(make):
    r = lifted(make)
    r.kill()
    w = Witness(r)
    r.slack(channel={"is_ext_shared": True})
    expect(w.look(OVER_S) == 78 and "shared with another organisation" in w.out, "whoever started it is told", w.out)
    expect(not r.posts(SILENT), "the channel is not", r.text())
