# SPDX-License-Identifier: Apache-2.0
"""The AWS command line believes reguard-sandbox, over TLS, in the calls of a root user's session: it takes one for a task, looks at what
stands there and does away with it, and is refused what the task does not have."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import TLS, Report, control, equal

AWS = os.path.join(os.path.dirname(sys.executable), "aws")
REGION, MEMBER, OTHER = "eu-central-1", "222222222222", "333333333333"
LASTING = ("AKIASANDBOX000000001", os.environ["PEER_AWS_SECRET_KEY"], "")
TASK = "arn:aws:iam::aws:policy/root-task/"
LOCK = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}'
LIMIT_S = 30
report = Report("awscli")

# The endpoint has a path, so that a bucket's name is no host's; one try, so that a refusal is the sandbox's first answer.
with open("config", "w", encoding="utf-8") as config:
    config.write("[default]\ns3 =\n    addressing_style = path\n")


def run(credentials, service, *words):
    key, secret, token = credentials
    region = "us-east-1" if service == "iam" else REGION
    host = {"iam": "iam.amazonaws.com"}.get(service, f"{service.removesuffix('api')}.{REGION}.amazonaws.com")
    keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, **({"AWS_SESSION_TOKEN": token} if token else {})}
    return subprocess.run([AWS, service, *words, "--endpoint-url", f"{TLS}/aws/{host}", "--region", region, "--output", "json"],
                          env={**os.environ, **keys, "AWS_CONFIG_FILE": os.path.abspath("config"), "AWS_MAX_ATTEMPTS": "1", "PYTHONWARNINGS": "ignore"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def aws(credentials, *words):
    done = run(credentials, *words)
    assert done.returncode == 0, f"{words} ends with {done.returncode}: {done.stderr.strip()[-300:]}"
    return json.loads(done.stdout) if done.stdout.strip() else {}


def refused(code, credentials, *words):
    done = run(credentials, *words)
    assert done.returncode != 0 and f"({code})" in done.stderr, f"{words} ends with {done.returncode}, not {code}: {done.stderr.strip()[-300:]}"


def session(task, account=MEMBER):
    given = aws(LASTING, "sts", "assume-root", "--target-principal", account, "--task-policy-arn", f"arn={TASK}{task}", "--duration-seconds", "900")["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


control("aws", {"features": ["RootCredentialsManagement", "RootSessions"]})


@report.test("lists the features that are on")
def _():
    equal(aws(LASTING, "iam", "list-organizations-features")["EnabledFeatures"], ["RootCredentialsManagement", "RootSessions"])


@report.test("takes no session of a root user for what is no task, nor a longer one")
def _():
    refused("ValidationError", LASTING, "sts", "assume-root", "--target-principal", MEMBER, "--task-policy-arn", "arn=arn:aws:iam::aws:policy/AdministratorAccess")
    refused("ValidationError", LASTING, "sts", "assume-root", "--target-principal", MEMBER, "--task-policy-arn", f"arn={TASK}S3UnlockBucketPolicy", "--duration-seconds", "901")


@report.test("frees a bucket in a session of its own")
def _():
    control("aws", {"bucket": {"name": "locked-bucket", "account": MEMBER, "region": REGION, "policy": LOCK}})
    keys, bucket = session("S3UnlockBucketPolicy"), ("--bucket", "locked-bucket", "--expected-bucket-owner", MEMBER)
    refused("AccessDenied", LASTING, "s3api", "get-bucket-policy", "--bucket", "locked-bucket")
    refused("AccessDenied", session("S3UnlockBucketPolicy", OTHER), "s3api", "delete-bucket-policy", "--bucket", "locked-bucket")
    equal(aws(keys, "s3api", "get-bucket-policy", *bucket)["Policy"], LOCK)
    equal(aws(keys, "s3api", "delete-bucket-policy", *bucket), {})
    refused("NoSuchBucketPolicy", keys, "s3api", "get-bucket-policy", *bucket)


@report.test("frees a queue in a session of its own")
def _():
    control("aws", {"queue": {"name": "locked-queue", "account": MEMBER, "region": REGION, "policy": LOCK}})
    keys, queue = session("SQSUnlockQueuePolicy"), ("--queue-url", f"https://sqs.{REGION}.amazonaws.com/{MEMBER}/locked-queue")
    equal(aws(keys, "sqs", "get-queue-attributes", *queue, "--attribute-names", "Policy")["Attributes"]["Policy"], LOCK)
    refused("AccessDenied", keys, "s3api", "get-bucket-policy", "--bucket", "locked-bucket")
    aws(keys, "sqs", "set-queue-attributes", *queue, "--attributes", '{"Policy":""}')
    equal(aws(keys, "sqs", "get-queue-attributes", *queue, "--attribute-names", "Policy"), {})


@report.test("looks a root user's credentials over, and deletes each of them in a session that may")
def _():
    serial = f"arn:aws:iam::{MEMBER}:mfa/root-account-mfa-device"
    control("aws", {"root": {"account": MEMBER, "password": "2024-01-02T03:04:05Z", "mfa": [{"SerialNumber": serial, "EnableDate": "2024-01-02T03:04:05Z"}],
                             "keys": [{"AccessKeyId": "AKIAROOT000000000001", "Status": "Active", "CreateDate": "2024-01-02T03:04:05Z"}],
                             "certificates": [{"CertificateId": "CERTIFICATE0000000000001", "CertificateBody": "-", "Status": "Active", "UploadDate": "2024-01-02T03:04:05Z"}]}})
    looks = session("IAMAuditRootUserCredentials")
    equal(aws(looks, "iam", "get-user")["User"]["Arn"], f"arn:aws:iam::{MEMBER}:root")
    assert aws(looks, "iam", "get-login-profile")["LoginProfile"]["CreateDate"].startswith("2024-01-02")
    refused("AccessDenied", looks, "iam", "delete-login-profile")
    deletes = session("IAMDeleteRootUserCredentials")
    refused("AccessDenied", deletes, "iam", "create-login-profile")
    key = aws(deletes, "iam", "list-access-keys")["AccessKeyMetadata"][0]["AccessKeyId"]
    certificate = aws(deletes, "iam", "list-signing-certificates")["Certificates"][0]["CertificateId"]
    aws(deletes, "iam", "delete-login-profile")
    aws(deletes, "iam", "delete-access-key", "--access-key-id", key)
    aws(deletes, "iam", "delete-signing-certificate", "--certificate-id", certificate)
    aws(deletes, "iam", "deactivate-mfa-device", "--serial-number", aws(deletes, "iam", "list-mfa-devices")["MFADevices"][0]["SerialNumber"])
    refused("NoSuchEntity", looks, "iam", "get-login-profile")
    equal([aws(looks, "iam", "list-access-keys")["AccessKeyMetadata"], aws(looks, "iam", "list-mfa-devices")["MFADevices"]], [[], []])


@report.test("allows the recovery of a root user's password once")
def _():
    control("aws", {"root": {"account": MEMBER}})
    keys = session("IAMCreateRootUserPassword")
    aws(keys, "iam", "create-login-profile")
    refused("EntityAlreadyExists", keys, "iam", "create-login-profile")
    refused("AccessDenied", keys, "iam", "list-access-keys")


@report.test("receives who used a root user, and deletes it")
def _():
    queue = ("--queue-url", f"https://sqs.{REGION}.amazonaws.com/111122223333/reguard-root-events")
    control("aws", {"event": {"detail": {"eventID": "1"}}})
    message = aws(LASTING, "sqs", "receive-message", *queue)["Messages"][0]
    equal(json.loads(message["Body"]), {"detail": {"eventID": "1"}})
    aws(LASTING, "sqs", "delete-message", *queue, "--receipt-handle", message["ReceiptHandle"])
    equal(aws(LASTING, "sqs", "get-queue-attributes", *queue, "--attribute-names", "ApproximateNumberOfMessagesNotVisible")["Attributes"], {"ApproximateNumberOfMessagesNotVisible": "0"})


report.close()
