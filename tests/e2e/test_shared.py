# SPDX-License-Identifier: Apache-2.0
"""Records in PostgreSQL, and two instances of which one leads."""
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading

from network import Hole, Named, Relay, Resolver
from ports import free_port
from postgres import Postgres
from rig import expect
from test_recovery import CHANNEL, arrives_late, as_reguard

ENDED_TO_STAND_BY = 75


class Instance:
    """Another reguard with the same tokens and a state folder of its own."""
    def __init__(self, r, name):
        self.r, self.name = r, name
        self.dir, self.conf, self.port = f"{r.dir}/{name}", f"{r.dir}/{name}.conf", free_port()
        os.mkdir(self.dir, 0o700)
        with open(r.conf) as f:
            lines = f.read().split("\n")
        lines = [line for line in lines if not line.startswith(("state_dir", "listen"))]
        lines[lines.index("[bot]") + 1:lines.index("[bot]") + 1] = [f"state_dir = {self.dir}", f"listen = 127.0.0.1:{self.port}"]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines))
        self.log, self.process = f"{r.dir}/{name}.log", None

    def start(self):
        self.r.logs.append(self.log)
        self.process = subprocess.Popen([self.r.build + "/reguard", "run", "-c", self.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.log, "ab"), env=self.r.environment())
        return self

    def answer(self, path):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""

    def leads(self):
        return "\nreguard_leader 1\n" in self.answer("/metrics")[1]

    def stands_by(self):
        status, text = self.answer("/readyz")
        return status == 200 and '"standby"' in text

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self):
        return self.process.poll() is not None

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


def shared_rig(make, names=("one", "two"), **sections):
    server = Postgres()
    r = make(start=False, store={"url": server.url()}, **sections)
    r.checks_audit = False  # each instance has its own copy: verified below
    r.closes.append(server.close)
    instances = []
    for name in names:
        instance = Instance(r, name).start()
        instances.append(instance)
        r.closes.insert(0, instance.close)
        r.wait(lambda: instance.leads() if len(instances) == 1 else instance.stands_by(), f"{name} is where it belongs: " + r.tail(instance.log))
    r.wait(lambda: r.requests("stax.get_guardrails"), "the leader reads the guardrail")
    return (r, server, *instances)


def wait_heard(r, instance):
    """From then on it leads, and hears what people do."""
    r.wait(lambda: "slack.hello" in r.tail(instance.log), f"{instance.name} leads: " + r.tail(instance.log))


def press_until(r, person, action, state):
    """Slack sends a press to one connection only, perhaps to one whose process sleeps: people press again."""
    def pressed():
        if r.card_state() == state:
            return True
        r.call("POST", "click", {"person": person, "action": action, "case": "G-0001"}, may_fail=True)
        return False
    r.wait(pressed, f"G-0001 becomes {state}")


def server_records(server):
    return server.sql("SELECT seq || ' ' || hash FROM reguard.journal ORDER BY seq").splitlines()


def check_copies(r, server, *instances):
    """Each copy is a beginning of what is shared, and what is shared is whole."""
    shared = server_records(server)
    expect(shared, "records are shared")
    for instance in instances:
        status, out, err = r.cli("audit", "verify", "-c", instance.conf)
        expect(status == 0, f"the copy of {instance.name} verifies", out, err)
    return shared


def test_whoever_leads_dies_and_another_goes_on(make):
    r, server, one, two = shared_rig(make)
    r.lift()
    one.signal(signal.SIGKILL)
    one.process.wait()
    wait_heard(r, two)
    r.finish()
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.requests("stax.put_guardrails"))
    expect(len({m["key"] for m in r.channel() if m.get("key")}) == len([m for m in r.channel() if m.get("key")]), "no message twice", r.text())
    two.signal(signal.SIGTERM)
    expect(two.process.wait(30) == 0, "it ends well")
    check_copies(r, server, two)


