"""Write the results as a page of tables with two pictures."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from lems_helpers.lab.style import BLACK, BLUE, GREY, VERMILLION, course_style

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = """\
# Benchmarks

Written by `make bench`; `make bench ARGS="gating"` renews one part. The other simulators come
from `benchmarks/peers.txt` and live in an environment of their own. Each part first checks that
all candidates computed the same thing, then times them in turns. **Times** of computations are
processor time, since the machine was shared, and **ratio** is how many times as long as the
first candidate of the task it took, unless the text says otherwise.
"""


def write(results: dict[str, dict]) -> Path:
    """Write docs/benchmarks.md and its pictures from `results`; return the page's path."""
    with course_style():
        page = compose(results)
    path = DOCS / "benchmarks.md"
    path.write_text(page, encoding="utf-8")
    return path


def compose(results: dict[str, dict], folder: Path = DOCS) -> str:
    """Return the page, and leave its pictures in a folder."""
    parts = [HEAD, _ratios([row for part in results.values() for row in part["rows"]], folder)]
    for part in sorted(results.values(), key=lambda part: part["title"]):
        parts.append(f"## {part['title']}\n\n{part['text']}\n")
        if "size" in part["rows"][0]:
            parts.append(_growth(part["rows"], folder))
        parts.append(_table(part["rows"]))
        parts.append(f"*{part['machine']}*\n")
    return "\n".join(parts)


def _table(rows: list[dict]) -> str:
    lines = [
        "| task | candidate | median, ms | 95 % within, ms | ratio | remark |",
        "|---|---|---:|---:|---:|---|",
    ]
    for name, block in groupby(rows, key=lambda row: row["name"]):
        for i, row in enumerate(block):
            numbers = [_short(row[key]) for key in ("median_ms", "p95_ms", "ratio")]
            cells = ["" if i else name, row["candidate"], *numbers, row["note"]]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _short(value: float | None) -> str:
    """Three digits, never in powers of ten."""
    return "" if value is None else f"{float(f'{value:.3g}'):,.10g}"


def _ratios(rows: list[dict], folder: Path) -> str:
    """Draw every peer that a task sets beside the course."""
    blocks = []
    for name, block in groupby(rows, key=lambda row: row["name"]):
        first, *others = list(block)
        peers = [row for row in others if not row["candidate"].startswith("course")]
        if peers and first["candidate"].startswith("course"):
            blocks.append((name, peers))
    if not blocks:
        return ""
    lines = sum(len(peers) + 1.3 for _, peers in blocks)
    figure = Figure(figsize=(8.6, 0.25 * lines + 0.9), layout="constrained")
    axes = figure.subplots()
    y, labels = 0.0, []
    for name, peers in blocks:
        labels.append((y, name, "bold"))
        for row in peers:
            y += 1.0
            colour = VERMILLION if row["ratio"] < 1.0 else BLUE
            axes.plot([1.0, row["ratio"]], [y, y], color=colour, lw=1.6)
            axes.plot(row["ratio"], y, "s" if row["ratio"] < 1.0 else "o", color=colour, ms=6)
            axes.annotate(
                _short(float(f"{row['ratio']:.2g}")),
                (max(row["ratio"], 1.0), y),
                (8, 0),
                textcoords="offset points",
                va="center",
            )
            labels.append((y, row["candidate"], "normal"))
        y += 1.3
    axes.axvline(1.0, color=BLACK, lw=1.0)
    axes.set(xscale="log", ylim=(y - 0.6, -0.8), xlabel="Times as long as the course takes")
    axes.set_yticks([at for at, *_ in labels], [text for _, text, _ in labels])
    for tick, (_, _, weight) in zip(axes.get_yticklabels(), labels, strict=True):
        tick.set_weight(weight)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(_plain)
    axes.margins(x=0.12)
    every = [row["ratio"] for _, peers in blocks for row in peers]
    quicker = sum(ratio < 1.0 for ratio in every)
    alt = (
        f"How many times as long as the course {len(every)} other programs take in "
        f"{len(blocks)} tasks: from {_short(min(every))} to {_short(max(every))} times; "
        f"{quicker} of them are quicker than the course (squares)."
    )
    key = "Right of the line the course is quicker; squares left of it are quicker than the course."
    return f"{_saved(figure, folder / 'benchmarks-ratios.svg', alt)}\n{key}\n"


def _growth(rows: list[dict], folder: Path) -> str:
    """Draw time against size, one small picture for each kind."""
    blocks = [list(block) for _, block in groupby(rows, key=lambda row: row["name"])]
    figure = Figure(figsize=(8.6, 5.6), layout="constrained")
    grid = figure.subplots(math.ceil(len(blocks) / 2), 2, squeeze=False)
    said = []
    for axes, block in zip(grid.ravel(), blocks, strict=False):
        size, ms = (np.array([row[key] for row in block]) for key in ("size", "median_ms"))
        kind, slope = block[0]["name"].removeprefix("growth: "), block[-1]["note"]
        in_proportion = ms[-1] * size / size[-1]
        axes.plot(size, in_proportion, color=GREY, lw=1.2, ls="--")
        axes.plot(size, ms, color=BLUE, marker="o", ms=5)
        axes.set(xscale="log", yscale="log", xlabel=f"Number of {kind}", ylabel="Time (ms)")
        axes.set_title(f"{kind.capitalize()}: {slope}")
        axes.xaxis.set_major_formatter(_plain)
        axes.yaxis.set_major_formatter(_plain)
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
        said.append(f"{size[-1]:,} {kind} take {_short(ms[-1])} ms, {slope}")
    alt = f"Time against size, four pictures with a dashed line of slope 1: {'; '.join(said)}."
    return _saved(figure, folder / "benchmarks-growth.svg", alt)


def _plain(value: float, _position: int) -> str:
    return f"{value:,.10g}"


def _saved(figure: Figure, path: Path, alt: str) -> str:
    figure.savefig(path, metadata={"Date": None})
    return f"![{alt}]({path.name})\n"
