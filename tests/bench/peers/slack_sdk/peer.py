# SPDX-License-Identifier: Apache-2.0
"""A bot as the SDK's guide has it: records each command in a file, acknowledges, and says how it stands when asked for that."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import over_tls, record, say_version, stay, web_client

from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

web = web_client()


def on_request(client, request):
    trigger = request.payload["trigger_id"]
    record(trigger)
    client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
    if request.payload["text"] == "job":
        web.chat_postMessage(channel=request.payload["channel_id"], text=trigger)


say_version("slack_sdk")
socket = SocketModeClient(os.environ["PEER_APP_TOKEN"], web_client=web)
over_tls(socket)
socket.socket_mode_request_listeners.append(on_request)
socket.connect()
stay()
