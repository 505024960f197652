# SPDX-License-Identifier: Apache-2.0
"""Makes the table and the picture of a comparison out of its JSON. Nothing here is measured, and nothing there is typed.
usage: tests/bench/figures.py FILE.json     prints the table; with --write it goes to deploy/docs/figures.* and, shorter, to the README"""
import html
import json
import os
import statistics
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(ROOT, "README.md")
PAGE, DATA, PICTURE = (os.path.join(ROOT, "deploy/docs/figures" + end) for end in (".md", ".json", ".svg"))
BEGIN, END = "<!-- compare: written by `make compare WRITE=1` -->", "<!-- compare: end -->"
OURS, NONE = "reguard", "–"
LINE = 100  # of a document
# A look at a broken connection ends then: who is not back by that time takes longer.
LINK_S, LINK_MOST_S = ("refresh_s", "reset_s", "half_open_s"), 57
SUMMED = ("kill_acknowledged", "kill_missing")
# Name, what it says, digits behind the point; a line without a name is a heading.
ROWS = [
    (None, "record: written durably, then acknowledged", 0),
    ("one_p50_ms", "one in flight: acknowledged, p50, ms", 2),
    ("one_p99_ms", "… p99, ms", 2),
    ("second_p50_ms", "one a second: acknowledged, p50, ms", 2),
    ("many_per_s", "64 in flight: events a second", 0),
    ("many_cpu_s", "… CPU seconds for 10,000 events", 2),
    ("many_bytes", "… bytes to disk for each event", 0),
    ("kill_acknowledged", "acknowledged until kill -9 under load, all rounds", 0),
    ("kill_missing", "… acknowledged before the kill, not on disk", 0),
    (None, "job: recorded, acknowledged and answered, 40 a second", 0),
    ("job_ack_ms", "acknowledged, p50, ms", 2),
    ("job_answer_ms", "answered, p50, ms", 2),
    ("job_answered", "answers that came, of 100", 0),
    (None, "the connection: how long nothing is heard", 0),
    ("refresh_s", "refresh is asked for, s", 2),
    ("reset_s", "reset (RST), s", 2),
    ("half_open_s", "half open, s", 2),
    (None, "the process", 0),
    ("start_ms", "start to hello, ms", 0),
    ("idle_mb", "resident, idle, MB", 1),
    ("peak_mb", "resident, at the most, MB", 1),
]
# In short: what is plotted, and what a kill takes away.
TOLD_FIRST = ("one_p50_ms", "one_p99_ms", "many_per_s", "many_cpu_s", "kill_missing", "job_answer_ms", "reset_s", "half_open_s", "peak_mb")
PLOTTED = ("one_p50_ms", "many_per_s", "many_cpu_s", "job_answer_ms", "reset_s", "half_open_s", "start_ms", "peak_mb")


def values(whole, name, who):
    """Of the rounds that have one."""
    return [value for value in whole["figures"].get(name, {}).get(who, []) if value is not None]


def ratio(whole, name, who):
    """The median of its figure to reguard's in the same round; None where no round has both."""
    ours, theirs = (whole["figures"].get(name, {}).get(one, []) for one in (OURS, who))
    both = [b / a for a, b in zip(ours, theirs) if a and b is not None]
    return statistics.median(both) if both and who != OURS else None


def number(value, digits):
    return f"{value:,.{digits}f}"


def cell(whole, name, who, digits):
    """Median, (least–most), and the ratio to reguard."""
    found = values(whole, name, who)
    if not found:
        return NONE
    if name in SUMMED:
        return number(sum(found), 0)
    text = (">" if name in LINK_S and statistics.median(found) > LINK_MOST_S else "") + number(statistics.median(found), digits)
    if len(found) > 1:
        text += f" ({number(min(found), digits)}–{number(max(found), digits)})"
    times = ratio(whole, name, who)
    return text if times is None or name == "job_answered" else f"{text} ×{times:.3g}"


def columns(whole):
    """Those who were measured or would have been."""
    seen = {who for by in whole["figures"].values() for who in by} | set(whole["skipped"]) | set(whole["failed"])
    return [who for who in whole["titles"] if who in seen]


def lost(whole):
    """Who acknowledged what its disk does not have: name to count."""
    counts = {who: sum(values(whole, "kill_missing", who)) for who in columns(whole)}
    return {who: int(count) for who, count in counts.items() if count}


def grid(whole):
    """The table as rows of texts, a heading as a row of one."""
    who = columns(whole)
    yield ["", *(whole["titles"][one] for one in who)]
    for name, says, digits in ROWS:
        if name and not any(values(whole, name, one) for one in who):
            continue  # nobody has it: it was measured before there was that row
        yield [says] if name is None else [says, *(cell(whole, name, one, digits) for one in who)]


def remarks(whole):
    """What the table has to be read with."""
    told = whole["machine"]
    yield (f"{whole['rounds']} {'round' if whole['rounds'] == 1 else 'rounds'}, one contestant after another in each and another one first each time: the median, in parentheses the least and the most, "
           "behind × the median of the rounds' ratios to reguard.")
    yield (f"Machine: {told['processor']}, {told['cores']} cores, Linux {told['kernel']}; load average {told['load_begin'][0]} at the beginning, {told['load_end'][0]} at the end, "
           f"{told['minutes']} minutes. With another load than that of the rig itself (about 1) the figures are noisy.")
    for who in columns(whole):
        if who in whole["skipped"]:
            yield f"{whole['titles'][who]}: skipped: {whole['skipped'][who]}"
        else:
            yield f"{whole['titles'][who]} ({whole['versions'].get(who, 'no version')}): {whole['notes'][who]}."
        yield from (f"{whole['titles'][who]} failed in {why}" for why in whole["failed"].get(who, []))
    yield from (f"{whole['titles'][who]} LOST {count:,} of what it had acknowledged." for who, count in lost(whole).items())


