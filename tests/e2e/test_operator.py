# SPDX-License-Identifier: Apache-2.0
"""The operator's side: sub-commands, configuration, signals, health."""
import contextlib
import datetime
import hashlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess

from ports import free_port
from rig import ROOT_KEY, expect, sanitized


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_usage(make):
    r = make(start=False)
    for words in ([], ["frobnicate"], ["run", "--frobnicate"], ["restore", "-c", r.conf], ["run", "-c"]):
        status, _, err = r.cli(*words)
        expect(status == 64 and "usage" in err, f"reguard {words} explains itself and exits 64", status, err)
    for words in (["version"], ["--version"], ["run", "--version"]):
        status, out, _ = r.cli(*words)
        expect(status == 0 and out.startswith("reguard "), "version", out)
    for words in (["help"], ["-h"], ["--help"], ["help", "-h"]):
        status, out, err = r.cli(*words)
        expect(status == 0 and "usage" in out and "audit explain" in out and not err, f"reguard {words} is the list", status, out, err)
    for word in ("run", "check", "status", "restore", "history", "audit", "store", "manifest", "version", "help"):
        for words in (["help", word], [word, "-h"], ["--help", word]):
            if words == ["help", "-h"] or words == ["--help", "help"]:
                continue
            status, out, _ = r.cli(*words)
            expect(status == 0 and word in out and ("exit" in out or word in ("manifest", "version", "help")), f"reguard {words}", out)
    for words, told in ((["audit", "explain"], "which case"), (["audit"], "explain CASE"), (["audit", "frob"], "frob"), (["manifest"], "manifest slack"),
                        (["store"], "store copy"), (["store", "copy", "a"], "from where"), (["store", "frob"], "frob"),
                        (["restore"], "say why"), ([], "say what to do")):
        status, _, err = r.cli(*words)
        expect(status == 64 and told in err and "unknown sub-command" not in err, f"reguard {words} says what is missing", status, err)
    _, listed, _ = r.cli("help")
    names = listed.split("reguard manifest ")[1].split("reguard version")[0].replace("|", " ").split()
    expect("aws-events-terraform" in names, "every manifest is listed", names)
    for name in names:
        status, out, _ = r.cli("manifest", name)
        expect(status == 0 and len(out) > 100, f"manifest {name}", status, out)
    status, out, _ = r.cli("manifest", "slack")
    for scope in ("app_mentions:read", "chat:write", "commands", "reactions:read", "users:read", "socket_mode_enabled"):
        expect(status == 0 and scope in out, f"the manifest has {scope}")


def test_bad_configuration_tells_everything_at_once(make):
    r = make(start=False)
    r.configure(policy={"approvals": "0", "max_window": "5x", "colour": "red"}, nonsense={"a": "1"}, stax={"organisation": None})
    status, out, err = r.cli("check", "--offline", "-c", r.conf)
    expect(status == 78, "exit 78", status, err)
    for words in ("approvals", "max_window", "colour", "nonsense", "organisation"):
        expect(words in err, f"names {words}", err)
    lines = open(r.conf).read().split("\n")
    at = 1 + next(i for i, line in enumerate(lines) if line.startswith("max_window"))
    expect(f":{at}:" in err, f"names line {at}", err)
    status, _, _ = r.cli("run", "-c", r.conf)
    expect(status == 78, "run refuses it too", status)


def test_readable_secret_is_refused(make):
    r = make(start=False)
    os.chmod(r.dir + "/slack-bot-token", 0o644)
    status, _, err = r.cli("check", "-c", r.conf)
    expect(status != 0, "refused", err)
    status, _, err = r.cli("run", "-c", r.conf)
    expect(status != 0 and "slack-bot-token" in err, "names the file", err)


def test_check_live(make):
    r = make(start=False)
    status, out, err = r.cli("check", "-c", r.conf)
    expect(status == 0, "all good", out, err)
    expect("will notify" in out, "says how many it will notify", out)
    r.configure(people={"zoe@example.com": "slack:U0ZOE0001"})
    status, out, _ = r.cli("check", "-c", r.conf)
    expect(status == 1 and "zoe@example.com" in out, "a person who is not there is a problem", out)
    expect(not r.puts(), "read-only")


