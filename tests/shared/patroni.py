# SPDX-License-Identifier: Apache-2.0
"""The same two servers under Patroni, with etcd on a host of its own: Patroni alone decides which one is written to."""
import json
import os
import shutil
import signal
import subprocess
import time

from databases import NAMES, PORT, Databases, ask, own
from hosts import FIRST_DATABASE, ip
from postgres import BINARIES, LIMIT_S
from rig import Skipped, expect

PATRONI, PATRONICTL, ETCD = "/usr/bin/patroni", "/usr/bin/patronictl", "/usr/bin/etcd"
FIRST_STORE, STORE_PORT, REST_PORT = FIRST_DATABASE + 8, 2379, 8008
# As short as Patroni allows; its defaults are 30, 10 and 10.
DCS = {"ttl": 20, "loop_wait": 2, "retry_timeout": 3, "maximum_lag_on_failover": 1048576, "synchronous_mode": True,
       "postgresql": {"use_pg_rewind": True, "remove_data_directory_on_rewind_failure": True, "remove_data_directory_on_diverged_timelines": True,
                      "parameters": {"max_connections": 30, "max_worker_processes": 8, "wal_log_hints": "on"}}}


def needed():
    missing = [path for path in (PATRONI, PATRONICTL, ETCD) if not os.path.exists(path)]
    if missing:
        raise Skipped(f"there is no {missing[0]} (`deploy/dependencies patroni` brings it)")


class Process:
    """As the user that PostgreSQL runs as, on a host; it ends by its own id."""
    def __init__(self, host, log, *words):
        command = host.command("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words)
        self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=open(log, "ab"), stderr=subprocess.STDOUT,
                                        env={"PATH": "/usr/bin:/bin", "HOME": os.path.dirname(log), "LANG": "C"})

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(LIMIT_S)


class Member:
    """A host with Patroni and the server that it starts."""
    def __init__(self, cluster, name, number):
        self.cluster, self.name = cluster, name
        self.host, self.address = cluster.ground.host("db" + name, databases=FIRST_DATABASE + number), cluster.ground.address(FIRST_DATABASE + number)
        self.dir, self.process, self.gone = f"{cluster.dir}/{name}", None, False
        self.data, self.conf = self.dir + "/data", self.dir + "/patroni.yml"
        os.makedirs(self.dir)
        subprocess.run(["cp", "-a", cluster.template + "/data", self.dir], check=True)
        who = {"username": "reguard", "sslmode": "require"}
        with open(self.conf, "w") as f:  # JSON is YAML
            json.dump({"scope": "reguard", "name": name, "etcd3": {"host": f"{cluster.store_address}:{STORE_PORT}"},
                       "restapi": {"listen": f"{self.address}:{REST_PORT}", "connect_address": f"{self.address}:{REST_PORT}"},
                       "bootstrap": {"dcs": cluster.dcs},
                       "postgresql": {"listen": f"*:{PORT}", "connect_address": f"{self.address}:{PORT}", "data_dir": self.data, "bin_dir": BINARIES[-1],
                                      "use_unix_socket": True, "use_unix_socket_repl": True, "pgpass": self.dir + "/pgpass",
                                      "authentication": {"superuser": who, "replication": who, "rewind": who},
                                      "parameters": {"unix_socket_directories": self.dir}}}, f)
        own(self.dir)

    def start(self):
        self.process = Process(self.host, self.dir + "/log", "/usr/bin/python3", PATRONI, self.conf)

    def sql(self, text):
        return ask(self.dir, text)

    def answers(self, question, answer="t"):
        try:
            return not self.gone and self.sql(question) == answer
        except (AssertionError, subprocess.TimeoutExpired):
            return False

    def is_primary(self):
        return self.answers("SELECT NOT pg_is_in_recovery()")

    def tail(self):
        with open(self.dir + "/log", errors="replace") as f:
            return f.read()[-1500:]

    def cut(self):
        """As in a power cut: Patroni and every process of the server."""
        self.gone = True
        if self.process:
            self.process.kill()
        try:
            with open(self.data + "/postmaster.pid") as f:
                lines = f.read().split("\n")
            if lines[1] == self.data:
                os.kill(int(lines[0]), signal.SIGQUIT)
        except (OSError, ValueError, IndexError):
            pass  # it runs no more


