# SPDX-License-Identifier: Apache-2.0
"""A receipt as a file on a real homeserver: what people download there is what the bot wrote, to the byte."""
import re

from rig import expect
from synapse import Refused, quote


def files(r):
    return [m for m in r.channel() if m["content"].get("msgtype") == "m.file"]


def download(account, address):
    """As clients do: with their own token, from the path that is not open to everybody."""
    server, number = re.fullmatch(r"mxc://([^/]+)/([A-Za-z0-9_-]+)", address).groups()
    return account.raw("GET", f"/_matrix/client/v1/media/download/{quote(server)}/{quote(number)}")


def undated(text):
    return re.sub(r"(?m)^(Made by reguard: .* UTC|Its card: .*)$", "in its own way", text)


def test_the_file_comes_down_as_it_is_in_slack(make):
    r = make(chats=("slack", "matrix"), policy={"mailbox_proof": "off"})
    slack = r.on_slack
    r.lift(reason="month end é & <b>more", confirm=False)
    r.finish("cleo")
    r.command("dan", "show G-0001 full")
    r.wait(lambda: files(r), "the file is in the room")
    message, = files(r)
    content = message["content"]
    kind, text = download(r.people["ana"], content["url"])
    expect(kind == "text/plain; charset=utf-8" == content["info"]["mimetype"] + "; charset=utf-8", "as plain text", kind, content)
    expect(content["info"]["size"] == len(text) and content["filename"] == "reguard-G-0001.txt", "of the length that was said", content, len(text))
    expect(any("Receipt of G-0001" in m["text"] and m["thread_ts"] == message["thread_ts"] for m in r.channel()), "under the question, as the answer", message)
    slack.command("dan", "show G-0001 full")
    slack.wait(lambda: any(m.get("files") for m in slack.private("dan")["dm"]), "the same in Slack")
    theirs, = [f for m in slack.private("dan")["dm"] for f in m.get("files") or []]
    expect(undated(text.decode()) == undated(theirs["content"]), "the same to the byte, but for when it was made and where its card is", text.decode(), theirs["content"])
    expect("Reason: month end é & <b>more" in text.decode(), "with the reason as it was given", text.decode())


def test_a_file_is_for_who_is_logged_in(make):
    r = make(policy={"mailbox_proof": "off"})
    r.ask(confirm=False)
    r.command("dan", "show G-0001 full")
    r.wait(lambda: files(r), "the file is in the room")
    address = files(r)[0]["content"]["url"]
    expect(download(r.people["ben"], address)[1].startswith(b"Receipt of G-0001"), "who is in the room reads it")
    ben, r.people["ben"].token = r.people["ben"].token, None
    try:
        download(r.people["ben"], address)
        expect(False, "nobody reads it without a token")
    except Refused as refused:
        expect(refused.status == 401, "the homeserver says why", refused)
    finally:
        r.people["ben"].token = ben
