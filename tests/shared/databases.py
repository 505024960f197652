# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL as primary and streaming replica, written to synchronously, each on a host of its own and reached by TLS that is verified."""
import fcntl
import os
import pwd
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from hosts import FIRST_DATABASE
from postgres import BINARIES, LIMIT_S, as_postgres
from rig import Skipped, expect

NAMES, PORT = ("a", "b"), 5432
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
CONFIGURATION = """
listen_addresses = '*'
ssl = on
max_connections = 30
shared_buffers = 16MB
max_wal_size = 64MB
wal_keep_size = 16MB
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
wal_retrieve_retry_interval = 500ms
hot_standby = on
"""
WHO_MAY = """
local all all trust
local replication all trust
hostssl all all 10.213.0.0/16 trust
hostssl replication all 10.213.0.0/16 trust
"""
# Who has led, and since when, by the database's own clock: noted by it, so that the program has no say.
NOTES = """
CREATE TABLE IF NOT EXISTS public.led(epoch BIGINT PRIMARY KEY, holder TEXT NOT NULL, since TIMESTAMPTZ NOT NULL);
CREATE OR REPLACE FUNCTION public.note_led() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN INSERT INTO public.led VALUES(NEW.epoch, NEW.holder, clock_timestamp()) ON CONFLICT DO NOTHING; RETURN NEW; END$$;
CREATE OR REPLACE TRIGGER note_led AFTER UPDATE ON reguard.lease FOR EACH ROW WHEN (NEW.epoch > OLD.epoch) EXECUTE FUNCTION public.note_led();
INSERT INTO public.led SELECT epoch, holder, since FROM reguard.lease WHERE epoch > 0 ON CONFLICT DO NOTHING;
"""


