# SPDX-License-Identifier: Apache-2.0
"""Votes and words in the room: reactions in all their spellings, taken back, given by the wrong people; edits, quotes, threads."""
import json

from rig import expect


def waiting(r):
    """Nothing was lifted, although the bot has read everything said so far and, after it, somebody's role from Stax. Nobody else mentions dan."""
    before = r.heard("dan")
    r.command("dan", "whoami")
    r.wait(lambda: r.heard("dan") != before, "the bot has read on")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted", r.text())


def approves(make, key):
    r = make()
    r.ask()
    r.react("ben", "G-0001", key)
    r.wait_state("lifted")
    approved = [j for j in r.journal("G-0001") if j["kind"] == "approved"]
    expect(len(approved) == 1 and approved[0]["actor"]["id"] == r.user["ben"], "the approval names the Matrix id", approved)


def test_check_mark_with_variation_selector(make):
    approves(make, "✅\ufe0f")


def test_check_mark_with_text_selector(make):
    approves(make, "✅\ufe0e")


def test_check_mark_with_a_skin_tone(make):
    approves(make, "✅\U0001F3FD")


def test_thumbs_up_in_every_skin_where_it_is_configured(make):
    r = make(chats=("slack", "matrix"), slack={"approve_reaction": "+1"}, policy={"approvals": "2"})
    r.ask()
    r.react("ben", "G-0001", "👍\U0001F3FD")
    r.wait_post("1 of 2", "G-0001")
    r.react("cleo", "G-0001", "👍\ufe0f")
    r.wait_state("lifted")


def test_other_reactions_mean_nothing(make):
    r = make()
    r.ask()
    for key in ("🎉", "👍", "white_check_mark", "✅✅", "✔️", "yes", "\u200b✅", "☑️"):
        r.react("ben", "G-0001", key, raw=True)
    waiting(r)


def test_cross_declines(make):
    r = make()
    r.ask()
    r.react("ben", "G-0001", "x")
    r.wait_state("declined")
    expect(not r.puts(), "Stax was not asked to change anything")


def test_card_offers_both_reactions_while_it_waits(make):
    r = make()
    r.ask()

    def seeds():
        return sorted(x["key"].strip("\ufe0f") for x in r.card()["reactions"] if x["by"] == r.bot_user)
    r.wait(lambda: seeds() == ["✅", "❌"], "two reactions are there to press")
    waiting(r)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.wait(lambda: not seeds(), "they are gone after the decision")


def test_reactions_on_what_people_say_do_not_count(make):
    r = make()
    said = r.say("cleo", "G-0001 looks good")
    r.ask()
    r.react("ben", event=said)
    waiting(r)


def test_reaction_on_a_line_of_the_thread_is_no_vote(make):
    r = make()
    r.ask()
    line = r.wait_post("mail to the root mailbox can be read", "G-0001")
    r.react("ben", event=line["ts"])
    waiting(r)


def test_one_person_with_two_spellings_is_one_vote(make):
    r = make(policy={"approvals": "2"})
    r.ask()
    r.react("ben", "G-0001", "✅")
    r.react("ben", "G-0001", "✅\ufe0f")
    r.wait_post("1 of 2", "G-0001")
    waiting(r)
    r.react("cleo", "G-0001")
    r.wait_state("lifted")


def test_reaction_redacted_after_the_lift_is_only_noted(make):
    r = make()
    r.ask()
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.react("ben", "G-0001", remove=True)
    r.wait(lambda: any(j["kind"] == "noted" for j in r.journal("G-0001")), "it is noted")
    expect(r.card_state() == "lifted" and len(r.puts()) == 1, "and changes nothing", r.card())
    r.finish()


