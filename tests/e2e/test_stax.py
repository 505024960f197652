# SPDX-License-Identifier: Apache-2.0
"""What Stax may do to a change: busy, lost answers, failed and lying tasks, other people's changes."""
import json

from rig import ROOT_KEY, expect


def test_an_account_on_a_later_page_is_found(make):
    r = make()
    other = {"Id": "0a000000-0000-4000-8000-00000000000f", "Name": "other", "AwsAccountId": "999999999999", "Status": "ACTIVE"}
    r.fault("stax.get_accounts", "body", body=json.dumps({"Accounts": [other], "Paging": {"Total": 56, "Limit": 1, "NextOffset": 0}}), count=1)
    r.ask()
    expect(len(r.requests("stax.get_accounts")) == 2, "two pages were read", r.requests("stax.get_accounts"))


def test_busy_at_the_lift_is_tried_again(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "status", status=409, count=2)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    expect(len(r.puts()) == 1, "one change took effect", r.requests("stax.put_guardrails"))


def test_busy_at_the_restore_is_tried_again(make):
    r = make()
    r.lift()
    r.fault("stax.put_guardrails", "status", status=409, count=3)
    r.finish()
    r.wait_root(True)


def test_gateway_timeout_after_acceptance(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "after", status=504)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    lowered = r.state()["stax"]["lowered"]
    expect(lowered == 1, "the change was read back, not sent twice", r.requests("stax.put_guardrails"))
    r.finish()


def test_lost_answer_to_the_change(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "lost")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    expect(r.state()["stax"]["lowered"] == 1, "not sent twice", r.requests("stax.put_guardrails"))
    r.fault("stax.put_guardrails", "lost")
    r.finish()


def test_change_that_never_took_effect_is_sent_again_only_after_reading(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "status", status=502)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.requests("stax.put_guardrails"))


def test_a_refused_lift_that_took_effect_is_brought_back(make):
    r = make()
    r.ask()
    r.fault("stax.put_guardrails", "after", status=400)
    r.click("ben", "approve", "G-0001")
    r.wait_state("failed")
    expect(r.state()["stax"]["root"] is True, "it is on when the case says failed", r.card())
    expect("was ON, verified" in r.card()["text"], "and says by what", r.card())
    expect(r.state()["stax"]["lowered"] == 1 and r.state()["stax"]["raised"] == 1, "it had been off", r.puts())


def test_a_lift_that_cannot_be_read_is_not_called_on(make):
    r = make(stax={"lift_gives_up": "4s", "request_timeout": "1s"})
    r.ask()
    r.fault("stax.get_guardrails", "status", status=403, count=-1)
    r.click("ben", "approve", "G-0001")
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait_state("failed")
    post = r.wait_post("failed", "G-0001")
    told_alone = [r.heard("ana")] if r.writes_to_people else []
    for told in (post["text"], r.card()["text"], *told_alone):
        expect("could not read whether root protection is ON" in told and "protection is ON." not in told.split("failed")[-1].replace("whether root protection is ON.", ""), "nobody is told that it is on", told)
    r.call("POST", "fault", {"clear": True})
    r.wait_state("outside", "G-0002")


def test_failed_task_of_the_lift(make):
    r = make()
    r.stax(task="fail")
    r.ask()
    r.click("ben", "approve", "G-0001")
    r.wait_state("failed")
    r.wait_root(True)
    r.wait_post("failed", "G-0001")


def test_failed_task_of_the_restore_goes_on_until_proved(make):
    r = make()
    r.lift()
    r.stax(task="fail")
    r.click("ana", "done", "G-0001")
    r.wait_post("is still OFF", "G-0001")
    r.stax(task="normal")
    r.wait_state("restored")
    r.wait_root(True)


def test_task_that_lies_is_no_proof(make):
    r = make()
    r.lift()
    r.stax(task="lie")
    r.click("ana", "done", "G-0001")
    r.wait(lambda: len([p for p in r.puts() if "off -> on" in p["note"]]) >= 2, "the restore is tried again although the task said SUCCEEDED")
    expect(r.card_state() != "restored", "never called restored without proof", r.card())
    r.stax(task="normal")
    r.wait_state("restored")


def test_stuck_task_keeps_the_case_open(make):
    r = make(policy={"remind_overdue": "0s 2s 4s"})
    r.lift(length="2s")
    r.stax(task="stuck")
    r.click("ben", "restore", "G-0001")
    r.wait_state("restoring")
    r.wait_post("OVERDUE", "G-0001", count=2)
    expect(r.card_state() == "restoring", "not restored")
    r.stax(task="release")
    r.wait_state("restored")


