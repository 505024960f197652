# SPDX-License-Identifier: Apache-2.0
"""What the process holds, whatever is thrown at it: with the unit's MemoryMax enforced by a memory cgroup where one can be made, else by
RLIMIT_DATA, it lives, stays under 64 MB, and carries out an Admin's `done` that stands among the rest."""
import json
import os
import re
import resource

from rig import ADMIN_ROLE, expect, sanitized
from room_rig import Room

MOST_KIB = 64 * 1024
HOSTILE = 10000
# Mentions said while away. Slack lets a page of 200 be read every 1.2 s, and each is read twice: E2E_AWAY=100000 takes half an hour.
AWAY, AT_ONCE = int(os.environ.get("E2E_AWAY", "6000")), 1000


def unit_limit():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../deploy/reguard.service")) as f:
        return int(re.search(r"^MemoryMax=(\d+)M", f.read(), re.M)[1]) * 1024 * 1024


def confine(pid):
    """How the limit is enforced on the process, for the report."""
    limit = unit_limit()
    for base, sign, most in (("/sys/fs/cgroup", "cgroup.controllers", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.limit_in_bytes")):
        group = f"{base}/reguard-e2e-{pid}"
        if not os.path.exists(f"{base}/{sign}"):
            continue
        try:
            os.mkdir(group)
            with open(f"{group}/{most}", "w") as f:
                f.write(str(limit))
            with open(f"{group}/cgroup.procs", "w") as f:
                f.write(str(pid))
            return group
        except OSError:
            if os.path.isdir(group):
                os.rmdir(group)
    resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
    return "RLIMIT_DATA"


def release(group):
    if group.startswith("/"):
        os.rmdir(group)


def peak_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line.split()[1] for line in f if line.startswith("VmHWM:")))


def judge(r, what, by):
    peak = peak_kib(r.bot.pid)
    print(f"      {what}: peak {peak / 1024:.1f} MB, limited by {'a cgroup' if by.startswith('/') else by}")
    expect(r.bot.poll() is None, "the process is alive", r.tail(r.logs[-1]))
    if not sanitized(r.build):
        expect(peak < MOST_KIB, f"the peak of {peak} KiB stays under 64 MB")


def over(r, group):
    r.kill()
    r.bot = None
    release(group)


def hostile(n):
    """Every kind in turn: many values, a long text, poison, an unknown person's mention, noise."""
    text = ["[" + "{}," * 20000 + "{}]", json.dumps("x" * 60000), '"\\ud800"', json.dumps(f"<@U0REGUARD> lift bakery for {n}m task other because {n}"), "tru"][n % 5]
    return ('{"type":"events_api","envelope_id":"h%d","payload":{"event":{"type":"app_mention","channel":"C0ACCESS1","user":"U0EVIL%d","ts":"1.%d","text":%s}}}'
            % (n, n % 300, n, text))


def test_hostile_events_and_a_done_among_them(make):
    r = make(start=False)
    r.start()
    group = confine(r.bot.pid)
    r.lift()
    for n in range(HOSTILE):
        while r.call("POST", "slack", {"frame": hostile(n)}, may_fail=True).get("error"):  # no socket is open at this moment
            expect(r.bot.poll() is None, "the process is alive", r.tail(r.logs[-1]))
        if n == HOSTILE // 2:
            r.say("ana", "@reguard done")
    r.wait_root(True)
    r.wait_state("restored")
    judge(r, f"{HOSTILE} hostile events", group)
    over(r, group)


def test_mentions_said_while_away_and_a_done_among_them(make):
    r = make()
    r.lift(length="9m")
    r.kill()
    for half in range(2):
        for _ in range(AWAY // 2 // AT_ONCE):
            r.say("eve", "@reguard hello", times=AT_ONCE, silent=True)
        if half == 0:
            r.say("ana", "@reguard done", silent=True)  # Slack brings none of it by itself
    r.start(wait=False)
    group = confine(r.bot.pid)
    r.wait(lambda: r.state()["stax"]["root"] is True, "`done` is carried out", 120 + AWAY / 40)
    r.wait_state("restored")
    judge(r, f"{AWAY} mentions while away", group)
    over(r, group)


def test_roster_of_ten_thousand_asked_for_by_many(make):
    r = make(start=False)
    users = [{"Id": f"{n}", "Email": f"u{n}@x", "Role": "user", "Status": "ACTIVE"} for n in range(10000)]
    for person, number in (("ana", 1), ("ben", 2)):
        users.append({"Id": f"a11a0000-0000-4000-8000-00000000000{number}", "Email": f"{person}@example.com", "Name": person, "Role": ADMIN_ROLE, "Status": "ACTIVE"})
    r.fault("stax.get_users", "body", body=json.dumps({"Users": users}, separators=(",", ":")), count=-1)
    r.start()
    group = confine(r.bot.pid)
    r.lift()
    for n in range(40):
        r.say(("ana", "ben", "cleo", "dan")[n % 4], "@reguard whoami")
    r.say("ana", "@reguard done")
    r.wait_root(True)
    r.wait_state("restored")
    judge(r, "a roster of 10,000, asked for 40 times", group)
    over(r, group)


def test_room_full_of_costly_events_and_a_done_among_them(make):
    """Legal events of 60 KB, 20,000 objects in each: built as they came, a hundred of them were 476 MiB."""
    r = make(of=Room)
    r.lift(length="9m")
    r.kill()
    raw = '{"msgtype":"m.text","body":"x","v":[' + ",".join(["{}"] * 20000) + "]}"
    for n in range(100):
        r.inject(person="eve", type="m.room.message", raw=raw)
        if n == 50:
            r.command("ana", "done")
    r.start(wait=False)
    group = confine(r.bot.pid)
    r.wait(lambda: r.state()["stax"]["root"] is True, "`done` is carried out", 120 + AWAY / 40)
    r.wait_state("restored")
    judge(r, "100 events of 20,000 objects", group)
    over(r, group)


test_hostile_events_and_a_done_among_them.plain = True
test_mentions_said_while_away_and_a_done_among_them.plain = True
test_roster_of_ten_thousand_asked_for_by_many.plain = True
test_room_full_of_costly_events_and_a_done_among_them.plain = True
