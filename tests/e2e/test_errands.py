# SPDX-License-Identifier: Apache-2.0
"""`run TASK ACCOUNT …`: what stands there is shown, approved and done away with in sessions of the account's root user, and nothing is lifted."""
import json
import re

from rig import expect
from room_rig import Room
from test_aws import Aws, queue
from test_check import Desk

ACCOUNT, BUCKET = "222222222222", "crumb-logs"
LOCK = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
READ, DELETE, ASSUME = "aws.s3.GetBucketPolicy", "aws.s3.DeleteBucketPolicy", "aws.sts.AssumeRoot"


class Task:
    """What is locked, and which calls look at it and free it."""

    def __init__(self, name, target, kept, service, read, change):
        self.name, self.target, self.kept = name, target, kept
        self.read, self.change = f"aws.{service}.{read}", f"aws.{service}.{change}"

    def lock(self, d, policy=LOCK, **more):
        d.set(**{self.kept: {"name": self.target, "account": ACCOUNT, "region": "eu-central-1", "policy": policy, **more}})

    def policy(self, d):
        return next(v for v in d.r.state()["aws"][self.kept + "s"].values() if v["name"] == self.target).get("policy")

    def ask(self, d, case="G-0001", account="bakery", more=""):
        d.r.command("ana", f"run {self.name} {account} {self.target} {more}because its policy denies everybody")
        d.r.wait_state("waiting", case)

    def refused(self, d, *words, account="bakery", target=None):
        d.r.command("ana", f"run {self.name} {account} {target or self.target} because its policy denies everybody")
        for w in words:
            d.r.wait_heard("ana", w)


THE_BUCKET = Task("s3-lockout", BUCKET, "bucket", "s3", "GetBucketPolicy", "DeleteBucketPolicy")
THE_QUEUE = Task("sqs-lockout", "crumb-orders", "queue", "sqs", "GetQueueAttributes", "SetQueueAttributes")


def running(d):
    base = f"https://localhost:{d.r.ports['port']}/aws/"
    d.r.configure(aws={"s3_url": base + "s3.eu-central-1.amazonaws.com", "sqs_url": base + "sqs.eu-central-1.amazonaws.com"}, policy={"mailbox_proof": "confirm"})
    THE_BUCKET.lock(d)
    THE_QUEUE.lock(d)
    d.r.start()
    d.r.wait_known()
    return d


lock, policy, ask = THE_BUCKET.lock, THE_BUCKET.policy, THE_BUCKET.ask


def records(d, case="G-0001"):
    return {r["kind"]: r for r in d.r.journal(case)}


def never_lifted(d):
    expect(not d.r.puts() and d.r.state()["stax"]["root"] is True, "nothing was lifted", d.r.puts())
    d.r.check_always()


def test_run_frees_a_bucket_and_lifts_nothing(make):
    d = running(Aws(make))
    ask(d, more="ticket SEC-12 ")
    card = json.dumps(d.r.card(), ensure_ascii=False)
    expect("s3:*" in card and "Nothing is lifted" in card and "mailbox" not in card, "the policy is shown", card)
    expect(policy(d) == LOCK and not d.r.requests(DELETE), "and nothing is done before it is approved")
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    d.r.wait_post("Verified: the policy of “crumb-logs” in bakery")
    expect(policy(d) is None and len(d.r.requests(DELETE)) == 1 and len(d.r.requests(ASSUME)) == 2, "deleted once, in a session of its own", d.r.requests())
    kinds = records(d)
    expect(list(kinds) == ["errand_asked", "approved", "errand_begun", "errand_done"], "all of it is on record", list(kinds))
    data = kinds["errand_asked"]["data"]
    expect(json.loads(data["was"]) == json.loads(LOCK) and data["digest"] in card and data["count"] == len(LOCK), "with the old policy", data)
    status, out, err = d.r.cli("audit", "verify", "-c", d.r.conf)
    expect(status == 0, "the records hold", out, err)
    never_lifted(d)


