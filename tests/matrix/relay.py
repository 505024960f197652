# SPDX-License-Identifier: Apache-2.0
"""A loopback relay between one bot and the homeserver. It notes each request, and does to the bot what networks and proxies
do: no connection, answers lost after the homeserver acted, late answers, a gateway's HTML."""
import http.client
import http.server
import json
import re
import socket
import threading
import time
import urllib.parse

UPSTREAM_S = 100
GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


def operation_of(method, path):
    """rooms/ID/send/m.reaction/TXN -> matrix.send; sync -> matrix.sync; a message for later -> matrix.delay."""
    if "?org.matrix.msc4140.delay=" in path:
        return "matrix.delay"
    parts = re.sub(r"^/_matrix/client/(v\d+|r0|unstable)/?", "", path.split("?")[0]).split("/")
    if parts[0] in ("rooms", "user") and len(parts) > 2:
        return "matrix." + parts[2]
    return "matrix." + parts[0]


class Relay:
    def __init__(self, port):
        self.upstream_port = port
        self.lock = threading.Condition()
        self.log, self.faults, self.sockets = [], [], set()
        self.rewrite = {}  # bytes in answers -> what the bot gets instead
        self.down = False
        self.changes = self.writes = 0  # anything noted; requests that may have written, answered
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            timeout = UPSTREAM_S

            def setup(self):
                super().setup()
                with relay.lock:
                    relay.sockets.add(self.connection)

            def finish(self):
                with relay.lock:
                    relay.sockets.discard(self.connection)
                super().finish()

            def log_message(self, *_):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (OSError, ValueError):
                    self.close_connection = True

            def do_GET(self):
                relay.serve(self)
            do_PUT = do_POST = do_DELETE = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

            def verify_request(self, *_):
                return not relay.down

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self):
        self.cut()
        self.server.shutdown()
        self.server.server_close()

    # ---- what the network does ----
    def cut(self):
        """Every connection ends, new ones end at once."""
        with self.lock:
            self.down = True
            for s in self.sockets:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def mend(self):
        self.down = False

    def fault(self, operation, kind, count=1, **more):
        """status: answered here, not forwarded. lost: forwarded, then the connection ends. delay: forwarded, answered late."""
        with self.lock:
            self.faults.append({"operation": operation, "kind": kind, "count": count, **more})

    def take(self, operation):
        with self.lock:
            for fault in self.faults:
                if fault["operation"] == operation and fault["count"] != 0:
                    fault["count"] -= 1
                    return fault
        return None

    # ---- one request ----
    def note(self, entry, status=None):
        with self.lock:
            if status is None:
                entry["n"] = len(self.log)
                self.log.append(entry)
            else:
                entry["status"] = status
                self.writes += entry["method"] != "GET"
            self.changes += 1
            self.lock.notify_all()

    def wait(self, seen, timeout_s):
        with self.lock:
            self.lock.wait_for(lambda: self.changes != seen, timeout_s)

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if self.down:
            handler.close_connection = True
            return
        operation = operation_of(handler.command, handler.path)
        entry = {"operation": operation, "method": handler.command, "path": urllib.parse.unquote(handler.path), "body": body, "at": time.monotonic()}
        self.note(entry)
        fault = self.take(operation) or {"kind": ""}
        if fault["kind"] == "status":
            status, page, headers = fault.get("status", 502), fault.get("body", GATEWAY_PAGE), fault.get("headers", {"Content-Type": "text/html"})
        else:
            try:
                status, page, headers = self.forward(handler, body)
            except (OSError, http.client.HTTPException):
                status, page, headers = 502, GATEWAY_PAGE, {"Content-Type": "text/html"}
        for old, new in list(self.rewrite.items()):
            page = page.replace(old, new)
        if fault["kind"] == "delay":
            time.sleep(fault["delay_ms"] / 1000)
        entry["answer"] = page
        self.note(entry, status)
        if fault["kind"] == "lost" or self.down:
            handler.close_connection = True
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(page)))
        handler.end_headers()
        handler.wfile.write(page)

    def forward(self, handler, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=UPSTREAM_S)
        try:
            headers = {k: v for k, v in handler.headers.items() if k.lower() not in HOP and k.lower() != "expect"}
            connection.request(handler.command, handler.path, body or None, {**headers, "Content-Length": str(len(body)), "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read(), {k: v for k, v in answer.getheaders() if k.lower() not in HOP}
        finally:
            connection.close()

    # ---- what was asked ----
    def requests(self, operation=None):
        with self.lock:
            return [dict(e) for e in self.log if operation in (None, e["operation"])]

    def syncs(self):
        """How many times the bot has gone on from a point it knows."""
        return sum("since=" in e["path"] for e in self.requests("matrix.sync"))

    def sent(self, kind="m.room.message"):
        """Contents of what the bot sent, one for each transaction id."""
        seen = {}
        for e in self.requests("matrix.send"):
            if f"/send/{kind}/" in e["path"]:
                seen[e["path"]] = json.loads(e["body"])
        return list(seen.values())