def test_status_while_running_and_down(make):
    r = make()
    r.wait_known()
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(status == 0 and "on" in out, "on", out)
    r.lift()
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    shown = json.loads(out)
    expect(status == 1 and shown["guardrail"] == "off", "off is exit 1", out)
    expect(shown["cases"][0]["id"] == "G-0001" and shown["cases"][0]["account"] == "222222222222" and shown["cases"][0]["state"] == "lifted", "with its case", out)
    r.kill()
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    expect(status == 1 and json.loads(out)["cases"], "also while it is down", out)


def test_status_without_a_daemon_reads_stax_itself(make):
    r = make()
    r.lift()
    r.finish()
    r.kill()
    r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(status == 1 and "root protection: OFF" in out and "no running reguard answers" in out, "what is written down is not believed", out)
    r.stax(guardrail={"key": ROOT_KEY, "value": True, "by": "dan"})
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    shown = json.loads(out)
    expect(status == 0 and shown["guardrail"] == "on" and shown["source"] == "stax", "on by a read", out)
    r.stax(enabled=False)
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(status == 1 and "root protection: unknown" in out and "enabled" in out, "not binding, and says why", out)
    r.fault("stax.get_guardrails", "status", status=403, count=-1)
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    shown = json.loads(out)
    expect(status == 1 and shown["guardrail"] == "unknown" and "403" in shown["why"], "what cannot be read is unknown", out)
    r.call("POST", "fault", {"clear": True})
    r.stax(enabled=True)


def test_status_of_a_frozen_daemon_is_stax_own(make):
    r = make()
    r.wait_known()
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    expect(status == 0 and json.loads(out)["source"] == "daemon", "the daemon tells", out)
    r.bot.send_signal(signal.SIGSTOP)
    try:
        r.stax(guardrail={"key": ROOT_KEY, "value": False, "by": "dan"})
        status, out, _ = r.cli("status", "-c", r.conf)
    finally:
        r.bot.send_signal(signal.SIGCONT)
    expect(status == 1 and "root protection: OFF" in out, "it is read", out)


def test_status_of_a_daemon_that_cannot_read_is_unknown(make):
    r = make()
    r.fault("stax.get_guardrails", "status", status=403, count=-1)
    r.wait_post("whether root protection is ON")
    status, out, _ = r.cli("status", "--json", "-c", r.conf)
    shown = json.loads(out)
    expect(status == 1 and shown["guardrail"] == "unknown" and shown["source"] == "daemon" and "403" in shown["why"], "and says why", out)


def told_overdue(r, port):
    """Whether the case is overdue, as each who can be asked says it."""
    _, out, _ = r.cli("status", "--json", "-c", r.conf)
    _, text, _ = r.cli("status", "-c", r.conf)
    _, live = get(port, "/status")
    _, metrics = get(port, "/metrics")
    return {"status --json": next(c for c in json.loads(out)["cases"] if c["id"] == "G-0001")["overdue"],
            "status": any("OVERDUE" in line for line in text.splitlines() if "G-0001" in line),
            "/status": next(c for c in json.loads(live)["cases"] if c["id"] == "G-0001")["overdue"],
            "/metrics": "reguard_cases_overdue 1" in metrics}


