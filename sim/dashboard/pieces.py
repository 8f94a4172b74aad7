"""Pieces of pages: figures with a description in words, tables, controls whose values stand in the address."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

from dash import dcc, html

Query = dict[str, str]


def aria(name: str, value: str) -> Any:
    """Return an accessibility attribute, as keyword arguments."""
    return {f"aria-{name}": value}


def read_query(search: str | None) -> Query:
    """Return the values in an address; the last of several counts."""
    return {name: values[-1] for name, values in parse_qs((search or "").lstrip("?")).items()}


def address(page: str, query: Query, **changes: str) -> str:
    """Return the address of a page with some values changed."""
    return f"{page}?{urlencode({**query, **changes})}"


def figure(drawn: Any, words: str, query: Query) -> Any:
    """Place a figure, with its description for those who cannot see it; it can be saved as PNG or SVG."""
    form = query.get("save", "png")
    config: Any = {
        "displaylogo": False,
        "responsive": True,
        "toImageButtonOptions": {"format": form if form in ("png", "svg") else "png", "filename": "rumorlab"},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    return html.Figure(
        [
            html.Div(dcc.Graph(figure=drawn, config=config), role="group", **aria("label", words)),
            html.Figcaption(words, className="note"),
        ]
    )


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> Any:
    """Return a table with a caption."""
    body = [html.Tr([html.Td(cell) for cell in row]) for row in rows]
    return html.Div(
        html.Table(
            [
                html.Caption(caption),
                html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head])),
                html.Tbody(body),
            ]
        ),
        className="scroll",
        tabIndex=0,
        role="region",
        **aria("label", caption),
    )


def _kept(query: Query, name: str) -> Query:
    """Return what of an address still holds when a value changes: other results begin anew."""
    return {key: value for key, value in query.items() if name != "results" or key == "save"}


def choice(query: Query, name: str, label: str, options: dict[str, str], value: str) -> Any:
    """Return a labelled row of links, or a list if there are many; what is chosen stands in the address."""
    links = [
        html.Span(
            dcc.Link(
                words,
                href=address("", _kept(query, name), **{name: key}),
                className="option chosen" if key == value else "option",
            ),
            **aria("current", "true" if key == value else "false"),
        )
        for key, words in options.items()
    ]
    control: Any = html.Div(links, className="options")
    if len(options) > 4:
        control = html.Details([html.Summary(options.get(value, value)), html.Div(links, className="options many")])
    return html.Div(
        [html.Div(label, className="label", id=f"label-{name}"), control],
        className="control",
        role="group",
        **aria("labelledby", f"label-{name}"),
    )


def controls(*parts: Any) -> Any:
    """Return controls side by side."""
    return html.Div([part for part in parts if part is not None], className="controls")


def told(words: str, kind: str = "note") -> Any:
    """Return a word of explanation."""
    return html.P(words, className=kind, role="alert" if kind == "problem" else None)
