# SPDX-License-Identifier: Apache-2.0
"""While the guardrail is off, messages stand in the chat that it shows by itself when reguard does not take them back: also when the
host is gone for good. Each in Slack and in a room of Matrix. The sandbox's clock for such messages runs ahead where a test says so."""
import time

import rig
from rig import expect
from room_rig import Room

LIFT = "lift bakery for 30m task billing because month end invoices"
RULES = {"mailbox_proof": "off", "max_window": "4h"}
FIRST_S, STEP_S = 32 * 60, 24 * 3600


class Slack(rig.Rig):
    LEAVE, LIST, REFUSAL = "slack.chat.scheduleMessage", "slack.chat.scheduledMessages.list", "restricted_too_many"

    def later(self):
        return self.state()["slack"]["later"]

    def pass_s(self, seconds):
        self.slack(pass_s=seconds)

    def rings(self, message, person):
        return self.mentions(message, person)


class Matrix(Room):
    LEAVE, LIST, REFUSAL = "matrix.delay", "matrix.delayed", "M_FORBIDDEN"

    def later(self):
        return [{**m, "post_at": m["due_ms"] // 1000, "message": m["content"]} for m in self.state()["matrix"]["later"]]

    def pass_s(self, seconds):
        self.homeserver(pass_s=seconds)

    def rings(self, message, person):
        return f"@{person}:sandbox.local" in message["content"]["m.mentions"]["user_ids"] and message["msgtype"] == "m.text"


def in_each_chat(test):
    globals()[test.__name__.replace("test_", "test_in_a_room_", 1)] = lambda make: test(lambda **options: make(of=Matrix, **options))
    return lambda make: test(lambda **options: make(of=Slack, **options))


def lifted(make, **policy):
    r = make(policy={**RULES, **policy})
    ask(r)
    r.wait_state("lifted")
    return r


def ask(r):
    r.command("ana", LIFT)
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")


def due(r):
    return sorted(m["post_at"] for m in r.later())


def ladder_stands(r):
    r.wait(lambda: len(due(r)) == 5, "the whole ladder stands")
    return due(r)


@in_each_chat
def test_word_stands_before_the_change_leaves_and_goes_with_the_proof(make):
    r = lifted(make)
    ladder_stands(r)
    calls = [c["operation"] for c in r.requests()]
    expect(calls.index(r.LEAVE) < calls.index("stax.put_guardrails"), "left before the change", calls)
    expect(all("metadata" not in m["message"] for m in r.later()), "with metadata it would never appear", r.later())
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not r.later(), "nothing is left")
    expect(not r.posts("I am silent"), "and nothing has appeared", r.text())
    r.wait(lambda: 5 <= told_of(r, "word_left") == told_of(r, "word_gone"), "all of them are in the case's records")


def told_of(r, kind):
    status, out, err = r.cli("audit", "explain", "G-0001", "-c", r.conf)
    expect(status == 0, "the case is explained", out, err)
    return out.count(kind)


@in_each_chat
def test_host_gone_for_good(make):
    r = lifted(make)
    ladder_stands(r)
    r.kill()
    r.pass_s(FIRST_S + 60)
    first = r.wait(lambda: r.posts("I am silent"), "the chat speaks up")[0]
    for words in ("root protection may still be OFF", "all 55 member accounts", "G-0001 for bakery, asked by Ana", "reguard restore",
                  "Block non-centralized root user access"):
        expect(words.lower() in first["text"].lower(), f"it says “{words}”", first["text"])
    for person in ("ana", "ben"):
        expect(r.rings(first, person), f"{person} is mentioned", first["text"])
    expect(len(r.later()) == 4, "others stand behind it", r.later())
    r.pass_s(STEP_S)
    r.wait(lambda: len(r.posts("I am silent")) == 5, "and it is said again and again")


@in_each_chat
def test_returns_and_takes_over(make):
    r = lifted(make)
    stood = ladder_stands(r)
    r.kill()
    r.pass_s(FIRST_S - 20 * 60)
    r.start()
    r.wait(lambda: len([c for c in r.requests(r.LIST) if c["status"] == 200]) >= 2, "what stands is read back")
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not r.later(), f"those of the process before are taken back; {stood}")
    expect(not r.posts("I am silent"), "none has appeared", r.text())


@in_each_chat
def test_moves_with_more_time(make):
    r = lifted(make)
    before = ladder_stands(r)
    r.command("ana", "extend G-0001 for 45m because the bank answers late")
    r.wait(lambda: r.posts("asks for 45 min more"), "the question")
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: len(due(r)) == 5 and due(r)[0] > before[0] + 40 * 60, f"they move; {before}")


@in_each_chat
def test_answer_lost_leaves_no_orphan(make):
    r = make(policy=RULES)
    r.fault(r.LEAVE, "lost", count=2)
    ask(r)
    r.wait_state("lifted")
    ladder_stands(r)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not r.later(), "those whose answers were lost, too")


@in_each_chat
def test_killed_before_it_is_on_record(make):
    r = make(policy=RULES)
    r.fault(r.LEAVE, "lost", count=-1)
    ask(r)
    r.wait(r.later, "the chat has it")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_state("lifted")
    ladder_stands(r)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not r.later(), "found and taken back")


@in_each_chat
def test_cannot_be_left(make):
    r = make(policy=RULES)
    r.fault(r.LEAVE, "error", error=r.REFUSAL, count=-1)
    ask(r)
    r.wait_state("lifted")
    r.wait(lambda: "Should I fall silent" in str(r.card()), "the card says so")


