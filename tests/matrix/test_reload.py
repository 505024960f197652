# SPDX-License-Identifier: Apache-2.0
"""Another access token of the bot's account, while it runs."""
import json
import signal

from rig import expect


def log(r):
    with open(r.logs[-1], errors="replace") as f:
        return f.read()


def test_a_new_token_is_used_without_a_restart(make):
    r = make(policy={"mailbox_proof": "off"})
    session = r.homeserver.login(r.people["reguard"])
    r.write_token(json.dumps({name: session[name] for name in ("access_token", "refresh_token")}))
    r.bot.send_signal(signal.SIGHUP)
    r.wait(lambda: 'setting="[matrix] access_token_file" new="a new secret"' in log(r), "the new token is taken over")
    r.people["reguard"].client("POST", "logout", {})
    r.lift(confirm=False)
    r.finish()
    expect("matrix.refused" not in log(r), "the room was served all the time", log(r))
    for name in ("access_token", "refresh_token"):
        expect(session[name] not in log(r), f"no {name} in the log")
