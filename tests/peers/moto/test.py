# SPDX-License-Identifier: Apache-2.0
"""The bot against moto's server, somebody else's AWS, with its checks of signatures and permissions on: S3 and SQS as they are. moto has no
root user; for that alone a stand-in of ours is in front of it (standin.py)."""
import datetime
import http.client
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "../../e2e")]
import boto3
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import rig
import standin
from common import Report, equal, eventually
from ports import free_port

REGION, HOME, MEMBER = "eu-central-1", "111122223333", "222222222222"
LOCK = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
report = Report("moto")


# ---- moto, and who is there ----

class Moto:
    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)], stdin=subprocess.DEVNULL,
                                        stdout=open("moto.log", "wb"), stderr=subprocess.STDOUT)
        eventually("moto's server answers", self.answers, 60)

    def answers(self):
        try:
            return self.ask("GET", "/moto-api/data.json") == 200
        except OSError:
            return self.process.poll() is not None and sys.exit("moto's server ended: " + open("moto.log", errors="replace").read()[-600:])

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def checks(self):
        """From now on signatures and permissions are checked."""
        equal(self.ask("POST", "/moto-api/reset-auth", "0"), 200)

    def client(self, service, keys):
        return boto3.client(service, region_name="us-east-1" if service == "iam" else REGION, endpoint_url=self.url, aws_access_key_id=keys[0],
                            aws_secret_access_key=keys[1], aws_session_token=keys[2])

    def keys_in(self, account, role="setup"):
        given = self.client("sts", ("AKIAANYBODY000000000", "any", None)).assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="setup")["Credentials"]
        return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def allow(actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def user(iam, name, actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=allow(actions))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"], None


def role(iam, name, actions):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=allow(actions))


def certificate():
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


