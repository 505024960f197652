# SPDX-License-Identifier: Apache-2.0
"""The network between the bot and everybody else: names that are not found, come late or change; hosts that say nothing, break off or
trickle; answers without an end. One service that is out of reach holds nothing else up."""
import itertools
import time

from network import Hole, Named, Relay, Resolver, other_address
from rig import ROOT_KEY, expect, sanitized

POLICY = {"mailbox_proof": "off", "min_window": "1s", "warn_before": "1s", "on_deadline": "restore"}
MOST_KIB = 64 * 1024


def log(r):
    with open(r.logs[-1], errors="replace") as f:
        return f.read()


def serves(r):
    """Slack is heard, and what it brings is put on record."""
    for person in ("ana", "ben", "cleo"):
        answer = r.command(person, "status")
        expect(answer["acked"], "a command is acknowledged meanwhile", answer, r.tail(r.logs[-1]))


# ---- names ----

def test_a_name_that_is_not_found_holds_nothing_else_up(make):
    for says in ("missing", "fails"):
        resolver = Resolver(says)
        r = make(of=Named, resolver=resolver, names=("slack",), start=False)
        r.start(wait=False)
        r.wait(lambda: "its name could not be resolved" in log(r), "the log says what is wrong")
        r.wait(lambda: r.requests("stax.get_guardrails"), "the guardrail is read all the same")
        resolver.says = ["127.0.0.1"]
        r.wait(lambda: r.state()["slack"]["hellos"], "it connects")
        r.lift()


def test_a_name_of_stax_that_is_not_found_is_said(make):
    resolver = Resolver("missing")
    r = make(of=Named, resolver=resolver, names=("stax",), start=False)
    r.start(wait=False)
    post = r.wait_post("cannot read whether")
    expect("could not be resolved" in post["text"], "and why", post["text"])
    serves(r)
    resolver.says = ["127.0.0.1"]
    r.wait_known()
    r.lift()


def test_a_resolver_that_says_nothing_stops_nothing(make):
    """A look-up that hangs for minutes ends with its request, and the loop never waits for it."""
    resolver = Resolver("silent")
    r = make(of=Named, resolver=resolver, names=("stax",), start=False, stax={"request_timeout": "2s"})
    r.start(wait=False)
    r.wait(lambda: resolver.asked, "a name is asked for")
    r.wait(lambda: r.state()["slack"]["hellos"], "Slack has nothing to do with it")
    for _ in range(8):
        serves(r)
    r.wait(lambda: "no answer in time" in log(r), "the log says that nobody answers")
    resolver.says = ["127.0.0.1"]
    r.wait_known()
    r.lift()


def test_a_resolver_that_says_nothing_does_not_hold_the_end_back(make):
    resolver = Resolver("silent")
    r = make(of=Named, resolver=resolver, names=("stax",), start=False, stax={"request_timeout": "2s"})
    r.start(wait=False)
    r.wait(lambda: resolver.asked, "a name is asked for")
    begun = time.monotonic()
    status = r.stop()
    expect(status == 0, "it ends as it was asked to", status, time.monotonic() - begun)


def test_a_dead_address_before_the_right_one_is_gone_round(make):
    """At the first one nobody listens, or what is sent to it vanishes."""
    for dead in ("refused", "hole"):
        address = other_address()
        r = make(of=Named, resolver=Resolver([address, "127.0.0.1"]), start=False, policy=POLICY)
        if dead == "hole":
            r.closes.append(Hole(r.ports["port"], address).close)
        r.start()
        r.ask(confirm=False, length="3s")
        r.click("ben", "approve", "G-0001")
        r.wait_state("restored")
        expect(len(r.puts()) == 2, "off once and on once", r.puts())


def test_a_name_that_moves_is_followed(make):
    """What was at one address is at another one, and the old one is dead; a window ends meanwhile."""
    old = other_address()
    resolver = Resolver([old])
    r = make(of=Named, resolver=resolver, start=False, policy=POLICY)
    relay = Relay(r.ports["port"], address=old, own_port=r.ports["port"])
    r.start()
    r.ask(confirm=False, length="2m")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    resolver.says = ["127.0.0.1"]
    relay.close()
    r.click("ana", "done", "G-0001")
    r.wait_root(True)
    r.wait_state("restored")
    expect(len(r.puts()) == 2, "off once and on once", r.puts())


# ---- ways ----

def behind(r, port, scheme="https"):
    base = f"{scheme}://localhost:{port}"
    return {"slack": {"api_url": base + "/api/"},
            "stax": {"api_url": base, "login_url": base + "/cognito-idp/", "identity_url": base + "/cognito-identity/", "request_timeout": "2s"}}


def relayed(make, how="whole", only=None, scheme="https", sections=("slack", "stax"), **more):
    r = make(start=False, policy=POLICY, **more)
    relay = Relay(r.ports["port" if scheme == "https" else "plain_port"], how, only)
    r.closes.append(relay.close)
    all_sections = behind(r, relay.own_port, scheme)
    r.configure(**{s: all_sections[s] for s in sections})
    return r, relay


