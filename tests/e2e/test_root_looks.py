# SPDX-License-Identifier: Apache-2.0
"""With [aws], what a root user has is looked at before a window and after: nobody has to be believed, and nothing waits for it."""
import canaries
from rig import expect
from room_rig import Room
from test_aws import Aws

ACCOUNT, ASSUME = "222222222222", "aws.sts.AssumeRoot"
KEY = {"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": "2030-01-02T00:00:00Z"}
OLD = {**KEY, "AccessKeyId": "AKIAROOT000000000002", "CreateDate": "2020-01-02T00:00:00Z"}
DEVICE = {"SerialNumber": "arn:aws:iam::222222222222:mfa/root", "EnableDate": "2024-05-07T00:00:00Z"}


class Looks(Aws):
    def __init__(self, make, **keys):
        super().__init__(make, **keys)
        self.r.configure(policy={"mailbox_proof": "off"})

    def root(self, **has):
        self.set(root={"account": ACCOUNT, **has})

    def start(self):
        self.r.start()
        self.r.wait_known()

    def lift(self, before):
        """Approved once the card says what the root user has."""
        self.r.ask(length="10m", confirm=False)
        self.r.wait(lambda: before in self.r.text(), f"the card says “{before}”")
        self.r.click("ben", "approve", "G-0001")
        self.r.wait_state("lifted")

    def window(self, before):
        self.lift(before)
        self.r.click("ana", "done", "G-0001")
        self.r.wait_state("restored")


def test_root_look_finds_a_window_clean(make):
    d = Looks(make)
    d.root(password="2024-05-06T07:08:09Z", mfa=[DEVICE], keys=[OLD])
    d.start()
    d.window("a password with MFA, 1 access key")
    d.r.wait_post("Clean, verified")
    said = d.r.text()
    expect("a password with MFA, 1 access key" in said and "1 access key was there before, too" in said, "what it has, against what it had", said)
    expect("is everything cleaned up" not in said, "nobody is asked", said)
    sessions = [r for r in d.r.requests(ASSUME)]
    expect(len(sessions) == 2 and not [r for r in d.r.requests() if r["operation"].startswith("aws.iam.") and r["status"] != 200], "one session before and one after", sessions)


def test_root_look_finds_what_is_left_and_looks_again(make):
    d = Looks(make)
    d.start()
    d.lift("no password, no MFA, no access keys; password recovery has to be allowed first")
    expect("It has none now: allow password recovery first" in d.r.text(), "the steps say so, too")
    d.root(password="2024-05-06T07:08:09Z", keys=[KEY])
    d.r.click("ana", "done", "G-0001")
    d.r.wait_state("restored")
    d.r.wait_post("the root user has 1 access key, a password WITHOUT MFA")
    d.r.kill()  # what is left is on record
    d.root()
    d.r.start()
    d.r.wait_known()
    d.r.click("ana", "cleaned", "G-0001")
    d.r.wait_post("Clean, verified")
    expect(len(d.r.posts("Clean, verified")) >= 1 and "says that everything is cleaned up" in d.r.text(), "at AWS's word", d.r.text())


def test_root_look_cleans_up_with_one_click(make):
    """What is left is deleted as a task of its own, through the ordinary question, and looked at once more."""
    d = Looks(make)
    d.start()
    d.lift("no password, no MFA, no access keys; password recovery has to be allowed first: approve with it, or ask for it alone: `/reguard run recovery 222222222222 because G-0001 needs its root user`")
    d.root(keys=[KEY])
    d.r.click("ana", "done", "G-0001")
    d.r.wait_state("restored")
    d.r.wait_post("run credentials 222222222222 because G-0001 has left them")
    d.r.click("gil", "clean_up", "G-0001")
    d.r.wait_heard("gil", "cannot use")
    d.r.click("ana", "clean_up", "G-0001")
    d.r.wait_state("waiting", "G-0002")
    expect(KEY["AccessKeyId"] in d.r.text() and not d.r.requests("aws.iam.DeleteAccessKey"), "it is shown, and nothing is done before it is approved", d.r.text())
    d.r.click("ben", "approve", "G-0002")
    d.r.wait_state("ran", "G-0002")
    d.r.wait_post("Clean, verified")
    expect(len(d.r.requests("aws.iam.DeleteAccessKey")) == 1, "once", d.r.requests())


