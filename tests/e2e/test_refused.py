# SPDX-License-Identifier: Apache-2.0
"""What a homeserver refuses is due until it is taken: said elsewhere meanwhile, and tried in a plainer form where the form may be
the reason. tests/e2e/test_field.py has the same of Slack."""
import json
import os

import room_rig
from rig import expect
from test_field import listening, ready

QUICK = {"warn_before": "0s", "remind_overdue": "0s 3s", "mailbox_proof": "off"}
MUTED = {"events_default": 50}


def room(make, chats=("matrix",), **policy):
    r = make(of=room_rig.Room, start=False, chats=chats)
    r.configure(bot=listening(r), policy={**QUICK, **policy})
    r.start()
    return r


def lifted(r, length="4s"):
    r.command("ana", f"lift bakery for {length} task billing because month end")
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_root(False)


def slack_posts(r, words):
    return [m for m in r.call("GET", "channel?format=json") if words in m["text"] and "-card-" not in (m.get("key") or "")]


def test_what_the_room_refuses_is_said_and_posted_when_it_is_taken_again(make):
    for error in ("M_FORBIDDEN", "M_NOT_FOUND", "M_USER_SUSPENDED", "M_RESOURCE_LIMIT_EXCEEDED", "M_TOO_LARGE", "M_BAD_JSON", "M_A_CODE_OF_TOMORROW"):
        r = room(make, chats=("slack", "matrix"))
        lifted(r)
        r.homeserver(refuse={"what": "posts", "error": error})
        r.wait(lambda: ready(r)[0] == 503 and "matrix cannot be served" in ready(r)[1] and "are refused" in ready(r)[1], f"/readyz says why ({error})")
        r.wait(lambda: slack_posts(r, "not been able to serve the Matrix room") and slack_posts(r, "OVERDUE"), f"Slack is told, and alarmed ({error})")
        r.homeserver(refuse=None)
        r.wait(lambda: r.posts("OVERDUE"), f"the alarm stands in the room ({error})")
        r.wait(lambda: ready(r)[0] == 200, "ready again")
        expect(not [row for row in r.database().execute("SELECT key FROM outbox WHERE state = 2")], "nothing was given up")


def test_room_that_mutes_the_bot_comes_back(make):
    r = room(make)
    lifted(r)
    r.homeserver(power=MUTED)
    r.wait(lambda: ready(r)[0] == 503 and "send_level" in ready(r)[1], "/readyz says what the homeserver said")
    r.homeserver(power={"events_default": 0})
    r.wait(lambda: r.posts("OVERDUE"), "the alarm stands in the room")
    r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_what_was_refused_before_a_restart_is_posted_after_it(make):
    r = room(make)
    lifted(r)
    r.homeserver(refuse={"what": "posts", "error": "M_BAD_JSON"})
    r.wait(lambda: ready(r)[0] == 503, "refused")
    r.stop()
    r.homeserver(refuse=None)
    r.start()
    r.wait_post("OVERDUE")


def test_what_is_due_while_the_token_is_refused_is_posted_on_return(make):
    """For a moment, as when a homeserver is restored: the token in the file is tried again."""
    for ended in ("soft", "hard"):
        r = room(make, chats=("slack", "matrix"))
        lifted(r)
        r.homeserver(token=ended)
        r.wait(lambda: ready(r)[0] == 503 and "does not accept the access token" in ready(r)[1], f"/readyz says why ({ended})")
        r.wait(lambda: slack_posts(r, "not been able to serve the Matrix room") and slack_posts(r, "OVERDUE"), "Slack is told, and alarmed")
        r.homeserver(token="live")
        r.wait(lambda: r.posts("OVERDUE"), "what was due stands in the room", patience_s=120)
        r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_token_that_ends_is_renewed_into_its_file(make):
    """A gateway in the way of the renewal is no refusal; a refusal is told, and ends with another token in the file."""
    r = make(of=room_rig.Room, start=False)
    r.configure(bot=listening(r))
    first = {"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"}
    path = r.dir + "/matrix-token"

    def put(pair):
        with open(path, "w") as f:
            json.dump(pair, f)

    def held():
        with open(path) as f:
            return json.load(f)

    put(first)
    r.start()
    r.fault("matrix.refresh", "status", status=502)
    r.homeserver(token="soft")
    r.wait(lambda: 'what="renewed"' in r.tail(r.logs[-1]), "it is renewed: " + r.tail(r.logs[-1]))
    expect(r.state()["faults"] == 0, "once the gateway lets it through")
    renewed = held()
    expect(sorted(renewed) == sorted(first) and all(renewed[name] != first[name] for name in first), "both of the pair are new in the file")
    expect(os.stat(path).st_mode & 0o777 == 0o600, "which its owner alone reads")
    r.is_answered(r.command("ana", "whoami"), "ana@example.com")
    r.stop()
    r.start()
    r.is_answered(r.command("ana", "whoami"), "ana@example.com")
    expect("renewing" not in r.tail(r.logs[-1]), "the next one signs in with it", r.tail(r.logs[-1]))
    r.homeserver(token="hard")
    r.wait(lambda: "does not accept the access token" in ready(r)[1], "a pair that is refused is told")
    expect(held() == renewed, "and left as it is")
    r.homeserver(token="live")
    r.is_answered(r.command("ana", "whoami"), "ana@example.com")
    r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_gateway_pages_instead_of_answers_to_messages_are_said(make):
    """The room is followed all the time; only what is sent comes to nothing."""
    for fault in ({"kind": "body", "status": 403, "body": "<html>Forbidden</html>"}, {"kind": "status", "status": 500}, {"kind": "status", "status": 429, "retry_after": 600}):
        r = room(make, chats=("slack", "matrix"))
        lifted(r)
        r.fault("matrix.send", count=-1, **fault)
        r.wait(lambda: ready(r)[0] == 503 and "matrix cannot be served" in ready(r)[1], f"/readyz says so ({fault})")
        r.wait(lambda: slack_posts(r, "not been able to serve the Matrix room"), "Slack is told")
        r.call("POST", "fault", {"clear": True})
        # However long it was told to wait, it tries again after a minute.
        r.wait(lambda: ready(r)[0] == 200, "ready again", patience_s=180)


