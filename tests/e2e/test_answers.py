# SPDX-License-Identifier: Apache-2.0
"""An answer belongs to the question that it was given to, over restarts and interruptions too."""
import json
import signal

from rig import SLACK_IDS, button_alone, expect, press_alone


def lifted(make, **sections):
    r = make(policy={"mailbox_proof": "off", "max_window": "10m", "remind_pending": "1h", **sections.pop("policy", {})}, **sections)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait_state("waiting")
    return r


def kinds(r, *wanted):
    return [j["kind"] for j in r.journal("G-0001") if j["kind"] in wanted]


def wait_kind(r, kind, count=1):
    r.wait(lambda: kinds(r, kind).count(kind) >= count, f"the journal has {kind}")


def ask_for_more(r):
    r.command("ana", "extend G-0001 1m because the export takes long")
    return r.wait_post("asks for 1 min more", "G-0001")


def looked_back(r, since):
    """The reactions of every open question have been read once more."""
    r.wait(lambda: any(q["n"] > since and q["operation"] == "slack.reactions.get" for q in r.requests()), "the reactions are read again")


def newest(r):
    return max([q["n"] for q in r.requests()], default=0)


def test_an_old_check_mark_does_not_approve_more_time(make):
    r = lifted(make)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    ask_for_more(r)
    for interrupt in (lambda: (r.kill(), r.start()), lambda: (r.slack(outage=True), r.slack(outage=False))):
        since, hellos = newest(r), r.state()["slack"]["hellos"]
        interrupt()
        r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "it is connected again")
        looked_back(r, since)
    # Whatever was made of the check mark stands before the next word in the journal.
    r.command("cleo", "decline G-0001 because enough")
    wait_kind(r, "extension_declined")
    expect(kinds(r, "extension_approved", "extended") == [], "nobody has approved more time", kinds(r, "extension_approved", "extended"))
    r.finish()


