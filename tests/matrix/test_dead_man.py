# SPDX-License-Identifier: Apache-2.0
"""While the guardrail is off, delayed events stand at the homeserver that it sends by itself when reguard does not take them back: on a
real Synapse that offers them, and on one that does not; also when the host is gone for good, up to where an Admin hears of it."""
import json

from rig import expect
from synapse import quote

OFFERS = {"max_event_delay_duration": "7d", "push": {"enabled": True}}
RULES = {"mailbox_proof": "off", "max_window": "4h", "remind_overdue": "0s 1h"}
GRACE_S, SLOWLY_S = 120, 300


def slow(test):
    test.slow = True
    return test


def standing(r):
    """As the homeserver keeps them, the next one first. Asking it would count against what it allows the bot."""
    return r.homeserver.delayed(r.bot_user)


def says(r):
    r.dirty = True  # nobody writes; the homeserver speaks by itself
    return r.posts("I am silent")


def gone_for_good(r):
    r.kill()
    r.bot = None


def lifted(make, offers=OFFERS, length="30m", **options):
    r = make(own=offers, policy=RULES, **options)
    r.command("ana", f"lift bakery for {length} task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    return r


def whole_ladder(r):
    r.wait(lambda: len(standing(r)) == 5, "the whole ladder stands")
    return standing(r)


def highlights(r, person):
    nothing = {"not_types": ["*"]}
    only = {"presence": nothing, "account_data": nothing, "room": {"rooms": [r.room], "timeline": {"limit": 1}}}
    answer = r.people[person].client("GET", f"sync?timeout=0&filter={quote(json.dumps(only))}")
    return answer["rooms"]["join"][r.room]["unread_notifications"]["highlight_count"]


def read_all(r, person):
    r.people[person].client("POST", f"rooms/{quote(r.room)}/receipt/m.read/{quote(r.channel()[-1]['ts'])}", {})
    r.wait(lambda: highlights(r, person) == 0, f"{person} has read all")


def rings(r, person):
    """What rings at that person's account: the newest notification that is a mention."""
    rows = r.people[person].client("GET", "notifications?only=highlight&limit=10")["notifications"]
    return [n for n in rows if "I am silent" in n["event"]["content"].get("body", "")]


@slow
def test_host_gone_for_good_and_the_homeserver_restarts(make):
    r = lifted(make, length="4s")
    r.wait_post("OVERDUE", "G-0001")
    whole_ladder(r)
    gone_for_good(r)
    for person in ("ana", "ben", "cleo"):
        read_all(r, person)
    r.homeserver.restart()
    expect(not says(r), "not before its time", r.text())
    expect(standing(r), "what stood stands on after the restart")
    # What is next is an hour ahead, and nothing but the homeserver's own clock brings it on: it is set on where it keeps it.
    r.homeserver.bring_on(standing(r)[0][0])
    said = r.wait(lambda: says(r), "the homeserver speaks up", SLOWLY_S)[0]
    expect("reguard restore" in said["text"] and "G-0001 for bakery" in said["text"], "what to do, and for whom", said["text"])
    for person in ("ana", "ben", "cleo"):
        r.wait(lambda person=person: rings(r, person), f"it rings at {person}'s account")
        expect(highlights(r, person) == 1, f"{person} sees it as a mention that is not read")


@slow
def test_word_comes_at_the_deadline_and_two_minutes(make):
    r = lifted(make, length="4s")
    gone_for_good(r)
    r.wait(lambda: says(r), "the homeserver speaks up by itself", GRACE_S + SLOWLY_S)
    r.wait(lambda: rings(r, "ben"), "and it rings")


@slow
def test_taken_back_with_the_proof(make):
    r = lifted(make)
    stood = whole_ladder(r)
    expect(all(room == r.room for _, room in stood), "in the room", stood)
    r.finish("ana")
    r.wait(lambda: not standing(r), "nothing stands")
    expect(not says(r), "and nothing was said", r.text())


@slow
def test_returns_after_a_kill_and_takes_over(make):
    r = lifted(make)
    whole_ladder(r)
    r.kill()
    r.start()
    r.finish("ana")
    r.wait(lambda: not standing(r), "those of the process before, too")


@slow
def test_taken_for_five_minutes_only_its_time_begins_anew(make):
    """The window is longer than the homeserver takes an event ahead: one is begun anew every two and a half minutes, for as long as reguard
    lives. (The first beat leaves another one: what stood before the lift told of another instant.)"""
    r = lifted(make, offers={"max_event_delay_duration": "5m"})

    def beats():
        return [e for e in r.relay.requests() if e["path"].endswith("/restart") and e.get("status")]
    seen = {}

    def beaten():
        if not beats():  # it may be on its way: what an event was left for is what was seen first
            for left, until_ms in r.homeserver.delayed_until(r.bot_user).items():
                seen.setdefault(left, until_ms)
        return beats()
    beat = r.wait(beaten, "one is begun anew", 2 * SLOWLY_S)[0]
    delay_id = beat["path"].split("/")[-2]
    expect(beat["status"] == 200, "the homeserver takes that", beat)
    expect(r.homeserver.delayed_until(r.bot_user)[delay_id] > seen[delay_id] + 60 * 1000, "it is the same one, and later", seen, delay_id)
    expect(not says(r), "and nothing was said", r.text())
    r.finish("ana")
    r.wait(lambda: not standing(r), "it is taken back with the proof")


@slow
def test_one_left_whose_answer_was_lost(make):
    r = make(own=OFFERS, policy=RULES)
    r.relay.fault("matrix.delay", "lost", 2)
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    whole_ladder(r)
    r.finish("ana")
    r.wait(lambda: not standing(r), "orphans are taken back")


@slow
def test_bot_under_the_homeservers_limits(make):
    r = lifted(make, limits=True)
    r.wait(lambda: len(standing(r)) == 5, "the whole ladder stands", SLOWLY_S)
    r.click("ana", "done", "G-0001")
    r.wait_root(True)
    r.wait(lambda: not standing(r), "all are taken back", SLOWLY_S)


@slow
def test_homeserver_offers_none_and_then_does(make):
    r = lifted(make, offers={"push": {"enabled": True}})
    r.wait(lambda: any("this homeserver offers no messages for later" in m["text"] for m in r.cards()), "the card says so")
    r.homeserver.stop()
    r.homeserver.reconfigure(**OFFERS)
    r.homeserver.start()
    whole_ladder(r)
    r.wait(lambda: not any("Should I fall silent" in m["text"] for m in r.cards()), "and the card says it no more", SLOWLY_S)


@slow
def test_homeserver_offers_none_where_one_is_required(make):
    r = make(own=True, policy={**RULES, "dead_man": "required"})
    r.command("ana", "lift bakery for 30m task billing because month end invoices")
    r.wait_state("waiting")
    r.click("ben", "approve", "G-0001")
    r.wait_state("refused")
    expect(not r.requests("stax.put_guardrails"), "nothing was changed")
