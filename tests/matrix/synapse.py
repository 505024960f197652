# SPDX-License-Identifier: Apache-2.0
"""A real Synapse on loopback: SQLite, its own temporary folder, limits as they come. People are made through its shared secret
and speak plain client-server HTTP. Ended by its process id, always."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.parse

from ports import free_port

SERVER = "reguard.test"
START_S, STOP_S, CALL_S = 60.0, 20.0, 60.0
HERE = os.path.dirname(os.path.abspath(__file__))


class Refused(Exception):
    """The homeserver answered with an error."""

    def __init__(self, what, status, text):
        super().__init__(f"{what}: {status} {text[:500]}")
        self.status, self.text = status, text
        try:
            self.code = json.loads(text).get("errcode", "")
        except ValueError:
            self.code = ""


def quote(part):
    return urllib.parse.quote(part, safe="")


class Homeserver:
    def __init__(self, python, **settings):
        self.python = python
        self.dir = tempfile.mkdtemp(prefix="reguard-synapse-")
        self.process = None
        self.secret = secrets.token_hex(16)
        self.port, self.tls_port = free_port(), free_port()
        self.url, self.tls_url = f"http://127.0.0.1:{self.port}", f"https://localhost:{self.tls_port}"
        self.ca = self.dir + "/tls.pem"
        self.admin = None
        self.admin_lock = threading.Lock()
        try:
            subprocess.run([python, HERE + "/certificate.py", self.ca, self.dir + "/tls.key"], check=True, timeout=60)
            self.configure(settings)
            self.start()
            self.admin = self.register("root", admin=True)
        except BaseException:
            self.close()
            raise

    def configure(self, settings):
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        with open(self.dir + "/signing.key", "w") as f:
            f.write(f"ed25519 a_test {key}\n")
        with open(self.dir + "/log.yaml", "w") as f:
            json.dump({"version": 1, "handlers": {"console": {"class": "logging.StreamHandler"}}, "root": {"level": "WARNING", "handlers": ["console"]}}, f)
        listener = {"type": "http", "bind_addresses": ["127.0.0.1"], "resources": [{"names": ["client"], "compress": False}]}
        config = {
            "server_name": SERVER, "pid_file": self.dir + "/pid", "report_stats": False, "log_config": self.dir + "/log.yaml",
            "listeners": [{**listener, "port": self.port, "tls": False}, {**listener, "port": self.tls_port, "tls": True}],
            "tls_certificate_path": self.ca, "tls_private_key_path": self.dir + "/tls.key",
            "database": {"name": "sqlite3", "args": {"database": self.dir + "/homeserver.db"}},
            "registration_shared_secret": self.secret, "signing_key_path": self.dir + "/signing.key", "macaroon_secret_key": secrets.token_hex(16),
            "form_secret": secrets.token_hex(16), "media_store_path": self.dir + "/media", "trusted_key_servers": [], "federation_domain_whitelist": [],
            "bcrypt_rounds": 4,
            # What no test looks at and every event would pay for.
            "presence": {"enabled": False}, "push": {"enabled": False}, "stats": {"enabled": False}, "update_user_directory_from_worker": "nobody", **settings}
        with open(self.dir + "/homeserver.yaml", "w") as f:
            json.dump(config, f)  # JSON is YAML

    def reconfigure(self, **settings):
        """From its next start on."""
        with open(self.dir + "/homeserver.yaml") as f:
            config = json.load(f)
        with open(self.dir + "/homeserver.yaml", "w") as f:
            json.dump({**config, **settings}, f)

    def database(self):
        return contextlib.closing(sqlite3.connect(self.dir + "/homeserver.db", timeout=START_S))

    def delayed(self, user):
        """Id and room of the delayed events of that user, the next one first."""
        with self.database() as database:
            return database.execute("SELECT delay_id, room_id FROM delayed_events WHERE user_localpart = ? AND NOT is_processed ORDER BY send_ts",
                                    (user[1:].split(":")[0],)).fetchall()

    def delayed_until(self, user):
        """When each delayed event of that user appears, in Unix milliseconds, by its id."""
        with self.database() as database:
            return dict(database.execute("SELECT delay_id, send_ts FROM delayed_events WHERE user_localpart = ? AND NOT is_processed", (user[1:].split(":")[0],)).fetchall())

    def bring_on(self, delay_id):
        """The time of a delayed event has come: as if the homeserver had stood still until then, and started again."""
        self.stop()
        with self.database() as database, database:
            database.execute("UPDATE delayed_events SET send_ts = ? WHERE delay_id = ?", (int(time.time() * 1000), delay_id))
        self.start()

    # ---- life ----
    def start(self):
        with open(self.dir + "/synapse.log", "ab") as log:
            self.process = subprocess.Popen([self.python, "-m", "synapse.app.homeserver", "-c", self.dir + "/homeserver.yaml"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.dir, env={"PATH": os.environ["PATH"], "HOME": self.dir})
        end = time.monotonic() + START_S
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Synapse does not start: {self.tail()}")
            time.sleep(0.05)

    def healthy(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, number=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    def tail(self):
        with open(self.dir + "/synapse.log", errors="replace") as f:
            return f.read()[-2000:]

    # ---- people ----
    def register(self, name, admin=False):
        nobody = Account(self, None, None, None)
        nonce = nobody.call("GET", "/_synapse/admin/v1/register")["nonce"]
        password = "pass-" + name
        digest = hmac.new(self.secret.encode(), "\0".join([nonce, name, password, "admin" if admin else "notadmin"]).encode(), hashlib.sha1).hexdigest()
        made = nobody.call("POST", "/_synapse/admin/v1/register", {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": digest})
        nobody.close()
        return Account(self, made["user_id"], made["access_token"], made["device_id"])

    def login(self, account):
        """A session whose access token ends and is renewed by its refresh token: the answer as it comes."""
        name = account.user[1:].split(":")[0]
        nobody = Account(self, None, None, None)
        try:
            return nobody.client("POST", "login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": "pass-" + name, "refresh_token": True})
        finally:
            nobody.close()

    def as_admin(self, method, path, body=None):
        with self.admin_lock:
            return self.admin.call(method, path, body)

    def exempt(self, user):
        """Lifts the homeserver's rate limits for one user, as deploy/docs/matrix.md tells an administrator to do for the bot."""
        self.as_admin("POST", f"/_synapse/admin/v1/users/{quote(user)}/override_ratelimit", {"messages_per_second": 0, "burst_count": 0})


