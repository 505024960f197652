# SPDX-License-Identifier: Apache-2.0
"""Who includes whom, for tests/layers and tests/rooms."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOT = ("bot", "commands", "adapters")
SANDBOX = ("tests/sandbox",)
HARNESS = ("tests/transcript",)


def without_comments(text):
    """Text in quotes stays: a path may look like a comment."""
    keep_lines = lambda m: m.group(0) if m.group(0)[0] == '"' else re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', keep_lines, text, flags=re.S)


def files(tops):
    """(path, text without comments) of every file of C, in order."""
    for top in tops:
        for folder, folders, names in os.walk(os.path.join(ROOT, top)):
            folders.sort()
            for name in sorted(n for n in names if n.endswith((".c", ".h"))):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                    yield path, without_comments(file.read())


def resolved(target):
    """The path that an include line means; None when it is none of ours."""
    for path in (f"bot/{target}", target):
        if os.path.exists(os.path.join(ROOT, path)):
            return path
    return None


def graph(tops):
    """file: the files that it includes. A header and its .c are one file here, and have no suffix."""
    arrows = {}
    for path, text in files(tops):
        own = arrows.setdefault(path[:-2], set())
        for target in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
            found = resolved(target)
            if found and found[:-2] != path[:-2]:
                own.add(found[:-2])
    return arrows


def circles(arrows):
    """Each set of nodes that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(arrows.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found
