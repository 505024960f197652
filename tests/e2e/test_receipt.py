# SPDX-License-Identifier: Apache-2.0
"""A receipt as a file: `show G-0001 full` brings it to whoever asked and to nobody else, once; without the right to upload, or when
something is in the way, its text stands and one sentence says why."""
import json

from rig import expect
from room_rig import Room
from test_trust import alter


def closed(make, **sections):
    r = make(policy={"mailbox_proof": "off", **sections.pop("policy", {})}, **sections)
    r.lift(reason="month end  invoices", confirm=False)
    r.finish("cleo")
    return r


def files(r, person):
    """That stand in the person's direct conversation with the bot."""
    return [f for m in r.private(person)["dm"] for f in m.get("files") or []]


def in_channel(r):
    return [m for m in r.channel() if m.get("files")]


def wait_file(r, person, count=1):
    r.wait(lambda: len(files(r, person)) == count, f"{person} has {count} files; heard: {r.heard(person)[-500:]}")
    return files(r, person)[-1]


def expect_none(r, person):
    expect(not files(r, person) and not in_channel(r), "there is no file", files(r, person), in_channel(r))


def test_a_receipt_comes_as_a_file(make):
    r = closed(make)
    r.command("dan", "show G-0001 full")
    file = wait_file(r, "dan")
    expect(file["name"] == "reguard-G-0001.txt" and file["size"] == len(file["content"].encode()), "with a plain name and its length", file)
    lines = file["content"].splitlines()
    expect(lines[0].startswith("Receipt of G-0001, which is restored"), "it is the receipt", lines[0])
    for part in ("Requested: 20", " UTC by Ana Archer", "Reason: month end invoices", "Approved: ", "Ben Baker (button)", "Head of the audit: record ", "reguard audit explain G-0001"):
        expect(part in file["content"], f"it says “{part}”", file["content"])
    expect(any(line.startswith("    aws cloudtrail lookup-events") for line in lines), "the call stands alone, to be pasted", file["content"])
    kinds = [j["kind"] for j in r.journal("G-0001")]
    told = [line.split("  ")[2].split(" ")[0] for line in lines[lines.index("Its records, oldest first:") + 1:] if line.startswith("20")]
    expect(told == kinds[:len(told)] and "restored" in told, "each record of it, in order", told, kinds)
    card = r.card()
    expect(lines[-1] == f"Its card: https://sandbox.slack.example/archives/{card['channel']}/p{card['ts'].replace('.', '')}", "it leads to its card", lines[-1])
    r.wait_heard("dan", "receipt as a file is in our direct conversation")
    expect("Receipt of G-0001" in r.heard("dan"), "the text is there as well")
    expect(not in_channel(r) and not any(files(r, p) for p in ("ana", "ben", "cleo")), "nobody else has it")
    upload, = r.requests("slack.upload")
    expect(upload["status"] == 200, "it went up once", upload)
    expect(upload["note"] == "reguard-G-0001.txt", "and no token went with it", upload)


def test_asked_in_private_it_comes_there_alone(make):
    r = closed(make)
    r.say("ana", "show G-0001 full", dm=True)
    wait_file(r, "ana")
    r.command("ana", "status")
    r.wait_heard("ana", "root protection is on")
    expect("is in our direct conversation" not in r.heard("ana"), "which needs no sentence", r.heard("ana"))


def test_each_answer_has_its_own_file(make):
    r = closed(make)
    for count in (1, 2):
        r.command("dan", "show G-0001 full")
        wait_file(r, "dan", count)
    r.command("dan", "show G-0001")
    r.wait_heard("dan", "Restored")
    expect(len(files(r, "dan")) == 2, "only where the whole is asked for")


def test_long_after_it_is_made_from_its_records(make):
    r = closed(make, policy={"watch_after": "2s"})
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal("G-0001")), "it leaves the desk")
    r.command("dan", "show G-0001 full")
    content = wait_file(r, "dan")["content"]
    expect("restored by" in content and "approved by Ben Baker" in content, "with its records", content)
    expect("\nIts card: https://sandbox.slack.example/archives/" in content, "and the way to its card", content)
    expect(content.startswith("Receipt of G-0001, which is restored"), "as when it closed", content)
    for part in ("Requested: 20", "Reason: month end invoices", "Ben Baker (button)", "OFF: from 20", "Stax tasks: ", "aws cloudtrail lookup-events"):
        expect(part in content and part in r.heard("dan"), f"it says “{part}”", content, r.heard("dan"))
    r.command("cleo", "show G-0001")
    for part in ("Restored and verified", "Reason: month end invoices", "OFF for: "):
        r.wait_heard("cleo", part)
    r.command("dan", "show G-0009 full")
    r.wait_heard("dan", "There is no such case")
    expect(len(files(r, "dan")) == 1, "of none there is no file")


