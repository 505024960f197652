# SPDX-License-Identifier: Apache-2.0
"""The records are believed only when they fit: what somebody did to the file while the bot was down, or while it ran, lifts nothing
and forgets nothing."""
import contextlib
import os
import shutil
import signal
import sqlite3

import room_rig
from rig import expect

ZEROES = "0" * 64


def alter(r, *statements):
    """What somebody with the state folder at hand could do, with the bot down: the triggers are no hindrance."""
    database = r.database()
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def stays_on(r):
    """Nothing is lifted for as long as several looks of the watch take."""
    looked = len(r.requests("stax.get_guardrails"))
    r.wait(lambda: len(r.requests("stax.get_guardrails")) >= looked + 4, "the watch goes on")
    expect(r.state()["stax"]["root"] is True, "nothing is lifted", r.text())


def is_doubted(r, words):
    r.checks_audit = False
    post = r.wait_post("in doubt")
    expect(words in post["text"], f"it says “{words}”", post["text"])
    for person in ("U0ANA", "U0BEN"):
        expect(person in post["text"], f"{person} is mentioned", post["text"])
    expect("audit accept" in post["text"], "and what to do", post["text"])


def lifts_again(r, case, **more):
    r.lift(case=case, **more)
    r.finish(case=case)


def test_forged_approval_is_not_lifted_upon(make):
    r = make()
    r.lift()
    r.finish()
    r.ask(case="G-0002", account="brewery")
    r.kill()
    lowered = r.state()["stax"]["lowered"]
    alter(r, f"INSERT INTO journal(seq, at_ms, case_id, kind, actor, source, data, prev, hash) SELECT (SELECT max(seq) + 1 FROM journal), "
             f"(SELECT max(at_ms) FROM journal), 'G-0002', kind, actor, source, data, '{ZEROES}', '{ZEROES}' FROM journal WHERE kind = 'approved' AND case_id = 'G-0001'")
    r.start()
    is_doubted(r, "others were added")
    stays_on(r)
    expect(r.state()["stax"]["lowered"] == lowered, "it was not lifted")
    r.command("ana", "lift bakery for 2m task billing because once more")
    r.wait_heard("ana", "my records are in doubt")
    r.click("ben", "approve", "G-0002")
    r.wait_heard("ben", "my records are in doubt")
    status, out, _ = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 1, "verify finds it", out)
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", "a test of the alarm")
    expect(status == 0 and "others were added" in out, "accepted", out, err)
    r.wait_post("count again")
    r.wait_state("refused", "G-0002")
    status, out, _ = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 1 and "a test of the alarm" in out, "verify finds it for ever, and who went on", out)
    status, out, _ = r.cli("audit", "accept", "-c", r.conf, "--why", "twice")
    expect(status == 0 and "not in doubt" in out, "there is nothing to accept twice", out)
    lifts_again(r, "G-0003")
    r.kill()
    posts = len(r.posts("in doubt"))
    r.start()
    lifts_again(r, "G-0004")
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1]), "the whole is verified")
    expect(len(r.posts("in doubt")) == posts, "what was accepted is not doubted again", r.text())


def test_changed_record_behind_the_open_case_is_found(make):
    r = make()
    r.lift()
    r.kill()
    alter(r, "UPDATE journal SET data = replace(data, '222222222222', '333333333333') WHERE kind = 'asked'")
    r.start()
    is_doubted(r, "was changed")
    r.command("ana", "status")
    r.wait_heard("ana", "in doubt")
    r.wait_root(False)
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "who knows")
    expect(status == 0, "it can be put back", out, err)


def test_changed_record_of_long_ago_is_found(make):
    r = make(policy={"watch_after": "1s"})
    r.lift()
    r.finish()
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal()), "the case leaves the desk")
    r.stop()
    alter(r, "UPDATE journal SET data = replace(data, '222222222222', '333333333333') WHERE kind = 'asked'")
    r.start()
    is_doubted(r, "was changed")


def test_what_is_settled_is_no_doubt(make):
    r = make(policy={"watch_after": "1s"})
    r.lift()
    r.finish()
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal()), "the case leaves the desk")
    r.command("cleo", "whoami")
    r.stop()
    r.start()
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1]), "the whole is verified")
    expect(not r.posts("in doubt"), "and believed", r.text())


