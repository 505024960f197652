# SPDX-License-Identifier: Apache-2.0
"""`reguard root-users`: which accounts have a root user that somebody could act as, asked of AWS by a session for that one task, account by account."""
import csv
import io
import json
import os
import subprocess

import canaries
from rig import expect, sanitized
from test_aws import Aws
from test_check import Desk

ASSUME, USER, PROFILE, DEVICES = "aws.sts.AssumeRoot", "aws.iam.GetUser", "aws.iam.GetLoginProfile", "aws.iam.ListMFADevices"
MEMBERS = 57  # of the sandbox's organisation: those that are active, without the management account
KEY = {"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": "2023-01-02T00:00:00Z", "LastUsedDate": "2025-02-03T04:05:06Z"}
OLD_KEY = {**KEY, "AccessKeyId": "AKIAROOT000000000002", "Status": "Inactive", "CreateDate": "2020-01-02T00:00:00Z"}
DEVICE = {"SerialNumber": "arn:aws:iam::222222222222:mfa/root", "EnableDate": "2024-05-07T00:00:00Z"}
CERTIFICATE = {"CertificateId": "C" * 24, "CertificateBody": "-----BEGIN", "Status": "Active", "UploadDate": "2021-01-01T00:00:00Z"}


class Roots(Aws):
    def __init__(self, make, **keys):
        super().__init__(make, **keys)
        self.resume = self.r.dir + "/answers"
        self.said = []

    def root(self, account, **has):
        self.set(root={"account": account, **has})

    def ask(self, *words, status=0):
        got, out, err = self.r.cli("root-users", *words, "-c", self.r.conf)
        self.said += [("root-users", (out + err).encode())]
        expect(got == status, f"root-users {words} ends with {status}", got, out, err)
        return out, err

    def rows(self, *words, status=0):
        out, err = self.ask("--json", *words, status=status)
        self.err = err
        return {row["account"]: row for row in map(json.loads, out.splitlines())}

    def asked(self, operation=ASSUME):
        return len(self.r.requests(operation))

    def alone(self, *accounts):
        """Only those are active, so that a test that counts asks little."""
        for number in ["333333333333", "555555555555", "666666666666", "777777777777", "888888888888", "999999999999", "222222222222"] + [f"2000000000{n:02d}" for n in range(1, 51)]:
            if number not in accounts:
                self.r.stax(account={"account": number, "Status": "SUSPENDED"})


def test_root_users_tells_who_has_credentials(make):
    d = Roots(make)
    d.root("222222222222", password="2024-05-06T07:08:09Z", password_used="2025-01-02T03:04:05Z", keys=[KEY, OLD_KEY])
    d.root("333333333333", password="2022-05-06T07:08:09Z", mfa=[DEVICE], certificates=[CERTIFICATE])
    d.root("999999999999", keys=[OLD_KEY])
    out, err = d.ask()
    expect(any(line.split() == "222222222222 bakery password without MFA, 1 access key 2023-01-02 2025-02-03".split() for line in out.splitlines()), "bakery in a line", out)
    expect(any(line.split() == "333333333333 brewery password with MFA, 1 signing certificate 2021-01-01 not known".split() for line in out.splitlines()), "brewery in a line", out)
    expect(f"{MEMBERS} accounts: the root users of 2 have credentials that can be used, those of {MEMBERS - 2} have none, 0 could not be asked" in out, "counts", out)
    expect("1 of those without have keys or certificates that are switched off" in out and "999999999999" not in out, "what is switched off is counted", out)
    expect("2 more are not asked about: the management account" in out and "team-01" not in out, "what is not asked is told", out)
    expect(f"{MEMBERS} of {MEMBERS} accounts" in err, "progress", err)
    expect(d.asked() == MEMBERS and not [r for r in d.r.requests() if r["operation"].startswith("aws.") and r["status"] not in (200, 404)], "each asked once, and nothing refused")
    row = d.rows()["222222222222"]
    expect(row == {"account": "222222222222", "name": "bakery", "root_credentials": "usable", "password": True, "mfa_devices": 0, "access_keys": 2, "active_access_keys": 1, "signing_certificates": 0,
                   "active_signing_certificates": 0, "since": "2023-01-02T00:00:00.000Z", "last_use": "2025-02-03T04:05:06.000Z", "asked_at": row["asked_at"]}, "as JSON", row)