@in_each_chat
def test_required_and_cannot_be_left(make):
    r = make(policy={**RULES, "dead_man": "required"})
    r.fault(r.LEAVE, "error", error=r.REFUSAL, count=-1)
    ask(r)
    shown = r.wait(lambda: r.card_state() in ("refused", "lifted") and r.card_state(), "it comes to its end")
    expect(shown == "refused" and not r.requests("stax.put_guardrails"), "nothing was changed", shown)


@in_each_chat
def test_switched_off(make):
    r = lifted(make, dead_man="off")
    expect(not r.requests(r.LEAVE) and not r.later(), "none is left", r.later())


NONE = "this homeserver offers no messages for later"


def offers_none(make, **policy):
    r = make(of=Matrix, start=False, policy={**RULES, **policy})
    r.homeserver(delay_most_s=0)
    r.start()
    ask(r)
    return r


def test_homeserver_that_offers_none(make):
    r = offers_none(make)
    r.wait_state("lifted")
    r.wait(lambda: NONE in str(r.card()), "the card says so")
    expect(not r.requests(r.LEAVE), "and it is not tried")


def test_homeserver_that_offers_none_where_one_is_required(make):
    r = offers_none(make, dead_man="required")
    r.wait_state("refused")
    r.wait(lambda: r.posts(NONE), "why is said")
    expect(not r.requests("stax.put_guardrails"), "nothing was changed")


def test_homeserver_that_takes_them_less_far_ahead_than_it_says(make):
    r = make(of=Matrix, policy=RULES)
    r.homeserver(delay_most_s=20 * 60)
    ask(r)
    r.wait_state("lifted")
    r.wait(lambda: due(r), "one stands, as far ahead as it can")


def test_homeserver_that_knows_the_former_way_only(make):
    r = lifted(lambda **options: make(of=Matrix, **options))
    ladder_stands(r)
    r.fault("matrix.delayed_cancel", "error", error="M_UNRECOGNIZED", count=-1)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.wait(lambda: not r.later(), "taken back as before")


# ---- the host is gone for good, in each state ----

ON, WINDOW_S, REMINDED_S, GRACE_S = None, 1800, 3600, 120
TABLE = {**RULES, "min_window": "1s", "warn_before": "1s", "remind_overdue": "0s 1h"}


def asked(r):
    r.command("ana", LIFT)
    r.wait_state("waiting")


def approved(r):
    r.fault(r.LEAVE, "status", status=503, count=-1)
    ask(r)
    r.wait_state("lifting")


def lifting(r):
    r.fault("stax.put_guardrails", "lost", count=-1)
    ask(r)
    r.wait_root(False)


def now_lifted(r):
    ask(r)
    r.wait_state("lifted")


def overdue(r):
    r.command("ana", LIFT.replace("30m", "2s"))
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: r.posts("OVERDUE", "G-0001"), "it is overdue")


def restoring(r, **fault):
    now_lifted(r)
    r.fault("stax.put_guardrails", count=-1, **(fault or {"kind": "status", "status": 503}))
    r.click("ana", "done", "G-0001")
    r.wait_state("restoring")
    r.wait(lambda: [c for c in r.requests("stax.put_guardrails") if c["status"] in (403, 503)], "Stax does not do it")


def restore_refused(r):
    restoring(r, kind="status", status=403)
    r.wait(lambda: r.posts("403", "G-0001"), "it is said that it is not back on")
    r.wait(lambda: due(r) and due(r)[0] > time.time() + REMINDED_S, "the first word stands behind the next reminder")


def outside(r):
    r.stax(guardrail={"key": rig.ROOT_KEY, "value": False, "by": "dan"})
    r.wait_state("outside")


def adopted(r):
    outside(r)
    r.command("ana", "adopt bakery for 30m because dan is finishing the invoices")
    r.wait(lambda: r.posts("asks to adopt", "G-0001"), "the question")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def gone_in(make, state, speaks_s):
    """speaks_s: how long reguard may be silent then; ON: for ever, the guardrail is on."""
    r = make(policy=TABLE)
    state(r)
    expect(r.state()["stax"]["root"] is (speaks_s is ON), "the guardrail is on, or off")
    if speaks_s is not ON:
        r.wait(lambda: due(r), "a word stands")
    r.kill()
    r.pass_s((speaks_s or REMINDED_S) + GRACE_S + 5)
    if speaks_s is ON:
        expect(not r.posts("I am silent"), "there is nothing to be told", r.text())
        return
    said = r.wait(lambda: r.posts("I am silent"), "somebody is told")[0]
    for person in ("ana", "ben"):
        expect(r.rings(said, person), f"{person} hears of it", said["text"])


for _state, _speaks_s in ((asked, ON), (approved, ON), (lifting, WINDOW_S), (now_lifted, WINDOW_S), (overdue, REMINDED_S), (restoring, WINDOW_S),
                          (restore_refused, REMINDED_S), (outside, REMINDED_S), (adopted, WINDOW_S)):
    for _chat, _of in (("", Slack), ("_in_a_room", Matrix)):
        globals()[f"test_gone_for_good_{_state.__name__}{_chat}"] = (
            lambda make, state=_state, speaks_s=_speaks_s, of=_of: gone_in(lambda **options: make(of=of, **options), state, speaks_s))
