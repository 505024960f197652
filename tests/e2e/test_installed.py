# SPDX-License-Identifier: Apache-2.0
"""reguard as it is installed: the shipped unit, files in their places, the commands of the operator at three in the morning."""
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import socket
import subprocess

import machine
from rig import ROOT_KEY, Failed, expect
from ports import free_port
from test_operator import get

UNIT = os.path.join(machine.ROOT, "deploy/reguard.service")


# ---- the unit ----

def unit_keys():
    """(section, key) -> values, as systemd reads them."""
    keys, section = {}, None
    for line in open(UNIT):
        line = line.strip()
        if line.startswith("["):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            keys.setdefault((section, key), []).append(value)
    return keys


def test_the_unit_is_started_for_ever_and_takes_any_secret(make):
    keys = unit_keys()
    expect(keys.get(("Unit", "StartLimitIntervalSec")) == ["0"], "no limit on starts, in the section where systemd reads it", keys)
    expect(keys.get(("Service", "Restart")) == ["always"] and keys.get(("Service", "RestartSec")) == ["1"], "always again", keys)
    expect(keys.get(("Service", "RuntimeDirectoryPreserve")) == ["restart"], "failed starts are counted over restarts", keys)
    expect([v.split(":")[0] for v in keys.get(("Service", "SetCredential"), [])] == ["secrets"], "without that folder reguard starts all the same, and says what is missing", keys)
    expect(keys.get(("Service", "LoadCredential")) == ["secrets:/etc/reguard/secrets"], "the whole folder of secrets: a missing file of a chat that is not configured stops nothing", keys)
    expect(not any("StartLimit" in key for _, key in keys if (_, key) != ("Unit", "StartLimitIntervalSec")), "no other limit", keys)


def test_the_unit_is_understood_by_systemd(make):
    r = make(start=False)
    analyze = subprocess.run(["sh", "-c", "command -v systemd-analyze"], capture_output=True)
    if analyze.returncode:
        raise machine.Skipped("systemd-analyze is not installed")
    folder = os.path.dirname(UNIT)
    units = sorted(name for name in os.listdir(folder) if name.endswith((".service", ".timer")))
    for name in units:
        with open(os.path.join(folder, name)) as f:
            text = f.read().replace("/usr/bin/reguard", r.build + "/reguard")
        with open(os.path.join(r.dir, name), "w") as f:
            f.write(text)
    done = subprocess.run(["systemd-analyze", "verify", *(os.path.join(r.dir, name) for name in units)], capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr.strip(), "nothing to complain about", done.stdout, done.stderr)


def test_the_shipped_unit_serves_slack_matrix_and_both(make):
    r = make(start=False)
    with open(r.dir + "/reguard-both.conf") as f:
        with_mail = f.read().replace("from = reguard@example.com\n", "from = reguard@example.com\nusername = reguard\npassword_file = smtp-password\n")
    with open(r.dir + "/reguard-mail.conf", "w") as f:
        f.write(with_mail)
    m = machine.Machine(r, machine.installed_files(r, "reguard.conf"))
    for conf in ("reguard.conf", "reguard-matrix.conf", "reguard-both.conf", "reguard-mail.conf"):
        m.must("rm", "-r", "/etc/reguard/secrets")
        for path, (text, mode) in machine.installed_files(r, conf).items():
            m.put(path, text, mode)
        if "mail" in conf:
            m.put("/etc/reguard/secrets/smtp-password", "hunter2\n")
        before = r.state()
        m.must("systemctl", "start", "reguard.service")
        expect(m.show("ActiveState") == "active", f"{conf}: ready", m.show("ActiveState"))
        if "matrix" not in conf:
            r.wait(lambda: r.state()["slack"]["hellos"] > before["slack"]["hellos"], f"{conf}: Slack is served")
        if conf != "reguard.conf":
            r.wait(lambda: r.state()["matrix"]["syncs"] > before["matrix"]["syncs"], f"{conf}: the room is served")
        m.must("systemctl", "stop", "reguard.service")
        expect(m.show("Result") == "success", f"{conf}: ends cleanly", m.show("Result"))


