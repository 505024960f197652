# SPDX-License-Identifier: Apache-2.0
"""The room and who is in it: membership, look-alikes, what the room is and becomes."""
import json
import os
import time

from rig import expect
from synapse import Refused, quote


def not_lifted(r, what):
    """As test_votes.waiting."""
    before = r.heard("dan")
    r.command("dan", "whoami")
    r.wait(lambda: r.heard("dan") != before, "the bot has read on")
    expect(r.card_state() == "waiting" and not r.puts(), what, r.text())


def test_look_alike_does_not_count(make):
    r = make()
    r.ask()
    for path, value in (("displayname", {"displayname": r.user["ben"]}),):
        r.people["eve"].client("PUT", f"profile/{quote(r.user['eve'])}/{path}", value)
    r.react("eve", "G-0001")
    r.command("eve", "approve G-0001")
    not_lifted(r, "a name is no identity")


def test_second_chat_account_of_the_requester(make):
    r = make(start=False)
    r.configure(people={"ana@example.com": f"matrix:{r.user['ana']} matrix:{r.user['dan']}", "dan@example.com": None})
    r.start()
    r.ask()
    r.react("dan", "G-0001")
    r.wait_heard("dan", "your own request")
    not_lifted(r, "the same Stax user cannot approve")


def test_id_mapped_twice_is_refused(make):
    r = make(start=False)
    r.configure(people={"dan@example.com": f"matrix:{r.user['ben']}"})
    status, _, err = r.cli("check", "--offline", "-c", r.conf)
    if status == 78:
        expect(r.user["ben"] in err, "the error names the id", err)
        return
    r.start()
    r.ask()
    r.react("ben", "G-0001")
    r.wait_heard("ben", "more than one")
    expect(not r.puts(), "nothing is lifted")


def test_voted_and_left_the_room_while_the_bot_was_down(make):
    r = make()
    r.ask()
    r.kill()
    r.react("ben", "G-0001")
    r.people["ben"].leave(r.room)
    r.start()
    not_lifted(r, "who is not in the room has no vote")
    r.ops.invite(r.room, r.user["ben"])
    r.people["ben"].join(r.room)
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")


def test_voted_and_was_kicked_while_the_bot_was_down(make):
    r = make()
    r.ask()
    r.kill()
    r.command("ben", "approve G-0001")
    r.ops.kick(r.room, r.user["ben"], "ban")
    r.start()
    not_lifted(r, "who was banned has no vote")


def test_deactivated_account_has_no_vote(make):
    r = make()
    r.ask()
    r.kill()
    r.react("ben", "G-0001")
    r.homeserver.as_admin("POST", f"/_synapse/admin/v1/deactivate/{quote(r.user['ben'])}", {"erase": False})
    r.start()
    not_lifted(r, "a deactivated account has no vote")


def test_invitations_elsewhere_are_not_accepted(make):
    r = make()
    other = r.people["ana"].create_room(preset="private_chat", invite=[r.bot_user])
    r.people["ana"].send(other, "m.room.message", {"msgtype": "m.text", "body": "!reguard lift bakery for 2m task billing because elsewhere"})
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    joined = r.people["ana"].client("GET", f"rooms/{quote(other)}/joined_members")["joined"]
    expect(r.bot_user not in joined and r.card() is None, "the bot serves its own room only", joined)


def test_kicked_and_invited_again(make):
    r = make()
    r.lift()
    r.ops.kick(r.room, r.bot_user)
    r.wait(lambda: "kicked" in log(r) or "not in the room" in log(r) or "removed" in log(r), "the log says so")
    r.ops.invite(r.room, r.bot_user)
    r.wait(lambda: r.bot_user in r.members(), "the bot comes back")
    r.wait(lambda: answers(r, "ana"), "and serves the room")
    r.finish()


def log(r):
    return r.tail(r.logs[-1]).lower()


