# SPDX-License-Identifier: Apache-2.0
"""An alarm reaches a human, also when the channel takes no posts any more."""
import urllib.request

import room_rig
from ports import free_port
from rig import expect


def readiness(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def alarm_goes_around(make, close, reopen):
    port = free_port()
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


def test_a_channel_that_only_some_may_post_in_does_not_silence_the_alarm(make):
    read_only = {"what": "posts", "error": "restricted_action_read_only_channel"}
    alarm_goes_around(make, lambda r: r.slack(refuse=read_only), lambda r: r.slack(refuse=None))


def test_a_channel_that_is_gone_does_not_silence_the_alarm(make):
    gone = {"what": "posts", "error": "channel_not_found"}
    alarm_goes_around(make, lambda r: r.slack(refuse=gone), lambda r: r.slack(refuse=None))


def test_a_channel_that_others_can_read_does_not_silence_the_alarm(make):
    alarm_goes_around(make, lambda r: r.slack(channel={"is_ext_shared": True}), lambda r: r.slack(channel={"is_ext_shared": False}))


def test_a_closed_channel_beside_a_room_is_gone_around_too(make):
    """The room is alarmed as ever; whoever has Slack alone hears nothing there."""
    r = make(of=room_rig.Room, start=False, chats=("slack", "matrix"))
    r.configure(policy={"mailbox_proof": "off"}, people={"cleo@example.com": "slack:U0CLEO001"})
    r.start()
    r.slack(refuse={"what": "posts", "error": "restricted_action_read_only_channel"})
    r.command("ana", "lift bakery for 10m task billing because month end invoices")
    r.wait_state("waiting")
    r.wait(lambda: r.posts("not been able to serve Slack"), "the room is told")
    alone = lambda words: [m["text"] for m in r.private("cleo")["dm"] if words in m["text"]]
    told = r.wait(lambda: alone("not been able to serve Slack"), "and whoever is in Slack alone")[-1]
    expect("read_only" in told and "Alarms reach you here alone" in told, "with the reason", told)
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")
    r.stax(guardrail={"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False, "by": "dan"})
    r.wait(lambda: r.posts("switched OFF outside reguard"), "the room is alarmed")
    alarm = r.wait(lambda: alone("switched OFF outside reguard"), "and cleo, alone")[-1]
    expect("because I cannot post in the channel" in alarm, "and why", alarm)
    # The first alarm that it cannot be read is for the channel; in Slack there is none.
    r.fault("stax.get_guardrails", "status", status=403, count=-1)
    r.wait(lambda: r.posts("I cannot read whether"), "the room hears that it cannot be read")
    r.wait(lambda: alone("I cannot read whether"), "cleo, too")
    r.call("POST", "fault", {"clear": True})
    r.command("ben", "put-back")
    r.wait_root(True)
