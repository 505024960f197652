# SPDX-License-Identifier: Apache-2.0
"""What is measured of one contestant. Times are the sandbox's, from sending an envelope to its acknowledgement or its answer; CPU, memory and
bytes are the kernel's account of the process. Every stretch ends by itself."""
import http.client
import json
import os
import threading
import time

# reguard takes twenty commands a minute of one person and remembers so many persons; beyond that it refuses without a record. All have the
# same stretches, in which nobody comes that far: 20 * USERS are more than all of them.
USERS = 490
WARM_UP, ONE, MANY = 60, 1000, 4000
SECONDS = 5  # one event in each
STRETCH_MS = 5000  # at the most
JOB_S, JOB_RATE, JOB_MOST_MS = 3, 40, 8000
KILLED_AT, KILL_MS = 800, 5000  # acknowledgements
LINK_RATE, LINK_MOST_MS, LINK_SETTLED = 20, 60_000, 10
# The old socket closes two seconds after a refresh was asked for: who has left it by then and who has not is seen behind that.
DISTURBANCES = (("refresh_s", {"disconnect": "refresh_requested"}, 3), ("reset_s", {"reset": True}, 1), ("half_open_s", {"half_open": True}, 1))
MB = 1024


class Stopped(Exception):
    """It did not do what was measured; the text says what."""


def load(one, **more):
    """As POST /sandbox/load, with its own patience."""
    body = {"users": USERS, **more}
    connection = http.client.HTTPConnection("127.0.0.1", one.ports["plain_port"], timeout=120)
    try:
        connection.request("POST", "/sandbox/load", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != 200 or told["events"] == 0:
        raise Stopped(f"{one.name}: {told.get('error') or 'nothing was acknowledged'}")
    one.acknowledged |= set(range(told["first_id"], told["first_id"] + told["sent"])) - set(told["unacknowledged"])
    return told


class Meanwhile(threading.Thread):
    """A load in the background; told() waits for its end."""
    def __init__(self, one, **more):
        super().__init__(daemon=True)
        self.one, self.more, self.found, self.error = one, more, None, None
        self.start()

    def run(self):
        try:
            self.found = load(self.one, **self.more)
        except (Stopped, OSError, ValueError) as error:
            self.error = error

    def told(self):
        self.join()
        if self.error:
            raise Stopped(str(self.error))
        return self.found


def memory_mb(pid, field):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line.split()[1] for line in f if line.startswith(field + ":"))) / MB


def cpu_s(pid):
    """Of all its threads, exactly: the kernel's ticks are too long for the floor."""
    used = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
            used += int(f.read().split()[0])
    return used / 1e9


def to_disk(pid):
    with open(f"/proc/{pid}/io") as f:
        return int(next(line.split()[1] for line in f if line.startswith("write_bytes:")))


def work(kind, build):
    """One round of one contestant: figures by name, and its version."""
    one = kind(build)
    try:
        found = {"start_ms": one.begin()}
        record = one.texts["record"]
        time.sleep(1)  # what only the start needed has settled
        found["idle_mb"] = memory_mb(one.bot.pid, "VmRSS")
        if kind.answers:
            answered(one, WARM_UP, in_flight=1)
            found.update(job(one))
        load(one, events=WARM_UP, in_flight=1, text=record)
        ping = load(one, events=ONE, in_flight=1, limit_ms=STRETCH_MS, text=record)
        found.update(one_p50_ms=ping["p50_us"] / 1000, one_p99_ms=ping["p99_us"] / 1000)
        seldom = load(one, events=SECONDS, per_second=1, in_flight=SECONDS, limit_ms=2000 * SECONDS, text=record)
        found["second_p50_ms"] = seldom["p50_us"] / 1000
        found.update(many(one, record))
        found["peak_mb"] = memory_mb(one.bot.pid, "VmHWM")
        found.update(killed(one))
        return found, one.version()
    finally:
        one.close()


def answered(one, events, **more):
    """A stretch of the class job, to its last answer: each of another person whom reguard knows."""
    return load(one, events=events, users=events, answers=True, limit_ms=JOB_MOST_MS, text=one.texts["job"], **more)


def job(one):
    told = answered(one, JOB_RATE * JOB_S, per_second=JOB_RATE, in_flight=1000)
    return {"job_ack_ms": told["p50_us"] / 1000, "job_answer_ms": told["answer_p50_us"] / 1000, "job_answered": 100 * told["answered"] / told["sent"]}


def many(one, text):
    cpu, disk = cpu_s(one.bot.pid), to_disk(one.bot.pid)
    told = load(one, events=MANY, in_flight=64, limit_ms=STRETCH_MS, text=text)
    events = told["events"]
    return {"many_per_s": events * 1e6 / told["elapsed_us"], "many_cpu_s": (cpu_s(one.bot.pid) - cpu) / events * 10_000, "many_bytes": (to_disk(one.bot.pid) - disk) / events}


def killed(one):
    """SIGKILL under load: what was acknowledged in all stretches, and what of it the disk does not have."""
    acked = one.state()["slack"]["acked"] + KILLED_AT
    running = Meanwhile(one, events=one.most, in_flight=64, ends_unheard=True, limit_ms=KILL_MS, text=one.texts["record"])
    wait(one, running, lambda slack: slack["acked"] >= acked)
    one.kill()
    running.told()
    return {"kill_acknowledged": len(one.acknowledged), "kill_missing": len(one.acknowledged - one.recorded())}


def link(kind, build, disturbance):
    """How long it is deaf when its socket is to be refreshed, is reset, or is half open: the longest time without an acknowledgement."""
    name, how, rest_s = disturbance
    one = kind(build)
    try:
        one.begin()
        return {name: deaf_s(one, how, rest_s)}
    finally:
        one.close()


def deaf_s(one, how, rest_s):
    acked, hellos = (one.state()["slack"][name] for name in ("acked", "hellos"))
    running = Meanwhile(one, events=LINK_MOST_MS * LINK_RATE // 1000, per_second=LINK_RATE, in_flight=4000, limit_ms=LINK_MOST_MS, text=one.texts["record"])
    wait(one, running, lambda slack: slack["acked"] >= acked + LINK_SETTLED)
    one.slack(**how)
    wait(one, running, lambda slack: slack["hellos"] > hellos)
    time.sleep(rest_s)  # the figure is how long nothing is heard
    one.call("POST", "load", {"stop": True}, may_fail=True)  # it may have ended
    return running.told()["longest_gap_us"] / 1e6


def wait(one, running, condition):
    """Until the sandbox says so, or the load has ended by its limit."""
    while running.is_alive() and not condition(one.state()["slack"]):
        time.sleep(0.005)
