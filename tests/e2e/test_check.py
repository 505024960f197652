# SPDX-License-Identifier: Apache-2.0
"""`reguard check`: whatever `run` needs and does not have, each once, with where it stands and what to do. It changes nothing."""
import os
import re
import signal
import socket
import subprocess

import room_rig
from rig import Skipped, expect
from ports import free_port
from test_reload import MailServer

NOBODY = 65534


class Desk:
    """A configuration that is right, for one mistake after the other."""

    def __init__(self, make, **options):
        self.r = make(start=False, **options)
        self.good = open(self.r.conf).read()

    def put(self, name, text, mode=0o600):
        path = f"{self.r.dir}/{name}"
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def secret(self, name):
        return open(f"{self.r.dir}/{name}").read()

    def check(self, *words, problems, **sections):
        """problems: for each one that must be told, the setting and words of it; no other one may be."""
        with open(self.r.conf, "w") as f:
            f.write(self.good)
        self.r.configure(**sections)
        before = len(self.r.requests())
        status, out, err = self.r.cli("check", *words, "-c", self.r.conf)
        told = [line for line in out.splitlines() if line.startswith("PROBLEM")]
        expect(status == (1 if problems else 0), f"check {sections}", status, out, err)
        expect(len(told) == len(problems), f"each problem once: {sections}", out, err)
        for setting, *wanted in problems:
            line = next((t for t in told if setting in t and all(w in t for w in wanted)), None)
            expect(line, f"“{setting}” with {wanted}", out)
            if setting.startswith("["):
                self.stands(line, setting)
        expect("slack.refused" not in err, "nothing of it comes as a log, too", err)
        expect("--offline" not in words or len(self.r.requests()) == before, "nothing is asked over the network", self.r.requests()[before:])
        return out

    def stands(self, line, setting):
        section, key = re.match(r"\[(\w+)\] (\S+)", setting).groups()
        at = int(re.search(re.escape(self.r.conf) + r":(\d+):", line)[1]) - 1
        lines = open(self.r.conf).read().split("\n")
        heading = max(i for i in range(at) if lines[i].startswith("["))
        expect(lines[at].startswith(key) and lines[heading] == f"[{section}]", f"{setting} stands in that line", line, lines[at])


def both_ways(d, problems, **sections):
    """What needs no network is found without it, too."""
    d.check("--offline", problems=problems, **sections)
    return d.check(problems=problems, **sections)


def test_a_right_configuration_has_no_problem(make):
    d = Desk(make)
    out = both_ways(d, [])
    for words in ("state folder", "organisation", "root protection ON (“Block non-centralized root user access”", "both tokens work", "the server takes mail", "ana@example.com: customer_admin, may ask and approve", "dan@example.com: customer_user, may only look",
                  "ben@example.com: Slack: a full member", "will notify 2 people"):
        expect(words in out, f"it says “{words}”", out)
    expect(not d.r.puts() and os.listdir(d.r.dir + "/state") == [], "and leaves nothing behind")


def test_secrets_of_the_wrong_kind(make):
    d = Desk(make)
    app, bot = d.secret("slack-app-token"), d.secret("slack-bot-token")
    d.put("slack-app-token", bot)
    both_ways(d, [("[slack] app_token_file", "bot token (xoxb-)", "App-Level Tokens")])
    d.put("slack-bot-token", app)
    both_ways(d, [("[slack] app_token_file", "bot token (xoxb-)"), ("[slack] bot_token_file", "app-level token (xapp-)", "OAuth & Permissions")])
    d.put("slack-app-token", app)
    for token, words in (("xoxp-1-2-3", "person's token"), ("xoxe.xoxb-1-Mi0yLTEyMzQ1Njc4", "rotation"), ("xoxe-1-abc", "rotation"), ("hello", "no bot token"), (f'"{bot.strip()}"', "quotes")):
        d.put("slack-bot-token", token + "\n")
        out = both_ways(d, [("[slack] bot_token_file", words)])
        expect(token not in out, "the token itself is never told", out)


