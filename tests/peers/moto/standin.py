# SPDX-License-Identifier: Apache-2.0
"""What moto lacks, in front of it: sts:AssumeRoot is answered with the session of a role of the member account, named as the task's policy and
allowed what that allows; and what such a session asks of IAM about "itself" is asked of moto, signed anew, of a user with this name. moto checks
each of these sessions as any other."""
import http.server
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = "root"
IAM_REGION = "us-east-1"
OF_A_USER = ["GetUser", "GetLoginProfile", "ListAccessKeys", "ListSigningCertificates", "ListMFADevices", "DeleteLoginProfile", "DeleteAccessKey",
             "DeleteSigningCertificate", "DeactivateMFADevice"]
# AWS's policies of that name (IAM User Guide, "root-task").
TASKS = {
    "S3UnlockBucketPolicy": ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:ListAllMyBuckets"],
    "SQSUnlockQueuePolicy": ["sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"],
    "IAMAuditRootUserCredentials": ["iam:" + name for name in (*OF_A_USER[:5], "GetAccessKeyLastUsed", "GetAccountSummary")],
    "IAMDeleteRootUserCredentials": ["iam:" + name for name in (*OF_A_USER, "DeleteVirtualMFADevice")],
}
GIVEN = """<AssumeRootResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRootResult><Credentials><AccessKeyId>{AccessKeyId}</AccessKeyId>\
<SecretAccessKey>{SecretAccessKey}</SecretAccessKey><SessionToken>{SessionToken}</SessionToken><Expiration>{Expiration:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>\
</AssumeRootResult></AssumeRootResponse>"""


class StandIn:
    def __init__(self, moto, keys):
        self.moto, self.sts, self.sessions = moto, moto.client("sts", keys), {}
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = stand_in.answer(body, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # whoever asked hangs up when it has its answer
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

    def answer(self, body, headers):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        key = re.search(r"Credential=(\w+)/", headers["Authorization"])[1]
        if form["Action"] == "AssumeRoot":
            return 200, self.assume_root(form).encode()
        if key in self.sessions:
            return self.of_root(form, self.sessions[key])
        return self.pass_on(body, dict(headers))

    def assume_root(self, form):
        task = form["TaskPolicyArn.arn"].rsplit("/", 1)[1]
        given = self.sts.assume_role(RoleArn=f"arn:aws:iam::{form['TargetPrincipal']}:role/{task}", RoleSessionName=ROOT, DurationSeconds=int(form["DurationSeconds"]))["Credentials"]
        self.sessions[given["AccessKeyId"]] = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return GIVEN.format(**given)

    def of_root(self, form, keys):
        named = {**form, **({"UserName": ROOT} if form["Action"] in OF_A_USER else {})}
        request = AWSRequest("POST", self.moto.url + "/", data=urllib.parse.urlencode(named), headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
        SigV4Auth(keys, "iam", IAM_REGION).add_auth(request)
        status, answer = self.pass_on(request.body, dict(request.headers))
        return status, answer.replace(f":user/{ROOT}<".encode(), f":{ROOT}<".encode())

    def pass_on(self, body, headers):
        """As it was signed, its host too."""
        kept = {name: value for name, value in headers.items() if name.lower() not in ("content-length", "connection", "accept-encoding")}
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(urllib.request.Request(self.moto.url + "/", body, kept), timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