def test_asked_to_stop_hands_the_lease_over(make):
    r, server, one, two = shared_rig(make)
    r.ask()
    r.wait_post("mail to the root mailbox can be read")
    one.signal(signal.SIGTERM)
    expect(one.process.wait(30) == 0, "it ends well", r.tail(one.log))
    left = server.sql("SELECT extract(epoch FROM until - clock_timestamp()) < 0 OR epoch > 1 FROM reguard.lease")
    expect(left == "t", "the lease was given back, not left to run out")
    wait_heard(r, two)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_who_is_started_again_lets_whoever_stands_by_lead(make):
    r, server, one, two = shared_rig(make)
    one.signal(signal.SIGTERM)
    expect(one.process.wait(30) == 0, "it ends well", r.tail(one.log))
    one.start()
    r.wait(lambda: two.leads() or one.leads(), "one of them leads")
    expect(two.leads(), "it is the one that stood by", r.tail(one.log))
    r.wait(one.stands_by, "the other one stands by: " + r.tail(one.log))


def test_a_leader_that_slept_does_nothing_more(make):
    r, server, one, two = shared_rig(make)
    r.ask()
    r.wait_post("mail to the root mailbox can be read")
    one.signal(signal.SIGSTOP)
    wait_heard(r, two)
    press_until(r, "ben", "approve", "lifted")
    one.signal(signal.SIGCONT)
    r.wait(one.ended, "whoever led ends")
    expect(one.process.returncode == ENDED_TO_STAND_BY, "so that it is started again", one.process.returncode, r.tail(one.log))
    one.start()
    r.wait(one.stands_by, "it stands by")
    press_until(r, "ana", "done", "restored")
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.requests("stax.put_guardrails"))
    check_copies(r, server, two)


def test_a_standby_outlives_the_database(make):
    r, server, one, two = shared_rig(make)
    one.signal(signal.SIGTERM)
    one.process.wait(30)
    wait_heard(r, two)
    one.start()
    r.wait(one.stands_by, "it stands by")
    server.cut()
    r.wait(lambda: r.tail(one.log).count("standby.waits") >= 3, "it says that the database is gone")
    tries = "refused"
    r.wait(lambda: tries in one.answer("/status")[1] and one.stands_by(), "and why")
    two.close()
    server.start()
    wait_heard_again = r.tail(one.log).count("slack.hello")
    r.wait(lambda: r.tail(one.log).count("slack.hello") > wait_heard_again, "it leads once there is a database again: " + r.tail(one.log))


def behind(kind, make):
    """A database that is reached through a relay of that kind."""
    server = Postgres()
    relay = kind(server.port)
    r = make(start=False, store={"url": server.url().replace(str(server.port), str(relay.own_port))})
    r.checks_audit = False  # as above
    r.closes += [relay.close, server.close]
    return r, server, relay


class BreaksOff(Relay):
    """Ends the connection at the first questions that have these words."""
    words, times = b"", 0

    def send(self, to, data, how):
        if self.times and self.words in data:
            self.times -= 1
            raise ConnectionAbortedError
        super().send(to, data, how)


def test_whoever_has_the_lease_and_not_the_records_takes_it_again(make):
    """Nothing was sent yet: it need not end, and nobody else has to lead."""
    r, server, relay = behind(BreaksOff, make)
    one = Instance(r, "one")
    r.closes.insert(0, one.close)
    one.start()
    wait_heard(r, one)
    r.lift()
    one.signal(signal.SIGKILL)
    one.process.wait()
    relay.words, relay.times = b' FROM reguard."journal" WHERE seq > ', 2
    one.start()
    r.wait(lambda: r.tail(one.log).count("standby.records_unheard") == 2, "it says so, each time: " + r.tail(one.log))
    r.wait(lambda: "slack.hello" in r.tail(one.log).rpartition("standby.records_unheard")[2], "then it leads: " + r.tail(one.log))
    expect(relay.times == 0 and " epoch=4\n" in r.tail(one.log), "it took the lease three times more", r.tail(one.log))
    r.finish()
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.requests("stax.put_guardrails"))
    check_copies(r, server, one)


class Hears(Relay):
    """Notes behind which records somebody has asked for more, in order."""
    def __init__(self, *given):
        self.asked = []
        super().__init__(*given)

    def send(self, to, data, how):
        self.asked += [int(n) for n in re.findall(rb' FROM reguard."journal" WHERE seq > (\d+) ORDER', data)]
        super().send(to, data, how)


