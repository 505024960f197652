# SPDX-License-Identifier: Apache-2.0
"""matrix-nio believes reguard-sandbox: log in, sync, send, react, redact, edit, thread, page back, long poll."""
import asyncio
import io
import os
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import TLS, Report, control, equal

import nio
from nio.api import RelationshipType

ROOM, BOT, BEN = "!room0sandbox:sandbox.local", "@reguard:sandbox.local", "@ben:sandbox.local"
LONG_POLL_MS = 5000
MARK = "dev.reguard"

loop = asyncio.new_event_loop()
trust = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
# Without a limit on retries a refusal would be asked again for ever.
settings = nio.AsyncClientConfig(max_limit_exceeded=2, max_timeouts=1, encryption_enabled=False)
report = Report("matrix-nio")
sent = {}


def client(user):
    return nio.AsyncClient(TLS, user, ssl=trust, config=settings)


async def made():
    bot, ben = client(BOT), client(BEN)
    bot.restore_login(BOT, "REGUARDBOT", os.environ["PEER_MATRIX_TOKEN"])
    return bot, ben


bot, ben = loop.run_until_complete(made())


def do(coroutine, kind=None):
    """Runs it; anything but an answer of that kind fails the test."""
    answer = loop.run_until_complete(asyncio.wait_for(coroutine, 30))
    assert kind is None or isinstance(answer, kind), f"{answer!r}"
    return answer


def act(path, body):
    """A control call in a thread of its own, so that it may come in the middle of a long poll."""
    return asyncio.to_thread(control, path, body)


def sync(who=bot, timeout=LONG_POLL_MS, **more):
    return do(who.sync(timeout=timeout, **more), nio.SyncResponse)


def fresh(who=bot, **more):
    room = sync(who, **more).rooms.join.get(ROOM)
    return room.timeline.events if room else []


def fresh_until(matches, who=bot):
    end = time.monotonic() + LONG_POLL_MS / 1000
    while time.monotonic() < end:
        for event in fresh(who):
            if matches(event):
                return event
    raise AssertionError("the event did not come")


def notice(body, **more):
    content = {"msgtype": "m.notice", "body": body, "m.mentions": {}, **more}
    return do(bot.room_send(ROOM, "m.room.message", content), nio.RoomSendResponse).event_id


def shown(event_id):
    return next(one for one in control("matrix/channel?format=json") if one["event_id"] == event_id)


@report.test("who am I")
def _():
    me = do(bot.whoami(), nio.WhoamiResponse)
    equal([me.user_id, me.device_id, me.is_guest], [BOT, "REGUARDBOT", False])


@report.test("log in with a password")
def _():
    do(ben.login("ben-password"), nio.LoginResponse)
    equal(do(ben.whoami(), nio.WhoamiResponse).user_id, BEN)


@report.test("a wrong password")
def _():
    async def guess():
        stranger = client(BEN)
        answer = await stranger.login("guess")
        await stranger.close()
        return answer
    equal(do(guess(), nio.LoginError).status_code, "M_FORBIDDEN")


@report.test("initial sync")
def _():
    room = sync(timeout=0).rooms.join[ROOM]
    assert room.timeline.prev_batch, "no prev_batch"
    equal(bot.rooms[ROOM].name, "root-ops")
    assert BEN in bot.rooms[ROOM].users and "@eve:other.example" not in bot.rooms[ROOM].users
    sync(ben, timeout=0)


@report.test("stored filter")
def _():
    wanted = {"timeline": {"types": ["m.room.message"], "limit": 50}}
    number = do(bot.upload_filter(room=wanted), nio.UploadFilterResponse).filter_id
    events = fresh(timeout=0, sync_filter=number, since="", full_state=True)
    assert all(event.source["type"] == "m.room.message" for event in events), events


@report.test("send, own echo with the transaction id")
def _():
    content = {"msgtype": "m.notice", "body": "Waiting", MARK: {"case": "G-0001", "state": "waiting", "key": "nio-1"}}
    sent["card"] = do(bot.room_send(ROOM, "m.room.message", content, tx_id="nio-txn-1"), nio.RoomSendResponse).event_id
    echo = fresh_until(lambda event: event.event_id == sent["card"])
    equal([echo.body, echo.source["unsigned"]["transaction_id"]], ["Waiting", "nio-txn-1"])
    equal([shown(sent["card"])[name] for name in ("user", "case", "state", "key")], ["reguard", "G-0001", "waiting", "nio-1"])


@report.test("the same transaction id sends nothing new")
def _():
    other = do(bot.room_send(ROOM, "m.room.message", {"msgtype": "m.notice", "body": "other"}, tx_id="nio-txn-1"), nio.RoomSendResponse)
    equal(other.event_id, sent["card"])
    texts = [one["text"] for one in control("matrix/channel?format=json")]
    assert "other" not in texts, texts


