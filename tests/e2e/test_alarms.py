"""An alarm reaches a human, also when the channel takes no posts any more."""
import socket
import urllib.request

from rig import expect


def readiness(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def alarm_goes_around(make, close, reopen):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    policy = {"mailbox_proof": "off", "min_window": "1s", "warn_before": "1s", "remind_overdue": "0s 2s 4s"}
    r = make(bot={"listen": f"127.0.0.1:{port}"}, policy=policy)
    r.command("ana", "lift bakery for 20s task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    close(r)
    for person in ("ana", "ben", "cleo"):
        r.wait_heard(person, "overdue")
        r.wait_heard(person, "Restore now")
    r.wait(lambda: readiness(port)[0] == 503, "not ready while the channel takes no posts")
    expect("slack cannot be served" in readiness(port)[1], "readyz says why", readiness(port)[1])
    expect(not r.posts("overdue"), "nothing of it stands in the channel")
    # Whoever was written to can restore from there.
    alarm = [m for m in r.private("cleo")["dm"] if "overdue" in str(m).lower()][-1]
    r.click("cleo", "done", "G-0001", message=alarm["ts"])
    r.wait_root(True)
    reopen(r)
    r.wait_state("restored")
    r.wait(lambda: readiness(port)[0] == 200, "ready again")


def test_an_archived_channel_does_not_silence_the_alarm(make):
    alarm_goes_around(make, lambda r: r.slack(channel={"is_archived": True}), lambda r: r.slack(channel={"is_archived": False}))


def test_a_channel_without_the_bot_does_not_silence_the_alarm(make):
    alarm_goes_around(make, lambda r: r.slack(channel={"is_member": False, "silent": True}), lambda r: r.slack(channel={"is_member": True, "silent": True}))


def test_an_alarm_that_is_told_to_wait_for_an_hour_waits_a_minute(make):
    """Slack may say what it likes: whoever says "later" for long is asked again before people have to be told another way."""
    r = make(policy={"mailbox_proof": "off", "min_window": "1s", "warn_before": "1s", "remind_overdue": "0s 1h"})
    r.command("ana", "lift bakery for 20s task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.fault("slack.chat.postMessage", "status", status=429, retry_after=3600, count=1)
    r.wait(lambda: r.posts("overdue", "G-0001"), "the alarm stands in the channel", patience_s=180)
    refused = [q for q in r.requests("slack.chat.postMessage") if q["status"] == 429]
    expect(len(refused) == 1, "it had been told to wait for an hour", refused)