def test_cut_end_is_found_and_the_window_put_back(make):
    r = make()
    r.lift()
    r.kill()
    alter(r, "DELETE FROM journal WHERE seq > (SELECT max(seq) - 3 FROM journal)")
    r.start()
    is_doubted(r, "the newest records are missing")
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "the journal was cut")
    expect(status == 0 and r.state()["stax"]["root"] is True, "it is put back", out, err)


def test_open_window_is_not_hidden_by_a_mark(make):
    r = make()
    r.lift()
    r.kill()
    alter(r, "INSERT OR REPLACE INTO meta(key, value) SELECT 'quiet_seq', max(seq) FROM journal")
    r.start()
    is_doubted(r, "G-0001")
    r.command("ana", "done G-0001")
    r.wait_state("restored")


def test_records_of_a_case_long_closed_are_in_order(make):
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.finish()
    r.wait(lambda: "filed" in [j["kind"] for j in r.journal("G-0001")], "the case is filed")
    for interrupt in (lambda: None, lambda: (r.kill(), r.start())):
        interrupt()
        status, out, err = r.cli("audit", "verify", "-c", r.conf)
        expect(status == 0, "everything is in order", out, err)
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1].rsplit("/", 1)[-1]), "the daemon finds it so, too")
    expect(not r.posts("records"), "and nobody is alarmed", r.text())


def test_trashed_page_is_found(make):
    r = make()
    r.lift()
    r.finish()
    r.stop()
    path = r.dir + "/state/reguard.db"
    database = r.database()
    root, size = (database.execute(q).fetchone()[0] for q in ("SELECT rootpage FROM sqlite_master WHERE name = 'inbox'", "PRAGMA page_size"))
    database.close()
    with open(path, "r+b") as f:
        f.seek((root - 1) * size)
        f.write(b"\xa5" * size)
    status, out, _ = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 1 and "damaged" in out, "verify finds it", out)
    r.start()
    is_doubted(r, "damaged")
    r.wait_post("I cannot write my records")
    stays_on(r)


def test_a_head_seen_elsewhere_is_compared(make):
    r = make()
    r.lift()
    r.finish()
    newest = r.journal()[-1]
    seen = f"{newest['seq']}:{newest['hash'][:16]}"
    status, out, err = r.cli("audit", "verify", "-c", r.conf, "--head", seen)
    expect(status == 0, "it is there", out, err)
    for other, words in ((f"{newest['seq'] + 900}:{newest['hash'][:16]}", "not in the journal"), (f"{newest['seq']}:0123456789abcdef", "0123456789abcdef"), ("nonsense", "no record")):
        status, out, _ = r.cli("audit", "verify", "-c", r.conf, "--head", other)
        expect(status == 1 and words in out, f"{other} is not", out)


def copy_of(r, name):
    """A backup as deploy/docs/records.md says."""
    database, backup = r.database(), sqlite3.connect(f"{r.dir}/{name}")
    database.backup(backup)
    backup.close()
    database.close()


def put_back(r, name=None):
    """Another file in the place of the store, or none."""
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(r.dir + "/state/reguard.db" + end)
    if name:
        shutil.copyfile(f"{r.dir}/{name}", r.dir + "/state/reguard.db")
        os.chmod(r.dir + "/state/reguard.db", 0o600)


def goes_on(r, why, case, **more):
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", why)
    expect(status == 0, "accepted", out, err)
    r.wait_post("count again")
    lifts_again(r, case, **more)
    posts = len(r.posts("in doubt"))
    r.kill()
    r.start()
    r.ask(case=f"G-{int(case[2:]) + 1:04d}", **more)
    expect(len(r.posts("in doubt")) == posts, "what was accepted is not doubted again", r.text())


def asleep_in_doubt(make):
    """Records that were changed, under a daemon that sleeps: it is not gone around, and nobody answers."""
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.finish()
    r.kill()
    alter(r, "UPDATE journal SET data = replace(data, 'month', 'moon') WHERE kind = 'asked'")
    r.start()
    is_doubted(r, "was changed")
    r.bot.send_signal(signal.SIGSTOP)
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", "while it sleeps")
    expect(status == 1 and "no sign of life" in err, "whoever holds the records is not gone around", status, out, err)
    return r