@report.test("a long poll ends when somebody speaks")
def _():
    async def poll_while_said():
        poll = asyncio.create_task(bot.sync(timeout=30000))
        await asyncio.sleep(0.3)
        said = await act("matrix/say", {"person": "ana", "text": "!reguard status"})
        return said, await poll
    began = time.monotonic()
    said, answer = do(poll_while_said())
    assert time.monotonic() - began < 5, "the poll was not ended"
    event = answer.rooms.join[ROOM].timeline.events[-1]
    equal([type(event), event.event_id, event.sender, event.body], [nio.RoomMessageText, said["event_id"], "@ana:sandbox.local", "!reguard status"])


@report.test("react, twice the same, redact")
def _():
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": sent["card"], "key": "✅"}}
    mine = do(bot.room_send(ROOM, "m.reaction", content), nio.RoomSendResponse).event_id
    equal(do(bot.room_send(ROOM, "m.reaction", content), nio.RoomSendError).status_code, "M_DUPLICATE_ANNOTATION")
    yours = do(ben.room_send(ROOM, "m.reaction", content), nio.RoomSendResponse).event_id
    event = fresh_until(lambda event: event.event_id == yours)
    equal([type(event), event.reacts_to, event.key, event.sender], [nio.ReactionEvent, sent["card"], "✅", BEN])
    equal([(one["key"], one["users"]) for one in shown(sent["card"])["reactions"]], [("✅", ["reguard", "ben"])])
    do(bot.room_redact(ROOM, mine, reason="decided"), nio.RoomRedactResponse)
    gone = fresh_until(lambda event: isinstance(event, nio.RedactionEvent))
    equal([gone.redacts, gone.reason], [mine, "decided"])
    equal([(one["key"], one["users"]) for one in shown(sent["card"])["reactions"]], [("✅", ["ben"])])


@report.test("relations")
def _():
    async def all_of():
        return [event async for event in bot.room_get_event_relations(ROOM, sent["card"], RelationshipType.annotation, "m.reaction")]
    equal([(event.sender, event.key) for event in do(all_of())], [(BEN, "✅")])