def test_whoever_stands_by_has_most_of_it_before_it_leads(make):
    """On a host that never led: however many records there are, few are left to fetch when it has to."""
    r, server, relay = behind(Hears, make)
    one, two = Instance(r, "one"), Instance(r, "two")
    r.closes[:0] = [one.close, two.close]
    one.start()
    wait_heard(r, one)
    for case in ("G-0001", "G-0002", "G-0003"):
        r.lift(case=case)
        r.finish(case=case)
    many = int(server.sql("SELECT max(seq) FROM reguard.journal"))
    two.start()
    r.wait(lambda: "standby.follows" in r.tail(two.log), "it fetches while the other one leads: " + r.tail(two.log))
    expect(one.leads() and two.stands_by(), "which it goes on to do", r.tail(two.log))
    copied = sqlite3.connect(f"file:{two.dir}/reguard.db?mode=ro", uri=True).execute("SELECT max(seq) FROM journal").fetchone()[0]
    expect(copied >= many, "they are in its file", copied, many)
    r.lift(case="G-0004")
    before = len(relay.asked)
    one.signal(signal.SIGKILL)
    one.process.wait()
    wait_heard(r, two)
    expect(relay.asked[before:] and min(relay.asked[before:]) >= many, "and are not fetched again", relay.asked, many)
    r.finish(case="G-0004")
    two.signal(signal.SIGTERM)
    expect(two.process.wait(30) == 0, "it ends well")
    check_copies(r, server, two)


def test_a_commit_of_an_older_epoch_is_none(make):
    r, server, one = shared_rig(make, names=("one",))
    before = server.sql("UPDATE reguard.lease SET epoch = epoch + 1, until = now() + interval '1 hour'; SELECT max(seq) FROM reguard.journal")
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait(one.ended, "whoever led ends")
    expect(one.process.returncode == ENDED_TO_STAND_BY, "so that it is started again", one.process.returncode, r.tail(one.log))
    expect(server.sql("SELECT max(seq) FROM reguard.journal") == before, "nothing of it was written", r.tail(one.log))
    expect(not r.card(), "nor said", r.text())


def test_a_commit_that_no_standby_has_is_none(make):
    """Whoever has its wait cancelled is told by PostgreSQL that it was committed."""
    r, server, one = shared_rig(make, names=("one",))
    server.sql("ALTER SYSTEM SET synchronous_standby_names = 'gone'")
    server.sql("SELECT pg_reload_conf()")
    cancelled, over = [], threading.Event()
    waiting = "WITH waiting AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep') SELECT pg_cancel_backend(pid) FROM waiting"

    def cancel():
        while not over.wait(0.05):
            cancelled.extend(server.sql(waiting).splitlines())
    impatient = threading.Thread(target=cancel)
    impatient.start()
    try:
        r.wait(lambda: cancelled, "a commit waits for the standby")
        said = r.command("ana", "lift bakery for 2m task billing because month end invoices")
    finally:
        over.set()
        impatient.join()
    expect(not said.get("acked"), "what is not known to last is not acknowledged", said)
    expect("stopped waiting for the synchronous standby" in r.tail(one.log), "and why is said", r.tail(one.log))


def test_whoever_alone_lost_the_database_finds_the_next_leader_in_the_chat(make):
    server = Postgres()
    relay = Relay(server.port)
    r = make(start=False, store={"url": server.url().replace(str(server.port), str(relay.own_port))}, policy={"mailbox_proof": "off"})
    r.checks_audit = False
    r.closes += [relay.close, server.close]
    one = Instance(r, "one").start()
    r.closes.insert(0, one.close)
    r.wait(one.leads, "one leads: " + r.tail(one.log))
    r.configure(store={"url": server.url()})
    two = Instance(r, "two").start()
    r.closes.insert(0, two.close)
    r.wait(two.stands_by, "two stands by")
    relay.how = "silent"
    relay.drop()
    wait_heard(r, two)
    r.command("ana", "lift bakery for 2m task billing because month end invoices")
    r.wait_state("waiting")
    press_until(r, "ben", "approve", "lifted")
    r.wait(one.ended, "whoever led finds it")
    expect(one.process.returncode == ENDED_TO_STAND_BY, "so that it is started again", one.process.returncode, r.tail(one.log))
    expect(not r.posts("outside") and "case.outside" not in r.tail(one.log), "the other one's lift is none from outside", r.text())


