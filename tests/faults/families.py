# SPDX-License-Identifier: Apache-2.0
"""The families of faults: which points there are, and how one of them is played."""
import contextlib
import errno
import os
import random
import resource
import socket
import threading
import time

from case import Supervised, expect
from ports import free_port
from plan import EVER, PLACES_MOST


class Family:
    sample, alone = 100, False

    def measured(self, make):
        """What one case without a fault asks of the system."""
        r = make()
        r.start()
        r.whole_case()
        counts = {word: r.plan[word] for word in ("calls", "file_calls")}
        r.close_checked()
        return counts


class Kill(Family):
    """SIGKILL before each call of a case, and in the middle of each write; every second point is killed once more while it recovers."""
    name, says, sample = "kill", "killed at the n-th call of the system", 160

    def points(self, make):
        calls = self.measured(make)["calls"]
        return [(how, n) for n in range(1, calls + 1) for how in ("whole", "half")]

    def play(self, make, how, n):
        r = make()
        r.plan.set(kill_at_0=n, kill_half_0=int(how == "half"))
        if n % 2:
            r.plan.set(kill_at_1=n * 7 % 240 + 1)
        r.start()
        r.whole_case()
        r.close_checked()


class Load:
    """Three Admins who ask, approve and end one another's windows, each on their own."""
    WORDS = ("lift bakery for 2s task billing because load", "lift brewery for 20s task billing because load", "whoami", "done {case}", "withdraw {case}",
             "approve {case}", "approve {case}")
    EVERY_S = 0.6  # below the ceiling of commands of one person

    def __init__(self, r, seed):
        self.r, self.seed, self.over = r, seed, threading.Event()
        self.threads = [threading.Thread(target=self.person, args=(name,), daemon=True) for name in ("ana", "ben", "cleo")]

    def person(self, name):
        draw = random.Random(f"{self.seed} {name}")
        while not self.over.wait(self.EVERY_S * draw.uniform(0.7, 1.3)):
            with contextlib.suppress(OSError):
                self.act(name, draw)

    def act(self, name, draw):
        cases = sorted({m["case"] for m in self.r.channel() if m.get("case")})
        case = draw.choice(cases[-3:]) if cases else "G-0001"
        if draw.random() < 0.3:
            path, body = "click", {"person": name, "action": draw.choice(["approve", "done"]), "case": case}
        else:
            path, body = "command", {"person": name, "text": draw.choice(self.WORDS).format(case=case)}
        answer = self.r.call("POST", path, body, may_fail=True)
        if answer.get("acked"):
            self.r.acked.append((path, body, answer))

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        for t in self.threads:
            t.join()


class Random(Family):
    """Killed 40 times at any moment while three Admins are at work; 250 of these are the 10,000."""
    name, says, sample, KILLS = "random", "40 kills at any moment under load", 4, 40

    def points(self, make):
        return [(n,) for n in range(1, 251)]

    def play(self, make, n):
        draw = random.Random(n)
        r = make(policy={"mailbox_proof": "off"})
        r.start()
        with Load(r, n):
            for _ in range(self.KILLS):
                time.sleep(draw.uniform(0, 0.5))  # it is the moment that is random
                r.bot.kill_one()
        status, out, err = r.cli("restore", "-c", r.conf, "--why", "the load is over", timeout=150)
        expect(status == 0, "it comes back on, proved", out, err)
        r.close_checked()


class Files(Family):
    """The n-th call on the store's files fails, once or from then on until the disk is well again."""
    name, says, sample = "files", "the n-th call on the store's files fails", 100
    KINDS = {"eio": errno.EIO, "full": errno.ENOSPC}

    def points(self, make):
        calls = self.measured(make)["file_calls"]
        return [(kind, how, n) for n in range(1, calls + 1) for kind in self.KINDS for how in ("once", "on")]

    def play(self, make, kind, how, n):
        r = make()
        r.plan.set(file_errno=self.KINDS[kind], file_fails_for=1 if how == "once" else EVER, file_fails_at=n)
        r.start()
        if how == "on":
            self.ill(r)
        r.whole_case()
        expect(len(r.bot.ends) <= 2, "it does not start over and over", r.bot.ends, r.tail(r.logs[-1]))
        r.close_checked()

    def ill(self, r):
        """From the first failure on nobody's word is acknowledged; what raises protection goes on; then the disk is well again."""
        steps = (("command", {"person": "ana", "text": "lift bakery for 2m task billing because month end"}),
                 ("click", {"person": "ana", "action": "mailbox", "case": "G-0001"}),
                 ("click", {"person": "ben", "action": "approve", "case": "G-0001"}))
        for path, body in steps:
            for _ in range(20):  # until it is pressed, or nothing is acknowledged any more
                if r.plan["hits"] or r.call("POST", path, body, may_fail=True).get("acked"):
                    break
                r.look(lambda: r.plan["hits"], 200)
        r.look(lambda: r.plan["hits"] or r.shows("lifted")(), 4000)
        if not r.plan["hits"]:  # it comes while the window ends
            threading.Thread(target=self.heal_later, args=(r,), daemon=True).start()
            return
        answer = r.call("POST", "command", {"person": "cleo", "text": "whoami"}, may_fail=True)
        expect(not answer.get("acked"), "nothing is acknowledged that cannot be written", answer, r.plan.what())
        r.wait_post("I cannot write my records")
        if not r.state()["stax"]["root"]:
            r.call("POST", "command", {"person": "ana", "text": "done G-0001"}, may_fail=True)
            r.wait_root(True)
        r.heal()
        r.wait_post("I can write my records again")


    def heal_later(self, r):
        with contextlib.suppress(Exception):
            r.wait(lambda: r.plan["hits"], "it fails")
            time.sleep(1.5)  # how long it lasts is the fault
            r.heal()