@report.test("edit")
def _():
    fresh_content = {"msgtype": "m.notice", "body": "Lifted", MARK: {"case": "G-0001", "state": "lifted", "key": "nio-2"}}
    notice("* Lifted", **{"m.new_content": fresh_content, "m.relates_to": {"rel_type": "m.replace", "event_id": sent["card"]}})
    seen = shown(sent["card"])
    equal([seen["text"], seen["state"], seen["edits"]], ["Lifted", "lifted", 1])
    card = do(bot.room_get_event(ROOM, sent["card"]), nio.RoomGetEventResponse).event
    equal(card.source["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]["body"], "Lifted")


@report.test("thread")
def _():
    under = {"rel_type": "m.thread", "event_id": sent["card"], "is_falling_back": True, "m.in_reply_to": {"event_id": sent["card"]}}
    reply = notice("asked by ana", **{"m.relates_to": under})
    equal(shown(reply)["thread"], sent["card"])
    nested = {"msgtype": "m.notice", "body": "no", "m.relates_to": {**under, "event_id": reply}}
    equal(do(bot.room_send(ROOM, "m.room.message", nested), nio.RoomSendError).status_code, "M_UNKNOWN")


@report.test("a file goes up, is in the room and comes down")
def _():
    text = "Receipt of G-0001\nwith “signs” & two lines\n".encode()
    up, _ = do(bot.upload(io.BytesIO(text), content_type="text/plain", filename="receipt.txt", filesize=len(text)))
    assert isinstance(up, nio.UploadResponse), up
    content = {"msgtype": "m.file", "body": "receipt.txt", "filename": "receipt.txt", "url": up.content_uri, "info": {"mimetype": "text/plain", "size": len(text)}}
    own = do(bot.room_send(ROOM, "m.room.message", content), nio.RoomSendResponse).event_id
    event = fresh_until(lambda event: event.event_id == own)
    equal([type(event), event.body, event.url], [nio.RoomMessageFile, "receipt.txt", up.content_uri])
    for who in (bot, ben):
        got = do(who.download(mxc=event.url), nio.MemoryDownloadResponse)
        equal([got.body, got.content_type], [text, "text/plain"])
    equal(do(bot.download(mxc="mxc://sandbox.local/nothing"), nio.DownloadError).status_code, "M_NOT_FOUND")

    async def nobody():
        stranger = client(BEN)
        answer = await stranger.download(mxc=event.url)
        await stranger.close()
        return answer
    equal(do(nobody(), nio.DownloadError).status_code, "M_MISSING_TOKEN")


@report.test("a person edits, answers in a thread, reacts, takes it back")
def _():
    control("matrix/say", {"person": "ben", "text": "approve G-0001", "thread": "G-0001"})
    said = fresh_until(lambda event: event.sender == BEN and isinstance(event, nio.RoomMessageText))
    equal(said.source["content"]["m.relates_to"]["event_id"], sent["card"])
    control("matrix/say", {"person": "ben", "text": "decline G-0001", "edit_of": said.event_id})
    edit = fresh_until(lambda event: event.sender == BEN and isinstance(event, nio.RoomMessageText))
    equal(edit.source["content"]["m.new_content"]["body"], "decline G-0001")
    control("matrix/react", {"person": "dan", "key": "👍🏽", "case": "G-0001"})
    vote = fresh_until(lambda event: isinstance(event, nio.ReactionEvent))
    control("matrix/react", {"person": "dan", "key": "👍🏽", "case": "G-0001", "remove": True})
    equal(fresh_until(lambda event: isinstance(event, nio.RedactionEvent)).redacts, vote.event_id)


@report.test("a gap is filled by messages")
def _():
    before = bot.next_batch
    control("matrix", {"hold": True, "limited": 1})
    said = [control("matrix/say", {"person": "ana", "text": f"word {number}"})["event_id"] for number in range(5)]
    control("matrix", {"hold": False})
    timeline = sync().rooms.join[ROOM].timeline
    equal([timeline.limited, [event.event_id for event in timeline.events]], [True, said[4:]])
    page = do(bot.room_messages(ROOM, before, timeline.prev_batch, nio.MessageDirection.front, 100), nio.RoomMessagesResponse)
    equal([event.event_id for event in page.chunk], said[:4])
    back = do(bot.room_messages(ROOM, timeline.prev_batch, direction=nio.MessageDirection.back, limit=2), nio.RoomMessagesResponse)
    equal([event.event_id for event in back.chunk], [said[3], said[2]])


@report.test("events come twice")
def _():
    said = control("matrix/say", {"person": "ana", "text": "once"})["event_id"]
    equal([event.event_id for event in fresh()], [said])
    control("matrix", {"repeat": 1})
    equal([event.event_id for event in fresh()], [said])


@report.test("members, state, power")
def _():
    names = {member.user_id for member in do(bot.joined_members(ROOM), nio.JoinedMembersResponse).members}
    assert {BOT, BEN} <= names and len(names) == 6, names
    equal(do(bot.room_get_state_event(ROOM, "m.room.join_rules"), nio.RoomGetStateEventResponse).content, {"join_rule": "invite"})
    equal(do(bot.room_put_state(ROOM, "m.room.topic", {"topic": "x"}), nio.RoomPutStateError).status_code, "M_FORBIDDEN")


@report.test("an invitation is told once, joined and left")
def _():
    control("matrix", {"invite_elsewhere": "!elsewhere:sandbox.local"})
    assert "!elsewhere:sandbox.local" in sync().rooms.invite
    assert "!elsewhere:sandbox.local" not in sync(timeout=0).rooms.invite
    do(bot.join("!elsewhere:sandbox.local"), nio.JoinResponse)
    assert "!elsewhere:sandbox.local" in sync().rooms.join
    do(bot.room_leave("!elsewhere:sandbox.local"), nio.RoomLeaveResponse)
    assert "!elsewhere:sandbox.local" in sync().rooms.leave


@report.test("limits are waited for")
def _():
    control("fault", {"operation": "matrix.send", "kind": "status", "status": 429, "retry_after": 1})
    began = time.monotonic()
    notice("after the limit")
    assert time.monotonic() - began > 0.9, "the limit was not waited for"


@report.test("a page instead of JSON, a rejected position, an ended token")
def _():
    control("fault", {"operation": "matrix.whoami", "kind": "status", "status": 502})
    do(bot.whoami(), nio.WhoamiError)
    held = bot.next_batch
    control("matrix", {"restart": {"reject_since": True}})
    equal(do(bot.sync(timeout=0, since=held), nio.SyncError).status_code, "M_UNKNOWN")
    control("matrix", {"token": "soft"})
    ended = do(bot.whoami(), nio.WhoamiError)
    equal([ended.status_code, ended.soft_logout], ["M_UNKNOWN_TOKEN", True])
    control("matrix", {"token": "live"})
    bot.restore_login(BOT, "REGUARDBOT", os.environ["PEER_MATRIX_TOKEN"])  # the client has forgotten it
    bot.next_batch = ""
    sync(timeout=0)


@report.test("kicked")
def _():
    control("matrix", {"kick": "reguard"})
    assert ROOM in sync().rooms.leave
    answer = do(bot.room_send(ROOM, "m.room.message", {"msgtype": "m.notice", "body": "x"}), nio.RoomSendError)
    equal(answer.status_code, "M_FORBIDDEN")


do(bot.close())
do(ben.close())
report.close()
