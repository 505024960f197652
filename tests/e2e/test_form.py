# SPDX-License-Identifier: Apache-2.0
"""The form in Slack: it shows what belongs to a choice, what is wrong at its field, and what became of it; nothing is typed twice."""
from rig import expect


def open_form(make, **policy):
    r = make(policy={"mailbox_proof": "off", **policy})
    r.command("ana", "lift bakery for 90s")
    r.wait(lambda: "bakery" in r.form("ana"), "a form opens")
    return r


def test_accounts_are_offered_as_they_are_typed(make):
    r = open_form(make)
    expect(r.type("ana", "bre") == {"brewery · 333333333333": "333333333333"}, "by the name's beginning", r.type("ana", "bre"))
    expect("333333333333" in r.type("ana", "3333").values(), "by number")
    everything = r.type("ana", "")
    expect("brewery · 333333333333" in everything and not any("management" in name for name in everything), "all that something can be lifted for", everything)
    expect(list(r.type("ana", "no such account").values()) == ["no such account"], "whoever knows better is not held up")
    asked = len(r.requests("stax.get_accounts"))
    r.type("ana", "bakery")
    expect(len(r.requests("stax.get_accounts")) == asked, "a list that is fresh is not read for each letter")
    r.submit("ana", {"account": "333333333333", "task": "billing", "reason": "close of books"})
    r.wait_state("waiting")


def test_typing_is_answered_in_time_when_stax_is_not(make):
    r = make(policy={"mailbox_proof": "off"})
    r.fault("stax.get_accounts", "delay", delay_ms=20000, count=-1)
    r.command("ana", "lift for 90s")
    expect(r.type("ana", "bakery") == {"“bakery”, as typed": "bakery"}, "what was typed can be asked for")


def test_strangers_are_offered_nothing(make):
    """Somebody else's form cannot be typed into; what Slack would send then is made up here."""
    r = make(policy={"mailbox_proof": "off"})
    r.command("gil", "lift")
    r.wait_heard("gil", "cannot use")
    expect(r.form("gil") == '""', "no form is opened", r.form("gil"))


def test_guide_is_shown_as_soon_as_a_task_is_chosen(make):
    r = open_form(make)
    expect("Sign in as root" not in r.form("ana"), "no guide before", r.form("ana"))
    r.choose("ana", "task", {"task": "root-password", "reason": "rotate it"})
    shown = r.wait(lambda: "Security credentials" in r.form("ana") and r.form("ana"), "the guide is in the form")
    expect("bakery" in shown and "rotate it" in shown and "Ask anyway" not in shown, "what was filled in is still there", shown)
    r.choose("ana", "task", {"task": "s3-lockout"})
    r.wait(lambda: "Ask anyway" in r.form("ana") and "S3UnlockBucketPolicy" in r.form("ana"), "no window is needed for this one")
    expect(r.submit("ana", {}).get("errors", {}).keys() == {"task"}, "it is not asked for by the way", r.form("ana"))
    r.submit("ana", {"anyway": "anyway"})
    r.wait_state("waiting")


def test_what_is_wrong_stands_at_its_field(make):
    r = open_form(make, require_ticket="yes")
    answer = r.submit("ana", {"account": "bakery", "task": "billing", "ticket": "SEC-1", "reason": "month end", "duration": "soon"})
    expect("duration" in answer.get("errors", {}), "the form stays, with the error at the length", answer)
    answer = r.submit("ana", {"account": "bakery", "task": "billing", "ticket": "SEC-1", "reason": "month end", "duration": "300d"})
    expect("not allowed" in answer.get("errors", {}).get("duration", ""), "the rules are told there, too", answer)
    answer = r.submit("ana", {"account": "bakery", "task": "billing", "ticket": "SEC-1", "reason": "month end", "duration": "90s"})
    expect(not answer.get("errors"), "then it is taken", answer)
    r.wait_state("waiting")
    r.wait(lambda: "G-0001" in r.form("ana"), "the form tells what became of it")


