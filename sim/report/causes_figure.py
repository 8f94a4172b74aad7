"""The figure of a decomposition: what remains with all paths cut, the contribution of each path, and the whole."""

from typing import Any

import plotly.graph_objects as go

from sim.experiment.causes import Causes
from sim.outcomes import OUTCOMES
from sim.report.figures import COLOURS, plain, safe


def causes_figure(causes: Causes) -> Any:
    """Draw the parts as bars with their 95 % intervals."""
    *shown, (_, none) = causes.rows()
    parts = [none, *(path for _, path in shown), causes.whole]
    names = ["with all paths cut", *(name for name, _ in shown), "in all"]
    high = [(p.high if p.high is not None else p.value) - p.value for p in parts]
    low = [p.value - (p.low if p.low is not None else p.value) for p in parts]
    colours = [COLOURS[0], *[COLOURS[1]] * len(shown), COLOURS[2]]
    figure = go.Figure(
        go.Bar(
            y=[safe(name) for name in names],
            x=[part.value for part in parts],
            orientation="h",
            error_x={"type": "data", "array": high, "arrayminus": low, "color": "#333333"},
            marker={"color": colours},
        )
    )
    outcome = OUTCOMES[causes.outcome]
    figure.add_vline(x=0.0, line_color="#999999")
    figure.update_xaxes(title=safe(f"{outcome.words} ({outcome.unit})"))
    figure.update_yaxes(autorange="reversed", automargin=True)
    return plain(figure, 140 + 46 * len(parts), title="Contribution of each path (Shapley values, 95 % intervals)")