def test_run_beside_the_watch_of_root_users(make):
    """The watch waits long for its queue, and nothing waits for it."""
    d = running(queue(make))
    d.r.wait(lambda: d.r.told_status()["root_events"] == "read", "the queue is read")
    ask(d)
    d.r.react("ben", "G-0001")
    d.r.wait_state("ran")
    expect(policy(d) is None, "it is free")
    never_lifted(d)


def test_run_is_offered_in_the_form_of_a_lift(make):
    """What is chosen draws the form anew, what is wrong stands at its field, and nothing is typed twice."""
    d = running(Aws(make))
    d.r.command("ana", "lift bakery for 90s")
    d.r.wait(lambda: "bakery" in d.r.form("ana"), "the form opens")
    d.r.choose("ana", "task", {"task": "s3-lockout", "reason": "its policy denies everybody"})
    shown = d.r.wait(lambda: "Do it without lifting" in d.r.form("ana") and d.r.form("ana"), "it is offered without a lift")
    expect("S3 bucket" in shown and "its policy denies everybody" in shown and "For how long" not in shown and "mailbox" not in shown, "it asks for what that needs", shown)
    d.r.choose("ana", "anyway", {"anyway": "anyway", "target": "my-own-bucket"})
    shown = d.r.wait(lambda: "Request a window" in d.r.form("ana") and "S3 bucket\"" not in d.r.form("ana") and d.r.form("ana"), "a window can be asked for all the same")
    expect('"initial_value": "1m30s"' in shown, "with the length that was asked for", shown)
    d.r.choose("ana", "anyway", {"anyway": ""})
    shown = d.r.wait(lambda: "Do it without lifting" in d.r.form("ana") and d.r.form("ana"), "and back")
    expect('"initial_value": "my-own-bucket"' in shown, "with the bucket that was typed", shown)
    answer = d.r.submit("ana", {"task": "sqs-lockout", "target": BUCKET})
    expect(not answer.get("errors"), "nothing is wrong with a field", answer)
    d.r.wait(lambda: "SQS queue" in d.r.form("ana") and "send it once more" in d.r.form("ana"), "what it had not shown is not asked for")
    d.r.choose("ana", "task", {"task": "s3-lockout"})
    d.r.wait(lambda: "S3 bucket" in d.r.form("ana"), "it follows the choice")
    answer = d.r.submit("ana", {"target": "Crumb_Logs"})
    expect("lower case" in answer.get("errors", {}).get("target", ""), "what is wrong stands at its field", answer)
    d.r.submit("ana", {"target": "no-such-bucket"})
    shown = d.r.wait(lambda: "there is no such bucket" in d.r.form("ana") and d.r.form("ana"), "so does what AWS says, on top")
    expect("no-such-bucket" in shown and "its policy denies everybody" in shown, "with all that was given", shown)
    expect(not d.r.journal("G-0001"), "nobody was asked yet", d.r.text())
    d.r.submit("ana", {"target": BUCKET})
    d.r.wait_state("waiting")
    d.r.wait(lambda: "G-0001" in d.r.form("ana"), "the form tells what became of it")
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(policy(d) is None, "it is free")
    never_lifted(d)


def test_run_is_told_where_there_is_no_form(make):
    """The line that a room is answered with is sent as it stands."""
    d = running(Aws(make, of=Room))
    line = lambda: next((m["text"] for m in d.r.ours() if "run sqs-lockout" in m["text"]), "")
    d.r.command("ana", "lift bakery for 90s task sqs-lockout because its policy denies everybody")
    told = d.r.wait(line, "it is answered")
    expect("!reguard run sqs-lockout bakery QUEUE because its policy denies everybody" in told, "with the line to send", told)
    d.r.command("ana", "run sqs-lockout bakery crumb-orders because its policy denies everybody")
    d.r.wait_state("waiting")
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(THE_QUEUE.policy(d) in (None, ""), "it is free")
    never_lifted(d)