def test_a_check_mark_under_the_alarm_adopts_nothing(make):
    r = make(policy={"mailbox_proof": "off"})
    r.stax(guardrail={"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False})
    r.wait_state("outside")
    r.react("ben", "G-0001")
    r.command("ana", "adopt bakery for 2m because finishing the change")
    question = r.wait_post("asks to adopt", "G-0001")
    since = newest(r)
    r.kill()
    r.start()
    looked_back(r, since)
    r.react("dan", None, message=question)
    r.wait_heard("dan", "needs the Admin role")
    expect(kinds(r, "approved", "adopted") == [], "nobody has approved it", kinds(r, "approved", "adopted"))
    r.react("cleo", None, message=question)
    wait_kind(r, "adopted")
    approved = [j for j in r.journal("G-0001") if j["kind"] == "approved"]
    expect([a["actor"]["key"] for a in approved] == ["cleo@example.com"], "by Cleo alone", approved)
    r.finish()


def taken_back_while_away(make):
    """Ben has approved, as one of two, and taken it back while reguard is down; no event of it comes."""
    r = lifted(make, policy={"approvals": "2"})
    r.react("ben", "G-0001")
    wait_kind(r, "approved")
    r.kill()
    r.react("ben", "G-0001", remove=True)
    r.slack(forget=True)
    return r


def test_a_check_mark_removed_while_away_is_taken_back(make):
    r = taken_back_while_away(make)
    r.start()
    wait_kind(r, "approval_taken_back")
    r.click("cleo", "approve", "G-0001")
    wait_kind(r, "approved", 2)
    expect(r.card_state() == "waiting" and not r.puts(), "one approval is not two", r.card_state())
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_a_lift_waits_until_what_was_taken_back_while_away_is_known(make):
    r = taken_back_while_away(make)
    r.fault("slack.reactions.get", "error", error="internal_error", count=-1)
    since = newest(r)
    r.start()
    r.click("cleo", "approve", "G-0001")
    wait_kind(r, "approved", 2)
    r.wait(lambda: len([q for q in r.requests("slack.reactions.get") if q["n"] > since]) >= 4, "it is tried again and again")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted before that is known", r.card_state())
    r.call("POST", "fault", {"clear": True})
    wait_kind(r, "approval_taken_back")
    expect(r.card_state() == "waiting" and not r.puts(), "one approval is not two", r.card_state())
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_a_crowd_of_other_reactions_hides_no_removal(make):
    r = taken_back_while_away(make)
    crowd = {"name": "tada", "users": [f"U0CROWD{n}" for n in range(600)], "count": 600}
    r.fault("slack.reactions.get", "body", body=json.dumps({"ok": True, "message": {"ts": r.card()["ts"], "reactions": [crowd]}}), count=-1)
    r.start()
    wait_kind(r, "approval_taken_back")
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_a_check_mark_seen_again_is_answered_once(make):
    r = lifted(make)
    r.react("dan", "G-0001")
    r.wait_heard("dan", "needs the Admin role")
    for _ in range(2):
        since = newest(r)
        r.kill()
        r.start()
        looked_back(r, since)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    # Killed at once: what is not known to have been heard is said once more, and says that it may be.
    told = [line for line in r.heard("dan").splitlines() if "needs the Admin role" in line and "I was restarted meanwhile" not in line]
    expect(len(told) == 1, "told once", r.heard("dan"))
    r.finish()


def test_an_approval_ends_with_the_entry_in_people(make):
    r = lifted(make, policy={"approvals": "2"})
    r.click("ben", "approve", "G-0001")
    wait_kind(r, "approved")
    r.configure(people={"ben@example.com": None})
    r.bot.send_signal(signal.SIGHUP)
    wait_kind(r, "approval_lapsed")
    r.click("cleo", "approve", "G-0001")
    wait_kind(r, "approved", 2)
    expect(not r.puts(), "nothing is lifted", r.puts())
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_an_approver_deactivated_in_slack_does_not_count(make):
    r = lifted(make, policy={"approvals": "2"})
    r.click("ben", "approve", "G-0001")
    wait_kind(r, "approved")
    r.slack(user={"person": "ben", "deleted": True})
    r.click("cleo", "approve", "G-0001")
    wait_kind(r, "approval_lapsed")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted", r.puts())
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_a_change_does_not_leave_on_old_roles(make):
    r = lifted(make, stax={"request_timeout": "60s"})
    # The document is read once more right before the change, and takes longer than roles may be old.
    r.fault("stax.get_guardrails", "delay", delay_ms=10500, count=-1)
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: kinds(r, "change_refused"), "a change is held back")
    expect(not r.puts(), "nothing has left", r.puts())
    r.call("POST", "fault", {"clear": True})
    r.wait_state("lifted")
    roles = [q["at_ms"] for q in r.requests("stax.get_users")]
    for put in r.puts():
        expect(any(0 <= put["at_ms"] - at <= 10000 for at in roles), "everybody was read within the ten seconds before", put, roles)
    r.finish()


# ---- an answer may be quicker than Slack's answer to the message that it is given on ----

def asked(make):
    """Everybody sees the request; what Slack answers to its messages is still to come."""
    r = make(policy={"mailbox_proof": "off", "max_window": "10m"})
    r.fault("slack.chat.postMessage", "delay", delay_ms=2000, count=-1)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    return r


def early(r):
    return not r.database().execute("SELECT 1 FROM shown WHERE remote_id IS NOT NULL").fetchone()


def expect_early(r):
    expect(early(r), "it came before it was known that the card is there")
    r.call("POST", "fault", {"clear": True})


def press(person, ts, handle, n=1):
    """What Slack sends when that person presses Approve on that message."""
    return json.dumps({"envelope_id": f"early-{person}-{n}", "type": "interactive", "accepts_response_payload": True, "payload": {
        "type": "block_actions", "user": {"id": SLACK_IDS[person], "team_id": "T0SANDBOX"}, "container": {"type": "message", "message_ts": ts, "channel_id": "C0ROOTOPS"},
        "actions": [{"type": "button", "action_id": "approve", "value": handle, "action_ts": f"{n}.000001"}]}})


def handle_on(r):
    card = r.wait(lambda: r.card(), "the card is there")
    return card["ts"], [x["value"] for b in card["blocks"] for x in b.get("elements", []) if x.get("action_id") == "approve"][0]


def test_a_private_button_is_its_readers_and_its_cases(make):
    r = lifted(make)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.command("ben", "extend G-0001 99h because it takes long")
    value, label = r.wait(lambda: button_alone(r, "ben", "restore"), "what helps stands beside the refusal")
    expect(label == "Restore now G-0001", "read aloud, it is about that case", label)
    expect(value.startswith(SLACK_IDS["ben"] + ":"), "it names whom it was shown to", value)
    r.slack(frame=press_alone("cleo", "extend", value, 1))
    r.wait_heard("cleo", "not shown to you")
    for n, forged in enumerate(("", "x", value.split(":")[1], SLACK_IDS["ben"], value.replace(SLACK_IDS["ben"], SLACK_IDS["cleo"]))):
        r.slack(frame=press_alone("ben", "extend", forged, n + 2))
        r.wait(lambda: r.heard("ben").count("not shown to you") == n + 1, f"refused: {forged}")
    r.slack(frame=press_alone("ben", "restore", SLACK_IDS["ben"] + ":0123456789abcdef", 7))
    r.wait_heard("ben", "What this button was for is closed, or it is not mine")
    expect(r.card_state() == "lifted" and not kinds(r, "ended"), "and nothing was changed")
    expect(r.form("cleo") == '""' and r.form("ben") == '""', "no form was opened", r.form("ben"))
    r.slack(frame=press_alone("cleo", "restore", value, 8))  # an Admin may restore from wherever they see it
    r.wait_state("restored")
    r.slack(frame=press_alone("ben", "restore", value, 9))
    r.wait_heard("ben", "G-0001 is restored already")
    expect(len(kinds(r, "ended")) == 1, "it has ended once", kinds(r, "ended"))
    r.command("dan", "lift bakery for 5m task billing because month end invoices")
    value, label = r.wait(lambda: button_alone(r, "dan", "cockpit"), "what is going on, for whoever is no Admin")
    expect(label == "Status", "it is about no case", label)


def test_a_press_that_comes_before_the_answer_to_its_message_counts(make):
    r = asked(make)
    ts, handle = handle_on(r)
    r.slack(frame=press("ben", ts, handle))
    expect_early(r)
    r.wait_state("lifted")
    expect("does nothing any more" not in r.heard("ben") and "press again" not in r.heard("ben"), "and nobody was sent away", r.heard("ben"))
    expect(kinds(r, "approved") == ["approved"], "one approval", kinds(r, "approved"))


def test_a_press_that_is_sent_again_meanwhile_counts_once(make):
    r = make(policy={"mailbox_proof": "off", "approvals": "2"})
    r.fault("slack.chat.postMessage", "delay", delay_ms=2000, count=-1)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    ts, handle = handle_on(r)
    for _ in range(3):
        r.slack(frame=press("ben", ts, handle))
    expect_early(r)
    wait_kind(r, "approved")
    r.slack(frame=press("cleo", ts, handle))
    r.wait_state("lifted")
    expect(kinds(r, "approved") == ["approved", "approved"], "of two people", kinds(r, "approved"))


def test_a_reaction_that_comes_before_the_answer_to_its_message_counts(make):
    r = asked(make)
    r.wait(lambda: r.card(), "the card is there")
    r.react("ben", "G-0001")
    expect_early(r)
    r.wait_state("lifted")


def test_a_reaction_taken_back_before_the_answer_does_not_count(make):
    r = asked(make)
    r.wait(lambda: r.card(), "the card is there")
    r.react("ben", "G-0001")
    r.react("ben", "G-0001", remove=True)
    expect_early(r)
    r.wait(lambda: not early(r), "it is known now")
    r.command("ben", "whoami")
    r.wait_heard("ben", "ben@example.com")
    r.command("cleo", "decline G-0001 because enough")
    r.wait_state("declined")
    expect(not r.puts(), "nothing was lifted")


def test_a_press_on_a_message_whose_sending_is_in_doubt_counts_when_it_is_found(make):
    r = make(policy={"mailbox_proof": "off"})
    r.fault("slack.chat.postMessage", "lost", count=1)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    ts, handle = handle_on(r)
    r.slack(frame=press("ben", ts, handle))
    r.wait_state("lifted")


def test_a_press_on_what_is_no_message_of_ours_is_told_after_all(make):
    r = asked(make)
    ts, handle = handle_on(r)
    r.slack(frame=press("ben", "1700000000.000100", handle))
    r.wait_heard("ben", "I do not know this message")
    r.call("POST", "fault", {"clear": True})
    expect(r.card_state() == "waiting" and not r.puts() and kinds(r, "approved") == [], "it approves nothing", r.heard("ben"))


def test_more_early_presses_than_can_wait_are_all_answered(make):
    r = asked(make)
    ts, handle = handle_on(r)
    for n in range(100):
        r.slack(frame=press("ben", "1700000000.000100", handle, n + 1))
    r.wait(lambda: r.heard("ben"), "told at once")
    expect_early(r)
    r.click("cleo", "approve", "G-0001")
    r.wait_state("lifted")


def test_a_word_counts_for_no_question_that_stands_nowhere_yet(make):
    """Slack asks to wait before the card is there; whoever types "approve" meanwhile means something else, or nothing that can be read."""
    r = make(policy={"mailbox_proof": "off"})
    r.fault("slack.chat.postMessage", "status", status=429, retry_after=2, count=-1)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait_heard("ana", "G-0001 created")
    for words in ("approve", "approve G-0001"):
        r.command("cleo", words)
    r.wait(lambda: r.puts() or r.heard("cleo").count("does not stand in the chat yet") == 2, "it is not counted, and said why")
    expect(not r.puts(), "nothing was lifted", r.puts())
    r.call("POST", "fault", {"clear": True})
    r.wait_state("waiting")
    expect(not r.puts(), "nothing was lifted", r.puts())
    r.command("cleo", "approve")
    r.wait_state("lifted")


def asked_alone(r, person, words):
    return [m for m in r.private(person)["dm"] if words in m["text"]]


def test_the_question_to_one_person_alone_is_answered_there_and_edited(make):
    """With the same buttons, a link to the card, and nothing left to press for anybody once it is answered."""
    r = lifted(make)
    r.wait(lambda: asked_alone(r, "ben", "asks for root access to bakery") and asked_alone(r, "cleo", "asks for root access to bakery"), "both are asked alone")
    expect(not asked_alone(r, "ana", "asks for root access") and not asked_alone(r, "dan", "asks for root access"), "and nobody else")
    message = asked_alone(r, "ben", "asks for root access to bakery")[-1]
    expect(r.offers(message), "it has the buttons", message)
    link = f"https://sandbox.slack.example/archives/{r.card()['channel']}/p{r.card()['ts'].replace('.', '')}"
    expect(link in json.dumps(message["blocks"]), "and leads to the card", message["blocks"])
    r.click("ben", "approve", ts=message["ts"])
    r.wait_state("lifted")
    approved = [j for j in r.journal("G-0001") if j["kind"] == "approved"]
    expect([a["actor"]["key"] for a in approved] == ["ben@example.com"], "it counts like the card's", approved)
    for person in ("ben", "cleo"):
        r.wait(lambda: not r.offers(asked_alone(r, person, "asks for root access to bakery")[-1]), f"{person} has nothing left to press there")


def test_the_receipt_says_where_every_record_stands(make):
    """Also long after, when only the records know of it."""
    r = lifted(make, policy={"watch_after": "2s"})
    r.click("ben", "approve")
    r.wait_state("lifted")
    r.command("cleo", "done")
    r.wait_root(True)
    receipt = r.wait(lambda: r.posts("Receipt of G-0001"), "it is closed, and no longer looked at")[-1]
    expect("reguard audit explain G-0001" in receipt["text"], "in the thread", receipt["text"])
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal("G-0001")), "it leaves the desk")
    r.command("dan", "show G-0001 full")
    r.wait_heard("dan", "Receipt of G-0001")
    expect("reguard audit explain G-0001" in r.heard("dan"), "and in the answer", r.heard("dan"))
    r.command("gil", "show G-0001")
    r.wait_heard("gil", "G-0001")
    expect("audit explain" not in r.heard("gil"), "where that is asked for", r.heard("gil"))


