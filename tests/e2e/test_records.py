# SPDX-License-Identifier: Apache-2.0
"""`reguard store`: from a file to shared records and back, and where they stand."""
import json
import os
import re
import signal
import sqlite3
import subprocess

from postgres import Postgres, as_postgres
from rig import expect
from room_rig import Room
from test_shared import Instance, wait_heard
from test_witness import Witness


def with_case(make, **more):
    """Records of its own, of a case that is open, in a file that nobody uses; and an empty database."""
    server = Postgres()
    r = make(**more)
    r.closes.append(server.close)
    r.checks_audit = False
    r.lift()
    expect(r.stop() == 0, "it ends well")
    r.state_dir = r.dir + "/state"
    return r, server


def copy(r, source, target):
    return r.cli("store", "copy", source, target, "-c", r.conf)


def head(folder):
    with sqlite3.connect(f"file:{folder}/reguard.db?mode=ro", uri=True) as db:
        return db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()


def refused(r, word, **store):
    """The daemon does not begin, and says why."""
    r.configure(store=store)
    status, out, err = r.cli("run", "-c", r.conf)
    expect(status not in (0, None) and word in err, f"run is refused: {word}", status, out, err)


def test_to_the_database_and_back(make):
    r, server = with_case(make)
    seq, digest = head(r.state_dir)
    status, out, err = copy(r, r.state_dir, server.url())
    expect(status == 0 and f"{seq} of {seq} records" in out and digest in out and "verified on both sides" in out, "it is copied", status, out, err)
    expect(server.sql("SELECT seq || ' ' || hash FROM reguard.journal ORDER BY seq DESC LIMIT 1") == f"{seq} {digest}", "the same head")
    refused(r, "copy of records that are shared", url=None)
    again, out, err = copy(r, r.state_dir, server.url())
    expect(again == 0 and "before" in out, "done twice it is done once", again, out, err)
    r.configure(store={"url": server.url()})
    other = Instance(r, "other").start()
    r.closes.insert(0, other.close)
    wait_heard(r, other)
    status, out, err = copy(r, server.url(), r.dir + "/state")
    expect(status == 1 and "leads since" in err, "nothing is taken from under a leader", status, out, err)
    status, out, err = copy(r, r.state_dir, server.url())
    expect(status == 0, "nor harmed by a second try", status, out, err)
    r.finish()
    other.signal(signal.SIGTERM)
    expect(other.process.wait(30) == 0, "it ends well", r.tail(other.log))
    status, out, err = copy(r, server.url(), r.state_dir)
    expect(status == 0 and "verified on both sides" in out, "and back", status, out, err)
    refused(r, "moved into a file", url=server.url())
    r.configure(store={"url": None})
    status, out, err = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 0, "the file is whole", out, err)
    r.start()
    expect(r.card_state() == "restored" and r.stop() == 0, "and is gone on from")
    expect(head(r.state_dir)[0] > seq, "with what came to pass in the database", head(r.state_dir), seq)
    status, out, err = copy(r, server.url(), r.state_dir)
    expect(status == 1 and "records of its own" in err, "what was moved away moves once", status, out, err)
    status, out, err = copy(r, r.state_dir, server.url())
    expect(status == 1 and "moved into a file" in err, "and nothing moves there again", status, out, err)


def test_nothing_is_copied_over_what_is_there(make):
    r, server = with_case(make)
    expect(copy(r, r.state_dir, server.url())[0] == 0, "it is copied")
    server.sql("CREATE DATABASE second")
    status, out, err = copy(r, r.state_dir, server.url("second"))
    expect(status == 1 and "copy of other records" in err, "what has moved does not move twice", status, out, err)
    second = r.dir + "/second"
    os.mkdir(second, 0o700)
    status, out, err = copy(r, second, server.url())
    expect(status == 1 and "No such file" in err, "there is nothing to copy", status, out, err)
    r.configure(bot={"state_dir": second})
    r.checks_flags = False
    r.start()
    status, out, err = copy(r, second, server.url("second"))
    expect(status == 1 and "another reguard runs" in err, "not from under a daemon", status, out, err)
    expect(r.stop() == 0, "it ends")
    before = server.sql("SELECT count(*), max(hash) FROM reguard.journal")
    status, out, err = copy(r, second, server.url())
    expect(status == 1 and "records of its own" in err, "others' records are let be", status, out, err)
    expect(server.sql("SELECT count(*), max(hash) FROM reguard.journal") == before, "as they were")
    status, out, err = copy(r, server.url(), second)
    expect(status == 1 and "records of its own" in err, "a folder's as well", status, out, err)
    for words in ((second, r.state_dir), (server.url(), server.url("second"))):
        status, out, err = copy(r, *words)
        expect(status == 64 and "one of the two" in err, "one file and one database", status, out, err)
    status, out, err = copy(r, second, "postgresql://u:hunter2hunter2@127.0.0.1/x")
    expect(status == 64 and "password" in err and "hunter2" not in err, "no password in the words", status, out, err)


