# SPDX-License-Identifier: Apache-2.0
"""The vendor's own package for the Stax API believes reguard-sandbox, over TLS: it signs in, reads, changes, follows.
Every answer is also held against the vendor's schema, which comes inside that package."""
import os
import sys
import time

# Before the package is loaded: it logs every refusal, and the tests provoke many.
os.environ["LOG_LEVEL"] = "CRITICAL"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import TLS, Report, control, equal, eventually

from aws_requests_auth.aws_auth import AWSRequestsAuth
from openapi_schema_validator import OAS30Validator
import requests

import staxapp
from staxapp.api import Api
from staxapp.config import Config
from staxapp.contract import StaxContract
from staxapp.exceptions import ApiException, InvalidCredentialsException, ValidationException
from staxapp.openapi import StaxClient

ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS"
GUARDRAILS = "/services/guardrails/configuration"
TASK_TIMEOUT_S = 20

Config.hostname = TLS.removeprefix("https://")
Config.access_key = os.environ["PEER_ACCESS_KEY"]
Config.secret_key = os.environ["PEER_SECRET_KEY"]

# The package builds its calls from the document that the far side serves; answers are held against the one it carries.
with open(os.path.join(os.path.dirname(staxapp.__file__), "data", "schema.json"), encoding="utf-8") as carried:
    SCHEMAS = StaxContract.resolve_schema_refs(carried.read())["components"]["schemas"]
report = Report("staxapp")
clients = {}


def client(area):
    if area not in clients:
        clients[area] = StaxClient(area)
    return clients[area]


def checked(answer, component):
    """The answer, after the vendor's schema found nothing wrong with it."""
    schema = SCHEMAS[component]
    problems = [f"{'/'.join(map(str, bad.absolute_path))}: {bad.message}" for bad in OAS30Validator(schema).iter_errors(answer)]
    assert not problems, f"against {component}: {problems[:3]}"
    return answer


def read_guardrails():
    return checked(client("services").ReadGuardrailsConfiguration(), "services.ReadGuardrailsConfiguration")


def change(root_flag):
    """Puts the complete map back with one flag changed, as the vendor's console does; the task's id."""
    scp = {**read_guardrails()["Configuration"]["SCP"], ROOT_KEY: root_flag}
    answer = client("services").ConfigureGuardrails(Configuration={"SCP": scp, "RCP": {}})
    checked(answer, "services.ConfigureGuardrailsEvent")
    equal([answer["Detail"]["Operation"], answer["Detail"]["OperationStatus"]], ["services:ConfigureGuardrails", "STARTED"])
    return answer["TaskId"]


def follow(task_id):
    """Asks until the task has ended; the states seen on the way."""
    states = []
    end = time.monotonic() + TASK_TIMEOUT_S
    while time.monotonic() < end:
        states.append(checked(client("tasks").ReadTask(task_id=task_id), "tasks.ReadTask")["Status"])
        if states[-1] in ("SUCCEEDED", "FAILED"):
            return states
        time.sleep(0.1)
    raise AssertionError(f"the task has not ended within {TASK_TIMEOUT_S} s: {states}")


def refused(call, kind, *words):
    try:
        call()
    except kind as refusal:
        text = str(refusal)
        assert all(word in text for word in words), f"{text!r} lacks one of {words}"
        return text
    raise AssertionError(f"not refused with {kind.__name__}")


def with_credentials(access_key, secret_key):
    config = Config(Config.hostname, access_key, secret_key)
    config.init()
    return config


def guardrail_puts():
    return [one for one in control("requests") if one["operation"] == "stax.put_guardrails"]


@report.test("public configuration")
def _():
    config = with_credentials(None, None)
    shown = {key: value for key, value in config.api_config.items() if key != "caching"}
    checked(shown, "public.ReadConfig")


@report.test("log in and read the guardrails")
def _():
    document = read_guardrails()
    equal([document["Service"], document["Status"], document["Configuration"]["RCP"]], ["GUARDRAILS", "ACTIVE", {}])
    known = SCHEMAS["ScpGuardrail"]["properties"]
    equal(sorted(document["Configuration"]["SCP"]), sorted(known), "the flags")
    equal(document["Configuration"]["SCP"][ROOT_KEY], True, ROOT_KEY)


@report.test("change one flag, follow the task")
def _():
    before = read_guardrails()["Configuration"]["SCP"]
    states = follow(change(False))
    assert states[-1] == "SUCCEEDED" and "FAILED" not in states, states
    after = read_guardrails()
    equal(after["Configuration"]["SCP"], {**before, ROOT_KEY: False}, "the map")
    equal(after["Status"], "ACTIVE", "Status")
    put = guardrail_puts()[-1]
    assert put["status"] == 200 and ROOT_KEY in (put["note"] or ""), put


@report.test("a second change meets the first one: 409")
def _():
    control("stax", {"task_ms": 1500})
    task = change(True)
    refused(lambda: change(False), ApiException, "409")
    equal(follow(task)[-1], "SUCCEEDED")
    control("stax", {"task_ms": 100})
    equal(read_guardrails()["Configuration"]["SCP"][ROOT_KEY], True, ROOT_KEY)