def test_restored_from_a_host_that_stands_by(make):
    r, server, one, two = shared_rig(make)
    r.lift()
    status, out, err = r.cli("restore", "-c", two.conf, "--why", "the chat is out of reach", timeout=150)
    expect(status == 0 and "asked the instance that leads" in out and "acting myself" not in out, "the leader is asked, and proves it", out, err)
    r.wait_root(True)
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.puts())
    r.wait(lambda: r.card_state() == "restored", "the card says so")
    told = server.sql("SELECT data FROM reguard.journal WHERE kind = 'restore_ordered'")
    expect("the chat is out of reach" in told, "on record, with the reason", told)


def test_restored_while_the_leader_sleeps(make):
    r, server, one, two = shared_rig(make)
    r.lift()
    # It holds its lease still when it is asked, and does not take the order.
    one.signal(signal.SIGSTOP)
    status, out, err = r.cli("restore", "-c", two.conf, "--why", "nobody answers", timeout=150)
    expect(status == 0 and "asked the instance that leads" in out and "gives no answer" in out and "acting myself" in out, "it acts itself", out, err)
    expect(r.state()["stax"]["root"], "it is on")
    wait_heard(r, two)
    r.wait(lambda: r.card_state() == "restored", "whoever takes over finds it on")
    expect(r.state()["stax"]["lowered"] == 1, "lowered once", r.puts())


def test_restored_without_the_shared_records(make):
    r, server, one, two = shared_rig(make)
    r.lift()
    server.cut()
    status, out, err = r.cli("restore", "-c", two.conf, "--why", "the database is gone", timeout=150)
    expect(status == 0 and "can be asked" in out and "acting myself" in out, "it acts itself", out, err)
    expect(r.state()["stax"]["root"], "it is on")
    with open(two.conf) as f:
        text = f.read()
    with open(two.conf, "w") as f:
        f.write(text.replace(server.url(), "postgresql://u:hunter2hunter2@127.0.0.1/x"))
    status, out, err = r.cli("restore", "-c", two.conf, "--why", "and the URL is wrong", timeout=150)
    expect(status == 0 and "[store] url" in err and "hunter2" not in out + err, "a wrong URL is said, and holds nothing up", out, err)
    server.start()
    shared = server_records(server)
    own = sqlite3.connect(f"file:{two.dir}/reguard.db?mode=ro", uri=True).execute("SELECT seq || ' ' || hash FROM journal ORDER BY seq").fetchall()
    expect([row[0] for row in own] == shared[:len(own)], "no records of its own", own, shared)


def test_the_database_is_gone_while_a_window_is_open(make):
    r, server, one = shared_rig(make, names=("one",))
    r.lift()
    server.cut()
    r.command("cleo", "lift orchard for 5m task billing because invoices")
    r.wait(lambda: "store.failed" in r.tail(one.log), "it notices that nothing can be written")
    server.start()
    r.wait(lambda: "store.back" in r.tail(one.log), "it is written again: " + r.tail(one.log))
    r.finish()
    check_copies(r, server, one)


