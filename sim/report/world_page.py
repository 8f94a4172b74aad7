"""The page of a world: who is in it, how they are tied, and what its channels and groups are like."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.report.figures import COLOURS, plain, safe
from sim.report.frame import Plots, whole_page
from sim.report.world_numbers import Number, memberships, numbers, sizes
from sim.scenario.scenario import Scenario
from sim.world.build import World

Ints = NDArray[np.int64]
Shares = dict[str, tuple[float, float]]
"""By name: as the scenario says, and as it came out."""


def share_at_least(values: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Return the distinct values above 0, and the share of all values that are at least each."""
    found, counts = np.unique(values, return_counts=True)
    above = np.cumsum(counts[::-1])[::-1] / max(1, len(values))
    return found[found > 0], above[found > 0]


def tails(series: dict[str, Ints], title: str, what: str, whose: str) -> Any:
    """Share with at least as many, on two logarithmic axes: a straight line is a power law."""
    figure = go.Figure()
    for i, (name, values) in enumerate(series.items()):
        x, y = share_at_least(values)
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines+markers",
                name=name,
                marker={"size": 4, "symbol": i},
                line={"color": COLOURS[i]},
                hovertemplate=f"%{{y:.3g}} of {whose} have at least %{{x:,}} {what}<extra>{safe(name)}</extra>",
            )
        )
    figure.update_xaxes(type="log", title=what)
    figure.update_yaxes(type="log", title=f"share of {whose} with at least as many")
    return plain(figure, 380, title=title, showlegend=len(series) > 1)


def bars(shares: Shares, title: str) -> Any:
    """Share of the users by name: as the scenario says, and as they came out."""
    names = [safe(name) for name in shares]
    figure = go.Figure()
    for i, label in enumerate(("in the scenario", "in this world")):
        values = [100.0 * pair[i] for pair in shares.values()]
        figure.add_trace(
            go.Bar(
                y=names,
                x=values,
                name=label,
                orientation="h",
                marker_color=COLOURS[i],
                hovertemplate="%{y}: %{x:.2f} %<extra>" + label + "</extra>",
            )
        )
    figure.update_xaxes(title="share of the users (%)")
    figure.update_yaxes(autorange="reversed")
    return plain(figure, 140 + 44 * len(names), title=title, barmode="group")


def shares_of(
    scenario: Scenario, world: World
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Return the shares of countries and personas: as the scenario says, and as they came out."""
    people = world.people
    countries = {
        name: (c.share, float((people.country == i).mean()))
        for i, (name, c) in enumerate(scenario.world.countries.items())
    }
    personas = {
        name: (p.share, float((people.persona == i).mean()))
        for i, (name, p) in enumerate(scenario.world.personas.items())
    }
    return countries, personas


def written(number: Number) -> str:
    """Return the value of a figure as people write it."""
    value = number.value
    return "–" if value != value else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(found: list[Number]) -> str:
    rows = "".join(
        f"<tr><td>{escape(n.words)}</td><td class='number'>{written(n)}</td><td>{escape(n.unit)}</td>"
        f"<td>{escape(n.published)}</td><td>{escape(n.source)}</td></tr>"
        for n in found
    )
    return (
        "<div class='wide'><table><tr><th>figure</th><th class='number'>value</th><th>unit</th><th>published</th>"
        f"<th>source</th></tr>{rows}</table></div>"
    )


def make_world_page(scenario: Scenario, world: World, *, command: str) -> str:
    """Return the page of a world as HTML."""
    plots = Plots()
    (channels, groups), (in_channels, in_groups) = sizes(world), memberships(world)
    countries, personas = shares_of(scenario, world)
    body = [
        f"<header><p class='kicker'>Rumorlab · a world</p><h1>The world of {escape(scenario.name)}</h1></header>",
        f"<section><h2>In numbers</h2>{_table(numbers(scenario, world))}<p class='note'>Published figures are "
        "for comparison only (none was fitted); blank means that no published figure was found.</p></section>",
        "<section><h2>Contact network</h2>"
        + plots.place(tails({"contacts": world.contacts.degrees()}, "Contacts of a user", "contacts", "users"))
        + "</section><section><h2>Channels and groups</h2>"
        + plots.place(
            tails(
                {"channels": channels, "groups": groups},
                "Members of a channel or group",
                "members",
                "channels or groups",
            )
        )
        + plots.place(
            tails(
                {"channels": in_channels, "groups": in_groups}, "Memberships of a user", "channels or groups", "users"
            )
        )
        + "</section><section><h2>Users</h2>"
        + plots.place(bars(countries, "Countries"))
        + plots.place(bars(personas, "User types (personas)"))
        + "</section>",
        f"<section><h2>Reproduce this page</h2><pre>{escape(command)}</pre></section>",
    ]
    return whole_page(f"The world of {scenario.name}", body)
