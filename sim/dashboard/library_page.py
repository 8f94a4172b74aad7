"""The page that lists results and scenarios, and lays two policies beside each other."""

from typing import Any

from dash import dcc, html

from sim.dashboard.library import Library
from sim.dashboard.pieces import Query, address, choice, controls, table, told


def library_page(library: Library, query: Query) -> Any:
    """Scenarios and results: list, difference, open, download."""
    entries = library.entries()
    rows = []
    for entry in entries:
        if entry.kind == "part":
            continue
        links: list[Any] = []
        if entry.kind in ("comparison", "sweep", "run"):
            links.append(dcc.Link("open", href=address("/answer", {}, results=entry.key)))
        for what in _downloads(entry.kind):
            links += [" ", html.A(what, href=f"/download/{what}/{entry.key}")]
        if entry.kind == "scenario":
            links.append(dcc.Link(" try", href=address("/try", {}, scenario=entry.key)))
        rows.append((entry.kind, entry.name, entry.words, entry.key, html.Span(links)))
    scenarios = {e.key: e.key for e in entries if e.kind in ("scenario", "part") and "/policies/" in e.key + "/"}
    scenarios = scenarios or {e.key: e.key for e in entries if e.kind == "scenario"}
    parts: list[Any] = [html.P("Library", className="kicker"), html.H1("Results and scenarios")]
    if not rows:
        return html.Div([*parts, told("There are no results or scenarios here yet.", "problem")])
    parts.append(table(("type", "name", "question", "path", ""), rows, f"{len(rows):,} entries"))
    if len(scenarios) > 1:
        keys = list(scenarios)
        one = query.get("one") if query.get("one") in scenarios else keys[0]
        other = query.get("other") if query.get("other") in scenarios else keys[1]
        parts += [
            html.H2("Compare two policies"),
            controls(
                choice(query, "one", "First", scenarios, str(one)),
                choice(query, "other", "Other", scenarios, str(other)),
            ),
            _difference(library, str(one), str(other)),
        ]
    return html.Div(parts)


def _downloads(kind: str) -> tuple[str, ...]:
    known = {"comparison": ("csv", "parquet", "report"), "sweep": ("csv", "parquet")}
    return known.get(kind, ("yaml",) if kind in ("scenario", "experiment") else ())


def _difference(library: Library, one: str, other: str) -> Any:
    from sim.scenario.origins import differences, origins
    from sim.scenario.policy import Policy

    before, after = (origins(library.path(key), [], Policy) for key in (one, other))
    rows = [(d.path, str(plain_value(d.before)), str(plain_value(d.after))) for d in differences(before, after)]
    return table(("field", "first", "other"), rows, f"{len(rows)} differences") if rows else told("No differences.")


def plain_value(value: Any) -> str:
    """Return a value of a scenario as it is written in YAML."""
    from sim.scenario.writing import in_yaml

    return "–" if value is None else in_yaml(value)
