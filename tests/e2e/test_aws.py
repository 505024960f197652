# SPDX-License-Identifier: Apache-2.0
"""[aws]: `reguard check` says whose the credentials are and whether centralized root access is on, and what is wrong when they are refused."""
import concurrent.futures
import json

import canaries
from rig import expect
from test_check import Desk

IDENTITY, FEATURES = "aws.sts.GetCallerIdentity", "aws.iam.ListOrganizationsFeatures"
HOSTILE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ROOTED">]><ListOrganizationsFeaturesResponse><ListOrganizationsFeaturesResult><OrganizationId>&b;</OrganizationId>' \
          "<EnabledFeatures/></ListOrganizationsFeaturesResult></ListOrganizationsFeaturesResponse>"


class Aws(Desk):
    """The desk of test_check, with [aws] on it, and all that was told kept for the search for secrets."""

    def __init__(self, make, of=None, **keys):
        super().__init__(make, **({"of": of} if of else {}))
        base = f"https://localhost:{self.r.ports['port']}/aws/"
        self.r.configure(aws={"region": "eu-central-1", "access_key_id": "AKIASANDBOX000000001", "secret_access_key_file": "aws-secret-access-key",
                              "sts_url": base + "sts.eu-central-1.amazonaws.com", "iam_url": base + "iam.amazonaws.com", "ca_file": self.r.dir + "/ca.pem", **keys})
        self.good = open(self.r.conf).read()

    def set(self, **words):
        self.r.call("POST", "aws", words)

    def only(self, operation, kind, **more):
        """That fault and no other."""
        self.r.call("POST", "fault", {"clear": True})
        self.r.fault(operation, kind, count=-1, **more)

    def refused(self, operation, error, *problem, status=403):
        self.r.fault(operation, "error", error=error, status=status, count=-1)
        out = self.check(problems=[problem])
        self.r.call("POST", "fault", {"clear": True})
        return out

    def bad(self, setting, *words, **keys):
        """The configuration is refused, in one sentence."""
        with open(self.r.conf, "w") as f:
            f.write(self.good)
        self.r.configure(aws=keys)
        before = len(self.r.requests())
        status, out, err = self.r.cli("check", "-c", self.r.conf)
        told = [line for line in (out + err).splitlines() if setting in line]
        expect(status == 78 and len(told) == 1 and all(w in told[0] for w in words), f"{keys} is refused, with {words}", status, out, err)
        expect(len(self.r.requests()) == before, "and nothing is asked", self.r.requests()[before:])


def session(make):
    return Aws(make, access_key_id="ASIASANDBOX000000001", secret_access_key_file="aws-session-secret-key", session_token_file="aws-session-token")


def test_aws_is_not_asked_without_its_section(make):
    d = Desk(make)
    out = d.check(problems=[])
    expect("AWS:" not in out and not [r for r in d.r.requests() if r["operation"].startswith("aws.")], "nothing is said and nothing asked", out)


def test_aws_tells_whose_credentials_and_which_features(make):
    d = Aws(make)
    out = d.check(problems=[])
    for words in ("arn:aws:iam::111122223333:user/reguard", "of account 111122223333", "it takes the credentials", "centralized root access is on", "without a window"):
        expect(words in out, f"it says “{words}”", out)
    expect("risk     AWS" not in out, "nothing of it is a risk", out)
    for features, words in ((["RootCredentialsManagement"], "RootSessions is off"), (["RootSessions"], "RootCredentialsManagement is off"),
                            ([], "RootCredentialsManagement and RootSessions are off"), (None, "was never set up")):
        d.set(features=features)
        out = d.check(problems=[])
        expect("risk     AWS: " in out and words in out and "Root access management" in out, f"{features} is told as a risk, with what to do", out)
    d.set(features=["RootSessions", "SomethingOfLater", "RootCredentialsManagement"])
    expect("centralized root access is on" in d.check(problems=[]), "a feature of later changes nothing")
    before = len(d.r.requests())
    expect("AWS:" not in d.check("--offline", problems=[]) and len(d.r.requests()) == before, "nothing is asked offline")