def behind(whole):
    """Where reguard is not ahead of every peer, by the medians; the floor is no peer."""
    for name, says, _ in ROWS:
        theirs = {who: statistics.median(values(whole, name, who)) for who in columns(whole) if who not in (OURS, "floor") and name and values(whole, name, who)}
        ours = values(whole, name, OURS) if name and name not in SUMMED else []
        more = name in ("many_per_s", "job_answered")
        better = [who for who, value in theirs.items() if ours and (value > statistics.median(ours) if more else value < statistics.median(ours))]
        if better:
            yield heading_of(name) + says.removeprefix("… ") + ": " + ", ".join(whole["titles"][who] for who in better)


def heading_of(name):
    above = ""
    for row, says, _ in ROWS:
        above = says.split(":")[0] + ", " if row is None else above
        if row == name:
            return above
    return ""


def text(whole):
    rows = list(grid(whole))
    widths = [max((len(row[at]) for row in rows if len(row) > at and (len(row) > 1 or at)), default=0) for at in range(len(rows[0]))]
    lines = ["  ".join(part.ljust(width) for part, width in zip(row, widths)).rstrip() for row in rows]
    ahead = list(behind(whole))
    return "\n".join([*lines, "", *remarks(whole), *(["Not ahead: " + "; ".join(ahead)] if ahead else [])])


def lined(rows):
    """As lines of Markdown, the first row as their heads."""
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|---" * len(rows[0]) + "|"
    for row in rows[1:]:
        full = [f"**{row[0]}**", *[""] * (len(rows[0]) - 1)] if len(row) == 1 else row
        yield "| " + " | ".join(part.replace("|", "\\|") for part in full) + " |"


def short(whole):
    """The medians of what is asked about first, for the README."""
    who = columns(whole)
    def median(name, one, digits):
        found = values(whole, name, one)
        return number(sum(found) if name in SUMMED else statistics.median(found), digits) if found else NONE
    rows = [["median of the rounds", *(whole["titles"][one] for one in who)]]
    rows += [[heading_of(name) + says.removeprefix("… "), *(median(name, one, digits) for one in who)] for name, says, digits in ROWS if name in TOLD_FIRST]
    return "\n".join(lined(rows))


def markdown(whole):
    lines = lined(list(grid(whole)))
    ahead = list(behind(whole))
    told = "reguard is not ahead of every peer in: " + "; ".join(ahead) + "." if ahead else "reguard is ahead of every peer in each line."
    return "\n".join([*lines, "", *(textwrap.fill(f"- {line}", LINE, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
                                    for line in [*remarks(whole), told])])


# ---- the picture ----

WIDE, LABEL, BAR, GAP, TOP, PANELS = 460, 130, 14, 6, 26, 2
COLOURS = ("#1f5fa8", "#8a8f98")  # ours, all others


def bars(whole, name, says, digits, left, top):
    """One panel: a bar for each median, a line from the least to the most."""
    who = [one for one in columns(whole) if values(whole, name, one)]
    most = max((max(values(whole, name, one)) for one in who), default=0) or 1
    room = WIDE - LABEL - 70
    yield f'<text x="{left}" y="{top + 14}" font-weight="bold">{html.escape(says)}</text>'
    for at, one in enumerate(who):
        found, y = values(whole, name, one), top + TOP + at * (BAR + GAP)
        median, low, high = (room * value / most for value in (statistics.median(found), min(found), max(found)))
        x, middle = left + LABEL, y + BAR / 2
        yield f'<text x="{x - 6}" y="{y + 11}" text-anchor="end">{html.escape(whole["titles"][one])}</text>'
        yield f'<rect x="{x}" y="{y}" width="{max(median, 1):.1f}" height="{BAR}" fill="{COLOURS[one != OURS]}"/>'
        yield f'<path d="M{x + low:.1f} {middle}H{x + high:.1f}" stroke="#000" stroke-width="1.5"/>'
        yield f'<text x="{x + max(high, median) + 5:.1f}" y="{y + 11}">{number(statistics.median(found), digits)}</text>'


def svg(whole):
    rows = [row for row in ROWS if row[0] in PLOTTED and any(values(whole, row[0], one) for one in columns(whole))]
    tall = TOP + len(columns(whole)) * (BAR + GAP) + 20
    height = tall * -(-len(rows) // PANELS) + 10
    parts = []
    for at, (name, says, digits) in enumerate(rows):
        title = (heading_of(name) + says.removeprefix("… ")) if says.startswith("…") else says
        parts += bars(whole, name, title, digits, 10 + at % PANELS * WIDE, 10 + at // PANELS * tall)
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE * PANELS + 20}" height="{height}" font-family="sans-serif" font-size="12">',
                      '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"])


# ---- writing ----

def between(page, block):
    """The page with the block between its markers; a page without them is an error."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError("the page lacks its two markers")
    return page[:page.index(BEGIN) + len(BEGIN)] + "\n" + block + "\n" + page[page.index(END):]


def write(whole):
    pages = []
    for path, block in ((PAGE, markdown(whole)), (README, short(whole))):
        with open(path, encoding="utf-8") as f:
            pages.append((path, between(f.read(), block)))
    for path, content in (*pages, (DATA, json.dumps(whole, indent=1, ensure_ascii=False) + "\n"), (PICTURE, svg(whole))):
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)


def main():
    words = [word for word in sys.argv[1:] if word != "--write"]
    if len(words) != 1:
        sys.exit(__doc__)
    with open(words[0], encoding="utf-8") as f:
        whole = json.load(f)
    print(text(whole))
    if "--write" in sys.argv[1:]:
        write(whole)


if __name__ == "__main__":
    main()