def test_secrets_that_cannot_be_read(make):
    d = Desk(make)
    keys = d.secret("stax-secret-key")
    for words in ([], ["--offline"]):
        d.put("stax-secret-key", keys, 0o640)
        status, _, err = d.r.cli("check", *words, "-c", d.r.conf)
        expect(status == 78 and "[stax] secret_key_file" in err and "0600" in err, "readable by others", status, err)
        os.remove(d.r.dir + "/stax-secret-key")
        status, out, err = d.r.cli("check", *words, "-c", d.r.conf)
        expect(status == 78 and "there is no" in err and "secret_key_file" in err, "missing", status, err)
        d.put("stax-secret-key", keys)
    os.remove(d.r.dir + "/stax-secret-key")
    d.put("slack-app-token", "xoxb-1\n")
    status, out, err = d.r.cli("check", "-c", d.r.conf)
    expect(status == 78 and "app_token_file" in out, "the others are looked at all the same", out, err)


def test_secrets_that_are_refused(make):
    d = Desk(make)
    for name, wrong, setting, *words in (("slack-app-token", "xapp-1-wrong", "[slack] app_token_file", "invalid_auth", "connections:write"),
                                         ("slack-bot-token", "xoxb-wrong", "[slack] bot_token_file", "invalid_auth", "OAuth & Permissions"),
                                         ("stax-access-key", "wrong", "[stax] access_key_file", "access key", "API Admin"),
                                         ("stax-secret-key", "wrong", "[stax] secret_key_file", "secret key", "same Stax API token")):
        right = d.secret(name)
        d.put(name, wrong + "\n")
        d.check(problems=[(setting, *words)])
        d.put(name, right)


def test_names_in_the_place_of_ids(make):
    d = Desk(make)
    for section, key, value, *words in (("slack", "team", "acme", "begins with T"), ("slack", "channel", "#rootops", "begins with C or G"), ("slack", "channel", "rootops", "a name is not enough"),
                                        ("slack", "command", "reguard", "slash"), ("slack", "approve_reaction", ":white_check_mark:", "without colons"), ("slack", "approve_reaction", "✅", "white_check_mark"),
                                        ("slack", "decline_reaction", "white_check_mark", "approve_reaction"), ("policy", "escalate", "@here", "<!here>"),
                                        ("stax", "organisation", "bakers", "UUID")):
        out = both_ways(d, [(f"[{section}] {key}", *words)], **{section: {key: value}})
        expect(key != "organisation" or "belongs to organisation 5c1d" in out, "whose the credential is", out)
    # Where it does not matter, it is not said.
    d.check("--offline", problems=[], slack={"approve_reaction": "✅"}, policy={"approve_with": "button command"})
    for value in ("<!here> <!subteam^S012345>", "<@U0ANA0001>", ""):
        d.check("--offline", problems=[], policy={"escalate": value})


def test_a_matrix_configuration(make):
    d = Desk(make, of=room_rig.Room)
    for key, value, *words in (("room", "#rootops:sandbox.local", "begins with !"), ("user", "reguard", "@reguard:example.com")):
        d.check("--offline", problems=[(f"[matrix] {key}", *words)], matrix={key: value})
    d.check("--offline", problems=[("[people] ana@example.com", "whole")], people={"ana@example.com": "matrix:ana"})
    d.check("--offline", problems=[("[people] ana@example.com", "no account in a chat that is served", "matrix:")], people={"ana@example.com": "slack:U0ANA0001"})
    d.check("--offline", problems=[], policy={"escalate": "@room"}, people={"ana@example.com": "slack:U0ANA0001 matrix:@ana:sandbox.local"})
    d.put("matrix-token", "syr_refresh\n")
    d.check("--offline", problems=[("[matrix] access_token_file", "refresh token")])


