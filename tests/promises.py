"""What reguard promises, in the order of what it would cost to break it, and how each promise is tried. The table is made from what a
run of tests/suite has printed: no figure stands here, and a way of trying that found nothing in the output is a fault of this page."""
import re

UNITS, GRANTS, E2E, PLANTED, SIM = "unit and transcripts", "grants, every combination", "e2e", "planted", "sim"
KILL, FILES, MEMORY, POWER = "faults: kill", "faults: random, files", "faults: memory, descriptors, sockets", "faults: power"


class Way:
    """One way of trying. counts(text) gives how often it was tried and how often it went wrong."""
    def __init__(self, part, says, counts):
        self.part, self.says, self.counts = part, says, counts

    def tried(self, outputs):
        return self.counts(outputs[self.part]) if self.part in outputs else None


def figure(part, says, tried, wrong=None):
    """Numbers that a program prints: all that the patterns find are added up."""
    def counts(text):
        return tuple(sum(int(n) for n in re.findall(pattern, text, re.M)) if pattern else 0 for pattern in (tried, wrong))
    return Way(part, says, counts)


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
        mine = "\n".join(b for b in blocks if re.match(rf"test_(?:{which})\n", b))
        passed, failed = (sum(int(n) for n in re.findall(rf"\[  {word}  \] (\d+) test", mine)) for word in ("PASSED", "FAILED"))
        return passed + failed, failed
    return Way(UNITS, says or "tests of units: " + ", ".join(programs), counts)


def planted(*rooms):
    which = "|".join(rooms)
    def counts(text):
        good, bad = (len(re.findall(rf"^{word} +(?:{which}): ", text, re.M)) for word in ("ok", "FAIL"))
        return good + bad, bad
    return Way(PLANTED, "mistakes planted in " + ", ".join(rooms), counts)


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
        judged("reminders"), end_to_end("alarms", "case", "direct", "dead_man"), named("matrix", "tests on a real homeserver: alarms", "alarms")]),
    ("one approval changes at most once", [
        judged("lifts"), units("transcripts", says="stories, each also with a restart after every event"), faults(KILL, "kills at a call of the system", "kill"), end_to_end("recovery"), planted("engine")]),
    ("closes no window before it is proved on", [judged("closed"), end_to_end("stax"), planted("stax")]),
    ("restores by itself, without a chat, without anybody", [judged("restores"), end_to_end("lost", "installed", "storm")]),
    ("acknowledges nothing that a power cut takes back", [
        figure(POWER, "power cuts", r"power: (\d+) cuts"), faults(FILES, "runs of forty kills under load", "random"), planted("store")]),
    ("changes no flag but the one", [units("flags", "stax_codec"), judged("lifts")]),
    ("lifts nothing off the record; what was changed in it is found", [judged("records"), units("store", "witness"), end_to_end("trust")]),
    ("is never deaf while the network works", [end_to_end("socket", "away", "storm"), units("slack_life", "matrix_life")]),
    ("never dies of input", [
        figure("fuzz", "inputs under the sanitizers", r"(\d+) executions", r"(\d+) failed"),
        figure("websocket", "ways to break a socket, with the library under the sanitizer", r"^(\d+) passed", r"(\d+) failed"),
        units("json", "hostile", "matrix_sanitise"), end_to_end("input", "memory", "flood")]),
    ("prints no secret", [figure(E2E, "end-to-end tests, each with logs, store and output searched", r"^(\d+) passed"), end_to_end("operator", "story")]),
    ("comes back from any one fault", [
        faults(FILES, "calls on the store's files that fail", "files"), faults(MEMORY, "allocations that find nothing", "memory"),
        faults(MEMORY, "times without descriptors", "descriptors"), faults(MEMORY, "times with its sockets eaten", "sockets"), end_to_end("refused", "storm")]),
    ("does not act as two", [end_to_end("twin"), figure("models", "models and their planted mistakes", r"^(\d+) passed", r"(\d+) failed")]),
    ("explains every step from the records alone", [judged("records"), units("examples", "story"), end_to_end("operator")]),
    ("opens what older ones wrote", [units("old_stores", "store_kept")]),
]
# What `make proof` runs: the parts above, without what is not named here.
PARTS = sorted({way.part for _, ways in PROMISES for way in ways} - {"matrix"})
GROUPS = sorted({g for _, ways in PROMISES for way in ways if way.part == E2E and ": " in way.says for g in way.says.split(": ")[1].split(", ")})


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