def menus(message):
    return [e for block in message.get("blocks") or [] for e in block.get("elements", []) if e["type"] == "overflow"]


def test_what_is_seldom_needed_stands_in_a_menu(make):
    """It says which request is meant where it asks once more; chosen by anybody else it does nothing."""
    r = lifted(make)
    menu, = menus(r.card())
    expect([o["text"]["text"] for o in menu["options"]] == ["Withdraw"] and menu["action_id"] == "withdraw", "on the card", menu)
    expect(menu["confirm"]["title"]["text"] == "Withdraw G-0001?" and "Ana Archer" in menu["confirm"]["text"]["text"], "asks once more", menu)
    r.click("ben", "withdraw", "G-0001")
    r.wait(lambda: "Only Ana Archer can withdraw G-0001" in r.heard("ben"), "whoever did not ask is told who can")
    expect(r.card()["state"] == "waiting", "and nothing came of it", r.card())
    r.command("ana", "")
    own = r.wait(lambda: [m for m in r.private("ana")["responses"] if menus(m)], "what she alone sees has it, too")[-1]
    expect(menus(own)[0]["options"][0]["value"].startswith("U0ANA"), "for her alone", menus(own))
    r.click("ana", "withdraw", **{"in": "private", "value": menus(own)[0]["options"][0]["value"]})
    r.wait_state("withdrawn")
    r.wait(lambda: not menus(r.card()), "the card has no menu then")