def answers(r, person):
    """Asks once a second: what is said before the bot has looked at the room again may be history to it."""
    before = r.heard(person)
    r.command(person, "status")
    end = time.monotonic() + 1
    while r.heard(person) == before and time.monotonic() < end:
        r.relay.wait(r.relay.changes, 0.1)
    return r.heard(person) != before


def test_kicked_while_overdue_restores_all_the_same(make):
    r = make(policy={"on_deadline": "restore"})
    r.lift(length="8s")
    r.ops.kick(r.room, r.bot_user)
    r.wait_root(True)
    r.ops.invite(r.room, r.bot_user)
    r.wait_state("restored")


def test_muted_for_a_while(make):
    r = make()
    levels = r.ops.get_state(r.room, "m.room.power_levels")
    r.ops.set_state(r.room, "m.room.power_levels", {**levels, "events_default": 50, "users": {**levels.get("users", {}), **{r.user[p]: 50 for p in ("ana", "ben")}}})
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait(lambda: any(e.get("status") == 403 for e in r.relay.requests("matrix.send")), "the homeserver refuses the card")
    r.ops.set_state(r.room, "m.room.power_levels", levels)
    r.wait_state("waiting", patience_s=90)


test_muted_for_a_while.slow = True


def test_encryption_switched_on(make):
    r = make(policy={"on_deadline": "restore"})
    r.lift(length="8s")
    r.ops.set_state(r.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    r.wait(lambda: "encrypt" in log(r), "the log says why")
    r.command("ana", "lift brewery for 2m task billing because in the dark")
    r.wait_root(True)
    time.sleep(1)  # the absence of a case: nothing to wait for
    expect(r.card("G-0002") is None, "no command is taken any more", r.text())
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "encrypt" in (out + err).lower(), "check says so", out, err)


def test_encrypted_from_the_beginning(make):
    r = make(start=False)
    r.ops.set_state(r.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    r.start(wait=False)
    r.wait(lambda: "encrypt" in log(r), "the log says why")
    r.command("ana", "lift bakery for 2m task billing because in the dark")
    time.sleep(2)  # as above
    expect(r.card() is None, "no case is made", r.text())


def test_room_upgraded(make):
    r = make(policy={"on_deadline": "restore"}, version="10")
    r.lift(length="8s")
    new = r.ops.client("POST", f"rooms/{quote(r.room)}/upgrade", {"new_version": "12"})["replacement_room"]
    r.wait(lambda: new.lower() in log(r), "the log names the new room")
    r.wait_root(True)
    members = r.ops.client("GET", f"rooms/{quote(new)}/joined_members")["joined"]
    expect(r.bot_user not in members, "the bot does not follow by itself", members)
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and new in out + err, "check names the new room", out, err)


def test_cards_and_threads_go_on_in_the_room_that_replaces_the_old_one(make):
    r = make(version="10", policy={"mailbox_proof": "off"})
    r.ask(confirm=False, case="G-0001")
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn", "G-0001")
    r.ask(confirm=False, case="G-0002")
    r.click("ben", "approve", "G-0002")
    r.wait_state("lifted", "G-0002")
    r.ask("cleo", confirm=False, case="G-0003")
    new = r.ops.client("POST", f"rooms/{quote(r.room)}/upgrade", {"new_version": "12"})["replacement_room"]
    r.wait(lambda: new.lower() in log(r), "the log names the new room")
    r.stop()
    for person in ("reguard", "ana", "ben", "cleo"):
        r.ops.invite(new, r.user.get(person, r.bot_user))
    for person in ("ana", "ben", "cleo"):
        r.people[person].join(new)
    r.configure(matrix={"room": new})
    r.move_to(new)
    r.start()
    r.wait_state("lifted", "G-0002")
    r.wait_state("waiting", "G-0003")
    expect(r.card("G-0001") is None, "what is over is not told again", r.text())
    r.react("ben", "G-0003")
    r.wait_state("lifted", "G-0003")
    r.click("ana", "done", "G-0002")
    r.wait_state("released", "G-0002")
    r.finish("cleo", "G-0003")
    r.wait_state("restored", "G-0002")
    r.wait_root(True)
    for case in ("G-0002", "G-0003"):
        expect([m for m in r.channel() if m["thread_ts"] == r.card(case)["ts"]], f"what follows stands under the new card of {case}", r.text())
    expect("unknown event" not in log(r), "nothing refers to the old room", log(r)[-2000:])


