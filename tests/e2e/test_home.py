# SPDX-License-Identifier: Apache-2.0
"""The cockpit and a person's own page in Slack: what is going on, for them alone, with what they can press."""
import json

from rig import expect


def answer(r, person):
    """The newest private answer with buttons."""
    found = [m for m in r.private(person)["responses"] if m.get("blocks")]
    return json.dumps(found[-1], ensure_ascii=False) if found else ""


def home(r, person):
    return json.dumps(r.private(person).get("home") or "", ensure_ascii=False)


def open_home(r, person):
    r.call("POST", "open_home", {"person": person})
    return r.wait(lambda: home(r, person) != '""' and home(r, person), f"{person} sees a page")


def press(r, person, action, where):
    return r.call("POST", "click", {"person": person, "action": action, "in": where})


def test_word_alone_opens_the_cockpit_anywhere(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "", channel="C0GENERAL")
    shown = r.wait(lambda: answer(r, "ana"), "the cockpit is shown")
    expect("Root protection is ON" in shown and "Request…" in shown and "Who may approve" in shown, "the state, what can be pressed, and who approves", shown)
    press(r, "ana", "request", "private")
    r.type("ana", "bakery")
    r.submit("ana", {"account": "222222222222", "task": "billing", "reason": "month end", "duration": "90s"})
    r.wait_state("waiting")
    r.command("ben", "", channel="C0GENERAL")
    shown = r.wait(lambda: answer(r, "ben"), "the other Admin's cockpit")
    for words in ("bakery (222222222222)", "month end", "1 min 30 s", "Approve…", "Switch root protection OFF?"):
        expect(words in shown, f"the whole card stands there: {words}", shown)
    r.command("ana", "", channel="C0GENERAL")
    r.wait(lambda: "Withdraw" in answer(r, "ana"), "the requester can take it back there")
    expect("Approve…" not in answer(r, "ana"), "and not approve it", answer(r, "ana"))
    press(r, "ben", "approve", "private")
    r.wait_state("lifted")
    r.command("cleo", "", channel="C0GENERAL")
    r.wait(lambda: "I'm done, restore" in answer(r, "cleo"), "any Admin can restore from there")
    press(r, "cleo", "done", "private")
    r.wait_state("restored")
    press(r, "ben", "approve", "private")
    r.wait_heard("ben", "closed")


def test_page_shows_what_is_going_on_and_follows_it(make):
    r = make(policy={"mailbox_proof": "off"})
    shown = open_home(r, "ben")
    expect("Root protection is ON" in shown and "Request…" in shown, "the state and the way to ask", shown)
    r.ask(confirm=False)
    r.wait_state("waiting")
    r.wait(lambda: "Approve…" in home(r, "ben") and "bakery" in home(r, "ben"), "a request appears by itself")
    press(r, "ben", "approve", "home")
    r.wait_state("lifted")
    r.wait(lambda: "I'm done, restore" in home(r, "ben") and "Approve…" not in home(r, "ben"), "the page has followed")
    press(r, "ben", "done", "home")
    r.wait_state("restored")
    r.wait(lambda: "Lately" in home(r, "ben") and "Root protection is ON" in home(r, "ben"), "it is among the last ones")