def test_the_shipped_unit_never_gives_up(make):
    r = make(start=False)
    files = machine.installed_files(r, "reguard.conf")
    missing = files.pop("/etc/reguard/secrets/slack-app-token")
    m = machine.Machine(r, files)
    m.do("systemctl", "start", "reguard.service")
    # Systemd's own limit, five in ten seconds, would be reached here.
    m.wait(lambda: int(m.show("NRestarts")) >= 6 or m.show("ActiveState") == "failed", "it is started again and again")
    expect(m.show("ActiveState") == "activating", "and is not given up", m.show("ActiveState"), m.show("Result"))
    failed = m.must("cat", "/run/reguard/failed-starts")
    expect(len(failed) >= 6, "each failed start is counted, also over restarts", failed)
    m.put("/etc/reguard/secrets/slack-app-token", *missing)
    m.must("systemctl", "restart", "reguard.service")
    expect(m.show("ActiveState") == "active", "mended and told to, it starts at once", m.show("ActiveState"))


def test_without_the_folder_of_secrets_the_unit_pauses_and_tries_on(make):
    """Systemd itself would fail such a start each second (243, CREDENTIALS), and nobody would say what is missing."""
    r = make(start=False)
    files = machine.installed_files(r, "reguard.conf")
    secrets = {path: files.pop(path) for path in list(files) if path.startswith("/etc/reguard/secrets/")}
    m = machine.Machine(r, files)
    m.do("systemctl", "start", "--no-block", "reguard.service")
    counted = lambda: len(m.do("cat", "/run/reguard/failed-starts")[1])
    m.wait(lambda: counted() >= 3, "reguard itself has counted failed starts")
    expect(m.show("ExecMainStatus") == "78" or "waits" in m.show("StatusText"), "bad configuration, and a pause that grows", m.show("ExecMainStatus"), m.show("StatusText"))
    told = m.must("cat", "/run/reguard.log")
    expect("[slack] app_token_file: there is no " in told and "/etc/reguard/secrets/slack-app-token" in told, "and what is missing, with every place", told)
    for path, (text, mode) in secrets.items():
        m.put(path, text, mode)
    m.wait(lambda: m.show("ActiveState") == "active", "with the secrets it starts by itself")


def test_a_reload_of_the_shipped_unit(make):
    r = make(start=False)
    files = machine.installed_files(r, "reguard.conf")
    m = machine.Machine(r, files)
    m.must("systemctl", "start", "reguard.service")
    text, mode = files["/etc/reguard/reguard.conf"]
    told = lambda: m.must("cat", "/run/reguard.log")
    m.put("/etc/reguard/reguard.conf", text.replace("approvals = 1", "approvals = 2"), mode)
    m.must("systemctl", "reload", "reguard.service")
    m.wait(lambda: 'setting="[policy] approvals" old="1" new="2"' in told(), "the new rule is in force")
    expect("config.copies" in told(), "and that secrets are systemd's copies is said", told())
    m.put("/etc/reguard/reguard.conf", text.replace("approvals = 1", "approvals = many"), mode)
    m.must("systemctl", "reload", "reguard.service")
    m.wait(lambda: "config.refused" in told(), "a broken file is refused")
    m.wait(lambda: m.show("ActiveState") == "active", "and reguard goes on")
    pid = m.show("MainPID")
    m.put("/etc/reguard/reguard.conf", text, mode)
    r.slack(tokens={"app": "xapp-of-this-test", "bot": "xoxb-of-this-test"})
    m.put("/etc/reguard/secrets/slack-app-token", "xapp-of-this-test")
    m.put("/etc/reguard/secrets/slack-bot-token", "xoxb-of-this-test")
    before = r.state()["slack"]["hellos"]
    m.must("systemctl", "restart", "reguard.service")
    r.wait(lambda: r.state()["slack"]["hellos"] > before, "a restart takes the new tokens")
    expect(m.show("MainPID") != pid, "it is another process")


def test_a_start_after_failed_ones_waits_longer_each_time(make):
    r = make(start=False, bot={"state_dir": "/nowhere"})
    os.mkdir(r.dir + "/run")
    counted = r.dir + "/run/failed-starts"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(r.dir + "/notify.sock")
    server.settimeout(30)
    environment = {"RUNTIME_DIRECTORY": r.dir + "/run", "NOTIFY_SOCKET": r.dir + "/notify.sock"}
    for _ in range(2):
        status, _, err = r.cli("run", "-c", r.conf, env=environment)
        expect(status == 1 and "/nowhere" in err, "fails", status, err)
    expect(os.path.getsize(counted) == 2, "each failed start is counted")
    for failed, seconds in ((2, 1), (3, 2), (6, 16), (9, 30), (16, 30)):
        with open(counted, "w") as f:
            f.write("x" * failed)
        bot = subprocess.Popen([r.build + "/reguard", "run", "-c", r.conf], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**r.environment(), **environment})
        told = server.recv(4096).decode()
        expect(told == f"STATUS=waits {seconds} s after {failed} failed starts", "says how long it waits", told)
        bot.send_signal(signal.SIGTERM)
        expect(bot.wait(timeout=20) == 0 and not os.path.exists(counted), "told to stop, it stops, and the next start begins anew")
    server.close()


