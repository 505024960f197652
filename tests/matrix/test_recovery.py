# SPDX-License-Identifier: Apache-2.0
"""Outages on both sides: the homeserver restarted, unreachable, limiting, answering nonsense; the bot killed with words on their way."""
import time

from rig import expect


def slow(test):
    test.slow = True
    return test


def one_of_each(r):
    keys = [m["key"] for m in r.channel() if m["key"]]
    expect(len(keys) == len(set(keys)), "no message twice", keys)


@slow
def test_homeserver_restarts_in_the_middle_of_a_window(make):
    r = make(own=True)
    r.lift()
    r.homeserver.restart()
    r.command("dan", "status")
    r.wait_heard("dan", "Root protection")
    r.finish()
    one_of_each(r)


@slow
def test_homeserver_is_killed_while_a_request_waits(make):
    import signal
    r = make(own=True)
    r.ask()
    r.homeserver.stop(signal.SIGKILL)
    time.sleep(2)  # the bot runs into it; there is no event to wait for
    r.homeserver.start()
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()


@slow
def test_homeserver_is_down_while_the_window_ends(make):
    r = make(own=True, policy={"on_deadline": "restore"})
    r.lift(length="4s")
    r.homeserver.stop()
    r.wait_root(True)
    r.homeserver.start()
    r.wait_state("restored")


def test_outage_while_overdue_is_told_as_one_digest(make):
    r = make(policy={"remind_overdue": "0s 1s 2s 3s"})
    r.lift(length="4s")
    r.relay.cut()
    time.sleep(8)  # four reminders come due while nobody can be told; there is no event to wait for
    before = len(r.posts("OVERDUE", "G-0001"))
    r.relay.mend()
    post = r.wait_post("earlier reminder", "G-0001")
    expect(len(r.posts("OVERDUE", "G-0001")) - before <= 2, "one digest, not four posts", r.text())
    expect("OVERDUE" in post["text"], "and it says what it is", post)
    r.click("ben", "restore", "G-0001")
    r.wait_state("restored")


def test_said_and_voted_while_the_homeserver_could_not_be_reached(make):
    r = make()
    r.ask()
    r.relay.cut()
    r.react("ben", "G-0001")
    r.command("cleo", "lift brewery for 2m task billing because said in the dark")
    time.sleep(1)  # as above
    r.relay.mend()
    r.wait_state("lifted")
    r.wait_state("waiting", "G-0002")
    one_of_each(r)


def test_answer_lost_after_the_message_was_stored(make):
    r = make()
    r.relay.fault("matrix.send", "lost", count=2)
    r.ask(confirm=False)
    r.wait_post("please check that you can read", "G-0001")
    one_of_each(r)
    cards = [m for m in r.channel() if m["case"] == "G-0001" and not m["thread_ts"] and "-card-" in m["key"]]
    expect(len(cards) == 1, "one card", r.text())


def test_killed_with_the_card_under_way(make):
    r = make()
    r.relay.fault("matrix.send", "delay", delay_ms=2500)
    r.command("ana", "lift bakery for 2m task billing because invoices")
    r.wait(lambda: r.relay.sent(), "the card is on its way")
    r.kill()
    r.start()
    r.wait_state("waiting")
    r.react("ben", "G-0001")
    r.wait_post("Still needed: Ana Archer has to confirm the root mailbox", "G-0001")
    one_of_each(r)
    expect(len(r.cards()) == 1, "one card", r.text())


def test_killed_between_reading_and_answering(make):
    r = make(policy={"mailbox_proof": "off"})
    for n in range(3):
        r.command("ana", f"lift bakery for 2m task billing because attempt {n}") if n == 0 else r.command("ben", "status")
        r.kill()
        r.start()
    r.wait_state("waiting")
    expect(len({m["case"] for m in r.channel() if m["case"]}) == 1, "one case", r.text())


