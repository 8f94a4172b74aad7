"""Where users and views went: flows between platforms, and on which platform harmful items are seen."""

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sim.experiment.comparison import Comparison
from sim.outcomes.reach import weighed_classes
from sim.report.figures import COLOURS, plain, safe

_WORDS = {
    "left": "users who moved",
    "reopened": "members of reopened channels and groups",
    "returned": "new accounts of banned users",
}


def flows(comparison: Comparison, arm: str) -> pd.DataFrame:
    """Return what went from one platform to another under an arm: mean over pairs of (what, from, to, people)."""
    rows, pairs = [], len(comparison.pairs)
    for pair in comparison.pairs:
        moves = comparison.frame("moves", arm, pair, ("move", "from", "to", "members"))
        mine = moves[moves["move"].isin(_WORDS)].astype({"move": str, "from": str, "to": str})
        people = mine["members"].where(mine["move"] == "reopened", 1)
        rows.append(mine.assign(people=people))
    joined = pd.concat(rows)
    counted: pd.DataFrame = (joined.groupby(["move", "from", "to"])["people"].sum() / pairs).reset_index()
    return counted


def sankey(comparison: Comparison, arm: str) -> Any:
    """Flows between platforms under an arm; None if nobody moved."""
    found = flows(comparison, arm)
    if not len(found):
        return None
    title = next(a.title for a in comparison.plan.arms if a.name == arm)
    left = [f"{name} (before)" for name in found["from"].unique()]
    right = [f"{name} (after)" for name in found["to"].unique()]
    names = left + right
    kinds = list(_WORDS)
    link = {
        "source": [names.index(f"{name} (before)") for name in found["from"]],
        "target": [names.index(f"{name} (after)") for name in found["to"]],
        "value": found["people"].tolist(),
        "label": [_WORDS[move] for move in found["move"]],
        "color": [_faint(COLOURS[kinds.index(move) % len(COLOURS)]) for move in found["move"]],
    }
    node = {"label": [safe(name) for name in names], "color": "#777777", "pad": 18}
    figure = go.Figure(go.Sankey(node=node, link=link, valueformat=",.1f", valuesuffix=" users"))
    return plain(figure, 320, title=safe(f"{title}: users moved (mean over simulations)"))


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.5)"


def views_by_platform(comparison: Comparison) -> pd.DataFrame:
    """Return views of harmful items per user by arm and platform, mean over pairs."""
    rows = []
    for arm in comparison.plan.arms:
        harmful = weighed_classes(arm.scenario)
        for pair in comparison.pairs:
            posts = comparison.frame("posts", arm.name, pair, ("class", "platform", "views"))
            mine = posts[posts["class"].isin(harmful)].astype({"platform": str})
            views = mine.groupby("platform")["views"].sum() / arm.scenario.world.users
            rows.append(views.rename_axis("platform").reset_index().assign(arm=arm.name, pair=pair))
    frame = pd.concat(rows)
    pairs = len(comparison.pairs)
    means: pd.DataFrame = (frame.groupby(["arm", "platform"], sort=False)["views"].sum() / pairs).reset_index()
    return means


def destinations(comparison: Comparison) -> Any:
    """Harmful views by platform, stacked, a bar an arm: whether harm is removed or displaced."""
    frame, figure = views_by_platform(comparison), go.Figure()
    titles = {arm.name: safe(arm.title) for arm in comparison.plan.arms}
    for k, platform in enumerate(frame["platform"].unique()):
        mine = frame[frame["platform"] == platform].set_index("arm")["views"].reindex(list(titles)).fillna(0.0)
        figure.add_trace(
            go.Bar(
                y=list(titles.values()), x=mine.tolist(), name=safe(str(platform)), orientation="h",
                marker={"color": COLOURS[k % len(COLOURS)]},
            )
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="views of harmful items per user", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return plain(figure, 160 + 44 * len(titles), title="Views of harmful items, by platform", showlegend=True)


def moving_section(comparison: Comparison, place: Any) -> str:
    """Return the section on moving; nothing if no scenario has other platforms or backups."""
    plan = comparison.plan
    if not any(arm.scenario.world.elsewhere or arm.scenario.world.backups for arm in plan.arms):
        return ""
    charts = ""
    if any(arm.scenario.world.elsewhere for arm in plan.arms):
        charts += place(destinations(comparison))
    for arm in plan.arms:
        figure = sankey(comparison, arm.name)
        charts += f"<p class='note'>{escape(arm.title)}: no user moved.</p>" if figure is None else place(figure)
    return (
        f"<section id='moving'><h2>Removed, or only displaced?</h2>{charts}<p class='note'>Views and harm "
        "above count all platforms; removals, staff cost and wrongful sanctions only the platform under study. For "
        "reopened channels and groups, the members before the ban are shown; not all of them followed.</p></section>"
    )