def test_root_users_as_csv_is_safe_to_open(make):
    """Names are somebody else's: no formula, no line of its own, nothing that a terminal obeys."""
    d = Roots(make)
    names = {"222222222222": '=HYPERLINK("http://x","y")', "333333333333": 'a, "b"\nc', "555555555555": "\x1b[31mred\u202e", "666666666666": "\t+1", "777777777777": "@sum", "888888888888": "-1+2", "999999999999": "\uff1d1"}
    for number, name in names.items():
        d.r.stax(account={"account": number, "Name": name})
    out, _ = d.ask("--csv")
    rows = {row["account"]: row for row in csv.DictReader(io.StringIO(out))}
    expect(len(rows) == MEMBERS and len(out.splitlines()) == MEMBERS + 1, "a line for each account", out)
    expect(not [row["name"] for row in rows.values() if row["name"][:1] in "=+-@\t\r\uff1d"], "no name begins a formula", out)
    expect(rows["222222222222"]["name"].startswith("'=") and "," in rows["333333333333"]["name"], "they are there all the same", rows)
    for text in (out, d.ask()[0], d.ask("--json")[0]):
        expect("\x1b" not in text and "\u202e" not in text and "\t" not in text, "nothing that a terminal obeys", repr(text[:3000]))
    expect(rows["222222222222"]["root_credentials"] == "none" and rows["222222222222"]["password"] == "no" and rows["222222222222"]["since"] == "", "what is not there is empty", rows["222222222222"])
    status, out, err = d.r.cli("root-users", "--csv", "--json", "-c", d.r.conf)
    expect(status == 64 and "one of --csv and --json" in err, "one form", status, err)


def peak(d, accounts):
    """How much memory at most it has held, in KiB."""
    with open(os.devnull, "w") as nowhere:
        run = subprocess.Popen([d.r.build + "/reguard", "root-users", "--csv", "-c", d.r.conf], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=nowhere)
        lines = run.stdout.read().count(b"\n")
        _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    expect(run.returncode == 0 and lines == accounts + 1, f"{accounts} accounts are told", run.returncode, lines)
    return usage.ru_maxrss


def test_root_users_of_many_accounts_in_little_memory(make):
    d = Roots(make)
    few, more = peak(d, MEMBERS), 700
    d.r.stax(members=more)
    many = peak(d, MEMBERS + more)
    expect(sanitized(d.r.build) or many - few < 6 * 1024, "no more than a few KiB for each account", few, many)


def test_root_users_of_no_account(make):
    d = Roots(make)
    d.alone()
    out, _ = d.ask()
    expect(out.startswith("0 accounts: ") and d.asked() == 0, "none to ask", out)
    expect(d.ask("--csv")[0].count("\n") == 1, "the heading alone")


def test_root_users_each_refusal_is_explained(make):
    d = Roots(make)
    d.alone("222222222222", "333333333333", "777777777777", "888888888888", "555555555555")
    d.root("222222222222", deny="scp")
    d.root("333333333333", deny="outside")
    d.root("777777777777", deny="ListMFADevices", password="2024-05-06T07:08:09Z")
    d.root("888888888888", password="2024-05-06T07:08:09Z")
    d.r.stax(account={"account": "555555555555", "AwsAccountId": "", "Name": "unborn"})
    out, _ = d.ask(status=1)
    rows = d.rows(status=1)
    for account, words in (("222222222222", ("iam:GetUser", "service control policy", "aws:AssumedRoot", "ExemptAssumeRoot")), ("333333333333", ("sts:AssumeRoot", "reguard manifest aws", "same organisation")),
                           ("777777777777", ("iam:ListMFADevices", "AccessDenied")), ("", ("no AWS account id",))):
        why = rows[account]["why_not_asked"]
        expect(all(w in why for w in words) and why in out, f"{account} says {words}", why, out)
        expect(rows[account]["root_credentials"] == "not asked" and "password" not in rows[account], "and nothing is said of its root user", rows[account])
    expect("of 1 have credentials" in out and "4 could not be asked" in out and rows["888888888888"]["password"], "the others are told", out)
    d.set(may_assume_root=False)
    expect(all("no identity-based policy allows" in r["why_not_asked"] or not r["account"] for r in d.rows(status=1).values()), "of the credentials' policy")


