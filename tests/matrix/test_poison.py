# SPDX-License-Identifier: Apache-2.0
"""What a member may send to stop a naive client: as far as the homeserver takes it. One bad event costs itself and nothing else."""
import json

from rig import expect
from synapse import Refused, quote

DEEP = '{"a":' * 120 + "1" + "}" * 120
EVENTS = {
    "a NUL in the text": b'{"msgtype":"m.text","body":"!reguard status\\u0000 and more"}',
    "a NUL in a key": b'{"msgtype":"m.text","body":"hello","ke\\u0000y":"x"}',
    "a NUL as a key": b'{"msgtype":"m.text","body":"hello","\\u0000":1,"x":{"\\u0000a":[{"\\u0000":"\\u0000"}]}}',
    "a backslash before what looks like a NUL": b'{"msgtype":"m.text","body":"C:\\\\u0000 and \\\\\\\\u0000"}',
    "a lone surrogate": b'{"msgtype":"m.text","body":"\\ud800"}',
    "a surrogate the wrong way round": b'{"msgtype":"m.text","body":"\\udc00\\ud800"}',
    "the largest number": b'{"msgtype":"m.text","body":"n","n":9007199254740991}',
    "a larger number": b'{"msgtype":"m.text","body":"n","n":1e400}',
    "an integer of 40 digits": b'{"msgtype":"m.text","body":"n","n":1234567890123456789012345678901234567890}',
    "deep nesting": ('{"msgtype":"m.text","body":"deep","x":' + DEEP + "}").encode(),
    "very deep nesting": ('{"msgtype":"m.text","body":"deep","x":' + "[" * 800 + "]" * 800 + "}").encode(),
    "the same key twice": b'{"msgtype":"m.text","body":"!reguard lift bakery for 2m task billing because one","body":"hello"}',
    "a relation that is a list": b'{"msgtype":"m.text","body":"!reguard status","m.relates_to":[1,2]}',
    "a relation to nothing": b'{"msgtype":"m.text","body":"x","m.relates_to":{"rel_type":"m.replace","event_id":7,"key":{}},"m.new_content":"no"}',
    "mentions that are text": b'{"msgtype":"m.text","body":"x","m.mentions":"everyone"}',
    "mentions of everything": b'{"msgtype":"m.text","body":"x","m.mentions":{"user_ids":[1,null,{}],"room":"yes"}}',
    "no text at all": b"{}",
    "a kind that is a number": b'{"msgtype":7,"body":"!reguard status"}',
    "text that is a list": b'{"msgtype":"m.text","body":["!reguard status"]}',
    "a large text": ('{"msgtype":"m.text","body":"' + "x" * 60000 + '"}').encode(),
    "control and bidi characters": '{"msgtype":"m.text","body":"!reguard \\u202elift\\u202c \\u0007bakery \\u001b[31m"}'.encode(),
}
# What this homeserver does not take but another one might: the value of "body" as the bot receives it.
WIRE = {
    "a lone surrogate": b'"\\ud800"',
    "a surrogate the wrong way round": b'"!reguard status \\udc00\\ud800"',
    "a larger number": b'1e400',
    "a small number": b'-1e-400',
    "an integer of 40 digits": b'1234567890123456789012345678901234567890',
    "a list": b'["!reguard status"]',
    "nothing": b"null",
    "very deep nesting": b"[" * 3000 + b"]" * 3000,
    "the same key twice": b'"hello","body":"!reguard lift bakery for 2m task billing because one"',
    "many keys": b'{' + b",".join(b'"k%d":%d' % (n, n) for n in range(5000)) + b"}",
    "bytes that are no UTF-8": b'"\xff\xfe\xc0\x80"',
}
REACTIONS = {
    "an empty key": b'{"m.relates_to":{"rel_type":"m.annotation","event_id":"CARD","key":""}}',
    "a key with a NUL": b'{"m.relates_to":{"rel_type":"m.annotation","event_id":"CARD","key":"\\u2705\\u0000"}}',
    "a key that is a number": b'{"m.relates_to":{"rel_type":"m.annotation","event_id":"CARD","key":7}}',
    "a long key": ('{"m.relates_to":{"rel_type":"m.annotation","event_id":"CARD","key":"' + "✅" * 160 + '"}}').encode(),
    "no relation": b'{"key":"\\u2705"}',
    "a relation that is text": b'{"m.relates_to":"CARD"}',
}