def every_version(make, version):
    r = make(version=version)
    r.lift()
    r.finish()


def test_room_of_version_9(make):
    every_version(make, "9")


def test_room_of_version_11(make):
    every_version(make, "11")


def test_check_tells_the_facts_of_the_room(make):
    r = make(start=False)
    status, out, err = r.cli("check", "-c", r.conf)
    if r.bot_user not in r.members():
        expect(status == 1 and "room" in (out + err).lower(), "not a member yet: a problem", out, err)
        r.people["reguard"].join(r.room)
        status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 0, "all good", out, err)
    for words in ("will notify", "not encrypted", "no federation", "invite", "risk"):
        expect(words in out, f"it says “{words}”", out)
    r.configure(people={"zoe@example.com": "matrix:@zoe:reguard.test"})
    status, out, _ = r.cli("check", "-c", r.conf)
    expect(status == 1 and "zoe@example.com" in out, "a person who is not there is a problem", out)
    expect(not r.puts() and not r.relay.sent(), "read-only")


def test_check_tells_an_invitation_that_waits(make):
    r = make(start=False)
    expect(r.bot_user not in r.members(), "invited, and not there")
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "[matrix] room: reguard's account is invited" in out and "`reguard run` accepts" in out, "what is missing, and what to do", out, err)
    expect(r.bot_user not in r.members(), "check itself accepts nothing")
    r.people["reguard"].client("POST", f"rooms/{quote(r.room)}/leave", {})
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "[matrix] room: reguard's account is not in the room; invite it" in out, "without an invitation", out, err)
    r.ops.invite(r.room, r.bot_user)
    r.start()
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 0, "run has accepted it", out, err)


def test_check_warns_of_an_open_room(make):
    r = make(start=False, public=True, federate=True)
    r.people["reguard"].join(r.room)
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 0 and "public" in out and "other servers" in out, "with the residual risk", out, err)


def test_check_with_a_wrong_token(make):
    r = make(start=False)
    r.people["reguard"].join(r.room)
    r.write_token("syt_wrong_token")
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "token" in (out + err).lower(), "the token is refused", out, err)
    r.write_token(r.people["cleo"].token)
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and r.user["cleo"] in out + err, "another user's token is a problem", out, err)


def test_readable_token_is_refused(make):
    r = make(start=False)
    os.chmod(r.dir + "/matrix-token", 0o644)
    status, _, err = r.cli("run", "-c", r.conf)
    expect(status != 0 and "matrix-token" in err, "names the file", status, err)


def test_commands_before_the_first_start_are_history(make):
    r = make(start=False, policy={"mailbox_proof": "off"})
    r.command("ana", "lift bakery for 2m task billing because said before anybody listened")
    r.start()
    r.command("ben", "status")
    r.wait_heard("ben", "Root protection")
    expect(r.card() is None, "nothing old is executed", r.text())


def test_whole_case_through_tls(make):
    r = make(tls=True)
    r.lift()
    r.finish()


def test_tls_with_an_unknown_certificate_is_refused(make):
    r = make(tls=True, start=False, matrix={"ca_file": None})
    r.start(wait=False)
    r.wait(lambda: "certificate" in log(r) or "ssl" in log(r), "the log says why")
    expect(r.bot_user not in r.members(), "nothing was sent")


def test_access_token_is_ended_and_replaced(make):
    r = make()
    r.lift()
    bot = r.people["reguard"]
    r.homeserver.as_admin("DELETE", f"/_synapse/admin/v2/users/{quote(r.bot_user)}/devices/{quote(bot.device)}")
    r.wait(lambda: "token" in log(r), "the log says that the token is refused")
    try:
        made = bot.homeserver.as_admin("POST", f"/_synapse/admin/v1/users/{quote(r.bot_user)}/login", {})
    except Refused as refused:
        raise AssertionError(f"a new token: {refused}") from refused
    bot.token = made["access_token"]
    r.write_token(bot.token)
    r.command("ana", "done G-0001")
    r.wait_state("restored", patience_s=90)