# ---- restore and status, when the daemon is dead or frozen ----

def fill_control(r):
    """What nobody reads stays in the socket's queue; a full one must block nobody."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.setblocking(False)
        s.connect(r.dir + "/state/control.sock")
        try:
            while True:
                s.send(b"status")
        except BlockingIOError:
            pass


def test_a_frozen_daemon_holds_no_restore_back(make):
    r = make()
    r.lift()
    for queue_is_full in (False, True):
        r.bot.send_signal(signal.SIGSTOP)
        if queue_is_full:
            r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
            fill_control(r)
        status, out, err = r.cli("restore", "-c", r.conf, "--why", "the daemon is frozen")
        expect(status == 0 and "no sign of life" in out, "it says so and acts itself", status, out, err)
        expect(r.state()["stax"]["root"] is True, "the guardrail is on")
        r.bot.send_signal(signal.SIGCONT)
        r.wait_state("restored")


def test_a_daemon_that_freezes_after_it_was_asked_holds_no_restore_back(make):
    r = make()
    r.lift()
    r.fault("stax.put_guardrails", "status", status=409, count=-1)
    asking = subprocess.Popen([r.build + "/reguard", "restore", "-c", r.conf, "--why", "watched through a pipe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=r.environment())
    line = asking.stdout.readline()
    expect("asked the running reguard" in line and asking.poll() is None, "progress shows on a pipe while it waits", line)
    r.bot.send_signal(signal.SIGSTOP)
    r.call("POST", "fault", {"clear": True})
    out, err = asking.communicate(timeout=60)
    expect(asking.returncode == 0 and "no sign of life" in out and r.state()["stax"]["root"] is True, "it does not wait for a sentence that is false", out, err)
    r.bot.send_signal(signal.SIGCONT)
    r.wait_state("restored")


def test_nobody_answers_in_the_daemons_place(make):
    r = make()
    r.bot.send_signal(signal.SIGSTOP)
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    known = set(re.findall(r"(@\S+)$", open("/proc/net/unix").read(), re.M))
    asking = subprocess.Popen([r.build + "/reguard", "status", "--json", "-c", r.conf], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=r.environment())
    address = r.wait(lambda: set(re.findall(r"(@[0-9a-f]{5})$", open("/proc/net/unix").read(), re.M)) - known, "it waits for the answer")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as forger:
        for name in address:
            with contextlib.suppress(OSError):
                forger.sendto(b'{"guardrail":"on","lately":true,"cases":[]}', b"\0" + name[1:].encode())
    out, _ = asking.communicate(timeout=60)
    r.bot.send_signal(signal.SIGCONT)
    expect(asking.returncode == 1 and json.loads(out)["source"] == "stax", "what another process sends is no answer", out)


def test_a_restore_needs_little_of_the_configuration(make):
    r = make()
    r.lift()
    r.stop()
    with open(r.conf) as f:
        good = f.read()
    broken = good.replace("approvals = 1", "approvals = many\ncolour = red").replace("poll_idle = 2s", "poll_idle = never").replace("team = T0SANDBOX", "") \
        .replace("remind_overdue = 0s 10s 20s 30s", "remind_overdue =").replace("poll_task = 200ms", "poll_task = never") + "\nzoe = nobody\n[nonsense]\nthis is no line\n"
    with open(r.conf, "w") as f:
        f.write(broken.replace("slack-bot-token", "gone"))
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "somebody has edited it")
    expect(status == 0 and r.state()["stax"]["root"] is True, "put back", status, out, err)
    for words in ("approvals", "colour", "poll_idle", "poll_task", "team", "remind_overdue", "zoe", "nonsense", "neither a section"):
        expect(words in err, f"every error is told: {words}", err)
    for key in ("organisation", "secret_key_file"):
        with open(r.conf, "w") as f:
            f.write(re.sub(f"^{key} = .*$", "", good, flags=re.M))
        status, _, err = r.cli("restore", "-c", r.conf, "--why", "nothing works without it")
        expect(status == 78 and key in err, f"it cannot do without {key}", status, err)
    with open(r.conf, "w") as f:
        f.write(good)
    r.start()
    r.wait_state("restored")


def test_checked_is_never_the_time_of_a_failed_attempt(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    r.lift()
    r.fault("stax.get_guardrails", "status", status=403, count=-1)

    def asked():
        live = json.loads(get(port, "/status")[1])
        return live["guardrail"] == "unknown" and live

    first = r.wait(asked, "it is unknown")
    before = len(r.requests("stax.get_guardrails"))
    r.wait(lambda: len(r.requests("stax.get_guardrails")) > before + 1, "it has tried again")
    then = json.loads(get(port, "/status")[1])
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    told = json.loads(out)
    expect(first["checked_at"] == then["checked_at"] == told["checked_at"], "the last time that it was known", first, then, told)
    expect(told["last_known"] == then["last_known"] == "off" and "403" in then["why"] and "403" in told["why"], "what was known, and why it is unknown now", then, told)
    expect(status == 1, "unknown is not on")
    at = re.search(r"reguard_guardrail_checked_seconds (\d+)", get(port, "/metrics")[1])[1]
    expect(int(at) == int(datetime.datetime.fromisoformat(told["checked_at"].replace("Z", "+00:00")).timestamp()), "the metric too", at, told)
    ready = r.wait(lambda: get(port, "/readyz")[0] == 503 and get(port, "/readyz")[1], "not ready after two intervals")
    expect("403" in ready, "with the reason", ready)
    _, out, _ = r.cli("status", "-c", r.conf)
    expect("last seen OFF" in out and "403" in out, "in words", out)
    r.command("ana", "status")
    r.wait(lambda: "last seen OFF" in r.heard("ana") and "403" in r.heard("ana"), "in the chat, too")
    r.call("POST", "fault", {"clear": True})


def test_knowledge_that_is_too_old_is_said_to_be(make):
    port = free_port()
    r = make(start=False, bot={"listen": f"127.0.0.1:{port}"}, stax={"request_timeout": "60s"})
    r.fault("stax.get_guardrails", "delay", delay_ms=20000, count=-1)
    r.start()
    live = json.loads(get(port, "/status")[1])
    expect(live["guardrail"] == "unknown" and live["why"] == "not read yet" and live["checked_at"] is None and live["age_ms"] is None, "never read: no time and no age", live)
    r.call("POST", "fault", {"clear": True})
    r.wait_known()
    r.fault("stax.get_guardrails", "delay", delay_ms=60000, count=-1)
    told = r.wait(lambda: (s := r.told_status())["lately"] is False and s, "no answer for two intervals")
    expect(told["guardrail"] == "on" and told["age_ms"] > 0 and "two intervals" in told["why"], "with its age, and why it does not count", told)
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(status == 1 and "a running reguard answers" in out and "two intervals" in out, "in words", status, out)
    ready = get(port, "/readyz")
    expect(ready[0] == 503 and "two intervals" in ready[1], "not ready", ready)
    r.call("POST", "fault", {"clear": True})


def waits(r):
    """`restore` that is waiting, and what it prints."""
    asking = subprocess.Popen([r.build + "/reguard", "restore", "-c", r.conf, "--why", "Stax has trouble"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=r.environment())
    told = []
    for line in asking.stdout:
        told.append(line)
        if "still waiting" in line:
            return asking, "".join(told)
    raise Failed("it tells that it waits", told)


def test_a_restore_that_waits_says_why(make):
    for alone in (False, True):
        r = make()
        r.lift()
        if alone:
            r.kill()
        r.fault("stax.get_guardrails", "status", status=403, count=-1)
        r.fault("stax.put_guardrails", "status", status=403, count=-1)
        asking, told = waits(r)
        expect("root protection is unknown: " in told and "403" in told, f"with the reason, {'by itself' if alone else 'from the daemon'}", told)
        r.call("POST", "fault", {"clear": True})
        rest = asking.communicate(timeout=120)[0]
        expect(asking.returncode == 0 and "on: verified" in rest, "and goes on", told, rest)
        if alone:
            r.start()
        r.wait_state("restored")


# ---- by whom ----

SERVICE, STRANGER = 65534, 65533


class Installed:
    """`make install`, /etc/reguard with its secrets/, and a state folder of the service's user, in a folder of their own."""

    def __init__(self, r):
        if os.geteuid() != 0:
            raise machine.Skipped("several users need root")
        self.r, self.root = r, r.dir + "/installed"
        machine.install(r.build, self.root)
        self.reguard = self.root + "/usr/bin/reguard"
        self.state = self.root + "/var/lib/reguard"
        os.makedirs(self.state)
        for path, (text, mode) in machine.installed_files(r, "reguard.conf", bot={"state_dir": self.state}).items():
            machine.write(self.root + path, text, mode)
        self.conf = self.root + "/etc/reguard/reguard.conf"
        os.chmod(self.root + "/etc/reguard/secrets", 0o700)
        os.chmod(r.dir, 0o711)
        os.chmod(self.state, 0o700)
        for folder in (self.state, self.root + "/etc/reguard/secrets"):
            os.chown(folder, SERVICE, SERVICE)
            for name in os.listdir(folder):
                os.chown(f"{folder}/{name}", SERVICE, SERVICE)

    def run(self, *words, uid):
        done = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", self.reguard, *words, "-c", self.conf], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=90, env=self.r.environment())
        return done.returncode, done.stdout, done.stderr

    def start(self):
        before = self.r.state()["slack"]["hellos"]
        log = self.r.dir + f"/installed.{len(self.r.logs)}.log"
        self.r.logs.append(log)
        self.r.bot = subprocess.Popen(["setpriv", f"--reuid={SERVICE}", f"--regid={SERVICE}", "--clear-groups", self.reguard, "run", "-c", self.conf],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(log, "wb"), env=self.r.environment())
        self.r.wait(lambda: self.r.state()["slack"]["hellos"] > before, "the bot connects")

    def known(self):
        return "by the running reguard" in self.run("status", uid=SERVICE)[1]

    def owners(self):
        return {os.lstat(f"{self.state}/{name}").st_uid for name in [".", *os.listdir(self.state)]}