def test_where_it_is_installed(make):
    d = Desk(make)
    d.check(problems=[("[slack] team", "T0SANDBOX", "T0OTHER")], slack={"team": "T0OTHER"})
    d.check(problems=[("[slack] channel", "/invite @reguard")], slack={"channel": "C0ELSEWHERE"})
    d.r.slack(channel={"is_member": False})
    d.check(problems=[("[slack] channel", "not a member", "/invite @reguard")])
    d.r.slack(channel={"is_member": True})
    d.check(problems=[("[stax] organisation", "found “00000000-0000-4000-8000-000000000000”", "belongs to 5c1d0000-0000-4000-8000-000000000000 (bakers)")],
            stax={"organisation": "00000000-0000-4000-8000-000000000000"})


def test_scopes(make):
    d = Desk(make)
    enough = "app_mentions:read,chat:write,commands,channels:history,channels:read,users:read"
    d.r.slack(scopes=enough)
    d.check(problems=[("[slack] bot_token_file", "reactions:read", "im:history", "im:write", "reguard manifest slack", "reinstall")])
    d.r.slack(scopes=enough.replace("chat:write,", ""))
    d.check(problems=[("[slack] bot_token_file", "chat:write", "reguard manifest slack", "reinstall")])


def test_people(make):
    d = Desk(make)
    d.check("--offline", problems=[("[people] ben@example.com", "U0BEN0001", "ana@example.com", "for neither")], people={"ana@example.com": "slack:U0BEN0001"})
    d.check(problems=[("[people] ben@example.com", "for neither"), ("[policy] approvals", "1 Admins")], policy={"approvals": 1}, people={"ana@example.com": "slack:U0BEN0001"})
    both_ways(d, [("[people] ana@example.com", "slack:@ana", "Copy member ID")], people={"ana@example.com": "slack:@ana"})
    d.check(problems=[("[people] zoe@example.com", "no Stax user matches"), ("[people] zoe@example.com", "Slack", "compare the id")], people={"zoe@example.com": "slack:U0ZOE0001"})
    d.r.slack(user={"person": "cleo", "is_restricted": True})
    d.check(problems=[("[people] cleo@example.com", "Slack", "guests", "full members")])


def test_reminders_that_come_too_late(make):
    d = Desk(make)
    both_ways(d, [("[policy] remind_overdue", "2 h", "begin with 0s")], policy={"remind_overdue": "2h 3h"})
    both_ways(d, [("[policy] remind_overdue", "once in 7 d only", "a day at most")], policy={"remind_overdue": "0s 7d"})
    both_ways(d, [], policy={"remind_overdue": "1h 1d"})


def test_state_folder(make):
    d = Desk(make)
    nowhere = d.r.dir + "/nowhere"
    both_ways(d, [("[bot] state_dir", nowhere, "No such file or directory", "0700")], bot={"state_dir": nowhere})
    both_ways(d, [("[bot] state_dir", "no folder")], bot={"state_dir": d.r.conf})
    both_ways(d, [("[bot] state_dir", "too long")], bot={"state_dir": long_folder(d.r.dir)})
    os.chmod(d.r.dir + "/state", 0o750)
    both_ways(d, [("[bot] state_dir", "chmod 700")])
    os.chmod(d.r.dir + "/state", 0o700)


def long_folder(base):
    path = base + "/" + "long" * 25
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


def test_state_folder_of_somebody_else(make):
    if os.geteuid():
        raise Skipped("several users need root")
    d = Desk(make)
    os.chmod(d.r.dir, 0o711)
    for name in ("stax-access-key", "stax-secret-key", "slack-app-token", "slack-bot-token", "reguard.conf"):
        os.chown(f"{d.r.dir}/{name}", NOBODY, NOBODY)
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", d.r.build + "/reguard", "check", "--offline", "-c", d.r.conf], capture_output=True, text=True,
                          env=d.r.environment())
    if "setpriv" in done.stderr or done.returncode in (126, 127):
        raise Skipped(done.stderr.strip())
    expect(done.returncode == 1 and "[bot] state_dir" in done.stdout and "Permission denied" in done.stdout and "must belong to the user" in done.stdout, "told", done.returncode, done.stdout, done.stderr)