moto = Moto()
d = rig.Rig(os.environ["PEER_BUILD"], start=False)
home, member = moto.keys_in(HOME), moto.keys_in(MEMBER)
overseer = moto.keys_in(MEMBER, "overseer")  # who looks on at what the bot does
member_iam = moto.client("iam", member)
# Of the policy that reguard prints the actions: moto knows of no resources but S3's.
printed = [action for s in json.loads(d.cli("manifest", "aws")[1])["Statement"] for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
reguard = user(moto.client("iam", home), "reguard", printed)
handing_out = user(moto.client("iam", home), "sts", "sts:AssumeRole")
for task, actions in standin.TASKS.items():
    role(member_iam, task, actions)
role(member_iam, "overseer", ["s3:*", "sqs:*", "iam:*"])
ROOT = standin.ROOT
member_iam.create_user(UserName=ROOT)
with open(d.dir + "/aws-moto-secret", "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as secret:
    secret.write(reguard[1])
in_front = standin.StandIn(moto, handing_out)
moto.client("s3", member).create_bucket(Bucket="crumb-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
moto.client("sqs", member).create_queue(QueueName="crumb-orders")
events = moto.client("sqs", home).create_queue(QueueName="reguard-root-events")["QueueUrl"]
sender = user(moto.client("iam", home), "eventbridge", ["sqs:SendMessage", "sqs:GetQueueAttributes"])
moto.checks()
d.configure(aws={"region": REGION, "access_key_id": reguard[0], "secret_access_key_file": "aws-moto-secret", "sts_url": in_front.url, "iam_url": in_front.url,
                 "s3_url": moto.url, "sqs_url": moto.url, "events_queue": f"https://sqs.{REGION}.amazonaws.com/{HOME}/reguard-root-events"},
            policy={"mailbox_proof": "confirm"})
looks = {service: moto.client(service, overseer) for service in ("s3", "sqs", "iam")}


# ---- stories ----

cases = 0


def asked(words, *shown):
    """The case, waiting, and its card shows what stands there."""
    global cases
    name = f"G-{cases + 1:04d}"
    d.command("ana", f"run {words} because nobody gets in any more")
    d.wait_state("waiting", name)
    cases += 1
    card = json.dumps(d.card(name), ensure_ascii=False)
    assert all(w in card for w in shown), f"the card of {words} shows {shown}: {card[:600]}"
    return name


def done(name, state):
    d.click("ben", "approve", name)
    d.wait_state(state, name)


def without(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        return
    raise AssertionError(f"it was not refused with {code}")


@report.test("knows whose the credentials are, and refuses another secret")
def _():
    out = "".join(d.cli("check", "-c", d.conf)[1:])
    assert f"arn:aws:iam::{HOME}:user/reguard" in out, out[-1500:]
    with open(d.dir + "/aws-moto-secret", "w", encoding="utf-8") as f:
        f.write("another+secret/of+somebody+else+altogeth")
    out = "".join(d.cli("check", "-c", d.conf)[1:])
    with open(d.dir + "/aws-moto-secret", "w", encoding="utf-8") as f:
        f.write(reguard[1])
    # STS of AWS names the code in <ErrorResponse><Error>, moto in <ErrorResponse><Errors><Error>.
    assert "sts:GetCallerIdentity: AWS answered 403" in out and "user/reguard" not in out, out[-1500:]


@report.test("frees a bucket that locks everybody out")
def _():
    d.start()
    d.wait_known()
    looks["s3"].put_bucket_policy(Bucket="crumb-logs", Policy=LOCK)
    name = asked("s3-lockout bakery crumb-logs", "Deny")
    equal(json.loads(looks["s3"].get_bucket_policy(Bucket="crumb-logs")["Policy"]), json.loads(LOCK))
    done(name, "ran")
    without("NoSuchBucketPolicy", looks["s3"].get_bucket_policy, Bucket="crumb-logs")


@report.test("says that the session's policy lacks the action, and nothing is changed")
def _():
    looks["s3"].put_bucket_policy(Bucket="crumb-logs", Policy=LOCK)
    name = asked("s3-lockout bakery crumb-logs", "Deny")
    looks["iam"].put_role_policy(RoleName="S3UnlockBucketPolicy", PolicyName="may", PolicyDocument=allow("s3:GetBucketPolicy"))
    done(name, "not_run")
    d.wait_post("AccessDenied")
    assert looks["s3"].get_bucket_policy(Bucket="crumb-logs")["Policy"]


@report.test("frees a queue that locks everybody out")
def _():
    queue = looks["sqs"].get_queue_url(QueueName="crumb-orders")["QueueUrl"]
    looks["sqs"].set_queue_attributes(QueueUrl=queue, Attributes={"Policy": LOCK})
    name = asked("sqs-lockout bakery crumb-orders", "Deny")
    done(name, "ran")
    assert "Policy" not in looks["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


@report.test("shows a root user's credentials and deletes each of them")
def _():
    iam = looks["iam"]
    iam.create_login_profile(UserName=ROOT, Password="Only-for-this-test-1")
    key = iam.create_access_key(UserName=ROOT)["AccessKey"]["AccessKeyId"]
    signing = iam.upload_signing_certificate(UserName=ROOT, CertificateBody=certificate())["Certificate"]["CertificateId"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="root")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=ROOT, SerialNumber=device, AuthenticationCode1="000000", AuthenticationCode2="000001")
    name = asked("credentials bakery", "password since", key, signing, device.rsplit(":", 1)[1])
    done(name, "ran")
    without("NoSuchEntity", iam.get_login_profile, UserName=ROOT)
    equal([iam.list_access_keys(UserName=ROOT)["AccessKeyMetadata"], iam.list_signing_certificates(UserName=ROOT)["Certificates"], iam.list_mfa_devices(UserName=ROOT)["MFADevices"]], [[], [], []])


@report.test("tells who used a root user, and deletes the message")
def _():
    sqs = moto.client("sqs", sender)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    account = "999999999999"
    record = {"eventID": "00000000-0000-4000-8000-000000000001", "eventTime": at, "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn", "sourceIPAddress": "203.0.113.5",
              "userIdentity": {"type": "Root", "accountId": account}, "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "No"}}
    sqs.send_message(QueueUrl=events, MessageBody=json.dumps({"account": account, "detail": record}))
    d.wait_post(f"Root was used in {account}")
    waiting = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    eventually("the message is deleted", lambda: set(sqs.get_queue_attributes(QueueUrl=events, AttributeNames=waiting)["Attributes"].values()) == {"0"}, 30)


@report.test("lifts nothing, and leaves no secret and a whole audit behind")
def _():
    equal(d.puts(), [])
    d.close(failed=False)


moto.process.terminate()
in_front.close()
report.close()
