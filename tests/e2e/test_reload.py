# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: new secrets, trust anchors, rules and people without a restart; and what cannot be taken over is said."""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

import room_rig
from rig import expect
from ports import free_port

SECOND = "second-secret-of-this-test"


def log(r):
    with open(r.logs[-1], errors="replace") as f:
        return f.read()


def write(r, name, text):
    """As an operator does: a new file in the place of the old one."""
    path = f"{r.dir}/{name}"
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(text + "\n")
    os.rename(path + ".new", path)


def reload(r, word="config.reloaded"):
    before = log(r).count(word)
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: log(r).count(word) > before, f"the log says {word}")


def keeps_secrets(r, *secrets):
    """In no log and no record."""
    files = [os.path.join(d, n) for d, _, names in os.walk(r.dir + "/state") for n in names if not n.endswith(".sock")]
    for path in r.logs + files:
        with open(path, "rb") as f:
            text = f.read()
        for secret in secrets:
            expect(secret.encode() not in text, f"no secret in {os.path.basename(path)}")


# ---- secrets ----

def test_new_slack_tokens_are_used_without_a_restart(make):
    r = make(policy={"mailbox_proof": "off"})
    tokens = {"app": f"xapp-1-A0REGUARD-{SECOND}", "bot": f"xoxb-{SECOND}"}
    hellos = r.state()["slack"]["hellos"]
    r.slack(tokens=tokens)
    write(r, "slack-app-token", tokens["app"])
    write(r, "slack-bot-token", tokens["bot"])
    reload(r)
    r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "a socket of the new token")
    for key in ("app_token_file", "bot_token_file"):
        expect(f'setting="[slack] {key}" new="a new secret"' in log(r), f"{key} is told", log(r))
    expect("slack.reconnect" not in log(r), "the old socket stayed until then", log(r))
    r.lift(confirm=False)
    r.finish()
    r.slack(disconnect="refresh_requested")
    r.wait(lambda: r.state()["slack"]["hellos"] > hellos + 1, "and the next one too")
    quiet = r.state()["slack"]["hellos"]
    reload(r)
    expect(log(r).count("a new secret") == 2 and r.state()["slack"]["hellos"] == quiet, "what is the same disturbs nothing", log(r))
    keeps_secrets(r, SECOND)


def test_a_slack_token_that_was_refused_is_replaced(make):
    r = make(policy={"mailbox_proof": "off"})
    r.slack(tokens={"app": f"xapp-{SECOND}", "bot": f"xoxb-{SECOND}"})
    r.slack(disconnect="refresh_requested")
    r.wait(lambda: "invalid_auth" in log(r), "the old one is refused")
    write(r, "slack-app-token", f"xapp-{SECOND}")
    write(r, "slack-bot-token", f"xoxb-{SECOND}")
    reload(r)
    r.lift(confirm=False)
    r.finish()


def test_new_stax_keys_are_used_without_a_restart(make):
    r = make(policy={"mailbox_proof": "off"})
    r.stax(secret_key=SECOND)
    write(r, "stax-secret-key", SECOND)
    logins = log(r).count("stax.login valid_s")
    reload(r)
    r.wait(lambda: log(r).count("stax.login valid_s") > logins, "signed in with the new key")
    r.stax(expire_credentials=True)
    r.lift(confirm=False)
    r.finish()
    expect("could not sign in" not in log(r), "no sign-in has failed", log(r))
    keeps_secrets(r, SECOND)


def test_wrong_stax_keys_leave_the_credentials_in_use(make):
    r = make(policy={"mailbox_proof": "off"})
    write(r, "stax-secret-key", SECOND)
    reload(r)
    r.wait(lambda: "could not sign in" in log(r), "the new key is refused, and it is said")
    r.lift(confirm=False)
    r.finish()


