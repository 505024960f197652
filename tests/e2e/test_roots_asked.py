# SPDX-License-Identifier: Apache-2.0
"""`root-users` in the chat: an Admin hears alone which root users could be used; it is asked once for all, goes on after a kill, and is in nobody's way."""
import room_rig
from rig import expect
from test_receipt import in_channel, wait_file
from test_root_users import ASSUME, DEVICES, KEY, MEMBERS, OLD_KEY, Roots

ONE = "1 of 57 accounts has usable root credentials"
NONE = "0 of 57 accounts have usable root credentials"
BAKERY = "bakery (222222222222): password without MFA, 1 access key; since 2023-01-02, last use 2025-02-03"


def running(make, start=True, **keys):
    d = Roots(make, **keys)
    d.r.configure(policy={"mailbox_proof": "off"})
    d.root("222222222222", password="2024-05-06T07:08:09Z", password_used="2025-01-02T03:04:05Z", keys=[KEY, OLD_KEY])
    if start:
        d.r.start()
        d.r.wait_known()
    return d


def told(d):
    return [j for j in d.r.journal() if j["kind"] == "root_users_told"]


def test_root_users_in_slack(make):
    d = running(make)
    d.root("999999999999", keys=[OLD_KEY])
    d.root("333333333333", deny="scp")
    d.r.command("dan", "root-users")
    d.r.wait_heard("dan", "this needs the Admin role")
    d.r.command("ana", "root-users")
    d.r.wait_heard("ana", "I look at the root user of each account now (about 55)")  # security and logging are beside them
    d.r.wait_heard("ana", ONE + "; 1 could not be asked")
    said = d.r.heard("ana")
    expect(BAKERY in said and "brewery (333333333333): iam∶GetUser" in said, "who has them, and who could not be asked", said)
    expect("55 have none; 1 of them: keys or certificates that are switched off" in said and "2 more are not asked about" in said, "and the others", said)
    expect(d.asked() == MEMBERS, "each is asked once", d.asked())
    expect(not any(word in d.r.text() + d.r.heard("ben") + d.r.heard("cleo") for word in ("usable root credentials", "AKIAROOT")), "nobody else hears of it", d.r.text())
    record, = told(d)
    expect("222222222222" not in str(record) and ONE in str(record), "the record has the point alone", record)
    d.root("333333333333", certificates=[])
    d.r.command("ana", "root-users full")
    file = wait_file(d.r, "ana")
    expect(file["name"] == "reguard-root-users.txt" and BAKERY in file["content"] and "Not asked" not in file["content"], "all of it as a file", file)
    d.r.wait_heard("ana", ONE + "*, as of")
    expect(d.asked() == MEMBERS + 1, "what was found lately is not asked again", d.asked())
    expect(not in_channel(d.r), "no file in the channel")


def test_root_users_in_a_room(make):
    d = running(lambda **more: make(of=room_rig.Room, **{k: v for k, v in more.items() if k != "of"}), start=False)
    d.r.start()
    d.r.wait_known()
    d.r.command("dan", "root-users")
    d.r.wait(lambda: "this needs the Admin role" in d.r.text(), "who may not")
    d.r.command("ana", "root-users full")
    d.r.wait(lambda: "I look at the root user of each account now (about 55)" in d.r.text(), "at once")
    d.r.wait(lambda: d.r.told_alone("ana", ONE), "told alone")
    d.r.wait(lambda: d.r.told_alone("ana", "reguard-root-users.txt"), "with the file")
    expect(BAKERY in d.r.told_alone("ana", ONE)[-1]["text"], "with the accounts", d.r.told_alone("ana", ONE))
    expect("usable root credentials" not in d.r.text() and "list of root users" not in d.r.text() and "reguard-root-users" not in d.r.text(), "the room has nothing of it", d.r.text())


def test_root_users_asked_twice_is_one_look(make):
    d = running(make)
    d.r.fault(ASSUME, "delay", delay_ms=60000, count=-1)
    d.r.command("ana", "root-users")
    d.r.wait(lambda: d.asked(), "it has begun")
    d.r.command("ben", "root-users")
    d.r.wait_heard("ben", "I look at the root users already, for Ana Archer since")
    d.r.ask(length="2m", confirm=False)
    d.r.click("ben", "approve", "G-0001")
    d.r.wait_state("lifted")
    d.r.click("ana", "done", "G-0001")
    d.r.wait_state("restored")
    d.r.call("POST", "fault", {"clear": True})


def test_root_users_goes_on_after_a_kill(make):
    """What was kept is not asked again, and what it comes to is told once."""
    d = running(make)
    d.r.fault(DEVICES, "delay", delay_ms=100, count=-1)
    d.r.command("ana", "root-users")
    d.r.wait(lambda: kept(d), "a part is kept")
    d.r.kill()
    d.r.call("POST", "fault", {"clear": True})
    before = d.asked()
    expect(before < MEMBERS, "in the middle", before)
    d.r.start()
    d.r.wait_heard("ana", ONE)
    expect(d.asked() - before == MEMBERS - 50, "the rest alone is asked", before, d.asked())
    expect(len(told(d)) == 1 and len([m for m in d.r.private("ana")["dm"] if ONE in m["text"]]) == 1, "and told once", d.r.private("ana")["dm"])


def kept(d):
    rows = d.r.database().execute("SELECT value FROM meta WHERE key = 'root_users.0'").fetchall()
    return rows and rows[0][0].count("\n") >= 50


def test_root_users_throttled_and_not_allowed(make):
    d = running(make, request_timeout="2s")
    d.r.fault(ASSUME, "status", status=400, count=-1)
    d.r.command("ana", "root-users")
    d.r.wait_heard("ana", "0 of 57 accounts have usable root credentials; 57 could not be asked")
    expect("asks to slow down" in d.r.heard("ana") and "ask again later" in d.r.heard("ana"), "why", d.r.heard("ana"))
    expect(d.asked() < 60, "and AWS is left alone", d.asked())
    d.r.call("POST", "fault", {"clear": True})
    d.r.fault(ASSUME, "status", status=400, count=2)
    d.r.command("ana", "root-users")
    d.r.wait_heard("ana", ONE)
    d.r.fault("stax.get_accounts", "status", status=403, count=-1)
    d.r.command("ana", "root-users")
    d.r.wait_heard("ana", "could not read which accounts there are")


def test_root_users_without_aws_says_so(make):
    r = make()
    r.command("ana", "root-users")
    r.wait_heard("ana", "[aws] is not configured")
    r.command("ben", "help")
    r.wait_heard("ben", "status")
    expect("root-users" not in r.heard("ben"), "and help does not show it", r.heard("ben"))
