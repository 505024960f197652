# SPDX-License-Identifier: Apache-2.0
"""The second pair of eyes in a room of a real homeserver: it reads what reguard's own account has said there, and posts as that account.
Its clock runs ahead, because silence counts in minutes."""
import os
import struct
import subprocess

from rig import HERE, expect

RULES = {"mailbox_proof": "off", "max_window": "4h", "remind_overdue": "0s 5m 15m", "dead_man": "off"}
OVER_S = 30 * 60 + 2 * 60 + 30


def look(r, ahead_s):
    shim, clock = r.dir + "/clock_shim.so", r.dir + "/clock"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, os.path.join(HERE, "..", "e2e", "clock_shim.c"), "-ldl"], check=True)
    with open(clock, "wb") as f:
        f.write(struct.pack("q", ahead_s))
    options = r.environment().get("ASAN_OPTIONS", "")
    return r.cli("witness", "--once", "-c", r.conf, timeout=400,
                 env={"LD_PRELOAD": shim, "CLOCK_SHIM": clock, "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})


def test_alarms_once_and_puts_it_back(make):
    r = make(policy=RULES)
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    r.wait_post("Root protection is OFF")
    r.kill()
    status, out, err = look(r, 60)
    expect(status == 1 and "nothing to do" in out, "there is time left", out, err)
    for ahead_s in (OVER_S, OVER_S + 60):
        status, out, err = look(r, ahead_s)
        expect(status == 1, "it is off", out, err)
    r.wait_post("reguard is silent")
    expect(len(r.posts("reguard is silent")) == 1, "one step is said once", r.text())
    r.configure(policy={"on_deadline": "restore"})
    status, out, err = look(r, OVER_S + 120)
    expect(status == 0 and "verified by two agreeing reads" in out, "put back with proof", out, err)
    r.wait_post("The witness has restored root protection")
    # By reguard's clock the witness acts in half an hour: what it finds has to be found before the case is closed.
    r.fault("stax.get_guardrails", "status", status=503, count=-1)
    r.start()
    r.wait(lambda: [f for f in r.journal("G-0001") if f["kind"] == "witnessed"], "reguard finds it on its return")
    r.call("POST", "fault", {"clear": True})
    r.wait_state("restored")
