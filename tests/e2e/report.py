# SPDX-License-Identifier: Apache-2.0
"""What a runner of tests says: each result as it comes, the command that runs a failed one alone, the slowest ones, and the sum."""
import concurrent.futures
import os
import shlex
import threading

SLOWEST = 5
# So many that fail among all the others are tried once more, alone, and named: a machine with other work can be too slow for a wait.
# A fault of the program fails again, or fails in more than these.
SECOND_MOST, OF_AT_LEAST = 4, 50


class Report:
    def __init__(self, runner, build):
        self.command = f"{os.path.relpath(runner)} --build {build} -j 1"
        self.lock, self.times, self.results = threading.Lock(), [], {}  # by name: True, False, None for skipped

    def say(self, *lines):
        with self.lock:
            print(*lines, sep="\n", flush=True)

    def tell(self, name, took, why):
        """why: None for a test that has passed."""
        self.times.append((took, name))
        self.results[name] = why is None
        if why is None:
            self.say(f"ok - {name} ({took:.1f} s)")
        else:
            self.say(f"not ok - {name} ({took:.1f} s)\n      {why}\n      again: {self.command} {shlex.quote(name)}")

    def skip(self, name, reason):
        self.results[name] = None
        self.say(f"skipped - {name}: {reason}")

    def round(self, tests, play, jobs):
        """Plays every (name, ...) of tests, as many at a time; then those that may be tried once more."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            list(pool.map(play, tests))
        failed = [t for t in tests if self.results.get(t[0]) is False]
        if len(self.results) < OF_AT_LEAST or len(failed) > SECOND_MOST:
            return
        for test in failed:
            self.say(f"once more, alone - {test[0]}")
            play(test)
            if self.results[test[0]]:
                self.say(f"UNSTEADY - {test[0]}: failed among the others and passed alone; see above what it waited for")

    def end(self):
        """The exit status."""
        if len(self.times) > SLOWEST:
            slowest = sorted(self.times, reverse=True)[:SLOWEST]
            self.say("slowest: " + ", ".join(f"{name} ({took:.0f} s)" for took, name in slowest))
        results = list(self.results.values())
        failed = results.count(False)
        self.say(f"{results.count(True)} passed, {failed} failed, {results.count(None)} skipped")
        return 1 if failed or not self.results else 0

