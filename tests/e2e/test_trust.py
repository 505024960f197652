"""The records are believed only when they fit: what somebody did to the file while the bot was down, or while it ran, lifts nothing
and forgets nothing."""
import os

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


def lifts_again(r, case):
    r.lift(case=case)
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
    r.checks_audit = False


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