def test_answers_that_come_byte_by_byte_are_whole(make):
    r, _ = relayed(make, "bytes", scheme="http")
    r.start()
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_a_way_that_breaks_in_any_manner_is_tried_again(make):
    for how in ("reset", "cut", "silent", "hole"):
        r, relay = relayed(make, sections=("stax",))
        r.start()
        r.ask(confirm=False, length="2m")
        r.click("ben", "approve", "G-0001")
        r.wait_state("lifted")
        if how == "hole":
            relay.close()
            hole = Hole(relay.own_port, "127.0.0.1")
        else:
            relay.how = how
            relay.drop()
        r.click("ana", "done", "G-0001")
        r.wait_state("restoring")
        serves(r)
        r.wait(lambda: "stax" in log(r).split("restoring")[-1], f"the log tells that Stax cannot be reached ({how})")
        expect(r.state()["stax"]["root"] is False, "nothing came through", r.puts())
        if how == "hole":
            hole.close()
            again = Relay(r.ports["port"], own_port=relay.own_port)
            r.closes.append(again.close)
        else:
            relay.how = "whole"
            relay.drop()
        r.wait_root(True)
        r.wait_state("restored")
        expect(len(r.puts()) == 2, f"off once and on once ({how})", r.puts())


# ---- answers without an end ----

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(first, *rest):
    return lambda: itertools.chain([first], itertools.cycle(rest))


def trickle(first, piece):
    """A server that always has one byte more."""
    def pieces():
        yield first
        while True:
            time.sleep(0.1)  # it is the pace that is the fault
            yield piece
    return pieces


ENDLESS = {
    "headers": endless(HEAD, b"".join(b"X-Pad-%d: %s\r\n" % (n, b"x" * 200) for n in range(300))),
    "one header": endless(HEAD + b"X-Pad: ", b"x" * 65536),
    "answers before the answer": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "a body": endless(HEAD + b"\r\n[", b" " * 65536),
    "a body of the length it says": endless(HEAD + b"Content-Length: 1099511627776\r\n\r\n[", b" " * 65536),
    "chunks of one byte": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 5000),
    "the length of a chunk": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "what follows the last chunk": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Pad: x\r\n" * 5000),
    "headers at a trickle": trickle(HEAD, b"X"),
    "a body at a trickle": trickle(HEAD + b"\r\n[", b" "),
}


def test_answers_without_an_end_hold_nothing_up(make):
    """Of Stax, one kind after the other: the answer ends with its time or its ceiling, the memory stays flat, and people are served."""
    r, relay = relayed(make, only=b"/guardrails", scheme="http", sections=("stax",), stax={"poll_idle": "500ms"})
    r.start()
    r.wait_known()
    for what, how in ENDLESS.items():
        before = relay.answered
        relay.how = how
        r.wait(lambda: relay.answered >= before + 2, f"it was given an answer without an end twice: {what}")
        serves(r)
    if not sanitized(r.build):
        with open(f"/proc/{r.bot.pid}/status") as f:
            peak = int(next(line.split()[1] for line in f if line.startswith("VmHWM:")))
        expect(peak < MOST_KIB, f"the peak of {peak} KiB stays under 64 MB")
    relay.how = "whole"
    r.wait_known()
    r.ask(confirm=False, length="1s")
    r.click("ben", "approve", "G-0001")
    r.wait_state("restored")


def test_slack_without_an_end_does_not_hold_the_restore_back(make):
    for what in ("headers", "a body at a trickle"):
        r, relay = relayed(make, only=b"/api/chat.", scheme="http", sections=("slack",))
        r.start()
        r.ask(confirm=False, length="3s")
        r.click("ben", "approve", "G-0001")
        r.wait(lambda: [f for f in r.journal("G-0001") if f["kind"] == "lifted"], "it is lifted")
        relay.how = ENDLESS[what]
        r.wait_root(True)
        r.wait(lambda: [f for f in r.journal("G-0001") if f["kind"] == "restored"], f"it is over on record ({what})")
        relay.how = "whole"
        r.wait_state("restored")
        expect(len(r.puts()) == 2, "off once and on once", r.puts())


JUNK = [b"soon", b"-5", b"1\r\nRetry-After: 1", b"\xff\xfe"]


def test_junk_behind_retry_after_is_no_reason_to_stay_silent(make):
    """An alarm that is told to wait by any of them comes all the same."""
    r, relay = relayed(make, only=b"/api/chat.postMessage", scheme="http", sections=("slack",), stax={"poll_idle": "500ms"})
    answers = iter([b"HTTP/1.1 429 x\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % value for value in JUNK])

    def how():
        try:
            return [next(answers)]
        except StopIteration:
            relay.how = "whole"
            return []
    r.start()
    r.wait_known()
    relay.how = how
    r.stax(guardrail={"key": ROOT_KEY, "value": False})
    r.wait(lambda: r.posts("OFF and nobody asked for it"), "the alarm comes", patience_s=120)
