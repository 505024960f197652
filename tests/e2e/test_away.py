# SPDX-License-Identifier: Apache-2.0
"""What was said while the bot could not hear: it is read back for as long as it takes, whatever stands in the way."""
import time

from rig import expect
from room_rig import Room


def opens(r):
    return len(r.requests("slack.apps.connections.open"))


def test_hello_followed_by_close_is_a_failure(make):
    """No service is asked for a new socket more often than after any other failure, however each one begins."""
    for what in ("refresh_requested", "close"):
        r = make()
        r.slack(after_hello=what)
        r.slack(disconnect="refresh_requested")
        hellos = r.state()["slack"]["hellos"]
        r.wait(lambda: r.state()["slack"]["hellos"] >= hellos + 3, "it tries again, and again")
        before, begun = opens(r), time.monotonic()
        time.sleep(8)  # the absence of a storm: nothing to wait for
        expect(opens(r) - before <= 16, f"{opens(r) - before} sockets were asked for in {time.monotonic() - begun:.0f} s ({what})")
        r.slack(after_hello="stay")
        r.wait(lambda: r.command("ana", "status")["acked"], "served again, as soon as a socket stays")


def lifted_then_away(make, **policy):
    """A window is open, and the bot is not there."""
    r = make(policy={"mailbox_proof": "off", "max_window": "1h", **policy})
    r.ask(length="30m", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.kill()
    return r


def marks(r):
    with r.database() as d:
        return dict(d.execute("SELECT key, value FROM meta WHERE key LIKE '%.slack' AND key != 'answered.slack'").fetchall())


def reads(r, method="history"):
    return r.requests("slack.conversations." + method)


def test_look_back_that_is_told_to_wait_waits_and_then_hears(make):
    r = lifted_then_away(make)
    r.say("ana", "@reguard done G-0001", silent=True)
    before = len(reads(r))
    r.fault("slack.conversations.history", "status", status=429, retry_after=8, count=2)
    r.start()
    r.wait_state("restored")
    refused = [q for q in reads(r)[before:] if q["status"] == 429]
    restored = r.puts()[-1]
    expect(refused and restored["at_ms"] - refused[0]["at_ms"] >= 8000, "it waited as long as it was told", refused, restored)


def test_look_back_that_fails_for_long_is_told_and_goes_on(make):
    r = lifted_then_away(make)
    r.say("ana", "@reguard done G-0001", silent=True)
    r.fault("slack.conversations.history", "status", status=503, count=-1)
    r.start()
    r.wait(lambda: r.posts("I could not read what was said in Slack between"), "the channel is told after a minute", 100)
    expect(r.card_state() == "lifted", "nothing was heard yet")
    r.call("POST", "fault", {"clear": True})
    r.wait_post("By now I have read what was said")
    r.wait_state("restored")


def test_refused_scope_leaves_the_mark_and_the_rest_goes_on(make):
    r = lifted_then_away(make)
    mark = marks(r)
    r.fault("slack.conversations.history", "error", error="missing_scope", count=-1)
    r.start()
    r.say("ana", "@reguard whoami")
    r.wait_heard("ana", "ana@example.com")
    r.command("ana", "done G-0001")
    r.wait_state("restored")
    expect(marks(r) == mark, "the marks stay where the last look was", mark, marks(r))


def test_crash_before_the_history_is_read_loses_nothing(make):
    r = lifted_then_away(make)
    r.say("ana", "@reguard done G-0001", silent=True)
    before = marks(r)
    r.fault("slack.conversations.history", "delay", delay_ms=60000, count=2)
    r.start()
    r.command("ben", "status")
    r.wait_heard("ben", "G-0001")
    r.kill()
    expect(marks(r) == before, "no mark has moved", before, marks(r))
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_state("restored")


def test_thousands_of_mentions_said_while_away(make):
    """By somebody without rights; and what an Admin said among them."""
    r = lifted_then_away(make)
    r.say("gil", "@reguard status " + "please " * 400, times=1800)
    r.say("ana", "@reguard done G-0001", silent=True)
    last = r.say("gil", "@reguard status", times=1799)["ts"]
    r.start()
    r.wait(lambda: r.card_state() == "restored", "the Admin's word is carried out", 120)
    r.wait(lambda: marks(r)["cursor.slack"] > last, "all of it is read, and the mark is behind it", 120)
    resident = int(next(line for line in open(f"/proc/{r.bot.pid}/status") if line.startswith("VmHWM")).split()[1])
    print(f"      3,600 mentions: {len(reads(r))} pages, {resident // 1024} MiB at most")
    expect(resident < 64 * 1024, "bounded memory", resident)


def test_long_posts_do_not_make_it_deaf(make):
    """Together they are longer than an answer may be."""
    r = lifted_then_away(make)
    r.say("gil", "look at this: ", pad=45000, times=95)
    r.say("ana", "@reguard done G-0001", silent=True)
    r.say("gil", "and at this: ", pad=45000, times=95)
    r.start()
    r.wait_state("restored")


def test_message_that_cannot_be_read_is_left_out_and_told(make):
    """One that is too long for a message, and then one that is longer than any answer."""
    r = make()
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.kill()
    r.say("ana", "@reguard whoami", silent=True)
    r.say("gil", "@reguard half the book: ", pad=1024 * 1024, silent=True)
    r.say("ben", "@reguard whoami", silent=True)
    book = r.say("gil", "@reguard the whole book: ", pad=9 * 1024 * 1024, silent=True)["ts"]
    r.say("cleo", "@reguard whoami", silent=True)
    r.start()
    r.wait(lambda: r.posts("I left out 2 messages"), "the channel hears of it", 120)
    for person in ("ana", "ben", "cleo"):
        expect(f"{person}@example.com" in r.heard(person), f"what {person} said is heard", r.heard(person))
    expect(marks(r)["cursor.slack"] > book, "the mark is behind it", marks(r), book)


def test_long_message_that_stands_alone_is_told_once(make):
    """Nothing readable is beside it from which its time could be known."""
    r = make()
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.kill()
    book = r.say("gil", "@reguard half the book: ", pad=1024 * 1024, silent=True)["ts"]
    r.start()
    r.wait(lambda: r.posts("I left out 1 message"), "the channel hears of it")
    expect(marks(r)["cursor.slack"] >= book, "the mark is behind it", marks(r), book)
    r.kill()
    r.say("ana", "@reguard whoami", silent=True)
    r.start()
    r.wait(lambda: "ana@example.com" in r.heard("ana"), "what was said since is heard")
    expect(len(r.posts("I left out")) == 1, "it is told once", r.posts("I left out"))


def test_crash_between_two_pages_loses_nothing(make):
    r = lifted_then_away(make)
    r.slack(page_most=3)
    r.say("ana", "@reguard extend G-0001 for 5m because it takes longer", silent=True)
    lunches = [r.say("gil", f"lunch {n}", silent=True)["ts"] for n in range(12)]
    r.say("ben", "@reguard done G-0001", silent=True)
    r.fault("slack.conversations.history", "delay", delay_ms=1000, count=-1)
    r.start()
    r.wait(lambda: "extension_asked" in [j["kind"] for j in r.journal("G-0001")], "what was said first is done")
    r.kill()
    # Within a minute of its mark it reads again, so that here the end of the story alone would not tell.
    expect(marks(r)["cursor.slack"].split()[0] <= lunches[6], "the mark is not ahead of what was not handled", lunches, marks(r))
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_state("restored")


def test_small_pages_are_handled_in_the_order_of_time(make):
    """Channel and threads together: each word finds what the earlier ones have made."""
    r = lifted_then_away(make)
    r.slack(page_most=3)
    card = r.card()["ts"]
    for n in range(7):
        r.say("gil", f"lunch {n}", silent=True)
    r.say("ana", "@reguard extend G-0001 for 5m because it takes longer", silent=True, thread_ts=card)
    for n in range(8):
        r.say("gil", f"coffee {n}", silent=True, thread_ts=card)
    for n in range(4):
        r.say("gil", f"tea {n}", silent=True)
    r.say("ana", "@reguard whoami", silent=True)
    r.say("ben", "@reguard done G-0001", silent=True, thread_ts=card)
    for n in range(5):
        r.say("gil", f"cake {n}", silent=True)
    r.start()
    r.wait_state("restored")
    with r.database() as d:
        noted = [row[0] for row in d.execute("SELECT answer FROM inbox WHERE event_id LIKE 'msg:%' ORDER BY event_id")]
        order = [row[0] for row in d.execute("SELECT data ->> 'verb' FROM journal WHERE kind = 'inquired' ORDER BY seq") if row[0]]
    expect(len(noted) == 3, "each is handled once", noted)
    expect(len(reads(r)) > 4 and len(reads(r, "replies")) > 3, "page by page", len(reads(r)), len(reads(r, "replies")))
    kinds = [j["kind"] for j in r.journal("G-0001")]
    expect(kinds.index("extension_asked") < kinds.index("ended"), "in the order of time", kinds, order)


def test_threads_and_votes_are_part_of_the_look(make):
    """Each has failed once as a whole: it is read again, and only then the look is over."""
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.kill()
    heard = marks(r)["heard.slack"]
    r.fault("slack.conversations.replies", "status", status=500, count=3)
    r.fault("slack.reactions.get", "status", status=500, count=6)
    r.say("ana", "@reguard whoami", silent=True, thread_ts=r.card()["ts"])
    r.react("ben", "G-0001")
    r.slack(forget=True)
    r.start()
    r.wait_state("lifted")
    r.wait_heard("ana", "ana@example.com")
    r.wait(lambda: marks(r)["heard.slack"] > heard, "the look is over")
    expect(r.state()["faults"] == 0, "every failure was met", r.state()["faults"])


def test_what_slack_never_brought_is_found_when_it_comes_back(make):
    r = make(policy={"mailbox_proof": "off"})
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.say("ana", "@reguard whoami", silent=True)
    r.slack(outage=True)
    r.wait(lambda: r.state()["slack"]["connections"] == 0, "all connections are gone")
    r.slack(outage=False)
    r.wait_heard("ana", "ana@example.com")


def test_first_start_acts_on_nothing_old(make):
    r = make(start=False)
    r.say("ana", "@reguard whoami", silent=True)
    r.start()
    r.say("ben", "@reguard whoami")
    r.wait_heard("ben", "ben@example.com")
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    expect("ana@example.com" not in r.heard("ana"), "what was said before the first start is not for us", r.heard("ana"))


# ---- in a Matrix room, whose homeserver has forgotten our place ----

def lifted_room_then_away(make):
    r = make(of=Room, policy={"mailbox_proof": "off", "max_window": "1h"})
    r.ask(length="30m", confirm=False)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.kill()
    return r


def place(r):
    """Where the bot is in the room, the homeserver's time of it, and since when something is missing."""
    with r.database() as d:
        token, at, lost = d.execute("SELECT value FROM meta WHERE key = 'cursor.matrix'").fetchone()[0].split("\n")
    return token, int(at), int(lost)


def test_room_thousands_said_while_our_place_was_lost(make):
    r = lifted_room_then_away(make)
    text = "!reguard status " + "please " * 300
    r.call("POST", "matrix/load", {"person": "dan", "events": 2500, "text": text})
    r.command("ana", "done G-0001")
    r.call("POST", "matrix/load", {"person": "dan", "events": 2500, "text": text})
    r.homeserver(restart={"reject_since": True})
    r.start()
    r.wait(lambda: "restored" in [j["kind"] for j in r.journal("G-0001")], "the Admin's word is carried out", 150)
    r.wait(lambda: place(r)[2] == 0, "nothing is missing any more", 150)
    resident = int(next(line for line in open(f"/proc/{r.bot.pid}/status") if line.startswith("VmHWM")).split()[1])
    pages = len(r.requests("matrix.messages"))
    print(f"      5,000 commands of 2 kB: {pages} pages, {resident // 1024} MiB at most")
    expect(resident < 64 * 1024, "bounded memory", resident)


def test_room_history_that_fails_is_read_again(make):
    r = lifted_room_then_away(make)
    r.command("ana", "done G-0001")
    r.homeserver(restart={"reject_since": True})
    r.fault("matrix.messages", "status", status=503, count=8)
    r.start()
    r.wait_state("restored")
    r.wait(lambda: place(r)[2] == 0, "nothing is missing any more")
    expect(r.state()["faults"] == 0, "every failure was met")


def test_room_crash_while_the_history_is_read_loses_nothing(make):
    r = lifted_room_then_away(make)
    r.command("ana", "done G-0001")
    r.homeserver(restart={"reject_since": True})
    r.fault("matrix.messages", "delay", delay_ms=60000, count=-1)
    r.start()
    asked = r.command("ben", "whoami")
    r.is_answered(asked, "ben@example.com")
    r.wait(lambda: place(r)[2] > 0, "it is kept that something is missing")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    r.start()
    r.wait_state("restored")
    r.wait(lambda: place(r)[2] == 0, "nothing is missing any more")


def test_room_forged_times_do_not_end_the_look(make):
    """What another server says of the time, however old, is no reason to stop before the mark."""
    r = lifted_room_then_away(make)
    r.command("ana", "done G-0001")
    for n in range(130):
        r.say("dan", f"so many words {n}")
    r.inject(type="m.room.message", content={"msgtype": "m.text", "body": "!reguard status"},
             event={"origin_server_ts": 1, "sender": "@eve:other.example"})
    r.homeserver(restart={"reject_since": True})
    r.start()
    r.wait_state("restored")


def test_room_votes_that_cannot_be_read_are_read_again(make):
    r = make(of=Room, policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.kill()
    r.fault("matrix.relations", "status", status=500, count=12)
    r.start()
    r.wait(lambda: r.state()["faults"] == 0, "it is asked until it is answered")
    r.react("ben", "G-0001")
    r.wait_state("lifted")


# ---- an alarm whose sending was begun, and what stands in the way of looking for it ----

def alarm_under_way_then_killed(make, stored=False):
    """The one OVERDUE alarm of the next hours: nobody knows whether it is in the channel."""
    r = make(policy={"mailbox_proof": "off", "warn_before": "1s", "remind_overdue": "0s 2h"})
    r.ask(length="4s", confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.wait_post("the window ends", "G-0001")
    r.fault("slack.chat.postMessage", "lost" if stored else "status", status=503, count=-1)
    begun = len(r.requests("slack.chat.postMessage"))
    r.wait(lambda: len(r.requests("slack.chat.postMessage")) > begun, "the alarm is on its way")
    r.kill()
    r.call("POST", "fault", {"clear": True})
    return r


def test_unsent_alarm_comes_however_much_others_wrote(make):
    r = alarm_under_way_then_killed(make)
    r.say("gil", "look at this: ", pad=45000, times=190)
    r.start()
    r.wait_post("OVERDUE", "G-0001")
    expect("not_looked" not in r.tail(r.logs[-1]), "it was looked for, and was not there", r.tail(r.logs[-1]))


def test_sent_alarm_is_found_behind_what_others_wrote(make):
    r = alarm_under_way_then_killed(make, stored=True)
    r.wait_post("OVERDUE", "G-0001")
    r.say("gil", "look at this: ", pad=45000, times=190)
    r.start()
    r.click("cleo", "restore", "G-0001")
    r.wait_state("restored")
    r.wait_post("Root protection is back ON", "G-0001")
    alarms = r.posts("OVERDUE*: root protection is still OFF", "G-0001")
    expect(len(alarms) == 1, "once", alarms)


def test_alarm_is_sent_without_a_look_when_the_channel_cannot_be_read(make):
    """Twice is better than never, after half a minute."""
    r = alarm_under_way_then_killed(make)
    r.fault("slack.conversations.history", "status", status=503, count=-1)
    r.start()
    begun = time.monotonic()
    r.wait(lambda: r.posts("OVERDUE", "G-0001"), "the alarm comes all the same", 75)
    took = time.monotonic() - begun
    print(f"      sent without a look after {took:.0f} s")
    expect(took > 20, "not at once", took)
    expect("slack.not_looked" in r.tail(r.logs[-1]), "and the log says so", r.tail(r.logs[-1]))


def test_long_posts_do_not_stop_a_lift(make):
    """The look at what the channel says of the records reads the same pages."""
    r = make(policy={"mailbox_proof": "off"})
    r.wait(lambda: marks(r).get("heard.slack"), "a first look is over")
    r.kill()
    r.say("gil", "look at this: ", pad=45000, times=190)
    r.start()
    r.lift(confirm=False)
test_thousands_of_mentions_said_while_away.plain = True
test_room_thousands_said_while_our_place_was_lost.plain = True
