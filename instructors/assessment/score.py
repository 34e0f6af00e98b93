"""Score a class: its gain for each misconception, from the answer files in a folder.

    python instructors/assessment/score.py FOLDER

writes FOLDER_report.html (picture, table, what to go back to, files that need a look) and
FOLDER_report.csv beside the folder. The answer files are only read.
"""

from __future__ import annotations

import csv
import html
import io
import math
import sys
import textwrap
from pathlib import Path

from matplotlib.figure import Figure

from collect import Handed, collect
from gain import Gains, Interval, Line, gains
from items import items
from lems_helpers.lab.picture import Picture
from lems_helpers.lab.quiz import misconceptions
from lems_helpers.lab.style import BLUE, GREY, INK, VERMILLION

_HEIGHT_IN = 10.4
_CUT = -0.5
_SHARES = tuple(
    f"{what} {time}"
    for what in ("right what, wrong why", "misconception chosen")
    for time in ("before", "after")
)
_BEGIN = ("misconception", "learners", "understood before", "understood after")
_LOOK = (
    "body{font:16px/1.5 sans-serif;color:#1a1a1a;max-width:62em;margin:1em auto;padding:0 1em}"
    "img{max-width:100%}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{border-bottom:1px solid #c8c8c8;padding:3px 12px 3px 0;text-align:left;"
    "vertical-align:top;font-weight:normal}thead th{font-weight:bold}"
    "@media print{tr,li{break-inside:avoid}}"
)


def percent(share: float) -> str:
    """Return a share in percent, or a dash where there is none."""
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"


def gain_words(gain: Interval) -> str:
    """Return a gain with its range, or why there is none."""
    if math.isnan(gain.value):
        return "nothing left to gain"
    return f"{gain.value:.2f} ({gain.low:.2f} to {gain.high:.2f})".replace("-", "−")


def rows(result: Gains) -> list[tuple[str, str, Line]]:
    """Return id, belief and line of each item, and of the whole test at the end."""
    lines = [(item, misconceptions()[item], line) for item, line in result.lines.items()]
    return [*lines, ("all", "All items together", result.whole)]


def summary(result: Gains, learners: int) -> str:
    """Return one or two sentences with the class's numbers."""
    whole = result.whole
    if not whole.learners:
        return "Nobody has taken the test both times yet, so there is no gain to show."
    known = {k: line for k, line in result.lines.items() if not math.isnan(line.gain.value)}
    said = (
        f"{learners} learners took the test both times. They understood {percent(whole.before)} "
        f"of the items before and {percent(whole.after)} after: a gain of "
        f"{gain_words(whole.gain)}."
    )
    if len(known) > 1:
        best = max(known, key=lambda item: known[item].gain.value)
        least = min(known, key=lambda item: known[item].gain.value)
        said += (
            f" The greatest gain is in {best} ({gain_words(known[best].gain)}), "
            f"the least in {least} ({gain_words(known[least].gain)})."
        )
    return said


def picture(result: Gains, alt: str) -> Picture:
    """Draw the share who understood before and after, and the gain with its range."""
    drawn = Picture(lambda figure: _draw(figure, result), _HEIGHT_IN)
    drawn.update(alt=alt)
    return drawn


def _draw(figure: Figure, result: Gains):
    shares, gained = figure.subplots(1, 2, sharey=True, width_ratios=[1.05, 1])
    table = rows(result)
    for y, (_, _, line) in enumerate(table):
        if not line.learners:
            continue
        shares.plot([100 * line.before, 100 * line.after], [y, y], color=GREY, lw=2, zorder=1)
        shares.plot(100 * line.before, y, "o", ms=9, mfc="white", mec=VERMILLION, mew=2)
        shares.plot(100 * line.after, y, "D", ms=8, color=BLUE)
        if not math.isnan(line.gain.value):
            low, high = max(line.gain.low, _CUT), max(line.gain.high, _CUT)
            gained.plot([low, high], [y, y], color=INK, lw=2)
            gained.plot(max(line.gain.value, _CUT), y, "s", ms=8, color=INK)
    shares.plot([], [], "o", ms=9, mfc="white", mec=VERMILLION, mew=2, label="before the course")
    shares.plot([], [], "D", ms=8, color=BLUE, label="after the course")
    figure.legend(loc="outside upper left", ncols=2)
    labels = [textwrap.fill(f"{item}  {belief}", 40) for item, belief, _ in table]
    shares.set(xlim=(-4, 104), ylim=(len(table) - 0.4, -0.6), yticks=range(len(table)))
    shares.set_yticklabels(labels, fontsize=10, ha="left")
    shares.tick_params(axis="y", pad=262, length=0)
    shares.set(xlabel="learners (%)", title="Understood")
    gained.set(xlim=(_CUT - 0.04, 1.04), xlabel="normalised gain")
    gained.set_title("Gain, with its 95 % range")
    gained.axvline(0, color=GREY, ls=":", lw=1.5)
    gained.tick_params(axis="y", length=0)
    for axes in (shares, gained):
        axes.grid(axis="y", color="#E4E4E4", lw=0.9)
        axes.axhline(len(table) - 1.5, color=INK, lw=0.9)
    return lambda: None


