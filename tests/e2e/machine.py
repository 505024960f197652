# SPDX-License-Identifier: Apache-2.0
"""A machine of its own on which reguard is installed as `make install` does it, with a real systemd as its first process. Needs root
and namespaces; skips with the reason where there is none. It shares the network with us and nothing else that can be written to."""
import os
import shutil
import signal
import subprocess
import time

from rig import Failed, Skipped, expect

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SYSTEMD = "/usr/lib/systemd/systemd"
SECRETS = ("slack-app-token", "slack-bot-token", "matrix-token", "stax-access-key", "stax-secret-key")
# What the unit's own dependencies name; this machine has nothing else to start.
TARGETS = ("machine", "sysinit", "basic", "shutdown", "multi-user", "network-online")
START_S = 60


def cgroup_mount():
    for line in open("/proc/self/mounts"):
        if line.split()[2] == "cgroup2":
            return line.split()[1]
    return None


def why_not():
    needed = [w for w in ("unshare", "nsenter", "setpriv", "pivot_root", "systemctl") if not shutil.which(w)]
    if os.geteuid() != 0:
        return "a machine of its own needs root"
    if needed or not os.path.exists(SYSTEMD):
        return f"missing: {' '.join(needed) or 'systemd'}"
    if not cgroup_mount():
        return "no cgroup2 file system is mounted"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--cgroup", "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return probe.stderr.strip() if probe.returncode else None


class Machine:
    """files: path on the machine -> (text, mode). Each is there before the first process starts."""

    def __init__(self, rig, files):
        if why_not():
            raise Skipped(why_not())
        self.base = rig.dir + "/machine"
        self.log = self.base + "/log"
        self.group = f"{cgroup_mount()}/reguard-test-{os.getpid()}-{os.path.basename(rig.dir)}"
        self.pid = None
        rig.closes.append(self.close)
        os.makedirs(self.base + "/root")
        install(rig.build, self.base + "/files")
        for path, (text, mode) in {**files, **units(self.base + "/files")}.items():
            write(self.base + "/files" + path, text, mode)
        self.boot()

    def boot(self):
        os.mkdir(self.group)

        def join_group():
            with open(self.group + "/cgroup.procs", "w") as f:
                f.write("0")

        self.outer = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--cgroup", "--ipc", "--uts", "--kill-child", "sh", HERE + "/machine.sh", self.base, SYSTEMD],
                                      stdin=subprocess.DEVNULL, stdout=open(self.log, "wb"), stderr=subprocess.STDOUT, preexec_fn=join_group)
        self.wait(self.find_first, "the machine has a first process")
        self.wait(lambda: self.do("systemctl", "is-active", "machine.target")[1].strip() == "active", "the machine has started")

    def find_first(self):
        children = open(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read().split()
        for pid in children:
            if open(f"/proc/{pid}/comm").read().strip() == "systemd":
                self.pid = int(pid)
        return self.pid

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)  # and with it every process of its namespace
        if getattr(self, "outer", None):
            self.outer.kill()
            self.outer.wait()
        for folder, _, _ in os.walk(self.group, topdown=False):
            for _ in range(100):
                try:
                    os.rmdir(folder)
                    break
                except OSError:
                    time.sleep(0.02)

    def wait(self, condition, what, patience_s=START_S):
        end = time.monotonic() + patience_s
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end or self.outer.poll() is not None:
                raise Failed(f"waited in vain: {what}", open(self.log, errors="replace").read()[-3000:])
            time.sleep(0.05)

    # ---- on the machine ----
    def do(self, *words, timeout=90, **more):
        """A command as root. Status, stdout, stderr."""
        done = subprocess.run(["nsenter", "-t", str(self.pid), "-m", "-p", "-i", "-u", "env", "-i", "PATH=/usr/sbin:/usr/bin", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout, **more)
        return done.returncode, done.stdout, done.stderr

    def must(self, *words):
        status, out, err = self.do(*words)
        expect(status == 0, f"{' '.join(words)} on the machine", status, out, err, self.do("tail", "-n", "12", "/run/reguard.log")[1])
        return out

    def put(self, path, text, mode=0o600):
        self.must("sh", "-c", f"umask 077; mkdir -p {os.path.dirname(path)}; printf '%s' \"$1\" > {path}; chmod {mode:o} {path}", "sh", text)

    def show(self, what):
        return self.must("systemctl", "show", "reguard.service", "--property=" + what, "--value").strip()

    def owners(self, folder):
        return set(self.must("find", folder, "-printf", "%U\n").split())


def install(build, to):
    done = subprocess.run(["make", "-s", "--no-print-directory", "-o", build + "/reguard", "install", "B=" + build, "DESTDIR=" + to], cwd=ROOT, capture_output=True, text=True)
    expect(done.returncode == 0, "make install", done.stdout, done.stderr)


def units(files):
    """The manager looks into one folder only, where the installed unit stands beside what it names."""
    shipped = open(files + "/usr/lib/systemd/system/reguard.service").read()
    found = {f"/etc/systemd/system/{name}.target": ("[Unit]\nDefaultDependencies=no\n", 0o644) for name in TARGETS}
    # There is no journal here.
    found["/etc/systemd/system/reguard.service.d/log.conf"] = ("[Service]\nStandardError=append:/run/reguard.log\n", 0o644)
    return {**found, "/etc/systemd/system/reguard.service": (shipped, 0o644)}


def write(path, text, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def installed_files(rig, conf, **sections):
    """The configuration as an administrator would have it, with the secrets where the unit wants them."""
    rig.conf = f"{rig.dir}/{conf}"
    rig.configure(**sections)
    text = open(rig.conf).read().replace(f"state_dir = {rig.dir}/state\n", "").replace(f"{rig.dir}/ca.pem", "ca.pem")
    files = {"/etc/reguard/reguard.conf": (text, 0o644), "/etc/reguard/ca.pem": (open(rig.dir + "/ca.pem").read(), 0o644)}
    for name in SECRETS:
        if f"= {name}\n" in text:
            files["/etc/reguard/secrets/" + name] = (open(f"{rig.dir}/{name}").read(), 0o600)
    return files
