# SPDX-License-Identifier: Apache-2.0
"""The whole case: asked, approved, lifted and proved, ended, restored and proved."""
import hashlib
import json
import os
import time

from rig import ROOT_KEY, expect


def test_happy_path_by_button(make):
    r = make()
    r.ask()
    card = r.card()
    for words in ("bakery", "222222222222", "month end invoices", "2 min", "member accounts"):
        expect(words in card["text"] + json.dumps(card["blocks"], ensure_ascii=False), f"the card says {words}", card)
    expect(card["state"] == "waiting" and card["key"], "the card carries its state and key", card)
    r.click("ben", "approve", "G-0001")
    r.wait_root(False)
    r.wait_state("lifted")
    post = r.wait_post("Root protection is OFF", "G-0001")
    expect(not post.get("thread_ts"), "the lift is a new post in the channel", post)
    r.wait_post("password recovery", "G-0001")
    r.wait(lambda: "G-0001" in r.heard("ana"), "the requester is told directly")
    r.finish()
    r.wait_root(True)
    r.wait_post("Root protection is back ON", "G-0001")
    changes = r.puts()
    expect([c["note"] for c in changes] == [f"{ROOT_KEY}: on -> off", f"{ROOT_KEY}: off -> on"], "two changes, of the one key", changes)
    kinds = [j["kind"] for j in r.journal("G-0001")]
    for kind in ("asked", "mailbox_proved", "approved", "lift_begun", "change_begun", "change_accepted", "task_ended", "proved", "lifted", "ended", "restored"):
        expect(kind in kinds, f"the journal has {kind}", kinds)
    expect(kinds.index("proved") < kinds.index("lifted"), "lifted only after proof", kinds)
    r.click("ana", "cleaned", "G-0001")
    r.wait_post("everything is cleaned up", "G-0001")


def test_happy_path_by_reaction(make):
    r = make()
    r.ask()
    r.react("ben", "G-0001", "white_check_mark::skin-tone-3")
    r.wait_state("lifted")
    approved = [j for j in r.journal("G-0001") if j["kind"] == "approved"]
    expect(len(approved) == 1 and approved[0]["actor"]["stax"], "the approval has the Stax identity", approved)
    r.finish("ben")


def test_happy_path_by_typed_word(make):
    r = make(policy={"mailbox_proof": "off"})
    r.say("ana", "@reguard lift bakery --for 2m task billing because invoices – “month end”")
    r.wait_state("waiting")
    r.command("ben", "APPROVE g-0001")
    r.wait_state("lifted")
    r.say("ana", "@reguard done", thread_ts=r.card()["ts"])
    r.wait_state("restored")


def test_federated_admin_approves(make):
    r = make()
    r.ask()
    r.click("cleo", "approve", "G-0001")
    r.wait_state("lifted")
    r.command("ana", "done G-0001")
    r.wait_state("restored")


def test_unfinished_lift_opens_a_prefilled_form(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "lift brewery for 90s")
    modal = r.wait(lambda: r.private("ana")["modal"], "a form opens")
    shown = json.dumps(modal, ensure_ascii=False)
    expect("brewery" in shown and ("1m30s" in shown or "90s" in shown), "the form has what was typed", shown)
    r.submit("ana", {"reason": "close of books", "task": "billing"})
    r.wait_state("waiting")
    text = json.dumps(r.card(), ensure_ascii=False)
    expect("333333333333" in text and "close of books" in text, "the case has typed and filled-in parts", text)
    expect("aws+" in text and "@example.com" in text, "the root address comes from the organisation's template", text)


def test_unfinished_lift_in_a_mention_is_answered_with_an_example(make):
    r = make()
    r.say("ana", "@reguard lift")
    r.wait_heard("ana", "/reguard lift 222222222222 for")


def test_all_failing_checks_are_reported_together(make):
    r = make()
    r.command("dan", "lift management for 3h task other because I want to")
    r.wait_heard("dan", "Admin role")
    heard = r.heard("dan")
    for words in ("management account", "not allowed", "customer_user"):
        expect(words in heard, f"the one answer says {words}", heard)
    expect(r.card() is None, "no case is made")


