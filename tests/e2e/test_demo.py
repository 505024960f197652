# SPDX-License-Identifier: Apache-2.0
"""The demo as whoever tries reguard starts it: a script in each chat, typed, and the page. deploy/demo builds and hands over to
deploy/play."""
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request

from rig import PATIENCE_S, expect

PLAY = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "deploy", "play")


class Demo:
    """One run of it, and what it has printed so far."""
    def __init__(self, build, way, *words):
        self.text, self.changed = "", threading.Condition()
        self.process = subprocess.Popen([sys.executable, "-u", PLAY, build, *words], env={**os.environ, "DEMO": way}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.text += line
                self.changed.notify_all()

    def shows(self, words):
        with self.changed:
            come = self.changed.wait_for(lambda: re.search(words, self.text) or self.process.poll() is not None, PATIENCE_S)
        found = re.search(words, self.text)
        expect(come and found, f"the demo shows {words}", self.text[-3000:])
        return found

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ends(self, status=0):
        self.process.wait(4 * PATIENCE_S)
        self.reader.join(PATIENCE_S)
        expect(self.process.returncode == status and "Traceback" not in self.text, f"the demo ends with {status}", self.process.returncode, self.text[-3000:])
        folder = re.search(r"/tmp/reguard-demo-\w+", self.text)
        expect(not folder or not os.path.exists(folder[0]), "it leaves nothing behind")


@contextlib.contextmanager
def demo(make, way, *words):
    d = Demo(make(start=False).build, way, *words)
    try:
        yield d
    finally:
        if d.process.poll() is None:
            d.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                d.process.wait(15)
        if d.process.poll() is None:
            os.killpg(d.process.pid, signal.SIGKILL)


def plays_a_whole_case(d):
    d.ends()
    for words in ("1 of 6", "confirmed that mail to the root mailbox can be read", "needs the Admin role", r"Ben Baker approved \(", "Root protection is OFF",
                  r"OVERDUE\*? by", "Root protection is back ON", "the chain is whole", "A whole case was played"):
        expect(re.search(words, d.text), f"the script shows {words}", d.text[-4000:])


def test_a_script_plays_a_whole_case(make):
    with demo(make, "script") as d:
        plays_a_whole_case(d)
        expect("[I can read that mailbox] [Withdraw]" in d.text, "what can be pressed, the menu's items too", d.text[:2000])


def test_a_script_plays_a_whole_case_in_a_matrix_room(make):
    with demo(make, "script", "matrix") as d:
        plays_a_whole_case(d)


def test_a_case_is_typed(make):
    with demo(make, "play") as d:
        d.shows("Configuration and logs: ")
        d.type("ana: lift bakery for 60s task billing because month end invoices")
        d.shows(r"\[I can read that mailbox\]")
        d.type("ana clicks mailbox")
        d.shows("confirmed that mail")
        d.type("ben clicks approve")
        d.shows("Root protection is OFF")
        d.type("stax")
        d.shows("IAM_BLOCK_ROOT_USER_ACCESS is OFF")
        d.type("cleo: done G-0001")
        d.shows("Root protection is back ON")
        d.type("private cleo")
        d.shows("Ending G-0001")
        d.type("nonsense")
        d.shows("not understood")
        d.type("quit")
        d.ends()


def test_the_page_is_served_until_it_is_ended(make):
    with demo(make, "page") as d:
        address = d.shows(r"open  (http://\S+)")[1]
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=PATIENCE_S) as page:
            expect(page.status == 200 and b"<html" in page.read(), "the page is there")
        d.process.send_signal(signal.SIGTERM)
        d.ends()