def test_messages_that_are_refused_with_html_come_without(make):
    for error in ("M_BAD_JSON", "M_TOO_LARGE", "M_FORBIDDEN", "M_UNKNOWN"):
        r = room(make)
        r.homeserver(refuse={"what": "html", "error": error})
        r.command("ana", "lift bakery for 2m task billing because month end")
        r.wait(lambda: r.card_state() == "waiting" and "asks for root access" in r.card()["text"], f"the request stands there ({error})")
        expect("bakery" in r.card()["text"] and not r.card()["html"], "as plain text, which says everything", r.card()["text"])
        expect(ready(r)[0] == 200, "the room is well all the same", ready(r))
        r.homeserver(refuse=None)
        r.command("ben", "approve G-0001")
        r.wait(lambda: r.card_state() == "lifted" and r.card()["html"], "the next picture is whole again")


def test_alarm_whose_mention_of_all_is_refused_comes_without_it(make):
    r = room(make, escalate="@room")
    lifted(r, "3s")
    r.homeserver(refuse={"what": "everybody", "error": "M_FORBIDDEN"})
    post = r.wait(lambda: [m for m in r.posts("OVERDUE") if len(m["content"]["m.mentions"].get("user_ids", [])) > 2 and "room" in m["text"]], "the third alarm is there")[-1]
    expect("room" not in post["content"]["m.mentions"], "without what is refused", post)
    expect(ready(r)[0] == 200, "the chat is well all the same", ready(r))


def test_line_that_is_refused_in_its_thread_stands_beside_it(make):
    r = room(make)
    r.command("ana", "lift bakery for 2m task billing because month end")
    r.wait_state("waiting")
    r.homeserver(refuse={"what": "related", "error": "M_UNKNOWN"})
    r.command("ben", "approve G-0001")
    r.wait(lambda: [m for m in r.ours() if "Ben Baker approved" in m["text"] and not m["thread"] and "-card-" not in m["key"]], "the line is in the room")


def test_card_that_is_gone_comes_anew(make):
    """Synapse refuses what relates to an event that it has purged."""
    r = room(make)
    r.command("ana", "lift bakery for 2m task billing because month end")
    r.wait_state("waiting")
    r.homeserver(purge=r.card()["event_id"])
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_room_whose_state_cannot_be_read_stops_requests_but_neither_alarms_nor_what_restores(make):
    r = room(make)
    lifted(r)
    r.stop()
    r.homeserver(refuse={"what": "state", "error": "M_FORBIDDEN"})
    r.start()
    r.wait(lambda: ready(r)[0] == 503 and "cannot be read" in ready(r)[1], "/readyz says why")
    r.wait(lambda: len(r.posts("OVERDUE")) >= 2, "alarms go on")
    asked = r.command("ben", "lift bakery for 2m task billing because not now")
    r.is_answered(asked, "I cannot serve the Matrix room now")
    r.homeserver(refuse=None)
    r.wait(lambda: ready(r)[0] == 200, "served again")
    r.command("ben", "done G-0001")
    r.wait_root(True)


def test_words_in_an_encrypted_room_are_answered_and_restore(make):
    r = room(make)
    lifted(r, "1m")
    r.wait_state("lifted")
    r.homeserver(encrypt=True)
    r.wait(lambda: ready(r)[0] == 503 and "encrypted" in ready(r)[1], "/readyz says why")
    asked = r.command("ana", "lift brewery for 2m task billing because in the dark")
    r.is_answered(asked, "I cannot serve the Matrix room now")
    r.command("ana", "done G-0001")
    r.wait_root(True)
    r.wait_post("Root protection is back ON")
    expect(not r.card("G-0002"), "nothing was asked for", r.text()[-1500:])
