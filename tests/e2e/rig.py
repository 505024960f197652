# SPDX-License-Identifier: Apache-2.0
"""The real bot against the sandbox, each in its own folder, driven from outside: people act through the sandbox's control
API, and everything that is asserted is what they, Slack or Stax would see. Closing a rig checks what must hold in every run."""
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

import canaries

ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS"
ADMIN_ROLE = "customer_admin"
# A loaded machine may be slow; a test never waits this long unless it fails.
USUAL_S = 45
PATIENCE_S = float(os.environ.get("E2E_PATIENCE", USUAL_S))
UNDER_VALGRIND = os.environ.get("E2E_VALGRIND") == "1"
STOP_S = 5.0
SLACK_IDS = {"ben": "U0BEN0001", "cleo": "U0CLEO001"}
PEOPLE = ("ana", "ben", "cleo", "dan", "gil", "eve")


class Failed(AssertionError):
    pass


class Skipped(Exception):
    """This machine cannot run the test; the text says why."""


def expect(condition, what, *details):
    if not condition:
        raise Failed(what + "".join("\n      " + str(d) for d in details))


def sanitized(build):
    """True of a build with SAN=1, which may count what runs, too."""
    return os.path.basename(os.path.abspath(build)).startswith("san")


def only_root_key(note):
    """True when a PUT's note names no other flag than the one."""
    return all(part.split(":")[0].strip() == ROOT_KEY for part in note.split(",")) if ":" in note else True