def test_account_refusals(make):
    r = make()
    for account, words in (("cellar", "SUSPENDED"), ("twin", "2 accounts"), ("nowhere", "Stax has no account"), ("external", "e-mail address is not known")):
        r.command("ana", f"lift {account} for 2m task other because tests")
        r.wait_heard("ana", words)
    expect(r.card() is None, "no case is made")


def test_security_account_is_allowed_with_a_warning(make):
    r = make()
    r.ask(account="555555555555")
    expect("security or logging" in json.dumps(r.card()), "the card warns", r.card())


def test_task_that_needs_no_root_user(make):
    r = make()
    r.command("ana", "lift bakery for 2m task s3-lockout because locked out")
    r.wait_heard("ana", "no lift is needed")
    expect(r.card() is None, "no case is made")
    r.command("ana", "lift bakery for 2m task s3-lockout anyway because locked out")
    r.wait_state("waiting")


def test_mailbox_code_by_mail(make):
    r = make(policy={"mailbox_proof": "code"})
    r.ask(confirm=False)
    mail = r.wait(lambda: r.call("GET", "mail"), "the code is mailed")[0]
    expect(mail["to"] and "aws+" in str(mail["to"]) or "root" in str(mail["to"]) or "@example.com" in str(mail["to"]), "it goes to the root address", mail)
    code = next(w for w in mail["data"].replace("\r", " ").replace("\n", " ").split() if w.isdigit() and len(w) == 6)
    r.click("ben", "approve", "G-0001")
    r.command("ana", f"code G-0001 {(int(code) + 1) % 1000000:06d}")
    r.wait_heard("ana", "code")
    expect(r.card_state() == "waiting", "approved, but not lifted without the code", r.card())
    r.command("ana", f"code G-0001 {code}")
    r.wait_state("lifted")
    expect(code not in json.dumps(r.journal()), "the code is not in the audit")


def _mailed_code(r, count):
    mail = r.wait(lambda: len(r.call("GET", "mail")) >= count and r.call("GET", "mail"), "a code is mailed")[count - 1]
    return next(w for w in mail["data"].replace("\r", " ").replace("\n", " ").split() if w.isdigit() and len(w) == 6)


def test_a_mailed_code_cannot_be_found_in_the_store(make):
    """Six digits are tried in a second: what is kept of them needs a key that stands in no record and no copy of the store."""
    r = make(policy={"mailbox_proof": "code"})
    r.ask(confirm=False)
    code = _mailed_code(r, 1)
    r.wait(lambda: r.journal("G-0001"), "it is on record")
    kept = next(e["data"]["digest"] for e in r.journal("G-0001") if e["kind"] == "code_sent")
    for n in range(1000000):
        guess = b"%06d" % n
        for digest in (hashlib.sha256(guess), hashlib.sha256(b"G-0001" + guess)):
            expect(digest.hexdigest() not in kept, "no digest of the code is kept", kept)
    store = b"".join(open(os.path.join(r.dir, "state", n), "rb").read() for n in os.listdir(r.dir + "/state") if n.startswith("reguard.db"))
    path = r.dir + "/state/code.key"
    key = open(path, "rb").read().strip()
    expect(len(key) == 64 and os.stat(path).st_mode & 0o777 == 0o600, "the key is the owner's alone", oct(os.stat(path).st_mode))
    expect(key not in store and code.encode() not in b"".join(e["data"].get("digest", "").encode() for e in r.journal()), "and not in the store")
    # another start with the same key
    r.kill()
    r.start()
    expect(open(path, "rb").read().strip() == key, "the key stays")
    r.command("ana", "code G-0001 " + ("000000" if code != "000000" else "111111"))
    r.wait_heard("ana", "not the code")
    # and one without it
    r.kill()
    os.remove(path)
    r.start()
    r.command("ana", f"code G-0001 {code}")
    r.wait_heard("ana", "does not count any more")
    expect(r.card_state() == "waiting" and not any(e["kind"] == "mailbox_proved" for e in r.journal("G-0001")), "nothing is proved by it")
    r.command("ana", "code G-0001")
    fresh = _mailed_code(r, 2)
    r.command("ana", f"code G-0001 {fresh}")
    r.wait_heard("ana", "The code is right")


