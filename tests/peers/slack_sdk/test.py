# SPDX-License-Identifier: Apache-2.0
"""Slack's own library for Python believes reguard-sandbox: WebClient and the built-in Socket Mode client."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import PLAIN, Report, control, equal, eventually, message_at

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, ExternalDataSelectElement, InputBlock, Option, PlainTextInputElement, SectionBlock
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

CHANNEL = "C0ROOTOPS"
CARD_TEXT = "*Waiting* for 111111111111 & others"
# The client looks at its connection only every ping interval.
PING_INTERVAL_S = 1
RECONNECT_TIMEOUT_S = 20

web = WebClient(os.environ["PEER_BOT_TOKEN"], base_url=f"{PLAIN}/api/")
received, lock = [], threading.Lock()
hellos = []
posted = {}


def options_for(text):
    """What an app says to somebody who types into a field of its form."""
    return {"options": [Option(value=f"id-{n}", label=f"{text} {n}").to_dict() for n in (1, 2)]}


def on_request(client, request):
    """Acknowledges bare, as reguard does, but for a field that asks for its options; and keeps what came."""
    asks = request.payload.get("type") == "block_suggestion"
    client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=options_for(request.payload["value"]) if asks else None))
    with lock:
        received.append(request)


def on_message(_client, message, _raw):
    if message.get("type") == "hello":
        hellos.append(message)


def take(kind, matches=lambda payload: True):
    def probe():
        with lock:
            for request in received:
                if request.type == kind and matches(request.payload):
                    received.remove(request)
                    return request
        return None
    return eventually(f"the client receives {kind}", probe)


def take_event(kind):
    return take("events_api", lambda payload: payload["event"]["type"] == kind).payload


def command(text):
    answer = control("command", {"person": "ana", "text": text})
    request = take("slash_commands", lambda payload: payload["text"] == text)
    outcome = {"envelope_id": request.envelope_id, "acked": True, "trigger_id": request.payload["trigger_id"]}
    equal(answer, outcome, "the command's outcome")
    return request


def refused(call, error):
    try:
        call()
    except SlackApiError as refusal:
        equal(refusal.response["error"], error, "the error")
        return
    raise AssertionError(f"not refused with {error}")


def card_blocks():
    sure = ConfirmObject(title="Sure?", text="Lowers protection", confirm="Approve", deny="Back")
    approve = ButtonElement(text="Approve", action_id="approve", value="handle-1", style="primary", confirm=sure)
    return [SectionBlock(text=CARD_TEXT), ActionsBlock(block_id="answers", elements=[approve])]


def metadata(state):
    return Metadata(event_type="reguard", event_payload={"case": "G-0001", "state": state, "key": "sdk-1"})


socket = SocketModeClient(os.environ["PEER_APP_TOKEN"], web_client=web, ping_interval=PING_INTERVAL_S)
socket.socket_mode_request_listeners.append(on_request)
socket.message_listeners.append(on_message)
report = Report("slack_sdk")


@report.test("hello")
def _():
    socket.connect()
    eventually("hello", lambda: hellos)
    equal(hellos[0]["num_connections"], 1)
    equal(hellos[0]["connection_info"]["app_id"], "A0REGUARD")
    equal(control("state")["slack"]["connections"], 1)


@report.test("who am I")
def _():
    me = web.auth_test()
    equal([me["team_id"], me["user_id"], me["bot_id"]], ["T0SANDBOX", "U0REGUARD", "B0REGUARD"])


@report.test("slash command")
def _():
    request = command("status please")
    payload = request.payload
    assert request.accepts_response_payload, "accepts_response_payload is not true"
    equal([payload[name] for name in ("command", "user_id", "channel_id", "team_id", "api_app_id")],
          ["/reguard", "U0ANA0001", CHANNEL, "T0SANDBOX", "A0REGUARD"])
    assert payload["trigger_id"] and "/hooks/" in payload["response_url"], payload


@report.test("mention")
def _():
    said = control("say", {"person": "ben", "text": "@reguard show <b> & co"})
    payload = take_event("app_mention")
    event = payload["event"]
    equal([event["user"], event["channel"], event["ts"], event["text"]],
          ["U0BEN0001", CHANNEL, said["ts"], "<@U0REGUARD> show &lt;b&gt; &amp; co"])
    equal([payload["type"], payload["team_id"], payload["api_app_id"]], ["event_callback", "T0SANDBOX", "A0REGUARD"])
    assert payload["event_id"].startswith("Ev"), payload["event_id"]


@report.test("post with blocks and metadata")
def _():
    answer = web.chat_postMessage(channel=CHANNEL, text=CARD_TEXT, blocks=card_blocks(), metadata=metadata("waiting"))
    posted["ts"] = answer["ts"]
    seen = message_at(answer["ts"])
    equal([seen[name] for name in ("user", "case", "state", "key")], ["U0REGUARD", "G-0001", "waiting", "sdk-1"])
    assert seen["text"] in (CARD_TEXT, CARD_TEXT.replace("&", "&amp;")), seen["text"]
    equal([block["type"] for block in seen["blocks"]], ["section", "actions"])


@report.test("click")
def _():
    equal(control("click", {"person": "ben", "action": "approve", "case": "G-0001"})["acked"], True, "acked")
    payload = take("interactive", lambda payload: payload["type"] == "block_actions").payload
    equal([payload["user"]["id"], payload["user"]["team_id"], payload["channel"]["id"]], ["U0BEN0001", "T0SANDBOX", CHANNEL])
    equal([payload["container"]["message_ts"], payload["message"]["ts"]], [posted["ts"]] * 2)
    action = payload["actions"][0]
    equal([action[name] for name in ("action_id", "block_id", "value")], ["approve", "answers", "handle-1"])
    assert action["action_ts"] and payload["trigger_id"], payload


@report.test("update")
def _():
    web.chat_update(channel=CHANNEL, ts=posted["ts"], text="*Lifted*", blocks=[SectionBlock(text="*Lifted*")],
                    metadata=metadata("lifted"))
    seen = message_at(posted["ts"])
    equal([seen["text"], seen["state"], len(seen["blocks"])], ["*Lifted*", "lifted", 1])


@report.test("react")
def _():
    where = {"channel": CHANNEL, "timestamp": posted["ts"], "name": "white_check_mark"}
    web.reactions_add(**where)
    refused(lambda: web.reactions_add(**where), "already_reacted")
    marks = web.reactions_get(channel=CHANNEL, timestamp=posted["ts"], full=True)["message"]["reactions"]
    equal([(mark["name"], mark["users"], mark["count"]) for mark in marks], [("white_check_mark", ["U0REGUARD"], 1)])


@report.test("a person reacts, and takes it back")
def _():
    reaction = {"person": "ben", "reaction": "white_check_mark", "ts": posted["ts"]}
    control("react", reaction)
    control("react", {**reaction, "remove": True})
    for kind in ("reaction_added", "reaction_removed"):
        event = take("events_api", lambda payload: payload["event"]["type"] == kind
                     and payload["event"]["user"] == "U0BEN0001").payload["event"]
        equal([event["user"], event["item"]["ts"], event["item_user"]], ["U0BEN0001", posted["ts"], "U0REGUARD"])


@report.test("view submission")
def _():
    minutes = InputBlock(label="For how long", block_id="for_block", element=PlainTextInputElement(action_id="minutes"))
    form = View(type="modal", callback_id="lift_form", title="Lift", submit="Ask", private_metadata="G-0001", blocks=[minutes])
    trigger = command("form").payload["trigger_id"]
    web.views_open(trigger_id=trigger, view=form)
    refused(lambda: web.views_open(trigger_id=trigger, view=form), "exchanged_trigger_id")
    equal(control("submit", {"person": "ana", "values": {"minutes": "45"}})["acked"], True, "acked")
    payload = take("interactive", lambda payload: payload["type"] == "view_submission").payload
    equal([payload["user"]["id"], payload["view"]["callback_id"], payload["view"]["private_metadata"]],
          ["U0ANA0001", "lift_form", "G-0001"])
    equal(payload["view"]["state"]["values"]["for_block"]["minutes"]["value"], "45")


@report.test("the app's home")
def _():
    control("open_home", {"person": "ana"})
    event = take_event("app_home_opened")["event"]
    equal([event["user"], event["tab"], event["channel"][0]], ["U0ANA0001", "home", "D"])
    home = View(type="home", private_metadata="as-of-1", blocks=[SectionBlock(text="*Root protection is on*"), *card_blocks()[1:]])
    view = web.views_publish(user_id="U0ANA0001", view=home)["view"]
    equal([view["type"], view["private_metadata"], view["app_id"]], ["home", "as-of-1", "A0REGUARD"])
    equal([block["type"] for block in control("private?person=ana")["home"]["blocks"]], ["section", "actions"])
    newer = web.views_publish(user_id="U0ANA0001", view=home, hash=view["hash"])["view"]
    equal(newer["id"], view["id"], "the home's id")
    refused(lambda: web.views_publish(user_id="U0ANA0001", view=home, hash=view["hash"]), "hash_conflict")
    refused(lambda: web.views_publish(user_id="U0NOBODY1", view=home), "user_not_found")
    control("click", {"person": "ana", "action": "approve", "in": "home"})
    payload = take("interactive", lambda payload: payload["type"] == "block_actions").payload
    equal([payload["container"]["type"], payload["container"]["view_id"], payload["view"]["type"], payload["actions"][0]["value"]],
          ["view", view["id"], "home", "handle-1"])
    assert "message" not in payload and payload["trigger_id"], payload
    control("open_home", {"person": "ana"})
    equal(take_event("app_home_opened")["event"]["view"]["id"], view["id"], "the view it had")


@report.test("a field that asks for its options")
def _():
    account = ExternalDataSelectElement(action_id="account", placeholder="Type", min_query_length=2)
    form = View(type="modal", callback_id="lift_form", title="Lift", submit="Ask", blocks=[InputBlock(label="Account", block_id="account_block", element=account)])
    web.views_open(trigger_id=command("form with options").payload["trigger_id"], view=form)
    equal(control("type", {"person": "ana", "field": "account", "text": "b"}), {"told": False}, "too short")
    offered = control("type", {"person": "ana", "field": "account", "text": "bak"})["options"]
    equal([(one["value"], one["text"]["text"]) for one in offered], [("id-1", "bak 1"), ("id-2", "bak 2")])
    payload = take("interactive", lambda payload: payload["type"] == "block_suggestion").payload
    equal([payload["action_id"], payload["block_id"], payload["value"], payload["view"]["callback_id"], payload["user"]["id"]],
          ["account", "account_block", "bak", "lift_form", "U0ANA0001"])
    control("submit", {"person": "ana", "values": {"account": "id-2"}})
    state = take("interactive", lambda payload: payload["type"] == "view_submission").payload["view"]["state"]["values"]
    equal(state["account_block"]["account"]["selected_option"]["value"], "id-2")


@report.test("a file, to a person and in a thread")
def _():
    control("slack", {"upload_base": PLAIN})  # the client trusts the sandbox's port without TLS
    room = web.conversations_open(users="U0ANA0001")["channel"]["id"]
    text = "Receipt of G-0001\nwith “signs” & two lines\n"
    file = web.files_upload_v2(channel=room, content=text, filename="receipt.txt", title="The receipt")["file"]
    found = control("private?person=ana")["dm"][-1]["files"][0]
    equal([found["id"], found["name"], found["title"], found["content"], found["size"]],
          [file["id"], "receipt.txt", "The receipt", text, len(text.encode())])
    web.files_upload_v2(channel=CHANNEL, thread_ts=posted["ts"], content="x", filename="x.txt", initial_comment="with words")
    seen = control("channel?format=json")[-1]
    equal([seen["text"], seen["thread_ts"], seen["user"]], ["with words", posted["ts"], "U0REGUARD"])
    under = web.conversations_replies(channel=CHANNEL, ts=posted["ts"])["messages"][-1]
    equal([under["files"][0]["name"], under["ts"]], ["x.txt", seen["ts"]])
    refused(lambda: web.files_upload_v2(channel="C0NOWHERE", content="x", filename="x.txt"), "channel_not_found")
    address = web.files_getUploadURLExternal(filename="short.txt", length=10)
    refused(lambda: web.files_completeUploadExternal(files=[{"id": address["file_id"], "title": "t"}], channel_id=CHANNEL), "file_update_failed")


@report.test("ephemeral answer, direct message")
def _():
    web.chat_postEphemeral(channel=CHANNEL, user="U0BEN0001", text="for ben alone")
    room = web.conversations_open(users="U0ANA0001")["channel"]["id"]
    web.chat_postMessage(channel=room, text="for ana alone")
    assert "for ben alone" in str(control("private?person=ben")["ephemeral"])
    assert "for ana alone" in str(control("private?person=ana")["dm"])
    assert "alone" not in str(control("channel?format=json")), "a private answer is in the channel"


@report.test("people: guest, external, unknown")
def _():
    assert web.users_info(user="U0GIL0001")["user"]["is_restricted"] is True
    assert web.users_info(user="U0EVE0001")["user"]["team_id"] != "T0SANDBOX"
    equal(web.users_info(user="U0ANA0001")["user"]["team_id"], "T0SANDBOX")
    refused(lambda: web.users_info(user="U0NOBODY1"), "user_not_found")


def after_disconnect(reason):
    before = len(hellos)
    control("slack", {"disconnect": reason})
    eventually("a new hello", lambda: len(hellos) > before, RECONNECT_TIMEOUT_S)
    command(f"status after {reason}")


@report.test("next event after disconnect: warning")
def _():
    after_disconnect("warning")


@report.test("next event after disconnect: refresh_requested")
def _():
    after_disconnect("refresh_requested")


@report.test("next event after a frame that is no JSON")
def _():
    control("slack", {"frame": "UNAUTHENTICATED: cache_error"})
    command("status after noise")


@report.test("wrong token, unknown channel")
def _():
    refused(lambda: WebClient("xoxb-wrong", base_url=f"{PLAIN}/api/").auth_test(), "invalid_auth")
    refused(lambda: web.chat_postMessage(channel="C0NOWHERE", text="x"), "channel_not_found")
    refused(lambda: web.apps_connections_open(app_token=os.environ["PEER_BOT_TOKEN"]), "not_allowed_token_type")


@report.test("messages for later")
def _():
    at = int(time.time()) + 3600
    left = [web.chat_scheduleMessage(channel=CHANNEL, post_at=at + n, text=f"I am silent {n}")["scheduled_message_id"] for n in range(3)]
    first = web.chat_scheduledMessages_list(channel=CHANNEL, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = web.chat_scheduledMessages_list(channel=CHANNEL, limit=2, cursor=cursor)
    rows = first["scheduled_messages"] + rest["scheduled_messages"]
    equal([[row["id"], row["channel_id"], row["post_at"], row["text"]] for row in rows],
          [[left[n], CHANNEL, at + n, f"I am silent {n}"] for n in range(3)])
    web.chat_deleteScheduledMessage(channel=CHANNEL, scheduled_message_id=left[0])
    refused(lambda: web.chat_deleteScheduledMessage(channel=CHANNEL, scheduled_message_id=left[0]), "invalid_scheduled_message_id")
    refused(lambda: web.chat_scheduleMessage(channel=CHANNEL, post_at=at - 7200, text="x"), "time_in_past")
    refused(lambda: web.chat_scheduleMessage(channel=CHANNEL, post_at=at + 121 * 86400, text="x"), "time_too_far")
    refused(lambda: web.chat_scheduleMessage(channel="C0NOWHERE", post_at=at, text="x"), "channel_not_found")
    control("slack", {"pass_s": 3600 - 30})
    refused(lambda: web.chat_deleteScheduledMessage(channel=CHANNEL, scheduled_message_id=left[1]), "invalid_scheduled_message_id")
    control("slack", {"pass_s": 60})
    eventually("both appear", lambda: sum(m["text"] in ("I am silent 1", "I am silent 2") for m in control("channel?format=json")) == 2)
    equal(web.chat_scheduledMessages_list(channel=CHANNEL)["scheduled_messages"], [])


@report.test("leaves")
def _():
    socket.close()
    eventually("no socket is left", lambda: control("state")["slack"]["connections"] == 0)


# The client's worker threads are not daemons: leave without waiting for them.
sys.stdout.flush()
os._exit(1 if report.failed else 0)
