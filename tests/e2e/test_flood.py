# SPDX-License-Identifier: Apache-2.0
"""People who press and ask as fast as they can: nothing of it holds up what restores, the watch, or an answer to somebody else."""
import time

from rig import expect
from room_rig import Room

CROWD = ["dan", "gil", "eve", "ben", "cleo"]
# As slow as a real Stax is asked to be, so that its pace is what decides.
SLOW = {"poll_task": "2s", "poll_lifted": "3s", "poll_idle": "3s", "verify_gap": "2s"}


def make_slow(make, **more):
    return make(stax=SLOW, people={"gil@example.com": "slack:U0GIL0001", "eve@example.com": "slack:U0EVE0001"},
                policy={"max_window": "30m", "mailbox_proof": "off", **more})


def lift(r, case):
    r.command("ana", "lift bakery for 20m task other because month end invoices")
    r.wait_state("waiting", case)
    r.click("ben", "approve", case)
    r.wait_state("lifted", case)


def demote(r, *people):
    for person in people:
        r.stax(user={"person": person, "Role": "customer_user"})


def promote(r, *people):
    for person in people:
        r.stax(user={"person": person, "Role": "customer_admin"})


def flood(r, people=CROWD, actions=("done", "extend", "approve", "restore"), per_second=50, **more):
    r.call("POST", "flood", {"people": list(people), "actions": list(actions), "per_second": per_second, **more})


def end_flood(r):
    return r.call("POST", "flood", {"stop": True})


def timed(act):
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def reads_of_the_switch(r, since_ms):
    return [q["at_ms"] for q in r.requests("stax.get_guardrails") if q["at_ms"] >= since_ms]


def longest_gap(times):
    return max((b - a for a, b in zip(times, times[1:])), default=0)


def now_ms(r):
    """By the sandbox's clock: its newest request's."""
    return r.requests()[-1]["at_ms"]


def done_by(r, case):
    def act():
        r.click("ana", "done", case)
        r.wait_state("restored", case, 400)
    return act


def test_done_restores_under_a_flood_of_presses(make):
    r = make_slow(make)
    lift(r, "G-0001")
    quiet_from = now_ms(r)
    r.wait(lambda: len(reads_of_the_switch(r, quiet_from)) >= 4, "the watch looks")
    quiet_gap = longest_gap(reads_of_the_switch(r, quiet_from))
    quiet = timed(done_by(r, "G-0001"))
    lift(r, "G-0002")
    demote(r, "ben", "cleo")  # five people without the role; what they press can end nothing
    flood(r)
    flood_from = now_ms(r)
    r.wait(lambda: len(reads_of_the_switch(r, flood_from)) >= 6, "the watch looks", 400)
    gap = longest_gap(reads_of_the_switch(r, flood_from))
    took = timed(done_by(r, "G-0002"))
    told = end_flood(r)
    print(f"      {told['presses']} presses; done restores in {took:.1f} s, in quiet {quiet:.1f} s; "
          f"the watch looks every {gap / 1000:.1f} s at the most, in quiet {quiet_gap / 1000:.1f} s")
    expect(told["presses"] > 1000, "it was a flood", told)
    expect(took <= 2 * quiet, "done restores in at most twice its quiet time", took, quiet)
    expect(gap <= 2 * quiet_gap, "the watch keeps its interval", gap, quiet_gap)
    records = r.journal()
    vain = [x["actor"]["key"] for x in records if x["kind"] == "tried_in_vain"]
    expect({key.split("@")[0] for key in vain} >= set(CROWD), "what was tried in vain is recorded for each", vain)
    expect(all(vain.count(key) <= 3 for key in vain), "and not one by one", vain)
    rows = r.database().execute("SELECT count(*) FROM inbox").fetchone()[0]
    expect(rows < told["presses"] / 2, "nor is each of them remembered", rows, told)


def test_the_operators_order_restores_under_a_flood_of_presses(make):
    r = make_slow(make)

    def order():
        status, out, err = r.cli("restore", "-c", r.conf, "--why", "a flood", timeout=400)
        expect(status == 0, "reguard restore proves it", out, err)
    lift(r, "G-0001")
    quiet = timed(order)
    r.wait_state("restored", "G-0001")
    lift(r, "G-0002")
    demote(r, "ben", "cleo")
    flood(r)
    begun = now_ms(r)
    r.wait(lambda: len(reads_of_the_switch(r, begun)) >= 2, "the watch looks", 400)
    took = timed(order)
    told = end_flood(r)
    print(f"      {told['presses']} presses; reguard restore takes {took:.1f} s, in quiet {quiet:.1f} s")
    expect(took <= 2 * quiet, "reguard restore takes at most twice its quiet time", took, quiet)


