# SPDX-License-Identifier: Apache-2.0
"""Killed in every state, and started again: nothing is lost, nothing happens twice."""
import http.client
import json
import os
import resource
import socket
import time

from rig import expect


def test_killed_while_waiting(make):
    r = make()
    r.ask()
    r.kill()
    r.start()
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    expect(len([m for m in r.channel() if m["case"] == "G-0001" and not m.get("thread_ts") and m["state"] == "waiting"]) == 0, "the card is one", r.text())
    r.finish()


def test_killed_right_after_the_approval(make):
    r = make()
    r.ask()
    r.stax(task_ms=1500)
    r.click("ben", "approve", "G-0001")
    r.kill()
    r.start()
    r.wait_state("lifted")
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.requests("stax.put_guardrails"))
    r.finish()


def test_killed_before_the_answer_to_the_change(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "delay", delay_ms=3000)
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: r.requests("stax.put_guardrails"), "the change is on its way")
    r.kill()
    r.start()
    r.wait_state("lifted")
    expect(r.state()["stax"]["lowered"] == 1, "the change was looked for, not sent again", r.requests("stax.put_guardrails"))
    r.finish()


def test_killed_while_the_task_runs(make):
    r = make()
    r.ask()
    r.stax(task_ms=3000)
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: any(j["kind"] == "change_accepted" for j in r.journal()), "the task is followed")
    r.kill()
    r.start()
    r.wait_state("lifted")
    expect(r.state()["stax"]["lowered"] == 1, "lowered once")
    r.finish()


def test_killed_while_lifted_and_past_the_end(make):
    r = make(policy={"remind_overdue": "0s 1s 2s 3s"})
    r.lift(length="3s")
    r.kill()
    time.sleep(3.2)  # the window's end passes while nobody runs; there is no event to wait for
    r.start()
    r.wait_post("OVERDUE", "G-0001")
    r.finish_with = r.click("ben", "restore", "G-0001")
    r.wait_state("restored")


def test_killed_past_the_deadline_restores_at_start(make):
    r = make(policy={"on_deadline": "restore"})
    r.lift(length="2s")
    r.kill()
    time.sleep(2.1)  # as above
    r.start()
    r.wait_state("restored")
    r.wait_root(True)


def test_killed_while_restoring(make):
    r = make()
    r.lift()
    r.stax(task_ms=3000)
    r.click("ana", "done", "G-0001")
    r.wait(lambda: len(r.puts()) == 2, "the change is accepted")
    r.kill()
    r.start()
    r.wait_state("restored")
    expect(r.state()["stax"]["raised"] == 1, "raised once", r.requests("stax.put_guardrails"))


