# SPDX-License-Identifier: Apache-2.0
"""The real bot in a Matrix room of a real Synapse, with Stax from the sandbox. People act through plain client-server HTTP;
the names of what a test can do and see are those of tests/e2e/rig.py, so that the list of tests there runs here too:
a button is a typed word, an answer to one person is a notice that mentions that person."""
import importlib.util
import itertools
import json
import os
import time

import relay
import synapse
from synapse import SERVER, quote

HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("e2e_rig", os.path.join(HERE, "..", "e2e", "rig.py"))
slack_rig = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(slack_rig)
expect, Failed, sanitized = slack_rig.expect, slack_rig.Failed, slack_rig.sanitized
ROOT_KEY, ADMIN_ROLE, PATIENCE_S = slack_rig.ROOT_KEY, slack_rig.ADMIN_ROLE, slack_rig.PATIENCE_S

MAPPED, OTHERS = ("ana", "ben", "cleo", "dan"), ("gil", "eve")
SLACK_IDS = {"ana": "U0ANA0001", "ben": "U0BEN0001", "cleo": "U0CLEO001", "dan": "U0DAN0001"}
KEYS = {"white_check_mark": "✅", "x": "❌", "lock": "🔒", "+1": "👍", "-1": "👎", "skin-tone-3": "\U0001F3FC"}
WORDS = {"approve": "approve {}", "withdraw": "withdraw {}", "done": "done {}", "restore": "done {}", "mailbox": "confirm {}", "put_back": "put-back",
         "cleaned": "cleaned {} yes"}
LOOK_EVERY_S, SETTLE_S = 0.15, 0.5
numbers = itertools.count(1)