def test_a_restore_that_fails_before_the_planned_end_is_overdue_for_everybody(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    r.lift(length="5m")
    r.stax(task="fail")
    r.click("ana", "done", "G-0001")
    r.wait_post("OVERDUE", "G-0001")
    told = told_overdue(r, port)
    expect(all(told.values()), "the channel says OVERDUE, and so does everybody else", told)


def test_a_released_case_past_its_end_is_overdue_for_nobody(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    r.lift(length="8s")
    r.lift(case="G-0002", account="brewery", length="5m")
    r.click("ana", "done", "G-0001")
    r.wait_state("released")
    _, out, _ = r.cli("status", "--json", "-c", r.conf)
    end = next(c for c in json.loads(out)["cases"] if c["id"] == "G-0001")["deadline"]
    r.wait(lambda: datetime.datetime.now(datetime.timezone.utc) > datetime.datetime.fromisoformat(end.replace("Z", "+00:00")), "its end is over")
    told = told_overdue(r, port)
    expect(not any(told.values()), "its window was handed over", told)
    expect("OVERDUE" not in r.card("G-0001")["text"], "the card neither", r.card("G-0001"))


def told_history(r, *words):
    status, out, err = r.cli("history", *words, "-c", r.conf)
    expect(status == 0, f"history {words}", status, out, err)
    return out


def folder_as_it_is(path):
    """What is in the state folder, and whose; of the files that hold the records, every byte."""
    found = {}
    for name in sorted(os.listdir(path)):
        st = os.lstat(f"{path}/{name}")
        found[name] = (st.st_uid, st.st_gid, oct(st.st_mode), open(f"{path}/{name}", "rb").read() if name in ("reguard.db", "reguard.db-wal") else None)
    return found


def test_history_is_what_the_chat_says(make):
    r = make()
    expect("There has been no case yet." in told_history(r), "nothing yet")
    r.lift(reason="month end “invoices”")
    r.ask(account="brewery", case="G-0002", reason="later")
    r.command("ben", "history")
    r.wait_heard("ben", "G-0002 · waiting")
    chat = next(text for text in (a["text"] for a in r.private("ben")["responses"] + r.private("ben")["ephemeral"]) if "G-0002 · waiting" in text)
    instants = r"<!date[^>]*>|20\d\d-\d\d-\d\dT[0-9:.]*Z"
    out = told_history(r)
    expect(re.sub(instants, "TIME", out).strip() == re.sub(instants, "TIME", chat).strip(), "the same words, newest first", out, chat)
    expect(len(told_history(r, "1").splitlines()) == 1 and told_history(r, "1").startswith("G-0002"), "as many as asked for")

    shown = json.loads(told_history(r, "--json"))
    expect([c["id"] for c in shown] == ["G-0002", "G-0001"] and [c["state"] for c in shown] == ["waiting", "lifted"], "as JSON", shown)
    expect(shown[1]["account"] == "222222222222" and shown[1]["requester"] == "Ana Archer" and shown[1]["lifted_at"].endswith("Z") and shown[1]["deadline"].endswith("Z"), "with what status has", shown)
    expect(shown[1]["closed_at"] is None and shown[0]["lifted_at"] is None and shown[1]["overdue"] is False, "what has not been is null", shown)

    steps = [line.split()[1] for line in told_history(r, "g-0001").splitlines()[1:]]
    expect(steps == [record["kind"] for record in r.journal("G-0001")], "the steps of one case", steps)
    expect("approved" in steps and re.search(r"approved +by Ben Baker", told_history(r, "G-0001")), "with who did them", told_history(r, "G-0001"))
    one = json.loads(told_history(r, "G-0001", "--json"))
    expect([s["step"] for s in one[0]["steps"]] == steps, "as JSON, too", one)

    status, out, err = r.cli("history", "G-0099", "-c", r.conf)
    expect(status == 1 and "no such case" in err, "a case that there is not", status, out, err)
    for words in (["0"], ["1001"], ["five"], ["-5"], ["G-"], ["1", "2"]):
        status, _, err = r.cli("history", *words, "-c", r.conf)
        expect(status == 64 and err, f"history {words}", status, err)


def test_history_changes_nothing_whether_a_daemon_runs_or_not(make):
    r = make()
    r.lift()
    state = r.dir + "/state"
    r.bot.send_signal(signal.SIGSTOP)  # so that nobody else writes there
    before = folder_as_it_is(state)
    expect("G-0001 · lifted" in told_history(r), "beside a daemon, also a frozen one")
    expect(folder_as_it_is(state) == before, "nothing is changed", before.keys(), folder_as_it_is(state).keys())
    r.bot.send_signal(signal.SIGCONT)
    r.finish()
    r.stop()
    before = folder_as_it_is(state)
    expect("reguard.db-wal" not in before, "a daemon that is stopped leaves no log")
    expect("G-0001 · restored" in told_history(r) and "restored" in told_history(r, "G-0001"), "without a daemon")
    expect(folder_as_it_is(state) == before, "nothing is made and nothing is changed", before.keys(), folder_as_it_is(state).keys())
    r.start()
    r.lift(case="G-0002")
    r.kill()
    before = folder_as_it_is(state)
    expect("reguard.db-wal" in before and "G-0002 · lifted" in told_history(r), "what only the log has is seen after a crash")
    expect(folder_as_it_is(state) == before, "and the log stays for the next start", before.keys(), folder_as_it_is(state).keys())
    r.start()
    r.finish(case="G-0002")


def test_restore_through_the_daemon(make):
    r = make()
    r.lift()
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "operator says so")
    expect(status == 0, "verified on", out, err)
    r.wait_state("restored")
    r.wait_root(True)


def test_restore_without_a_daemon(make):
    r = make()
    r.lift()
    r.kill()
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "the daemon is dead")
    expect(status == 0 and r.state()["stax"]["root"] is True, "verified on", out, err)
    r.start()
    r.wait_state("restored")


