"""Figures of sweeps: what a difference does along an axis of the space."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sim.errors import InputError, nearest
from sim.experiment.plan import Plan
from sim.experiment.space import Interval
from sim.outcomes import OUTCOMES
from sim.report.figures import COLOURS, DASHES, plain, safe


def along_axis(plan: Plan, differences: pd.DataFrame, points: pd.DataFrame, outcome: str, path: str) -> Any:
    """Each arm's difference from the reference against the values of one axis: mean over the other axes, and the widest
    interval among them. Raises InputError for an unknown axis or outcome.
    """
    if path not in points.columns:
        raise InputError(f"no axis '{path}'{nearest(path, [str(c) for c in points.columns])}")
    mine = differences[differences["outcome"] == outcome]
    if not len(mine):
        raise InputError(f"no differences in '{outcome}'{nearest(outcome, list(plan.outcomes))}")
    titles = {arm.name: arm.title for arm in plan.arms}
    figure = go.Figure()
    values = points[path]
    for i, (arm, rows) in enumerate(mine.groupby("arm", sort=False)):
        at = rows.assign(value=rows["point"].map(values).astype(str))
        joined = at.groupby("value", sort=False).agg(
            difference=("difference", "mean"), low=("low", "min"), high=("high", "max")
        )
        figure.add_trace(
            go.Scatter(
                x=joined.index.tolist(),
                y=joined["difference"],
                error_y={
                    "type": "data",
                    "array": (joined["high"] - joined["difference"]).tolist(),
                    "arrayminus": (joined["difference"] - joined["low"]).tolist(),
                },
                mode="lines+markers",
                name=safe(titles[str(arm)]),
                line={"color": COLOURS[i % len(COLOURS)], "dash": DASHES[i % len(DASHES)]},
                marker={"symbol": i},
            )
        )
    figure.add_hline(y=0.0, line_color="#999999")
    axis = plan.space.get(path)
    figure.update_xaxes(title=safe(path), type="log" if isinstance(axis, Interval) and axis.scale == "log" else None)
    figure.update_yaxes(title=f"difference ({safe(OUTCOMES[outcome].unit)})")
    title = f"{OUTCOMES[outcome].words}, against {titles[plan.reference]}"
    return plain(figure, 380, title=safe(title), showlegend=True)


def bands(plan: Plan, quantiles: pd.DataFrame, what: str, unit: str) -> Any:
    """Each arm's median by day with the bands of 50 % and 90 % of the runs, from `sim.experiment.answers.bands`."""
    figure = go.Figure()
    hours, began = plan.arms[0].scenario.time.tick_hours, plan.arms[0].scenario.time.start
    for i, arm in enumerate(plan.arms):
        mine = quantiles[quantiles["arm"] == arm.name].sort_values("tick")
        if not len(mine):
            continue
        colour, name = COLOURS[i % len(COLOURS)], safe(arm.title)
        dates = pd.Timestamp(began) + pd.to_timedelta(mine["tick"] * hours, unit="h")
        for low, high, opacity in ((0.05, 0.95, 0.12), (0.25, 0.75, 0.25)):
            edge: dict[str, Any] = {
                "x": [*dates, *dates[::-1]],
                "y": [*mine[high], *mine[low][::-1]],
                "fill": "toself",
                "fillcolor": colour,
                "opacity": opacity,
                "line": {"width": 0},
                "legendgroup": arm.name,
                "showlegend": False,
                "hoverinfo": "skip",
            }
            figure.add_trace(go.Scatter(**edge))
        line = {"color": colour, "dash": DASHES[i % len(DASHES)]}
        figure.add_trace(go.Scatter(x=dates, y=mine[0.5], mode="lines", name=name, line=line, legendgroup=arm.name))
    figure.update_xaxes(title="date")
    figure.update_yaxes(title=safe(unit), rangemode="tozero")
    title = f"{what}: median, 50 % and 90 % of the runs"
    return plain(figure, 400, title=safe(title), showlegend=True)
