# SPDX-License-Identifier: Apache-2.0
"""The world as it is: what services, clients and people do that no document promises."""
import http.client
import json
import socket

import room_rig
from rig import expect

# Overdue soon after the lift, and again and again.
QUICK = {"warn_before": "0s", "remind_overdue": "0s 3s", "mailbox_proof": "off"}


def ready(r):
    """What /readyz says: the status, and the reasons as one text."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(r.dir + "/http.sock")
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    return answer.status, " ".join(json.loads(answer.read()))


def listening(r):
    return {"listen": f"unix:{r.dir}/http.sock"}


def lifted(make, chats=("slack",), **policy):
    """A window that ends in a moment."""
    r = make(of=room_rig.Room, start=False, chats=("slack", "matrix")) if "matrix" in chats else make(start=False)
    r.configure(bot=listening(r), policy={**QUICK, **policy})
    r.start()
    return r


def slack_of(r):
    return r.call("GET", "channel?format=json")


def slack_posts(r, words):
    return [m for m in slack_of(r) if words in m["text"] and "-card-" not in (m.get("key") or "")]


def ask_in_slack(r, length="4s"):
    r.call("POST", "command", {"person": "ana", "text": f"lift bakery for {length} task billing because month end"})
    r.wait(lambda: any("asks for root access" in m["text"] for m in slack_of(r)), "the request is in Slack")
    r.wait(lambda: "acked" in r.call("POST", "click", {"person": "ben", "action": "approve", "case": "G-0001"}, may_fail=True) and "you approved" in json.dumps(r.private("ben")),
           "the approval counts")


# ---- a refusal is temporary, unless it is known to be final for this very message ----

def test_what_is_due_while_slack_refuses_the_token_is_posted_on_return(make):
    for error in ("token_revoked", "account_inactive", "invalid_auth", "token_expired", "not_authed"):
        r = lifted(make, chats=("slack", "matrix"))
        ask_in_slack(r)
        r.wait_root(False)
        r.slack(refuse={"what": "everything", "error": error})
        r.wait(lambda: ready(r)[0] == 503 and error in ready(r)[1], f"/readyz says that Slack refuses the token ({error})")
        r.wait(lambda: r.posts("not been able to serve Slack") and r.posts("OVERDUE"), "the room is told, and alarmed")
        before = len(slack_of(r))
        r.slack(refuse=None)
        r.wait(lambda: len(slack_of(r)) > before and slack_posts(r, "OVERDUE"), "what was due stands in Slack")
        r.wait(lambda: ready(r)[0] == 200, "ready again")
        expect(not [row for row in r.database().execute("SELECT key FROM outbox WHERE state = 2")], "nothing was given up")


def test_what_was_refused_before_a_restart_is_posted_after_it(make):
    r = lifted(make)
    ask_in_slack(r)
    r.wait_root(False)
    r.slack(refuse={"what": "everything", "error": "token_revoked"})
    r.wait(lambda: ready(r)[0] == 503, "refused")
    r.stop()
    r.slack(refuse=None)
    r.start()
    r.wait_post("OVERDUE")


def test_channel_that_takes_no_posts_is_said_and_comes_back(make):
    for error in ("restricted_action_read_only_channel", "restricted_action", "not_in_channel", "is_archived", "channel_not_found", "missing_scope", "a_code_of_tomorrow"):
        r = lifted(make)
        ask_in_slack(r, "3s")
        r.slack(refuse={"what": "posts", "error": error})
        r.wait(lambda: ready(r)[0] == 503 and error in ready(r)[1], f"/readyz says why ({error})")
        expect("cannot be served" in ready(r)[1], "and that the chat is not served", ready(r))
        r.slack(refuse=None)
        r.wait(lambda: slack_posts(r, "OVERDUE"), "the alarm stands in the channel")
        r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_posts_that_fail_without_being_refused_are_said(make):
    """Events come all the time; only what is sent comes to nothing."""
    for fault in ({"kind": "status", "status": 500}, {"kind": "body", "body": "<html>Forbidden</html>"}, {"kind": "status", "status": 429, "retry_after": 600}):
        r = lifted(make, chats=("slack", "matrix"))
        ask_in_slack(r, "3s")
        r.wait_root(False)
        r.fault("slack.chat.postMessage", count=-1, **fault)
        r.wait(lambda: ready(r)[0] == 503 and "slack cannot be served" in ready(r)[1], f"/readyz says so ({fault})")
        r.wait(lambda: r.posts("not been able to serve Slack"), "the room is told")
        r.call("POST", "fault", {"clear": True})
        # However long it was told to wait, it tries again after a minute.
        r.wait(lambda: slack_posts(r, "OVERDUE"), "what was due stands in Slack", patience_s=180)
        r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_messages_that_slack_refuses_with_blocks_come_without(make):
    for error in ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_arguments", "a_code_of_tomorrow"):
        r = lifted(make)
        r.slack(refuse={"what": "blocks", "error": error})
        r.command("ana", "lift bakery for 2m task billing because month end")
        r.wait(lambda: r.card_state() == "waiting" and "asks for root access" in r.card()["text"], f"the request stands there ({error})")
        expect(not r.card().get("blocks"), "as plain text", r.card())
        expect("bakery" in r.card()["text"] and "approve G-0001" in r.card()["text"], "which says everything", r.card()["text"])
        r.slack(refuse=None)
        r.command("ben", "approve G-0001")
        r.wait(lambda: r.card_state() == "lifted" and r.card().get("blocks"), "the next picture is whole again")


def test_alarm_whose_mention_of_all_is_refused_comes_without_it(make):
    r = lifted(make, escalate="<!here>")
    ask_in_slack(r, "3s")
    r.slack(refuse={"what": "here", "error": "restricted_action"})
    r.wait(lambda: [m for m in slack_posts(r, "OVERDUE") if "@here" in m["text"] and "<!here>" not in m["text"]], "the third alarm is there, without what is refused")
    expect(ready(r)[0] == 200, "the chat is well all the same", ready(r))


def test_unreadable_channel_stops_requests_but_neither_alarms_nor_what_restores(make):
    r = lifted(make)
    ask_in_slack(r, "3s")
    r.wait_root(False)
    r.fault("slack.conversations.info", "error", error="missing_scope", count=-1)
    r.fault("slack.users.info", "error", error="missing_scope", count=-1)
    r.slack(channel={"is_archived": False})  # the channel is looked at again
    r.wait(lambda: ready(r)[0] == 503 and "cannot be read" in ready(r)[1], "/readyz says why")
    r.wait(lambda: len(slack_posts(r, "OVERDUE")) >= 2, "alarms go on")
    r.command("ben", "lift bakery for 2m task billing because not now")
    r.wait_heard("ben", "I cannot serve Slack now")
    r.command("ben", "done G-0001")
    r.wait_root(True)
    r.call("POST", "fault", {"clear": True})
    r.wait(lambda: ready(r)[0] == 200, "served again")


def test_unreadable_history_does_not_hold_back_an_alarm(make):
    """After a stop everything unsent is looked for before it is sent: where nothing can be read, twice is better than never."""
    for kind in ({"kind": "error", "error": "missing_scope"}, {"kind": "status", "status": 500}):
        r = lifted(make)
        waiting = lambda: {key for (key,) in r.database().execute("SELECT key FROM outbox WHERE state = 0 AND kind & 15 = 1")}
        r.stax(task_ms=2000)
        ask_in_slack(r, "1m")
        r.wait(lambda: r.posts("I check everybody's role"), "what was said before stands there")
        r.slack(refuse={"what": "posts", "error": "not_in_channel"})
        due = r.wait(waiting, "a post is due")
        r.stop()
        r.fault("slack.conversations.history", count=-1, **kind)
        r.slack(refuse=None)
        r.start()
        r.wait(lambda: due <= {m.get("key") for m in r.channel()}, f"{due} is posted")


def test_whoever_cannot_be_told_alone_is_told_in_the_thread(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.slack(refuse={"what": "directs", "error": "user_disabled"})
    r.click("ben", "approve", "G-0001")
    line = r.wait(lambda: [m for m in r.posts("I cannot write to", "G-0001") if "<@U0ANA0001>" in m["text"]], "the thread says whom")[-1]
    expect("user_disabled" in line["text"], "and why", line["text"])
    expect([x for x in r.journal("G-0001") if x["kind"] == "undelivered"], "on record")


def test_direct_message_is_sent_when_it_is_allowed_again(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.slack(refuse={"what": "directs", "error": "missing_scope"})
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.slack(refuse=None)
    r.wait_heard("ana", "Root protection is OFF")


# ---- an answer that is refused in one way goes another ----

def test_private_answer_that_is_refused_goes_another_way(make):
    r = make(policy={"mailbox_proof": "off"})
    r.fault("slack.response_url", "error", error="expired_url", count=-1)
    r.command("ana", "help")
    r.wait(lambda: any("status" in x["text"] for x in r.private("ana")["ephemeral"]), "the response URL has ended: told in the channel, alone")
    r.fault("slack.chat.postEphemeral", "error", error="user_not_in_channel", count=-1)
    r.command("ben", "whoami")
    r.wait(lambda: any("ben@example.com" in x["text"] for x in r.private("ben")["dm"]), "not in the channel: told in a direct message")
    r.call("POST", "fault", {"clear": True})
    r.fault("slack.conversations.open", "error", error="missing_scope", count=-1)
    r.say("cleo", "whoami", dm=True)
    r.wait(lambda: any("cleo@example.com" in x["text"] for x in r.private("cleo")["ephemeral"]), "no direct messages: told in the channel, alone")
    r.call("POST", "fault", {"clear": True})
    r.fault("slack.response_url", "status", status=500, count=-1)
    r.fault("slack.chat.postEphemeral", "after", status=500, count=1)
    r.command("dan", "help")
    r.wait(lambda: any("status" in x["text"] for x in r.private("dan")["dm"]), "what may have arrived is rather said twice than never")


def test_what_helps_is_typed_where_no_button_can_stand(make):
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.fault("slack.response_url", "error", error="expired_url", count=-1)
    r.command("ben", "extend G-0001 99h because it takes long")
    r.click("ben", "restore", **{"in": "private"})
    r.wait_state("restored")
    r.fault("slack.chat.postEphemeral", "error", error="user_not_in_channel", count=-1)
    told = lambda person, words: any(words in x["text"] for x in r.private(person)["dm"])
    r.command("dan", "lift bakery for 5m task billing because month end invoices")
    r.wait(lambda: told("dan", "Status: `/reguard status`"), "in a direct message it is typed")
    r.command("ana", "lift bakry for 5m task billing because month end invoices")
    r.wait(lambda: told("ana", "Request: `/reguard lift bakry for 5m task billing because month end invoices`"), "whole")


def test_form_that_cannot_open_is_said_in_words(make):
    r = make(policy={"mailbox_proof": "off"})
    for error in ("expired_trigger_id", "trigger_expired", "invalid_arguments"):
        r.fault("slack.views.open", "error", error=error, count=1)
        r.command("ana", "lift bakery")
        r.wait(lambda: error in r.heard("ana"), "told which error")
        expect("form" in r.heard("ana") and "/reguard lift" in r.heard("ana"), "and how to type it", r.heard("ana"))
    r.lift(confirm=False)
    r.fault("slack.views.open", "error", error="expired_trigger_id", count=1)
    r.click("ana", "extend", "G-0001")
    r.wait_heard("ana", "/reguard extend G-0001")
    expect(not r.private("ana").get("modal"), "no form is open")
    r.finish()


# ---- what no JSON parser takes is replaced; a person's word stays one ----

POISON = ('\\ud800', '\\u0000', '\\udc00\\ud800')


def test_word_with_what_no_parser_takes_is_answered(make):
    r = make(policy={"mailbox_proof": "off"})
    for n, bad in enumerate(POISON):
        payload = '{"type":"event_callback","team_id":"T0SANDBOX","api_app_id":"A0REGUARD","event":{"type":"message","channel_type":"im","channel":"D0BEN0001","user":"U0BEN0001",' \
                  f'"text":"whoami {bad}","ts":"17000000{n:02d}.000100"' + '}}'
        r.slack(frame='{"envelope_id":"poison-%d","type":"events_api","payload":%s}' % (n, payload))
        r.wait(lambda: len(r.private("ben")["dm"]) > n, f"answered: {bad}")
    r.ask(confirm=False)
    user = {"id": "U0BEN0001", "team_id": "T0SANDBOX", "deleted": False, "is_bot": False, "is_restricted": False, "is_ultra_restricted": False, "real_name": "BAD", "updated": "NUMBER"}
    body = json.dumps({"ok": True, "user": user}).replace("BAD", POISON[0]).replace('"NUMBER"', "1" * 30)
    r.fault("slack.users.info", "body", body=body, count=1)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def test_example_that_is_shown_works_when_it_is_pasted(make):
    r = make(policy={"mailbox_proof": "off"})
    r.say("ana", "@reguard lift bakery")
    r.wait_heard("ana", "it looks like this")
    example = [line for line in r.private("ana")["ephemeral"][-1]["text"].split("\n") if line.startswith("`")][0]
    expect(example.startswith("`/reguard lift bakery for ") and example.endswith("`"), "shown as code", example)
    r.say("ana", f"@reguard {example}")
    r.wait_state("waiting")
    r.say("ben", "@reguard: *`/reguard approve G-0001`*")
    r.wait_state("lifted")
    r.say("ana", "> /reguard done G-0001", dm=True)
    r.wait_state("restored")


# ---- deaf, but not dumb ----

def test_alarms_go_out_while_slack_refuses_the_app_token(make):
    r = lifted(make)
    ask_in_slack(r, "3s")
    r.wait_root(False)
    r.fault("slack.apps.connections.open", "error", error="invalid_auth", count=-1)
    r.slack(disconnect="refresh_requested")
    r.wait(lambda: r.state()["slack"]["connections"] == 0, "no socket is left")
    r.wait(lambda: len(slack_posts(r, "OVERDUE")) >= 2, "alarms go on")
    r.wait(lambda: ready(r)[0] == 503 and "app-level token" in ready(r)[1] and "invalid_auth" in ready(r)[1], "/readyz says that nothing is heard, and why")
    r.call("POST", "fault", {"clear": True})
    r.wait(lambda: ready(r)[0] == 200, "heard again when it is accepted")
    r.command("ben", "done G-0001")
    r.wait_root(True)


# ---- whoever speaks to us is answered ----

def test_what_is_refused_is_answered(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    handle = [x["value"] for b in r.card()["blocks"] for x in b.get("elements", []) if x.get("action_id") == "approve"][0]
    frame = lambda kind, payload: r.slack(frame=json.dumps({"envelope_id": f"refused-{kind}-{payload.get('type')}", "type": kind, "payload": payload}))
    message = {"user": "U0BEN0001", "text": "approve G-0001", "ts": "1700000001.000100"}
    frame("events_api", {"type": "event_callback", "team_id": "T0SANDBOX", "api_app_id": "A0REGUARD", "event": {
        "type": "message", "subtype": "message_changed", "channel_type": "im", "channel": "D0BEN0001", "ts": "1700000002.000100",
        "message": {**message, "edited": {"user": "U0BEN0001", "ts": "1700000002.000100"}}, "previous_message": {**message, "text": "approve G-0002"}}})
    r.wait_heard("ben", "I ignore edited messages")
    frame("interactive", {"type": "block_actions", "user": {"id": "U0CLEO001", "team_id": "T0SANDBOX"}, "container": {"type": "message", "message_ts": "1700000003.000100", "channel_id": "C0GENERAL"},
                          "actions": [{"action_id": "approve", "value": handle, "action_ts": "1.1"}]})
    r.wait(lambda: r.heard("cleo"), "a button in a channel that is not served is answered")
    frame("slash_commands", {"command": "/other", "team_id": "T0SANDBOX", "channel_id": "C0ROOTOPS", "user_id": "U0DAN0001", "text": "approve G-0001", "trigger_id": "1.2.3"})
    r.wait_heard("dan", "/reguard")
    expect(r.card_state() == "waiting" and not r.puts(), "and nothing of it is done")


# ---- what is absent is not known ----

def test_channel_that_does_not_say_whether_it_is_shared_takes_no_requests(make):
    r = lifted(make)
    ask_in_slack(r, "3s")
    r.wait_root(False)
    r.slack(channel={"is_ext_shared": None, "is_shared": None})
    r.wait(lambda: ready(r)[0] == 503 and "is_ext_shared" in ready(r)[1], "/readyz says what is missing")
    r.wait(lambda: len(slack_posts(r, "OVERDUE")) >= 2, "alarms go on")
    r.command("ben", "lift bakery for 2m task billing because not now")
    r.wait_heard("ben", "I cannot serve Slack now")
    r.slack(channel={"is_ext_shared": False})
    r.wait(lambda: ready(r)[0] == 200, "served when it is known")


def test_history_without_a_list_is_no_empty_one(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.kill()
    r.say("ben", "@reguard approve G-0001")
    r.slack(forget=True)
    r.fault("slack.conversations.history", "body", body='{"ok":true,"has_more":false}', count=4)
    r.start()
    r.wait_state("lifted")


def test_votes_that_are_not_told_are_not_taken_back(make):
    r = make(policy={"mailbox_proof": "off", "approvals": "2"})
    r.ask(confirm=False)
    r.react("ben", "G-0001")
    approved = lambda kind: [j for j in r.journal("G-0001") if j["kind"] == kind]
    r.wait(lambda: approved("approved"), "Ben's check mark counts")
    r.kill()
    card = r.card()
    for told in ([], [{"name": "white_check_mark", "users": []}]):
        body = json.dumps({"ok": True, "type": "message", "channel": "C0ROOTOPS", "message": {"type": "message", "ts": card["ts"], "text": "x", "reactions": told or [{"name": "white_check_mark"}]}})
        r.fault("slack.reactions.get", "body", body=body, count=-1)
        since = max(q["n"] for q in r.requests())
        r.start()
        r.wait(lambda: any(q["n"] > since and q["operation"] == "slack.reactions.get" for q in r.requests()), "the reactions are read")
        r.command("dan", "whoami")
        r.wait_heard("dan", "dan@example.com")
        expect(not approved("approval_taken_back"), "nothing was taken back")
        r.kill()
    since = max(q["n"] for q in r.requests())
    r.start()
    r.click("cleo", "approve", "G-0001")
    r.wait(lambda: len(approved("approved")) == 2, "two have approved")
    r.wait(lambda: len([q for q in r.requests("slack.reactions.get") if q["n"] > since]) >= 3, "the reactions are read again")
    expect(r.card_state() == "waiting" and not r.puts(), "and nothing is lifted before it is told what stands", r.card_state())
    r.call("POST", "fault", {"clear": True})
    r.wait_state("lifted")