def test_second_instance_is_refused(make):
    r = make()
    status, _, err = r.cli("run", "-c", r.conf)
    expect(status == 1, "the second one exits with 1", status, err)
    expect(r.bot.poll() is None, "the first one goes on")


def test_sigterm_ends_within_five_seconds_also_during_a_lift(make):
    r = make()
    r.ask()
    r.stax(task="stuck")
    r.click("ben", "approve", "G-0001")
    r.wait(lambda: r.puts(), "the change is under way")
    status = r.stop()
    expect(status == 0 and r.stop_took < 5, f"stopped with {status} after {r.stop_took:.1f} s")
    r.stax(task="release")
    r.start()
    r.wait_state("lifted")


def test_sighup_reloads_and_a_broken_file_changes_nothing(make):
    r = make()
    r.configure(policy={"approvals": "2"})
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: "config.reloaded" in r.tail(r.logs[-1]), "the log says reloaded")
    r.configure(policy={"approvals": "many"})
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: "config.refused" in r.tail(r.logs[-1]), "the log says refused")
    r.ask()
    r.click("ben", "approve", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.configure(policy={"approvals": "1"})


def test_health_metrics_and_status(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    expect(get(port, "/healthz")[0] == 200, "healthz")
    r.wait(lambda: get(port, "/readyz")[0] == 200, "ready")
    status, text = get(port, "/metrics")
    expect(status == 200 and "reguard_guardrail_on 1" in text and "# TYPE" in text, "metrics", text)
    r.lift()
    status, text = get(port, "/status")
    shown = json.loads(text)
    expect(shown["guardrail"] == "off" and shown["checked_at"].endswith("Z") and shown["cases"][0]["deadline"].endswith("Z"), "status", text)
    r.slack(outage=True)
    r.wait(lambda: get(port, "/readyz")[0] == 503, "not ready without a chat")
    expect("chat" in get(port, "/readyz")[1], "says why")
    expect(get(port, "/nothing")[0] == 404, "404")


def refuses(family, address, port):
    with socket.socket(family) as s:
        try:
            s.connect((address, port))
        except ConnectionRefusedError:
            return True
        return False


def test_health_is_offered_on_that_one_address(make):
    for listen, elsewhere in (("127.0.0.1", ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1"))), ("[::1]", ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2")))):
        port = free_port()
        r = make(bot={"listen": f"{listen}:{port}"})
        r.wait(lambda: not refuses(socket.AF_INET6 if "[" in listen else socket.AF_INET, listen.strip("[]"), port), f"it listens on {listen}")
        for family, address in elsewhere:
            expect(refuses(family, address, port), f"not on {address} when told {listen}")


def test_health_on_a_unix_socket(make):
    r = make(start=False)
    path = r.dir + "/health.sock"
    r.configure(bot={"listen": "unix:" + path})
    r.start()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(path)
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = s.recv(4096)
    expect(b" 200 " in answer.split(b"\r\n")[0], "it answers", answer)
    r.stop()
    expect(not os.path.exists(path), "the socket goes with it")


