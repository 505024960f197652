# SPDX-License-Identifier: Apache-2.0
"""Whoever can act is notified: asked of a real homeserver that reckons push rules, for each person."""
import itertools

from rig import expect
from synapse import quote

ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS"
SHORT = {"mailbox_proof": "off", "min_window": "1s", "default_window": "10s", "warn_before": "4s", "remind_pending": "1h", "remind_overdue": "0s 4s 8s", "escalate": ""}


def rings(r, person, words):
    """The newest notification with a highlight that has these words."""
    seen = r.people[person].client("GET", "notifications?limit=50")["notifications"]
    return [n for n in seen if words in n["event"]["content"].get("body", "") and any(isinstance(a, dict) and a.get("set_tweak") == "highlight" and a.get("value", True) for a in n["actions"])]


def wait_rings(r, words, who, quiet=()):
    for person in who:
        r.wait(lambda: rings(r, person, words), f"{person} is notified of “{words}”")
    for person in quiet:
        expect(not rings(r, person, words), f"{person} is not notified of “{words}”")


def test_whoever_can_act_is_notified(make):
    r = make(own={"push": {"enabled": True}}, policy=SHORT)
    r.command("ana", "lift bakery for 10s task billing because month end invoices")
    r.wait_state("waiting")
    wait_rings(r, "asks for root access to bakery", ("ben", "cleo"), ("ana", "dan"))
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    wait_rings(r, "the window ends", ("ana",), ("dan",))
    wait_rings(r, "OVERDUE", ("ana", "ben"))
    wait_rings(r, "OVERDUE", ("cleo",), ("dan",))
    expect("\nReact with 🔒 to restore, or type `!reguard done G-0001`" in r.posts("OVERDUE")[-1]["text"], "and reads how to restore without typing", r.text())
    r.command("cleo", "done G-0001")
    r.wait_state("restored")
    r.stax(guardrail={"key": ROOT_KEY, "value": False})
    wait_rings(r, "switched OFF outside reguard", ("ana", "ben", "cleo"), ("dan",))
    expect("React with 🔒 to restore" in r.posts("switched OFF outside")[-1]["text"], "and reads so there, too", r.text())
    r.command("ben", "put-back")
    r.wait_root(True)


def test_whoever_asked_is_notified_of_what_became_of_it(make):
    r = make(own={"push": {"enabled": True}}, policy={**SHORT, "request_expires": "6s"})
    ask = lambda case: (r.command("ana", "lift bakery for 1m task billing because month end invoices"), r.wait_state("waiting", case))
    ask("G-0001")
    r.command("ben", "decline G-0001 because not today")
    wait_rings(r, "declined", ("ana",), ("dan",))
    ask("G-0002")
    wait_rings(r, "The request expired", ("ana",), ("dan",))
    r.stax(task="fail")
    ask("G-0003")
    r.command("ben", "approve G-0003")
    wait_rings(r, "The lift for bakery", ("ana",), ("dan",))
    r.wait_state("failed", "G-0003")
    r.stax(task="normal")
    ask("G-0004")
    r.command("ben", "approve G-0004")
    wait_rings(r, "Root protection is OFF", ("ana",), ("dan",))
    r.command("cleo", "done G-0004")
    wait_rings(r, "Root protection is back ON", ("ana",), ("dan",))
    ask("G-0005")
    r.command("ana", "withdraw G-0005")
    r.wait_state("withdrawn", "G-0005")
    expect(not rings(r, "ana", "withdrew the request"), "nobody is notified of what they did themselves")


MUTED = {"events_default": 50}
numbers = itertools.count()


def mute(r, muted):
    levels = r.ops.get_state(r.room, "m.room.power_levels")
    r.ops.set_state(r.room, "m.room.power_levels", {**levels, **(MUTED if muted else {"events_default": 0})})


def invited(r, person):
    """The direct rooms that the bot asks this person into: as clients tell them."""
    fresh = next(numbers)  # what was asked before is answered from memory
    rooms = r.people[person].client("GET", f"sync?timeout={fresh}").get("rooms", {}).get("invite", {})
    found = []
    for room, what in rooms.items():
        for event in what["invite_state"]["events"]:
            mine = event["type"] == "m.room.member" and event["state_key"] == r.user[person] and event["sender"] == r.bot_user
            if mine and event["content"].get("is_direct"):
                found.append((room, event["content"].get("reason", "")))
    return found


def come_in(r, person):
    room = r.wait(lambda: invited(r, person), f"{person} is invited to a direct room")[0][0]
    r.people[person].join(room)
    return room


def said_in(r, person, room):
    page = r.people[person].client("GET", f"rooms/{quote(room)}/messages?dir=b&limit=100")
    return [e["content"]["body"] for e in page["chunk"] if e["type"] == "m.room.message" and e["sender"] == r.bot_user]


def test_alarms_are_said_alone_where_the_room_takes_no_posts(make):
    r = make(own={"push": {"enabled": True}}, policy=SHORT)
    r.command("ana", "lift bakery for 6s task billing because month end invoices")
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    mute(r, True)
    rooms = {person: come_in(r, person) for person in ("ana", "cleo")}
    for person, room in rooms.items():
        r.wait(lambda: any("cannot post in the channel" in words for words in said_in(r, person, room)), f"{person} reads the alarm there, and why it comes so")
    before = len(rings(r, "cleo", "OVERDUE"))
    r.wait(lambda: len(rings(r, "cleo", "OVERDUE")) > before, "the next one rings there")
    asked_in = lambda: [n["event"]["content"].get("reason", "") for n in r.people["ben"].client("GET", "notifications?limit=50")["notifications"] if n["event"]["type"] == "m.room.member"]
    r.wait(lambda: any("OVERDUE" in reason for reason in asked_in()), "who has not come in is notified by being invited again, with the alarm as the reason")
    # The newest reason may be that the room is not served, which is said once it has been so for a while.
    expect(len(invited(r, "ben")) == 1, "and it stays a direct room", invited(r, "ben"))
    expect(not invited(r, "dan") and not invited(r, "gil"), "nobody else is written to")
    r.people["cleo"].send(rooms["cleo"], "m.room.message", {"msgtype": "m.text", "body": "lift brewery for 2m task billing because in the dark"})
    r.wait(lambda: any("in the room that I serve" in words for words in said_in(r, "cleo", rooms["cleo"])), "nothing that lowers is taken there")
    r.people["cleo"].send(rooms["cleo"], "m.room.message", {"msgtype": "m.text", "body": "done G-0001"})
    r.wait_root(True)
    mute(r, False)
    r.wait_state("restored")
    data = r.people["reguard"].client("GET", f"user/{quote(r.bot_user)}/account_data/m.direct")
    expect(data[r.user["cleo"]] == [rooms["cleo"]], "the account remembers which room is whose", data)


test_alarms_are_said_alone_where_the_room_takes_no_posts.slow = True


def test_direct_rooms_are_kept_over_a_restart_and_served(make):
    r = make(policy=SHORT)
    r.command("ana", "lift bakery for 6s task billing because month end invoices")
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    room = come_in(r, "ben")
    r.kill()
    r.people["ben"].send(room, "m.room.message", {"msgtype": "m.text", "body": "whoami"})
    r.start()
    r.wait(lambda: any("ben@example.com" in words for words in said_in(r, "ben", room)), "what was said there while it was down is answered")
    r.people["ben"].send(room, "m.room.message", {"msgtype": "m.text", "body": "done"})
    r.wait_root(True)
    expect(not invited(r, "ben"), "no other room is made")