def test_another_flag_changed_meanwhile_is_kept_and_reported(make):
    r = make()
    r.lift()
    r.stax(guardrail={"key": "EC2_REQUIRE_IMDSV2", "value": True, "by": "dan"})
    r.finish()
    post = r.wait_post("EC2_REQUIRE_IMDSV2", "G-0001")
    expect("off → on" in post["text"], "with both values", post)
    expect(r.state()["stax"]["guardrails"]["EC2_REQUIRE_IMDSV2"] is True, "the restore kept what dan set")


def overwritten(make, **dials):
    """Dan sets a flag between our last read and our PUT, which turns it back."""
    r = make()
    r.checks_flags = False
    r.ask()
    r.stax(before_put={"key": "EC2_REQUIRE_IMDSV2", "value": True, "by": "dan"}, **dials)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    expect("EC2_REQUIRE_IMDSV2: on -> off" in r.puts()[0]["note"], "our PUT turned it back", r.puts())
    post = r.wait_post("turned back", "G-0001")
    expect("Dan Dyer changed guardrails" in post["text"], "who is told", post)
    expect(r.mentions(post, "ben") and r.mentions(post, "cleo"), "the Admins are called", post)
    r.finish()
    expect(len(r.posts("turned back", "G-0001")) == 1, "told once, and nothing of the restore", r.posts("turned back"))
    return post["text"]


def test_a_flag_that_our_change_turned_back_is_told_with_both_values(make):
    text = overwritten(make)
    expect("EC2_REQUIRE_IMDSV2: off → on → off" in text, "with both values", text)


def test_a_flag_that_was_turned_back_before_it_could_be_read_is_told_by_the_feed(make):
    text = overwritten(make, task_ms=0)
    expect("between my last look and my own change" in text, "what can be known", text)


def merge_or_replace(make, mode):
    r = make()
    r.stax(mode=mode)
    before = r.state()["stax"]["guardrails"]
    r.lift()
    r.finish()
    expect(r.state()["stax"]["guardrails"] == before, "all flags are as before", r.state()["stax"]["guardrails"])


def test_put_that_merges(make):
    merge_or_replace(make, "merge")


def test_put_that_replaces(make):
    merge_or_replace(make, "replace")


def test_unknown_key_is_never_lifted_over(make):
    r = make()
    r.stax(add_key={"key": "NEW_KEY", "value": True})
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "NEW_KEY")
    expect(r.card() is None, "no case")


def test_unknown_part_is_never_lifted_over(make):
    r = make()
    r.stax(part={"name": "DCP", "value": {"EC2_ONLY": True}})
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "DCP.EC2_ONLY")
    expect(r.card() is None, "no case")


def test_unknown_part_is_sent_back_by_a_restore(make):
    r = make()
    r.stax(mode="replace")
    r.lift()
    part = {"EC2_ONLY": True, "LIMIT": 7, "NAMES": ["ä", None, {"deep": 1.5}]}
    r.stax(part={"name": "DCP", "value": part})
    r.stax(part={"name": "MODE", "value": "audit"})
    r.finish()
    expect(r.state()["stax"]["parts"] == {"DCP": part, "MODE": "audit"}, "they are what they were", r.state()["stax"]["parts"])


def unknown_never_on(make, change, back, words):
    r = make()
    r.stax(**change)
    post = r.wait_post(words)
    expect("whether root protection is ON" in post["text"], "never called on", post)
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "cannot read whether root protection is ON: ")
    status, out, _ = r.cli("check", "-c", r.conf)
    expect(status == 1 and "unknown" in out, "check says so, too", out)
    r.stax(**back)
    r.lift()


def test_a_guardrail_that_is_not_enabled_is_unknown(make):
    unknown_never_on(make, {"enabled": False}, {"enabled": True}, "enabled")


def test_a_guardrail_with_exclusions_is_unknown(make):
    unknown_never_on(make, {"exclusions": ["7e196280-1157-45e3-824a-9f6aef9946b8"]}, {"exclusions": None}, "excluded")


def test_missing_key_is_unknown(make):
    r = make()
    r.stax(remove_key=ROOT_KEY)
    r.wait_post("whether root protection is ON")
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "does not name")