def test_long_absence_in_a_busy_room(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    r.kill()
    for n in range(130):
        r.say("cleo", f"small talk {n}")
        if n == 20:
            r.command("ana", "lift bakery for 2m task billing because said in the middle")
    r.start()
    r.wait_state("waiting")
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    expect(len({m["case"] for m in r.channel() if m["case"]}) == 1, "one case", r.text())


@slow
def test_default_limits_of_the_homeserver(make):
    r = make(limits=True)
    r.lift()
    r.kill()
    r.start()  # what the bot knew of its budget is gone, the homeserver's memory is not
    r.finish()
    r.wait_post("Root protection is back ON", "G-0001", count=1)
    refused = [e for e in r.relay.requests() if e.get("status") == 429]
    for earlier in refused:
        waited = [e["at"] - earlier["at"] for e in r.relay.requests() if e["path"] == earlier["path"] and e["at"] > earlier["at"]]
        expect(not waited or min(waited) > 0.9, "a refused message is not sent again at once", waited)
    one_of_each(r)


def test_limited_answers_are_obeyed(make):
    r = make()
    r.relay.fault("matrix.send", "status", count=2, status=429, headers={"Content-Type": "application/json", "Retry-After": "2"}, body=b'{"errcode":"M_LIMIT_EXCEEDED","error":"slower"}')
    begun = time.monotonic()
    r.ask(confirm=False)
    expect(time.monotonic() - begun > 1.9, "it waited as told")
    r.relay.fault("matrix.send", "status", count=1, status=429, headers={"Content-Type": "application/json"}, body=b'{"errcode":"M_LIMIT_EXCEEDED","error":"slower","retry_after_ms":1500}')
    r.click("ana", "mailbox", "G-0001")
    r.react("ben", "G-0001")
    r.wait_state("lifted")


def test_gateway_pages_instead_of_answers(make):
    r = make()
    for operation in ("matrix.sync", "matrix.send", "matrix.state", "matrix.relations", "matrix.redact"):
        r.relay.fault(operation, "status", count=2)
    r.lift()
    r.relay.fault("matrix.sync", "status", status=200, count=1, body=b"<html>maintenance</html>")
    r.relay.fault("matrix.sync", "status", status=200, count=1, body=b'{"next_batch":', headers={"Content-Type": "application/json"})
    r.relay.fault("matrix.sync", "status", status=200, count=1, body=b"[]", headers={"Content-Type": "application/json"})
    r.finish()


def test_rejected_cursor_begins_anew_and_executes_nothing_old(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.kill()
    database = r.database()
    changed = sum(database.execute(f"UPDATE {table} SET value='garbage' WHERE {column}").rowcount
                  for table, column in (("meta", "key='cursor.matrix'"), ("cursors", "chat='matrix'")) if database.execute("SELECT 1 FROM sqlite_master WHERE name=?", (table,)).fetchone())
    database.commit()
    database.close()
    expect(changed, "there is a cursor")
    r.react("ben", "G-0001")
    r.start()
    r.wait_state("lifted")
    expect(r.card("G-0002") is None, "the old request is not asked again", r.text())


def test_rejected_cursor_finds_what_was_said_many_pages_ago(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    r.kill()
    with r.database() as database:
        place, at, lost = database.execute("SELECT value FROM meta WHERE key='cursor.matrix'").fetchone()[0].split("\n")
        expect(int(at) > 0 and lost == "0", "the time of the place is known", at, lost)
        database.execute("UPDATE meta SET value=? WHERE key='cursor.matrix'", ("garbage\n" + at + "\n" + lost,))
    for n in range(260):
        r.say("cleo", f"small talk {n}")
        if n == 20:
            r.command("ana", "lift bakery for 2m task billing because said long before")
        if n == 150:
            r.command("ben", "whoami")
    r.start()
    r.wait_state("waiting")
    r.wait_heard("ben", "ben@example.com")
    expect(r.card("G-0002") is None and r.heard("ben").count("ben@example.com") == 1, "each is done once", r.text()[-1500:])


def test_killed_in_every_state_with_the_homeserver_away(make):
    r = make()
    r.ask()
    for step in ("waiting", "lifted", "restored"):
        r.kill()
        r.relay.cut()
        r.start(wait=False)
        time.sleep(0.5)  # the bot starts into the outage
        r.relay.mend()
        if step == "waiting":
            r.react("ben", "G-0001")
            r.wait_state("lifted")
        elif step == "lifted":
            r.command("ana", "done G-0001")
            r.wait_state("restored")
    one_of_each(r)
    expect(len(r.puts()) == 2, "down once, up once", r.puts())


def test_stops_within_five_seconds_during_a_long_poll(make):
    r = make()
    r.stop()
    expect(r.stop_took < 5, f"stopped after {r.stop_took:.1f} s")
