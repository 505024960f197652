# SPDX-License-Identifier: Apache-2.0
"""Hosts of a story: each a network namespace with two ways out, one to the world and one to the databases, that can be cut one by one.
At the end of the way to the world a gate leads to the sandbox, and notes whose connection each is."""
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from network import Relay  # noqa: E402
from rig import Skipped, expect  # noqa: E402

NETWORKS, FIRST_HOST, FIRST_DATABASE = 250, 11, 131
BOTH = ("world", "databases")


def ip(*words, may_fail=False):
    done = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    expect(may_fail or done.returncode == 0, "ip " + " ".join(words), done.stderr)
    return done.returncode == 0


class Ground:
    """Two networks that nothing else on this machine uses: 10.213.N.0/25 is the world, the upper half the databases'."""
    def __init__(self):
        if os.geteuid() != 0 or not shutil.which("ip"):
            raise Skipped("network namespaces need root and ip (iproute2)")
        first, left = os.getpid() % NETWORKS, "\n".join(os.listdir("/sys/class/net"))
        numbers = [n for n in ((first + i) % NETWORKS for i in range(NETWORKS)) if not re.search(rf"^rg[a-z]?{n}\D", left, re.M)]
        self.number = next((n for n in numbers if ip("link", "add", f"rgw{n}", "type", "bridge", may_fail=True)), None)
        if self.number is None:
            raise Skipped("no bridge can be made here")
        self.hosts, self.lock = [], threading.Lock()
        ip("link", "add", self.bridge("databases"), "type", "bridge")
        for side in BOTH:
            ip("link", "set", self.bridge(side), "up")
        ip("address", "add", self.address(1) + "/25", "dev", self.bridge("world"))

    def bridge(self, side):
        return f"rg{side[0]}{self.number}"

    def address(self, last):
        return f"10.213.{self.number}.{last}"

    def host(self, name, world=None, databases=None):
        """The last numbers of its addresses; None: it has no such way."""
        host = Host(self, name)
        self.hosts.append(host)
        ip("netns", "add", host.space)
        ip("-n", host.space, "link", "set", "lo", "up")
        for side, last in (("world", world), ("databases", databases)):
            if last is not None:
                host.connect(side, last)
        return host

    def close(self):
        for host in self.hosts:
            ip("netns", "delete", host.space, may_fail=True)
        for side in BOTH:
            ip("link", "delete", self.bridge(side), may_fail=True)


class Host:
    def __init__(self, ground, name):
        self.ground, self.name, self.space, self.cut_off = ground, name, f"rg{ground.number}-{name}", set()

    def outer(self, side):
        """Our end of the way, on the bridge."""
        return f"rg{self.ground.number}{self.name[:6]}{side[0]}"

    def connect(self, side, last):
        ip("link", "add", self.outer(side), "type", "veth", "peer", "name", side, "netns", self.space)
        ip("link", "set", self.outer(side), "master", self.ground.bridge(side), "up")
        ip("-n", self.space, "address", "add", self.ground.address(last) + "/25", "dev", side)
        ip("-n", self.space, "link", "set", side, "up")

    def cut(self, *sides):
        """Nothing goes through any more, and nobody is told."""
        for side in sides:
            ip("link", "set", self.outer(side), "down")
            self.cut_off.add(side)

    def mend(self):
        for side in list(self.cut_off):
            ip("link", "set", self.outer(side), "up")
        self.cut_off.clear()

    def command(self, *words):
        return ["ip", "netns", "exec", self.space, *words]


class Gate(Relay):
    """From the world to the sandbox's port on loopback."""
    def __init__(self, ground, port):
        self.who = []  # (when, the port of our side towards the sandbox, the address that it is for): a port comes again
        super().__init__(port, address=ground.address(1), own_port=port)

    def connected(self, s, other):
        self.who.append((int(time.time() * 1000), other.getsockname()[1], s.getpeername()[0]))