class Cluster(Databases):
    """What databases.Pair is, but for who is promoted, which nobody says here."""
    def __init__(self, ground, made, synchronous=True):
        needed()
        super().__init__(ground, made, "patroni")
        self.dcs = {**DCS, "synchronous_mode": synchronous}
        own(self.dir)
        self.store_host, self.store_address = ground.host("dcs", databases=FIRST_STORE), ground.address(FIRST_STORE)
        self.members, self.store = [], None
        try:
            self.build_up(synchronous)
        except BaseException:
            self.close()
            raise

    def build_up(self, synchronous):
        at = f"http://{self.store_address}:{STORE_PORT}"
        self.store = Process(self.store_host, self.dir + "/etcd.log", ETCD, "--data-dir", self.dir + "/etcd", "--listen-client-urls", at, "--advertise-client-urls", at,
                             "--listen-peer-urls", "http://127.0.0.1:2380")
        self.members = [Member(self, name, n) for n, name in enumerate(NAMES)]
        self.members[0].start()
        self.wait(lambda: self.members[0].is_primary(), "the first member is the primary")
        self.members[1].start()
        self.wait(lambda: self.members[1].answers("SELECT pg_is_in_recovery()"), "the second one follows")
        if synchronous:
            self.wait_replicated()

    def wait(self, condition, what):
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.2)  # Patroni tells nobody
        expect(False, f"waited in vain: {what}", *self.told())

    def told(self):
        return [f"{m.name}: {m.tail()}" for m in self.members if m.process]

    def wait_replicated(self):
        """Its primary's commits wait for the other one, and the store says so: none else is promoted."""
        self.wait(lambda: self.primary.answers("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'"), "commits wait for the replica")
        self.wait(lambda: any(m["Role"] == "Sync Standby" for m in json.loads(self.ctl("list", "reguard", "-f", "json"))), "it may be promoted")

    def make_synchronous(self):
        self.ctl("edit-config", "reguard", "--set", "synchronous_mode=true", "--force")
        self.wait_replicated()

    def primaries(self):
        return [m for m in self.members if m.is_primary()]

    @property
    def primary(self):
        """The only one, once there is one."""
        self.wait(lambda: len(self.primaries()) == 1, "there is one primary")
        return self.primaries()[0]

    # ---- what happens to it ----
    def ctl(self, *words):
        member = next(m for m in self.members if not m.gone)
        done = subprocess.run(member.host.command("/usr/bin/python3", PATRONICTL, "-c", member.conf, *words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT_S, env={"PATH": "/usr/bin:/bin", "HOME": self.dir, "LANG": "C.UTF-8"})
        expect(done.returncode == 0, "patronictl " + " ".join(words), done.stdout[-1000:], done.stderr[-1000:], *self.told())
        return done.stdout

    def switch_over(self):
        old = self.primary
        new = next(m for m in self.members if m is not old)
        self.ctl("switchover", "reguard", "--master", old.name, "--candidate", new.name, "--force")

    def restart_primary(self):
        self.ctl("restart", "reguard", self.primary.name, "--force")

    def lose_primary(self):
        """Its host is gone from the network, and for good."""
        old = self.primary
        old.host.cut("databases")
        old.cut()

    def freeze_patroni(self):
        """The server below it goes on, and believes for that long that it is the primary; gives back what ends that."""
        old = self.primary
        old.process.signal(signal.SIGSTOP)
        return lambda: old.process.signal(signal.SIGCONT)

    def cut_primary_from_store(self):
        old = self.primary
        ip("-n", old.host.space, "route", "add", "blackhole", self.store_address + "/32")
        return lambda: ip("-n", old.host.space, "route", "delete", "blackhole", self.store_address + "/32", may_fail=True)

    def lose_store(self):
        self.store.signal(signal.SIGSTOP)
        return lambda: self.store.signal(signal.SIGCONT)

    def close(self):
        for member in self.members:
            member.cut()
        if self.store:
            self.store.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
