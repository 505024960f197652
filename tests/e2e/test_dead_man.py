"""While the guardrail is off, messages stand in Slack that it shows by itself when reguard does not take them back: also when the
host is gone for good. The sandbox's clock for such messages runs ahead where a test says so."""
from rig import expect

LIFT = "lift bakery for 30m task billing because month end invoices"
RULES = {"mailbox_proof": "off", "max_window": "4h"}
FIRST_S, STEP_S = 32 * 60, 24 * 3600


def later(r):
    return r.state()["slack"]["later"]


def lifted(make, **policy):
    r = make(policy={**RULES, **policy})
    ask(r)
    r.wait_state("lifted")
    return r


def ask(r):
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")


def ladder_stands(r):
    r.wait(lambda: len(later(r)) == 5, f"the whole ladder stands; {later(r)}")
    return sorted(m["post_at"] for m in later(r))


def test_word_stands_before_the_change_leaves_and_goes_with_the_proof(make):
    r = lifted(make)
    ladder_stands(r)
    calls = [c["operation"] for c in r.requests()]
    expect(calls.index("slack.chat.scheduleMessage") < calls.index("stax.put_guardrails"), "left before the change", calls)
    expect(all("metadata" not in m["message"] for m in later(r)), "with metadata it would never appear", later(r))
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not later(r), f"nothing is left; {later(r)}")
    expect(not r.posts("I am silent"), "and nothing has appeared", r.text())


def test_host_gone_for_good(make):
    r = lifted(make)
    ladder_stands(r)
    r.kill()
    r.slack(pass_s=FIRST_S + 60)
    first = r.wait(lambda: r.posts("I am silent"), "the chat speaks up")[0]
    for words in ("root protection may still be OFF", "all 55 member accounts", "G-0001 for bakery, asked by Ana", "reguard restore",
                  "Block non-centralized root user access"):
        expect(words.lower() in first["text"].lower(), f"it says “{words}”", first["text"])
    for person in ("ana", "ben"):
        expect(r.mentions(first, person), f"{person} is mentioned", first["text"])
    expect(len(later(r)) == 4, "others stand behind it", later(r))
    r.slack(pass_s=STEP_S)
    r.wait(lambda: len(r.posts("I am silent")) == 5, "and it is said again and again")


def test_returns_and_takes_over(make):
    r = lifted(make)
    stood = ladder_stands(r)
    r.kill()
    r.slack(pass_s=FIRST_S - 20 * 60)
    r.start()
    r.wait(lambda: len([c for c in r.requests("slack.chat.scheduledMessages.list") if c["status"] == 200]) >= 2, "what stands is read back")
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not later(r), f"those of the process before are taken back; {stood} {later(r)}")
    expect(not r.posts("I am silent"), "none has appeared", r.text())


def test_moves_with_more_time(make):
    r = lifted(make)
    before = ladder_stands(r)
    r.command("ana", "extend G-0001 for 45m because the bank answers late")
    r.wait(lambda: r.posts("asks for") or r.posts("more"), "the question")
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: len(later(r)) == 5 and min(m["post_at"] for m in later(r)) > before[0] + 40 * 60, f"they move; {before} {later(r)}")


def test_answer_lost_leaves_no_orphan(make):
    r = make(policy=RULES)
    r.fault("slack.chat.scheduleMessage", "lost", count=2)
    ask(r)
    r.wait_state("lifted")
    ladder_stands(r)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not later(r), f"those whose answers were lost, too; {later(r)}")


def test_killed_before_it_is_on_record(make):
    r = make(policy=RULES)
    r.fault("slack.chat.scheduleMessage", "lost", count=-1)
    ask(r)
    r.wait(lambda: later(r), "Slack has it")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_state("lifted")
    ladder_stands(r)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not later(r), f"found and taken back; {later(r)}")


def test_cannot_be_left(make):
    r = make(policy=RULES)
    r.fault("slack.chat.scheduleMessage", "error", error="restricted_too_many", count=-1)
    ask(r)
    r.wait_state("lifted")
    r.wait(lambda: "Should I fall silent" in r.card()["text"] + str(r.card()), f"the card says so; {r.card()}")


def test_required_and_cannot_be_left(make):
    r = make(policy={**RULES, "dead_man": "required"})
    r.fault("slack.chat.scheduleMessage", "error", error="restricted_too_many", count=-1)
    ask(r)
    r.wait_state("refused")
    expect(not r.requests("stax.put_guardrails"), "nothing was changed")


def test_switched_off(make):
    r = lifted(make, dead_man="off")
    expect(not r.requests("slack.chat.scheduleMessage") and not later(r), "none is left", later(r))