class Memory(Family):
    """An allocation finds no memory: the process ends with the one message, and goes on after its start; or it goes on at once.
    At each place that asks for some, which its callers tell apart, the first time; and at every n-th time of all."""
    name, says, sample = "memory", "an allocation finds no memory, at each place", 90

    def points(self, make):
        r = make()
        r.plan.set(places_wanted=1)
        r.start()
        r.whole_case()
        places, allocations = r.plan.places(), r.plan["allocations"]
        r.close_checked()
        expect(len(places) < PLACES_MOST // 2, "the plan has room for the places", len(places))
        return [("place", place) for place in sorted(places)] + [("nth", n) for n in range(1, allocations + 1, max(allocations // len(places), 1))]

    def play(self, make, how, n):
        r = make()
        if how == "place":
            r.plan.set(places_wanted=1, place_fails=n, place_fails_at=1)
        else:
            r.plan.set(alloc_fails_for=1, alloc_fails_at=n)
        r.start()
        r.whole_case()
        for at, status in enumerate(r.bot.ends):
            said = r.tail(r.logs[at])
            ours = status == -6 and said.count("out of memory") == 1
            # A library that finds none says that what it was asked for cannot be done.
            theirs = "of a library" in r.plan.what() and status > 0 and said.strip()
            expect(ours or theirs, "lost memory has one message, at one place", status, said)
        r.close_checked()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Descriptors(Family):
    """With few descriptors from the start, and with none left at each stage; then there are enough again."""
    name, says, sample = "descriptors", "too few descriptors", 24

    def points(self, make):
        return [("start", n) for n in range(4, 40)] + [("eaten", n) for n in range(0, 36)]

    def play(self, make, when, n):
        r = make()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if when == "start":
            r.before_exec = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)) if len(r.logs) < 3 else None
            r.start()
            r.look(lambda: len(r.bot.ends) >= 2, 2000)
            expect(len(r.bot.ends) >= 2 and "LimitNOFILE" in r.tail(r.logs[0]) or n < 12, "it says that it needs more", r.bot.ends, r.tail(r.logs[0]))
        else:
            r.start()
            stage = (lambda: True, lambda: r.state()["slack"]["hellos"], r.shows("waiting"), r.confirmed, r.shows("lifted"), r.shows("restoring"))[n % 6]
            eater = threading.Thread(target=self.eat, args=(r, stage, n // 6, hard), daemon=True)
            eater.start()
        r.whole_case()
        r.close_checked()

    def eat(self, r, stage, spare, hard):
        """At that stage only so many more can be opened, for a while."""
        with contextlib.suppress(Exception):
            r.wait(stage, "the stage")
            pid = r.bot.pid
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors(pid) + spare, hard))
            time.sleep(1.5)  # how long it lasts is the fault
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, hard))


class Sockets(Family):
    """Somebody on the machine opens the health endpoint's sockets as fast as they go, and keeps them."""
    name, says, alone = "sockets", "the health endpoint's sockets are eaten", True

    def points(self, make):
        return [(n,) for n in (16, 64, 300)]

    def play(self, make, n):
        port = free_port()
        r = make(bot={"listen": f"127.0.0.1:{port}"})
        r.start()
        r.wait(lambda: r.state()["slack"]["hellos"], "it connects")
        over = threading.Event()
        threads = [threading.Thread(target=self.eat, args=(port, over), daemon=True) for _ in range(n)]
        for t in threads:
            t.start()
        before = descriptors(r.bot.pid)
        r.look(lambda: descriptors(r.bot.pid) >= before + n, 2000)
        r.slack(disconnect="refresh_requested")
        r.whole_case()
        over.set()
        for t in threads:
            t.join()
        r.close_checked()

    def eat(self, port, over):
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as s:
                while not over.is_set():
                    s.settimeout(0.5)
                    with contextlib.suppress(TimeoutError):
                        if s.recv(1) == b"":
                            break


FAMILIES = [Kill(), Random(), Files(), Memory(), Descriptors(), Sockets()]
__all__ = ["FAMILIES", "Supervised"]