def test_root_users_where_nobody_can_be_asked(make):
    d = Roots(make)
    for features, words in ((["RootSessions"], "RootCredentialsManagement is off"), ([], "are off"), (None, "was never set up")):
        d.set(features=features)
        out, err = d.ask(status=1)
        expect(not out and "no account can be asked" in err and words in err and "Root access management" in err, f"{features}", out, err)
    d.set(features=["RootCredentialsManagement"], key_active=False)
    expect("InvalidClientTokenId" in d.ask(status=1)[1] and d.asked() == 0, "nobody is asked with a key that is not active")
    d.set(key_active=True)
    base = f"https://localhost:{d.r.ports['port']}/aws/"
    d.r.configure(aws={"sts_url": "https://sts.amazonaws.com"})
    expect(d.ask(status=1)[1] != "", "not the endpoint of no region")
    d.alone("222222222222")
    d.r.configure(aws={"sts_url": base + "sts.amazonaws.com", "region": "us-east-1"})
    expect("InvalidAction" in d.ask(status=1)[0], "nor one that stands for it")
    d.r.configure(aws={"sts_url": base + "sts.eu-central-1.amazonaws.com", "region": "eu-central-1"})
    d.r.fault("stax.get_accounts", "status", status=403, count=-1)
    expect("list of accounts could not be read" in d.ask(status=1)[1], "without the list")
    bare = Desk(make)
    status, out, err = bare.r.cli("root-users", "-c", bare.r.conf)
    expect(status == 1 and not out and "[aws] is missing" in err, "without [aws]", status, out, err)


def test_root_users_throttled_and_lost_answers_pass(make):
    d = Roots(make)
    d.alone("222222222222", "333333333333")
    for operation, kind, more in ((ASSUME, "status", {"status": 400}), (PROFILE, "status", {"status": 503}), (DEVICES, "lost", {})):
        d.r.fault(operation, kind, count=2, **more)
        expect(len(d.rows()) == 2, f"{operation} {kind} passes")
    d.r.call("POST", "fault", {"clear": True})


def test_root_users_stops_where_aws_does_not_answer(make):
    d = Roots(make, request_timeout="2s")
    d.r.fault(ASSUME, "status", status=400, count=-1)
    rows = d.rows("--resume", d.resume, status=1)
    late = [r for r in rows.values() if "go on later, with --resume" in r["why_not_asked"]]
    busy = [r["why_not_asked"] for r in rows.values() if r not in late]
    expect(len(rows) == MEMBERS and 5 <= len(busy) <= 9, "some are tried, the others are left", len(busy), len(late))
    expect(any("slow down" in why for why in busy), "and told why", busy)
    d.r.call("POST", "fault", {"clear": True})
    d.r.configure(aws={"request_timeout": "15s"})
    before = d.asked()
    expect(len(d.rows("--resume", d.resume)) == MEMBERS and d.asked() - before == MEMBERS, "later all are asked")


def test_root_users_a_session_that_ends_in_the_middle(make):
    d = Roots(make)
    d.alone("222222222222")
    d.root("222222222222", password="2024-05-06T07:08:09Z", keys=[KEY])
    d.r.fault(DEVICES, "error", error="ExpiredToken: over", status=403, count=1)
    row = d.rows()["222222222222"]
    expect(d.asked() == 2 and d.asked(USER) == 2, "another session, in which all is asked anew", d.r.requests())
    expect(row["access_keys"] == 1 and row["password"], "and nothing is counted twice", row)
    d.r.fault(DEVICES, "error", error="ExpiredToken: over", status=403, count=-1)
    row = d.rows(status=1)["222222222222"]
    expect("ended twice" in row["why_not_asked"] and d.asked() == 4, "not for ever", row)


def test_root_users_lies_and_cut_answers_do_not_count(make):
    d = Roots(make)
    d.alone("222222222222")
    user = "<GetUserResponse><GetUserResult><User><Arn>arn:aws:iam::%s:root</Arn></User></GetUserResult></GetUserResponse>"
    keys = "<ListAccessKeysResponse><ListAccessKeysResult>%s</ListAccessKeysResult></ListAccessKeysResponse>"
    for operation, body in ((USER, user % "333333333333"), (USER, ""), (PROFILE, "<GetLoginProfileResponse><GetLoginProfileResult/></GetLoginProfileResponse>"), (DEVICES, "<html>proxy</html>"),
                            ("aws.iam.ListAccessKeys", keys % "<AccessKeyMetadata/><IsTruncated>true</IsTruncated>"), ("aws.iam.ListAccessKeys", keys % ""), (ASSUME, "<AssumeRootResponse/>")):
        d.r.fault(operation, "body", body=body, count=1)
        why = d.rows(status=1)["222222222222"]["why_not_asked"]
        expect("the answer cannot be understood" in why, f"{operation} {body[:40]}", why)