def test_another_organisation_is_refused(make):
    r = make()
    r.stax(organisation="99999999-0000-4000-8000-000000000000")
    r.wait_post("another organisation")
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "another organisation")


def test_lifted_outside_then_put_back(make):
    r = make()
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait_state("outside")
    expect("outside" in r.card()["text"].lower() or "without" in r.card()["text"].lower(), "the alarm says so", r.card())
    r.wait(lambda: "Dan" in r.card()["text"], "the activity feed's name is told")
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait_heard("ana", "adopt")
    r.click("ana", "put_back", "G-0001")
    r.wait_state("restored")
    r.wait_root(True)


def test_lifted_outside_is_repeated_like_an_overdue_window(make):
    r = make(policy={"remind_overdue": "0s 1s 2s 3s"})
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait_post("OFF and nobody asked for it", count=3)
    r.command("ben", "put-back")
    r.wait_state("restored")


def test_lifted_outside_then_adopted(make):
    r = make()
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait_state("outside")
    r.command("ana", "adopt bakery for 2m because dan is finishing the invoices")
    r.wait_post("asks to adopt", "G-0001")
    r.command("ana", "approve G-0001")
    r.wait_heard("ana", "asked")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    r.finish()
    r.wait_root(True)
    said = json.dumps(r.card()["blocks"], ensure_ascii=False)
    for words in ("switched by Dan Dyer", "Ana Archer", "has adopted", "Ben Baker", "at least"):
        expect(words in said, f"the closed card tells “{words}”", said)
    expect("Dan Dyer" in r.wait_post("Receipt", "G-0001")["text"], "the receipt, too")


def test_adoption_declined_keeps_the_alarm(make):
    r = make()
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait_state("outside")
    r.command("ana", "adopt bakery for 2m because why not")
    r.wait_post("asks to adopt", "G-0001")
    r.command("ben", "decline G-0001 because put it back")
    r.wait_post("declined the adoption", "G-0001")
    expect(r.card_state() == "outside", "the alarm stands")


def test_restored_in_the_console_closes_the_case(make):
    r = make()
    r.lift()
    r.stax(guardrail={"key": ROOT_KEY, "value": True, "by": "dan"})
    r.wait_state("restored")
    r.wait_post("ON outside reguard", "G-0001")
    expect(len(r.puts()) == 1, "no change of ours was needed", r.puts())


def test_stax_down_while_lifted_keeps_the_window(make):
    r = make(policy={"remind_overdue": "0s 2s 4s"}, stax={"request_timeout": "2s"})
    r.lift(length="3s")
    for operation in ("stax.get_guardrails", "stax.put_guardrails"):
        r.fault(operation, "status", status=503, count=-1)
    r.click("ben", "restore", "G-0001")
    r.wait_state("restoring")
    r.wait_post("OVERDUE", "G-0001", count=2)
    expect(r.card_state() == "restoring", "not called restored")
    r.call("POST", "fault", {"clear": True})
    r.wait_state("restored")


def test_expired_credentials_are_renewed(make):
    r = make()
    r.ask()
    r.stax(expire_credentials=True)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def test_sign_in_tries_again(make):
    r = make(start=False)
    r.fault("cognito.GetId", "status", status=400, body='{"__type":"NotAuthorizedException","message":"Couldn\'t verify signed token."}', count=1)
    r.fault("cognito.InitiateAuth", "status", status=500, count=1)
    r.stax(config="base64")
    r.start()
    r.lift()


def test_lift_that_is_never_proved_gives_up_and_comes_back_on(make):
    r = make(stax={"lift_gives_up": "4s"})
    r.ask()
    r.stax(task="stuck")
    r.click("ben", "approve", "G-0001")
    r.wait_state("restoring")
    r.stax(task="release")
    r.stax(task="normal")
    r.wait_state("failed")
    r.wait_root(True)


def test_clock_that_is_hours_off_stops_nothing(make):
    r = make(start=False)
    r.stax(clock_ms=2 * 3600 * 1000)
    r.start()
    r.lift()
    r.stax(clock_ms=-2 * 3600 * 1000)  # as if this machine's clock had been set forward
    r.finish()
    r.wait_root(True)


def test_restore_by_hand_where_the_clock_is_off(make):
    r = make()
    r.lift()
    r.stop()
    r.stax(clock_ms=-40 * 60 * 1000)
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "the clock stood still")
    expect(status == 0, "it is Root protection is back ON", out, err)
    r.wait_root(True)
