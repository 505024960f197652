# SPDX-License-Identifier: Apache-2.0
"""Whether what was promised held, from what was seen outside alone: the provider's and the chats' own lists, who held the lease by the
database's own notes, and the records as they lie there."""
import collections

LATE_MS, NEW_LEADER_MS = 60 * 1000, 30 * 1000
ORDINARY = (0, 75, -9, -15)


def whose(story, request):
    """The instance whose connection it came by: the newest of that port by then."""
    addresses = [address for when, port, address in story["who"] if port == request["peer_port"] and when <= request["at_ms"]]
    return story["addresses"].get(addresses[-1]) if addresses else None


def changes(story):
    """Each PUT that Stax has carried out, answered or not: (when, whose connection, lowering)."""
    for request in story["requests"]:
        note = request.get("note") or ""
        if request["operation"] == "stax.put_guardrails" and request["status"] in (0, 200) and " -> " in note:
            yield request["at_ms"], whose(story, request), "on -> off" in note


def leader_at(story, at_ms):
    holders = [holder for _, holder, since in story["led"] if since <= at_ms]
    return story["instances_by_pid"].get(holders[-1].split(":")[-1]) if holders else None


def lifts(story):
    lowered = [c for c in changes(story) if c[2]]
    approved = {key for key, state, _ in story["told"] if state in ("lifting", "lifted")} | {"G-0001"}
    if len(lowered) > len(approved):
        yield f"lowered {len(lowered)} times for {len(approved)} approval: {lowered}"
    for at_ms, who, _ in lowered:
        led = leader_at(story, at_ms)
        if who is None or who != led:
            yield f"{who} lowered at {at_ms} while {led} led: {story['led']}"


def messages(story):
    keys = collections.Counter(m["key"] for m in story["channel"] if m.get("key"))
    for key, count in keys.items():
        if count > 1:
            yield f"{key} stands {count} times"


def restores(story):
    """A window ends when people were told that it is open, and its length later."""
    lowered = [at for at, _, lowers in changes(story) if lowers]
    raised = [at for at, _, lowers in changes(story) if not lowers]
    told = [at for key, state, at in story["told"] if key == "G-0001" and state == "lifted"]
    if not story["root"]:
        yield "the guardrail is off at the end"
    if not lowered or not raised:
        return
    end_ms = (told[0] if told else lowered[0]) + story["window_ms"]
    new = [since for _, _, since in story["led"] if end_ms < since <= raised[0]]
    most = max([end_ms + LATE_MS, *(since + NEW_LEADER_MS for since in new[:1])])
    if raised[0] > most:
        yield f"on {(raised[0] - end_ms) / 1000:.1f} s after the end, {(raised[0] - most) / 1000:.1f} s too late"


def silence(story):
    """Nobody was told that reguard is silent: somebody leads within seconds, but where the leader was silent for that long indeed."""
    for m in story["channel"]:
        if "I am silent, and" in m["text"] and "clock" not in story["fault"] and story["fault"] != "cut_from_world_for_good":
            yield f"the channel was told that it is silent: {m['text'][:120]}"


def acknowledged(story):
    """What was said and taken is on record."""
    kinds = collections.Counter((row["kind"], row.get("case_no")) for row in story["journal"])
    cards = [m["text"].lower() for m in story["channel"] if "-card-" in (m.get("key") or "")]
    for what, person, _ in story["acked"]:
        if what.startswith("asked for") and not any(what.split()[-1] in text for text in cards) and not story["heard"][person]:
            yield f"{person} {what}, no card tells of it, and they were not told why"
    if any(what == "approved" for what, *_ in story["acked"]) and not any(kind == "approved" for kind, _ in kinds) and not story["heard"]["ben"]:
        yield f"an approval was acknowledged and is not on record: {sorted({k for k, _ in kinds})}"


def records(story):
    for name, (status, out, err) in story["copies"].items():
        if status != 0:
            yield f"the copy of {name} does not verify: {out} {err}"
    for name, statuses in story["statuses"].items():
        strange = [s for s in (*statuses, story["last_statuses"][name]) if s not in ORDINARY]
        if strange:
            yield f"{name} ended with {strange}"


JUDGES = (lifts, messages, restores, silence, acknowledged, records)


def judge(story):
    return [f"{rule.__name__}: {what}" for rule in JUDGES for what in rule(story)]


def took_over_ms(story):
    """From the fault to the next leader, where there was one."""
    later = [since for _, _, since in story["led"] if since > story["began_ms"]]
    return later[0] - story["began_ms"] if later and story["began_ms"] else None