def test_without_a_key_no_code_is_sent(make):
    r = make(policy={"mailbox_proof": "code"}, start=False)
    os.makedirs(r.dir + "/state", exist_ok=True)
    with open(r.dir + "/state/code.key", "w") as f:
        f.write("0" * 64 + "\n")
    os.chmod(r.dir + "/state/code.key", 0o644)
    r.start()
    r.command("ana", "lift bakery for 2m task other because month end")
    r.wait_heard("ana", "code.key")
    expect(not r.call("GET", "mail"), "no code is mailed that could not be checked")
    log = open(r.logs[-1]).read()
    expect("code.key" in log and "0600" in log, "the log says what is wrong with the key", log[-600:])


def test_mailbox_confirm_only_by_the_requester(make):
    r = make()
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("has to confirm the root mailbox", "G-0001")
    r.click("cleo", "mailbox", "G-0001")
    r.wait(lambda: r.heard("cleo"), "the other Admin is answered")
    expect(r.card_state() == "waiting", "not lifted yet")
    r.command("ana", "confirm")
    r.wait_state("lifted")


def test_decline_with_reason(make):
    r = make()
    r.ask()
    r.command("ben", "decline G-0001 because not today")
    r.wait_state("declined")
    r.wait_heard("ana", "not today")
    expect(not r.puts(), "Stax was not asked to change anything")


def test_decline_button_asks_for_a_reason(make):
    r = make()
    r.ask()
    r.click("ben", "decline", "G-0001")
    r.submit("ben", {"reason": "use the console"})
    r.wait_state("declined")
    r.wait_heard("ana", "use the console")


def test_withdraw(make):
    r = make()
    r.ask()
    r.click("ana", "withdraw", "G-0001")
    r.wait_state("withdrawn")


def test_expires_after_reminders(make):
    r = make(policy={"request_expires": "4s", "remind_pending": "1s 2s"})
    r.ask(confirm=False)
    r.wait_post("still waits", "G-0001", count=2)
    r.wait_state("expired")
    r.command("ben", "approve G-0001")
    r.wait_heard("ben", "expired")