def test_aws_takes_a_session_and_tells_a_root_user(make):
    d = session(make)
    expect("arn:aws:sts::111122223333:assumed-role/reguard/session" in d.check(problems=[]), "a session's credentials are taken")
    d.set(is_root=True)
    d.check(problems=[("AWS: the credentials are arn:aws:iam::111122223333:root", "reguard manifest aws")])
    d.set(is_root=False, session_ended=True)
    d.check(problems=[("[aws] session_token_file", "ExpiredToken", "fetch new ones")])
    d.check(problems=[("[aws] access_key_id", "its token is missing", "session_token_file")], aws={"session_token_file": None})


def test_aws_refusals_name_the_action_and_what_to_do(make):
    d = Aws(make)
    d.set(allowed=False)
    out = d.check(problems=[("[aws] access_key_id", "iam:ListOrganizationsFeatures", "AccessDenied", '"Action":"iam:ListOrganizationsFeatures"', "reguard manifest aws")])
    expect("of account 111122223333" in out, "whose they are is told all the same", out)
    status, policy, _ = d.r.cli("manifest", "aws")
    actions = [s["Action"] for s in json.loads(policy)["Statement"]]
    expect(status == 0 and actions == ["iam:ListOrganizationsFeatures", "sts:AssumeRoot", ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"]] and "Root" in policy, "the smallest policy", policy)
    d.set(allowed=True, key_active=False)
    d.check(problems=[("[aws] access_key_id", "sts:GetCallerIdentity", "InvalidClientTokenId", "active")])
    d.set(key_active=True)
    d.refused(FEATURES, "AccountNotManagementOrDelegatedAdministratorException: no", "[aws] access_key_id", "only the management account", status=400)
    d.refused(FEATURES, "OrganizationNotFoundException: no", "[aws] access_key_id", "in no organisation", status=404)
    d.refused(FEATURES, "OrganizationNotInAllFeaturesModeException: no", "[aws] access_key_id", "all features", status=400)
    d.refused(IDENTITY, "RegionDisabledException: no", "[aws] region", "turn the region on")
    d.refused(IDENTITY, "SomethingOfLater: `rm` \u202e", "[aws] region", "sts:GetCallerIdentity", "403", "SomethingOfLater")
    d.check(problems=[("[aws] region", "could not be reached", "network")], aws={"sts_url": "http://127.0.0.1:1", "request_timeout": "2s"})


def test_aws_another_region_is_no_place_for_the_signature(make):
    d = Aws(make)
    d.check(problems=[("[aws] secret_access_key_file", "SignatureDoesNotMatch")], aws={"region": "eu-west-1"})


def test_aws_settings_that_are_useless(make):
    d = Aws(make)
    d.check("--offline", problems=[("[aws] region", "China")], aws={"region": "cn-north-1"})
    d.check("--offline", problems=[("[aws] region", "no region")], aws={"region": "Frankfurt"})
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    out = d.check("--offline", problems=[("[aws] access_key_id", "secret_access_key_file")], aws={"access_key_id": secret})
    expect(secret not in out, "a secret in the wrong place is not repeated", out)


def test_aws_is_signed_by_its_own_clock(make):
    d = Aws(make)
    for ahead_s, words in ((20 * 60, "behind AWS's"), (-20 * 60, "ahead of AWS's")):
        d.set(clock_ms=ahead_s * 1000)
        out = d.check(problems=[("this machine's clock", words, "NTP")])
        expect("centralized root access is on" in out, "the answers are there all the same", out)
    right = d.secret("aws-secret-access-key")
    d.put("aws-secret-access-key", "sandbox/Secret+Access+Key/of+somebody+else\n")
    before = len(d.r.requests(IDENTITY))
    d.check(problems=[("[aws] secret_access_key_file", "SignatureDoesNotMatch"), ("this machine's clock", "NTP")])
    expect(len(d.r.requests(IDENTITY)) - before == 2, "signed again by that clock once", d.r.requests(IDENTITY)[before:])
    d.put("aws-secret-access-key", right)
    d.r.stax(clock_ms=-20 * 60 * 1000)
    d.check(problems=[("this machine's clock", "NTP")])


def test_aws_throttling_and_lost_answers_pass(make):
    d = Aws(make)
    for kind, more in (("status", {"status": 400}), ("status", {"status": 503}), ("lost", {})):
        d.r.fault(FEATURES, kind, count=2, **more)
        expect("centralized root access is on" in d.check(problems=[]), f"{kind} {more} passes")
    d.r.fault(FEATURES, "status", status=400, count=-1)
    before = len(d.r.requests(FEATURES))
    d.check(problems=[("[aws] region", "iam:ListOrganizationsFeatures", "slow down")])
    asked = len(d.r.requests(FEATURES)) - before
    expect(2 <= asked <= 5, "asked again, and not for ever", asked)


def test_aws_hostile_answers_are_refused(make):
    d = Aws(make)
    deep = "<a>" * 5000
    for body in (HOSTILE, deep, "{}", "", "<ListOrganizationsFeaturesResponse/>", "<html><body>proxy</body></html>", "<GetCallerIdentityResponse/>", "x" * 200000):
        d.r.fault(FEATURES, "body", body=body, count=1)
        out = d.check(problems=[("[aws] sts_url", "iam:ListOrganizationsFeatures: the answer cannot be understood", "who answers there")])
        expect("ROOTED" not in out and "centralized root access is on" not in out, "nothing of it counts", body[:40], out)
        d.r.call("POST", "fault", {"clear": True})


def test_aws_secrets_stay_in_their_files(make):
    """AWS repeats the request, with the session's token, to whoever signs it wrong; a proxy may repeat anything."""
    d = session(make)
    said = [d.check(problems=[])]
    right, token = d.secret("aws-session-secret-key"), d.secret("aws-session-token").strip()
    d.put("aws-session-secret-key", "sandbox/Secret+Access+Key/of+somebody+else" + "\n")
    said.append(d.check(problems=[("[aws] secret_access_key_file", "SignatureDoesNotMatch", "shown with this access key id")]))
    d.put("aws-session-secret-key", right)
    said.append(d.refused(IDENTITY, f"Throttling: {right.strip()}", "[aws] region", "slow down", status=400))
    d.r.start()
    d.r.wait_known()
    artefacts = [("what check said", text.encode()) for text in said] + canaries.left_in(d.r.dir)
    found = list(canaries.found(canaries.of_folder(d.r.dir), artefacts))
    expect(token in canaries.of_folder(d.r.dir) and not found, "no secret is left anywhere", found)


ROLE, ASSUME = "arn:aws:iam::111122223333:role/reguard", "aws.sts.AssumeRole"


def test_aws_assumes_a_role_and_says_until_when(make):
    d = Aws(make, role_arn=ROLE, role_session_name="ops")
    out = d.check(problems=[])
    for words in ("arn:aws:sts::111122223333:assumed-role/reguard/ops", f"a session of {ROLE}", "the access key of the configuration", "they last until 20", "centralized root access is on"):
        expect(words in out, f"it says “{words}”", out)
    expect([r["status"] for r in d.r.requests(ASSUME)] == [200], "assumed once", d.r.requests(ASSUME))
    d.set(external_id="sandbox-external-id:of+reguard")
    d.check(problems=[("[aws] role_arn", "sts:AssumeRole", "AccessDenied", "trust policy", "external_id_file", "reguard manifest aws-trust")])
    d.check(problems=[], aws={"external_id_file": "aws-external-id"})
    d.set(external_id="", assumable=False)
    d.check(problems=[("[aws] role_arn", "AccessDenied", "trust policy")])
    d.set(assumable=True)
    d.check(problems=[("[aws] role_arn", "ValidationError", "session_duration")], aws={"access_key_id": "ASIASANDBOX000000001", "secret_access_key_file": "aws-session-secret-key",
                                                                                      "session_token_file": "aws-session-token", "session_duration": "2h"})
    status, policy, _ = d.r.cli("manifest", "aws-trust")
    expect(status == 0 and [s["Action"] for s in json.loads(policy)["Statement"]] == ["sts:AssumeRole"], "what the role has to trust", policy)


def test_aws_role_settings_that_cannot_be(make):
    d = Aws(make)
    d.check("--offline", problems=[("[aws] role_arn", "no role's ARN")], aws={"role_arn": "arn:aws:iam::1111:role/x"})
    d.check("--offline", problems=[("[aws] role_session_name", "2 to 64")], aws={"role_arn": ROLE, "role_session_name": "a b"})
    d.put("aws-external-id", "n")
    d.check("--offline", problems=[("[aws] external_id_file", "2 to 1224")], aws={"role_arn": ROLE, "external_id_file": "aws-external-id"})
    d.bad("[aws] external_id_file", "goes with a role", external_id_file="aws-external-id")
    d.bad("[aws] external_id_file", "there is no", role_arn=ROLE, external_id_file="aws-nothing")
    d.put("aws-external-id", "sandbox-external-id", mode=0o644)
    d.bad("[aws] external_id_file", "0600", role_arn=ROLE, external_id_file="aws-external-id")


def test_aws_a_role_is_renewed_before_it_ends(make):
    """Its session is over before the second question: the first one takes that long to be answered."""
    d = Aws(make, role_arn=ROLE)
    d.set(session_ms=1500)
    d.r.fault(IDENTITY, "delay", delay_ms=1400, count=1)
    out = d.check(problems=[])
    expect("centralized root access is on" in out and len(d.r.requests(ASSUME)) == 2, "another one for the second question", out, d.r.requests(ASSUME))
    expect({r["status"] for r in d.r.requests() if r["operation"].startswith("aws.")} == {200}, "nothing was asked with what had ended", d.r.requests())


def test_aws_a_refused_renewal_leaves_the_old_session(make):
    """The role is taken away while the first question is answered; the second one is asked in the last third of the session."""
    d = Aws(make, role_arn=ROLE)
    d.set(session_ms=9000)
    d.r.fault(IDENTITY, "delay", delay_ms=6300, count=1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        checked = pool.submit(d.check, problems=[])
        d.r.wait(lambda: d.r.requests(IDENTITY), "the first question")
        d.set(assumable=False)
        out = checked.result()
    expect([r["status"] for r in d.r.requests(ASSUME)] == [200, 403], "its renewal is refused", d.r.requests(ASSUME))
    expect("risk     AWS: they could not be renewed, and are used until they end: sts:AssumeRole" in out and "centralized root access is on" in out, "the old one does, as a risk", out)


def test_aws_a_role_is_assumed_by_the_right_clock_and_in_the_end(make):
    d = Aws(make, role_arn=ROLE)
    for ahead_s in (20 * 60, -20 * 60):
        d.set(clock_ms=ahead_s * 1000)
        out = d.check(problems=[("this machine's clock", "NTP")])
        expect("centralized root access is on" in out, "signed again by AWS's clock", out)
    d.set(clock_ms=0)
    d.r.fault(ASSUME, "status", status=400, count=2)
    d.check(problems=[])
    before = len(d.r.requests(ASSUME))
    d.r.fault(ASSUME, "status", status=400, count=-1)
    d.check(problems=[("[aws] region", "sts:AssumeRole", "slow down")])
    asked = len(d.r.requests(ASSUME)) - before
    expect(2 <= asked <= 5, "asked again, and not for ever", asked)


def test_aws_secrets_of_a_role_stay_where_they_are(make):
    d = Aws(make, role_arn=ROLE, external_id_file="aws-external-id")
    said = [d.check(problems=[])]
    token = open(d.r.dir + "/issued").read().split()[-1]
    body = ("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASANDBOX000000001</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken>"
            "<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")
    for ends in ("2020-01-01T00:00:00Z", "soon", ""):
        d.r.fault(ASSUME, "body", body=body % (token, token, ends), count=1)
        said.append(d.check(problems=[("[aws] sts_url", "sts:AssumeRole: the answer cannot be understood")]))
    d.r.call("POST", "fault", {"clear": True})
    d.r.start()
    d.r.wait_known()
    artefacts = [("what check said", text.encode()) for text in said] + canaries.left_in(d.r.dir)
    found = list(canaries.found(canaries.of_folder(d.r.dir), artefacts))
    expect(token in canaries.of_folder(d.r.dir) and not found, "no secret is left anywhere", found)


WEB = "aws.sts.AssumeRoleWithWebIdentity"
NO_KEYS = {"access_key_id": None, "secret_access_key_file": None}


def web(make):
    return Aws(make, credentials="web_identity", role_arn=ROLE, web_identity_token_file="aws-web-identity-token", **NO_KEYS)


def test_aws_takes_a_web_identity(make):
    d = web(make)
    out = d.check(problems=[])
    for words in ("assumed-role/reguard/reguard", f"a session of {ROLE}", "the web identity in ", "they last until 20", "centralized root access is on"):
        expect(words in out, f"it says “{words}”", out)
    expect([r["status"] for r in d.r.requests(WEB)] == [200] and not d.r.requests(ASSUME), "one unsigned question", d.r.requests())
    d.set(clock_ms=20 * 60 * 1000)
    d.check(problems=[("this machine's clock", "NTP")])
    d.set(clock_ms=0, web_token_ended=True)
    d.check(problems=[("[aws] web_identity_token_file", "ExpiredTokenException", "kubelet")])
    d.set(web_token_ended=False, assumable=False)
    d.check(problems=[("[aws] role_arn", "sts:AssumeRoleWithWebIdentity", "trust policy")])
    d.set(assumable=True, web_token="another", session_ms=1500)
    said = d.check(problems=[("[aws] web_identity_token_file", "InvalidIdentityToken", "issuer and audience")])
    expect("eyJ" not in said, "AWS repeats it, and reguard does not", said)
    d.set(web_token=d.secret("aws-web-identity-token").strip())
    d.r.fault(IDENTITY, "delay", delay_ms=1400, count=1)
    before = len(d.r.requests(WEB))
    d.check(problems=[])
    expect(len(d.r.requests(WEB)) - before == 2, "renewed between the two questions", d.r.requests(WEB))


def test_aws_one_way_to_credentials_only(make):
    d = Aws(make)
    token = {"web_identity_token_file": "aws-web-identity-token"}
    d.bad("[aws] web_identity_token_file", "credentials = keys takes none", **token)
    d.bad("[aws] access_key_id", "credentials = web_identity takes none", credentials="web_identity", role_arn=ROLE, **token)
    d.bad("[aws] role_arn", "credentials = web_identity needs it", credentials="web_identity", **token, **NO_KEYS)
    d.bad("[aws] web_identity_token_file", "credentials = web_identity needs it", credentials="web_identity", role_arn=ROLE, **NO_KEYS)
    d.bad("[aws] access_key_id", "credentials = keys needs it", **NO_KEYS)
    d.bad("[aws] external_id_file", "credentials = web_identity takes none", credentials="web_identity", role_arn=ROLE, external_id_file="aws-external-id", **token, **NO_KEYS)
    d.bad("[aws] web_identity_token_file", "there is no", credentials="web_identity", role_arn=ROLE, web_identity_token_file="aws-nothing", **NO_KEYS)
    d.put("aws-web-identity-token", "eyJ.sandbox", mode=0o640)
    d.bad("[aws] web_identity_token_file", "0600", credentials="web_identity", role_arn=ROLE, **token, **NO_KEYS)


def test_aws_secrets_of_a_web_identity_stay_where_they_are(make):
    d = web(make)
    token = d.secret("aws-web-identity-token").strip()
    said = [d.check(problems=[])]
    said.append(d.refused(WEB, f"AccessDenied: {token}", "[aws] role_arn", "trust policy"))
    said.append(d.refused(WEB, f"Throttling: {token}", "[aws] region", "slow down", status=400))
    d.r.start()
    d.r.wait_known()
    artefacts = [("what check said", text.encode()) for text in said] + canaries.left_in(d.r.dir)
    found = list(canaries.found(canaries.of_folder(d.r.dir), artefacts))
    expect(token in canaries.of_folder(d.r.dir) and not found, "no secret is left anywhere", found)


CONTAINER, INSTANCE = "aws.container", [f"aws.instance.{step}" for step in ("token", "role", "keys")]


def container(make):
    d = Aws(make, credentials="container", container_token_file="aws-container-token", **NO_KEYS)
    d.r.configure(aws={"container_url": f"https://localhost:{d.r.ports['port']}/aws/container/credentials"})
    d.good = open(d.r.conf).read()
    return d


def instance(make):
    d = Aws(make, credentials="instance", **NO_KEYS)
    d.r.configure(aws={"instance_url": f"http://127.0.0.1:{d.r.ports['plain_port']}/aws/instance"})
    d.good = open(d.r.conf).read()
    return d


def test_aws_takes_the_credentials_of_a_container(make):
    d = container(make)
    out = d.check(problems=[])
    for words in ("assumed-role/reguard/local", "the credentials of this container; they last until 20", "centralized root access is on"):
        expect(words in out, f"it says “{words}”", out)
    d.check(problems=[], aws={"role_arn": ROLE})
    expect(len(d.r.requests(ASSUME)) == 1, "a role on top", d.r.requests(ASSUME))
    said = [out, d.check(problems=[("[aws] container_url", "the container's agent: it refuses the token (401)")], aws={"container_token_file": None})]
    for status, words in ((302, "not followed"), (404, "it answered 404"), (500, "it answered 500")):
        d.only(CONTAINER, "status", status=status)
        said.append(d.check(problems=[("[aws] container_url", "the container's agent", words)]))
    expect(not d.r.requests(INSTANCE[2]), "a redirect is not followed", d.r.requests())
    d.only(CONTAINER, "body", body=d.secret("aws-container-token"))
    said.append(d.check(problems=[("[aws] container_url", "the answer cannot be understood")]))
    d.r.call("POST", "fault", {"clear": True})
    d.r.fault(CONTAINER, "status", status=503, count=2)
    said.append(d.check(problems=[]))
    d.set(session_ms=1500)
    d.r.fault(IDENTITY, "delay", delay_ms=1400, count=1)
    before = len(d.r.requests(CONTAINER))
    said.append(d.check(problems=[]))
    expect(len(d.r.requests(CONTAINER)) - before == 2, "renewed between the two questions", d.r.requests(CONTAINER))
    no_secret_is_left(d, said)


def no_secret_is_left(d, said):
    d.r.start()
    d.r.wait_known()
    artefacts = [("what check said", text.encode()) for text in said] + canaries.left_in(d.r.dir)
    found = list(canaries.found(canaries.of_folder(d.r.dir), artefacts))
    expect(len(open(d.r.dir + "/issued").read().split()) > 1 and not found, "no secret is left anywhere", found)


def test_aws_takes_the_credentials_of_an_instance(make):
    d = instance(make)
    said = [d.check(problems=[])]
    expect("the credentials of this instance; they last until 20" in said[0], "it says whose they are", said[0])
    expect([[r["status"] for r in d.r.requests(step)] for step in INSTANCE] == [[200]] * 3, "three steps", d.r.requests())
    d.set(instance_has_no_role=True)
    said.append(d.check(problems=[("[aws] credentials", "the instance has no role", "instance profile")]))
    d.set(instance_has_no_role=False, session_ms=1500)
    d.r.fault(IDENTITY, "delay", delay_ms=1400, count=1)
    said.append(d.check(problems=[]))
    no_secret_is_left(d, said)


def test_aws_an_instance_is_never_asked_by_version_1(make):
    """Nor anywhere else, nor for long: whatever answers, and when nothing does."""
    d = instance(make)
    later = lambda: [r for step in INSTANCE[1:] for r in d.r.requests(step)]
    d.set(instance_off=True)
    d.check(problems=[("[aws] credentials", "it gives no token (403)", "version 2", "hop limit")])
    d.set(instance_off=False)
    d.only(INSTANCE[0], "status", status=302)
    d.check(problems=[("[aws] credentials", "not followed")])
    d.only(INSTANCE[0], "body", body="")
    d.check(problems=[("[aws] credentials", "it gives no token")])
    d.only(INSTANCE[0], "delay", delay_ms=30000)
    out = d.check(problems=[("[aws] credentials", "no answer in time", "hop limit")])
    expect("both tokens work" in out and "root protection ON" in out, "all else is looked at", out)
    expect(not later(), "nothing is asked without a token", later())


def test_aws_places_of_a_machine_that_cannot_be(make):
    d = Aws(make)
    for url in ("http://example.com/c", "http://169.254.169.254/c", "http://169.254.170.3/c", "ftp://127.0.0.1/c", "http://127.0.0.1@example.com/c"):
        d.bad("[aws] container_url", "allowed: an https address", credentials="container", container_url=url, **NO_KEYS)
    for url in ("https://example.com", "http://example.com", "http://169.254.170.2", "http://127.0.0.1:1/?x"):
        d.bad("[aws] instance_url", "allowed: http to 169.254.169.254", credentials="instance", instance_url=url, **NO_KEYS)
    d.bad("[aws] container_url", "credentials = container needs it", credentials="container", **NO_KEYS)
    d.bad("[aws] access_key_id", "credentials = instance takes none", credentials="instance")
    d.bad("[aws] container_token_file", "credentials = instance takes none", credentials="instance", container_token_file="aws-container-token", **NO_KEYS)


QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/reguard-root-events"


def queue(make, **keys):
    d = Aws(make, events_queue=QUEUE, **keys)
    d.r.configure(aws={"sqs_url": f"https://localhost:{d.r.ports['port']}/aws/sqs.eu-central-1.amazonaws.com"})
    d.good = open(d.r.conf).read()
    return d


def test_aws_tells_whether_the_queue_can_be_read(make):
    d = queue(make)
    d.set(event={"any": "thing"})
    expect("the queue of root users' events can be read, and about 1 wait there" in d.check(problems=[]), "it can be read")
    d.set(queue_denied=True)
    d.check(problems=[("[aws] events_queue", "sqs:GetQueueAttributes", "AccessDenied", "reguard manifest aws")])
    d.set(queue_denied=False, queue_gone=True)
    d.check(problems=[("[aws] events_queue", "there is no such queue", "URL")])
    d.set(queue_gone=False)
    d.check(problems=[("[aws] events_queue", "there is no such queue")], aws={"events_queue": QUEUE + "-2"})
    d.check(problems=[("[aws] secret_access_key_file", "SignatureDoesNotMatch")], aws={"events_queue": QUEUE.replace("eu-central-1", "eu-west-1")})
    d.bad("[aws] events_queue", "no standard queue's URL", events_queue="reguard-root-events")
    d.bad("[aws] events_queue", "another partition", events_queue=QUEUE.replace("eu-central-1", "us-gov-west-1"))
