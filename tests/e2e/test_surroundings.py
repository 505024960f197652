# SPDX-License-Identifier: Apache-2.0
"""What is around the process: a clock that is years off, no /proc, an /etc that cannot be written, a log that nobody reads; and people
and accounts that are gone in the middle of a window."""
import json
import os
import shutil
import subprocess

from rig import Rig, Skipped, expect, sanitized
from test_storm import POLICY, YEAR_S, Jumping, lifted


def log(r):
    with open(r.logs[-1], errors="replace") as f:
        return f.read()


# ---- the clock ----

CLOCK_IS_WRONG = "or the clock of reguard's machine is wrong"


def test_a_clock_that_is_years_off(make):
    """No certificate holds then, so that a restore waits: it is said everywhere, with what to do. Once the clock is right it goes on by itself."""
    for years in (10, -10):
        r = make(of=Jumping, policy=POLICY, stax={"request_timeout": "2s"})
        lifted(r, "2m")
        r.jump(years * YEAR_S)
        r.command("ana", "done G-0001")
        r.wait(lambda: CLOCK_IS_WRONG in log(r), "the log says it")
        r.wait(lambda: CLOCK_IS_WRONG in r.cli("status", "-c", r.conf)[1], "reguard status says it")
        r.wait(lambda: CLOCK_IS_WRONG in json.dumps(r.told_status()), "and for machines")
        expect(r.state()["stax"]["root"] is False, "it could not be restored")
        r.jump(0)
        r.wait_root(True)
        r.wait_state("restored")


# ---- files ----

class Bare(Rig):
    """A bot that has no /proc and whose /etc cannot be written."""

    def program(self):
        if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            raise Skipped("files of its own for one process need root and unshare")
        sealed = "mount -t tmpfs -o ro none /proc && mount --bind /etc /etc && mount -o remount,bind,ro /etc"
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", sealed + ' && exec "$@"', "sh", *super().program()]


def test_without_proc_and_with_a_sealed_etc(make):
    r = make(of=Bare, start=False)
    if sanitized(r.build):
        raise Skipped("who looks for leaks reads /proc at the end")
    r.start()
    r.lift()
    r.finish()


class Unread(Rig):
    """A bot whose log goes where nobody reads, in the place of a file."""
    to = None

    def program(self):
        return ["sh", "-c", f'exec "$@" 2>{self.to}', "sh", *super().program()]


def test_a_log_that_nobody_reads_stops_nothing(make):
    """Its disk is full, or its reader has stopped with a pipe that is full; each line that is lost is counted."""
    for to in ("/dev/full", "pipe"):
        r = make(of=Unread, start=False, bot={"log_level": "debug"})
        Unread.to = to
        if to == "pipe":
            Unread.to = r.dir + "/pipe"
            os.mkfifo(Unread.to)
            reader = os.open(Unread.to, os.O_RDWR | os.O_NONBLOCK)
            r.closes.append(lambda fd=reader: os.close(fd))
            with open(Unread.to, "wb", buffering=0) as pipe:
                os.set_blocking(pipe.fileno(), False)
                while pipe.write(b"x" * 4096):
                    pass
        r.start()
        r.lift()
        r.finish()


# ---- people and accounts ----

def test_whoever_asked_may_leave(make):
    """Out of Stax, out of Slack: the reminders and the restore go on."""
    r = make(policy={**POLICY, "on_deadline": "remind"})
    lifted(r, "3s")
    r.stax(user={"person": "ana", "Status": "DISABLED"})
    r.slack(user={"person": "ana", "deleted": True})
    r.wait_post("OVERDUE", "G-0001", count=2)
    r.click("cleo", "done", "G-0001")
    r.wait_root(True)
    r.wait_state("restored")
    r = make(policy=POLICY)
    lifted(r, "3s")
    r.stax(user={"person": "ana", "Status": "DISABLED"})
    r.slack(user={"person": "ana", "deleted": True})
    r.wait_root(True)
    r.wait_state("restored")


def test_an_account_that_is_gone_holds_no_restore_back(make):
    """No account can be read any more: a restore needs none."""
    r = make(policy=POLICY)
    lifted(r, "3s")
    r.fault("stax.get_accounts", "body", body='{"Accounts":[]}', count=-1)
    r.wait_root(True)
    r.wait_state("restored")
