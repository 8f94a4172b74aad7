"""Figures: frames in, plotly figures out. Colours are those of Okabe and Ito, safe for the colour-blind."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.experiment.comparison import Comparison
from sim.experiment.paired import mean_interval
from sim.experiment.wording import capital
from sim.outcomes import OUTCOMES
from sim.outcomes.reach import weighed_classes
from sim.scenario.fields import days_until

REFERENCE = "#555555"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8B6B00")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
_FONT = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 13, "color": "#1f2933"}


def safe(text: str) -> str:
    """Return text that plotly shows as it stands, whatever it holds."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def colours(comparison: Comparison) -> dict[str, str]:
    """Return the colour of each arm: grey for the reference."""
    others = [arm.name for arm in comparison.plan.arms if arm.name != comparison.plan.reference]
    found = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(others)}
    return {comparison.plan.reference: REFERENCE, **found}


def plain(figure: Any, height: int, **layout: Any) -> Any:
    """Give a figure the look of all figures; return it."""
    figure.update_layout(
        template="plotly_white",
        title_font_size=14,
        font=_FONT,
        height=height,
        margin={"l": 10, "r": 24, "t": 44, "b": 10},
        legend={"orientation": "h", "y": -0.22, "x": 0},
        **layout,
    )
    figure.update_xaxes(automargin=True, zerolinecolor="#999999", title_font_size=12)
    figure.update_yaxes(automargin=True, title_font_size=12)
    return figure


def forest(comparison: Comparison, outcome: str) -> Any:
    """One outcome: each policy's difference from the reference with its interval; filled where it leaves out zero."""
    plan, shades = comparison.plan, colours(comparison)
    figure = go.Figure()
    for arm in reversed([a for a in plan.arms if a.name != plan.reference]):
        found = comparison.difference(arm.name, outcome)
        if found is None:
            continue
        low = found.difference if found.low is None else found.low
        high = found.difference if found.high is None else found.high
        words = f"{found.difference:+z.3g} ({low:+z.3g} to {high:+z.3g})"
        relative = "" if found.relative is None else f"<br>{100 * found.relative:+z.0f} %"
        figure.add_trace(
            go.Scatter(
                x=[found.difference],
                y=[safe(arm.title)],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [high - found.difference],
                    "arrayminus": [found.difference - low],
                    "thickness": 2.5,
                    "width": 5,
                    "color": shades[arm.name],
                },
                mode="markers",
                marker={
                    "size": 11,
                    "color": shades[arm.name] if found.settled else "#ffffff",
                    "line": {"width": 2.5, "color": shades[arm.name]},
                },
                hovertemplate=f"%{{y}}<br>{words}{relative}<extra></extra>",
                showlegend=False,
            )
        )
    figure.add_vline(x=0, line={"color": "#777777", "width": 1, "dash": "dot"})
    title = capital(OUTCOMES[outcome].words)
    figure = plain(figure, 60 + 42 * len(plan.arms), title={"text": _wrap(title), "font": {"size": 13}})
    figure.update_xaxes(
        title={"text": f"difference ({OUTCOMES[outcome].unit})", "font": {"size": 12}}, rangemode="tozero"
    )
    return figure


def _wrap(text: str, width: int = 46) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])


def daily_views(comparison: Comparison, which: str) -> dict[str, pd.DataFrame]:
    """Return views per user by day and pair for each arm: rows are pairs. `which`: harmful or illegal."""
    plan = comparison.plan
    frames = {}
    for arm in plan.arms:
        harmful = weighed_classes(arm.scenario)
        rows = []
        for pair in comparison.pairs:
            column = "views" if which == "harmful" else "illegal_views"
            ticks = comparison.frame("ticks", arm.name, pair, ("tick", "class", column))
            mine = ticks[ticks["class"].isin(harmful)] if which == "harmful" else ticks
            day = mine["tick"] // arm.scenario.time.ticks_per_day
            rows.append(mine.groupby(day)[column].sum() / arm.scenario.world.users)
        frames[arm.name] = pd.DataFrame(rows).reset_index(drop=True).fillna(0.0)
    return frames