def told_by(port, request):
    """All that is answered until the connection is closed from there."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(request)
        told = b""
        with contextlib.suppress(ConnectionResetError):
            while more := s.recv(4096):
                told += more
    return told


def test_health_takes_no_body_and_nothing_behind_one_stops_it(make):
    """libwebsockets 4.1.6 reads a body that came together with the request before it for ever."""
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    r.wait(lambda: get(port, "/readyz")[0] == 200, "ready")
    asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    for method, length in ((b"GET", b"Content-Length: 5"), (b"POST", b"Content-Length: 5"), (b"POST", b"X: y"), (b"GET", b"Transfer-Encoding: chunked"),
                           (b"GET", b"Content-Length: -5"), (b"GET", b"Content-Length: 9999999999999999999999")):
        behind = asked.replace(b"GET", method) + length + b"\r\n\r\nhello"
        told_by(port, asked + b"\r\n" + behind + asked + b"\r\n" + behind)
        expect(get(port, "/healthz")[0] == 200, "the next one is answered", method + b" " + length)
    expect(b" 405 " in told_by(port, b"POST /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), "only GET")
    expect(b" 400 " in told_by(port, asked + b"Content-Length: 5\r\n\r\n"), "no body")
    expect(b" 200 " in told_by(port, asked + b"Content-Length: 0\r\nConnection: close\r\n\r\n"), "an empty one is none")


def test_listens_on_loopback_only(make):
    r = make(start=False, bot={"listen": "0.0.0.0:9464"})
    status, _, err = r.cli("check", "--offline", "-c", r.conf)
    expect(status == 78 and "listen" in err, "refused", err)


def test_service_manager_is_told(make):
    r = make(start=False)
    path = r.dir + "/notify.sock"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(path)
    server.settimeout(30)
    r.environment = lambda: {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"}
    r.start()
    expect(b"READY=1" in server.recv(4096), "ready")
    expect(b"WATCHDOG=1" in server.recv(4096), "and that it lives")
    r.stop()
    told = server.recv(4096)
    while told == b"WATCHDOG=1":  # it may have lived a little longer
        told = server.recv(4096)
    expect(b"STOPPING=1" in told, "stopping", told)
    server.close()


def test_audit_finds_tampering(make):
    r = make()
    r.lift()
    r.finish()
    r.stop()
    path = r.dir + "/state/reguard.db"
    original = open(path, "rb").read()
    for change in ("UPDATE journal SET data=replace(data,'bakery','backery') WHERE seq=(SELECT min(seq) FROM journal WHERE data LIKE '%bakery%')",
                   "DELETE FROM journal WHERE seq=3", "DELETE FROM journal WHERE seq=(SELECT max(seq) FROM journal)",
                   "UPDATE cases SET state='declined' WHERE case_id='G-0001'"):
        with open(path, "wb") as f:
            f.write(original)
        for extra in ("-wal", "-shm"):
            if os.path.exists(path + extra):
                os.remove(path + extra)
        database = sqlite3.connect(path)
        try:
            database.execute(change)
            expect("cases" in change, "triggers forbid it")
        except sqlite3.Error:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute(change)
        database.commit()
        database.close()
        status, out, err = r.cli("audit", "verify", "-c", r.conf)
        expect(status == 1, f"found: {change}", out, err)
    with open(path, "wb") as f:
        f.write(original)
    status, out, err = r.cli("audit", "explain", "G-0001", "-c", r.conf)
    expect(status == 0, "explain", err)
    for words in ("ana", "ben", "month end invoices", "button"):
        expect(words.lower() in out.lower(), f"the story has {words}", out)


def test_audit_can_be_checked_without_reguard(make):
    r = make()
    r.lift()
    r.finish()
    prev = "0" * 64
    for n, record in enumerate(r.journal(), 1):
        rest = {k: v for k, v in record.items() if k not in ("prev", "hash")}
        canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        expect(set(rest) == {"seq", "at", "case", "kind", "actor", "source", "data"} and rest["seq"] == n, "the fields of a record", rest)
        expect({"stax", "chat", "id"} <= set(rest["actor"]) and {"chat", "event_id"} <= set(rest["source"]), "actor and source", rest)
        expect(record["prev"] == prev and record["hash"] == hashlib.sha256((prev + canonical).encode()).hexdigest(), f"record {n} hashes as the interface says", record)
        prev = record["hash"]


def test_newer_store_is_left_untouched(make):
    r = make()
    r.stop()
    database = r.database()
    database.execute("UPDATE meta SET value='99' WHERE key='schema'") if _has_meta(database) else database.execute("PRAGMA user_version=99")
    database.commit()
    database.close()
    before = open(r.dir + "/state/reguard.db", "rb").read()
    status, _, err = r.cli("run", "-c", r.conf)
    expect(status == 1 and "newer" in err, "refused", status, err)
    expect(open(r.dir + "/state/reguard.db", "rb").read() == before, "not a byte is written")
    os.remove(r.dir + "/state/reguard.db")


def _has_meta(database):
    return database.execute("SELECT count(*) FROM sqlite_master WHERE name='meta'").fetchone()[0] and database.execute("SELECT count(*) FROM meta WHERE key='schema'").fetchone()[0]


def test_asked_to_stop_twice(make):
    r = make()
    r.bot.send_signal(signal.SIGTERM)
    expect(r.stop() == 0, "stops once, cleanly")


HOSTILE = ("zqx\x1b[31m\x1b]0;zqxtitle\x07 \x9b31m \u202eevil\u2066 \u200b\x7f\r\n2026-01-01T00:00:00.000Z  #1     approved             by nobody\x01e<!channel>\x02")


def test_nothing_stored_reaches_the_terminal_alive(make):
    """Whatever stands in the store or on the command line: no control, direction or invisible character is printed, and no line is forged."""
    r = make()
    r.ask(reason="month end")
    r.stop()
    r.checks_flags = False
    database = r.database()
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    said = json.dumps({"chat": "slack", "id": "U0" + HOSTILE, "name": HOSTILE, "stax": HOSTILE}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    database.execute("UPDATE journal SET actor=?, source=? WHERE case_id='G-0001'", (said, json.dumps({"chat": "slack", "event_id": HOSTILE}, ensure_ascii=False)))
    database.execute("UPDATE journal SET data=json_set(data,'$.account_name',?,'$.reason',?,'$.text',?) WHERE case_id='G-0001'", (HOSTILE, HOSTILE, HOSTILE))
    database.execute("UPDATE cases SET account_name=?, requester=?, reason=?, account=?", (HOSTILE, HOSTILE, HOSTILE, HOSTILE))
    database.execute("UPDATE meta SET value=? WHERE key='doubt'", (HOSTILE,))
    database.commit()
    database.close()
    tried = (["status"], ["status", "--json"], ["audit", "verify"], ["audit", "export"], ["audit", "explain", "G-0001"], ["audit", "explain", HOSTILE],
             ["history"], ["history", "--json"], ["history", "G-0001"], ["history", "G-0001", "--json"], ["history", HOSTILE],
             [HOSTILE], ["audit", HOSTILE], ["help", HOSTILE], ["--" + HOSTILE], ["check", "--offline"])
    shown = 0
    for words in tried:
        status, out, err = r.cli(*words, "-c", r.conf)
        shown += "zqx" in out + err
        for line in (out + err).split("\n"):
            bad = [hex(ord(c)) for c in line if ord(c) < 0x20 or 0x7f <= ord(c) <= 0x9f or ord(c) in (0x200b, 0x202e, 0x2066)]
            expect(not bad, f"reguard {words[:2]!r} prints nothing that acts on a terminal", bad, line[:300])
            expect(not line.startswith("2026-01-01T00:00:00.000Z"), f"reguard {words[:2]!r} prints no forged line", line[:300])
    expect(shown >= 6, "what was thrown was printed at all", shown)
    os.remove(r.dir + "/state/reguard.db")


def test_a_hostile_configuration_is_told_harmlessly(make):
    r = make(start=False)
    r.configure(policy={"col\u202eour": "red", "max_window": "\u2066soon\u2069"}, bot={"listen": "127.0.0.1:1\x1b[2J"})
    status, out, err = r.cli("check", "--offline", "-c", r.conf)
    expect(status == 78 and "our" in err and "soon" in err, "told", out, err)
    expect(not any(c in out + err for c in "\x1b\u202e\u2066\u2069"), "without its controls", out, err)


def _core_limit(pid):
    line = next(line for line in open(f"/proc/{pid}/limits") if line.startswith("Max core file size"))
    return line.split()[4:6]


def test_no_sub_command_leaves_a_core_dump(make):
    """Killed while it holds the secrets and waits: no core, and no look into the process for anybody but root."""
    r = make(start=False)
    nobody = 65534 if os.geteuid() == 0 else None
    if nobody:
        for folder, _, names in os.walk(r.dir):
            for name in [folder, *(os.path.join(folder, n) for n in names)]:
                os.chown(name, nobody, nobody)
    for words in (["check"], ["restore", "--why", "a test"], ["run"]):
        before = len(r.requests())
        r.fault("stax.get_users", "delay", delay_ms=30000, count=-1)
        r.fault("stax.get_guardrails", "delay", delay_ms=30000, count=-1)
        process = subprocess.Popen([r.build + "/reguard", *words, "-c", r.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   cwd=r.dir, env=r.environment(), preexec_fn=_as_much_core_as_may_be, user=nobody, group=nobody)
        r.wait(lambda: any(q["operation"].startswith("stax.get_") for q in r.requests()[before:]), f"{words[0]} has signed in to Stax")
        expect(_core_limit(process.pid) == ["0", "0"], f"{words[0]} has given up the right to a core", _core_limit(process.pid))
        expect(os.stat(f"/proc/{process.pid}/environ").st_uid == 0, f"{words[0]} is not dumpable: its /proc files are root's")
        process.send_signal(signal.SIGSEGV if words[0] == "restore" else signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        expect(os.WIFSIGNALED(status) or sanitized(r.build), f"{words[0]} was killed", status)
        expect(not os.WCOREDUMP(status), f"{words[0]} leaves no core")
        expect(not [n for n in os.listdir(r.dir) if n.startswith("core")], "and no file of that name")
        r.call("POST", "fault", {"clear": True})


def _as_much_core_as_may_be():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
