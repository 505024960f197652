# SPDX-License-Identifier: Apache-2.0
"""What both Python peers share."""
import os
import platform
import socket
import ssl
import threading
from importlib.metadata import version

from slack_sdk import WebClient

HTTPS = 443
_journal = os.open(os.environ["PEER_JOURNAL"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_port = int(os.environ["PEER_TLS"].rsplit(":", 1)[1])
_create_connection = socket.create_connection


def record(trigger):
    os.write(_journal, trigger.encode() + b"\n")
    os.fdatasync(_journal)


def web_client():
    return WebClient(os.environ["PEER_BOT_TOKEN"], base_url=os.environ["PEER_TLS"] + "/api/", ssl=ssl.create_default_context(cafile=os.environ["PEER_CA"]))


def over_tls(client):
    """The built-in Socket Mode client speaks TLS to port 443 alone: it is told that one, and its connections lead to the sandbox's."""
    ask = client.issue_new_wss_url
    client.issue_new_wss_url = lambda: ask().replace(f":{_port}/", f":{HTTPS}/")
    socket.create_connection = lambda address, *more, **named: _create_connection((address[0], _port if address[1] == HTTPS else address[1]), *more, **named)


def say_version(*packages):
    print(", ".join(f"{package} {version(package)}" for package in packages) + f", Python {platform.python_version()}", flush=True)


def stay():
    threading.Event().wait()
