"""What a runner of tests says: each result as it comes, the command that runs a failed one alone, the slowest ones, and the sum."""
import os
import shlex
import threading

SLOWEST = 5


class Report:
    def __init__(self, runner, build):
        self.command = f"{os.path.relpath(runner)} --build {build} -j 1"
        self.lock, self.times, self.results = threading.Lock(), [], []

    def say(self, *lines):
        with self.lock:
            print(*lines, sep="\n", flush=True)

    def tell(self, name, took, why):
        """why: None for a test that has passed."""
        self.times.append((took, name))
        self.results.append(why is None)
        if why is None:
            self.say(f"ok - {name} ({took:.1f} s)")
        else:
            self.say(f"not ok - {name} ({took:.1f} s)\n      {why}\n      again: {self.command} {shlex.quote(name)}")

    def skip(self, name, reason):
        self.results.append(None)
        self.say(f"skipped - {name}: {reason}")

    def end(self):
        """The exit status."""
        if len(self.times) > SLOWEST:
            slowest = sorted(self.times, reverse=True)[:SLOWEST]
            self.say("slowest: " + ", ".join(f"{name} ({took:.0f} s)" for took, name in slowest))
        failed = self.results.count(False)
        self.say(f"{self.results.count(True)} passed, {failed} failed, {self.results.count(None)} skipped")
        return 1 if failed or not self.results else 0