class Rig:
    writes_to_people = True  # the chat has direct messages

    def __init__(self, build, start=True, sandbox_args=(), **sections):
        self.build = os.path.abspath(build)
        self.dir = tempfile.mkdtemp(prefix="reguard-e2e-")
        self.bot = None
        self.logs = []
        self.said = []  # what the other words of the command line have printed
        self.closes = []  # called first when the rig is closed
        self.checks_flags = True
        self.checks_audit = True
        self.sandbox = subprocess.Popen([self.build + "/reguard-sandbox", "--dir", self.dir, *sandbox_args], stdout=subprocess.PIPE,
                                        stderr=open(self.dir + "/sandbox.log", "wb"), text=True)
        line = self.sandbox.stdout.readline()
        expect(line.startswith("{"), "the sandbox starts", line, self.tail("sandbox.log"))
        self.ports = json.loads(line)
        self.conf = self.dir + "/reguard.conf"
        self.configure(**sections)
        if start:
            self.start()

    # ---- life ----
    def configure(self, **sections):
        """Sets keys: configure(policy={"approvals": 2}, bot={"listen": ...}). None takes a key out."""
        with open(self.conf) as f:
            lines = f.read().split("\n")
        for section, keys in sections.items():
            for key, value in keys.items():
                lines = _with_key(lines, section, key, value)
        with open(self.conf, "w") as f:
            f.write("\n".join(lines))

    def start(self, wait=True):
        log = f"{self.dir}/bot.{len(self.logs)}.log"
        self.logs.append(log)
        before = self.state()["slack"]["hellos"] if wait else 0
        self.bot = subprocess.Popen(self.program(), stdin=subprocess.DEVNULL, stdout=open(log + ".out", "wb"), stderr=open(log, "wb"), env=self.environment())
        if wait:
            self.wait(lambda: self.state()["slack"]["hellos"] > before, "the bot connects")
            self.wait(lambda: any(r["operation"] == "stax.get_guardrails" for r in self.requests()), "the bot reads the guardrail")

    def program(self):
        return [*self.under(), self.build + "/reguard", "run", "-c", self.conf]

    def under(self):
        """What the daemon runs in: nothing, or valgrind, which writes down what it finds, also of one that is killed."""
        if not UNDER_VALGRIND:
            return []
        # A look-up that hangs is left behind with its thread, which is "possibly lost".
        return ["valgrind", "--quiet", "--vgdb=no", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect", f"--log-file={self.dir}/valgrind.%p"]

    def found_by_valgrind(self):
        return "".join(open(os.path.join(self.dir, name), errors="replace").read() for name in sorted(os.listdir(self.dir)) if name.startswith("valgrind."))

    def expect_clean_memory(self):
        found = self.found_by_valgrind()
        expect(not found, "valgrind finds nothing", found[:4000])

    def wait_known(self):
        """Its first read has been answered and handled: from then on the bot knows where the guardrail stands."""
        self.wait(lambda: (shown := self.told_status()).get("source") == "daemon" and shown["guardrail"] != "unknown", "the bot knows the guardrail")

    def told_status(self):
        return json.loads(self.cli("status", "--json", "-c", self.conf)[1] or "{}")

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}
        return keep

    def kill(self):
        self.bot.send_signal(signal.SIGKILL)
        self.bot.wait()

    def stop(self, number=signal.SIGTERM):
        begun = time.monotonic()
        self.bot.send_signal(number)
        try:
            status = self.bot.wait(timeout=STOP_S * 4)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed("the bot stops after SIGTERM", self.tail(self.logs[-1]))
        self.bot = None
        self.stop_took = time.monotonic() - begun
        return status

    def cli(self, *words, env=None, timeout=60):
        done = subprocess.run([self.build + "/reguard", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                              env={**self.environment(), **(env or {})})
        self.said.append((" ".join(["reguard", *words[:2]]), (done.stdout + done.stderr).encode()))
        return done.returncode, done.stdout, done.stderr

    def close(self, failed=False):
        for close in self.closes:
            close()
        try:
            if failed:
                return
            if self.bot and self.bot.poll() is None:
                self.keeps_secrets(canaries.of_process(self.bot.pid))
                status = self.stop()
                self.expect_clean_memory()
                expect(status == 0, f"the bot ends with 0 after SIGTERM, not {status}", self.tail(self.logs[-1]))
            self.check_always()
        finally:
            for process in (self.bot, self.sandbox):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
            if failed:
                print(f"      kept: {self.dir}")
            else:
                shutil.rmtree(self.dir, ignore_errors=True)

    def check_always(self):
        """What must hold at the end of every run, whatever happened in it."""
        self.expect_clean_memory()
        if self.checks_audit and os.path.exists(self.dir + "/state/reguard.db"):
            status, out, err = self.cli("audit", "verify", "-c", self.conf)
            expect(status == 0, "the audit chain verifies", out, err)
        for note in [r.get("note") or "" for r in self.requests() if r["operation"] == "stax.put_guardrails" and r["status"] == 200]:
            expect(not self.checks_flags or only_root_key(note), "no PUT changes another flag", note)
        if os.path.exists(self.dir + "/state/reguard.db"):
            for words in (("audit", "export"), ("status",), ("status", "--json")):
                self.cli(*words, "-c", self.conf)
        self.keeps_secrets([*canaries.left_in(self.dir), *self.said, *self.heard_by_all()])
        for log in self.logs:
            text = open(log, errors="replace").read()
            expect("ERROR: AddressSanitizer" not in text and "runtime error:" not in text and "LeakSanitizer" not in text, "no sanitizer report", text[-3000:])

    def keeps_secrets(self, artefacts):
        found = list(canaries.found(canaries.of_folder(self.dir), artefacts))
        expect(not found, "no secret in anything that is left", *found)

    def heard_by_all(self):
        """What stands in the chats and in mailboxes, as bytes."""
        for path in ("channel?format=json", "matrix/channel?format=json", "mail", *(f"private?person={name}" for name in PEOPLE)):
            yield f"the sandbox's {path}", json.dumps(self.call("GET", path), ensure_ascii=False).encode()

    def tail(self, name):
        path = name if name.startswith("/") else f"{self.dir}/{name}"
        with open(path, errors="replace") as f:
            return f.read()[-3000:]

    # ---- the sandbox's control API ----
    def call(self, method, path, body=None, may_fail=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["plain_port"], timeout=60)
        try:
            connection.request(method, "/sandbox/" + path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if not may_fail:
            expect(answer.status == 200, f"{method} /sandbox/{path} {json.dumps(body)}", answer.status, text)
        return json.loads(text) if text else {}

    def state(self):
        return self.call("GET", "state")

    def requests(self, operation=None):
        return [r for r in self.call("GET", "requests") if operation in (None, r["operation"])]

    def wait(self, condition, what, patience_s=USUAL_S):
        """Looks again at each change of the sandbox, and now and then, until the condition holds; returns what it returned. patience_s: as long
        as it may take where E2E_PATIENCE is the usual one."""
        end = time.monotonic() + patience_s * PATIENCE_S / USUAL_S
        while True:
            changes = self.state()["changes"]
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise Failed(f"waited in vain: {what}", self.text()[-2500:], self.tail(self.logs[-1]) if self.logs else "")
            expect(self.bot is None or self.bot.poll() is None, f"the bot lives while waiting: {what}", self.tail(self.logs[-1]) if self.logs else "")
            self.call("GET", f"wait?since={changes}&timeout_ms=300")

    # ---- people ----
    def command(self, person, text, **more):
        return self.call("POST", "command", {"person": person, "text": text, **more})

    def say(self, person, text, **more):
        return self.call("POST", "say", {"person": person, "text": text, **more})

    def click(self, person, action, case=None, **more):
        body = {"person": person, "action": action, **({"case": case} if case else {}), **more}
        self.wait(lambda: "acked" in self.call("POST", "click", body, may_fail=True), f"a button {action} to press")

    def react(self, person, case, reaction="white_check_mark", message=None, **more):
        on = {"ts": message["ts"]} if message else {"case": case}
        return self.call("POST", "react", {"person": person, "reaction": reaction, **on, **more})

    def submit(self, person, values):
        self.wait(lambda: self.private(person).get("modal"), f"a form is open for {person}")
        return self.call("POST", "submit", {"person": person, "values": values})

    def choose(self, person, field, values):
        """Chooses something in the open form, with these values in its fields."""
        return self.call("POST", "choose", {"person": person, "field": field, "values": values})

    def type(self, person, text, field="account"):
        """Types into the open form; what is offered, as text to value."""
        self.wait(lambda: self.private(person).get("modal"), f"a form is open for {person}")
        return {o["text"]["text"]: o["value"] for o in self.call("POST", "type", {"person": person, "field": field, "text": text}).get("options", [])}

    def form(self, person):
        """What the open form shows, as text; "" without one."""
        return json.dumps(self.private(person).get("modal") or "", ensure_ascii=False)

    def slack(self, **what):
        return self.call("POST", "slack", what)

    def stax(self, **what):
        return self.call("POST", "stax", what)

    def fault(self, operation, kind, **more):
        return self.call("POST", "fault", {"operation": operation, "kind": kind, **more})

    # ---- what is to be seen ----
    def channel(self):
        return self.call("GET", "channel?format=json")

    def text(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["plain_port"], timeout=60)
        connection.request("GET", "/sandbox/channel")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def private(self, person):
        return self.call("GET", "private?person=" + person)

    def heard(self, person):
        """Everything that only this person has been told, as one text."""
        p = self.private(person)
        return "\n".join(json.dumps(x, ensure_ascii=False) for x in p["ephemeral"] + p["responses"] + p["dm"])

    def card(self, case="G-0001"):
        found = [m for m in self.channel() if (m.get("key") or "").startswith(f"{case}-card-")]
        return found[-1] if found else None

    def card_state(self, case="G-0001"):
        card = self.card(case)
        return card["state"] if card else None

    def posts(self, words, case=None):
        """Messages but cards."""
        return [m for m in self.channel() if words.lower() in m["text"].lower() and case in (None, m.get("case")) and "-card-" not in (m.get("key") or "")]

    def mentions(self, message, person):
        return f"<@U0{person.upper()}0" in message["text"]

    def offers(self, message):
        """Whether there is something to press on it about its case, which asking anew is not."""
        return any(element["type"] in ("button", "overflow") and element["action_id"] != "again" for block in message["blocks"] or [] for element in block.get("elements", []))

    def wait_state(self, state, case="G-0001", patience_s=USUAL_S):
        self.wait(lambda: self.card_state(case) == state, f"{case} becomes {state}", patience_s)

    def wait_heard(self, person, words):
        self.wait(lambda: words.lower() in self.heard(person).lower(), f"{person} is told “{words}”; heard: {self.heard(person)[-600:]}")

    def wait_post(self, words, case=None, count=1):
        self.wait(lambda: len(self.posts(words, case)) >= count, f"a message with “{words}”")
        return self.posts(words, case)[-1]

    def wait_root(self, on):
        self.wait(lambda: self.state()["stax"]["root"] is on, f"the guardrail is {'on' if on else 'off'} in Stax")

    def puts(self):
        return [r for r in self.requests("stax.put_guardrails") if r["status"] == 200]

    def journal(self, case=None):
        """Kinds of the audit records, oldest first."""
        status, out, _ = self.cli("audit", "export", "-c", self.conf)
        expect(status == 0, "audit export works")
        records = [json.loads(line) for line in out.splitlines()]
        return [r for r in records if case in (None, r["case"])]

    def database(self):
        return sqlite3.connect(self.dir + "/state/reguard.db", timeout=20)

    # ---- whole stretches of a case ----
    def ask(self, person="ana", account="bakery", length="2m", more="task billing", case="G-0001", reason="month end invoices", confirm=True):
        self.command(person, f"lift {account} for {length} {more} because {reason}")
        self.wait_state("waiting", case)
        if confirm:
            self.click(person, "mailbox", case)

    def lift(self, case="G-0001", approver="ben", **more):
        self.ask(case=case, **more)
        self.click(approver, "approve", case)
        self.wait_state("lifted", case)

    def finish(self, person="ana", case="G-0001"):
        self.click(person, "done", case)
        self.wait_state("restored", case)


def press_alone(person, action, value, n):
    """What Slack sends when that person presses a button in what they alone see."""
    return json.dumps({"envelope_id": f"alone-{person}-{n}", "type": "interactive", "accepts_response_payload": True, "payload": {
        "type": "block_actions", "user": {"id": SLACK_IDS[person], "team_id": "T0SANDBOX"}, "trigger_id": "1.2.3",
        "container": {"type": "message", "message_ts": "1700000000.000200", "channel_id": "C0ROOTOPS", "is_ephemeral": True},
        "actions": [{"type": "button", "action_id": action, "value": value, "action_ts": f"{n}.000002"}]}})


def button_alone(r, person, action):
    """The value and the spoken label of that button in what was last told that person alone."""
    blocks = [b for x in r.private(person)["responses"] + r.private(person)["ephemeral"] for b in x.get("blocks", [])]
    found = [x for b in blocks for x in b.get("elements", []) if x.get("action_id") == action]
    return (found[-1]["value"], found[-1]["accessibility_label"]) if found else None


def _with_key(lines, section, key, value):
    at = next((i for i, line in enumerate(lines) if line.strip() == f"[{section}]"), None)
    if at is None:
        lines = lines + [f"[{section}]"]
        at = len(lines) - 1
    end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("[")), len(lines))
    body = [line for line in lines[at + 1:end] if not re.match(rf"\s*{re.escape(key)}\s*=", line)]
    added = [] if value is None else [f"{key} = {value}"]
    return lines[:at + 1] + added + body + lines[end:]