def test_a_trickle_of_presses_does_not_blind_the_watch(make):
    """A few presses a second are enough, where what came last is served first."""
    r = make_slow(make)
    lift(r, "G-0001")
    demote(r, "ben", "cleo")
    begun = now_ms(r)
    r.wait(lambda: len(reads_of_the_switch(r, begun)) >= 3, "the watch looks")
    quiet_gap = longest_gap(reads_of_the_switch(r, begun))
    flood(r, people=["dan"], actions=("done",), per_second=5)
    begun = now_ms(r)
    r.wait(lambda: len(r.requests("stax.get_users")) >= 4 and now_ms(r) - begun > 20000, "it goes on for a while", 60)
    looked = reads_of_the_switch(r, begun) + [now_ms(r)]
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "a trickle", timeout=400)
    expect(status == 0, "reguard restore proves it", out, err)
    told = end_flood(r)
    print(f"      {told['presses']} presses in {(now_ms(r) - begun) / 1000:.0f} s; the watch looks every {longest_gap(looked) / 1000:.1f} s at the most, "
          f"in quiet {quiet_gap / 1000:.1f} s")
    expect(longest_gap(looked) <= 2 * quiet_gap, "the watch keeps its interval", longest_gap(looked), quiet_gap)


def test_an_admins_question_is_answered_among_many(make):
    r = make_slow(make)
    lift(r, "G-0001")
    demote(r, "ben", "cleo")
    flood(r, questions={"text": "tasks", "per_second": 400, "users": 400})
    for n in range(8):
        acked = r.state()["slack"]["acked"]
        r.wait(lambda: r.state()["slack"]["acked"] >= acked + 300, "the flood goes on")
        r.say("ana", "@reguard status")
        r.wait(lambda: r.heard("ana").count("Root protection is OFF") > n, f"question {n + 1} is answered")
    told = end_flood(r)
    print(f"      8 of 8 questions answered among {told['questions']} others and {told['presses']} presses")
    expect(told["questions"] > 500, "there were many others", told)


def test_an_alarm_comes_through_a_flood(make):
    r = make_slow(make, remind_overdue="1s 20s")
    demote(r, "ben", "cleo")
    lift_by_hand = {"guardrail": {"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False}}
    flood(r, questions={"text": "help", "per_second": 400, "users": 400})
    r.stax(**lift_by_hand)
    r.wait_post("OFF and nobody asked for it")
    r.click("ana", "put_back")
    r.wait_root(True)
    told = end_flood(r)
    expect(told["questions"] > 200, "there were many others", told)


def test_presses_of_done_by_people_without_a_role_hold_nothing_up(make):
    """Everybody may press what raises protection; those who may not end a window cannot keep those who may from it."""
    r = make_slow(make)
    lift(r, "G-0001")
    quiet = timed(done_by(r, "G-0001"))
    lift(r, "G-0002")
    demote(r, "ben", "cleo")
    flood(r, actions=("done",))
    begun = now_ms(r)
    r.wait(lambda: len(reads_of_the_switch(r, begun)) >= 4, "the watch looks", 400)
    expect(r.card_state("G-0002") == "lifted", "none of them could end it")
    took = timed(done_by(r, "G-0002"))
    told = end_flood(r)
    print(f"      {told['presses']} presses of done; the one that counts restores in {took:.1f} s, in quiet {quiet:.1f} s")
    expect(took <= 2 * quiet, "done restores in at most twice its quiet time", took, quiet)


def test_in_a_room_people_are_answered_before_everybody_else(make):
    """Matrix takes a message of ours every few seconds: whoever talks most must not have them all."""
    r = make(of=Room)
    r.homeserver(rate={"per_second": 1, "burst": 10})
    r.call("POST", "matrix/load", {"person": "gil", "events": 300, "text": "!reguard help done"})
    r.wait(lambda: r.heard("gil"), "somebody without rights is answered")
    asked = [r.command("ana", "status") for _ in range(3)]
    for event in asked:
        r.wait(lambda: r.answers(event), "an Admin is answered")
    first = len([m for m in r.ours() if m["thread"]])
    expect(first < 21, "before all the others are", first)
    r.homeserver(rate=None)
