# SPDX-License-Identifier: Apache-2.0
"""A network that can be made to misbehave: a resolver of its own for one process, a relay in front of the sandbox, an address at which
nobody answers. Everything stays on loopback."""
import contextlib
import os
import random
import shutil
import socket
import struct
import subprocess
import threading

from rig import Rig, Skipped

NAME = "sandbox.test"  # the sandbox's certificate names it
A, AAAA, MISSING, FAILS = 1, 28, 3, 2


# ---- names ----

def other_address():
    """One of loopback's addresses that nothing else uses."""
    return f"127.{random.randint(64, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"


class Resolver:
    """Answers every question with the addresses in `says`; "missing": there is no such name; "fails": the server has a fault; "silent":
    nothing at all."""

    def __init__(self, says):
        self.says, self.asked, self.address = says, 0, other_address()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((self.address, 53))
        except PermissionError as why:
            raise Skipped("a resolver of its own needs the right to use port 53") from why
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(2048)
            except OSError:
                return
            self.asked += 1
            if self.says != "silent":
                with contextlib.suppress(OSError):
                    self.socket.sendto(self.answer(question), sender)

    def answer(self, question):
        end = question.index(b"\0", 12) + 5
        kind = struct.unpack(">H", question[end - 4:end - 2])[0]
        addresses = self.says if isinstance(self.says, list) and kind == A else []
        code = {"missing": MISSING, "fails": FAILS}.get(self.says if isinstance(self.says, str) else "", 0)
        records = b"".join(struct.pack(">HHHIH", 0xc00c, A, 1, 0, 4) + socket.inet_aton(a) for a in addresses)
        return question[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(addresses), 0, 0) + question[12:end] + records

    def close(self):
        self.socket.close()


class Named(Rig):
    """A bot for which every name is what its own resolver says; names = the services that it calls by name."""

    def __init__(self, build, resolver, names=("slack", "stax"), start=True, **more):
        missing = [w for w in ("unshare", "mount") if not shutil.which(w)]
        if missing or os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            raise Skipped("files of its own for one process need root, unshare and mount")
        super().__init__(build, start=False, **more)
        self.resolver = resolver
        self.closes.append(resolver.close)
        base = f"https://{NAME}:{self.ports['port']}"
        sections = {"slack": {"api_url": base + "/api/"},
                    "stax": {"api_url": base, "login_url": base + "/cognito-idp/", "identity_url": base + "/cognito-identity/"}}
        self.configure(**{section: sections[section] for section in names})
        for name, text in (("resolv.conf", f"nameserver {resolver.address}\noptions timeout:30 attempts:3\n"), ("nsswitch.conf", "hosts: dns\n")):
            with open(f"{self.dir}/{name}", "w") as f:
                f.write(text)
        if start:
            self.start()

    def program(self):
        """In the same process, which sees other files in these two places."""
        mounts = " && ".join(f'mount --bind "{self.dir}/{name}" /etc/{name}' for name in ("resolv.conf", "nsswitch.conf"))
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts + ' && exec "$@"', "sh", *super().program()]


# ---- ways ----

class Hole:
    """Connections to it never come about: those that nobody takes fill its queue, and the system leaves the next ones unanswered."""

    def __init__(self, port, address=None):
        self.address = address or other_address()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((self.address, port))
        self.socket.listen(0)
        self.fill = []
        for _ in range(2):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex((self.address, port))
            self.fill.append(s)

    def close(self):
        for s in (self.socket, *self.fill):
            s.close()


class Relay:
    """Between the bot and one of the sandbox's ports. `how` is looked at for each connection and, unless it is TLS, for each request:
    "whole", "bytes" (one at a time), "silent" (takes all, says nothing), "reset", "cut" (breaks off within the first answer), or a function
    that gives the bytes of an answer of its own, one piece after the other, for as long as somebody reads them."""

    def __init__(self, port, how="whole", only=None, address="127.0.0.1", own_port=0):
        self.port, self.how, self.only, self.answered, self.open = port, how, only, 0, []
        self.server = socket.create_server((address, own_port), backlog=64)
        self.own_port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.server.accept()
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self.guarded, args=(s,), daemon=True).start()

    def guarded(self, s):
        with s, contextlib.suppress(OSError):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.how == "reset":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self.how == "silent":
                while s.recv(65536):
                    pass
            else:
                self.between(s)

    def between(self, s):
        with socket.create_connection(("127.0.0.1", self.port)) as other:
            other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.append(other)
            self.connected(s, other)
            threading.Thread(target=self.back, args=(other, s, self.how), daemon=True).start()
            while True:
                request = s.recv(65536)
                if not request:
                    return
                if callable(self.how) and self.only in request.split(b"\r\n")[0]:
                    self.answered += 1
                    for piece in self.how():
                        s.sendall(piece)
                    return
                self.send(other, request, self.how)

    def connected(self, s, other):
        """Both sides of a connection stand."""

    def back(self, other, s, how):
        with contextlib.suppress(OSError):
            while True:
                answer = other.recv(65536)
                if not answer:
                    break
                # Behind the greeting of TLS; what is left of the answer never comes.
                if how == "cut" and answer[0] == 0x17:
                    self.send(s, answer[:len(answer) // 2], how)
                    break
                self.send(s, answer, how)
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_RDWR)

    def send(self, to, data, how):
        if how != "bytes":
            to.sendall(data)
            return
        for n in range(len(data)):
            to.sendall(data[n:n + 1])

    def drop(self):
        """Every connection ends."""
        for s in self.open:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
        self.open = []

    def close(self):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)  # whoever accepts lets go of it
        self.server.close()
        self.drop()
