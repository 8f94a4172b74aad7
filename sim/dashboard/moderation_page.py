"""The page on the moderation organisation, the record of the platform before the law, and where people went."""

from typing import Any

import numpy as np
from dash import html

from sim.dashboard import pictures
from sim.dashboard.library import Library, plain
from sim.dashboard.opening import opened
from sim.dashboard.pieces import Query, figure, table, told
from sim.experiment.comparison import Comparison
from sim.experiment.legal import findings_of
from sim.outcomes import OUTCOMES
from sim.report.brief import DISCLAIMER, record_sentence
from sim.report.law_section import ladder
from sim.report.moving_section import destinations, sankey

_DESK = (
    "removal_precision",
    "illegal_down_in_a_day",
    "lawful_removed",
    "lost_posts",
    "lost_posts_to_come",
    "members_cut_off",
    "wrongly_sanctioned",
    "backlog",
    "staff_cost",
)


def _means(comparison: Comparison, arm: str) -> list[str]:
    found = []
    for name in _DESK:
        values = comparison.values(arm, name)
        found.append(plain(None if np.isnan(values).all() else float(np.nanmean(values))))
    return found


def moderation_page(library: Library, query: Query) -> Any:
    """Queue, backlog, time to takedown, precision, the compliance record, escalation, and where users went."""
    _, comparison, parts = opened(library, query, "/moderation")
    plan = comparison.plan
    rows = [(arm.title, *_means(comparison, arm.name)) for arm in plan.arms]
    parts += [
        html.H2("Moderation"),
        table(
            ("policy", *(f"{OUTCOMES[n].words} ({OUTCOMES[n].unit})" for n in _DESK)), rows, "Means over paired runs"
        ),
        figure(pictures.takedown(comparison), "Share of illegal posts removed, by hours after posting.", query),
        figure(pictures.backlog(comparison), "Cases waiting for review, by day.", query),
    ]
    if any(arm.scenario.law.regimes for arm in plan.arms):
        found = findings_of(comparison)
        parts += [html.H2("Compliance record")]
        for arm in plan.arms:
            first = found[arm.name][0]
            said = [html.Li(f"{f['title']}: {record_sentence(f)}") for f in first]
            verdicts = [
                html.Li(f"{f['title']}, {e['words']}: {e['verdict']} ({e['source']})")
                for f in first
                for e in f["elements"]
            ]
            if said:
                summary = html.Summary(f"{arm.title}, first paired run")
                parts.append(html.Details([summary, html.Ul([*said, *verdicts])], open=len(found) < 3))
        drawn = ladder(comparison, found)
        parts += [
            figure(drawn, "Share of simulations in which each enforcement step was taken, by policy and law.", query),
            told(DISCLAIMER),
        ]
    else:
        parts.append(told("No legal regime is configured (law.regimes), so there is no legal assessment."))
    if any(arm.scenario.world.elsewhere for arm in plan.arms):
        parts += [html.H2("Where users went")]
        parts.append(
            figure(destinations(comparison), "Views of harmful items per user, by platform and policy.", query)
        )
        for arm in plan.arms:
            flow = sankey(comparison, arm.name)
            if flow is not None:
                parts.append(
                    figure(flow, f"{arm.title}: users, channels and groups that moved between platforms.", query)
                )
    return html.Div(parts)
