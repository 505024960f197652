# SPDX-License-Identifier: Apache-2.0
"""AWS's own package believes reguard-sandbox, over TLS: STS, IAM, SQS and S3, their errors and retries. And botocore signs a thousand requests
as net/sign.c does: the same ones are made here and in tests/unit/test_sign.c, which holds the digest of all signatures."""
import datetime
import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import PLAIN, TLS, Report, control, equal

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.utils import ContainerMetadataFetcher, InstanceMetadataFetcher

REGION = "eu-central-1"
HOSTS = {"sts": f"sts.{REGION}.amazonaws.com", "sqs": f"sqs.{REGION}.amazonaws.com", "s3": f"s3.{REGION}.amazonaws.com", "iam": "iam.amazonaws.com"}
LASTING = ("AKIASANDBOX000000001", os.environ["PEER_AWS_SECRET_KEY"], None)
SESSION = ("ASIASANDBOX000000001", os.environ["PEER_AWS_SESSION_KEY"], os.environ["PEER_AWS_SESSION_TOKEN"])
report = Report("boto3")


def client(service, credentials=LASTING, region=None, attempts=1):
    """Where the endpoint is given, boto3 no longer knows that IAM is signed for one region."""
    key, secret, token = credentials
    region = region or ("us-east-1" if service == "iam" else REGION)
    return boto3.client(service, region_name=region, endpoint_url=f"{TLS}/aws/{HOSTS[service]}", aws_access_key_id=key, aws_secret_access_key=secret,
                        aws_session_token=token, config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": attempts, "mode": "standard"}))


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        return error.response["Error"]["Message"]
    raise AssertionError(f"it was not refused with {code}")


@report.test("tells whose credentials they are")
def _():
    equal(client("sts").get_caller_identity()["Arn"], "arn:aws:iam::111122223333:user/reguard")
    equal(client("sts", SESSION).get_caller_identity()["Account"], "111122223333")


@report.test("lists the features that are on")
def _():
    for features in (["RootSessions"], [], ["RootCredentialsManagement", "RootSessions"]):
        control("aws", {"features": features})
        answer = client("iam").list_organizations_features()
        equal((answer["EnabledFeatures"], answer["OrganizationId"]), (features, "o-sandbox001"))


@report.test("reads each refusal as the model has it")
def _():
    iam = client("iam")
    control("aws", {"features": None})
    try:
        iam.list_organizations_features()
        raise AssertionError("it was not refused")
    except iam.exceptions.ServiceAccessNotEnabledException:
        pass
    control("aws", {"features": [], "allowed": False})
    assert "is not authorized to perform: iam:ListOrganizationsFeatures" in refused("AccessDenied", iam.list_organizations_features)
    control("aws", {"allowed": True, "key_active": False})
    refused("InvalidClientTokenId", iam.list_organizations_features)
    control("aws", {"key_active": True, "session_ended": True})
    refused("ExpiredToken", client("iam", SESSION).list_organizations_features)
    control("aws", {"session_ended": False})
    refused("InvalidClientTokenId", client("sts", SESSION[:2] + (None,)).get_caller_identity)


@report.test("is refused with another secret, region, time or action")
def _():
    message = refused("SignatureDoesNotMatch", client("sts", SESSION[:1] + ("x" * 40,) + SESSION[2:]).get_caller_identity)
    assert SESSION[2] in message, "AWS repeats what it would have signed"
    refused("SignatureDoesNotMatch", client("sts", region="eu-west-1").get_caller_identity)
    refused("InvalidAction", client("iam").list_users)
    control("aws", {"clock_ms": 20 * 60 * 1000})
    refused("SignatureDoesNotMatch", client("sts").get_caller_identity)
    control("aws", {"clock_ms": 0})


@report.test("repeats what is throttled")
def _():
    control("fault", {"operation": "aws.sts.GetCallerIdentity", "kind": "status", "status": 400, "count": 1})
    equal(client("sts", attempts=3).get_caller_identity()["Account"], "111122223333")
    control("fault", {"operation": "aws.sts.GetCallerIdentity", "kind": "status", "status": 400, "count": 1})
    refused("Throttling", client("sts").get_caller_identity)


ROLE = {"RoleArn": "arn:aws:iam::111122223333:role/reguard", "RoleSessionName": "peer", "DurationSeconds": 900}


def handed(answer):
    keys = answer["Credentials"]
    return keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]


