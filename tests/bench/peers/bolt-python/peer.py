# SPDX-License-Identifier: Apache-2.0
"""A bot as its framework's guide has it: records each command in a file, acknowledges, and says how it stands when asked for that."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import over_tls, record, say_version, stay, web_client

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(client=web_client(), token_verification_enabled=False)


@app.command("/reguard")
def on_command(ack, command, client):
    record(command["trigger_id"])
    ack()
    if command["text"] == "job":
        client.chat_postMessage(channel=command["channel_id"], text=command["trigger_id"])


say_version("slack_bolt", "slack_sdk")
handler = SocketModeHandler(app, os.environ["PEER_APP_TOKEN"])
over_tls(handler.client)
handler.connect()
stay()