def test_the_operators_commands_work_as_installed_for_the_owner_and_for_root(make):
    r = make(start=False)
    i = Installed(r)
    for uid in (SERVICE, 0):
        i.start()
        r.wait(i.known, "the bot knows the guardrail")
        for words in (("check",), ("status",)):
            status, out, err = i.run(*words, uid=uid)
            expect(status == 0, f"{words[0]} as {uid}", status, out, err)
        case = "G-0001" if uid == SERVICE else "G-0002"
        r.lift(case=case)
        r.kill()
        status, out, err = i.run("status", uid=uid)
        expect(status == 1 and "none runs" in out and case in out, f"status as {uid} with the daemon dead", status, out, err)
        status, out, err = i.run("restore", "--why", "three in the morning", uid=uid)
        expect(status == 0 and r.state()["stax"]["root"] is True, f"restore as {uid} with the daemon dead", status, out, err)
        expect("without a record" not in out, "with its record", out)
        status, out, err = i.run("status", uid=uid)
        expect(status == 0 and "root protection: ON" in out, f"on, by a read, as {uid}", status, out, err)
        expect(i.owners() == {SERVICE}, f"everything is still the service's, after {uid}", i.owners())
        i.start()
        r.wait_state("restored", case)
        r.stop()
    r.bot = None