def test_two_approvals_by_different_people(make):
    r = make(policy={"approvals": "2"})
    r.ask()
    r.click("ben", "approve", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.command("ben", "approve G-0001")
    r.wait(lambda: "already" in r.heard("ben"), "the second click of the same person is answered")
    expect(r.card_state() == "waiting", "one person is not two")
    r.click("cleo", "approve", "G-0001")
    r.wait_state("lifted")


def test_reaction_taken_back_before_the_lift(make):
    r = make(policy={"approvals": "2"})
    r.ask()
    r.react("ben", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.react("ben", "G-0001", remove=True)
    r.wait_post("took the approval back", "G-0001")
    r.click("cleo", "approve", "G-0001")
    r.wait_post("cleo", "G-0001")
    expect(r.card_state() == "waiting", "one approval is left")


def test_a_lock_on_a_message_of_a_window_restores(make):
    r = make()
    r.ask()
    r.react("cleo", "G-0001", "lock")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    post = r.wait_post("Root protection is OFF", "G-0001")
    r.react("dan", None, "lock", message=post)
    r.wait_heard("dan", "needs the Admin role")
    expect(r.card_state() == "lifted", "neither one given before nor one of somebody else ends it", r.text())
    r.react("cleo", None, "lock", message=post)
    r.wait_state("restored")
    ended = [j for j in r.journal("G-0001") if j["kind"] == "ended"]
    expect(len(ended) == 1 and ended[0]["actor"]["name"].lower().startswith("cleo"), "once, by whoever gave it", ended)


def test_a_lock_on_an_alarm_restores(make):
    r = make(policy={"remind_overdue": "0s 1h", "warn_before": "1s", "mailbox_proof": "off", "min_window": "1s"})
    r.lift(length="3s", confirm=False)
    r.react("ben", None, "lock", message=r.wait_post("OVERDUE", "G-0001"))
    r.wait_state("restored")
    r.stax(guardrail={"key": ROOT_KEY, "value": False})
    r.react("cleo", None, "lock", message=r.wait_post("switched OFF outside reguard", "G-0002"))
    r.wait_state("restored", "G-0002")


def lifted_until(r, typed, end):
    """A window whose end was typed so; at that second it ends."""
    r.command("ana", f"lift bakery until {typed} task billing because month end")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    lifted = [j["data"]["until_ms"] for j in r.journal("G-0001") if j["kind"] == "lifted"]
    expect(lifted == [end * 1000], "the window ends at that minute", lifted, end)
    expect(f"{time.strftime('%H:%M', time.gmtime(end))} UTC" in json.dumps(r.card()), "the card says when", r.card())
    r.finish()


def test_until_is_read_by_the_clock_of_whoever_asks(make):
    """In Slack ana's clock is an hour ahead of UTC, in summer and in winter."""
    end = int(time.time() + 1800) // 60 * 60
    lifted_until(make(policy={"mailbox_proof": "off", "max_window": "2h"}), time.strftime("%H:%M", time.gmtime(end + 3600)), end)


def test_until_of_utc_is_the_same_for_everybody(make):
    end = int(time.time() + 1800) // 60 * 60
    lifted_until(make(policy={"mailbox_proof": "off", "max_window": "2h"}), time.strftime("%H:%M UTC", time.gmtime(end)), end)


def overdue_together(make, length="8s"):
    """Two windows that are past their end when the chat comes back; the message that says both."""
    r = make(policy={"remind_overdue": "0s 1h", "warn_before": "1s", "mailbox_proof": "off", "min_window": "1s", "on_deadline": "remind"})
    r.lift(length=length, confirm=False)
    r.ask(person="ben", account="brewery", case="G-0002", length=length, confirm=False)
    r.click("cleo", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    end = [j["data"]["until_ms"] for j in r.journal("G-0002") if j["kind"] == "lifted"][0]
    r.stop()
    r.wait(lambda: time.time() * 1000 > end, "both windows have ended")
    r.start()
    return r, r.wait_post("OVERDUE: 2 windows", "G-0001")


def test_a_lock_on_what_says_two_windows_restores_both(make):
    r, both = overdue_together(make)
    expect(len(r.posts("OVERDUE")) == 1, "one message says both", r.posts("OVERDUE"))
    r.react("cleo", None, "lock", message=both)
    r.wait_state("restored")
    r.wait_state("restored", "G-0002")
    ended = [j["actor"]["name"].lower() for j in r.journal() if j["kind"] == "ended"]
    expect(len(ended) == 2 and all(name.startswith("cleo") for name in ended), "each by whoever gave it", ended)


def test_what_says_two_windows_restores_each_by_its_own_button(make):
    r, both = overdue_together(make)
    r.click("cleo", "restore:G-0002", message=both["ts"])
    r.wait_state("released", "G-0002")
    expect(r.card_state() == "lifted", "only the one that is meant", r.text())


def test_status_on_the_host_has_what_is_overdue_first(make):
    r = make(policy={"remind_overdue": "0s 1h", "warn_before": "1s", "mailbox_proof": "off", "min_window": "1s", "on_deadline": "remind"})
    r.lift(confirm=False)
    r.ask(person="ben", account="brewery", case="G-0002", length="3s", confirm=False)
    r.click("cleo", "approve", "G-0002")
    r.wait_post("OVERDUE", "G-0002")

    def is_first():
        lines = [line for line in r.cli("status", "-c", r.conf)[1].splitlines() if line.startswith("G-")]
        expect([line[:6] for line in lines] == ["G-0002", "G-0001"], "what is overdue stands first", lines)

    is_first()
    r.stop()
    is_first()


def test_extension_is_approved_like_a_lift(make):
    r = make(policy={"default_window": "1m"})
    r.lift(length="1m")
    r.command("ana", "extend 3m because the invoices are many")
    r.wait_post("asks for 3 min more", "G-0001")
    r.command("ana", "approve G-0001")
    r.wait_heard("ana", "you asked")
    r.command("ben", "approve G-0001")
    r.wait_post("More time approved", "G-0001")
    r.finish()


def test_answered_question_offers_nothing_any_more(make):
    r = make()
    r.lift()
    for answer, words in (("decline G-0001 because enough", "declined the extra"), ("approve G-0001", "More time approved")):
        r.command("ana", f"extend 1m because of {words}")
        r.wait_post(f": of {words}", "G-0001")
        r.wait(lambda: r.offers(r.posts(f": of {words}")[0]), "the question can be answered where it stands")
        r.command("ben", answer)
        r.wait_post(words, "G-0001")
        r.wait(lambda: not r.offers(r.posts(f": of {words}")[0]), "there is nothing left to press")
    r.finish()


def test_unanswered_question_offers_nothing_after_the_end(make):
    r = make()
    r.lift()
    r.command("ana", "extend 1m because slow")
    r.wait(lambda: r.posts(": slow") and r.offers(r.posts(": slow")[0]), "the question can be answered where it stands")
    r.finish()
    r.wait(lambda: not r.offers(r.posts(": slow")[0]), "there is nothing left to press")


def test_only_the_newest_alarm_offers_something(make):
    r = make(policy={"remind_overdue": "0s 2s 1h", "warn_before": "1s", "mailbox_proof": "off"})
    r.ask(length="2s", confirm=False)
    r.click("ben", "approve", "G-0001")

    def alarms():
        return r.posts("still OFF", "G-0001")
    r.wait(lambda: len(alarms()) >= 2, "two alarms")
    r.wait(lambda: not r.offers(r.posts("Root protection is OFF", "G-0001")[0]) and not r.offers(alarms()[0]), "each has taken over from the one before it")
    expect(r.offers(alarms()[-1]), "the newest can be acted on", alarms()[-1])
    r.command("cleo", "done")
    r.wait_state("restored")
    r.wait(lambda: not any(r.offers(m) for m in alarms()), "nothing is left to press when it is over")


def test_extension_never_beyond_the_longest_window(make):
    r = make()
    r.lift(length="5m")
    r.command("ana", "extend 9m because more")
    r.wait_heard("ana", "by at most 5m")
    expect(not r.posts("more for bakery", "G-0001"), "nobody is asked", r.posts("more for bakery"))


def test_overlapping_cases_hold_the_one_switch(make):
    r = make()
    r.lift()
    r.command("ben", "lift brewery for 2m task billing because also invoices")
    r.wait_state("waiting", "G-0002")
    r.click("ben", "mailbox", "G-0002")
    r.click("ana", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    expect(len(r.puts()) == 1, "the second case joins; Stax is changed once", r.puts())
    r.click("ana", "done", "G-0001")
    r.wait_state("released", "G-0001")
    expect(r.state()["stax"]["root"] is False, "the other case still holds it down")
    r.click("ben", "done", "G-0002")
    r.wait_state("restored", "G-0002")
    r.wait_state("restored", "G-0001")
    expect(len(r.puts()) == 2, "one change down, one change up", r.puts())


def test_warned_then_overdue_with_escalation_until_proved(make):
    r = make(policy={"warn_before": "1s", "remind_overdue": "0s 1s 2s 3s", "mailbox_proof": "off"})
    r.ask(length="3s", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("the window ends", "G-0001")
    r.wait_post("OVERDUE", "G-0001", count=4)
    posts = r.posts("OVERDUE", "G-0001")
    expect(all(not p.get("thread_ts") for p in posts), "each reminder is a new post", posts)
    expect(all("<@U0ANA0001>" in p["text"] for p in posts), "the requester is mentioned", posts)
    expect("<!here>" not in posts[0]["text"] + posts[1]["text"] and "<!here>" in posts[2]["text"], "escalates from the third on", posts)
    expect(r.state()["stax"]["root"] is False, "remind does not restore by itself")
    r.click("cleo", "restore", "G-0001")
    r.wait_state("restored")
    count = len(r.posts("OVERDUE", "G-0001"))
    r.command("ana", "status")
    r.wait_heard("ana", "on")
    expect(len(r.posts("OVERDUE", "G-0001")) == count, "proof ends the reminders")


def test_snooze_pauses_and_has_a_limit(make):
    r = make(policy={"remind_overdue": "0s 3s 6s", "mailbox_proof": "off"})
    r.ask(length="1s", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("OVERDUE", "G-0001")
    r.command("ben", "snooze G-0001 16m")
    r.wait_heard("ben", "15")
    r.command("ben", "snooze G-0001 10m")
    r.wait_post("snoozed", "G-0001")
    r.finish("ben") if not r.posts("Restore now") else r.click("ben", "restore", "G-0001")
    r.wait_state("restored")


def test_deadline_restores_by_itself(make):
    r = make(policy={"on_deadline": "restore", "mailbox_proof": "off"})
    r.ask(length="2s", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_state("restored")
    expect(len(r.puts()) == 2, "lowered and raised once", r.puts())


def test_hostile_reason_is_inert(make):
    r = make()
    hostile = "<!channel> *bold* <https://evil.example|click> \u202ereversed\u202c \x07bell " + "long " * 1000
    r.command("ana", f"lift bakery for 2m task billing because {hostile}")
    r.wait_state("waiting")
    raw = json.dumps(r.card(), ensure_ascii=False)
    for bad in ("<!channel>", "<https://evil", "\u202e", "\\u0007"):
        expect(bad not in raw, f"no live {bad!r} in the card", raw[:1500])
    expect("&lt;!channel&gt;" in raw or "&amp;lt;!channel" in raw, "the text itself is kept, escaped", raw[:1500])


def test_bad_commands_are_answered_with_the_right_form(make):
    r = make()
    for text, words in (("lfit bakery", "Did you mean"), ("extend", "I changed nothing"), ("show", "G-0001")):
        r.command("ana", text)
        r.wait_heard("ana", words)
    r.command("ana", "lift bakery for soon task other because x")
    told = lambda: r.form("ana") + r.heard("ana")  # a room has no forms
    r.wait(lambda: "as a duration" in told() and "bakery" in told(), "the form opens with what was understood")
    r.command("ana", "help")
    r.wait_heard("ana", "What you can do now")


def test_too_many_commands_are_hushed_once(make):
    r = make()
    for _ in range(30):
        r.command("ana", "status")
    r.wait_heard("ana", "more than 20 commands and presses in a minute")
    expect(r.heard("ana").count("more than 20 commands") == 1, "said once")


def test_questions(make):
    r = make()
    for text, words in (("status", "Root protection"), ("history", "no case yet"), ("tasks", "billing"), ("guide s3-lockout", "AssumeRoot"), ("whoami", "customer_admin"), ("why @ben", "ben@example.com")):
        r.command("ana", text)
        r.wait_heard("ana", words)


def test_direct_message_has_the_same_verbs(make):
    r = make(policy={"mailbox_proof": "off"})
    r.say("ana", "status", dm=True)
    r.wait_heard("ana", "Root protection")
    r.say("ana", "lift bakery for 2m task billing because from a direct message", dm=True)
    r.wait_state("waiting")


def test_done_works_from_another_channel(make):
    """Whoever ends a window in a hurry types where they are: it works, and the answer is theirs alone."""
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.command("ana", "extend 30s because more", channel="C0GENERAL")
    r.wait_heard("ana", "<#")
    expect(not r.posts("more for bakery", "G-0001"), "what keeps it down is asked in the channel")
    r.command("ana", "status", channel="C0GENERAL")
    r.wait_heard("ana", "Root protection is OFF")
    r.command("ana", "done", channel="C0GENERAL")
    r.wait_heard("ana", "Ending G-0001")
    r.wait_state("restored")
    expect(r.posts("Root protection is back ON", "G-0001"), "the channel hears of it as ever")


def test_a_case_that_leaves_the_desk_at_once_is_kept_as_closed(make):
    r = make(policy={"watch_after": "0s", "mailbox_proof": "off"})
    r.ask(confirm=False)
    r.click("ana", "withdraw", "G-0001")
    r.wait_state("withdrawn")
    r.wait(lambda: "filed" in [j["kind"] for j in r.journal()], "the case leaves the desk")
    r.kill()
    r.start()
    r.ask(case="G-0002", confirm=False)
    r.click("ben", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    r.finish(case="G-0002")
    r.wait_root(True)
    expect(not r.posts("in doubt"), "nothing is in doubt after a restart")


def test_acts_of_a_day_are_counted_over_restarts(make):
    r = make(policy={"acts_per_day": "2", "watch_after": "1s", "mailbox_proof": "off"})
    for case in ("G-0001", "G-0002"):
        r.ask(case=case, confirm=False)
        r.click("ana", "withdraw", case)
        r.wait_state("withdrawn", case)
    r.wait(lambda: [j["kind"] for j in r.journal()].count("filed") == 2, "the cases leave the desk")
    r.command("cleo", "whoami")
    r.kill()
    r.start()
    r.command("ana", "lift bakery for 2m task other because month end invoices")
    r.wait_heard("ana", "as many as one person may")
    r.command("ben", "lift bakery for 2m task other because month end invoices")
    r.wait_state("waiting", "G-0003")