def test_reaction_redacted_by_a_moderator_is_no_vote_any_more(make):
    r = make(policy={"approvals": "2"})
    r.ask()
    vote = r.react("ben", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.ops.redact(r.room, vote)
    r.dirty = True
    r.wait_post("took the approval back", "G-0001")
    r.react("cleo", "G-0001")
    r.wait_post("cleo", "G-0001")
    waiting(r)


def test_reaction_taken_back_while_the_bot_was_down(make):
    r = make(policy={"approvals": "2"})
    r.ask()
    r.react("ben", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.kill()
    r.react("ben", "G-0001", remove=True)
    r.start()
    r.wait_post("took the approval back", "G-0001")
    r.react("cleo", "G-0001")
    r.wait_post("cleo", "G-0001")
    waiting(r)


def test_a_lock_that_is_given_again_restores(make):
    """The first one is given while there is nothing to end; nobody remembers its id, so that nobody knows that it is gone."""
    r = make()
    r.ask()
    r.react("cleo", "G-0001", "lock")
    r.react("cleo", "G-0001", "lock", remove=True)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.react("cleo", "G-0001", "lock")
    r.wait_state("restored")


def test_given_and_taken_back_while_the_bot_was_down(make):
    r = make()
    r.ask()
    r.kill()
    r.react("ben", "G-0001")
    r.react("ben", "G-0001", remove=True)
    r.start()
    waiting(r)


def test_request_redacted_by_its_author_stands_until_withdrawn(make):
    r = make(policy={"mailbox_proof": "off"})
    asked = r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_state("waiting")
    r.people["ana"].redact(r.room, asked)
    r.dirty = True
    waiting(r)
    r.command("ana", "withdraw")
    r.wait_state("withdrawn")


def test_edited_command_changes_nothing(make):
    r = make(policy={"mailbox_proof": "off"})
    asked = r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_state("waiting")
    r.edit("ana", asked, {"msgtype": "m.text", "body": "!reguard lift brewery for 5m task billing because something else"})
    r.wait_heard("ana", "I ignore edited messages")
    expect("222222222222" in json.dumps(r.card()) and r.card("G-0002") is None, "the request is the one that was asked", r.card())
    waiting(r)


def test_foreign_edit_of_the_card_is_ignored(make):
    r = make()
    r.ask()
    card = r.card()
    r.edit("dan", card["ts"], {"msgtype": "m.notice", "body": "lifted", "dev.reguard": {"key": card["key"], "case": "G-0001", "state": "lifted"}})
    waiting(r)
    r.react("ben", "G-0001")
    r.wait_state("lifted")


def test_words_of_others_in_a_quote_are_not_a_command(make):
    r = make(policy={"mailbox_proof": "off"})
    said = r.say("cleo", "what does it do?")
    r.say("ana", f"> <{r.user['cleo']}> !reguard lift bakery for 2m task billing because quoted\n\nis this right?", reply_to=said)
    r.say("ana", "you could say !reguard lift bakery for 2m task billing because in the middle")
    r.send("ana", {"msgtype": "m.text", "body": "good morning", "format": "org.matrix.custom.html", "formatted_body": "!reguard lift bakery for 2m task billing because in the HTML"})
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    expect(r.card() is None, "no case is made", r.text())


def test_reply_without_a_quote_is_a_command(make):
    r = make(policy={"mailbox_proof": "off"})
    said = r.say("cleo", "please go on")
    r.command("ana", "lift bakery for 2m task billing because asked to", reply_to=said)
    r.wait_state("waiting")


def test_mention_as_clients_write_it(make):
    r = make(policy={"mailbox_proof": "off"})
    r.send("ana", {"msgtype": "m.text", "body": f"{r.bot_user}: status", "m.mentions": {"user_ids": [r.bot_user]}})
    r.wait_heard("ana", "Root protection")
    r.send("ana", {"msgtype": "m.text", "body": "!reguard\u00a0lift bakery \u2014for 2m task billing because \u201cinvoices\u201d"})
    r.wait_state("waiting")


def test_word_in_the_thread_of_the_card(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.command("ben", "approve G-0001", thread_ts=r.card()["ts"])
    r.wait_state("lifted")
    r.command("ana", "done", thread_ts=r.card()["ts"])
    r.wait_state("restored")


def test_unfinished_lift_is_answered_with_an_example(make):
    r = make()
    r.command("ana", "lift brewery for 90s")
    r.wait_heard("ana", "!reguard lift")
    heard = r.heard("ana")
    expect("brewery" in heard and "because" in heard, "with the person's own words", heard)
    expect(r.card() is None, "no case is made")


def test_lift_without_a_task_is_copied_from_the_answer(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "lift brewery for 90s because close of books")
    r.wait_heard("ana", "Still missing: the task")
    heard = r.heard("ana")
    expect("billing" in heard and "s3-lockout" in heard, "the tasks are named, and which of them need no window", heard)
    line = next(line for line in heard.split("\n") if line.strip("` ").startswith("!reguard lift"))
    expect("brewery" in line and "1m30s" in line and "close of books" in line, "with all that was typed", heard)
    r.say("ana", line.strip("` "))
    r.wait_state("waiting")


def test_decline_without_a_reason_is_asked_for_one(make):
    r = make()
    r.ask()
    r.command("ben", "decline G-0001")
    r.wait_heard("ben", "because")
    waiting(r)
    r.command("ben", "decline G-0001 because use the console")
    r.wait_state("declined")
    r.wait_post("use the console", "G-0001")
    expect(not r.puts(), "Stax was not asked to change anything")


def test_questions(make):
    r = make()
    for text, words in (("status", "Root protection"), ("history", "no case yet"), ("tasks", "billing"), ("guide s3-lockout", "AssumeRoot"), ("whoami", "customer_admin"),
                        ("why " + r.user["ben"], "ben@example.com"), ("help", "What you can do now"), ("lfit bakery", "Did you mean")):
        r.command("ana", text)
        r.wait_heard("ana", words)


def test_hostile_reason_is_inert(make):
    r = make()
    hostile = "@room <b>bold</b> <a href='https://evil.example'>click</a> <mx-reply>x</mx-reply> </code></p> & \u202ereversed\u202c [link](https://evil.example) " + "long " * 1000
    r.command("ana", "lift bakery for 2m task billing because " + hostile)
    r.wait_state("waiting")
    r.react("cleo", "G-0001", "x")
    r.wait_state("declined")
    for content in r.relay.sent():
        html = content.get("formatted_body", "") + content.get("m.new_content", {}).get("formatted_body", "")
        for bad in ("<b>bold", "<a href='https://evil", "<a href=\"https://evil", "<mx-reply", "\u202e"):
            expect(bad not in html and (bad[0] == "<" or bad not in content["body"]), f"no live {bad!r}", content)
        expect("room" not in content["m.mentions"], "the room is not called", content)
    expect("&lt;b&gt;bold" in r.card()["blocks"], "the text itself is kept, escaped", r.card()["blocks"][:1500])


def test_warned_then_overdue_with_mentions_until_proved(make):
    r = make(policy={"warn_before": "1s", "remind_overdue": "0s 1s 2s 3s", "mailbox_proof": "off", "escalate": "@room"})
    r.ask(length="3s", confirm=False)
    r.react("ben", "G-0001")
    r.wait_post("the window ends", "G-0001")
    r.wait_post("OVERDUE", "G-0001", count=4)
    posts = r.posts("OVERDUE", "G-0001")
    expect(all(not p["thread_ts"] for p in posts), "each reminder is a new post", posts)
    expect(all(r.user["ana"] in p["mentions"] for p in posts), "the requester is mentioned", posts)
    expect("@room" not in posts[0]["text"] + posts[1]["text"] and "@room" in posts[2]["text"], "escalates from the third on", posts)
    overdue = [c for c in r.relay.sent() if "OVERDUE" in c["body"] and "m.new_content" not in c and "@room" in c["body"]]
    expect(overdue and all(c["m.mentions"].get("room") is True for c in overdue), "and then everyone is notified", overdue)
    expect(r.state()["stax"]["root"] is False, "remind does not restore by itself")
    r.click("cleo", "restore", "G-0001")
    r.wait_state("restored")


def test_who_is_mentioned(make):
    r = make()
    r.ask()
    asked = [c for c in r.relay.sent() if "m.new_content" not in c and set(c["m.mentions"].get("user_ids", [])) & {r.user["ben"], r.user["cleo"]}]
    expect(asked, "the other Admins are mentioned when they are asked", r.relay.sent())
    for content in asked:
        mentioned = set(content["m.mentions"]["user_ids"])
        expect(r.user["ana"] not in mentioned and r.user["dan"] not in mentioned, "the requester and those who cannot act are not", content)
    edits = [c for c in r.relay.sent() if "m.new_content" in c]
    expect(all(not c["m.mentions"].get("user_ids") for c in edits), "an edit notifies nobody", edits)