def test_history_as_installed_for_the_owner_and_for_root(make):
    r = make(start=False)
    i = Installed(r)
    i.start()
    r.lift()
    for running in (True, False):
        for uid in (SERVICE, 0):
            status, out, err = i.run("history", uid=uid)
            expect(status == 0 and "G-0001" in out, f"as {uid}, {'beside a' if running else 'without a'} daemon", status, out, err)
            status, out, err = i.run("history", "G-0001", uid=uid)
            expect(status == 0 and "approved" in out, f"one case as {uid}", status, out, err)
            expect(i.owners() == {SERVICE}, f"everything is still the service's, after {uid}", i.owners())
        status, out, err = i.run("history", uid=STRANGER)
        expect(status == 1 and "reguard.db" in err, "a stranger is told what cannot be read", status, out, err)
        if running:
            r.finish()
            r.stop()
            there = sorted(os.listdir(i.state))
    expect(sorted(os.listdir(i.state)) == there, "nothing was made there", there, os.listdir(i.state))


def test_root_in_an_empty_state_folder_leaves_nothing_of_its_own(make):
    r = make(start=False)
    i = Installed(r)
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    status, out, err = i.run("restore", "--why", "before the first start", uid=0)
    expect(status == 0 and r.state()["stax"]["root"] is True, "put back", status, out, err)
    expect(os.listdir(i.state) and i.owners() == {SERVICE}, "what it made is the service's", os.listdir(i.state), i.owners())
    i.start()
    expect(r.stop() == 0, "which starts on it")