def test_the_port_for_health(make):
    d = Desk(make)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        there = f"127.0.0.1:{taken.getsockname()[1]}"
        both_ways(d, [("[bot] listen", there, "taken by another process", "choose another address")], bot={"listen": there})
        status, _, err = d.r.cli("run", "-c", d.r.conf)
        expect(status == 1 and "taken by another process" in err, "run says the same", status, err)
    both_ways(d, [("[bot] listen", "No such file or directory")], bot={"listen": f"unix:{d.r.dir}/nowhere/x.sock"})
    listen = f"127.0.0.1:{free_port()}"
    d.check(problems=[], bot={"listen": listen})
    d.r.start()
    out = d.check(problems=[], bot={"listen": listen})
    expect("a reguard runs here" in out, "the running reguard's own", out)


def test_the_clock(make):
    d = Desk(make)
    for ahead_s, words in ((20 * 60, "behind AWS's"), (-20 * 60, "ahead of AWS's")):
        d.r.stax(clock_ms=ahead_s * 1000)
        d.check(problems=[("this machine's clock", words, "NTP")])
    d.r.stax(clock_ms=0)


def test_stax_that_does_not_answer_or_refuses(make):
    d = Desk(make)
    d.r.fault("stax.get_guardrails", "status", status=403, count=-1)
    d.check(problems=[("[stax] access_key_file", "403", "API Admin")])
    d.r.call("POST", "fault", {"clear": True})
    d.check(problems=[("[stax] api_url", "could not be reached", "network")], stax={"api_url": "http://127.0.0.1:1"})
    d.r.stax(guardrail={"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False, "by": "dan"})
    d.check(problems=[("root protection OFF", "IAM_BLOCK_ROOT_USER_ACCESS", "reguard restore")])
    d.r.checks_flags = False


def test_the_mail_server(make):
    d = Desk(make)
    d.check(problems=[("[mail] smtp_url", "connect", "network")], mail={"smtp_url": "smtp://127.0.0.1:1"})
    server = MailServer()
    d.r.closes.append(server.server.close)
    server.password = "the-right-one"
    mail = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "username": "reguard", "password_file": "mail-password"}
    d.put("mail-password", "a-wrong-one")
    d.check(problems=[("[mail] password_file", "denied", "compare username")], mail=mail)
    d.put("mail-password", server.password)
    expect("the server takes mail" in d.check(problems=[], mail=mail) and not server.mails, "signed in, and no mail sent")


def test_run_logs_what_check_reports_and_starts_all_the_same(make):
    r = make(start=False)
    r.configure(policy={"escalate": "@here"}, people={"dan@example.com": "slack:U0ANA0001"})
    r.start()
    log = open(r.logs[-1]).read()
    for words in ('key="escalate"', 'key="ana@example.com"', "for neither", "<!here>"):
        expect(words in log, f"the log says {words}", log)
    r.configure(slack={"approve_reaction": "✅"})
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: 'key="approve_reaction"' in open(r.logs[-1]).read(), "a reload, too")


def test_the_shipped_example_is_right(make):
    d = Desk(make)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/reguard.conf")) as f:
        d.good = f.read().replace("/var/lib/reguard", d.r.dir + "/state").replace(":9464", f":{free_port()}")
    os.mkdir(d.r.dir + "/secrets")
    for name, text in (("slack-app-token", "xapp-1-A"), ("slack-bot-token", "xoxb-1"), ("stax-access-key", "a"), ("stax-secret-key", "b")):
        os.remove(f"{d.r.dir}/{name}")
        d.put("secrets/" + name, text)
    d.check("--offline", problems=[])
