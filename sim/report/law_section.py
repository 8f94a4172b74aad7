"""The law on the page: each platform's record under each regime, which elements were met, how far the ladder went."""

import json
from collections import Counter
from html import escape
from typing import Any

import plotly.graph_objects as go

from sim.experiment.comparison import Comparison
from sim.experiment.store import MANIFEST
from sim.report.brief import DISCLAIMER, record_sentence
from sim.report.figures import COLOURS, plain, safe
from sim.vocabulary import LEGAL_STEPS

Findings = dict[str, list[list[dict[str, Any]]]]
"""By arm: for each pair the findings of its regimes."""


def findings_of(comparison: Comparison) -> Findings:
    """Read the legal findings of all runs of a comparison."""
    found: Findings = {}
    for arm in comparison.plan.arms:
        rows = []
        for pair in range(comparison.plan.design.pairs):
            path = comparison.run_folder(arm.name, pair) / MANIFEST
            rows.append(json.loads(path.read_text(encoding="utf-8")).get("law", []))
        found[arm.name] = rows
    return found


def _mean_record(findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a finding whose record is the mean over pairs, without what is not defined."""
    record: dict[str, Any] = {}
    for name in findings[0]["record"]:
        values = [f["record"][name] for f in findings if f["record"][name] is not None]
        record[name] = sum(values) / len(values) if values else None
    return {**findings[0], "record": record}


def regime_names(found: Findings) -> list[str]:
    """Return the regimes that any run has, in their order."""
    return list(dict.fromkeys(f["regime"] for rows in found.values() for row in rows for f in row))


def ladder(comparison: Comparison, found: Findings) -> Any:
    """How far each regime went against each arm: share of the pairs that reached each step."""
    figure, titles = go.Figure(), {arm.name: arm.title for arm in comparison.plan.arms}
    names = regime_names(found)
    for k, step in enumerate(LEGAL_STEPS):
        x, y = [], []
        for arm, rows in found.items():
            for name in names:
                mine = [f for row in rows for f in row if f["regime"] == name]
                reached = sum(any(e["event"] == step for e in f["events"]) for f in mine)
                if mine:
                    x.append(100.0 * reached / len(mine))
                    y.append(f"{safe(titles[arm])}: {safe(name)}")
        figure.add_trace(
            go.Bar(x=x, y=y, name=step, orientation="h", marker={"color": COLOURS[(k + 1) % len(COLOURS)]})
        )
    rows_in_all = len(found) * max(1, len(names))
    figure = plain(figure, 160 + 34 * rows_in_all, title="How far the ladder went", showlegend=True)
    figure.update_layout(barmode="group")
    figure.update_xaxes(title="share of the pairs (%)", range=[0, 100])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def matrix(comparison: Comparison, found: Findings) -> str:
    """Return a table of arms against regimes: in how many pairs all elements of the last step are met."""
    names = regime_names(found)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = ""
    for arm in comparison.plan.arms:
        regimes = arm.scenario.law.regimes
        cells = ""
        for name in names:
            mine = [f for row in found[arm.name] for f in row if f["regime"] == name]
            if not mine or name not in regimes or not regimes[name].ladder:
                cells += "<td>–</td>"
                continue
            if not mine[0]["applies"]:
                cells += "<td>too small</td>"
                continue
            last = regimes[name].ladder[-1]
            met = sum(set(last.needs) <= {e["name"] for e in f["elements"] if e["verdict"] == "met"} for f in mine)
            cells += f"<td>{escape(last.step)}: {met} of {len(mine)}</td>"
        body += f"<tr><td>{escape(arm.title)}</td>{cells}</tr>"
    return (
        f"<div class='scroll'><table><tr><th></th>{head}</tr>{body}</table></div><p class='note'>Last step of "
        "each ladder, and "
        "in how many pairs all of its elements are met at the end.</p>"
    )


def diligence_table(comparison: Comparison, found: Findings) -> str:
    """Return the record of each arm under each regime in a sentence, and the verdicts on its elements."""
    said = ""
    for arm in comparison.plan.arms:
        parts = ""
        for name in regime_names(found):
            mine = [f for row in found[arm.name] for f in row if f["regime"] == name]
            if not mine:
                continue
            verdicts = ""
            for element in mine[0]["elements"]:
                counts = Counter(e["verdict"] for f in mine for e in f["elements"] if e["name"] == element["name"])
                words = ", ".join(f"{verdict} in {count}" for verdict, count in counts.most_common())
                verdicts += (
                    f"<li>{escape(element['words'])}: {escape(words)} <small>({escape(element['source'])})</small></li>"
                )
            sentence = record_sentence(_mean_record(mine))
            parts += f"<h4>{escape(mine[0]['title'])}</h4><p>Mean over pairs: {escape(sentence)}</p><ul>{verdicts}</ul>"
        said += f"<details><summary>{escape(arm.title)}</summary>{parts}</details>"
    return said


def law_section(comparison: Comparison, place: Any) -> str:
    """Return the section on the law; nothing if no scenario names a regime."""
    if not any(arm.scenario.law.regimes for arm in comparison.plan.arms):
        return ""
    found = findings_of(comparison)
    return (
        "<section id='law'><h2>What a court could make of "
        f"it</h2>{matrix(comparison, found)}{place(ladder(comparison, found))}"
        f"<h3>The diligence record</h3>{diligence_table(comparison, found)}<p class='note'>{escape(DISCLAIMER)} "
        "For one run: "
        "<code>rumorlab brief RESULTS/runs/ARM/0000</code></p></section>"
    )