def test_a_stranger_is_told_whose_it_is(make):
    r = make(start=False)
    i = Installed(r)
    i.start()
    status, out, err = i.run("status", uid=STRANGER)
    expect(status == 1 and "only root and its owner may ask" in out and "unknown" in out, "status says what it may not do", status, out, err)
    status, out, err = i.run("restore", "--why", "no right to", uid=STRANGER)
    expect(status == 78 and "only root and the file's owner may read it" in err, "restore too", status, out, err)
    status, out, err = i.run("check", uid=STRANGER)
    expect(status == 78 and "Permission denied" in err, "check too", status, out, err)
    expect(i.owners() == {SERVICE}, "and nothing has changed", i.owners())


def test_a_missing_secret_is_bad_configuration_and_names_every_place(make):
    r = make(start=False)
    i = Installed(r)
    os.remove(i.root + "/etc/reguard/secrets/stax-secret-key")
    folder = i.root + "/etc/reguard/"
    for words in (("run",), ("check",), ("restore", "--why", "x")):
        status, out, err = i.run(*words, uid=0)
        expect(status == 78 and folder + "stax-secret-key nor " + folder + "secrets/stax-secret-key" in err and "secret_key_file" in err, f"{words[0]} names both places", status, out, err)
    status, out, err = i.run("status", uid=0)
    expect(status == 1 and "secrets/stax-secret-key" in out, "status is unknown for that reason", status, out, err)
    machine.write(folder + "secrets/stax-secret-key", "x", 0o644)
    for words in (("run",), ("check",), ("restore", "--why", "x")):
        status, _, err = i.run(*words, uid=0)
        expect(status == 78 and "can be read by group or others" in err, f"{words[0]} refuses one that others can read", status, err)


def test_restore_beside_the_shipped_unit_changes_no_owner(make):
    r = make(start=False)
    m = machine.Machine(r, machine.installed_files(r, "reguard.conf"))
    m.must("systemctl", "start", "reguard.service")
    owners = m.owners("/var/lib/private/reguard")
    expect(len(owners) == 1 and owners != {"0"}, "the state folder is the unit's own user's", owners)
    r.wait(lambda: r.state()["slack"]["hellos"], "Slack is served")
    r.lift()
    status, out, err = m.do("reguard", "status")
    expect(status == 1 and "by the running reguard" in out and "G-0001" in out, "root asks the unit", status, out, err)
    m.must("systemctl", "stop", "reguard.service")
    status, out, err = m.do("reguard", "restore", "--why", "the unit is down")
    expect(status == 0 and r.state()["stax"]["root"] is True, "root acts in its place", status, out, err)
    expect(m.owners("/var/lib/private/reguard") == owners, "and everything is the unit's", m.owners("/var/lib/private/reguard"), owners)
    m.must("systemctl", "start", "reguard.service")
    r.wait_state("restored")
    status, out, err = m.do("reguard", "check")
    expect(status == 0, "check as root", status, out, err)


test_the_shipped_unit_serves_slack_matrix_and_both.plain = True
test_the_shipped_unit_never_gives_up.plain = True


# ---- the state folder on another machine ----

def test_a_state_folder_that_moves_goes_on_with_the_open_window(make):
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.stop()
    shutil.copytree(r.dir + "/state", r.dir + "/moved", ignore=lambda folder, names: [n for n in names if n.endswith(".sock")])
    os.chmod(r.dir + "/moved", 0o700)
    shutil.rmtree(r.dir + "/state")
    r.configure(bot={"state_dir": r.dir + "/moved"})
    r.start()
    r.finish()
    expect(not r.posts("in doubt"), "nobody is alarmed", r.text())
    status, out, err = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 0, "and the chain is whole", out, err)