def test_run_does_not_delete_another_policy(make):
    d = running(Aws(make))
    ask(d)
    lock(d, policy='{"Version": "2012-10-17", "Id": "mine"}')
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post("its policy is not the one that was approved any more")
    expect("mine" in policy(d) and not d.r.requests(DELETE), "it stands there")
    never_lifted(d)


def test_run_says_what_aws_refuses_before_anybody_is_asked(make):
    d = running(Aws(make))

    def refused(*words, account="bakery", bucket=BUCKET):
        d.r.command("ana", f"run s3-lockout {account} {bucket} because its policy denies everybody")
        for w in words:
            d.r.wait_heard("ana", w)

    d.set(features=["RootCredentialsManagement"])
    refused("RootSessions may be off")
    d.set(features=["RootSessions"], may_assume_root=False)
    refused("reguard manifest aws", "AccessDenied")
    d.set(may_assume_root=True, root={"account": ACCOUNT, "deny": "scp"})
    refused("a policy on the account's way denies it to root users' sessions")
    d.set(root={"account": ACCOUNT})
    lock(d, account="333333333333")
    refused("the bucket may be another account's")
    lock(d, region="eu-west-1")
    refused("not in the region of [aws]")
    refused("there is no such bucket", bucket="no-such-bucket")
    lock(d, policy=json.dumps({"Id": "x" * 21000}))
    refused("longer than 20 KB")
    refused("has no account", account="444455556666")
    refused("is no S3 bucket", bucket="Crumb_Logs")
    expect(not d.r.posts("asks me to") and not d.r.journal("G-0001"), "nobody was asked", d.r.text())
    never_lifted(d)


def test_run_says_what_aws_refuses_afterwards(make):
    d = running(Aws(make))
    ask(d)
    d.set(root={"account": ACCOUNT, "deny": "DeleteBucketPolicy"})
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post("exempt them there by the condition")
    expect(policy(d) == LOCK, "it stands there")
    d.set(root={"account": ACCOUNT})
    ask(d, "G-0002")
    d.r.fault(DELETE, "body", status=204, body="", count=-1)
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("not_run", "G-0002")
    d.r.wait_post("AWS took it, and the policy stands there all the same")
    d.r.call("POST", "fault", {"clear": True})
    ask(d, "G-0003")
    d.r.fault(DELETE, "status", status=503, count=1)
    d.r.click("ben", "approve", "G-0003")
    d.r.wait_state("not_run", "G-0003")
    d.r.wait_post("so that it may go yet")
    expect("Nothing was changed" not in d.r.posts("so that it may go yet")[-1]["text"], "what cannot be known is not told as nothing")
    expect(len(d.r.requests(DELETE)) == 3 and policy(d) == LOCK, "asked once, and it stands there", d.r.requests(DELETE))
    never_lifted(d)


