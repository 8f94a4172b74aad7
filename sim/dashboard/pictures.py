"""Figures that only the dashboard has: tornado, takedown over time, backlog, a twin of thousands of posts, forwards."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sim.experiment.comparison import Comparison
from sim.experiment.sensitivity import Sensitivity
from sim.outcomes import OUTCOMES
from sim.report.figures import COLOURS, DASHES, colours, plain, safe
from sim.report.twin import TwinData, to_page

MOST_STEPS = 240
MOST_VENUES = 40
_MOST_LINKS = 150
_PLACES = {"channel": "#0072b2", "group": "#e69f00", "direct": "#009e73", "secret": "#cc79a7"}


def tornado(found: Sensitivity, arm: str, outcome: str, title: str) -> Any:
    """How strongly each assumed value decides a difference; None if nothing is known."""
    mine = sorted((w for w in found.weights if (w.arm, w.outcome) == (arm, outcome)), key=lambda w: abs(w.strength))
    if not mine:
        return None
    figure = go.Figure(
        go.Bar(
            y=[safe(w.path) for w in mine],
            x=[w.strength for w in mine],
            orientation="h",
            marker={"color": [COLOURS[1] if w.named else "#9aa8b5" for w in mine]},
        )
    )
    figure.update_xaxes(title="share of variance explained by the assumption alone", range=[0, 1])
    return plain(
        figure, 90 + 24 * len(mine), title=safe(f"Most influential assumptions: {title}, {OUTCOMES[outcome].words}")
    )


def _runs(comparison: Comparison, arm: str, name: str, columns: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    return (comparison.frame(name, arm, pair, columns) for pair in comparison.pairs)


def incidence(posts: pd.DataFrame, end: int, steps: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the cumulative incidence of removal by ticks after posting (Kaplan-Meier, censored at the end)."""
    gone = posts["removed_at"].to_numpy() >= 0
    stay = np.where(gone, posts["removed_at"], end) - posts["tick"].to_numpy()
    surviving, out = 1.0, np.zeros(steps)
    for t in range(steps):
        at_risk = int((stay >= t).sum())
        removed = int((gone & (stay == t)).sum())
        surviving *= 1.0 - removed / at_risk if at_risk else 1.0
        out[t] = 1.0 - surviving
    return out


def takedown(comparison: Comparison) -> Any:
    """How fast illegal posts come down: cumulative incidence by hours after posting, mean over pairs."""
    figure, shades, most = go.Figure(), colours(comparison), 0.0
    for k, arm in enumerate(comparison.plan.arms):
        time = arm.scenario.time
        steps = min(time.ticks, 7 * time.ticks_per_day)
        curves = [
            incidence(posts[posts["illegal"]], time.ticks, steps)
            for posts in _runs(comparison, arm.name, "posts", ("illegal", "tick", "removed_at"))
        ]
        hours = np.arange(steps) * time.tick_hours
        line = {"color": shades[arm.name], "dash": DASHES[k % len(DASHES)]}
        mean = 100 * np.mean(curves, axis=0)
        most = max(most, float(mean[-1]))
        figure.add_trace(go.Scatter(x=hours, y=mean, name=safe(arm.title), line=line))
    figure.update_xaxes(title="hours after posting")
    figure.update_yaxes(title="illegal posts removed (%)", range=[0, 100 if most > 50 else max(1.0, 1.2 * most)])
    return plain(figure, 380, title="Time to takedown", showlegend=True)


def backlog(comparison: Comparison) -> Any:
    """Cases that wait at the end of each day, mean over pairs, per 1,000 users."""
    figure, shades = go.Figure(), colours(comparison)
    for k, arm in enumerate(comparison.plan.arms):
        scenario = arm.scenario
        per_day, start = scenario.time.ticks_per_day, pd.Timestamp(scenario.time.start)
        sums = [
            t.groupby("tick")["backlog"].sum().to_numpy()[per_day - 1 :: per_day]
            for t in _runs(comparison, arm.name, "ticks", ("tick", "backlog"))
        ]
        mean = 1000.0 * np.mean(sums, axis=0) / scenario.world.users
        dates = [start + pd.Timedelta(days=day) for day in range(len(mean))]
        line = {"color": shades[arm.name], "dash": DASHES[k % len(DASHES)]}
        figure.add_trace(go.Scatter(x=dates, y=mean, name=safe(arm.title), line=line))
    figure.update_yaxes(title="cases waiting per 1,000 users", rangemode="tozero")
    return plain(figure, 340, title="Backlog", showlegend=True)


def platforms_of(comparison: Comparison, data: TwinData) -> dict[str, list[str]]:
    """Return by run ('reference', 'policy') the platform of each post of a twin, in their order; '' for messages."""
    found: dict[str, list[str]] = {}
    for run, arm in (("reference", comparison.plan.reference), ("policy", data.arm)):
        venues = comparison.frame("venues", arm, data.pair, ("venue", "platform"))
        names = venues.set_index("venue")["platform"].astype(str).to_dict()
        found[run] = [names.get(venue, "") for _, venue, _ in data.nodes]
    return found