def test_root_look_that_is_refused_holds_nothing_up(make):
    d = Looks(make)
    d.root(deny="outside")
    d.start()
    d.window("not known: sts∶AssumeRoot")
    d.r.wait_post("I cannot check whether it is clean")
    d.r.wait_post("is everything cleaned up")
    expect("sts∶AssumeRoot" in d.r.text() and "AccessDenied" in d.r.text(), "and it says why", d.r.text())
    d.r.click("ana", "cleaned", "G-0001")
    d.r.wait_post("says that everything is cleaned up")


def test_root_look_over_a_kill_in_the_middle(make):
    """The answer is lost with the process: the next one looks again."""
    d = Looks(make)
    d.root(password="2024-05-06T07:08:09Z")
    d.start()
    d.lift("a password WITHOUT MFA, no access keys")
    d.r.fault(ASSUME, "status", status=503, count=-1)
    d.r.click("ana", "done", "G-0001")
    d.r.wait_state("restored")
    asked = len(d.r.requests(ASSUME))
    d.r.wait(lambda: len(d.r.requests(ASSUME)) > asked, "it is asked")
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    d.r.start()
    d.r.wait_post("the root user has a password WITHOUT MFA")
    expect(len(d.r.posts("NOT clean")) == 1, "told once", d.r.posts("NOT clean"))


def test_root_look_leaves_no_secret(make):
    d = Looks(make)
    d.root(keys=[OLD])
    d.start()
    d.window("1 access key")
    d.r.wait_post("Clean, verified")
    d.r.stop()
    found = list(canaries.found(canaries.of_folder(d.r.dir), [("chat", d.r.text().encode())] + canaries.left_in(d.r.dir)))
    expect(not found, "no secret in what is kept, logged or said", found)
    expect("AKIAROOT000000000002" not in d.r.text(), "nor whose key it is")


# ---- password recovery with the lift ----

CREATE, PUT = "aws.iam.CreateLoginProfile", "stax.put_guardrails"
OFFERED = "password recovery has to be allowed first: approve with it, or ask for it alone"


def asked_for(make, of=None, **root):
    """The card says that nobody could sign in."""
    d = Looks(make, **({"of": of} if of else {}))
    if root:
        d.root(**root)
    d.start()
    d.r.ask(length="10m", confirm=False)
    d.r.wait(lambda: OFFERED in d.r.text(), "the card says so")
    return d


def has_password(d):
    return bool(d.r.state()["aws"]["roots"].get(ACCOUNT, {}).get("password"))


def never_lifted(d):
    expect(not d.r.puts() and d.r.state()["stax"]["root"] is True, "nothing was lifted", d.r.puts())
    d.r.check_always()


def begin_anew(d):
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    d.r.start()


def test_recovery_with_the_lift_comes_first(make):
    d = asked_for(make)
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait_state("lifted")
    order = [r["operation"] for r in d.r.requests() if r["operation"] in (CREATE, PUT)]
    expect(order == [CREATE, PUT] and has_password(d), "once, and before the change leaves", order)
    kinds = [r["kind"] for r in d.r.journal("G-0001")]
    expect([k for k in kinds if "recovery" in k or k == "change_begun"] == ["recovery_begun", "recovery_allowed", "change_begun"], "on record in that order", kinds)
    approved = next(r for r in d.r.journal("G-0001") if r["kind"] == "approved")["data"]
    found = next(r for r in d.r.journal("G-0001") if r["kind"] == "root_found")["data"]
    expect(approved["digest"] == found["digest"] and len(found["digest"]) == 64, "what was shown is what was approved", approved, found)
    said = d.r.text()
    expect("Verified: recovery of the root user's password in bakery" in said and "set a new password and store it. Password recovery is allowed." in said, "told", said)
    d.r.click("ana", "done", "G-0001")
    d.r.wait_state("restored")
    d.r.wait_post("a password WITHOUT MFA")
    status, out, err = d.r.cli("audit", "verify", "-c", d.r.conf)
    expect(status == 0, "the records hold", out, err)