def test_run_loses_an_answer_and_looks_what_became_of_it(make):
    d = running(Aws(make))
    ask(d)
    d.r.fault(DELETE, "after", status=503, count=1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(len(d.r.requests(DELETE)) == 1 and policy(d) is None, "a lost answer is looked up, and nothing is asked twice", d.r.requests(DELETE))
    never_lifted(d)


def begin_anew(d):
    """Killed, and started where nothing fails any more."""
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    d.r.start()


def die_before_it_is_done(d):
    """Approved, and killed while the session for it is waited for."""
    d.r.fault(ASSUME, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("running")
    d.r.wait(lambda: len(d.r.requests(ASSUME)) == 2, "it has begun")
    begin_anew(d)


def killed_before(make, task):
    d = running(Aws(make))
    task.ask(d)
    die_before_it_is_done(d)
    d.r.wait_state("not_run")
    d.r.wait_post("where I had asked AWS already, it may go yet")
    expect(task.policy(d) == LOCK and not d.r.requests(task.change), "it is not done a second time")
    never_lifted(d)


def killed_while(make, task):
    d = running(Aws(make))
    task.ask(d)
    d.r.fault(task.change, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait(lambda: d.r.requests(task.change), "it is done, and not answered")
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    d.r.fault(task.read, "status", status=503, count=5)
    d.r.start()
    d.r.wait(lambda: len(d.r.requests(task.read)) > 2, "it looks")
    d.r.call("POST", "fault", {"clear": True})
    d.r.wait_state("ran", patience_s=90)
    expect(len(d.r.requests(task.change)) == 1 and task.policy(d) is None, "deleted once")
    never_lifted(d)


def test_run_killed_before_it_is_done_is_not_done(make):
    killed_before(make, THE_BUCKET)


def test_run_killed_while_it_is_done_looks_what_became_of_it(make):
    killed_while(make, THE_BUCKET)


def test_run_on_a_queue_killed_before_it_is_done_is_not_done(make):
    killed_before(make, THE_QUEUE)


def test_run_on_a_queue_killed_while_it_is_done_looks_what_became_of_it(make):
    killed_while(make, THE_QUEUE)


def test_run_frees_a_queue_and_lifts_nothing(make):
    d = running(Aws(make))
    task = THE_QUEUE
    d.r.command("ana", f"run sqs-lockout bakery https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/crumb-orders because its policy denies everybody")
    d.r.wait_state("waiting")
    card = json.dumps(d.r.card(), ensure_ascii=False)
    expect("s3:*" in card and "the SQS queue “crumb-orders”" in card, "the policy is shown", card)
    expect(task.policy(d) == LOCK and not d.r.requests(task.change), "and nothing is done before it is approved")
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    d.r.wait_post("Verified: the policy of “crumb-orders” in bakery")
    expect(task.policy(d) is None and len(d.r.requests(task.change)) == 1 and len(d.r.requests(ASSUME)) == 2, "taken away once, in a session of its own", d.r.requests())
    expect(list(records(d)) == ["errand_asked", "approved", "errand_begun", "errand_done"], "all of it is on record")
    never_lifted(d)


def shows_all(d):
    """What has no room on the card is there before anybody approves, piece by piece, to the last character."""
    statements = [{"Sid": f"Nobody{n}", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/größe-{n}/*"} for n in range(120)]
    long = json.dumps({"Version": "2012-10-17", "Statement": statements}, ensure_ascii=False)
    lock(d, policy=long)
    ask(d)
    d.r.wait(lambda: "all of it stands in the thread" in d.r.text(), "the card says where it is")
    pieces = []

    def whole():
        pieces[:] = re.findall(r"What stands there, (\d+) of (\d+): `?([^`]+)`?$", "\n".join(m["text"] for m in d.r.channel()), re.M)
        return pieces and len(pieces) == int(pieces[0][1])
    d.r.wait(whole, "every piece is there: " + str(pieces))
    expect([int(p[0]) for p in pieces] == list(range(1, len(pieces) + 1)), "in their order", pieces)
    expect(json.loads("".join(p[2] for p in pieces)) == json.loads(long), "and they are the policy", pieces)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(policy(d) is None, "it is free")
    never_lifted(d)


def test_run_shows_a_long_policy_whole(make):
    shows_all(running(Aws(make)))


def test_run_shows_a_long_policy_whole_in_a_room(make):
    shows_all(running(Aws(make, of=Room)))


def test_run_on_a_queue_says_what_aws_refuses_before_anybody_is_asked(make):
    d = running(Aws(make))
    url = f"https://sqs.%s/{ACCOUNT}/crumb-orders"
    THE_QUEUE.refused(d, "not in the region of [aws], which is eu-central-1", target=url % "eu-west-1.amazonaws.com")
    THE_QUEUE.refused(d, "there are no root users", target=url % "cn-north-1.amazonaws.com.cn")
    THE_QUEUE.refused(d, "it is another account's", target="arn:aws:sqs:eu-central-1:333333333333:crumb-orders")
    THE_QUEUE.refused(d, "there is no such queue", target="no-such-queue")
    d.set(root={"account": ACCOUNT, "deny": "GetQueueAttributes"})
    THE_QUEUE.refused(d, "a policy on the account's way denies it to root users' sessions")
    d.set(root={"account": ACCOUNT}, features=["RootCredentialsManagement"])
    THE_QUEUE.refused(d, "RootSessions may be off")
    d.set(features=["RootSessions"])
    THE_QUEUE.lock(d, policy=json.dumps({"Id": "x" * 21000}))
    THE_QUEUE.refused(d, "longer than 20 KB")
    THE_QUEUE.lock(d, policy=None)
    THE_QUEUE.refused(d, "has no policy, so there is nothing to delete")
    expect(not d.r.posts("asks me to") and not d.r.journal("G-0001"), "nobody was asked", d.r.text())
    never_lifted(d)


def test_run_on_a_queue_says_what_aws_refuses_afterwards(make):
    d = running(Aws(make))
    task = THE_QUEUE
    task.ask(d)
    d.set(root={"account": ACCOUNT, "deny": "SetQueueAttributes"})
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post("exempt them there by the condition")
    d.set(root={"account": ACCOUNT})
    task.ask(d, "G-0002")
    d.r.fault(task.change, "body", status=200, body="", count=-1)
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("not_run", "G-0002")
    d.r.wait_post("AWS took it, and the policy stands there all the same")
    d.r.call("POST", "fault", {"clear": True})
    expect(task.policy(d) == LOCK, "it stands there")
    never_lifted(d)


def throttled(make, task):
    """AWS says that it did not take it, so it is asked again; and a session that is over is taken anew."""
    d = running(Aws(make))
    task.ask(d)
    d.r.fault(task.change, "error", status=400, error="RequestThrottled: slow", count=2)
    d.r.fault(task.read, "error", status=403, error="ExpiredToken: over", count=1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(task.policy(d) is None and len(d.r.requests(task.change)) == 3, "asked until it is taken", d.r.requests(task.change))
    expect(len(d.r.requests(ASSUME)) == 3, "a session of its own for the look, and two for the deed", d.r.requests(ASSUME))
    never_lifted(d)


def test_run_waits_for_aws_and_goes_on_in_another_session(make):
    throttled(make, THE_BUCKET)


def test_run_on_a_queue_waits_for_aws_and_goes_on_in_another_session(make):
    throttled(make, THE_QUEUE)


# ---- credentials of a root user ----

SINCE = "2024-01-02T03:04:05Z"
HAS = {"account": ACCOUNT, "password": SINCE,
       "keys": [{"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": SINCE}],
       "certificates": [{"CertificateId": "CERTIFICATE0000000000001", "CertificateBody": "-", "Status": "Inactive", "UploadDate": SINCE}],
       "mfa": [{"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device", "EnableDate": SINCE}]}
SHOWN = ["password since 2024-01-02", "access key AKIAROOT000000000001, active, since 2024-01-02",
         "signing certificate CERTIFICATE0000000000001, inactive, since 2024-01-02", f"MFA device arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"]
SAID = [s.replace("arn:aws:iam::", "arn∶aws∶iam:∶") for s in SHOWN]  # a chat shall make no picture of it
DELETES = ["DeleteLoginProfile", "DeleteAccessKey", "DeleteSigningCertificate", "DeactivateMFADevice"]


def with_root(make, **more):
    d = Aws(make)
    d.set(root={**HAS, **more})
    return running(d)


def root(d):
    return {k: v for k, v in d.r.state()["aws"]["roots"][ACCOUNT].items() if v and k not in ("account", "deny")}


def wants(d, task, case="G-0001"):
    d.r.command("ana", f"run {task} bakery because nobody uses them")
    d.r.wait_state("waiting", case)


def deleted(d):
    return [len(d.r.requests("aws.iam." + op)) for op in DELETES]


def test_run_deletes_credentials_that_were_shown(make):
    d = with_root(make)
    wants(d, "credentials")
    card = json.dumps(d.r.card(), ensure_ascii=False)
    expect("; ".join(SHOWN) in card and "delete the credentials of the root user in bakery" in card, "all of them are shown", card)
    expect(root(d).keys() == {"password", "keys", "certificates", "mfa"} and deleted(d) == [0] * 4, "and nothing is done before it is approved")
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    d.r.wait_post("Verified: the credentials of the root user in bakery")
    expect(root(d) == {} and deleted(d) == [1] * 4 and len(d.r.requests(ASSUME)) == 2, "each is deleted once", deleted(d))
    expect(records(d)["errand_asked"]["data"]["was"] == "; ".join(SHOWN), "what they were is on record")
    d.r.command("ana", "run credentials bakery because once more")
    d.r.wait_heard("ana", "so there is nothing to delete")
    never_lifted(d)


def test_run_on_credentials_tells_which_part_is_gone(make):
    d = with_root(make)
    wants(d, "credentials")
    d.set(root={**HAS, "deny": "DeleteSigningCertificate"})
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post(f"gone is: {SAID[0]}; {SAID[1]}. There is still: {SAID[2]}; {SAID[3]} (a policy on the account's way denies it")
    left = root(d)
    expect(left.keys() == {"certificates", "mfa"} and deleted(d) == [1, 1, 1, 0], "what was told is so", left)
    d.set(root={**left, "account": ACCOUNT})
    wants(d, "credentials", "G-0002")
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("ran", "G-0002")
    expect(root(d) == {} and deleted(d) == [1, 1, 2, 1], "the rest of it goes when it is asked for anew", deleted(d))
    never_lifted(d)


def test_run_on_credentials_deletes_nothing_that_was_not_shown(make):
    d = with_root(make)
    wants(d, "credentials")
    d.set(root={**HAS, "keys": HAS["keys"] + [{**HAS["keys"][0], "AccessKeyId": "AKIAROOT000000000002"}]})
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post("they are not those that were approved any more")
    expect(deleted(d) == [0] * 4 and len(root(d)["keys"]) == 2, "nothing is deleted")
    never_lifted(d)


def test_run_on_credentials_goes_on_in_another_session(make):
    d = with_root(make)
    wants(d, "credentials")
    d.r.fault("aws.iam.DeleteAccessKey", "error", status=403, error="ExpiredToken: over", count=1)
    d.r.fault("aws.iam.DeactivateMFADevice", "error", status=409, error="EntityTemporarilyUnmodifiable: wait", count=2)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    expect(root(d) == {} and deleted(d) == [1, 2, 1, 3] and len(d.r.requests(ASSUME)) == 3, "where it was ended", deleted(d))
    never_lifted(d)


def test_run_on_credentials_believes_no_answer(make):
    d = with_root(make)
    wants(d, "credentials")
    d.r.fault("aws.iam.DeleteAccessKey", "body", status=200, body="<DeleteAccessKeyResponse/>", count=-1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post(f"gone is: {SAID[0]}; {SAID[2]}; {SAID[3]}. There is still: {SAID[1]}.")
    d.r.call("POST", "fault", {"clear": True})
    wants(d, "credentials", "G-0002")
    d.r.fault("aws.iam.DeleteAccessKey", "status", status=503, count=1)
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("not_run", "G-0002")
    d.r.wait_post("AWS did not say whether it took that, and all of them are there, so that they may go yet")
    never_lifted(d)


def test_run_on_credentials_killed_before_it_is_done_is_not_done(make):
    d = with_root(make)
    wants(d, "credentials")
    die_before_it_is_done(d)
    d.r.wait_state("not_run")
    d.r.wait_post("all of them are there; where I had asked AWS already, they may go yet")
    expect(deleted(d) == [0] * 4, "nothing is done a second time", deleted(d))
    never_lifted(d)


def test_run_on_credentials_killed_while_it_is_done_tells_what_is_gone(make):
    d = with_root(make)
    wants(d, "credentials")
    d.r.fault("aws.iam.DeleteAccessKey", "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait(lambda: d.r.requests("aws.iam.DeleteAccessKey"), "half of it is done")
    begin_anew(d)
    d.r.wait_state("not_run")
    d.r.wait_post(f"gone is: {SAID[0]}; {SAID[1]}. There is still: {SAID[2]}; {SAID[3]}")
    expect(deleted(d) == [1, 1, 0, 0], "nothing is done a second time", deleted(d))
    never_lifted(d)


def test_run_on_credentials_says_what_aws_refuses_before_anybody_is_asked(make):
    d = with_root(make)
    d.set(features=["RootSessions"])
    d.r.command("ana", "run credentials bakery because nobody uses them")
    d.r.wait_heard("ana", "RootCredentialsManagement may be off")
    d.set(features=["RootCredentialsManagement"], root={**HAS, "deny": "ListMFADevices"})
    d.r.command("ana", "run credentials bakery because nobody uses them")
    d.r.wait_heard("ana", "a policy on the account's way denies it to root users' sessions")
    expect(not d.r.posts("asks me to") and deleted(d) == [0] * 4, "nobody was asked")
    never_lifted(d)


# ---- recovery of its password ----

CREATE = "aws.iam.CreateLoginProfile"


def test_run_allows_recovery_where_there_is_no_password(make):
    d = with_root(make)
    d.r.command("ana", "run recovery bakery because the billing console needs it")
    d.r.wait_heard("ana", "has a password, so that it can be recovered already")
    d.set(root={"account": ACCOUNT})
    wants(d, "recovery")
    d.r.fault(CREATE, "error", status=403, error="ExpiredToken: over", count=1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("ran")
    d.r.wait_post("Verified: recovery of the root user's password in bakery")
    expect("password" in root(d) and len(d.r.requests(CREATE)) == 2, "it is allowed, in another session", d.r.requests(CREATE))
    never_lifted(d)


def test_run_on_recovery_says_what_aws_refuses_afterwards(make):
    d = with_root(make)
    d.set(root={"account": ACCOUNT})
    wants(d, "recovery")
    d.set(root={"account": ACCOUNT, "deny": "CreateLoginProfile"})
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("not_run")
    d.r.wait_post("exempt them there by the condition")
    d.set(root={"account": ACCOUNT})
    wants(d, "recovery", "G-0002")
    d.r.fault(CREATE, "body", status=200, body="", count=1)
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("not_run", "G-0002")
    d.r.wait_post("AWS took it, and there is no password all the same")
    wants(d, "recovery", "G-0003")
    d.set(root=HAS)
    d.r.click("ben", "approve", "G-0003")
    d.r.wait_state("not_run", "G-0003")
    d.r.wait_post("there was a password already. Nothing was changed")
    expect(len(d.r.requests(CREATE)) == 2, "and nothing is asked for")
    never_lifted(d)


def test_run_on_recovery_killed_while_it_is_done_looks_what_became_of_it(make):
    d = with_root(make)
    d.set(root={"account": ACCOUNT})
    wants(d, "recovery")
    d.r.fault(CREATE, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait(lambda: d.r.requests(CREATE), "it is done, and not answered")
    begin_anew(d)
    d.r.wait_state("ran")
    expect("password" in root(d) and len(d.r.requests(CREATE)) == 1, "asked for once")
    never_lifted(d)


def test_run_on_recovery_killed_before_it_is_done_is_not_done(make):
    d = with_root(make)
    d.set(root={"account": ACCOUNT})
    wants(d, "recovery")
    die_before_it_is_done(d)
    d.r.wait_state("not_run")
    d.r.wait_post("there is no password; where I had asked AWS already, recovery may be allowed yet")
    expect(not d.r.requests(CREATE), "it is not done a second time")
    never_lifted(d)


def test_run_without_a_way_to_aws_says_so(make):
    d = Desk(make)
    d.r.start()
    d.r.wait_known()
    d.r.command("ana", f"run s3-lockout bakery {BUCKET} because its policy denies everybody")
    d.r.wait_heard("ana", "[aws] is not configured")
    expect(not [r for r in d.r.requests() if r["operation"].startswith("aws.")], "and asks nothing")