def login(r):
    """A new device of the bot's account, as `login` gives one."""
    connection = http.client.HTTPConnection("127.0.0.1", r.ports["plain_port"], timeout=60)
    connection.request("POST", "/_matrix/client/v3/login", json.dumps({"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "reguard"}, "password": "reguard-password"}),
                       {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["access_token"]


def logout(r, token):
    connection = http.client.HTTPConnection("127.0.0.1", r.ports["plain_port"], timeout=60)
    connection.request("POST", "/_matrix/client/v3/logout", "{}", {"Content-Type": "application/json", "Authorization": "Bearer " + token})
    expect(connection.getresponse().status == 200, "logged out")


def test_a_new_matrix_token_is_used_without_a_restart(make):
    r = make(of=room_rig.Room, policy={"mailbox_proof": "off"})
    with open(r.dir + "/matrix-token") as f:
        old = f.read().strip()
    new = login(r)
    write(r, "matrix-token", new)
    asked = len(r.requests("matrix.whoami"))
    reload(r)
    r.wait(lambda: len(r.requests("matrix.whoami")) > asked, "it asks who it is")
    expect('setting="[matrix] access_token_file" new="a new secret"' in log(r), "told", log(r))
    logout(r, old)
    r.lift(confirm=False)
    r.finish()
    expect("matrix.refused" not in log(r), "the room was served all the time", log(r))
    keeps_secrets(r, new)


class MailServer:
    """SMTP with AUTH PLAIN, one connection at a time."""

    def __init__(self):
        self.mails, self.refused, self.password = 0, 0, ""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as f:
                self.talk(f)

    def talk(self, f):
        say = lambda text: (f.write(text.encode() + b"\r\n"), f.flush())
        say("220 mail")
        for line in f:
            word, _, rest = line.decode().strip().partition(" ")
            if word == "EHLO":
                say("250-mail\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                given = rest.split(" ", 1)[1] if " " in rest else (say("334 "), f.readline().decode().strip())[1]
                fine = base64.b64decode(given).split(b"\0")[-1].decode() == self.password
                self.refused += not fine
                say("235 fine" if fine else "535 no")
            elif word == "DATA":
                say("354 go on")
                while f.readline().strip() != b".":
                    pass
                self.mails += 1
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


def test_a_new_mail_password_is_used_for_the_next_mail(make):
    mail = MailServer()
    r = make(start=False, policy={"mailbox_proof": "code"})
    r.closes.append(mail.server.close)
    r.configure(mail={"smtp_url": f"smtp://127.0.0.1:{mail.port}", "username": "reguard", "password_file": "mail-password"})
    mail.password = "first-of-this-test"
    write(r, "mail-password", mail.password)
    r.start()
    r.ask(confirm=False)
    r.wait(lambda: mail.mails == 1, "a code is mailed")
    mail.password = SECOND
    write(r, "mail-password", SECOND)
    reload(r)
    r.ask(person="ben", account="brewery", case="G-0002", confirm=False)
    r.wait(lambda: mail.mails == 2, "the next one, too")
    expect(mail.refused == 0, "the old password was not tried again")
    keeps_secrets(r, SECOND)


# ---- trust ----

def other_sandbox(r):
    """The services come back with a certificate of another authority."""
    r.sandbox.kill()
    r.sandbox.wait()
    folder = r.dir + "/other"
    os.mkdir(folder)
    r.sandbox = subprocess.Popen([r.build + "/reguard-sandbox", "--dir", folder, "--port", str(r.ports["port"]), "--plain-port", str(r.ports["plain_port"])], stdout=subprocess.PIPE,
                                 stderr=open(r.dir + "/sandbox.log", "ab"), text=True)
    line = r.sandbox.stdout.readline()
    expect(line.startswith("{"), "the other one starts", line, r.tail("sandbox.log"))
    return folder + "/ca.pem"


def test_a_new_trust_anchor_is_used_without_a_restart(make):
    r = make(of=room_rig.Room, chats=("slack", "matrix"), policy={"mailbox_proof": "off"})
    anchor = other_sandbox(r)
    r.wait(lambda: re.search("slack.look.*certificate is not trusted|slack.reconnect.*certificate is not trusted", log(r)), "Slack's certificate is named")
    r.wait(lambda: re.search("matrix.again.*certificate is not trusted", log(r)), "the homeserver's, too")
    expect(r.state()["slack"]["hellos"] == 0 and r.state()["matrix"]["syncs"] == 0, "nothing is said to it")
    shutil.copyfile(anchor, r.dir + "/ca.pem")
    reload(r)
    r.wait(lambda: r.state()["slack"]["hellos"] and r.state()["matrix"]["syncs"] and r.requests("stax.get_guardrails"), "all three are trusted again")
    for section in ("slack", "matrix", "stax"):
        expect(f'setting="[{section}] ca_file" new="a new trust anchor"' in log(r), f"{section} is told", log(r))
    r.checks_audit = False


def test_a_certificate_that_is_not_the_services_own_hears_no_secret(make):
    """Signed by the anchor that we trust, and for another host, or for a time that is over."""
    for fault, why in (("of-another", "for another name"), ("ended", "expired")):
        r = make(of=room_rig.Room, start=False, sandbox_args=("--certificate", fault), chats=("slack", "matrix"))
        r.start(wait=False)
        for service in ("slack.look|slack.reconnect", "matrix.again", "stax.login"):
            r.wait(lambda: re.search(f"({service}).*certificate is not trusted.*({why})", log(r)), f"{service}: {why}")
        expect(r.state()["slack"]["hellos"] == 0 and r.state()["matrix"]["syncs"] == 0, "no socket, no room")
        expect(not r.requests(), "nothing at all was asked of it", r.requests())
        r.checks_audit = False
        r.stop()


def test_an_anchor_that_is_gone_is_not_trusted_any_more(make):
    """What is connected is connected anew, so that a connection of before does not go on."""
    r = make(policy={"mailbox_proof": "off"})
    hellos = r.state()["slack"]["hellos"]
    other = make(start=False)
    shutil.copyfile(other.dir + "/ca.pem", r.dir + "/ca.pem")
    reload(r)
    r.wait(lambda: "slack.reconnect" in log(r) and "certificate is not trusted" in log(r), "Slack is not trusted")
    r.wait(lambda: re.search("stax.login.*certificate is not trusted", log(r)), "nor Stax")
    expect(r.state()["slack"]["hellos"] == hellos, "no socket was opened")


def test_reloads_without_end_leave_one_connection_each(make):
    """Each with an anchor and now and then a key that is another one: everything is connected anew again and again."""
    r = make(of=room_rig.Room, chats=("slack", "matrix"), policy={"mailbox_proof": "off"})
    with open(r.dir + "/stax-secret-key") as f:
        key = f.read().strip()
    for n in range(25):
        os.utime(r.dir + "/ca.pem")
        if n % 6 == 0:
            write(r, "stax-secret-key", SECOND if n % 4 == 0 else key)
        reload(r)
    write(r, "stax-secret-key", key)
    reload(r)
    r.lift(confirm=False)
    r.finish()
    r.wait(lambda: r.state()["slack"]["connections"] == 1, "one socket in the end")


# ---- the whole or nothing ----

def test_a_broken_file_takes_nothing_over(make):
    r = make(policy={"mailbox_proof": "off"})
    write(r, "stax-secret-key", SECOND)
    r.configure(policy={"approvals": "many"}, stax={"poll_task": "never"})
    logins = log(r).count("stax.login")
    reload(r, "config.refused")
    for key in ("approvals", "poll_task"):
        expect(re.search(rf'config.error problem=".*reguard.conf:\d+: .*{key}: found', log(r)), f"{key} is told with its line", log(r))
    r.configure(policy={"approvals": "1"}, stax={"poll_task": "1s", "access_key_file": "nowhere"})
    reload(r, "config.refused")
    expect("there is no" in log(r) and "nowhere" in log(r), "a missing file, too", log(r))
    expect(log(r).count("stax.login") == logins and "config.changed" not in log(r), "nothing was taken over", log(r))
    r.lift(confirm=False)
    r.finish()


def test_what_needs_a_restart_is_named_and_the_rest_is_taken_over(make):
    r = make(policy={"mailbox_proof": "off"})
    r.configure(bot={"listen": f"127.0.0.1:{free_port()}", "state_dir": r.dir + "/elsewhere"}, slack={"channel": "C0GENERAL"}, policy={"approvals": "2"}, stax={"organisation": "5c1d0000-0000-4000-8000-000000000001"})
    reload(r)
    for key in ("[bot] listen", "[bot] state_dir", "[slack] channel", "[stax] organisation"):
        expect(f'config.needs_restart setting="{key}"' in log(r), f"{key} needs a restart", log(r))
    expect('config.changed setting="[policy] approvals" old="1" new="2"' in log(r), "the rule is told with both values", log(r))
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.configure(bot={"state_dir": r.dir + "/state"}, slack={"channel": "C0ROOTOPS"}, stax={"organisation": "5c1d0000-0000-4000-8000-000000000000"})


def test_the_service_manager_is_told_of_a_reload(make):
    r = make(start=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(r.dir + "/notify.sock")
        server.settimeout(60)
        keep = r.environment
        r.environment = lambda: {**keep(), "NOTIFY_SOCKET": r.dir + "/notify.sock"}
        r.start()
        expect(server.recv(4096) == b"READY=1", "ready")
        for _ in range(2):
            r.bot.send_signal(signal.SIGHUP)
            told = server.recv(4096).decode()
            expect(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told), "reloading, with the time", told)
            expect(server.recv(4096) == b"READY=1", "and ready again")
            r.configure(policy={"approvals": "many"})
        r.configure(policy={"approvals": "1"})


# ---- rules and people, on record and told ----

def rule_records(r):
    return [(j["data"]["setting"], j["data"].get("was", ""), j["data"].get("now", "")) for j in r.journal() if j["kind"] == "rule_changed"]


def add_person(r, line):
    with open(r.conf) as f:
        text = f.read()
    with open(r.conf, "w") as f:
        f.write(text.replace("[people]\n", "[people]\n" + line + "\n"))


def changes_are_told(make, **more):
    r = make(policy={"mailbox_proof": "off"}, **more)
    chat = "matrix" if isinstance(r, room_rig.Room) else "slack"
    zoe = f"{chat}:{'@zoe:sandbox.local' if chat == 'matrix' else 'U0ZOE0001'}"
    expect([j["kind"] for j in r.journal()].count("rules_read") == 1 and not rule_records(r) and not r.posts("My settings"), "the first ones are on record, and nothing to tell")
    r.configure(policy={"approvals": "2", "max_window": "3h"})
    add_person(r, f"zoe@example.com = {zoe}")
    reload(r)
    post = r.wait_post("My settings have changed")
    for words in ("[policy] approvals", "2, was 1", "[policy] max_window", "3h, was ", "zoe@example.com", zoe, r.conf, "(uid "):
        expect(words in post["text"], f"the message has {words}", post["text"])
    expect(("[policy] approvals", "1", "2") in rule_records(r) and ("[people] zoe@example.com", "", zoe) in rule_records(r), "both values are on record", rule_records(r))
    owner = next(j["actor"] for j in r.journal() if j["kind"] == "rule_changed")
    expect(owner["chat"] == "file" and owner["id"] == str(os.getuid()) and f"uid {os.getuid()}" in owner["name"], "and whose file it is", owner)
    records = len(rule_records(r))
    reload(r)
    r.kill()
    r.start()
    r.ask(confirm=False)
    r.react("ben", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    expect(len(rule_records(r)) == records and len(r.posts("My settings")) == 1, "the same rules are nothing new", r.text())
    return r


def test_changes_of_rules_and_people_are_on_record_and_told(make):
    changes_are_told(make)


def test_changes_of_rules_and_people_are_told_in_the_room(make):
    changes_are_told(make, of=room_rig.Room)


def test_rules_that_changed_while_nobody_looked_are_told_at_the_start(make):
    r = make(policy={"mailbox_proof": "off"})
    r.stop()
    r.configure(policy={"approve_with": "button", "escalate": "@here"}, bot={"listen": ""}, slack={"approve_reaction": "+1"}, stax={"request_timeout": "14s"},
                mail={"smtp_url": "smtp://127.0.0.2:9"})
    with open(r.conf) as f:
        text = f.read()
    with open(r.conf, "w") as f:
        f.write(re.sub("^cleo@.*$", "", text, flags=re.M))
    r.start()
    post = r.wait_post("not those of my last run")
    for words in ("[policy] approve_with", "[policy] escalate", "[slack] approve_reaction", "[stax] request_timeout", "127.0.0.2:9, was ", "cleo@example.com", "gone, was slack:U0CLEO001"):
        expect(words in post["text"], f"the message has {words}", post["text"])
    expect(any(s == "[people] cleo@example.com" and not now for s, _, now in rule_records(r)), "who is gone is on record", rule_records(r))
    r.stop()
    database = r.database()
    database.execute("UPDATE meta SET value = replace(value, 'button', 'command') WHERE key = 'rules'")
    database.commit()
    database.close()
    r.configure(policy={"approve_with": "command"})
    r.start()
    post = r.wait_post("What they were before I cannot tell")
    expect("approve_with" not in post["text"], "a copy that does not fit is believed in nothing", post["text"])


def leaves_people(r, name):
    with open(r.conf) as f:
        text = f.read()
    with open(r.conf, "w") as f:
        f.write(re.sub(rf"^{name}@.*$", "", text, flags=re.M))
    reload(r)


def test_who_leaves_the_people_takes_their_word_along(make):
    """Before anything else is done, and not only when everybody is read once more before a lift."""
    r = make(policy={"mailbox_proof": "off", "approvals": "2"})
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    leaves_people(r, "ben")
    r.wait_post("Ben Baker is not in the [people] list any more", "G-0001")
    r.click("cleo", "approve", "G-0001")
    r.wait(lambda: len(r.posts("1 of 2", "G-0001")) == 2, "Cleo's is the first that counts")
    expect(r.card_state() == "waiting" and r.state()["stax"]["root"], "nothing is lifted on a word that is gone", r.text())
    leaves_people(r, "ana")
    r.wait_state("refused")
    expect("not in the [people] list any more" in r.text() and r.state()["stax"]["root"], "nor is anything done for who asked and is gone", r.text())


def test_what_is_told_of_rules_is_explained(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.configure(policy={"watch_after": "2h"})
    reload(r)
    r.wait_post("My settings have changed")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()
    r.configure(policy={"watch_after": "3h"})
    reload(r)
    r.wait_post("My settings have changed", count=2)
    status, out, err = r.cli("audit", "explain", "G-0001", "-c", r.conf)
    expect(status == 0 and "now: 2h" in out and "now: 3h" not in out and "setting: [policy] watch_after" in out, "of a case: what changed while it was open", out, err)
    status, out, err = r.cli("audit", "explain", "rules", "-c", r.conf)
    expect(status == 0 and "now: 2h" in out and "now: 3h" in out and "asked" not in out, "of the rules: all of it", out, err)


def test_a_file_that_is_refused_is_told_and_shown(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"}, policy={"mailbox_proof": "off"})
    r.configure(policy={"approvals": "xoxb-in-the-wrong-place"}, stax={"poll_task": "never"})
    reload(r, "config.refused")
    post = r.wait_post("is not taken over")
    expect(re.search(r"line \d+, \[", post["text"]) and "1 more error" in post["text"] and "wrong-place" not in post["text"], "where, and nothing of what stands there", post["text"])
    r.configure(policy={"approvals": "1"}, stax={"poll_task": "200ms"})
    status, out, _ = r.cli("status", "-c", r.conf)
    expect("NOT TAKEN OVER" in out, "status says so, too", out)
    reload(r)
    r.wait_post("without an error")
    _, out, _ = r.cli("status", "-c", r.conf)
    expect("NOT TAKEN OVER" not in out, "until it is", out)
