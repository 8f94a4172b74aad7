"""The rows on published results as a page of the docs, with a picture of each: expected against observed."""

from pathlib import Path
from xml.sax.saxutils import escape

from sim.exam.marking import Mark
from sim.exam.published.row import Row
from sim.exam.published.rows import ROWS
from sim.experiment.claims import write_own
from sim.experiment.store import write_text

_WIDTH, _LINE, _LABEL, _TOP = 760, 26, 380, 34
_PUBLISHED, _MET, _NOT_MET = "#0072B2", "#009E73", "#D55E00"
"""Colours of Okabe and Ito 2008; shapes tell them apart too."""


def write_validation(path: Path, marks: list[Mark]) -> None:
    """Write the page, and a picture for each row into a folder of its name."""
    rows = [(row, [m for m in marks if m.id.split("/", 1)[0] == row.id]) for row in ROWS]
    rows = [(row, mine) for row, mine in rows if mine]
    text = validation_page(rows, path.stem)
    write_own(path, text, text.partition("\n")[0])
    for row, mine in rows:
        if any(m.observed == m.observed for m in mine):
            write_text(path.with_suffix("") / f"{row.id}.svg", picture(row, mine))


def validation_page(rows: list[tuple[Row, list[Mark]]], folder: str) -> str:
    """Return the rows as Markdown; pictures lie in `folder` beside the page."""
    marks = [m for _, mine in rows for m in mine]
    predicted = [m for m in marks if m.fit == "predicted"]
    lines = [
        "# Validation: published results and real data",
        "",
        "Made by `rumorlab exam --kind published --validation docs/validation.md`, with `RUMORLAB_DATA` naming "
        "the folder "
        f"of real data. Of {len(predicted)} figures that were predicted, {sum(m.passed for m in predicted)} came "
        "out as "
        f"published; {sum(m.fit == 'calibrated' for m in marks)} more were fitted, and show only that the fit could be "
        "made. A tolerance was written down with its row; where a setting was changed after a first run, it says "
        "what else was tried. Intervals are over worlds with seeds of their own: they "
        "cover chance, not doubt about the setting. A row that is not met stays, with the reason.",
        "",
        "| row | what | predicted and met | not met | fitted |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row, mine in rows:
        counts = (
            sum(m.passed and m.fit == "predicted" for m in mine),
            sum(not m.passed for m in mine),
            sum(m.passed and m.fit == "calibrated" for m in mine),
        )
        lines.append(f"| [{row.id}](#{row.id}) | {row.title} | {counts[0]} | {counts[1]} | {counts[2]} |")
    for row, mine in rows:
        lines += _section(row, mine, folder)
    return "\n".join(lines) + "\n"


def _section(row: Row, mine: list[Mark], folder: str) -> list[str]:
    lines = ["", f"## {row.id}", "", f"**{row.title}.** Source: {row.source}.", "", f"Setting: {row.set_up}", ""]
    if all(m.observed != m.observed for m in mine) and mine[0].fit == "":
        return [*lines, f"{mine[0].reason}."]
    if any(m.observed == m.observed for m in mine):
        lines += [f"![{row.title}: published and observed]({folder}/{row.id}.svg)", ""]
    lines += [
        "| figure | published | observed | 95 % interval | met within | label | verdict |",
        "| --- | ---: | ---: | --- | ---: | --- | --- |",
    ]
    for m in mine:
        sign = {"at-least": "at least ", "at-most": "at most "}.get(m.bound, "")
        observed = f"{m.observed:.3g}" if m.observed == m.observed else "not defined"
        interval = f"{m.low:.3g} to {m.high:.3g}" if m.low == m.low and m.observations > 1 else ""
        within = f"{m.tolerance:g}" if m.bound == "near" else ""
        lines.append(
            f"| {m.id.split('/', 1)[1]} | {sign}{m.expected:.3g} {m.unit} | {observed} | {interval} | {within} | "
            f"{m.fit} | "
            f"{'met' if m.passed else '**not met**'} |"
        )
    reasons = [f"- Not met: {m.id.split('/', 1)[1]}: {m.reason or 'no reason is known'}." for m in mine if not m.passed]
    return [*lines, *([""] if reasons else []), *reasons]


def picture(row: Row, marks: list[Mark]) -> str:
    """Return an SVG: published values as bars across, observed ones as points with their intervals, by unit."""
    shown = [m for m in marks if m.observed == m.observed]
    height = _TOP + _LINE * len(shown) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(row.title)}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="8" y="18" fill="#222">Each line has a scale of its own. Bar: published. Point (met) or cross (not): '
        "observed, with 95 % interval. Right: observed / published</text>",
    ]
    for k, m in enumerate(shown):
        y = _TOP + _LINE * k + _LINE / 2
        ends = [m.expected, m.observed, m.low, m.high, 0.0]
        low, high = min(ends), max(ends)
        span = (high - low) or 1.0

        def x(value: float, low: float = low, span: float = span) -> float:
            return _LABEL + 20 + (value - low) / span * (_WIDTH - _LABEL - 120)

        name = m.id.split("/", 1)[1]
        name = name if len(name) <= 60 else name[:59] + "…"
        colour = _MET if m.passed else _NOT_MET
        parts.append(f'<text x="8" y="{y + 4:.1f}" fill="#222">{escape(name)}</text>')
        parts.append(
            f'<rect x="{x(m.expected) - 2:.1f}" y="{y - 9:.1f}" width="4" height="18" fill="{_PUBLISHED}"/>'
            f'<path d="M{x(m.low):.1f} {y:.1f}H{x(m.high):.1f}" stroke="{colour}" stroke-width="2"/>'
        )
        at = x(m.observed)
        if m.passed:
            parts.append(f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        else:
            parts.append(
                f'<path d="M{at - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2.5" fill="none"/>'
            )
        parts.append(
            f'<text x="{_WIDTH - 92}" y="{y + 4:.1f}" fill="#222">{m.observed:.3g} / {m.expected:.3g} '
            f"{escape(m.unit[:8])}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