def test_what_is_over_has_its_button_there(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(length="90s", confirm=False)
    r.command("cleo", "decline G-0001 because not today")
    r.wait_state("declined")
    r.lift(confirm=False, case="G-0002")
    r.finish("cleo", "G-0002")
    shown = open_home(r, "ana")
    for words in ("My requests", "Ask again… G-0001", "All cleaned up G-0002"):
        expect(words in shown, f"it has “{words}”", shown)
    expect("All cleaned up" not in open_home(r, "ben"), "which is for whoever had the window", home(r, "ben"))
    press(r, "ana", "cleaned:G-0002", "home")
    r.wait(lambda: any(j["kind"] == "cleaned" for j in r.journal("G-0002")), "that is noted")
    r.wait(lambda: "All cleaned up" not in home(r, "ana"), "and not asked any more")
    press(r, "ben", "again:G-0001", "home")
    shown = r.wait(lambda: r.form("ben") != '""' and r.form("ben"), "the form opens")
    expect("bakery (222222222222)" in shown and "1m30s" in shown, "it holds what was asked", shown)


def test_what_has_left_the_desk_stands_there_with_what_it_allows(make):
    r = make(policy={"mailbox_proof": "off", "watch_after": "2s"})
    open_home(r, "ana")
    r.ask(length="90s", confirm=False)
    r.command("cleo", "decline G-0001 because not today")
    r.wait_state("declined")
    r.lift(person="ben", approver="cleo", confirm=False, case="G-0002")
    r.finish("cleo", "G-0002")
    for case in ("G-0001", "G-0002"):
        r.wait(lambda case=case: any(j["kind"] == "filed" for j in r.journal(case)), f"{case} leaves the desk")
    for run in ("before a restart", "after it"):
        shown = r.wait(lambda: "Ask again… G-0001" in open_home(r, "ana") and home(r, "ana"), f"it is on the page, {run}")
        expect(shown.index("My requests") < shown.index("Declined") < shown.index("Lately") < shown.index("G-0002"), "what ana asked for under a heading of its own", shown)
        expect("My requests" in open_home(r, "ben") and "cleaned" not in home(r, "ben"), "and of what has left nothing is asked any more", home(r, "ben"))
        if run == "before a restart":
            r.kill()
            r.start()
    open_home(r, "cleo")
    press(r, "cleo", "again:G-0001", "home")
    shown = r.wait(lambda: r.form("cleo") != '""' and r.form("cleo"), "the form opens")
    expect("bakery (222222222222)" in shown and "1m30s" in shown, "it holds what was asked", shown)


def test_page_is_for_people_of_the_list_and_the_channel(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.wait_state("waiting")
    shown = open_home(r, "gil")
    expect("You cannot use me yet" in shown and "bakery" not in shown, "how to get access, and nothing else", shown)
    r.fault("slack.conversations.members", "body", body=json.dumps({"ok": True, "members": ["U0REGUARD"], "response_metadata": {"next_cursor": ""}}), count=-1)
    shown = open_home(r, "cleo")
    expect("members of" in shown and "bakery" not in shown, "not a member: how to become one", shown)
    r.call("POST", "fault", {"clear": True})
    r.fault("slack.conversations.members", "error", error="internal_error", count=-1)
    shown = open_home(r, "ben")
    expect("bakery" not in shown, "what cannot be read is a no", shown)


def test_opening_the_page_writes_nothing(make):
    r = make(policy={"mailbox_proof": "off"})
    open_home(r, "ben")
    path = r.dir + "/state/reguard.db-wal"
    with open(path, "rb") as f:
        before = f.read()
    count = len(r.requests("slack.views.publish"))
    r.call("POST", "open_home", {"person": "ben"})
    r.wait(lambda: len(r.requests("slack.views.publish")) > count, "it is drawn once more")
    with open(path, "rb") as f:
        expect(f.read() == before, "nothing is written")


def test_status_is_answered_with_what_can_be_pressed(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "status")
    r.wait(lambda: "Request…" in answer(r, "ana"), "nothing is going on: a window can be asked for")
    press(r, "ana", "request", "private")
    r.wait(lambda: r.form("ana") != '""', "the form opens")
    r.lift(confirm=False)
    r.command("cleo", "status")
    shown = r.wait(lambda: "Restore now" in answer(r, "cleo") and answer(r, "cleo"), "what is OFF can be restored from the answer")
    expect('"accessibility_label": "Restore now G-0001"' in shown, "whoever hears the button alone knows which case it is", shown)
    r.command("gil", "status")
    r.wait_heard("gil", "Root protection is OFF")
    expect("Restore now" not in answer(r, "gil"), "who may not is offered nothing", answer(r, "gil"))
    press(r, "cleo", "restore", "private")
    r.wait_state("restored")
    r.wait_root(True)


def test_shortcut_on_a_message_opens_the_form_with_its_words(make):
    r = make(policy={"mailbox_proof": "off"})
    ts = r.say("dan", "the tax invoice of May is <not> there & nobody can download it")["ts"]
    r.call("POST", "shortcut", {"person": "ana", "ts": ts})
    shown = r.wait(lambda: "tax invoice of May" in r.form("ana") and r.form("ana"), "the form opens with it as the reason")
    expect("<not> there & nobody" in shown, "as it was said", shown)
    r.call("POST", "shortcut", {"person": "gil", "ts": ts})
    r.wait_heard("gil", "cannot use")


def test_it_says_hello_when_it_is_invited(make):
    r = make(policy={"mailbox_proof": "off"})
    r.call("POST", "invite", {"person": "ana", "channel": "C0GENERAL"})
    r.call("POST", "invite", {"person": "ana"})
    r.wait(lambda: "I am reguard" in r.text(), "hello in the channel")
    expect(sum("I am reguard" in m["text"] for m in r.channel()) == 1, "once", r.text())
    r.call("POST", "click", {"person": "ben", "action": "cockpit"})
    r.wait(lambda: "Root protection is ON" in answer(r, "ben"), "Try it shows the cockpit to whoever presses")


def press_old_page(person, user, action, value, n):
    """As Slack sends a press on a page that an earlier version had drawn."""
    payload = {"type": "block_actions", "team": {"id": "T0SANDBOX", "domain": "sandbox"}, "user": {"id": user, "username": person, "name": person, "team_id": "T0SANDBOX"},
               "api_app_id": "A0REGUARD", "container": {"type": "view", "view_id": "V0OLD"}, "trigger_id": f"old.{n}", "view": {"id": "V0OLD", "type": "home", "callback_id": "reguard:home", "hash": "1.old"},
               "actions": [{"action_id": action, "block_id": "b", "type": "button", "value": value, "action_ts": f"1790000000.{n:06}", "text": {"type": "plain_text", "text": action}}]}
    return json.dumps({"type": "interactive", "envelope_id": f"old-page-{n}", "payload": payload, "accepts_response_payload": False})


def test_an_old_page_is_explained_and_drawn_anew(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.wait_state("waiting")
    expect(home(r, "ben") == '""', "no page of his is drawn yet")
    r.slack(frame=press_old_page("ben", "U0BEN0001", "approve", "0123456789abcdef", 1))
    r.wait(lambda: "This button was not shown to you as it is" in r.heard("ben"), "the refusal says why")
    r.wait(lambda: "Approve…" in home(r, "ben") and "bakery" in home(r, "ben"), "and the page is there as it is now")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is done")
    press(r, "ben", "approve", "home")
    r.wait_state("lifted")
    value, = {e["value"] for m in r.channel() for b in m["blocks"] or [] for e in b.get("elements", []) if e.get("action_id") == "done"}
    r.slack(frame=press_old_page("cleo", "U0CLEO001", "done", value, 2))  # as values were before they named whom they are for
    r.wait_state("restored")