def test_the_receipt_leads_to_its_card(make):
    """It is handed on alone, so that it says where the rest stands."""
    r = lifted(make)
    r.click("ben", "approve")
    r.wait_state("lifted")
    r.finish("cleo")
    card = r.card()
    receipt = r.wait(lambda: r.posts("Receipt of G-0001"), "it comes")[-1]
    link = f"https://sandbox.slack.example/archives/{card['channel']}/p{card['ts'].replace('.', '')}"
    expect(link in json.dumps(receipt["blocks"]), "with the card's address", receipt["blocks"])
    others = [m for m in r.channel() if m["ts"] != receipt["ts"]]
    expect(link not in json.dumps(others), "and no other line has it", others)


def test_a_question_to_one_person_alone_waits_for_the_card(make):
    """What the channel has not shown is approved by nobody: the card cannot be posted, the message to Ben alone can."""
    r = make(policy={"mailbox_proof": "off", "remind_pending": "1h"})
    r.slack(refuse={"what": "posts", "error": "restricted_action_read_only_channel"})
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    message = r.wait(lambda: asked_alone(r, "ben", "asks for root access to bakery"), "Ben is asked alone", 60)[-1]
    r.click("ben", "approve", ts=message["ts"])
    r.wait_heard("ben", "Not done")
    expect(not r.puts() and not [j for j in r.journal("G-0001") if j["kind"] == "approved"], "nothing is approved")


def test_a_question_of_before_is_not_answered_by_its_message_to_one_alone(make):
    r = lifted(make)
    r.wait(lambda: asked_alone(r, "ben", "asks for root access"), "Ben is asked alone")
    r.click("cleo", "approve", "G-0001")
    r.wait_state("lifted")
    ask_for_more(r)
    old = asked_alone(r, "ben", "asks for root access")[-1]
    new = r.wait(lambda: asked_alone(r, "ben", "asks for 1 min more"), "and of more time")[-1]
    expect(old["ts"] != new["ts"], "each question has its own message", old, new)
    r.wait(lambda: not r.offers(asked_alone(r, "ben", "asks for root access")[-1]) and r.offers(asked_alone(r, "ben", "asks for 1 min more")[-1]), "the new one can be answered")
    r.click("ben", "approve", ts=new["ts"])
    wait_kind(r, "extended")