def test_accepted_without_a_daemon_and_not_around_one(make):
    r = asleep_in_doubt(make)
    r.kill()
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", "a test of the alarm")
    expect(status == 0 and "was changed" in out, "accepted by the command itself", status, out, err)
    accepted = [j for j in r.journal() if j["kind"] == "store_accepted"]
    expect(len(accepted) == 1 and "a test of the alarm" in str(accepted), "once, on record", accepted)
    status, out, err = r.cli("audit", "accept", "-c", r.conf, "--why", "twice")
    expect(status == 0 and "not in doubt" in out, "there is nothing to accept twice", status, out, err)
    r.start()
    r.wait_post("count again")
    lifts_again(r, "G-0002", confirm=False)


def test_accepted_too_late_is_not_accepted(make):
    """Whoever was told that nobody answers has not accepted anything when the daemon wakes up."""
    r = asleep_in_doubt(make)
    r.bot.send_signal(signal.SIGCONT)
    status, out, _ = r.cli("status", "-c", r.conf)  # it comes after the other, in one queue
    expect("IN DOUBT" in out, "it was not accepted", out)
    goes_on(r, "awake again", "G-0002", confirm=False)
    accepted = [j for j in r.journal() if j["kind"] == "store_accepted"]
    expect(len(accepted) == 1 and "awake again" in str(accepted), "accepted once, by whoever was answered", accepted)


def test_old_copy_lifts_nothing_again(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    copy_of(r, "backup.db")
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()
    r.stop()
    lowered = r.state()["stax"]["lowered"]
    put_back(r, "backup.db")
    status, out, _ = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 0, "the copy is whole in itself", out)
    r.start()
    is_doubted(r, "older copy")
    stays_on(r)
    expect(r.state()["stax"]["lowered"] == lowered, "it was not lifted a second time", r.text())
    status, out, _ = r.cli("status", "-c", r.conf)
    expect("IN DOUBT" in out, "status says it", out)
    goes_on(r, "the disk died", "G-0002", confirm=False)


def test_old_copy_is_found_by_a_card_alone(make):
    """Nothing new was posted since the backup: only a card was edited."""
    r = make()
    r.lift()
    copy_of(r, "backup.db")
    r.click("ana", "done", "G-0001")
    r.wait(lambda: r.card_state() in ("restoring", "restored"), "the card is edited")
    r.kill()
    put_back(r, "backup.db")
    r.start()
    is_doubted(r, "older copy")
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "it had ended")
    expect(status == 0, "verified on", out, err)


def test_emptied_store_is_found_and_numbers_go_on(make):
    r = make()
    r.lift()
    r.kill()
    put_back(r)
    r.start()
    is_doubted(r, "other records led to")
    r.wait_state("outside", "G-0002")
    r.click("ben", "put_back", "G-0002")
    r.wait_state("restored", "G-0002")
    goes_on(r, "there was no backup", "G-0003")


def test_foreign_store_is_found(make):
    other = make()
    other.lift()
    other.finish()
    copy_of(other, "backup.db")
    r = make()
    r.lift()
    r.finish()
    r.stop()
    shutil.copyfile(other.dir + "/backup.db", r.dir + "/backup.db")
    put_back(r, "backup.db")
    r.start()
    is_doubted(r, "other records led to")


def test_lift_waits_for_a_look_at_the_channel_and_a_restore_does_not(make):
    r = make()
    r.lift()
    r.kill()
    r.fault("slack.conversations.history", "error", error="internal_error", count=-1)
    r.start()
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.command("ana", "lift brewery for 2m task billing because it waits")
    stays_on(r)
    expect(not r.card("G-0002"), "the request waits", r.text())
    r.command("ben", "status")
    r.wait_heard("ben", "cannot read back")
    r.call("POST", "fault", {"clear": True})
    r.wait_state("waiting", "G-0002")


def test_room_shows_an_old_copy(make):
    r = make(of=room_rig.Room, policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    copy_of(r, "backup.db")
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()
    r.stop()
    lowered = r.state()["stax"]["lowered"]
    put_back(r, "backup.db")
    r.start()
    r.checks_audit = False
    post = r.wait_post("in doubt")
    expect("older copy" in post["text"], "it says why", post["text"])
    stays_on(r)
    expect(r.state()["stax"]["lowered"] == lowered, "it was not lifted a second time", r.text())
