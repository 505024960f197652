"""What was said while the bot could not hear: it is read back for as long as it takes, whatever stands in the way."""
import time

from rig import expect


def opens(r):
    return len(r.requests("slack.apps.connections.open"))


def test_hello_followed_by_close_is_a_failure(make):
    """No service is asked for a new socket more often than after any other failure, however each one begins."""
    for what in ("refresh_requested", "close"):
        r = make()
        r.slack(after_hello=what)
        r.slack(disconnect="refresh_requested")
        hellos = r.state()["slack"]["hellos"]
        r.wait(lambda: r.state()["slack"]["hellos"] >= hellos + 3, "it tries again, and again")
        before, begun = opens(r), time.monotonic()
        time.sleep(8)  # the absence of a storm: nothing to wait for
        expect(opens(r) - before <= 16, f"{opens(r) - before} sockets were asked for in {time.monotonic() - begun:.0f} s ({what})")
        r.slack(after_hello="stay")
        r.wait(lambda: r.command("ana", "status")["acked"], "served again, as soon as a socket stays")
