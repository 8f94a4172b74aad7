"""The law on the page: which steps' conditions were met, how far authorities went, and the compliance record."""

from collections import Counter
from html import escape
from typing import Any

import plotly.graph_objects as go

from sim.experiment.comparison import Comparison
from sim.experiment.headline import legal_table
from sim.experiment.legal import Findings, findings_of, has_regimes, regime_names
from sim.report.brief import DISCLAIMER, record_sentence
from sim.report.figures import COLOURS, plain, safe
from sim.report.tables import as_html
from sim.vocabulary import LEGAL_STEPS


def _mean_record(findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a finding whose record is the mean over pairs, without what is not defined."""
    record: dict[str, Any] = {}
    for name in findings[0]["record"]:
        values = [f["record"][name] for f in findings if f["record"][name] is not None]
        record[name] = sum(values) / len(values) if values else None
    return {**findings[0], "record": record}


def ladder(comparison: Comparison, found: Findings) -> Any:
    """How far authorities went against each policy or platform: share of the simulations that reached each step."""
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
    figure = plain(figure, 160 + 34 * rows_in_all, title="Escalation steps taken", showlegend=True)
    figure.update_layout(barmode="group")
    figure.update_xaxes(title="share of the simulations (%)", range=[0, 100])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def diligence_table(comparison: Comparison, found: Findings) -> str:
    """Return the compliance record under each law in a sentence, and the verdicts on its elements."""
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
            parts += f"<h4>{escape(mine[0]['title'])}</h4><p>Mean over simulations: {escape(sentence)}</p>"
            parts += f"<ul>{verdicts}</ul>"
        said += f"<details><summary>{escape(arm.title)}</summary>{parts}</details>"
    return said


def law_section(comparison: Comparison, place: Any) -> str:
    """Return the section on the law; nothing if no scenario names a regime."""
    if not has_regimes(comparison.plan):
        return ""
    found = findings_of(comparison)
    table = "" if comparison.plan.headline.form == "matrix" else as_html(legal_table(comparison, found))
    return (
        f"<section id='law'><h2>Legal assessment</h2>{table}{place(ladder(comparison, found))}"
        f"<h3>Compliance record</h3>{diligence_table(comparison, found)}<p class='note'>{escape(DISCLAIMER)} "
        "For one run: <code>rumorlab brief RESULTS/runs/ARM/0000</code></p></section>"
    )
