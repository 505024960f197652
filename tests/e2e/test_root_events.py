# SPDX-License-Identifier: Apache-2.0
"""[aws] events_queue: whoever uses a root user is told in the chat; what was told is deleted from the queue, and told once."""
import time

from rig import expect
from test_aws import queue

ACCOUNT, FOREIGN = "222222222222", "999999999999"


def record(number, account, ago_s=0, name="ConsoleLogin", **more):
    """An event as EventBridge has it, with CloudTrail's record."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))
    return {"version": "0", "id": f"00000000-0000-4000-9000-{number:012d}", "detail-type": "AWS Console Sign In via CloudTrail", "source": "aws.signin", "account": account, "time": at,
            "region": "us-east-1", "resources": [],
            "detail": {"eventVersion": "1.11", "eventID": f"00000000-0000-4000-8000-{number:012d}", "eventTime": at, "eventSource": "signin.amazonaws.com", "eventName": name,
                       "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.5", "eventType": "AwsConsoleSignIn", "recipientAccountId": account,
                       "userIdentity": {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account, "accessKeyId": ""},
                       "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "Yes"}, **more}}


def running(make, **policy):
    d = queue(make)
    d.r.configure(bot={"listen": f"unix:{d.r.dir}/listen"}, policy={"mailbox_proof": "off", **policy})
    d.r.start()
    d.r.wait_known()
    d.r.wait(lambda: d.r.told_status()["root_events"] == "read", "the queue is read")
    return d


def lift(d):
    d.r.lift(length="10m", confirm=False)


def queued(d):
    return d.r.state()["aws"]["queued"]


def test_root_events_are_told_in_the_thread_and_alarm_elsewhere(make):
    d = running(make)
    lift(d)
    task = record(1, FOREIGN)
    task["detail"]["userIdentity"]["sessionContext"] = {"assumedRoot": "true", "attributes": {}}
    d.set(event=task)
    d.set(event=record(2, ACCOUNT))
    d.set(event=record(2, ACCOUNT))  # EventBridge delivers at least once
    d.set(event=record(3, FOREIGN, additionalEventData={"MFAUsed": "No"}))
    d.r.wait(lambda: "Root was used: ConsoleLogin" in d.r.text(), "the line in the thread")
    d.r.wait_post("Root was used in 999999999999")
    d.r.wait(lambda: queued(d) == 0, "what is on disk is deleted")
    lines = d.r.posts("Root was used: ConsoleLogin")
    expect(len(lines) == 1 and ", from 203.0.113.5, with MFA." in lines[0]["text"], "told once, with address and MFA", lines)
    alarm = d.r.posts("Root was used in 999999999999")[-1]
    expect("WITHOUT MFA" in str(alarm) and "Restore now" in str(alarm), "the alarm restores", alarm)
    expect(len([j for j in d.r.journal() if "root_used" in str(j)]) == 2, "a session of AssumeRoot is no use of it", d.r.journal())
    d.r.finish()


def test_root_events_end_a_window_where_that_is_configured(make):
    d = running(make, on_foreign_root="restore")
    lift(d)
    d.set(event=record(1, FOREIGN))
    d.r.wait_state("restored")
    d.r.wait_root(True)
    expect("root was used in 999999999999" in d.r.text(), "and it says why", d.r.text())


def test_root_events_are_told_once_over_a_kill(make):
    """Killed between receiving and deleting: the message comes again, and is recognised."""
    d = running(make)
    lift(d)
    d.r.fault("aws.sqs.DeleteMessage", "status", status=503, count=-1)
    d.set(event=record(1, ACCOUNT))
    d.r.wait(lambda: d.r.requests("aws.sqs.DeleteMessage"), "it is received")
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    expect(queued(d) == 1, "and not deleted")
    d.r.start()
    d.set(clock_ms=40 * 1000)  # it is hidden no longer
    d.r.wait(lambda: queued(d) == 0, "it comes again, and is deleted")
    d.r.wait(lambda: "Root was used: ConsoleLogin" in d.r.text(), "the line")
    expect(len(d.r.posts("Root was used: ConsoleLogin")) == 1, "told once", d.r.text())
    d.r.finish()


def test_root_events_that_cannot_be_read_and_a_queue_that_cannot(make):
    d = running(make)
    d.set(event="<b>no JSON</b>")
    d.set(event={"detail": {"userIdentity": {"type": "Root"}}})
    d.set(event={"detail": {"userIdentity": {"type": "IAMUser"}}})
    d.r.wait(lambda: queued(d) == 0, "what is on disk is deleted")
    d.r.wait_post("1 message in the queue of root users' events could not be read (it is no JSON")
    d.set(queue_denied=True)
    d.r.wait_post("I cannot see whether root users are used: sqs∶ReceiveMessage: the credentials may not do that")
    status = d.r.told_status()
    expect(status["root_events"] == "unreadable" and "AccessDenied" in status["why_root_events_unread"], "status says so", status)
    asked = len(d.r.requests("aws.sqs.ReceiveMessage"))
    d.r.wait(lambda: len(d.r.requests("aws.sqs.ReceiveMessage")) >= asked + 2, "it is asked again")
    with open(d.r.logs[-1], errors="replace") as f:
        refused = [line for line in f if "aws.refused" in line and "sqs:ReceiveMessage" in line]
    expect(len(refused) == 1, "logged once, and not at each try", refused)
    d.set(queue_denied=False)
    d.r.wait_post("I can see again whether root users are used")
    expect(len(d.r.posts("I cannot see whether root users are used")) == 1, "told once")
