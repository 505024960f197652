# SPDX-License-Identifier: Apache-2.0
"""Alone with the bot in a Matrix room: made when it is needed, found again, made anew when it is gone, and served."""
import room_rig
from rig import expect
from test_field import listening, ready

QUICK = {"warn_before": "0s", "remind_overdue": "0s 2s 4s", "mailbox_proof": "off"}
MUTED = {"events_default": 50}


def room(make, **policy):
    r = make(of=room_rig.Room, start=False)
    r.configure(bot=listening(r), policy={**QUICK, **policy})
    r.start()
    return r


def lifted(r, length="3s"):
    r.command("ana", f"lift bakery for {length} task billing because month end")
    r.wait_state("waiting")
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")


def test_room_that_takes_no_posts_does_not_silence_the_alarm(make):
    r = room(make)
    lifted(r)
    r.homeserver(power=MUTED)
    for person in ("ana", "ben", "cleo"):
        alarm = r.wait(lambda: r.told_alone(person, "OVERDUE"), f"{person} is told alone")[-1]
        expect("I write to you alone because I cannot post" in alarm["text"], "and why", alarm["text"])
        expect(alarm["msgtype"] == "m.text" and alarm["content"]["m.mentions"]["user_ids"] == [f"@{person}:sandbox.local"], "so that it notifies", alarm["content"])
        expect("!reguard done G-0001" in alarm["text"] and "snooze" not in alarm["text"], "with what works there", alarm["text"])
    expect(r.direct("dan")["room"] is None and r.direct("gil")["room"] is None, "nobody else is written to")
    expect(ready(r)[0] == 503 and "matrix cannot be served" in ready(r)[1], "/readyz says why", ready(r))
    r.join_direct("cleo")
    asked = r.say_alone("cleo", "done")
    r.wait_root(True)
    r.wait(lambda: r.told_alone("cleo", "Ending G-0001"), "it is answered there")
    r.homeserver(power={"events_default": 0})
    r.wait_state("restored")
    r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_second_reminder_is_said_to_each_admin_alone(make):
    r = room(make)
    lifted(r)
    for person in ("ana", "ben", "cleo"):
        r.wait(lambda: r.told_alone(person, "OVERDUE"), f"{person} is told alone")
    expect(r.posts("OVERDUE"), "and in the room")
    made = len(r.requests("matrix.create_room"))
    r.wait(lambda: len(r.told_alone("ben", "OVERDUE")) >= 2, "again and again")
    r.wait(lambda: r.direct("ben")["invitations"] >= 2, "who has not come in is invited anew each time: that is what notifies")
    expect(len(r.requests("matrix.create_room")) == made, "in the same room", made)


def test_rooms_are_found_again_after_a_restart(make):
    r = room(make)
    lifted(r)
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    r.join_direct("ben")
    before = r.direct("ben")["room"]
    r.stop()
    r.say_alone("ben", "whoami")
    r.start()
    r.wait(lambda: r.told_alone("ben", "ben@example.com"), "what was said there while it was down is answered")
    heard = len(r.told_alone("ben", "OVERDUE"))
    r.wait(lambda: len(r.told_alone("ben", "OVERDUE")) > heard, "and the next alarm comes there")
    expect(r.direct("ben")["room"] == before, "no other room is made")


def test_nothing_that_lowers_is_taken_alone(make):
    r = room(make)
    lifted(r)
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    r.join_direct("ben")
    for words in ("lift brewery for 2m task billing because in the dark", "!reguard snooze G-0001 10m", "extend G-0001 30m because more"):
        heard = len(r.told_alone("ben", "in the room that I serve"))
        r.say_alone("ben", words)
        r.wait(lambda: len(r.told_alone("ben", "in the room that I serve")) > heard, f"“{words}” is refused with where to say it")
    r.say_alone("ben", "status")
    r.wait(lambda: r.told_alone("ben", "Root protection is OFF"), "what looks is answered")
    expect(not r.card("G-0002"), "no case came of it")