def test_what_cannot_be_used_is_said(make):
    r, server, one = shared_rig(make, names=("one",))
    status, out, err = r.cli("check", "-c", one.conf)
    expect("shared records: " in out and "leads since" in out, "check says who leads", out, err)
    expect("risk     shared records: a commit is kept by one server alone" in out and "durable" not in out, "and calls nothing durable that is not", out)
    server.sql("ALTER SYSTEM SET synchronous_commit = off")
    server.sql("SELECT pg_reload_conf()")
    r.wait(lambda: "synchronous_commit" in r.cli("check", "-c", one.conf)[1], "check says when commits would not last")
    server.sql("ALTER SYSTEM RESET synchronous_commit")
    server.sql("SELECT pg_reload_conf()")
    one.signal(signal.SIGTERM)
    one.process.wait(30)

    def said(url, state_dir=None):
        conf = f"{r.dir}/bad.conf"
        with open(one.conf) as f, open(conf, "w") as g:
            for line in f.read().split("\n"):
                line = f"url = {url}" if line.startswith("url = ") else line
                g.write((f"state_dir = {state_dir}" if state_dir and line.startswith("state_dir") else line) + "\n")
        return r.cli("run", "-c", conf)

    for url, word in (("postgresql://u:hunter2hunter2@127.0.0.1/x", "password"), ("mysql://127.0.0.1/x", "postgresql://"),
                      ("postgresql://u@db.example.com/x?sslmode=disable", "verify-full")):
        status, out, err = said(url)
        expect(status == 78 and word in err and "hunter2" not in out + err, f"{url} is refused", status, err)
    server.sql("UPDATE reguard.about SET schema = 99")
    status, out, err = said(server.url())
    expect(status != 0 and "newer reguard" in err, "a newer one's tables are let be", status, err)
    server.sql("UPDATE reguard.about SET schema = 6")
    status, out, err = r.cli("check", "-c", one.conf)
    expect("shared records: nobody leads" in out, "check says that nobody leads", out, err)
    alone = f"{r.dir}/alone.conf"
    with open(one.conf) as f, open(alone, "w") as g:
        g.write(f.read().replace(f"url = {server.url()}", "url ="))
    status, out, err = r.cli("run", "-c", alone)
    expect(status != 0 and "copy of records that are shared" in err, "a copy goes on alone only when somebody says so", status, err)


def test_a_silent_host_of_two_holds_nothing_up(make):
    server, gone = Postgres(), Hole(free_port(), "127.0.0.1")
    url = server.url().replace("@", f"@127.0.0.1:{gone.socket.getsockname()[1]},")
    r = make(start=False, store={"url": url})
    r.closes += [server.close, gone.close]
    r.start()
    r.lift()
    r.finish()


def test_a_name_that_hangs_holds_nothing_up(make):
    resolver = Resolver("silent")
    port = free_port()
    r = make(of=Named, resolver=resolver, names=(), start=False, store={"url": "postgresql://reguard@db.sandbox.test/reguard"},
             bot={"listen": f"127.0.0.1:{port}"})
    r.start(wait=False)
    r.wait(lambda: resolver.asked, "the name is asked for")
    r.wait(lambda: "no connection in time" in r.tail(r.logs[-1]), "it says why it does not lead")
    expect(r.stop() == 0, "and ends as it was asked to")


def test_accepted_where_it_leads_and_nowhere_else(make):
    """Each host's file is a copy: what is accepted stands in the shared records, and whoever leads writes it."""
    r, server, one, two = shared_rig(make)
    r.ask()
    card = next(m for m in as_reguard(r, "conversations.history", {"channel": CHANNEL, "include_all_metadata": True})["messages"]
                if m.get("metadata", {}).get("event_payload", {}).get("key", "").startswith("G-0001-card"))
    arrives_late(r, card, record=1, key="G-0001-another")
    r.wait_post("in doubt")
    r.wait(lambda: server.sql("SELECT count(*) FROM reguard.journal WHERE kind = 'store_doubted'").strip() == "1", "it is on record")
    two.signal(signal.SIGTERM)
    two.process.wait(30)

    def accept(instance):
        return r.cli("audit", "accept", "-c", instance.conf, "--why", "a test of the alarm", timeout=120)

    def accepted():
        return server.sql("SELECT count(*) FROM reguard.journal WHERE kind = 'store_accepted'").strip()

    def says_where(came, when):
        status, out, err = came
        expect(accepted() == "0" and status == 1 and not out, "nothing is accepted on " + when, *came)
        expect("the records are shared" in err and " leads since" in err, "it says where to do it", *came)
    for when in ("a copy that has not heard of it", "a copy that has"):
        says_where(accept(two), when)
        with sqlite3.connect(one.dir + "/reguard.db") as leaders, sqlite3.connect(two.dir + "/reguard.db") as copy:
            leaders.backup(copy)
        os.chmod(two.dir + "/reguard.db", 0o600)
    two.start()
    r.wait(two.stands_by, "it stands by")
    says_where(accept(two), "a standby")
    status, out, err = accept(one)
    expect(status == 0 and "accepted, on record" in out, "whoever leads accepts", out, err)
    r.wait(lambda: accepted() == "1", "in the shared records")
    r.wait_post("count again")
