# SPDX-License-Identifier: Apache-2.0
"""The secrets of a run, and whether anything that it leaves behind has one of them, as it is or in another spelling: what a bot
keeps in files with a secret's name, and what the sandbox has handed out to it (DIR/issued).
usage: python3 tests/e2e/canaries.py DIR [PID]     exit 1 when one is found in DIR or in what the process was started with"""
import base64
import glob
import os
import re
import sys
import urllib.parse

NAMES = re.compile(r"(token|key|password|secret)(\.new)?$")
SHORTEST, DISTINCT = 10, 5  # less than that stands anywhere by chance
NOT_SECRET = {"stax-access-key"}  # a name, which Stax shows and the log may


def files(folder):
    """Those that hold something: whoever reads a pipe waits."""
    paths = [os.path.join(d, n) for d, _, names in os.walk(folder) for n in names]
    return [p for p in paths if os.path.isfile(p)]


def is_secrets_own(path):
    name = os.path.basename(path)
    return bool(NAMES.search(name)) and name not in NOT_SECRET


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:  # a log of SQLite's that was folded in meanwhile
        return b""


def spellings(secret):
    """As it is, in hex, in percent, in base64 wherever it begins, and as its letters stand in JSON."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield secret.replace("/", "\\/").encode()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
        inner = text[(0, 2, 3)[before]:len(text) - (1 if (before + len(raw)) % 3 else 0)]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def of_folder(folder):
    """Every secret that a run in this folder knows."""
    found = {read(p).decode(errors="replace").strip() for p in files(folder) if is_secrets_own(p)}
    found |= set(read(os.path.join(folder, "issued")).decode(errors="replace").split("\n"))
    return {s for s in found if len(s) >= SHORTEST and len(set(s)) >= DISTINCT and "\n" not in s}


def left_in(folder):
    """All that a bot leaves there: logs, records with their journal, whatever it wrote, and a dump of its memory."""
    ours = [p for p in files(folder) if f"{os.sep}usr{os.sep}" not in p[len(folder):]]  # but for the program itself, where it is installed
    bots = [p for p in ours if not is_secrets_own(p) and os.path.basename(p) not in ("issued", "sandbox.log")]
    return [(os.path.relpath(p, folder), read(p)) for p in [*bots, *glob.glob("core*")] if not os.path.isdir(p)]


def of_process(pid):
    return [(f"the process's {name}", read(f"/proc/{pid}/{name}")) for name in ("cmdline", "environ")]


def found(secrets, artefacts):
    """One sentence for each artefact that has one, without saying it."""
    wanted = {(spelling, secret) for secret in secrets for spelling in spellings(secret)}
    for name, text in artefacts:
        for secret in sorted({secret for spelling, secret in wanted if spelling in text}):
            yield f"{name} has a secret that begins with {secret[:4]}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    lines = list(found(of_folder(sys.argv[1]), [*left_in(sys.argv[1]), *(of_process(sys.argv[2]) if sys.argv[2:] else [])]))
    print(*lines, sep="\n")
    sys.exit(1 if lines or not of_folder(sys.argv[1]) else 0)


if __name__ == "__main__":
    main()