def test_where_its_records_cannot_be_read_its_row_is_told(make):
    r = closed(make, policy={"watch_after": "2s"})
    r.wait(lambda: any(j["kind"] == "filed" for j in r.journal("G-0001")), "it leaves the desk")
    r.checks_audit = False
    r.kill()
    alter(r, "UPDATE journal SET data = '{' WHERE case_id = 'G-0001' AND kind = 'approved'")
    r.start()
    r.command("dan", "show G-0001 full")
    r.wait_heard("dan", "I cannot read its records now")
    heard = r.heard("dan")
    expect("G-0001 · restored · bakery" in heard and "reguard audit explain G-0001" in heard, "what is known, and where the rest is", heard)
    expect_none(r, "dan")


def test_without_the_scope_the_text_stands(make):
    r = make(policy={"mailbox_proof": "off"}, start=False)
    scopes = "app_mentions:read,chat:write,commands,channels:history,groups:history,im:history,channels:read,groups:read,im:read,im:write,reactions:read,users:read"
    r.slack(scopes=scopes)
    r.start()
    r.ask(confirm=False)
    r.wait_state("waiting")
    r.command("dan", "show G-0001 full")
    r.wait_heard("dan", "my Slack app lacks the permission files:write")
    r.wait_heard("dan", "Receipt of G-0001")
    expect(not r.requests("slack.files.getUploadURLExternal"), "and nothing is tried")
    status, out, _ = r.cli("check", "-c", r.conf)
    expect(status == 0 and "files:write" not in out, "nothing else needs it", out)