def test_killed_while_outside(make):
    r = make()
    r.stax(guardrail={"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False, "by": "dan"})
    r.wait_state("outside")
    r.kill()
    r.start()
    r.click("ben", "put_back", "G-0001")
    r.wait_state("restored")


def test_killed_while_released(make):
    r = make()
    r.lift()
    r.lift(case="G-0002", person="ben", approver="ana", account="brewery")
    r.click("ana", "done", "G-0001")
    r.wait_state("released")
    r.kill()
    r.start()
    r.finish("ben", "G-0002")
    r.wait_state("restored", "G-0001")


def test_killed_while_a_command_waits_for_answers(make):
    r = make()
    r.fault("stax.get_users", "delay", delay_ms=2000)
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.kill()
    r.start()
    r.wait_state("waiting")
    expect(len({m["case"] for m in r.channel() if m["case"]}) == 1, "one case", r.text())


def test_killed_with_a_post_under_way_is_not_posted_twice(make):
    r = make()
    r.fault("slack.chat.postMessage", "delay", delay_ms=2500)
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait(lambda: r.requests("slack.chat.postMessage"), "the card is on its way")
    r.kill()
    r.start()
    r.wait_state("waiting")
    # Until it has been found again nobody knows which question that message puts.
    r.wait(lambda: r.click("ben", "approve", "G-0001") or "approved" in [j["kind"] for j in r.journal("G-0001")], "the approval counts once the card is known")
    cards = [m for m in r.channel() if m["case"] == "G-0001" and not m.get("thread_ts")]
    expect(len(cards) == 1, "one card", r.text())
    keys = [m["key"] for m in r.channel() if m.get("key")]
    expect(len(keys) == len(set(keys)), "no key twice", keys)


def test_card_whose_answer_was_lost_comes_to_show_the_newest_picture(make):
    r = make(policy={"mailbox_proof": "off"})
    r.fault("slack.chat.postMessage", "lost")
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait(lambda: r.card(), "the card is there, whatever the answer")
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn")


def test_reactions_given_while_the_bot_was_down_count(make):
    r = make()
    r.ask()
    r.kill()
    r.react("ben", "G-0001")
    r.start()
    r.wait_state("lifted")


def test_reactions_on_a_question_while_the_bot_was_down_count(make):
    r = make()
    r.lift()
    r.command("ana", "extend 1m because slow")
    asked = r.wait_post(": slow", "G-0001")
    r.kill()
    r.react("ben", "G-0001", message=asked)
    r.start()
    r.wait_post("More time approved", "G-0001")
    r.wait(lambda: not r.offers(r.posts(": slow")[0]), "there is nothing left to press")
    r.finish()


def test_a_lock_on_an_alarm_while_the_bot_was_down_restores(make):
    r = make(policy={"remind_overdue": "0s 1h", "warn_before": "1s", "mailbox_proof": "off", "min_window": "1s"})
    r.lift(length="3s", confirm=False)
    alarm = r.wait_post("OVERDUE", "G-0001")
    r.kill()
    r.react("ben", None, "lock", message=alarm)
    r.start()
    r.wait_state("restored")


def test_a_lock_on_a_card_while_the_bot_was_down_restores(make):
    r = make()
    r.lift()
    r.kill()
    r.react("ben", "G-0001", "lock")
    r.start()
    r.wait_state("restored")


def test_reaction_on_a_card_whose_sending_was_not_noted_any_more_counts(make):
    r = make(policy={"mailbox_proof": "off"})
    r.fault("slack.chat.postMessage", "lost")
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait(lambda: r.card(), "the card is there, whatever the answer")
    r.kill()
    r.react("ben", "G-0001")
    r.start()
    r.wait_state("lifted")


def test_commands_said_while_the_bot_was_down_are_answered(make):
    r = make(policy={"mailbox_proof": "off"})
    r.kill()
    r.say("ana", "@reguard lift bakery for 2m task billing because said in the dark")
    r.start()
    r.wait_state("waiting")
    expect(len({m["case"] for m in r.channel() if m["case"]}) == 1, "one case", r.text())


def hold_private_answers(r):
    """Nothing that one person alone is told comes through any more; each has to wait."""
    r.fault("slack.response_url", "status", status=500, count=-1)
    for method in ("chat.postEphemeral", "conversations.open"):
        r.fault("slack." + method, "status", status=429, retry_after=60, count=-1)


def kept_answers(r):
    return r.database().execute("SELECT count(*) FROM inbox WHERE answer IS NOT NULL").fetchone()[0]


def test_killed_between_the_acknowledgement_and_the_answer_answers_all_the_same(make):
    r = make()
    hold_private_answers(r)
    acknowledged = r.command("ana", "done G-0077")
    r.wait(lambda: kept_answers(r) == 1, "the refusal is on record")
    expect("acked" in json.dumps(acknowledged) and not r.private("ana")["ephemeral"], "it is acknowledged, and has not come", acknowledged)
    r.kill()
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_heard("ana", "I was restarted meanwhile")
    r.wait_heard("ana", "G-0077")
    r.stop()
    r.start()
    r.command("ben", "help")
    r.wait(lambda: r.heard("ben"), "the next one is answered")
    expect(r.heard("ana").count("I was restarted meanwhile") == 1, "once: that it has arrived is on record", r.heard("ana"))


def test_form_that_was_to_open_when_the_bot_was_killed_is_told_of(make):
    r = make(policy={"mailbox_proof": "off"})
    told = "If it has not opened, please ask again"
    r.fault("slack.views.open", "delay", delay_ms=60000, count=1)
    r.command("ana", "lift bakery")
    r.wait(lambda: kept_answers(r) == 1, "what is said in its place is on record")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_heard("ana", told)
    r.wait_heard("ana", "/reguard lift")
    opened = len(r.requests("slack.views.open"))
    r.command("ana", "lift bakery")
    # The first one may have opened by now, too: Slack had taken it.
    r.wait(lambda: len(r.requests("slack.views.open")) > opened and r.private("ana").get("modal"), "the next one opens")
    r.fault("slack.views.open", "error", error="expired_trigger_id", count=1)
    r.command("cleo", "lift bakery")
    r.wait_heard("cleo", "/reguard lift")
    r.stop()
    r.start()
    r.command("ben", "help")
    r.wait(lambda: r.heard("ben"), "the next one is answered")
    expect((r.heard("ana") + r.heard("cleo")).count(told) == 1, "what has opened or was said otherwise is not told of", r.heard("cleo"))


def test_command_said_in_the_thread_of_a_card_while_the_bot_was_down_is_heard(make):
    r = make()
    r.lift()
    r.kill()
    r.say("ana", "@reguard done", thread_ts=r.card()["ts"])
    r.slack(forget=True)
    r.start()
    r.wait_state("restored")
    expect([j["kind"] for j in r.journal("G-0001")].count("ended") == 1, "once")


def test_code_that_was_under_way_when_the_bot_was_killed_is_asked_for_anew(make):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and says nothing
        r = make(policy={"mailbox_proof": "code"}, mail={"smtp_url": f"smtp://127.0.0.1:{silent.getsockname()[1]}"})
        r.ask(confirm=False)
        connection, _ = silent.accept()
        r.kill()
        connection.close()
    r.configure(mail={"smtp_url": f"smtp://127.0.0.1:{r.ports['smtp_port']}"})
    r.start()
    r.wait_post("could not be mailed", "G-0001")
    r.command("ana", "code G-0001")
    r.wait(lambda: r.call("GET", "mail"), "a new one is mailed")
    r.wait(lambda: [j["kind"] for j in r.journal("G-0001")].count("code_mailed") == 1, "that it was taken is on record")
    r.kill()
    r.start()
    expect(len(r.posts("could not be mailed", "G-0001")) == 1, "a code that was taken is not in doubt")


def test_lost_answer_to_a_post(make):
    r = make()
    r.fault("slack.chat.postMessage", "lost", count=2)
    r.ask(confirm=False)
    r.wait_post("please check that you can read", "G-0001")
    keys = [m["key"] for m in r.channel() if m.get("key")]
    expect(len(keys) == len(set(keys)), "no message twice", keys)


def test_slack_outage_while_overdue_is_told_as_one_digest(make):
    r = make(policy={"remind_overdue": "0s 1s 2s 3s"})
    r.lift(length="4s")
    r.slack(outage=True)
    time.sleep(8)  # four reminders come due while nobody can be told; there is no event to wait for
    before = len(r.posts("OVERDUE", "G-0001"))
    r.slack(outage=False)
    post = r.wait_post("earlier reminder", "G-0001")
    expect(len(r.posts("OVERDUE", "G-0001")) - before <= 2, "one digest, not four posts", r.text())
    expect("OVERDUE" in post["text"], "and it says what it is", post)
    r.click("ben", "restore", "G-0001")
    r.wait_state("restored")


def test_deadline_restores_while_slack_is_down(make):
    r = make(policy={"on_deadline": "restore"})
    r.lift(length="4s")
    r.slack(outage=True)
    r.wait_root(True)
    r.slack(outage=False)
    r.wait_state("restored")


def test_duplicate_envelopes_act_once(make):
    r = make()
    r.ask()
    r.click("ben", "approve", "G-0001")
    r.slack(duplicate=True)
    r.wait_state("lifted")
    r.slack(duplicate=True)
    r.finish()
    expect(len(r.puts()) == 2, "down once, up once", r.puts())


def test_card_deleted_by_somebody_is_posted_anew(make):
    r = make()
    r.ask()
    ts = r.card()["ts"]
    r.slack(delete=ts)
    r.click("ben", "approve", "G-0001") if r.card() else r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    expect(r.card()["ts"] != ts, "a new card stands for the deleted one", r.card())
    r.command("ana", "done G-0001")
    r.wait_state("restored")


def test_store_that_cannot_grow_acknowledges_nothing_alarms_and_recovers(make):
    r = make()
    r.ask()
    r.wait_post("mail to the root mailbox can be read", "G-0001")
    resource.prlimit(r.bot.pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))  # enough for the log
    answer = r.call("POST", "click", {"person": "ben", "action": "approve", "case": "G-0001"})
    expect(answer["acked"] is False, "the click is not acknowledged", answer)
    r.wait_post("I cannot write my records")
    r.wait_heard("ben", "cannot write my records")
    expect("store.failed" in r.tail(r.logs[-1]), "the log says why", r.tail(r.logs[-1]))
    looked = len(r.requests("stax.get_guardrails"))
    r.wait(lambda: len(r.requests("stax.get_guardrails")) >= looked + 3, "the watch goes on")
    expect(not r.puts(), "nothing is lifted")
    resource.prlimit(r.bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    r.wait_post("I can write my records again")
    expect({"store_lost", "store_back"} <= {j["kind"] for j in r.journal()}, "it is on record")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_restore_with_a_store_that_cannot_be_used(make):
    r = make()
    r.lift()
    r.kill()
    os.rename(r.dir + "/state/reguard.db", r.dir + "/state/away.db")
    os.mkdir(r.dir + "/state/reguard.db")
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "the disk is broken")
    expect(status == 0 and r.state()["stax"]["root"] is True, "verified on without a record", out, err)
    expect("without a record" in out, "and it says so", out)
    os.rmdir(r.dir + "/state/reguard.db")
    os.rename(r.dir + "/state/away.db", r.dir + "/state/reguard.db")
    r.start()
    r.wait_state("restored")


# ---- a message that stands there twice ----

CHANNEL = "C0ROOTOPS"


def as_reguard(r, method, body):
    with open(r.dir + "/slack-bot-token") as f:
        token = f.read().strip()
    connection = http.client.HTTPConnection("127.0.0.1", r.ports["plain_port"], timeout=60)
    connection.request("POST", "/api/" + method, json.dumps(body), {"Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer " + token})
    answer = json.loads(connection.getresponse().read())
    expect(answer["ok"], method, answer)
    return answer


def arrives_late(r, message, **payload):
    """The same message once more, as whoever was stopped with it on its way posts it; or one that differs from it."""
    body = {"channel": CHANNEL, "text": message["text"], "metadata": {**message["metadata"], "event_payload": {**message["metadata"]["event_payload"], **payload}}}
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        body["thread_ts"] = message["thread_ts"]
    return as_reguard(r, "chat.postMessage", body)["ts"]


def test_of_two_messages_the_one_on_record_stays(make):
    """It was looked for, was not there and is posted; only then the first attempt arrives."""
    r = make()
    r.fault("slack.chat.postMessage", "status", status=500)
    r.ask()
    expect(r.state()["faults"] == 0, "the first attempt came to nothing")
    card = next(m for m in as_reguard(r, "conversations.history", {"channel": CHANNEL, "include_all_metadata": True})["messages"]
                if m.get("metadata", {}).get("event_payload", {}).get("key", "").startswith("G-0001-card"))
    late = arrives_late(r, card, state="asked")
    others = [arrives_late(r, card, store="00112233445566aa"), arrives_late(r, card, store=""), arrives_late(r, card, key="G-0002-card-slack")]

    def stand():
        return [m["ts"] for m in r.channel()]
    r.wait(lambda: late not in stand(), "of the two the later one is taken away")
    expect(card["ts"] in stand() and all(ts in stand() for ts in others), "and nothing else", r.text())
    expect(len(r.requests("slack.chat.delete")) == 1, "with one call", r.requests("slack.chat.delete"))