def test_nothing_is_typed_twice(make):
    r = open_form(make)
    r.type("ana", "nowhere")
    r.submit("ana", {"account": "nowhere", "task": "billing", "reason": "close of books"})
    shown = r.wait(lambda: "Stax has no account" in r.form("ana") and r.form("ana"), "the check that fails afterwards is told in the form")
    expect("close of books" in shown and "nowhere" in shown and "1m30s" in shown, "it holds what was given", shown)
    r.type("ana", "bakery")
    r.submit("ana", {"account": "222222222222"})
    r.wait_state("waiting")
    expect("close of books" in r.text(), "the rest was sent again", r.text())


def test_lift_without_a_task_opens_the_form_with_the_rest(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "lift bakery for 90s ticket SEC-7 because close of books")
    shown = r.wait(lambda: "Only the task is missing" in r.form("ana") and r.form("ana"), "the form opens and says what it still needs")
    expect(all(part in shown for part in ("bakery", "1m30s", "SEC-7", "close of books")), "it holds all that was typed", shown)
    expect(r.card() is None, "nothing is asked of anybody yet")
    r.submit("ana", {"account": "bakery", "task": "billing"})
    r.wait_state("waiting")
    expect("SEC-7" in r.text() and "close of books" in r.text(), "the task alone was chosen", r.text())


def test_what_was_declined_is_asked_again(make):
    r = make(policy={"mailbox_proof": "off", "approvals": "2"})
    r.ask(length="90s", more="task billing ticket SEC-7", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: "1 of 2" in r.text(), "one of two has approved")
    r.command("cleo", "decline G-0001 because not today")
    r.wait_state("declined")
    r.click("gil", "again", "G-0001")
    r.wait_heard("gil", "cannot use")
    expect(r.form("gil") == '""', "who may not ask sees no form", r.form("gil"))
    r.click("cleo", "again", "G-0001")
    shown = r.wait(lambda: r.form("cleo") != '""' and r.form("cleo"), "the form opens")
    expect(all(part in shown for part in ("bakery (222222222222)", "1m30s", "SEC-7", "month end invoices")), "it holds what was asked", shown)
    r.submit("cleo", {})
    r.wait_state("waiting", "G-0002")
    r.click("ben", "approve", "G-0002")
    r.wait(lambda: r.posts("1 of 2", "G-0002"), "the first approval is one of two here")
    expect(r.card_state("G-0002") == "waiting", "the old approval counts for nothing here", r.text()[-1500:])
    r.click("ana", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    r.finish("cleo", "G-0002")


def test_what_has_left_the_desk_is_asked_again_from_its_records(make):
    r = make(policy={"mailbox_proof": "off", "watch_after": "2s"})
    r.ask(length="90s", more="task billing ticket SEC-7", confirm=False)
    r.command("cleo", "decline G-0001 because not today")
    r.wait_state("declined")
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal("G-0001")), "it leaves the desk")
    r.kill()
    r.start()
    r.click("cleo", "again", "G-0001")
    shown = r.wait(lambda: r.form("cleo") != '""' and r.form("cleo"), "the form opens")
    expect(all(part in shown for part in ("bakery (222222222222)", "1m30s", "SEC-7", "month end invoices")), "it holds what was asked", shown)
    r.submit("cleo", {})
    r.wait_state("waiting", "G-0002")
    r.click("ben", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    r.finish("cleo", "G-0002")


def test_mailbox_is_confirmed_in_the_form(make):
    r = make()
    r.command("ana", "lift bakery for 90s")
    r.wait(lambda: "I can read that account's root mailbox" in r.form("ana"), "the form asks for it")
    r.submit("ana", {"task": "billing", "reason": "month end invoices", "mailbox": "mailbox"})
    r.wait_state("waiting")
    r.wait(lambda: any(e["kind"] == "mailbox_proved" for e in r.journal("G-0001")), "the mailbox is confirmed")
    expect("please check that you can read mail" not in r.text(), "that is not asked for again", r.text())
    r.click("ben", "approve")
    r.wait_state("lifted")
    r.finish()


def test_form_that_was_closed_meanwhile_is_answered(make):
    r = open_form(make)
    r.fault("stax.get_users", "delay", delay_ms=1500, count=1)
    r.type("ana", "nowhere")
    r.submit("ana", {"account": "nowhere", "task": "billing", "reason": "close of books"})
    r.call("POST", "close", {"person": "ana"})
    r.wait_heard("ana", "Stax has no account")