class Rig(slack_rig.Rig):
    writes_to_people = False

    def __init__(self, build, homeserver, start=True, chats=("matrix",), limits=False, own=False, tls=False, version=None, public=False, federate=False, sandbox_args=(), **sections):
        """chats: the ones in the configuration. limits: the bot is not exempt from the homeserver's. own: a Synapse that the test may
        restart. tls: straight to the homeserver through TLS. federate, public, version: how the room is made."""
        self.chats, self.tls = chats, tls
        self.homeserver, self.relay, self.people, self.shown, self.dirty = homeserver, None, {}, [], True
        self.seen_writes, self.settled, self.own_homeserver = -1, 0, None
        self.since, self.events, self.known, self.given = None, [], set(), {}
        super().__init__(build, start=False, sandbox_args=sandbox_args)
        try:
            if own:
                self.homeserver = self.own_homeserver = synapse.Homeserver(homeserver.python, **(own if isinstance(own, dict) else {}))
            self.relay = relay.Relay(self.homeserver.port)
            self.move_in(limits, version, public, federate)
            self.configure_matrix(limits)
            self.configure(**sections)
            if start:
                self.start()
        except BaseException as failure:
            self.close(failed=True)
            raise Failed(f"the room is made and the bot starts: {failure}") from failure

    # ---- setting up ----
    def move_in(self, limits, version, public, federate):
        n = next(numbers)
        for name in ("ops", "reguard", *MAPPED, *OTHERS):
            self.people[name] = self.homeserver.register(f"{name}.{n}")
            if name != "reguard" or not limits:
                self.homeserver.exempt(self.people[name].user)
        self.ops, self.bot_user = self.people["ops"], self.people["reguard"].user
        # Open while everybody comes in, which is cheaper than inviting each; the bot has an invitation to accept.
        self.room = self.ops.create_room(preset="public_chat", name="root ops", invite=[self.bot_user], creation_content={"m.federate": federate},
                                         **({"room_version": version} if version else {}))
        for name in (*MAPPED, *OTHERS):
            self.people[name].join(self.room)
        if not public:
            self.ops.set_state(self.room, "m.room.join_rules", {"join_rule": "invite"})
        self.user = {name: person.user for name, person in self.people.items()}

    def configure_matrix(self, limits):
        if "slack" not in self.chats:
            self.drop_section("slack")
        self.drop_section("people")
        self.configure(matrix={"homeserver": self.homeserver.tls_url if self.tls else self.relay.url, "access_token_file": "matrix-token", "user": self.bot_user, "room": self.room,
                               "prefix": "!reguard", "rate_limited": "yes" if limits else "no", **({"ca_file": self.homeserver.ca} if self.tls else {})})
        self.write_token(self.people["reguard"].token)
        both = "slack" in self.chats
        self.configure(people={f"{name}@example.com": (f"slack:{SLACK_IDS[name]} " if both else "") + f"matrix:{self.user[name]}" for name in MAPPED})

    def write_token(self, token):
        with open(os.open(self.dir + "/matrix-token.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(token + "\n")
        os.rename(self.dir + "/matrix-token.new", self.dir + "/matrix-token")

    def drop_section(self, section):
        with open(self.conf) as f:
            lines = f.read().split("\n")
        at = lines.index(f"[{section}]")
        end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("[")), len(lines))
        with open(self.conf, "w") as f:
            f.write("\n".join(lines[:at] + lines[end:]))

    # ---- life ----
    def start(self, wait=True):
        log = f"{self.dir}/bot.{len(self.logs)}.log"
        self.logs.append(log)
        syncs, reads, hellos = self.relay.syncs(), len(self.requests("stax.get_guardrails")), self.state()["slack"]["hellos"]
        self.bot = slack_rig.subprocess.Popen([self.build + "/reguard", "run", "-c", self.conf], stdin=slack_rig.subprocess.DEVNULL, stdout=slack_rig.subprocess.DEVNULL,
                                              stderr=open(log, "wb"), env=self.environment())
        if not wait:
            return
        if self.tls:
            self.wait(self.answers, "the bot answers in the room")
        else:
            self.wait(lambda: self.relay.syncs() > syncs, "the bot follows the room")
        if "slack" in self.chats:
            self.wait(lambda: self.state()["slack"]["hellos"] > hellos, "the bot connects to Slack")
        self.wait(lambda: len(self.requests("stax.get_guardrails")) > reads, "the bot reads the guardrail")

    def answers(self):
        """Said again and again, because what is said before the first look at the room is history. Only for starts without a relay."""
        if self.bot_user in self.members() and not self.heard("cleo"):
            self.command("cleo", "status")
            time.sleep(1)
        return self.heard("cleo")

    def close(self, failed=False):
        try:
            super().close(failed)
        finally:
            for person in self.people.values():
                person.close()
            if self.relay:
                self.relay.close()
            if self.own_homeserver:
                self.own_homeserver.close()

    def check_always(self):
        super().check_always()
        keys = [m["key"] for m in self.channel() if m["key"]]
        expect(len(keys) == len(set(keys)), "no message is in the room twice", keys)
        for content in self.relay.sent():
            if content["msgtype"] == "m.file":
                expect(content["m.mentions"] == {}, "a file mentions nobody", content)
                continue
            kind = "m.text" if content.get("m.mentions") else "m.notice"
            expect(content["msgtype"] == kind and "m.mentions" in content, "the bot speaks in notices, but in texts where it mentions somebody", content)

    def heard_by_all(self):
        yield from super().heard_by_all()
        yield "the room", json.dumps(self.relay.sent(), ensure_ascii=False).encode()

    def wait(self, condition, what, patience_s=PATIENCE_S):
        """Looks again when the bot has asked the homeserver for something, and now and then, until the condition holds."""
        end = time.monotonic() + patience_s
        while True:
            seen = self.relay.changes
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise Failed(f"waited in vain: {what}", self.text()[-3500:], self.tail(self.logs[-1]) if self.logs else "")
            expect(self.bot is None or self.bot.poll() is None, f"the bot lives while waiting: {what}", self.tail(self.logs[-1]) if self.logs else "")
            self.relay.wait(seen, LOOK_EVERY_S)

    # ---- people ----
    def send(self, person, content, kind="m.room.message"):
        self.dirty = True
        return self.people[person].send(self.room, kind, content)

    def command(self, person, text, **more):
        return self.say(person, "!reguard " + text, **more)

    def say(self, person, text, thread_ts=None, edited=False, bot=False, reply_to=None):
        """@reguard in the text becomes a mention. edited: something harmless is said first and then turned into this. bot: a notice."""
        content = {"msgtype": "m.notice" if bot else "m.text", "body": text}
        if "@reguard" in text:
            pill = f'<a href="https://matrix.to/#/{self.bot_user}">reguard</a>'
            content = {**content, "body": text.replace("@reguard", self.bot_user), "format": "org.matrix.custom.html", "formatted_body": text.replace("@reguard", pill),
                       "m.mentions": {"user_ids": [self.bot_user]}}
        if edited:
            first = self.send(person, {"msgtype": "m.text", "body": "good morning"})
            return self.edit(person, first, content)
        if thread_ts:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread_ts, "is_falling_back": True, "m.in_reply_to": {"event_id": thread_ts}}
        elif reply_to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return self.send(person, content)

    def edit(self, person, event, content):
        return self.send(person, {**content, "body": "* " + content["body"], "m.new_content": content, "m.relates_to": {"rel_type": "m.replace", "event_id": event}})

    def click(self, person, action, case=None, message=None, **more):
        action, _, of_several = action.partition(":")  # a button of a message about several cases
        self.command(person, WORDS[action].format(of_several or case or "").strip(), **more)

    def react(self, person, case=None, reaction="white_check_mark", remove=False, event=None, raw=False, message=None):
        """reaction: a Slack name, or the key itself; raw: always the key itself. remove: takes all of this person's reactions on that message back."""
        target = event or message and message["ts"] or self.wait(lambda: self.card(case), f"a card of {case}")["ts"]
        if remove:
            self.dirty = True
            return [self.people[person].redact(self.room, given) for given in self.given.pop((person, target))]
        key = reaction if raw else "".join(KEYS.get(part, part) for part in reaction.split("::"))
        given = self.send(person, {"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}}, "m.reaction")
        self.given.setdefault((person, target), []).append(given)
        return given

    def submit(self, *_):
        raise Failed("there are no forms in Matrix")

    # ---- what is to be seen ----
    def members(self):
        joined = self.ops.client("GET", f"rooms/{quote(self.room)}/joined_members")["joined"]
        return set(joined)

    def move_to(self, room):
        """People speak, and are heard, there from now on."""
        self.room, self.since, self.dirty = room, None, True
        self.events, self.shown = [], []
        self.known.clear()

    def read_on(self):
        """Adds what is new in the room, as its owner sees it. The first time, and when too much is new, the whole room."""
        limited = self.since is None
        where = "" if limited else "&since=" + quote(self.since)
        answer = self.ops.client("GET", f"sync?timeout=0&filter={quote(json.dumps(only_room(self.room)))}{where}")
        timeline = answer.get("rooms", {}).get("join", {}).get(self.room, {}).get("timeline", {"events": []})
        news = self.whole_room() if limited or timeline.get("limited") else timeline["events"]
        self.since = answer["next_batch"]
        news = [e for e in news if e["event_id"] not in self.known]
        self.known.update(e["event_id"] for e in news)
        self.events += news
        return bool(news)

    def whole_room(self):
        found, start = [], ""
        while True:
            page = self.ops.client("GET", f"rooms/{quote(self.room)}/messages?dir=b&limit=500{start}")
            found += page["chunk"]
            if not page["chunk"] or "end" not in page:
                return found[::-1]
            start = "&from=" + quote(page["end"])

    def channel(self):
        """Messages with their edits and reactions put together; read on after somebody has written, and for a moment longer, because the
        homeserver may answer a writer before it tells the readers."""
        now = time.monotonic()
        if self.dirty or self.relay.writes != self.seen_writes or self.tls:
            self.dirty, self.seen_writes, self.settled = False, self.relay.writes, now + SETTLE_S
        if now < self.settled and self.read_on():
            self.shown = aggregate(self.events, self.bot_user)
        return self.shown

    def text(self):
        names = {user: name for name, user in self.user.items()}
        lines = []
        try:
            shown = self.channel()
        except OSError as away:
            return f"(the room cannot be read: {away})"
        for m in shown:
            reactions = " {" + " ".join(f"{r['key']} {names.get(r['by'], r['by'])}" for r in m["reactions"]) + "}" if m["reactions"] else ""
            lines.append(f"{'    ' if m['thread_ts'] else ''}{names.get(m['user'], m['user'])}: {m['text']}{reactions}" + (f" [{m['key']} {m['state']}]" if m["key"] else ""))
        return "\n".join(lines)

    def heard(self, person):
        """What the bot said to this person: notices that mention them, or that stand under something they said."""
        user = self.user[person]
        theirs = {m["ts"] for m in self.channel() if m["user"] == user}
        return "\n".join(m["text"] for m in self.channel() if m["user"] == self.bot_user and "-card-" not in m["key"]
                         and (user in m["mentions"] or m["thread_ts"] in theirs or m["reply_to"] in theirs))

    def cards(self, case="G-0001"):
        return [m for m in self.channel() if m["key"].startswith(f"{case}-card-")]

    def posts(self, words, case=None):
        """What the bot said, but cards and what stands under a person's message."""
        theirs = {m["ts"] for m in self.channel() if m["user"] != self.bot_user}
        return [m for m in self.channel() if m["user"] == self.bot_user and words.lower() in m["text"].lower() and case in (None, m["case"]) and "-card-" not in m["key"]
                and m["thread_ts"] not in theirs]

    def mentions(self, message, person):
        return any(user.startswith(f"@{person}.") for user in message["mentions"])

    def offers(self, message):
        """Whether it says what to do with it, or has our reactions to press."""
        return "React with" in message["text"] or "Type `" in message["text"] or any(x["by"] == self.bot_user for x in message["reactions"])

    def ask(self, person="ana", case="G-0001", confirm=True, **more):
        super().ask(person, case=case, confirm=confirm, **more)
        if confirm:
            self.wait_post("mail to the root mailbox can be read", case)

    @property
    def on_slack(self):
        """The same run seen from the sandbox's Slack: a rig of tests/e2e that shares everything with this one."""
        side = object.__new__(slack_rig.Rig)
        side.__dict__ = self.__dict__
        return side


def only_room(room):
    nothing = {"not_types": ["*"]}
    return {"presence": nothing, "account_data": nothing, "room": {"rooms": [room], "ephemeral": nothing, "account_data": nothing, "timeline": {"limit": 100}}}


def aggregate(events, bot):
    messages, by_id, reactions = [], {}, {}
    gone = {e["content"].get("redacts") or e.get("redacts") for e in events if e["type"] == "m.room.redaction"}
    for event in events:
        if event["event_id"] in gone:
            continue
        content, relation = event["content"], event["content"].get("m.relates_to") or {}
        relation = relation if isinstance(relation, dict) else {}
        if event["type"] == "m.reaction" and relation.get("rel_type") == "m.annotation":
            reactions.setdefault(relation["event_id"], []).append({"event": event["event_id"], "by": event["sender"], "key": relation["key"]})
        elif event["type"] == "m.room.message" and relation.get("rel_type") == "m.replace":
            target = by_id.get(relation["event_id"]) if isinstance(relation.get("event_id"), str) else None
            if target and target["user"] == event["sender"]:  # only the author's edits count
                _show(target, content.get("m.new_content") or {}, content)
                target["edits"] += 1
        elif event["type"] == "m.room.message" and content:
            reply = relation.get("m.in_reply_to")
            message = {"ts": event["event_id"], "user": event["sender"], "edits": 0, "thread_ts": relation.get("event_id") if relation.get("rel_type") == "m.thread" else None,
                       "reply_to": reply.get("event_id") if isinstance(reply, dict) else None, "mentions": []}
            _show(message, content, content)
            by_id[message["ts"]] = message
            messages.append(message)
    for message in messages:
        if message["user"] != bot:
            message.update(key="", case="", state="")
        message["reactions"] = reactions.get(message["ts"], [])
    return messages


def _show(message, content, outer):
    tag = content.get("dev.reguard") or outer.get("dev.reguard") or {}
    message.update(content=content, text=str(content.get("body", "")), blocks=content.get("formatted_body", ""), case=tag.get("case", ""), state=tag.get("state", ""),
                   key=tag.get("key", message.get("key", "")), mentions=(content.get("m.mentions") or {}).get("user_ids", []))
    if content is not outer:
        message["outer_mentions"] = (outer.get("m.mentions") or {}).get("user_ids", [])