def test_a_scope_that_was_taken_away(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.slack(scopes="app_mentions:read,chat:write,commands,channels:history,channels:read,users:read")
    r.command("dan", "show G-0001 full")
    r.wait_heard("dan", "lacks the permission files:write")
    r.wait_heard("dan", "Receipt of G-0001")
    expect_none(r, "dan")


def refused(r, words, person="dan"):
    r.command(person, "show G-0001 full")
    r.wait_heard(person, words)
    r.wait_heard(person, "Receipt of G-0001")
    expect_none(r, person)


def test_what_is_in_the_way_is_said(make):
    """One after the other; what is never known to have come is not sent again."""
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.fault("slack.files.getUploadURLExternal", "error", error="file_uploads_disabled")
    refused(r, "file_uploads_disabled")
    r.fault("slack.files.getUploadURLExternal", "status", status=429, retry_after=3600)
    refused(r, "Slack asks to slow down")
    r.command("dan", "status")
    r.wait_heard("dan", "root protection is on")
    expect_none(r, "dan")


def test_an_upload_that_is_refused_or_lost(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.fault("slack.upload", "status", status=500)
    refused(r, "did not come as a file (HTTP 500)")
    r.fault("slack.upload", "lost")
    refused(r, "Its text stands", "cleo")
    r.fault("slack.files.completeUploadExternal", "lost")
    r.command("ben", "show G-0001 full")
    r.wait_heard("ben", "is not known")
    expect(len(files(r, "ben")) == 1 and len(r.requests("slack.files.completeUploadExternal")) == 1, "it is not sent once more", files(r, "ben"))


def test_only_slack_itself_gets_the_bytes(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    for base, words in (("http://localhost:%d" % r.ports["plain_port"], "without TLS"), ("https://127.0.0.1:%d" % r.ports["port"], "not its own"), ("gopher://localhost", "is none")):
        r.slack(upload_base=base)
        r.command("dan", "show G-0001 full")
        r.wait_heard("dan", words)
    expect_none(r, "dan")
    expect(not r.requests("slack.upload"), "nothing was posted there", r.requests("slack.upload"))


def test_a_restart_sends_nothing_twice(make):
    """Killed while the bytes are on their way: the file is not sent by itself afterwards, and comes when it is asked for again."""
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.fault("slack.upload", "delay", delay_ms=3000)
    r.command("dan", "show G-0001 full")
    r.wait(lambda: r.requests("slack.upload"), "the bytes are on their way")
    r.kill()
    r.start()
    r.command("dan", "status")
    r.wait_heard("dan", "root protection is on")
    expect_none(r, "dan")
    r.command("dan", "show G-0001 full")
    wait_file(r, "dan")
    expect(len(r.requests("slack.files.completeUploadExternal")) == 1, "once")


def test_an_upload_that_hangs_delays_nothing(make):
    r = make(policy={"mailbox_proof": "off"})
    r.lift(confirm=False)
    r.fault("slack.upload", "delay", delay_ms=60000, count=-1)
    for person in ("ana", "ben", "cleo", "dan"):
        r.command(person, "show G-0001 full")
    r.wait(lambda: len(r.requests("slack.upload")) == 4, "four hang")
    r.command("gil", "show G-0001 full")
    r.wait_heard("gil", "others are on their way")
    r.finish("cleo")
    expect(not any(files(r, p) for p in ("ana", "ben", "cleo", "dan")), "none has come meanwhile")


def test_what_people_wrote_forges_no_line(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "lift bakery for 2m task billing because one\n\u2028Approved: by Ben\u202e \u0007two")
    r.wait_state("waiting")
    r.command("dan", "show G-0001 full")
    content = wait_file(r, "dan")["content"]
    expect(not any(line.startswith("Approved:") for line in content.splitlines()), "it stays in its line", content)
    expect(all(c == "\n" or ord(c) >= 32 for c in content) and "\u202e" not in content and "\u2028" not in content, "as plain characters", json.dumps(content))


# ---- in a Matrix room ----

def room(make, **options):
    return make(of=Room, policy={"mailbox_proof": "off"}, **options)


def asked(r, person="ana"):
    r.command(person, "lift bakery for 2m task billing because month end invoices")
    r.wait_state("waiting")


def room_files(r):
    return [m for m in r.ours() if m["content"].get("msgtype") == "m.file"]


def test_in_a_room_it_stands_where_the_answer_stands(make):
    r = room(make)
    asked(r)
    r.command("dan", "show G-0001 full")
    message, = r.wait(lambda: room_files(r), "the file comes")
    content, kept = message["content"], r.call("GET", "media")
    expect(content["filename"] == content["body"] == "reguard-G-0001.txt" and content["url"] in kept, "with its name and address", content, list(kept))
    paper = kept[content["url"]]
    expect(paper["type"] == "text/plain; charset=utf-8" and paper["name"] == "reguard-G-0001.txt", "as plain text", paper)
    expect(content["info"] == {"mimetype": "text/plain", "size": len(paper["content"].encode())} and content["m.mentions"] == {}, "of that size", content)
    expect(paper["content"].startswith("Receipt of G-0001") and "  asked by Ana Archer: month end" in paper["content"], "the receipt with its records", paper)
    text, = [m for m in r.ours() if "Receipt of G-0001" in m["text"]]
    expect(message["thread"] == text["thread"], "in the same thread", message, text)
    r.command("dan", "show G-0001")
    r.is_answered([m for m in r.channel() if m["text"].endswith("show G-0001")][-1]["event_id"], "bakery")
    expect(len(room_files(r)) == 1, "once")


def test_in_a_room_what_is_in_the_way_is_said(make):
    r = room(make)
    asked(r)
    for what, words in (({"kind": "status", "status": 429, "retry_after": 3600}, "slow down"), ({"kind": "status", "status": 502}, "did not come as a file"), ({"kind": "lost"}, "did not come as a file"),
                        ({"kind": "body", "body": '{"content_uri":"https://example.org/x"}'}, "gives no address")):
        before = len(r.posts("did not come as a file"))
        r.fault("matrix.upload", **what)
        r.command("dan", "show G-0001 full")
        r.wait(lambda: len(r.posts("did not come as a file")) > before and r.posts(words), f"“{words}” is said")
    expect(not room_files(r), "no file", room_files(r))
    expect(len(r.requests("matrix.upload")) == 4, "each was tried once", r.requests("matrix.upload"))


def test_in_a_room_a_restart_sends_nothing_twice(make):
    r = room(make)
    asked(r)
    r.fault("matrix.upload", "delay", delay_ms=3000)
    r.command("dan", "show G-0001 full")
    r.wait(lambda: r.requests("matrix.upload"), "it is on its way")
    r.kill()
    r.start()
    r.command("cleo", "status")
    r.wait_heard("cleo", "root protection is on")
    expect(not room_files(r), "nothing comes by itself", room_files(r))
    r.command("dan", "show G-0001 full")
    r.wait(lambda: len(room_files(r)) == 1, "it comes when asked for again")


def test_in_a_room_a_lost_answer_makes_no_second_file(make):
    """The message with the file has been stored and nobody was told: the same transaction is sent again."""
    r = room(make)
    asked(r)
    r.command("dan", "show G-0001 full")
    r.wait(lambda: len(room_files(r)) == 1, "it comes")
    r.fault("matrix.send", "lost", count=2)
    r.command("cleo", "show G-0001 full")
    r.wait(lambda: len(room_files(r)) == 2, "the second one, too")
    r.wait(lambda: r.state()["faults"] == 0, "both answers were lost")
    r.command("ben", "status")
    r.wait_heard("ben", "root protection is on")
    expect(len(room_files(r)) == 2, "and no third", room_files(r))
