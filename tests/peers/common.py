# SPDX-License-Identifier: Apache-2.0
"""What the Python peers share: the people's side of the sandbox, and one line per test."""
import json
import os
import sys
import time
import traceback
import urllib.error
import urllib.request

PLAIN = os.environ["PEER_PLAIN"]
TLS = os.environ["PEER_TLS"]
EVENT_TIMEOUT_S = 5
# Loopback is never reached through a proxy, whatever the environment says.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def control(path, body=None):
    """One call of /sandbox/; anything but 200 fails the test that asked."""
    request = urllib.request.Request(f"{PLAIN}/sandbox/{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with _opener.open(request, timeout=40) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        text = refused.read().decode(errors="replace")
        raise AssertionError(f"/sandbox/{path} answered {refused.code}: {text}") from None


def message_at(ts):
    found = [message for message in control("channel?format=json") if message["ts"] == ts]
    assert found, f"no message {ts} in the channel"
    return found[0]


def eventually(what, probe, timeout_s=EVENT_TIMEOUT_S):
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {timeout_s} s")


def equal(got, wanted, what="got"):
    assert got == wanted, f"{what} {got!r}, wanted {wanted!r}"


class Report:
    """Prints `ok - peer: test` or `not ok - peer: test: why`, as tests/peers/run reads it."""

    def __init__(self, peer):
        self.peer = peer
        self.failed = 0

    def test(self, name):
        def run(body):
            try:
                body()
                print(f"ok - {self.peer}: {name}", flush=True)
            except Exception as error:  # a test must not take the others with it
                self.failed += 1
                why = " ".join(f"{type(error).__name__}: {error}".split())[:600]
                where = traceback.extract_tb(sys.exc_info()[2])[1]
                print(f"not ok - {self.peer}: {name}: line {where.lineno}: {why}", flush=True)
            return body
        return run

    def close(self):
        sys.exit(1 if self.failed else 0)