def phases_of(comparison: Comparison) -> dict[int, str]:
    """Return what changes on which day of the run: days on which a policy gives way to another, with its title."""
    found: dict[int, list[str]] = {}
    for arm in comparison.plan.arms:
        per_day = arm.scenario.time.ticks_per_day
        for tick, policy in arm.scenario.policies()[1:]:
            words = f"{arm.title}: {policy.title}"
            if words not in found.setdefault(tick // per_day, []):
                found[tick // per_day].append(words)
    return {day: "; ".join(words) for day, words in sorted(found.items())}


def arrests_of(comparison: Comparison) -> dict[int, str]:
    """Return the days on which an arrest is set by a scenario, counted from the first day, with words."""
    found: dict[int, str] = {}
    for arm in comparison.plan.arms:
        scenario = arm.scenario
        if scenario.law.arrest is not None:
            found[days_until(scenario.law.arrest.on, scenario.time.start)] = "arrest"
            if scenario.law.after_shock is not None:
                after = round(scenario.law.after_shock_delay / 24.0)
                day = days_until(scenario.law.arrest.on, scenario.time.start) + after + 1
                found[day] = f"policy: {scenario.law.after_shock.title}"
    return found


def _mark_phases(figure: Any, comparison: Comparison, start: pd.Timestamp) -> None:
    for day, words in {**phases_of(comparison), **arrests_of(comparison)}.items():
        date = start + pd.Timedelta(days=day)
        figure.add_shape(
            type="line",
            x0=date,
            x1=date,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": "#777777", "width": 1, "dash": "dot"},
        )
        figure.add_annotation(
            x=date, y=1, yref="paper", yanchor="bottom", text=safe(words), showarrow=False, font={"size": 11}
        )


def curves(comparison: Comparison, which: str) -> Any:
    """Views a day over dates, mean over pairs, with the 95 % band of that mean."""
    plan, shades = comparison.plan, colours(comparison)
    start = pd.Timestamp(plan.arms[0].scenario.time.start)
    figure = go.Figure()
    frames = daily_views(comparison, which)
    for position, arm in enumerate(plan.arms):
        frame = frames[arm.name]
        dates = [start + pd.Timedelta(days=int(day)) for day in frame.columns]
        mean = frame.mean()
        bands = [mean_interval(frame[day].to_numpy(dtype=np.float64)) for day in frame.columns]
        red, green, blue = (int(shades[arm.name][i : i + 2], 16) for i in (1, 3, 5))
        if all(low is not None for low, _ in bands):
            figure.add_trace(
                go.Scatter(
                    x=[*dates, *reversed(dates)],
                    y=[*(high for _, high in bands), *(max(0.0, low or 0.0) for low, _ in reversed(bands))],
                    fill="toself",
                    fillcolor=f"rgba({red},{green},{blue},0.10)",
                    line={"width": 0},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        figure.add_trace(
            go.Scatter(
                x=dates,
                y=mean.tolist(),
                name=safe(arm.title),
                mode="lines",
                line={"color": shades[arm.name], "width": 2.4, "dash": DASHES[position % len(DASHES)]},
                hovertemplate="%{x|%d %b}: %{y:.3g} views/user<extra>" + "%{fullData.name}</extra>",
            )
        )
    _mark_phases(figure, comparison, start)
    what = "harmful items" if which == "harmful" else "illegal items (in the reader's country)"
    figure = plain(figure, 400, title={"text": f"Views of {what}, per user and day"})
    figure.update_yaxes(title="views per user and day", rangemode="tozero")
    return figure


def trade_off(comparison: Comparison) -> Any:
    """Harm against lawful posts lost, one by one or with banned places; the area of a point is the staff cost."""
    plan, shades = comparison.plan, colours(comparison)
    figure = go.Figure()
    costs = {arm.name: float(comparison.values(arm.name, "staff_cost").mean()) for arm in plan.arms}
    dearest = max(costs.values()) or 1.0
    for arm in plan.arms:
        x = comparison.values(arm.name, "lawful_removed") + comparison.values(arm.name, "lost_posts")
        y = comparison.values(arm.name, "harm")
        (x_low, x_high), (y_low, y_high) = mean_interval(x), mean_interval(y)
        figure.add_trace(
            go.Scatter(
                x=[x.mean()],
                y=[y.mean()],
                name=f"{safe(arm.title)} ({costs[arm.name]:.3g} USD)",
                mode="markers",
                error_x=_bars(float(x.mean()), x_low, x_high, shades[arm.name]),
                error_y=_bars(float(y.mean()), y_low, y_high, shades[arm.name]),
                marker={
                    "size": 11 + 34 * (costs[arm.name] / dearest) ** 0.5,
                    "color": shades[arm.name],
                    "opacity": 0.8,
                },
                hovertemplate=(
                    "lawful posts removed or lost: %{x:.3g} per 1,000 users<br>harm: %{y:.3g} per user"
                    "<extra>%{fullData.name}</extra>"
                ),
            )
        )
    title = "Harm against lawful posts removed (area of a point: staff cost a month per 1,000 people)"
    figure = plain(figure, 440, title={"text": _wrap(title, 60), "font": {"size": 14}})
    figure.update_xaxes(
        title="lawful posts removed by mistake or lost with banned channels and groups, per 1,000 users",
        rangemode="tozero",
    )
    figure.update_yaxes(title="harm-weighted views per user", rangemode="tozero")
    return figure


def _bars(mean: float, low: float | None, high: float | None, colour: str) -> dict[str, Any]:
    if low is None or high is None:
        return {"visible": False}
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - mean],
        "arrayminus": [mean - low],
        "color": colour,
        "thickness": 1.2,
    }