def report(handed: Handed, result: Gains, title: str) -> str:
    """Return the whole report as one HTML page."""
    said = summary(result, len(handed.pairs))
    parts = [f"<h1>What the class gained: {html.escape(title)}</h1>", f"<p>{said}</p>"]
    if result.whole.learners:
        alt = f"Dots for each misconception, before and after, and the gain. {said}"
        parts += [picture(result, alt).still_html(), _table(result), _go_back(result)]
    parts.append(f"<h2>Files that need a look</h2><p>{handed.files} files were read.</p>")
    remarks = "".join(f"<li>{html.escape(remark)}</li>" for remark in handed.remarks)
    parts.append(f"<ul>{remarks}</ul>" if remarks else "<p>All of them are in order.</p>")
    parts.append(
        "<h2>How to read this</h2><p>An item is understood when both what happens and why are "
        "right. The gain is the rise in the share who understand, over the share who did not "
        "before (Hake 1998, doi:10.1119/1.18809). Its range would hold the true gain of such "
        "learners 95 times of 100; with few learners it is wide. Small differences between "
        "misconceptions are mostly chance. A right what with a wrong why is a fact learned "
        "without its reason. The table tells of a class, never of a person.</p>"
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>What the class gained: {html.escape(title)}</title><style>{_LOOK}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _table(result: Gains) -> str:
    head = (*_BEGIN, "gain (95 % range)", *_SHARES)
    body = ""
    for item, belief, line in rows(result):
        cells = [line.learners, percent(line.before), percent(line.after), gain_words(line.gain)]
        cells += [percent(share) for share in line.rest]
        body += f"<tr><th scope='row'>{item}: {html.escape(belief)}</th>"
        body += "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    columns = "".join(f"<th scope='col'>{name}</th>" for name in head)
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"


def _go_back(result: Gains) -> str:
    """Name the panels of the three misconceptions that most still hold."""
    order = sorted(items(), key=lambda item: result.lines[item.misconception].after)
    told = [item for item in order if result.lines[item.misconception].learners][:3]
    lines = "".join(
        f"<li>{item.misconception}, understood by "
        f"{percent(result.lines[item.misconception].after)} after the course: notebook "
        f"{item.panel[0][:2]}, panel <code>{item.panel[1]}</code></li>"
        for item in told
    )
    return f"<h2>What to go back to</h2><ul>{lines}</ul>"


def table_csv(result: Gains) -> str:
    """Return the numbers of the table as comma-separated values."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_BEGIN, "gain", "gain from", "gain to", *_SHARES])
    for item, belief, line in rows(result):
        numbers = [line.before, line.after, line.gain.value, line.gain.low, line.gain.high]
        numbers += line.rest
        cells = ["" if math.isnan(number) else f"{number:.4f}" for number in numbers]
        writer.writerow([f"{item}: {belief}", line.learners, *cells])
    return out.getvalue()


def main(words: list[str]) -> int:
    """Score one folder; trouble is one sentence and exit code 1."""
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__)
        return 2
    folder = Path(words[0]).resolve()
    try:
        handed = collect(folder)
        result = gains(list(handed.pairs.values()))
        page, numbers = (folder.with_name(f"{folder.name}_report.{end}") for end in ("html", "csv"))
        page.write_text(report(handed, result, folder.name), "utf-8")
        numbers.write_text(table_csv(result), "utf-8")
    except (OSError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(summary(result, len(handed.pairs)))
    print(*(f"- {remark}" for remark in handed.remarks), sep="\n")
    print(f"Written: {page} and {numbers.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