@report.test("assumes a role, and is it")
def _():
    keys = handed(client("sts").assume_role(**ROLE, ExternalId="any"))
    equal(client("sts", keys).get_caller_identity()["Arn"], "arn:aws:sts::111122223333:assumed-role/reguard/peer")
    refused("ValidationError", lambda: client("sts", keys).assume_role(**{**ROLE, "DurationSeconds": 7200}))
    control("aws", {"external_id": "wanted"})
    refused("AccessDenied", lambda: client("sts").assume_role(**ROLE))
    control("aws", {"external_id": "", "session_ms": 1})
    refused("ExpiredToken", client("sts", handed(client("sts").assume_role(**ROLE))).get_caller_identity)
    control("aws", {"session_ms": 0})


TASK = "arn:aws:iam::aws:policy/root-task/"
MEMBER = "222222222222"


def root_session(task="IAMAuditRootUserCredentials", account=MEMBER, **more):
    return handed(client("sts").assume_root(TargetPrincipal=account, TaskPolicyArn={"arn": TASK + task}, **more))


@report.test("takes a session of a member's root user, for one task")
def _():
    control("aws", {"features": ["RootCredentialsManagement", "RootSessions"]})
    control("aws", {"root": {"account": MEMBER, "password": "2024-05-06T07:08:09Z", "password_used": "2025-01-02T03:04:05Z",
                             "keys": [{"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": "2023-01-01T00:00:00Z", "LastUsedDate": "2025-02-03T04:05:06Z"},
                                      {"AccessKeyId": "AKIAROOT000000000002", "Status": "Inactive", "CreateDate": "2022-01-01T00:00:00Z"}],
                             "certificates": [{"CertificateId": "C" * 24, "CertificateBody": "-----BEGIN", "Status": "Active", "UploadDate": "2021-01-01T00:00:00Z"}],
                             "mfa": [{"SerialNumber": "arn:aws:iam::222222222222:mfa/root", "EnableDate": "2024-05-07T00:00:00Z"}]}})
    iam = client("iam", root_session(DurationSeconds=900))
    user = iam.get_user()["User"]
    equal((user["Arn"], user["PasswordLastUsed"].year), (f"arn:aws:iam::{MEMBER}:root", 2025))
    equal(iam.get_login_profile()["LoginProfile"]["CreateDate"].year, 2024)
    equal([key["Status"] for key in iam.list_access_keys()["AccessKeyMetadata"]], ["Active", "Inactive"])
    equal(iam.get_access_key_last_used(AccessKeyId="AKIAROOT000000000001")["AccessKeyLastUsed"]["LastUsedDate"].month, 2)
    assert "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId="AKIAROOT000000000002")["AccessKeyLastUsed"]
    equal(len(iam.list_signing_certificates()["Certificates"]), 1)
    equal(iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"], "arn:aws:iam::222222222222:mfa/root")
    equal(client("sts", root_session(account=f"arn:aws:iam::{MEMBER}:root")).get_caller_identity()["Arn"], f"arn:aws:iam::{MEMBER}:root")


@report.test("finds a root user without credentials")
def _():
    iam = client("iam", root_session(account="333333333333"))
    try:
        iam.get_login_profile()
        raise AssertionError("it has a password")
    except iam.exceptions.NoSuchEntityException:
        pass
    equal((iam.list_access_keys()["AccessKeyMetadata"], iam.list_mfa_devices()["MFADevices"]), ([], []))
    assert "PasswordLastUsed" not in iam.get_user()["User"]


@report.test("is refused what the task's policy does not allow, and every other way to a root user")
def _():
    refused("AccessDenied", client("iam", root_session("IAMCreateRootUserPassword")).list_access_keys)
    refused("AccessDenied", client("iam", root_session("S3UnlockBucketPolicy")).get_user)
    refused("AccessDenied", client("iam").get_user)
    refused("AccessDenied", lambda: client("sts", root_session()).assume_root(TargetPrincipal=MEMBER, TaskPolicyArn={"arn": TASK + "IAMAuditRootUserCredentials"}))
    refused("ValidationError", lambda: root_session("AdministratorAccess"))
    refused("AccessDenied", lambda: root_session(account="111122223333"))
    control("aws", {"may_assume_root": False})
    assert "no identity-based policy" in refused("AccessDenied", root_session)
    control("aws", {"may_assume_root": True, "features": ["RootSessions"]})
    refused("AccessDenied", root_session)
    control("aws", {"features": ["RootCredentialsManagement", "RootSessions"]})
    control("aws", {"root": {"account": "444444444444", "deny": "scp"}})
    assert "service control policy" in refused("AccessDenied", client("iam", root_session(account="444444444444")).get_user)
    control("aws", {"root": {"account": "444444444444", "deny": "outside"}})
    refused("AccessDenied", lambda: root_session(account="444444444444"))


@report.test("has a root user's session in a Region alone, for fifteen minutes at most")
def _():
    refused("ValidationError", lambda: root_session(DurationSeconds=900 + 1))
    everywhere = boto3.client("sts", region_name="us-east-1", endpoint_url=f"{TLS}/aws/sts.amazonaws.com", aws_access_key_id=LASTING[0], aws_secret_access_key=LASTING[1])
    equal(everywhere.get_caller_identity()["Account"], "111122223333")
    refused("InvalidAction", lambda: everywhere.assume_root(TargetPrincipal=MEMBER, TaskPolicyArn={"arn": TASK + "IAMAuditRootUserCredentials"}))
    control("aws", {"session_ms": 1})
    refused("ExpiredToken", client("iam", root_session()).get_user)
    control("aws", {"session_ms": 0})


@report.test("takes a session for a web identity")
def _():
    token = os.environ["PEER_AWS_WEB_TOKEN"]
    keys = handed(client("sts").assume_role_with_web_identity(**ROLE, WebIdentityToken=token))
    equal(client("sts", keys).get_caller_identity()["Account"], "111122223333")
    refused("InvalidIdentityToken", lambda: client("sts").assume_role_with_web_identity(**ROLE, WebIdentityToken="another"))


@report.test("is given the credentials of a container and of an instance")
def _():
    token = os.environ["PEER_AWS_CONTAINER_TOKEN"]
    given = ContainerMetadataFetcher().retrieve_full_uri(f"{PLAIN}/aws/container/credentials", headers={"Authorization": token})
    assert client("sts", (given["AccessKeyId"], given["SecretAccessKey"], given["Token"])).get_caller_identity()["Arn"].endswith("/local")
    fetcher = InstanceMetadataFetcher(base_url=f"{PLAIN}/aws/instance/", env={}, config={"ec2_metadata_v1_disabled": True})
    found = fetcher.retrieve_iam_role_credentials()
    equal(found["role_name"], "reguard")
    assert client("sts", (found["access_key"], found["secret_key"], found["token"])).get_caller_identity()["Arn"].endswith("/local")


QUEUE = {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/111122223333/reguard-root-events"}


def received(sqs, **more):
    return sqs.receive_message(**QUEUE, MaxNumberOfMessages=10, **more).get("Messages", [])


@report.test("receives what is in a queue, again until it is deleted with its last receipt handle")
def _():
    sqs = client("sqs")
    equal(received(sqs), [])
    for body in ('{"id":"1"}', '{"id":"1"}', "no JSON <&>"):
        control("aws", {"event": body})
    first = received(sqs)
    equal([m["Body"] for m in first], ['{"id":"1"}', '{"id":"1"}', "no JSON <&>"])
    equal([m["MD5OfBody"] for m in first], [hashlib.md5(m["Body"].encode()).hexdigest() for m in first])
    equal(received(sqs), [])
    found = sqs.get_queue_attributes(**QUEUE, AttributeNames=["All"])["Attributes"]
    equal((found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]), ("0", "3"))
    sqs.delete_message(**QUEUE, ReceiptHandle=first[0]["ReceiptHandle"])
    control("aws", {"clock_ms": 31 * 1000})
    second = received(sqs)
    equal([m["MessageId"] for m in second], [m["MessageId"] for m in first[1:]])
    sqs.delete_message(**QUEUE, ReceiptHandle=first[1]["ReceiptHandle"])
    equal(sqs.get_queue_attributes(**QUEUE, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "2")
    for message in second:
        sqs.delete_message(**QUEUE, ReceiptHandle=message["ReceiptHandle"])
    control("aws", {"clock_ms": 0})
    equal(sqs.get_queue_attributes(**QUEUE, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"], {"ApproximateNumberOfMessages": "0"})


@report.test("is refused by a queue as the model has it")
def _():
    sqs = client("sqs")
    refused("ReceiptHandleIsInvalid", lambda: sqs.delete_message(**QUEUE, ReceiptHandle="another"))
    refused("InvalidParameterValue", lambda: sqs.receive_message(**QUEUE, MaxNumberOfMessages=11))
    refused("InvalidAttributeName", lambda: sqs.get_queue_attributes(**QUEUE, AttributeNames=["Another"]))
    refused("AWS.SimpleQueueService.NonExistentQueue", lambda: sqs.receive_message(QueueUrl=QUEUE["QueueUrl"] + "-2"))
    refused("SignatureDoesNotMatch", lambda: received(client("sqs", region="eu-west-1")))
    refused("AccessDenied", lambda: received(client("sqs", root_session())))
    control("aws", {"queue_denied": True})
    refused("AccessDenied", lambda: received(sqs))
    control("aws", {"queue_denied": False, "queue_gone": True})
    refused("AWS.SimpleQueueService.NonExistentQueue", lambda: received(sqs))
    control("aws", {"queue_gone": False})


LOCK = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}'


@report.test("reads and deletes the policy of a bucket that locks everybody out")
def _():
    control("aws", {"features": ["RootSessions"], "bucket": {"name": "locked-bucket", "account": MEMBER, "region": REGION, "policy": LOCK}})
    s3 = client("s3", root_session("S3UnlockBucketPolicy"))
    equal(s3.get_bucket_policy(Bucket="locked-bucket", ExpectedBucketOwner=MEMBER)["Policy"], LOCK)
    equal(s3.delete_bucket_policy(Bucket="locked-bucket")["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused("NoSuchBucketPolicy", lambda: s3.get_bucket_policy(Bucket="locked-bucket"))
    equal(s3.delete_bucket_policy(Bucket="locked-bucket")["ResponseMetadata"]["HTTPStatusCode"], 204)


HAS = {"account": MEMBER, "password": "2024-01-02T03:04:05Z",
       "keys": [{"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": "2024-01-02T03:04:05Z"}],
       "certificates": [{"CertificateId": "CERTIFICATE0000000000001", "CertificateBody": "-", "Status": "Active", "UploadDate": "2024-01-02T03:04:05Z"}],
       "mfa": [{"SerialNumber": f"arn:aws:iam::{MEMBER}:mfa/root-account-mfa-device", "EnableDate": "2024-01-02T03:04:05Z"}]}


@report.test("deletes each of a root user's credentials, and nothing else in that session")
def _():
    control("aws", {"features": ["RootCredentialsManagement"], "root": HAS})
    iam = client("iam", root_session("IAMDeleteRootUserCredentials"))
    refused("AccessDenied", lambda: client("iam", root_session()).delete_login_profile())
    refused("AccessDenied", lambda: iam.create_login_profile())
    iam.delete_login_profile()
    refused("NoSuchEntity", lambda: iam.delete_login_profile())
    iam.delete_access_key(AccessKeyId="AKIAROOT000000000001")
    refused("NoSuchEntity", lambda: iam.delete_access_key(AccessKeyId="AKIAROOT000000000001"))
    iam.delete_signing_certificate(CertificateId="CERTIFICATE0000000000001")
    iam.deactivate_mfa_device(SerialNumber=HAS["mfa"][0]["SerialNumber"])
    equal([iam.list_access_keys()["AccessKeyMetadata"], iam.list_signing_certificates()["Certificates"], iam.list_mfa_devices()["MFADevices"]], [[], [], []])
    refused("NoSuchEntity", lambda: iam.get_login_profile())


@report.test("allows the recovery of a root user's password once")
def _():
    control("aws", {"features": ["RootCredentialsManagement"], "root": {"account": MEMBER}})
    iam = client("iam", root_session("IAMCreateRootUserPassword"))
    refused("NoSuchEntity", lambda: iam.get_login_profile())
    iam.create_login_profile()
    refused("EntityAlreadyExists", lambda: iam.create_login_profile())
    assert iam.get_login_profile()["LoginProfile"]["CreateDate"]
    refused("AccessDenied", lambda: iam.delete_login_profile())
    refused("AccessDenied", lambda: iam.list_access_keys())


LOCKED = {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{MEMBER}/locked-queue"}


@report.test("reads and takes away the policy of a queue that locks everybody out")
def _():
    control("aws", {"features": ["RootSessions"], "queue": {"name": "locked-queue", "account": MEMBER, "region": REGION, "policy": LOCK}})
    sqs = client("sqs", root_session("SQSUnlockQueuePolicy"))
    equal(sqs.get_queue_attributes(**LOCKED, AttributeNames=["Policy"])["Attributes"], {"Policy": LOCK})
    refused("InvalidAttributeValue", lambda: sqs.set_queue_attributes(**LOCKED, Attributes={"Policy": LOCK}))
    sqs.set_queue_attributes(**LOCKED, Attributes={"Policy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(**LOCKED, AttributeNames=["Policy"])


@report.test("is refused by a queue for every other session, owner and name")
def _():
    control("aws", {"features": ["RootCredentialsManagement", "RootSessions"],
                    "queue": {"name": "locked-queue", "account": MEMBER, "region": REGION, "policy": LOCK}})
    sqs = client("sqs", root_session("SQSUnlockQueuePolicy"))
    refused("AWS.SimpleQueueService.NonExistentQueue", lambda: client("sqs").get_queue_attributes(**LOCKED, AttributeNames=["Policy"]))
    refused("AccessDenied", lambda: client("sqs", root_session("S3UnlockBucketPolicy")).set_queue_attributes(**LOCKED, Attributes={"Policy": ""}))
    refused("AccessDenied", lambda: client("sqs", root_session("SQSUnlockQueuePolicy", "333333333333")).get_queue_attributes(**LOCKED, AttributeNames=["Policy"]))
    refused("AWS.SimpleQueueService.NonExistentQueue", lambda: sqs.get_queue_attributes(QueueUrl=LOCKED["QueueUrl"] + "2", AttributeNames=["Policy"]))
    refused("AccessDenied", lambda: sqs.receive_message(**LOCKED))
    equal(sqs.get_queue_attributes(**LOCKED, AttributeNames=["Policy"])["Attributes"]["Policy"], LOCK)


@report.test("is refused by a bucket for every other session, owner and name")
def _():
    control("aws", {"features": ["RootCredentialsManagement", "RootSessions"],
                    "bucket": {"name": "locked-bucket", "account": MEMBER, "region": REGION, "policy": LOCK}})
    s3 = client("s3", root_session("S3UnlockBucketPolicy"))
    refused("AccessDenied", lambda: client("s3").get_bucket_policy(Bucket="locked-bucket"))
    assert "no session policy" in refused("AccessDenied", lambda: client("s3", root_session()).delete_bucket_policy(Bucket="locked-bucket"))
    refused("AccessDenied", lambda: s3.get_bucket_policy(Bucket="locked-bucket", ExpectedBucketOwner="333333333333"))
    refused("AccessDenied", lambda: client("s3", root_session("S3UnlockBucketPolicy", "333333333333")).get_bucket_policy(Bucket="locked-bucket"))
    refused("NoSuchBucket", lambda: s3.get_bucket_policy(Bucket="another-bucket"))
    refused("NotImplemented", lambda: s3.put_bucket_policy(Bucket="locked-bucket", Policy=LOCK))
    refused("SignatureDoesNotMatch", lambda: client("s3", region="eu-west-1").get_bucket_policy(Bucket="locked-bucket"))
    equal(s3.get_bucket_policy(Bucket="locked-bucket")["Policy"], LOCK)
    control("aws", {"features": ["RootCredentialsManagement"]})
    refused("AccessDenied", lambda: root_session("S3UnlockBucketPolicy"))
    control("aws", {"features": ["RootCredentialsManagement", "RootSessions"]})


class Draw:
    """As `draw` and `word` of tests/unit/test_sign.c."""

    def __init__(self, seed):
        self.seed = seed

    def below(self, most):
        self.seed = (self.seed * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.seed >> 33) % most

    def word(self, letters, least, most):
        return "".join(letters[self.below(len(letters))] for _ in range(least + self.below(most - least + 1)))


def signature_of(number, d):
    plain, path, value = "abcXYZ019", "abcXYZ019-_~%+=:@,", "aZ0 +/=  ,"
    method = ("GET", "POST", "PUT")[d.below(3)]
    url = f"https://{d.word('abc019', 1, 9)}.example.com/{d.word(path, 1, 20)}"
    url += "/" + d.word(path, 0, 20)
    if d.below(2):
        url += f"?a={d.word(plain, 0, 9)}"
        url += f"&b={d.word(plain, 0, 9)}%2F"
    count = d.below(3)
    headers = {name: f"x{d.word(value, 0, 30)}x" for name in ("X-Amz-Target", "Content-Type")[:count]}
    request = AWSRequest(method=method, url=url, headers=headers, data=d.word(value, 0, 60).encode())
    moment = datetime.datetime.fromtimestamp(1400000000 + number * 99991, datetime.timezone.utc)
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    key, secret = d.word("ABC019", 16, 20), d.word(value, 40, 40)
    token = d.word("aZ0+/=", 20, 60) if d.below(2) else None
    region, service = d.word("abc-1", 3, 12), d.word("abc", 3, 9)
    auth = SigV4Auth(Credentials(key, secret, token), service, region)
    auth._modify_request_before_signing(request)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


@report.test("signs a thousand requests as net/sign.c does")
def _():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../unit/test_sign.c"), encoding="utf-8") as unit:
        wanted = re.search(r'RANDOM_SIGNATURES\[\] =\s*"(\w+)"', unit.read())[1]
    d = Draw(20261124)
    equal(hashlib.sha256("".join(signature_of(i, d) for i in range(1000)).encode()).hexdigest(), wanted)


report.close()