@report.test("an accepted change whose answer is 504 is repeated by the client and meets itself: 409")
def _():
    control("stax", {"task_ms": 1500})
    control("fault", {"operation": "stax.put_guardrails", "kind": "after", "status": 504})
    before = len(guardrail_puts())
    refused(lambda: change(False), ApiException, "409")
    equal(len(guardrail_puts()) - before, 2, "PUTs")
    eventually("the change takes effect", lambda: read_guardrails()["Configuration"]["SCP"][ROOT_KEY] is False)
    control("stax", {"task_ms": 100})
    eventually("the task ends", lambda: read_guardrails()["Status"] == "ACTIVE")
    equal(follow(change(True))[-1], "SUCCEEDED")


@report.test("a failed task says FAILED and changes nothing")
def _():
    control("stax", {"task": "fail"})
    states = follow(change(False))
    control("stax", {"task": "normal"})
    equal(states[-1], "FAILED")
    equal(read_guardrails()["Configuration"]["SCP"][ROOT_KEY], True, ROOT_KEY)


def put_raw(body):
    """Past the package's own check of bodies, so that the far side has to say no."""
    return Api.put(GUARDRAILS, body, client("services")._config)


@report.test("a body without RCP is refused, here and there")
def _():
    scp = read_guardrails()["Configuration"]["SCP"]
    refused(lambda: client("services").ConfigureGuardrails(Configuration={"SCP": scp}), ValidationException, "RCP")
    refused(lambda: put_raw({"Configuration": {"SCP": scp}}), ApiException, "400")


@report.test("unknown flags and values that are not true or false are refused")
def _():
    for scp, rcp in (({"NO_SUCH_FLAG": True}, {}), ({ROOT_KEY: "false"}, {}), ({}, {"S3_BLOCK": True})):
        refused(lambda: put_raw({"Configuration": {"SCP": scp, "RCP": rcp}}), ApiException, "400")
    refused(lambda: put_raw({"Status": "ACTIVE", "Configuration": {"SCP": {}, "RCP": {}}}), ApiException, "400")


@report.test("unknown task: 404")
def _():
    refused(lambda: client("tasks").ReadTask(task_id="00000000-0000-4000-8000-000000000000"), ApiException, "404")


@report.test("users of the team, and federated ones when asked for")
def _():
    def emails(**query):
        return {user["Email"]: user for user in checked(client("teams").ReadUsers(**query), "teams.ReadUsers")["Users"]}
    team, everybody = emails(), emails(filter="Team,Federated")
    assert "cleo@example.com" not in team and "cleo@example.com" in everybody, [sorted(team), sorted(everybody)]
    roles = {name: everybody[f"{name}@example.com"]["Role"] for name in ("ana", "ben", "cleo", "dan")}
    equal(roles, {"ana": "customer_admin", "ben": "customer_admin", "cleo": "customer_admin", "dan": "customer_user"})


@report.test("accounts page by page")
def _():
    whole = checked(client("accounts").ReadAccounts(), "accounts.ReadAccounts")
    assert "Paging" not in whole or whole["Paging"] is None or whole["Paging"]["NextOffset"] is None, whole["Paging"]
    pages, offset = [], 0
    while offset is not None:
        page = checked(client("accounts").ReadAccounts(offset=offset, limit=2), "accounts.ReadAccounts")
        assert 1 <= len(page["Accounts"]) <= 2, f"{len(page['Accounts'])} accounts on a page of 2"
        equal(page["Paging"]["Total"], len(whole["Accounts"]), "Total")
        pages += page["Accounts"]
        offset = page["Paging"]["NextOffset"]
    equal(sorted(one["Id"] for one in pages), sorted(one["Id"] for one in whole["Accounts"]), "the accounts")
    assert {"MEMBER", "MANAGEMENT"} <= {one["AccountRole"] for one in pages}, "roles are missing"


@report.test("one account by its AWS number")
def _():
    member = next(one for one in client("accounts").ReadAccounts()["Accounts"] if one["AccountRole"] == "MEMBER")
    found = client("accounts").ReadAccounts(aws_account_id_filter=member["AwsAccountId"])["Accounts"]
    equal([one["Id"] for one in found], [member["Id"]])


@report.test("the organisation is the guardrails' one")
def _():
    answer = checked(client("organisations").ReadOrganisation(), "organisations.ReadOrganisations")
    equal([one["Id"] for one in answer["Organisations"]], [read_guardrails()["OrganisationId"]])


@report.test("wrong secret is refused")
def _():
    config = with_credentials(Config.access_key, "x" * 32)
    refused(lambda: Api.get(GUARDRAILS, config=config), InvalidCredentialsException, "Secret Key")


@report.test("unknown access key is refused")
def _():
    config = with_credentials("00000000-0000-4000-8000-000000000000", Config.secret_key)
    refused(lambda: Api.get(GUARDRAILS, config=config), InvalidCredentialsException, "Access Key")


@report.test("a signature with another key, and none at all: 403")
def _():
    region = client("services")._config.api_config["ApiAuth"]["region"]
    forged = AWSRequestsAuth(aws_access_key="ASIAFORGED0000000000", aws_secret_access_key="forged", aws_token="forged",
                             aws_host=Config.hostname, aws_region=region, aws_service="execute-api")
    for auth in (forged, None):
        answer = requests.get(f"{TLS}/20190206{GUARDRAILS}", auth=auth, timeout=10)
        equal([answer.status_code, sorted(answer.json())], [403, ["message"]])


@report.test("expired credentials: 403, then a new log-in works")
def _():
    control("stax", {"expire_credentials": True})
    refused(read_guardrails, ApiException, "403")
    clients.clear()
    read_guardrails()


report.close()