def test_root_users_goes_on_where_it_was(make):
    d = Roots(make)
    d.alone("222222222222", "333333333333", "777777777777")
    d.root("222222222222", password="2024-05-06T07:08:09Z", keys=[KEY])
    d.root("333333333333", deny="scp")
    d.rows("--resume", d.resume, status=1)
    expect(os.stat(d.resume).st_mode & 0o777 == 0o600 and d.asked() == 3, "kept for its owner alone")
    d.root("333333333333", certificates=[CERTIFICATE])
    with open(d.resume, "a") as f:
        f.write('{"account":"7777')
    rows = d.rows("--resume", d.resume)
    expect(d.asked() == 4, "only the one that was refused is asked again", d.r.requests(ASSUME))
    expect(rows["222222222222"]["access_keys"] == 1 and rows["222222222222"]["since"].startswith("2023") and rows["333333333333"]["signing_certificates"] == 1, "the others are as they were", rows)
    lines = [json.loads(line) for line in open(d.resume)]
    expect(len(lines) == 3, "a line that was cut off is gone", lines)
    with open(d.resume, "w") as f:
        f.writelines(json.dumps({**line, "at_ms": line["at_ms"] - 25 * 3600 * 1000}) + "\n" for line in lines)
    d.rows("--resume", d.resume)
    expect(d.asked() == 7, "what is a day old is asked again")


def test_root_users_takes_no_other_file(make):
    d = Roots(make)
    d.alone("222222222222")
    text = open(d.r.conf).read()
    os.chmod(d.r.conf, 0o600)
    expect("none of root-users" in d.ask("--resume", d.r.conf, status=1)[1] and open(d.r.conf).read() == text, "another file stays as it is")
    os.symlink(d.resume, d.resume + ".link")
    d.ask("--resume", d.resume + ".link", status=1)
    d.ask("--resume", d.r.dir, status=1)
    with open(d.resume, "w"):
        os.chmod(d.resume, 0o644)
    expect("0600" in d.ask("--resume", d.resume, status=1)[1] and d.asked() == 0, "nor one that others read")


def test_root_users_ended_in_the_middle_goes_on(make):
    d = Roots(make)
    d.r.fault(DEVICES, "delay", delay_ms=300, count=-1)
    run = subprocess.Popen([d.r.build + "/reguard", "root-users", "--resume", d.resume, "-c", d.r.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    d.r.wait(lambda: os.path.exists(d.resume) and len(open(d.resume).readlines()) >= 4, "some have answered")
    run.kill()
    run.wait()
    d.r.call("POST", "fault", {"clear": True})
    kept, before = len(open(d.resume).read().split("\n")) - 1, d.asked()
    expect(len(d.rows("--resume", d.resume)) == MEMBERS and d.asked() - before == MEMBERS - kept, "the rest alone is asked", kept, before)


def test_root_users_secrets_stay_in_memory(make):
    """Every session's keys, in all that it says and leaves, also where AWS repeats them."""
    d = Roots(make)
    d.alone("222222222222", "333333333333")
    d.root("222222222222", password="2024-05-06T07:08:09Z", keys=[KEY])
    d.ask("--resume", d.resume)
    issued = open(d.r.dir + "/issued").read().split()
    short = min(issued, key=len)
    session = "<AssumeRootResponse><AssumeRootResult><Credentials><AccessKeyId>ASIASANDBOX000000001</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken>" \
              "<Expiration>2020-01-01T00:00:00Z</Expiration></Credentials></AssumeRootResult></AssumeRootResponse>"
    d.r.fault(ASSUME, "body", body=session % tuple(issued[:2]), count=1)
    d.ask(status=1)
    d.r.fault(DEVICES, "body", body=f"<html>{short}</html>", count=1)
    d.ask(status=1)
    d.r.fault(USER, "error", error=f"SignatureDoesNotMatch: {short}", status=403, count=1)
    d.ask("--csv", status=1)
    d.r.fault(PROFILE, "error", error=f"Throttling: {short}", status=400, count=-1)
    d.ask("--json", status=1)
    artefacts = d.said + canaries.left_in(d.r.dir)
    found = list(canaries.found(canaries.of_folder(d.r.dir), artefacts))
    expect(len(issued) >= 4 and not found, "no secret is left anywhere", found)