test_access_token_is_ended_and_replaced.slow = True


def test_access_token_that_ends_is_renewed_and_kept(make):
    r = make(own={"refreshable_access_token_lifetime": "6s"}, start=False)
    made = r.homeserver.login(r.people["reguard"])
    first = {"access_token": made["access_token"], "refresh_token": made["refresh_token"]}
    r.write_token(json.dumps(first, separators=(",", ":")))
    r.start()
    r.lift()
    time.sleep(7)  # the token's life; there is no event to wait for
    r.command("dan", "status")
    r.wait_heard("dan", "Root protection")
    with open(r.dir + "/matrix-token") as f:
        kept = json.load(f)
    expect(kept["refresh_token"] != first["refresh_token"] and kept["access_token"] != first["access_token"], "the new pair is in the file")
    expect(os.stat(r.dir + "/matrix-token").st_mode & 0o777 == 0o600, "readable by its owner only")
    r.kill()
    time.sleep(7)  # as above
    r.start()
    r.finish()


test_access_token_that_ends_is_renewed_and_kept.slow = True


def test_room_with_ten_megabytes_of_state(make):
    """What others keep in a room is nothing that reguard reads: five single events say what it has to know."""
    r = make(start=False)
    for n in range(170):
        r.ops.set_state(r.room, "org.example.board", {"text": f"{n:03d} " + "x" * 60000}, key=str(n))
    r.start()
    r.ask()
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish("cleo")
    status, out, _ = r.cli("check", "-c", r.conf)
    expect("the room can be served" in out and "members have no say" not in out.replace("0 members", ""), "check says so too", out)


def test_our_name_behind_a_stroke_is_a_command_and_nothing_else_is(make):
    r = make(policy={"mailbox_proof": "off"})
    for other in ("/status", "/reguards status", "///reguard status", "/me reguard status", "/ reguard status"):
        r.say("dan", other)
    r.say("ana", "/reguard lift bakery for 2m task billing because month end invoices")
    r.wait_state("waiting")
    r.say("ben", "//reguard: approve G-0001")
    r.wait_state("lifted")
    r.say("ana", "/REGUARD done")
    r.wait_state("restored")
    expect(not r.heard("dan"), "what is for the client is not answered", r.heard("dan"))


def test_the_text_of_a_card_alone_has_every_field_on_a_line_of_its_own(make):
    r = make(policy={"mailbox_proof": "off", "approvals": "2"})
    r.command("ana", "lift bakery for 2m task billing ticket SEC-7 because month end invoices")
    r.wait_state("waiting")
    lines = r.card()["text"].split("\n")
    expect("asks for root access to bakery (222222222222) for 2 min: month end invoices." in lines[0], "who, what, how long and why come first", lines)
    for line in ("Account: bakery (222222222222)", "Reason: month end invoices", "Ticket: SEC-7"):
        expect(line in lines, f"a line of its own says {line}", lines)
    expect("React with ✅ to approve or ❌ to decline, or type one of `!reguard approve G-0001`" in lines[-2], "the last but one says how to approve", lines)
    expect(lines[-1].startswith("G-0001 · root protection ON"), "and the last one what the footer does", lines)
    for person in ("ben", "cleo"):
        r.command(person, "approve G-0001")
    r.wait_state("lifted")
    lines = r.card()["text"].split("\n")
    expect(any(line.startswith("Approved by: ") and line.count("(command)") == 2 for line in lines), "both approvals are told", lines)
    expect("Root protection OFF until" in lines[0] and "for 2 min" in lines[0] and lines[-2].startswith("React with 🔒 to restore, or type `!reguard done G-0001`"), "until when, and how to end it", lines)
