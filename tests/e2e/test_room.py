# SPDX-License-Identifier: Apache-2.0
"""In a Matrix room, what a real homeserver will not do when a test wants it: lost answers, limited and repeated timelines, broken
bodies, limits told in every way, wrong clocks. tests/matrix has the same bot on a real one."""
import json
import urllib.parse

from rig import expect
from room_rig import Room
from test_case import overdue_together

LIFT = "lift bakery for 2m task billing because month end invoices"


def room(make, **options):
    return make(of=Room, **options)


def test_whole_case(make):
    r = room(make)
    r.ask()
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    expect(len(r.puts()) == 1 and r.state()["stax"]["root"] is False, "it is lifted in Stax")
    r.finish("cleo")
    r.wait_root(True)


def test_the_receipt_leads_to_its_card(make):
    """And so does what is said to one person alone."""
    r = room(make, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    r.finish("cleo")
    room_id, event_id = (urllib.parse.quote(part, safe="") for part in ("!room0sandbox:sandbox.local", r.card()["event_id"]))
    link = f"https://matrix.to/#/{room_id}/{event_id}?via=sandbox.local"
    receipt = r.wait(lambda: r.posts("Receipt of G-0001"), "it comes")[-1]
    expect(receipt["text"].endswith(f"Show it in the room: {link}"), "with the card's address", receipt["text"])
    expect(f'<a href="{link}">' in receipt["content"]["formatted_body"], "as a link, too", receipt["content"])
    alone = [m for m in r.ours() if link in m["text"] and m["event_id"] != receipt["event_id"]]
    expect(not alone, "and no other line of the room has it", alone)
    shown = r.card()["content"]
    footer = shown["body"].split("\n")[-1]
    expect(footer.startswith("G-0001") and "audit record" in footer and footer in shown["formatted_body"], "whoever sees text alone sees the card's last line", shown)


def test_one_person_has_the_times_of_their_own_clock(make):
    """Ana's profile names a zone that is an hour ahead all year; what all read has none of it."""
    r = room(make, policy={"mailbox_proof": "off"})
    r.wait(lambda: len(r.requests("matrix.profile")) == 4, "everybody's profile is read before anything is said to them")
    r.is_answered(r.command("ana", "status"), "Africa/Lagos (")
    there = r.command("ben", "status")
    r.is_answered(there, "checked")
    expect(not any("Lagos" in m["text"] for m in r.answers(there)), "nobody else has her clock", r.answers(there))
    r.command("ana", LIFT)
    r.wait_state("waiting")
    expect("Lagos" not in r.card()["text"] and "UTC" in r.card()["text"], "nor has the card, which all read", r.card()["text"])
    r.is_answered(r.command("ana", "status"), "Africa/Lagos (")
    asked = r.requests("matrix.profile")
    expect(len(asked) == 4, "each was asked about once", asked)


def test_answers_lost_after_the_message_was_stored(make):
    r = room(make)
    r.fault("matrix.send", "lost", count=4)
    r.lift()
    r.fault("matrix.send", "lost", count=2)
    r.finish()
    expect(r.state()["faults"] == 0, "the faults were met")


def test_gateway_gave_up_after_the_message_was_stored(make):
    r = room(make)
    r.fault("matrix.send", "after", status=504, count=4)
    r.lift()
    r.finish()
    expect(r.state()["faults"] == 0, "the faults were met")


def test_card_whose_answer_was_lost_comes_to_show_the_newest_picture(make):
    r = room(make, policy={"mailbox_proof": "off"})
    for case, status in (("G-0001", 504), ("G-0002", 429)):
        r.fault("matrix.send", "after", status=status, count=2)
        r.command("ana", LIFT)
        r.wait(lambda: r.card(case), "the card is there, whatever the answer")
        r.command("ana", f"withdraw {case}")
        r.wait_state("withdrawn", case)


def test_reaction_on_a_card_whose_sending_was_not_noted_any_more_counts(make):
    r = room(make, policy={"mailbox_proof": "off"})
    r.fault("matrix.send", "after", status=504, count=2)
    r.command("ana", LIFT)
    r.wait(lambda: r.card(), "the card is there, whatever the answer")
    r.kill()
    r.react("ben", "G-0001")
    r.start()
    r.wait_state("lifted")


def test_gap_of_a_limited_timeline_is_read(make):
    r = room(make)
    r.homeserver(hold=True)
    first = r.command("ana", "whoami")
    for n in range(150):
        r.say("dan", f"so many words {n}")
    last = r.command("ben", "whoami")
    r.homeserver(limited=3, hold=False)
    r.is_answered(last, "ben@example.com")
    r.is_answered(first, "ana@example.com")
    expect(any(q["operation"] == "matrix.messages" for q in r.requests()), "what was left out was asked for")
    expect(len(r.answers(first)) == 1 and len(r.answers(last)) == 1, "each is answered once", r.text()[-1500:])


def test_repeated_events_are_executed_once(make):
    r = room(make, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.homeserver(repeat=20)
    again = r.command("ben", "whoami")
    r.is_answered(again, "ben@example.com")
    r.homeserver(repeat=20)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    expect(not r.card("G-0002"), "one wish, one case")
    expect([j["kind"] for j in r.journal("G-0001")].count("approved") == 1, "one approval")


def test_broken_answers_to_a_poll_cost_nothing(make):
    r = room(make)
    bodies = ("", "null", "[]", "7", '"text"', "{", '{"next_batch":', '{"next_batch":7,"rooms":{}}', '{"rooms":{"join":[]}}', "[" * 20000, '{"next_batch":"x","rooms":' + '{"a":' * 5000,
              "\\ud800", '{"next_batch":"s\\u0000"}')
    for body in bodies:
        r.fault("matrix.sync", "body", body=body)
    asked = r.command("ana", "whoami")
    r.is_answered(asked, "ana@example.com")
    r.wait(lambda: r.state()["faults"] == 0, "every broken answer was met")
    asked = r.command("ben", "whoami")
    r.is_answered(asked, "ben@example.com")
    expect(len(r.answers(asked)) == 1, "once")


def test_broken_answers_to_a_message_are_unknown_outcomes(make):
    r = room(make)
    for body in ("", "null", "{}", '{"event_id":7}', "<html>"):
        r.fault("matrix.send", "body", body=body)
    r.lift()
    r.wait(lambda: r.state()["faults"] == 0, "every broken answer was met")
    r.finish()


def test_approval_right_when_the_token_ends_counts(make):
    r = room(make, start=False)
    with open(r.dir + "/matrix-token", "w") as f:
        json.dump({"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"}, f)
    r.start()
    r.ask()
    r.fault("matrix.state_get", "error", error="M_UNKNOWN_TOKEN:soft")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted", "G-0001")
    expect('what="renewed"' in r.tail(r.logs[-1]), "the token was renewed on the way", r.tail(r.logs[-1]))
    r.finish()


def test_limits_are_obeyed_however_they_are_told(make):
    r = room(make)
    for hints in ("header", "body", "both", "none"):
        r.homeserver(limit_hints=hints, rate={"per_second": 3, "burst": 1})
        asked = r.command("dan", "whoami")
        r.is_answered(asked, "dan@example.com")
        expect(len(r.answers(asked)) == 1, f"once, told by {hints}")
    limited = [q for q in r.requests("matrix.send") if q["status"] == 429]
    r.homeserver(rate=None)
    r.lift()
    r.finish()
    expect(len(limited) < 40, "no storm of attempts", len(limited))


def overdue_in_room(make):
    return overdue_together(lambda **options: room(make, **options), length="12s")


def test_what_says_two_windows_names_them_and_a_lock_on_it_restores_both(make):
    r, both = overdue_in_room(make)
    expect(len(r.posts("OVERDUE")) == 1, "one message says both", r.posts("OVERDUE"))
    shown = both["content"]["formatted_body"]
    for part in ("bakery (222222222222)", "brewery (333333333333)", "to restore all of these", "!reguard done G-0001", "!reguard done G-0002"):
        expect(part in both["text"] and part in shown, part, both["text"], shown)
    r.react("cleo", None, "🔒", message=both)
    r.wait_state("restored")
    r.wait_state("restored", "G-0002")
    ended = [j["actor"]["name"].lower() for j in r.journal() if j["kind"] == "ended"]
    expect(len(ended) == 2 and all(name.startswith("cleo") for name in ended), "each by whoever gave it", ended)
    expect(len(r.posts("OVERDUE: 2 windows")) == 1, "and it was said once", r.posts("OVERDUE"))


def test_of_two_windows_one_is_over_and_a_lock_restores_the_other(make):
    r, both = overdue_in_room(make)
    r.command("ben", "restore G-0002")
    r.wait_state("released", "G-0002")
    expect(r.card_state() == "lifted", "only the one that is meant", r.text()[-800:])
    r.react("cleo", None, "🔒", message=both)
    r.wait_state("restored")
    r.react("ana", None, "🔒", message=both)
    again = r.command("dan", "status")
    r.is_answered(again, "is ON")
    expect(len([j for j in r.journal() if j["kind"] == "ended"]) == 2, "each ended once", r.journal())


def test_reminders_of_a_room_that_asks_to_wait_are_one(make):
    r = room(make, policy={"remind_overdue": "0s 2s 4s 6s 8s 10s 1h", "warn_before": "1s", "mailbox_proof": "off", "min_window": "1s", "on_deadline": "remind"})
    r.lift(length="10s", confirm=False)
    r.fault("matrix.send", "status", status=429, retry_after=6, count=-1)
    r.wait(lambda: [j["data"]["count"] for j in r.journal("G-0001") if j["kind"] == "reminded"][-1:] == [6], "it reminds, and again")
    r.call("POST", "fault", {"clear": True})
    r.wait_post("OVERDUE", "G-0001")
    r.wait(lambda: not r.database().execute("SELECT count(*) FROM outbox WHERE state = 0").fetchone()[0], "everything has left")
    expect(len(r.posts("OVERDUE")) == 1, "the newest one says it", r.posts("OVERDUE"))
    r.finish()


def test_wrong_clocks_of_other_servers_change_nothing(make):
    r = room(make, policy={"mailbox_proof": "off"})
    for case, skew in (("G-0001", 86_400_000), ("G-0002", -86_400_000)):
        r.homeserver(skew_ms=skew)
        r.ask(case=case, confirm=False)
        r.react("ben", case)
        r.wait_state("lifted", case)
        r.finish(case=case)


def test_cursor_refused_executes_nothing_old(make):
    r = room(make, policy={"mailbox_proof": "off"})
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")
    syncs = r.state()["matrix"]["syncs"]
    r.homeserver(restart={"reject_since": True})
    r.wait(lambda: r.state()["matrix"]["syncs"] > syncs, "it begins anew")
    asked = r.command("ben", "whoami")
    r.is_answered(asked, "ben@example.com")
    expect(not r.card("G-0002"), "the old wish is not heard again")


def test_events_of_a_wrong_shape_cost_only_themselves(make):
    r = room(make)
    for field in ("sender", "event_id", "type", "content"):
        for value in (None, 7, [], {}, ""):
            r.inject(event={field: value}, content={"msgtype": "m.text", "body": "!reguard " + LIFT})
    for raw in ('{"msgtype":"m.text","body":"!reguard status","n":1e99999}', '{"msgtype":"m.text","body":"\\u0000!reguard status"}', '{"msgtype":"m.text","body":"\\udcff"}',
                '{"body":"a","body":"!reguard status","msgtype":"m.text"}', '{"a":' * 3000 + "1" + "}" * 3000):
        r.inject(raw=raw)
    r.inject(raw_hex=b'{"msgtype":"m.text","body":"\xff\xfe"}'.hex())
    asked = r.command("ben", "whoami")
    r.is_answered(asked, "ben@example.com")
    expect(not r.card(), "no case came of it", r.text()[-1500:])


def test_times_of_a_wrong_shape_are_no_obstacle(make):
    r = room(make, policy={"mailbox_proof": "off"})
    event = r.inject(content={"msgtype": "m.text", "body": "!reguard whoami"}, event={"origin_server_ts": "yesterday"})
    r.is_answered(event, "ana@example.com")


def test_invitation_elsewhere_is_left_alone(make):
    r = room(make)
    r.homeserver(invite_elsewhere=True)
    asked = r.command("ben", "whoami")
    r.is_answered(asked, "ben@example.com")
    expect(not r.requests("matrix.join"), "no room is joined")


def test_homeserver_goes_and_comes_in_every_way(make):
    r = room(make)
    for outage in (True, 502):
        r.homeserver(outage=outage)
        asked = r.say("ana", "!reguard whoami")
        polls = len(r.requests("matrix.sync"))
        r.wait(lambda: len(r.requests("matrix.sync")) > polls, "it tries again")
        r.homeserver(outage=False)
        r.is_answered(asked, "ana@example.com")
        expect(len(r.answers(asked)) == 1, "once")


def test_slack_and_the_room_share_one_desk(make):
    r = room(make, chats=("slack", "matrix"), policy={"mailbox_proof": "off"})
    r.call("POST", "command", {"person": "ana", "text": LIFT})
    r.wait_state("waiting")
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    slack = r.call("GET", "channel?format=json")
    expect(any("Ben Baker approved" in m["text"] for m in slack), "Slack is told who approved in the room", [m["text"] for m in slack])
    r.finish("cleo")


def test_lost_answers_and_a_kill(make):
    r = room(make, policy={"mailbox_proof": "off"})
    r.fault("matrix.send", "lost", count=3)
    r.command("ana", LIFT)
    r.wait(lambda: r.card(), "the card is in the room")
    r.kill()
    r.start()
    r.wait_state("waiting")
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    events = json.dumps(r.channel())
    expect(events.count("Root protection is OFF") >= 1, "it is told")
    r.finish()


def test_the_whole_state_of_the_room_is_never_asked_for(make):
    """A room may have any number of members."""
    r = room(make, start=False)
    r.fault("matrix.state_all", "status", status=500, count=-1)
    r.start()
    r.is_answered(r.command("ana", "whoami"), "ana@example.com")
    status, out, _ = r.cli("check", "-c", r.conf)
    expect("the room can be served" in out, "check reads as little", out)
    expect("1 members have no say" in out or "members could not be counted" not in out, "and counts them", out)
    r.fault("matrix.joined_members", "status", status=500, count=-1)
    expect("members could not be counted" in r.cli("check", "-c", r.conf)[1], "where it can")
    expect(not [q for q in r.requests() if q["operation"] == "matrix.state_all"], "the whole state is not read")


def test_state_that_cannot_be_read_is_no_state(make):
    """What was not read is not taken for absent: no encryption told is not the same as none."""
    r = room(make, start=False)
    r.fault("matrix.state_get", "error", error="M_UNKNOWN", count=-1)
    r.start(wait=False)
    r.wait(lambda: len([q for q in r.requests() if q["operation"] == "matrix.state_get"]) >= 6, "it is tried again")
    r.wait(lambda: [q for q in r.requests() if q["operation"] == "matrix.sync"], "the room is followed, for what restores")
    r.is_answered(r.command("ana", LIFT), "I cannot serve the Matrix room now")
    r.call("POST", "fault", {"clear": True})
    r.wait(lambda: "matrix.up" in r.tail(r.logs[-1]), "it is served when it can be read")
    r.is_answered(r.command("ana", "whoami"), "ana@example.com")


def test_answer_to_one_person_that_a_gateway_lost_comes_once(make):
    r = room(make)
    for kind, status in (("status", 502), ("after", 504), ("lost", None)):
        r.fault("matrix.send", kind, count=3, **({"status": status} if status else {}))
        said = r.command("ana", "whoami")
        r.is_answered(said, "ana@example.com")
        r.wait(lambda: r.state()["faults"] == 0, "the faults were met")
        after = r.command("ben", "whoami")
        r.is_answered(after, "ben@example.com")
        expect(len(r.answers(said)) == 1, f"it stands there once ({kind})", r.text())


def test_reaction_that_comes_before_the_answer_to_its_message_counts(make):
    r = room(make, policy={"mailbox_proof": "off"})
    r.fault("matrix.send", "delay", delay_ms=2000, count=-1)
    r.command("ana", LIFT)
    r.wait(lambda: r.card(), "the card is there, whatever the answer")
    r.react("ben", "G-0001")
    expect(not r.database().execute("SELECT 1 FROM shown WHERE remote_id IS NOT NULL").fetchone(), "given before it was known that the card is there")
    r.call("POST", "fault", {"clear": True})
    r.wait_state("lifted")