def twins(data: TwinData, tick: int, reference: str, policy: str, platforms: dict[str, list[str]], home: str) -> Any:
    """Both cascades up to a tick, drawn with WebGL, so that thousands of posts do not freeze the page.

    Posts on another platform than `home` are diamonds.
    """
    page = to_page(data)
    figure = make_subplots(rows=1, cols=2, subplot_titles=[safe(reference), safe(policy)], horizontal_spacing=0.04)
    nodes = page["nodes"]
    for column, run in enumerate(("reference", "policy"), start=1):
        shown = [k for k, n in enumerate(nodes) if run in n["runs"] and n["runs"][run]["t"] <= tick]
        known = set(shown)
        lines_x: list[float | None] = []
        lines_y: list[float | None] = []
        for k in shown:
            parent = nodes[k]["parent"]
            x, y = (nodes[parent]["x"], nodes[parent]["y"]) if parent in known else (0.0, 0.0)
            lines_x += [x, nodes[k]["x"], None]
            lines_y += [y, nodes[k]["y"], None]
        figure.add_trace(
            go.Scattergl(
                x=lines_x,
                y=lines_y,
                mode="lines",
                line={"color": "#9aa8b5", "width": 1},
                hoverinfo="skip",
                showlegend=False,
            ),
            row=1,
            col=column,
        )
        for place, colour in _PLACES.items():
            mine = [k for k in shown if nodes[k]["place"] == place]
            gone = [0 <= nodes[k]["runs"][run]["gone"] <= tick for k in mine]
            readers = [max([n for t, n in nodes[k]["runs"][run]["readers"] if t <= tick], default=0) for k in mine]
            figure.add_trace(
                go.Scattergl(
                    x=[nodes[k]["x"] for k in mine],
                    y=[nodes[k]["y"] for k in mine],
                    mode="markers",
                    name=place,
                    legendgroup=place,
                    showlegend=column == 1,
                    marker={
                        "color": colour,
                        "size": [5 + 2.2 * min(r, 400) ** 0.5 for r in readers],
                        "opacity": 0.75,
                        "symbol": [
                            "x" if g else "circle" if platforms[run][k] in ("", home) else "diamond"
                            for k, g in zip(mine, gone, strict=True)
                        ],
                    },
                    text=[
                        safe(f"{place}, {r} readers{', removed' * g}{_on(platforms[run][k], home)}")
                        for k, r, g in zip(mine, readers, gone, strict=True)
                    ],
                    hoverinfo="text",
                ),
                row=1,
                col=column,
            )
    figure = plain(figure, 520, showlegend=True)
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(visible=False, range=[-1.08, 1.08])
    return figure


def _on(platform: str, home: str) -> str:
    return f", on {platform}" if platform not in ("", home) else ""


def strongest(links: pd.DataFrame, most: int) -> list[int]:
    """Return the venues of the strongest links, at most so many; `links` has source, venue and n, the strongest first.

    A link is left out where one of its ends would be too many, so that what is shown has its links.
    """
    names: dict[int, None] = {}
    for source, venue, _ in links.itertuples(index=False, name=None):
        if len(names.keys() | {source, venue}) <= most:
            names |= {source: None, venue: None}
    return sorted(names)


def _beside(x: float, y: float) -> str:
    """Return where the label of a point on a circle stands: outside of it."""
    height = "top" if y > 0.3 else "bottom" if y < -0.3 else "middle"
    return f"{height} {'right' if x > 0.1 else 'left' if x < -0.1 else 'center'}"


def forwards(comparison: Comparison, arm: str, pair: int) -> Any:
    """Venues as a network of forwards: those with the strongest links, on a circle, and who forwards from whom."""
    posts = comparison.frame("posts", arm, pair, ("source", "venue"))
    mine = posts[(posts["source"] >= 0) & (posts["venue"] >= 0) & (posts["source"] != posts["venue"])]
    if not len(mine):
        return None
    links = mine.groupby(["source", "venue"]).size().sort_values(ascending=False, kind="stable").reset_index(name="n")
    names = strongest(links.head(_MOST_LINKS), MOST_VENUES)
    turn = {name: 2 * np.pi * k / len(names) for k, name in enumerate(names)}
    x, y = ({n: f(a) for n, a in turn.items()} for f in (np.cos, np.sin))
    shown = links[links["source"].isin(names) & links["venue"].isin(names)].head(_MOST_LINKS)
    figure = go.Figure()
    for source, venue, n in shown.itertuples(index=False, name=None):
        figure.add_trace(
            go.Scatter(
                x=[x[source], x[venue]], y=[y[source], y[venue]], mode="lines", hoverinfo="skip", showlegend=False,
                line={"color": "#9aa8b5", "width": 0.6 + 3.0 * (n / shown["n"].max()) ** 0.5},
            )
        )  # fmt: skip
    sizes = mine.groupby("source").size()
    counts = np.array([int(sizes.get(name, 0)) for name in names])
    figure.add_trace(
        go.Scatter(
            x=[x[n] for n in names],
            y=[y[n] for n in names],
            mode="markers+text",
            text=[str(n) for n in names],
            textposition=[_beside(x[n], y[n]) for n in names],
            hovertext=[f"channel or group {n}: source of {c:,} forwards" for n, c in zip(names, counts, strict=True)],
            hoverinfo="text",
            marker={"size": 8 + 22 * (counts / max(1, counts.max())) ** 0.5, "color": COLOURS[0], "opacity": 0.8},
            showlegend=False,
        )
    )
    figure.update_xaxes(visible=False, range=[-1.25, 1.25], scaleanchor="y")
    figure.update_yaxes(visible=False, range=[-1.2, 1.2])
    return plain(
        figure,
        620,
        title="Forwards between channels and groups (number: channel or group; size: how often it is the source)",
    )