def throw(r, events, kind="m.room.message", **replace):
    """Which of them the homeserver took."""
    taken = []
    for name, raw in events.items():
        for old, new in replace.items():
            raw = raw.replace(old.encode(), new.encode())
        try:
            r.people["gil"].send(r.room, kind, raw)
            taken.append(name)
        except Refused:
            pass
    r.dirty = True
    return taken


def throw_on_the_wire(r):
    for n, raw in enumerate(WIRE.values()):
        r.relay.rewrite[b'"placeholder-%d"' % n] = raw
        r.say("gil", f"placeholder-{n}")


def test_on_the_wire_each_costs_only_itself(make):
    r = make(policy={"mailbox_proof": "off"})
    throw_on_the_wire(r)
    r.ask(confirm=False)
    throw_on_the_wire(r)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()
    expect(r.card("G-0002") is None, "no case out of rubbish", r.text())


def test_on_the_wire_all_at_once_after_an_absence(make):
    r = make(policy={"mailbox_proof": "off"})
    r.kill()
    throw_on_the_wire(r)
    r.command("ana", "lift bakery for 2m task billing because between the rubbish")
    throw_on_the_wire(r)
    r.start()
    r.wait_state("waiting")


def test_each_costs_only_itself(make):
    r = make(policy={"mailbox_proof": "off"})
    taken = throw(r, EVENTS)
    for name in ("a NUL in the text", "a NUL in a key", "deep nesting", "a large text"):
        expect(name in taken, f"the homeserver takes {name}; else this test proves little", taken)
    r.ask(confirm=False)
    taken = throw(r, REACTIONS, "m.reaction", CARD=r.card()["ts"])
    expect("a key with a NUL" in taken, "the homeserver takes a key with a NUL", taken)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()
    expect(r.card("G-0002") is None, "no case out of rubbish", r.text())
    expect(r.bot.poll() is None, "the bot lives")


def test_between_two_commands_while_the_bot_was_down(make):
    r = make(policy={"mailbox_proof": "off"})
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    r.kill()
    throw(r, EVENTS)
    r.command("ana", "lift bakery for 2m task billing because between the rubbish")
    throw(r, EVENTS)
    r.command("ben", "whoami")
    r.start()
    r.wait_state("waiting")
    r.wait_heard("ben", "customer_admin")


def test_in_the_history_of_the_room_before_the_first_start(make):
    r = make(start=False)
    throw(r, EVENTS)
    r.start()
    r.lift()
    r.finish()


def test_in_a_gap(make):
    r = make(policy={"mailbox_proof": "off"})
    r.kill()
    throw(r, EVENTS)
    r.command("ana", "lift bakery for 2m task billing because said in the middle")
    for n in range(110):
        r.say("cleo", f"small talk {n}")
    r.start()
    r.wait_state("waiting")


def test_in_names_and_topics(make):
    r = make(policy={"mailbox_proof": "off"})
    r.people["gil"].client("PUT", f"profile/{quote(r.user['gil'])}/displayname", b'{"displayname":"gil\\u0000\\u202e"}')
    for kind, raw in (("m.room.topic", b'{"topic":"x\\u0000y","\\u0000":1}'), ("m.room.name", b'{"name":"\\u0000"}'), ("m.room.pinned_events", b'{"pinned":"\\u0000"}')):
        try:
            r.ops.client("PUT", f"rooms/{quote(r.room)}/state/{kind}", raw)
        except Refused:
            pass
    r.kill()
    r.start()
    r.ask(confirm=False)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_reason_with_a_nul(make):
    r = make(policy={"mailbox_proof": "off"})
    r.send("ana", b'{"msgtype":"m.text","body":"!reguard lift bakery for 2m task billing because in\\u0000voices","\\u0000":{"\\u0000":"\\u0000"}}')
    r.wait_state("waiting")
    raw = json.dumps(r.card())
    expect("\\u0000" not in raw and "voices" in raw, "it is shown without the NUL", raw)


def test_flood_of_rubbish_does_not_starve_a_command(make):
    r = make(policy={"mailbox_proof": "off"})
    for _ in range(8):
        throw(r, {name: raw for name, raw in EVENTS.items() if name != "a large text"})
    r.ask(confirm=False)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
