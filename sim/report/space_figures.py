"""Figures of sweeps: what a difference does along an axis of the space."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sim.errors import InputError, nearest
from sim.experiment.space import Interval
from sim.experiment.spec import Plan
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
