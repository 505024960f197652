# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of its own for one test, in a folder of its own, on a socket and on loopback."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from ports import free_port
from rig import Skipped, expect

BINARIES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
LIMIT_S = 90


def as_postgres():
    """The server refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self):
        if not BINARIES:
            if os.environ.get("CI"):
                expect(False, "PostgreSQL is installed where the tests run in CI (deploy/dependencies test)")
            raise Skipped("there is no PostgreSQL")
        self.bin = BINARIES[-1]
        self.dir = tempfile.mkdtemp(prefix="reguard-pg-")
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        self.port = free_port()
        self.tool("initdb", "-D", self.dir + "/data", "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "reguard", "--no-sync")
        self.process = None
        self.start()
        self.sql("CREATE DATABASE reguard", database="postgres")

    def tool(self, name, *words):
        done = subprocess.run([f"{self.bin}/{name}", *words], capture_output=True, text=True, timeout=LIMIT_S, cwd="/", **as_postgres())
        expect(done.returncode == 0, f"{name} works", done.stdout[-1000:], done.stderr[-1000:])
        return done.stdout

    def start(self):
        self.process = subprocess.Popen([f"{self.bin}/postgres", "-D", self.dir + "/data", "-p", str(self.port), "-k", self.dir,
                                         "-c", "listen_addresses=127.0.0.1"], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.dir + "/log", "ab"), **as_postgres())
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if subprocess.run([f"{self.bin}/pg_isready", "-q", "-t", "3", "-h", self.dir, "-p", str(self.port)]).returncode == 0:
                return
            try:
                self.process.wait(0.1)
                expect(False, "the server runs", open(self.dir + "/log").read()[-1000:])
            except subprocess.TimeoutExpired:
                pass
        expect(False, "the server takes connections", open(self.dir + "/log").read()[-1000:])

    def url(self, database="reguard", user="reguard"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def sql(self, text, database="reguard"):
        return self.tool("psql", "-h", self.dir, "-p", str(self.port), "-U", "reguard", "-d", database, "-v", "ON_ERROR_STOP=1", "-Atqc", text).strip()

    def cut(self):
        """Gone from one moment to the next, as in a power cut."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)  # at once, nothing is finished
            self.process.wait(LIMIT_S)
            self.process = None

    def close(self):
        self.cut()
        shutil.rmtree(self.dir, ignore_errors=True)