def tool(name, *words):
    done = subprocess.run([f"{BINARIES[-1]}/{name}", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, cwd="/", **as_postgres())
    expect(done.returncode == 0, f"{name} works", done.stdout[-1000:], done.stderr[-1000:])
    return done.stdout


def certificates(folder):
    """An authority, and one certificate for both hosts, made days ago: clocks of a story are an hour off."""
    with open(folder + "/days", "wb") as f:
        f.write(struct.pack("q", -2 * 24 * 3600))
    days_ago = {**os.environ, "LD_PRELOAD": f"{os.path.dirname(folder)}/clock_shim.so", "CLOCK_SHIM": folder + "/days"}
    names = ",".join(f"DNS:db-{name}.sandbox.test" for name in NAMES)
    for words in (["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=authority of the test",
                   "-keyout", "authority.key", "-out", "authority.crt"],
                  ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=database of the test", "-addext", f"subjectAltName={names}",
                   "-keyout", "server.key", "-out", "server.csr"],
                  ["x509", "-req", "-in", "server.csr", "-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-days", "9", "-copy_extensions", "copy",
                   "-out", "server.crt"]):
        done = subprocess.run(["openssl", *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=days_ago)
        expect(done.returncode == 0, "openssl " + words[0], done.stderr[-500:])


def own(path):
    user = pwd.getpwnam("postgres")
    for folder, _, files in os.walk(path):
        for one in (folder, *(os.path.join(folder, f) for f in files)):
            os.chown(one, user.pw_uid, user.pw_gid)


def make_template(folder):
    """A server that was ended well: what both of every story begin as."""
    data = folder + "/data"
    certificates(folder)
    own(folder)
    tool("initdb", "-D", data, "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "reguard", "--no-sync")
    with open(data + "/postgresql.conf", "a") as f:
        f.write(CONFIGURATION)
    with open(data + "/pg_hba.conf", "w") as f:
        f.write(WHO_MAY)
    for name in ("server.key", "server.crt"):
        shutil.copy(f"{folder}/{name}", data)
    os.chmod(data + "/server.key", 0o600)
    own(data)
    tool("pg_ctl", "-D", data, "-w", "-s", "-o", f"-k {folder} -p {PORT} -c listen_addresses=''", "-l", folder + "/log", "start")
    tool("psql", "-h", folder, "-p", str(PORT), "-U", "reguard", "-d", "postgres", "-qc", "CREATE DATABASE reguard")
    tool("pg_ctl", "-D", data, "-w", "-s", "-m", "fast", "stop")


def template(folder):
    """Made once for all stories of a run, in its folder."""
    if not BINARIES:
        raise Skipped("there is no PostgreSQL")
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(folder + "/made"):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            os.chmod(folder, 0o755)
            make_template(folder)
            open(folder + "/made", "w").close()
    return folder


def ask(folder, text):
    """Of the server whose socket is in that folder."""
    return tool("psql", "-h", folder, "-p", str(PORT), "-U", "reguard", "-d", "reguard", "-v", "ON_ERROR_STOP=1", "-Atqc", text).strip()


class Databases:
    """Two servers, as instances and a test know them; which of them is the primary, those say that inherit."""
    def __init__(self, ground, made, kind):
        self.ground, self.template = ground, made
        self.dir = tempfile.mkdtemp(prefix=f"reguard-{kind}-", dir=MEMORY)
        os.chmod(self.dir, 0o755)

    def url(self):
        hosts = ",".join(f"db-{name}.sandbox.test:{PORT}" for name in NAMES)
        return f"postgresql://reguard@{hosts}/reguard?sslrootcert={self.template}/authority.crt"

    def names(self):
        """Lines of a file of hosts."""
        return [f"{self.ground.address(FIRST_DATABASE + n)} db-{name}.sandbox.test" for n, name in enumerate(NAMES)]

    def note_who_leads(self):
        self.primary.sql(NOTES)

    def led(self):
        """(epoch, holder, since in Unix milliseconds), in order."""
        rows = self.primary.sql("SELECT epoch, holder, (extract(epoch FROM since) * 1000)::bigint FROM public.led ORDER BY epoch").splitlines()
        return [(int(epoch), holder.split("#")[0], int(since)) for epoch, holder, since in (row.split("|") for row in rows)]


class Server:
    def __init__(self, pair, name, number, options):
        self.pair, self.name, self.options = pair, name, options
        self.host = pair.ground.host("db" + name, databases=FIRST_DATABASE + number)
        self.dir, self.process = f"{pair.dir}/{name}", None
        os.makedirs(self.dir)
        subprocess.run(["cp", "-a", pair.template + "/data", self.dir], check=True)
        own(self.dir)

    def start(self):
        command = self.host.command("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", BINARIES[-1] + "/postgres", "-D", self.dir + "/data",
                                    "-p", str(PORT), "-k", self.dir, *(f"--{key}={value}" for key, value in self.options.items()))
        self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.dir + "/log", "ab"),
                                        env={"PATH": os.environ["PATH"], "HOME": self.dir})

    def wait(self, answer="t", question="SELECT NOT pg_is_in_recovery()"):
        """Until it answers so; unless something else is asked, whether it can be written to."""
        for _ in range(LIMIT_S * 10):
            expect(self.process.poll() is None, f"the server {self.name} runs", open(self.dir + "/log").read()[-1000:])
            try:
                if self.sql(question) == answer:
                    return
            except AssertionError:
                pass
            time.sleep(0.1)  # it tells nobody
        expect(False, f"the server {self.name} takes connections", open(self.dir + "/log").read()[-1000:])

    def sql(self, text):
        return ask(self.dir, text)

    def cut(self):
        """As in a power cut: every process of it, from one moment to the next."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(LIMIT_S)
            self.process = None


class Pair(Databases):
    def __init__(self, ground, made):
        super().__init__(ground, made, "shared")
        first = f"host={ground.address(FIRST_DATABASE)} port={PORT} user=reguard sslmode=require application_name=b"
        self.servers = [Server(self, "a", 0, {"synchronous_standby_names": "b"}), Server(self, "b", 1, {"primary_conninfo": first})]
        self.primary, self.replica = self.servers
        open(self.replica.dir + "/data/standby.signal", "w").close()
        own(self.replica.dir)
        for server in self.servers:
            server.start()
        self.primary.wait("t")
        self.replica.wait("f")
        self.primary.wait("t", "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def lose_primary(self, silent):
        """For good. silent: its host is gone from the network, too, so that nothing is refused there."""
        if silent:
            self.primary.host.cut("databases")
        self.primary.cut()

    def promote(self):
        self.replica.sql("SELECT pg_promote()")
        self.primary = self.replica
        self.primary.wait("t")

    def told(self):
        """What they say of themselves, where somebody waited in vain."""
        return []

    def close(self):
        for server in self.servers:
            server.cut()
        shutil.rmtree(self.dir, ignore_errors=True)