def test_a_receipt_asked_alone_stays_there(make):
    """Its file stands in that room, and the room of the others shows nothing of it."""
    r = room(make)
    lifted(r)
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    r.join_direct("ben")
    r.say_alone("ben", "show G-0001 full")
    r.wait(lambda: [m for m in r.direct("ben")["messages"] if m["content"].get("msgtype") == "m.file"], "the file comes to ben alone")
    expect(not [m for m in r.ours() if m["content"].get("msgtype") == "m.file"], "and to nobody else")


def test_others_in_a_direct_room_are_not_served(make):
    r = room(make)
    lifted(r)
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    r.join_direct("ben")
    r.homeserver(room=r.direct("ben")["room"], invite="cleo", by="ben")
    r.homeserver(room=r.direct("ben")["room"], join="cleo")
    r.say("cleo", "done", room=r.direct("ben")["room"])
    r.wait(lambda: r.told_alone("ben", "from one person alone"), "it is said")
    expect(r.state()["stax"]["root"] is False, "and not done")


def test_what_cannot_be_read_alone_is_said(make):
    """Encrypted words, and those that a homeserver has lost our place before."""
    r = room(make)
    lifted(r, "1s")
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    r.join_direct("ben")
    aside = r.direct("ben")["room"]
    r.inject(person="ben", room=aside, type="m.room.encrypted", content={"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgAEn"})
    r.wait(lambda: r.told_alone("ben", "cannot read encrypted messages"), "it is answered")
    r.homeserver(restart={"reject_since": True})
    r.wait(lambda: r.told_alone("ben", "I may have missed something"), "and so is what may be lost")
    r.say_alone("ben", "done")
    r.wait_root(True)


def test_room_that_is_gone_is_made_anew(make):
    r = room(make)
    lifted(r)
    r.wait(lambda: r.told_alone("ben", "OVERDUE"), "ben is told alone")
    first = r.direct("ben")["room"]
    r.homeserver(room=first, kick="reguard", by="ben")
    r.wait(lambda: r.direct("ben")["room"] not in (None, first) and r.told_alone("ben", "OVERDUE"), "in another room")


def test_homeserver_that_makes_no_rooms_is_said(make):
    r = room(make)
    r.homeserver(refuse={"what": "directs", "error": "M_FORBIDDEN"})
    lifted(r)
    r.wait(lambda: ready(r)[0] == 503 and "written to alone" in ready(r)[1], "/readyz says so")
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "cannot be written to alone" in out + err, "check says so", out, err)
    r.stop()
    r.homeserver(refuse=None)
    r.start()
    r.wait(lambda: r.told_alone("cleo", "OVERDUE"), "what is due is said when it can be")
    r.wait(lambda: ready(r)[0] == 200, "ready again")


def test_admins_are_told_that_their_only_room_is_not_served(make):
    """Without a case, so that no alarm says it."""
    r = room(make)
    r.homeserver(kick="reguard")
    for person in ("ana", "ben", "cleo"):
        r.wait(lambda: r.told_alone(person, "not been able to serve the Matrix room"), f"{person} is told alone")
    r.homeserver(invite="reguard")
    r.wait_post("I can serve the Matrix room again")


def test_words_in_a_room_that_was_replaced_are_answered_alone(make):
    r = room(make)
    lifted(r, "1m")
    r.homeserver(tombstone=True)
    r.command("ana", "lift brewery for 2m task billing because in the old room")
    r.wait(lambda: r.told_alone("ana", "I cannot serve the Matrix room now"), "what lowers is refused in words")
    r.command("cleo", "done G-0001")
    r.wait_root(True)
    r.wait(lambda: r.told_alone("cleo", "Ending G-0001"), "what restores is done, and answered")


def test_answer_that_the_room_refuses_is_given_alone(make):
    r = room(make)
    r.homeserver(power=MUTED)
    r.command("ben", "whoami")
    r.wait(lambda: r.told_alone("ben", "ben@example.com"), "it is answered alone")


def test_lost_answer_to_the_making_of_a_room_makes_few_of_them(make):
    r = room(make)
    r.fault("matrix.create_room", "lost", count=2)
    lifted(r)
    r.wait(lambda: r.told_alone("cleo", "OVERDUE"), "the others are told alone")
    r.wait(lambda: len(r.told_alone("cleo", "OVERDUE")) >= 3, "again and again")
    expect(len(r.requests("matrix.create_room")) <= 6, "no storm of rooms", len(r.requests("matrix.create_room")))
