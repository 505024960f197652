# SPDX-License-Identifier: Apache-2.0
"""What reguard promises, in the order of what it would cost to break it, and how each promise is tried. The table is made from what a
run of tests/suite has printed: no figure stands here, and a way of trying that found nothing in the output is a fault of this page."""
import re

UNITS, GRANTS, E2E, PLANTED, SIM = "unit and transcripts", "grants, every combination", "e2e", "planted", "sim"
KILL, FILES, MEMORY, POWER = "faults: kill", "faults: random, files", "faults: memory, descriptors, sockets", "faults: power"


class Way:
    """One way of trying. counts(text) gives how often it was tried and how often it went wrong."""
    def __init__(self, part, says, counts, words=()):
        self.part, self.says, self.counts, self.words = part, says, counts, words  # that choose what it counts

    def tried(self, outputs):
        return self.counts(outputs[self.part]) if self.part in outputs else None


def figure(part, says, tried, wrong=None):
    """Numbers that a program prints: all that the patterns find are added up. A pattern without a group counts its lines."""
    def added(pattern, text):
        found = re.finditer(pattern, text, re.M) if pattern else ()
        return sum(int(one.group(1)) if one.re.groups else 1 for one in found)
    return Way(part, says, lambda text: (added(tried, text), added(wrong, text)))


def named(part, says, *groups):
    """Tests that print "ok - group: name"."""
    which = "|".join(groups)
    def counts(text):
        good, bad = ({name for name in re.findall(rf"^{word} - ((?:{which}):.*?)(?: \(|$)", text, re.M)} for word in ("ok", "not ok"))
        again = {name for name in re.findall(r"^UNSTEADY - (.*?): failed among", text, re.M)}
        return len(good | bad), len(bad - again)
    return Way(part, says, counts)


def end_to_end(*groups):
    return named(E2E, "end-to-end tests: " + ", ".join(groups), *groups)


def units(*programs, says=None):
    """Tests of units by their program."""
    which = "|".join(programs)
    def counts(text):
        blocks = re.split(r"^# ", text, flags=re.M)
        mine = "\n".join(b for b in blocks if re.match(rf"test_(?:{which})(?: over shared records)?\n", b))
        passed, failed = (sum(int(n) for n in re.findall(rf"\[  {word}  \] (\d+) test", mine)) for word in ("PASSED", "FAILED"))
        return passed + failed, failed
    return Way(UNITS, says or "tests of units: " + ", ".join(programs), counts)


def planted(*rooms):
    which = "|".join(rooms)
    def counts(text):
        good, bad = (len(re.findall(rf"^{word} +(?:{which}): ", text, re.M)) for word in ("ok", "FAIL"))
        return good + bad, bad
    return Way(PLANTED, "mistakes planted in " + ", ".join(rooms), counts, [f"{room}: " for room in rooms])


def planted_secrets(word):
    way = figure(PLANTED, "secrets that are printed on purpose", rf"^ok +\w+: .*{word}", rf"^FAIL +\w+: .*{word}")
    way.words = [word]
    return way


def judged(what):
    return figure(SIM, f"{what} judged from outside in simulated stories", rf"judged:.*?(\d+) {what}", r"(\d+) with violations")


def faults(part, says, family):
    def counts(text):
        good = sum(int(n) for n in re.findall(rf"^(?:not )?ok - {family}: .*?: (\d+) of \d+ points", text, re.M))
        again = len(re.findall(rf"^UNSTEADY - {family}: ", text, re.M))
        bad = len(re.findall(rf"^not ok - {family}:[a-z0-9]", text, re.M)) - again
        return good + bad, bad
    return Way(part, says, counts)