def test_recovery_is_not_allowed_by_a_plain_approval(make):
    d = asked_for(make)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("lifted")
    expect(not d.r.requests(CREATE) and not has_password(d), "it means what it meant")


def test_recovery_that_aws_refuses_ends_the_lift(make):
    d = asked_for(make)
    d.root(deny="CreateLoginProfile")
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait_state("refused")
    d.r.wait_post("Not lifted: password recovery was approved with it, and could not be allowed")
    expect("exempt them there by the condition" in d.r.text() and not has_password(d), "with the reason", d.r.text())
    never_lifted(d)


def test_recovery_where_a_password_came_meanwhile_lifts(make):
    d = asked_for(make)
    d.root(password="2024-05-06T07:08:09Z")
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait_state("lifted")
    expect(not d.r.requests(CREATE) and "there was a password already" in d.r.text(), "nothing is asked for", d.r.text())


def test_recovery_killed_while_it_is_done_goes_on(make):
    """AWS has done it, and nobody has heard: it is looked at, and the lift goes on with the same approval."""
    d = asked_for(make)
    d.r.fault(CREATE, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait(lambda: d.r.requests(CREATE), "it is done, and not answered")
    expect(not d.r.puts(), "and nothing is lifted before it is answered")
    begin_anew(d)
    d.r.wait_state("lifted")
    expect(has_password(d) and len(d.r.requests(CREATE)) == 1 and len(d.r.puts()) == 1, "each once", d.r.requests(CREATE))


def test_recovery_killed_before_it_is_done_is_not_done(make):
    d = asked_for(make)
    asked = len(d.r.requests(ASSUME))
    d.r.fault(ASSUME, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait(lambda: len(d.r.requests(ASSUME)) > asked, "it has begun")
    begin_anew(d)
    d.r.wait_state("refused")
    d.r.wait_post("where I had asked AWS already, recovery may be allowed yet")
    expect(not d.r.requests(CREATE) and not has_password(d), "it is not done a second time")
    never_lifted(d)


def test_recovery_killed_after_it_is_done_lifts_once(make):
    d = asked_for(make)
    d.r.fault(PUT, "delay", delay_ms=60000, count=-1)
    d.r.click("ben", "approve_recovery", "G-0001")
    d.r.wait(lambda: d.r.requests(PUT), "the change is asked for")
    begin_anew(d)
    d.r.wait_state("lifted")
    expect(len(d.r.requests(CREATE)) == 1, "and recovery no more", d.r.requests(CREATE))


def test_recovery_by_a_word_in_a_room(make):
    d = asked_for(make, of=Room)
    expect("!reguard approve G-0001 with recovery" in d.r.text(), "the words stand on the card", d.r.text())
    d.r.command("ben", "approve G-0001 with recovery")
    d.r.wait_state("lifted")
    expect(has_password(d) and "Ben Baker approved (command, with password recovery)" in d.r.text(), "as by the button", d.r.text())


def test_recovery_is_refused_where_there_is_a_password(make):
    d = Looks(make)
    d.root(password="2024-05-06T07:08:09Z")
    d.start()
    d.r.ask(length="10m", confirm=False)
    d.r.wait(lambda: "a password WITHOUT MFA" in d.r.text(), "the card says so")
    d.r.command("ben", "approve G-0001 with recovery")
    d.r.wait_heard("ben", "the root user has a password, so that it can be recovered")
    expect("approve_recovery" not in str(d.r.card()), "nor is there a button", d.r.card())
    never_lifted(d)
