# SPDX-License-Identifier: Apache-2.0
"""Two processes with one set of tokens and different records, as when an old host was forgotten: the one with the older records goes
on, the other one stands aside and says so, and nothing is lifted twice or told as lifted outside. Slack hands each word and press
to only one of the two."""
import http.client
import json
import os
import shutil
import socket
import subprocess

import rig
import room_rig
from rig import expect

LIFT = "lift bakery for 2m task billing because month end invoices"
# Signs of life are ten seconds apart here, and three of them have to be missing.
SILENCE_S = 4 * rig.USUAL_S


class Health(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Host:
    """One more process of the rig's bot, with a state folder of its own."""

    def __init__(self, r, name):
        self.r, self.name, self.bot = r, name, None
        self.conf, self.socket, self.log = f"{r.dir}/{name}.conf", f"{r.dir}/{name}.health", f"{r.dir}/{name}.log"
        os.mkdir(f"{r.dir}/{name}", 0o700)
        shutil.copyfile(r.conf, self.conf)
        with open(self.conf) as f:
            lines = f.read().split("\n")
        lines = rig._with_key(lines, "bot", "state_dir", f"{r.dir}/{name}")
        lines = rig._with_key(lines, "bot", "listen", "unix:" + self.socket)
        with open(self.conf, "w") as f:
            f.write("\n".join(lines))
        r.closes.append(self.kill)

    def start(self):
        self.r.logs.append(self.log)  # looked through for secrets and reports of a sanitizer at the end
        with open(self.log, "ab") as log:
            self.bot = subprocess.Popen([self.r.build + "/reguard", "run", "-c", self.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                                        env=self.r.environment())
        self.r.wait(lambda: self.get("/healthz")[0] == 200, f"{self.name} runs")
        self.r.wait(lambda: not any(word in reason for word in ("no chat", "not been read") for reason in self.reasons()), f"{self.name} serves; {self.tail()}")

    def kill(self):
        if self.bot and self.bot.poll() is None:
            self.bot.kill()
            self.bot.wait()

    def get(self, path):
        try:
            health = Health(self.socket)
            health.request("GET", path)
            answer = health.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""

    def reasons(self):
        status, text = self.get("/readyz")
        return json.loads(text) if status else ["no answer"]

    def status(self):
        return json.loads(self.get("/status")[1] or "{}")

    def stands_aside(self):
        return self.status().get("stands_aside")

    def tail(self):
        with open(self.log, errors="replace") as f:
            return f.read()[-3000:]

    def journal(self):
        status, out, _ = self.r.cli("audit", "export", "-c", self.conf)
        return [json.loads(line)["kind"] for line in out.splitlines()] if status == 0 else []


def both_know(r, first, second):
    """The first one goes on, the second one stands aside."""
    r.wait(lambda: second.stands_aside(), f"the second one stands aside\n{second.status()}\n{second.tail()}")
    r.wait(lambda: first.status()["twin"], f"the first one knows of it\n{first.status()}\n{first.tail()}")
    expect(not first.stands_aside(), "the first one goes on", first.status())
    for host, words in ((first, "it stands aside"), (second, "stand aside: I lift nothing")):
        status, text = host.get("/readyz")
        expect(status == 503 and words in text, f"{host.name} says why it is not ready", text)
        status, out, _ = r.cli("status", "-c", host.conf)
        expect("NOT ALONE" in out and words in out, f"{host.name}'s status says it", out)
    for words in ("it stands aside", "I lift nothing and take no request until"):
        r.wait_post(words)
        told = [m for m in r.posts("Two reguards run here") if words in m["text"]]
        expect(len([m for m in told if (m.get("key") or "")[0] != "h"]) == 1, "it is told once", [(m.get("key"), m["text"]) for m in told])


def pair(make, second=True, of=rig.Rig, **options):
    r = make(of=of, start=False, **options)
    r.checks_audit = False
    hosts = Host(r, "first"), Host(r, "second")
    hosts[0].start()
    if second:
        hosts[1].start()
    return (r, *hosts)


def ask_the(r, host, person, words, heard):
    """Until Slack hands it to that one; each answers in its own words."""
    def answered():
        r.command(person, words)
        return heard.lower() in r.heard(person).lower()
    r.wait(answered, f"{host.name} answers “{heard}”; {r.heard(person)[-1500:]}", SILENCE_S)


def verifies(r, host):
    status, out, err = r.cli("audit", "verify", "-c", host.conf)
    expect(status == 0, f"the records of the {host.name} one are in order", out, err)


def over(r, host):
    r.wait(lambda: not host.status()["twin"], f"it is over for {host.name}\n{host.status()}", SILENCE_S)
    r.wait_post("counts as gone")
    expect(host.get("/readyz")[0] == 200, "it is ready again", host.reasons())
    verifies(r, host)


def test_second_started_beside_one_that_has_spoken(make):
    r, first, second = pair(make, second=False, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")
    second.start()
    both_know(r, first, second)
    ask_the(r, second, "ana", LIFT, "Its records are the older ones, so it goes on")
    expect("asked" not in second.journal(), "the second one has taken no request", second.journal())
    second.kill()
    over(r, first)
    r.command("ben", LIFT)
    r.wait(lambda: "asked" in first.journal()[-40:] and any(m.get("state") == "waiting" for m in r.channel()), "the first one takes requests")


def test_second_started_while_both_are_silent_is_found_by_the_count(make):
    r, first, second = pair(make)
    r.wait(lambda: any("another connection" in reason for reason in second.reasons()), f"the count tells {second.tail()}", SILENCE_S)
    r.wait_post("another connection with the same app token is open")
    both_know(r, first, second)
    first.kill()
    hellos = r.state()["slack"]["hellos"]
    r.slack(disconnect="refresh_requested")
    r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "it is counted anew")
    over(r, second)


def test_signs_of_life_are_seen_however_much_is_said(make):
    r, first, second = pair(make, second=False, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    second.start()
    both_know(r, first, second)
    for n in range(220):
        r.say("dan", f"so many words {n}")
    r.click("ana", "withdraw", "G-0001")
    ask_the(r, first, "cleo", LIFT.replace("bakery", "brewery"), "created for brewery")
    r.wait(lambda: len({m["key"] for m in r.channel() if (m.get("key") or "").startswith("h1-")}) >= 2, "both speak anew, where it is looked", SILENCE_S)
    # On a machine that stood still for some of the seconds one may have counted as gone: it is found again by what it says anew.
    r.wait(lambda: second.stands_aside() and first.status()["twin"], f"both know of each other\n{first.status()}\n{second.status()}", SILENCE_S)


def test_second_started_while_the_first_has_a_window_open(make):
    r, first, second = pair(make, second=False, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    second.start()
    both_know(r, first, second)
    reads = len(r.requests("stax.get_guardrails"))
    r.wait(lambda: len(r.requests("stax.get_guardrails")) > reads + 12, "both go on watching")
    expect("outside_found" not in second.journal(), "the other's window is no lift outside", second.journal())
    expect(not r.posts("switched OFF outside"), "and no alarm", r.text())

    def told():
        r.click("ana", "extend", "G-0001")
        return "not mine" in r.heard("ana")
    r.wait(told, "a press that Slack hands to the other one is answered in words", SILENCE_S)

    def ended():
        r.click("ana", "done", "G-0001")
        return r.state()["stax"]["root"]
    r.wait(ended, "done works, whichever of the two hears it", SILENCE_S)


def test_window_of_one_that_dies_is_an_alarm_of_the_other(make):
    r, first, second = pair(make, second=False, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT.replace("2m", "10m"))
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    second.start()
    both_know(r, first, second)
    first.kill()
    post = r.wait(lambda: r.posts("switched OFF outside"), "silence is an alarm", SILENCE_S)[0]
    expect("G-0001" in post["text"], "it names the window", post["text"])
    over(r, second)
    r.command("ana", "put-back")
    r.wait_root(True)
    r.wait(lambda: second.status()["cases"] == [], "the case is closed")
    case = f"G-{max(int(m['case'][2:]) for m in r.channel() if (m.get('case') or '').startswith('G-')) + 1:04d}"
    r.command("ana", LIFT)
    r.wait_state("waiting", case)
    r.click("ben", "approve", case)
    r.wait_state("lifted", case)
    r.click("ana", "done", case)
    r.wait_state("restored", case)


def test_a_lock_under_a_message_of_the_other_is_answered(make):
    r, first, second = pair(make, second=False, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    post = r.wait_post("Root protection is OFF", "G-0001")
    second.start()
    both_know(r, first, second)
    first.kill()
    r.react("ben", None, "lock", message=post)
    r.wait_heard("ben", "it may be of the other reguard")
    expect(not r.state()["stax"]["root"], "by which nothing is switched on")
    r.command("ben", "restore")
    r.wait(lambda: r.state()["stax"]["root"], "what it names does it")


def test_refresh_of_the_socket_tells_nothing(make):
    r, first, _ = pair(make, second=False)
    for n in range(6):
        hellos = r.state()["slack"]["hellos"]
        r.slack(disconnect="warning" if n % 2 else "refresh_requested")
        r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "a new connection says hello")
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection is ON")
    expect(first.reasons() == [] and not r.posts("connection"), "it is ready, and nothing was told", first.reasons(), r.text())


def test_second_in_the_room(make):
    r, first, second = pair(make, of=room_rig.Room, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    both_know(r, first, second)
    lifted = r.state()["stax"]["lowered"]
    case = r.wait(lambda: first.status()["cases"], "the first one has taken it")[0]["id"]
    r.command("ben", f"approve {case}")
    r.wait_root(False)
    expect(r.state()["stax"]["lowered"] == lifted + 1, "lifted once", r.text())
    expect("lifted" not in second.journal(), "by the first one", second.journal())
    asked = r.command("cleo", LIFT.replace("bakery", "brewery"))
    r.is_answered(asked, "Its records are the older ones, so it goes on")
    r.command("ana", "done")
    r.wait_root(True)
    first.kill()
    over(r, second)