PROMISES = [
    ("lifts for Admins only, never on the requester's own word", [
        figure(GRANTS, "combinations of identity, role, moment, chat, question and way", r"(\d+) combinations played", r"(\d+) wrong"),
        judged("approvals"), end_to_end("identity", "answers"), planted("core", "actions")]),
    ("loses no reminder while the guardrail is not proved on", [
        judged("reminders"), end_to_end("alarms", "case", "direct", "dead_man"), named("matrix", "tests on a real homeserver: alarms, dead man's words", "alarms", "dead_man")]),
    ("one approval changes at most once", [
        judged("lifts"), units("transcripts", says="stories, each also with a restart after every event"), faults(KILL, "kills at a call of the system", "kill"), end_to_end("recovery"), planted("engine")]),
    ("closes no window before it is proved on", [judged("closed"), end_to_end("stax"), planted("stax")]),
    ("restores by itself, without a chat, without anybody", [judged("restores"), end_to_end("lost", "installed", "storm")]),
    ("acknowledges nothing that a power cut takes back", [
        figure(POWER, "power cuts", r"power: (\d+) cuts"), faults(FILES, "runs of forty kills under load", "random"), planted("store")]),
    ("changes no flag but the one", [units("flags", "stax_codec"), judged("lifts")]),
    ("lifts nothing off the record; what was changed in it is found", [judged("records"), units("store", "store_shared", "witness"), end_to_end("trust")]),
    ("is never deaf while the network works", [end_to_end("socket", "away", "storm"), units("slack_life", "matrix_life")]),
    ("never dies of input", [
        figure("fuzz", "inputs under the sanitizers", r"(\d+) executions", r"(\d+) failed"),
        figure("websocket", "ways to break a socket, with the library under the sanitizer", r"^(\d+) passed", r"(\d+) failed"),
        units("json", "hostile", "matrix_sanitise"), end_to_end("input", "memory", "flood")]),
    ("prints no secret", [
        figure(E2E, "end-to-end tests, each with logs, store, chats, mails and output searched", r"^(\d+) passed"), end_to_end("operator", "story"),
        planted_secrets("stands in the log")]),
    ("comes back from any one fault", [
        faults(FILES, "calls on the store's files that fail", "files"), faults(MEMORY, "allocations that find nothing", "memory"),
        faults(MEMORY, "times without descriptors", "descriptors"), faults(MEMORY, "times with its sockets eaten", "sockets"), end_to_end("refused", "storm", "network", "surroundings")]),
    ("does not act as two", [end_to_end("twin", "shared"), figure("shared", "stories of several hosts with a database that fails over", r"shared: (\d+) stories", r"(\d+) with violations"), figure("models", "models and their planted mistakes", r"^(\d+) passed", r"(\d+) failed")]),
    ("explains every step from the records alone", [judged("records"), units("examples", "story"), end_to_end("operator")]),
    ("opens what older ones wrote", [units("old_stores", "store_kept")]),
]
# What `make proof` runs: the parts above and what they need, without what is not named here.
PARTS = sorted({way.part for _, ways in PROMISES for way in ways} | {"libraries for fuzzing"})
GROUPS = sorted({g for _, ways in PROMISES for way in ways if way.part == E2E and ": " in way.says for g in way.says.split(": ")[1].split(", ")})
MISTAKES = sorted({word for _, ways in PROMISES for way in ways if way.part == PLANTED for word in way.words})


def table(outputs):
    """Lines to print, and how many violations and ways without a trial there are."""
    lines, wrong = [], 0
    for number, (promise, ways) in enumerate(PROMISES, 1):
        lines.append(f"{number:3}  {promise}")
        for way in ways:
            found = way.tried(outputs)
            if found is None:
                lines.append(f"          not run          {way.says}")
                continue
            tried, bad = found
            wrong += bad + (tried == 0)
            lines.append(f"     {tried:>10}  {bad:>4} bad   {way.says}" + ("" if tried else "   NOTHING WAS TRIED"))
    return lines, wrong


def is_wrong(line):
    """A line of the table that counts as a failure."""
    return "NOTHING WAS TRIED" in line or re.search(r"[1-9]\d* bad ", line) is not None


# A line or two as each part prints them. Without it a pattern that cannot be read comes to light an hour later, when the table is made.
SAMPLES = {
    GRANTS: "6132 combinations played, 1962 granted, 0 wrong\n",
    SIM: "judged: 18 lifts, 4 restores, 51 approvals, 20 reminders, 2 found lifted, 19 closed, 1499 records\n",
    POWER: "power: 3000 cuts, 11492 transactions\n",
    KILL: "ok - kill: killed at the n-th call of the system: 240 of 1928 points (81 s)\n",
    FILES: "ok - random: killed under load: 4 of 100 points (9 s)\nok - files: EIO: 20 of 90 points (9 s)\n",
    "shared": "shared: 14 stories, 14 with a lift, 0 with violations\n",
    MEMORY: "".join(f"ok - {family}: none left: 2 of 9 points (1 s)\n" for family in ("memory", "descriptors", "sockets")),
    PLANTED: "ok   host: the token stands in the log     unit test_hostile\n" + "".join(f"ok   {room}: a mistake\n" for room in ("core", "actions", "engine", "stax", "store")),
    "fuzz": "ok - http: 51461 executions, 3027/s\n", "websocket": "12 passed, 0 failed, 0 skipped\n", "models": "9 passed, 0 failed, 0 skipped\n",
}


def check():
    """Each way finds its sample, and nothing in a part that printed nothing."""
    for _, ways in PROMISES:
        for way in ways:
            if way.counts("") != (0, 0):
                yield f"{way.says}: counts where nothing was printed"
            if way.part in SAMPLES and way.counts(SAMPLES[way.part])[0] == 0:
                yield f"{way.says}: does not see what {way.part} prints"


if __name__ == "__main__":
    found = list(check())
    print("\n".join(found) or f"promises: {sum(len(ways) for _, ways in PROMISES)} ways of trying can be counted")
    raise SystemExit(bool(found))