class Account:
    """One user with one device. Not for two threads at once."""
    numbers = itertools.count(1)

    def __init__(self, homeserver, user, token, device):
        self.homeserver, self.user, self.token, self.device = homeserver, user, token, device
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def call(self, method, path, body=None):
        """JSON in, JSON out; bytes as body go as they are."""
        return json.loads(self.raw(method, path, body)[1])

    def raw(self, method, path, body=None):
        """The answer's type and its bytes."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + self.token} if self.token else {})}
        for attempt in (1, 2):
            kept = self.connection is not None
            try:
                self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.homeserver.port, timeout=CALL_S)
                self.connection.request(method, path, raw, headers)
                answer = self.connection.getresponse()
                got = answer.read()
                break
            except (OSError, http.client.HTTPException):
                # A kept connection may have been closed meanwhile; writes carry a transaction id, so a repeat is harmless.
                self.close()
                if attempt == 2 or not kept:
                    raise
        if answer.status != 200:
            raise Refused(f"{method} {path}", answer.status, got.decode())
        return answer.getheader("Content-Type"), got

    def client(self, method, path, body=None):
        return self.call(method, "/_matrix/client/v3/" + path, body)

    def create_room(self, **options):
        return self.client("POST", "createRoom", options)["room_id"]

    def join(self, room):
        self.client("POST", f"rooms/{quote(room)}/join", {})

    def leave(self, room):
        self.client("POST", f"rooms/{quote(room)}/leave", {})

    def invite(self, room, user):
        self.client("POST", f"rooms/{quote(room)}/invite", {"user_id": user})

    def kick(self, room, user, how="kick"):
        self.client("POST", f"rooms/{quote(room)}/{how}", {"user_id": user, "reason": "a test"})

    def send(self, room, kind, content):
        return self.client("PUT", f"rooms/{quote(room)}/send/{kind}/t{next(self.numbers)}", content)["event_id"]

    def redact(self, room, event):
        return self.client("PUT", f"rooms/{quote(room)}/redact/{quote(event)}/t{next(self.numbers)}", {})["event_id"]

    def set_state(self, room, kind, content, key=""):
        return self.client("PUT", f"rooms/{quote(room)}/state/{kind}/{quote(key)}", content)["event_id"]

    def get_state(self, room, kind, key=""):
        return self.client("GET", f"rooms/{quote(room)}/state/{kind}/{quote(key)}")
