"""reguard as it is installed: the shipped unit, files in their places, the commands of the operator at three in the morning."""
import os
import re
import signal
import socket
import subprocess

import machine
from rig import expect

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
    expect(keys.get(("Service", "LoadCredential")) == ["secrets:/etc/reguard/secrets"], "the whole folder of secrets: a missing file of a chat that is not configured stops nothing", keys)
    expect(not any("StartLimit" in key for _, key in keys if (_, key) != ("Unit", "StartLimitIntervalSec")), "no other limit", keys)


def test_the_unit_is_understood_by_systemd(make):
    r = make(start=False)
    analyze = subprocess.run(["sh", "-c", "command -v systemd-analyze"], capture_output=True)
    if analyze.returncode:
        raise machine.Skipped("systemd-analyze is not installed")
    with open(UNIT) as f:
        text = f.read().replace("/usr/bin/reguard", r.build + "/reguard")
    with open(r.dir + "/reguard.service", "w") as f:
        f.write(text)
    done = subprocess.run(["systemd-analyze", "verify", r.dir + "/reguard.service"], capture_output=True, text=True)
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
