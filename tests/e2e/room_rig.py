# SPDX-License-Identifier: Apache-2.0
"""The bot in the room of the sandbox's own homeserver, which does on demand what a real one does once in a year. People and what
they see have the names of rig.py, so that a stretch of a case reads the same: a button is a typed word."""
import http.client

import rig
from rig import expect

BOT = "@reguard:sandbox.local"
KEYS = {"white_check_mark": "✅", "x": "❌"}
WORDS = {"approve": "approve {}", "done": "done {}", "mailbox": "confirm {}"}


class Room(rig.Rig):
    def __init__(self, build, start=True, chats=("matrix",), sandbox_args=(), **sections):
        super().__init__(build, start=False, sandbox_args=sandbox_args)
        self.chats = chats
        self.conf = f"{self.dir}/reguard-{'both' if 'slack' in chats else 'matrix'}.conf"
        self.configure(**sections)
        if start:
            self.start()

    def start(self, wait=True):
        before = self.state()
        super().start(wait=False)
        if not wait:
            return
        self.wait(lambda: self.state()["matrix"]["syncs"] > before["matrix"]["syncs"], "the bot follows the room")
        if "slack" in self.chats:
            self.wait(lambda: self.state()["slack"]["hellos"] > before["slack"]["hellos"], "the bot connects to Slack")
        self.wait(lambda: self.requests("stax.get_guardrails"), "the bot reads the guardrail")

    # ---- people ----
    def homeserver(self, **what):
        return self.call("POST", "matrix", what)

    def say(self, person, text, **more):
        return self.call("POST", "matrix/say", {"person": person, "text": text, **more})["event_id"]

    def command(self, person, text, **more):
        return self.say(person, "!reguard " + text, **more)

    def click(self, person, action, case=None, **more):
        self.command(person, WORDS[action].format(case or "").strip(), **more)

    def react(self, person, case, reaction="white_check_mark", message=None, **more):
        on = {"event": message["event_id"]} if message else {"case": case}
        return self.call("POST", "matrix/react", {"person": person, "key": KEYS.get(reaction, reaction), **on, **more})

    def inject(self, **event):
        return self.call("POST", "matrix/inject", {"person": "ana", **event})["event_id"]

    # ---- what is to be seen ----
    def channel(self):
        return self.call("GET", "matrix/channel?format=json")

    def text(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["plain_port"], timeout=60)
        connection.request("GET", "/sandbox/matrix/channel")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def ours(self):
        return [m for m in self.channel() if m["sender"] == BOT and not m["redacted"]]

    def answers(self, event_id):
        """What the bot has said under a person's message."""
        return [m for m in self.ours() if m["thread"] == event_id]

    def heard(self, person):
        theirs = {m["event_id"] for m in self.channel() if m["user"] == person}
        return "\n".join(m["text"] for m in self.ours() if m["thread"] in theirs)

    def offers(self, message):
        if "blocks" in message:
            return super().offers(message)
        return "React with" in message["text"] or "Type `" in message["text"] or any("reguard" in x["users"] for x in message["reactions"])

    def posts(self, words, case=None):
        return [m for m in self.ours() if words.lower() in m["text"].lower() and case in (None, m["case"]) and "-card-" not in m["key"]]

    # ---- alone with the bot ----
    def direct(self, person):
        return self.call("GET", f"matrix/direct/{person}") or {"room": None, "membership": None, "invitations": 0, "messages": []}

    def join_direct(self, person):
        room = self.wait(lambda: self.direct(person)["room"], f"{person} is invited to a direct room")
        self.homeserver(room=room, join=person)

    def told_alone(self, person, words):
        return [m for m in self.direct(person)["messages"] if m["sender"] == BOT and words in m["text"]]

    def say_alone(self, person, text, **more):
        return self.say(person, text, room=self.direct(person)["room"], **more)

    def is_answered(self, event_id, words):
        self.wait(lambda: any(words.lower() in m["text"].lower() for m in self.answers(event_id)), f"it is answered with “{words}”")

    def check_always(self):
        super().check_always()
        keys = [(m["key"], m["content"].get("dev.reguard", {}).get("store")) for m in self.ours() if m["key"]]
        expect(len(keys) == len(set(keys)), "no message is in the room twice", keys)
        for m in self.ours():
            kind = "m.file" if m["content"].get("url") else "m.text" if m["content"].get("m.mentions") else "m.notice"
            expect(m["msgtype"] == kind, "the bot speaks in notices, but in texts where it mentions somebody", m)