def test_records_that_are_not_whole_stay_where_they_are(make):
    r, server = with_case(make)
    with sqlite3.connect(r.state_dir + "/reguard.db") as db:
        db.execute("DROP TRIGGER journal_no_update")
        db.execute("UPDATE journal SET data = replace(data, 'month', 'moon') WHERE kind = 'asked'")
    status, out, err = copy(r, r.state_dir, server.url())
    expect(status == 1 and "not whole" in err and "was changed" in err, "it is said which record", status, out, err)
    expect(server.sql("SELECT count(*) FROM reguard.journal") == "0", "nothing is there")


def copy_while_locked(r, server):
    """Begins to copy, and waits until it cannot go on: the last table is locked."""
    lock = subprocess.Popen([f"{server.bin}/psql", "-h", server.dir, "-p", str(server.port), "-U", "reguard", "-d", "reguard", "-qAt"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lock.stdin.write("BEGIN; LOCK TABLE reguard.journal IN EXCLUSIVE MODE; SELECT 'locked';\n")
    lock.stdin.flush()
    expect(lock.stdout.readline().strip() == "locked", "the journal is locked")
    copying = subprocess.Popen([r.build + "/reguard", "store", "copy", r.state_dir, server.url(), "-c", r.conf], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=r.environment())
    r.wait(lambda: server.sql("SELECT mark FROM reguard.about") == "filling", "it has begun")
    return lock, copying


def test_broken_off_it_is_begun_again(make):
    r, server = with_case(make)
    with sqlite3.connect(r.state_dir + "/reguard.db") as db:
        whole = db.execute("SELECT data FROM journal WHERE kind = 'asked'").fetchone()[0]
        db.execute("DROP TRIGGER journal_no_update")
        db.execute("UPDATE journal SET data = 'x' WHERE kind = 'asked'")
    expect(copy(r, r.state_dir, server.url())[0] == 1, "it only makes the tables")
    with sqlite3.connect(r.state_dir + "/reguard.db") as db:
        db.execute("UPDATE journal SET data = ? WHERE kind = 'asked'", (whole,))
    lock, copying = copy_while_locked(r, server)
    copying.kill()
    copying.communicate()
    lock.communicate("COMMIT;\n")
    expect(server.sql("SELECT mark || count(*) FROM reguard.about, reguard.journal GROUP BY mark") in ("", "filling0"), "nothing of it is there")
    expect(server.sql("SELECT mark FROM reguard.about") == "filling", "which is marked")
    status, out, err = r.cli("store", "status", "-c", r.conf)
    expect(status == 0, "the file is as it was", out, err)
    refused(r, "not all there", url=server.url())
    r.configure(store={"url": None})
    r.wait(lambda: copy(r, r.state_dir, server.url())[0] == 0, "begun again it is copied, once the lease of the first try is over")
    refused(r, "copy of records that are shared", url=None)
    expect(server.sql("SELECT mark FROM reguard.about") == "", "and somebody may lead")


def test_status(make):
    r, server = with_case(make)
    seq, digest = head(r.state_dir)
    status, out, err = r.cli("store", "status", "-c", r.conf)
    expect(status == 0 and f"records: {seq}" in out and digest in out, "of a file", status, out, err)
    r.configure(store={"url": server.url()})
    status, out, err = r.cli("store", "status", "-c", r.conf)
    expect(status == 1 and "nobody leads" in out and "makes the tables" in out, "of an empty database", status, out, err)
    expect(copy(r, r.state_dir, server.url())[0] == 0, "it is copied")
    one = Instance(r, "one").start()
    r.closes.insert(0, one.close)
    wait_heard(r, one)
    status, out, err = r.cli("store", "status", "-c", one.conf)
    expect(status == 0 and "leads since" in out and "epoch" in out and "kept by one server alone" in out and "none is connected" in out, "who leads", status, out, err)
    told = json.loads(r.cli("store", "status", "--json", "-c", one.conf)[1])
    expect(told["shared"] and told["leads"] and not told["durable"] and told["records"] >= seq and told["replicas"] == [], "for programs", told)
    one.signal(signal.SIGTERM)
    expect(one.process.wait(30) == 0, "it ends", r.tail(one.log))
    status, out, err = r.cli("store", "status", "-c", one.conf)
    expect(status == 1 and "nobody leads" in out, "nobody leads", status, out, err)
    server.cut()
    status, out, err = r.cli("store", "status", "-c", one.conf)
    expect(status == 1 and "reguard: " in err, "why it cannot be told", status, out, err)
    told = json.loads(r.cli("store", "status", "--json", "-c", one.conf)[1])
    expect(told["error"], "nor by programs", told)


def test_durable_is_what_a_synchronous_standby_keeps(make):
    r, server = with_case(make)
    expect(copy(r, r.state_dir, server.url())[0] == 0, "it is copied")
    r.configure(store={"url": server.url()})

    def told():
        return json.loads(r.cli("store", "status", "--json", "-c", r.conf)[1])

    server.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    server.sql("SELECT pg_reload_conf()")
    r.wait(lambda: "no synchronous standby is connected" in told()["durability"], "one is named, and none is there")
    expect(not told()["durable"], "which is not durable", told())
    standby = server.dir + "/standby"
    os.mkdir(standby, 0o777)
    os.chmod(standby, 0o777)
    receiver = subprocess.Popen([f"{server.bin}/pg_receivewal", "-D", standby, "--synchronous", "-h", server.dir, "-p", str(server.port), "-U", "reguard"],
                                cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_postgres())
    try:
        r.wait(lambda: told()["durable"], "with one that keeps what is committed it is")
        expect("a commit is durable" in told()["durability"] and told()["replicas"][0]["sync"] == "sync", "and says why", told())
        server.sql("ALTER SYSTEM SET synchronous_commit = local")
        server.sql("SELECT pg_reload_conf()")
        r.wait(lambda: not told()["durable"], "but not where nobody waits for it")
    finally:
        receiver.kill()
        receiver.wait()


def test_a_renewed_token_is_taken_over(make):
    server = Postgres()
    r = make(of=Room, start=False, store={"url": server.url()})
    r.closes.append(server.close)
    r.checks_audit = False
    given = json.dumps({"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"})
    with open(r.dir + "/matrix-token", "w") as f:
        f.write(given)
    one, two = Instance(r, "one").start(), Instance(r, "two")
    for instance in (two, one):
        r.closes.insert(0, instance.close)
    r.wait(lambda: r.state()["matrix"]["syncs"], "it follows the room: " + r.tail(one.log))
    r.homeserver(token="soft")
    r.wait(lambda: 'what="renewed"' in r.tail(one.log), "the pair is renewed: " + r.tail(one.log))
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait_state("waiting", "G-0001")
    with open(r.dir + "/matrix-token") as f:
        expect(f.read() == given, "each host's file stays as it is")
    one.signal(signal.SIGKILL)
    one.process.wait()
    before = r.state()["matrix"]["syncs"]
    two.start()
    r.wait(lambda: r.state()["matrix"]["syncs"] > before, "whoever takes over signs in with it: " + r.tail(two.log))
    expect('what="renewing"' not in r.tail(two.log), "without another", r.tail(two.log))
    r.command("ana", "withdraw G-0001")
    r.wait_state("withdrawn", "G-0001")


def renewed(make, *names):
    """Instances of which the first serves the room with a pair that it has renewed once."""
    server = Postgres()
    r = make(of=Room, start=False, store={"url": server.url()})
    r.closes.append(server.close)
    r.checks_audit = False
    with open(r.dir + "/matrix-token", "w") as f:
        json.dump({"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"}, f)
    instances = [Instance(r, name) for name in names]
    for instance in instances:
        r.closes.insert(0, instance.close)
    one = instances[0].start()
    r.wait(lambda: r.state()["matrix"]["syncs"], "it follows the room: " + r.tail(one.log))
    r.homeserver(token="soft")
    r.wait(lambda: 'what="renewed"' in r.tail(one.log), "the pair is renewed: " + r.tail(one.log))
    before = r.state()["matrix"]["syncs"]
    r.wait(lambda: r.state()["matrix"]["syncs"] > before, "and used")
    return r, *instances


def refreshes(r):
    return len(r.requests("matrix.refresh"))


def test_check_takes_the_token_that_was_renewed(make):
    """The file on each host is as the operator wrote it, and what stands there has ended."""
    r, one, two = renewed(make, "one", "two")
    for instance in (one, two):
        status, out, err = r.cli("check", "-c", instance.conf)
        expect(status == 0 and "Matrix: the access token works" in out, "the room can be served", out, err)
        expect("renewed last, from the records" in out, "it says whose token that is", out)
    with open(r.dir + "/other-token", "w") as f:
        f.write("syt_of_another_login")
    os.chmod(r.dir + "/other-token", 0o600)
    with open(two.conf) as f:
        text = f.read()
    with open(two.conf, "w") as f:
        f.write(re.sub("(?m)^access_token_file.*$", "access_token_file = other-token", text))
    status, out, err = r.cli("check", "-c", two.conf)
    expect(status == 1 and "does not accept the access token" in out, "another file counts by itself, as it would for who leads", out, err)


def test_check_ends_nobodys_token(make):
    """Whoever leads sleeps when the token ends: only it may renew the pair."""
    r, one = renewed(make, "one")
    one.signal(signal.SIGSTOP)
    asked = refreshes(r)
    r.homeserver(token="soft")
    status, out, err = r.cli("check", "-c", one.conf)
    expect(status == 1 and "renewed by the reguard that serves the room" in out, "it says who does", out, err)
    expect(refreshes(r) == asked, "and asks for none itself")
    one.signal(signal.SIGCONT)
    r.wait(lambda: r.tail(one.log).count('what="renewed"') == 2, "whoever leads does: " + r.tail(one.log))
    r.wait(lambda: r.cli("check", "-c", one.conf)[0] == 0, "and all is well")


def test_check_ends_not_the_token_of_who_runs_here(make):
    """Without shared records: the pair stands in the file, and the daemon holds it, too."""
    r = make(of=Room, start=False)
    with open(r.dir + "/matrix-token", "w") as f:
        json.dump({"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"}, f)
    r.start()
    r.bot.send_signal(signal.SIGSTOP)
    r.homeserver(token="soft")
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "renewed by the reguard that serves the room" in out, "it says who does", out, err)
    expect(refreshes(r) == 0, "and asks for none itself")
    r.bot.send_signal(signal.SIGCONT)
    r.wait(lambda: 'what="renewed"' in r.tail(r.logs[-1]), "the daemon does: " + r.tail(r.logs[-1]))


def test_witness_leaves_the_pair_of_those_who_lead(make):
    r, one = renewed(make, "one")
    w = Witness(r)
    one.signal(signal.SIGSTOP)
    asked = refreshes(r)
    r.homeserver(token="soft")
    status = w.look()
    expect(status == 78 and "[matrix] access_token_file: a token that is renewed belongs to one process" in w.out, "it says what it needs", w.out)
    expect("renewed by the reguard that serves the room" in w.out and refreshes(r) == asked, "and renews nothing", w.out)
    one.signal(signal.SIGCONT)
    r.wait(lambda: r.tail(one.log).count('what="renewed"') == 2, "whoever leads does: " + r.tail(one.log))


def test_witness_renews_no_copy(make):
    """Whoever sets it up copies reguard's own pair to the other machine: using it up would lock reguard out."""
    pair = {"access_token": "syt_sandbox_bot_token", "refresh_token": "syr_sandbox_bot_refresh_token"}
    r = make(of=Room, start=False)
    for name in ("matrix-token", "copied-token"):
        with open(f"{r.dir}/{name}", "w") as f:
            json.dump(pair, f)
        os.chmod(f"{r.dir}/{name}", 0o600)
    r.start()
    w = Witness(r)
    w.configure(matrix={"access_token_file": "copied-token"})
    w.look()
    expect("[matrix] access_token_file: a token that is renewed belongs to one process" in w.out, "it is told while it lasts", w.out)
    r.bot.send_signal(signal.SIGSTOP)
    r.homeserver(token="soft")
    w.look()
    expect("renewed by the reguard that serves the room" in w.out and refreshes(r) == 0, "and never renewed", w.out)
    r.bot.send_signal(signal.SIGCONT)
    r.wait(lambda: 'what="renewed"' in r.tail(r.logs[-1]), "reguard renews it: " + r.tail(r.logs[-1]))
    expect(r.stop() == 0, "all is well")
    with open(r.dir + "/matrix-token", "w") as f:
        json.dump({**pair, "owner": "witness"}, f)
    w.configure()
    w.look()
    expect("belongs to one process" not in w.out, "one of its own is in order", w.out)
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 1 and "it is the witness's, which renews it" in out, "and reguard takes none of the witness's", out, err)
