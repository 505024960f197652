# SPDX-License-Identifier: Apache-2.0
"""What the operator's log tells: one line for each step, with the case, once it is true, and without anybody's words."""
import json

from rig import ROOT_KEY, expect

# What people type, and what they are called.
WORDS = ("zebra", "Ana Archer", "Ben Baker", "example.com", "U0ANA0001", "U0BEN0001", "bakery", "CHG-4711")


def told(r, log=-1):
    """The story: (step, line) of each line of the log that is one of cases, guardrail or records."""
    lines = [json.loads(line) for line in open(r.logs[log]) if line.startswith("{")]
    return [(line["event"], line) for line in lines if line["event"].split(".")[0] in ("case", "guardrail", "records")]


def steps(r, case, log=-1):
    return [event.split(".")[1] for event, line in told(r, log) if line.get("case") == case]


def audited(r, case):
    """Kinds of the records, as their lines are called; words that stand in the chat have lines of their own."""
    kinds = [(record["kind"], record["data"].get("verb")) for record in r.journal(case) if not record["kind"].startswith("word_")]
    return [{"reminded": verb, "outside_found": "outside"}.get(kind, kind) for kind, verb in kinds]


def first(r, event, case=None):
    return next(line for e, line in told(r) if e == event and line.get("case") == case)


def is_told(r, event, case=None):
    return any(e == event and line.get("case") == case for e, line in told(r))


def test_the_log_tells_the_whole_story_and_nobodys_words(make):
    r = make(start=False)
    r.configure(bot={"log_format": "json"}, policy={"warn_before": "1s", "min_window": "1s"})
    r.start()
    r.wait(lambda: is_told(r, "guardrail.seen"), "the first read is told")

    r.lift(length="4s", more="task billing ticket CHG-4711", reason="zebra crossing")
    r.wait(lambda: is_told(r, "case.overdue", "G-0001"), "overdue is told")
    r.command("ana", "done G-0001 because zebra crossed")
    r.wait_state("restored")

    r.ask(account="brewery", case="G-0002", reason="zebra again")
    r.command("ben", "decline G-0002 because zebra no")
    r.wait_state("declined", "G-0002")

    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    r.wait(lambda: is_told(r, "case.outside", "G-0003"), "a lift outside is told")
    r.command("ben", "put-back")
    r.wait_state("restored", "G-0003")

    r.fault("stax.get_guardrails", "status", status=403, count=-1)
    r.wait(lambda: is_told(r, "guardrail.unreadable"), "that it cannot be read is told")
    expect("403" in first(r, "guardrail.unreadable")["why"], "and why", told(r))
    r.wait(lambda: is_told(r, "guardrail.unreadable_told"), "so is the alarm")
    r.call("POST", "fault", {"clear": True})
    r.wait(lambda: is_told(r, "guardrail.readable"), "and that it can be read again")
    r.wait(lambda: is_told(r, "guardrail.readable_told"), "and that this was said")

    r.fault("stax.put_guardrails", "status", status=400, count=1)
    r.ask(case="G-0004")
    r.click("ben", "approve", "G-0004")
    r.wait(lambda: is_told(r, "guardrail.change_refused", "G-0004"), "a refusal of Stax is told")
    expect(first(r, "guardrail.change_refused", "G-0004")["number"] == 400, "with its status", told(r))
    r.wait(lambda: r.card_state("G-0004") in ("refused", "failed", "restored"), "nothing is lifted")

    for case in ("G-0001", "G-0002", "G-0003", "G-0004"):
        r.wait(lambda: steps(r, case) == audited(r, case), f"each record of {case} has its line, in order: {steps(r, case)}")
    for step in ("asked", "mailbox_proved", "approved", "lift_begun", "change_begun", "change_accepted", "lifted", "warned", "overdue", "ended", "restored"):
        expect(step in steps(r, "G-0001"), f"{step} is a step", steps(r, "G-0001"))
    ana = first(r, "case.asked", "G-0001")["by"]
    approved = first(r, "case.approved", "G-0001")
    expect(approved["by"] not in (ana, "reguard") and approved["way"] == "button", "who did it, by the Stax id, and how", approved)
    expect(first(r, "case.ended", "G-0001")["by"] == ana and first(r, "case.asked", "G-0001")["account"] == "222222222222", "both ends", told(r))
    expect(first(r, "case.overdue", "G-0001")["level"] == first(r, "case.outside", "G-0003")["level"] == "warn", "what needs somebody is a warning")

    # What is read back from the journal at the next start has been told.
    r.stop()
    r.start()
    r.wait(lambda: is_told(r, "guardrail.seen"), "the next start tells of its own read")
    for case in ("G-0001", "G-0002", "G-0003", "G-0004"):
        r.wait(lambda: steps(r, case, 0) + steps(r, case, 1) == audited(r, case), f"nothing of {case} is told twice")
    for log in r.logs:
        text = open(log).read()
        expect(not [w for w in WORDS if w.lower() in text.lower()], "nobody's words are in it", [line for line in text.split("\n") if any(w.lower() in line.lower() for w in WORDS)])


def test_an_order_of_the_operator_is_told_without_its_reason(make):
    r = make(start=False)
    r.configure(bot={"log_format": "json"})
    r.start()
    r.lift()
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "zebra at three")
    expect(status == 0, "verified on", out, err)
    r.wait(lambda: is_told(r, "case.restored", "G-0001"), "it is told")
    expect(first(r, "guardrail.restore_ordered")["by"] == first(r, "case.ended", "G-0001")["by"] == "operator", "by whom", told(r))
    expect("zebra" not in open(r.logs[-1]).read(), "not why")
