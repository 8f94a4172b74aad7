"""What a page begins with: which results are open, and the head that says so."""

from typing import Any

from dash import html

from sim.dashboard.library import Library
from sim.dashboard.pieces import Query, choice, controls
from sim.errors import InputError
from sim.experiment.comparison import Comparison
from sim.experiment.store import read_manifest
from sim.outcomes import OUTCOMES

PAGES = {
    "/answer": "Answer",
    "/time": "Over time",
    "/twin": "Twin",
    "/moderation": "Moderation and law",
    "/try": "Try it",
    "/library": "Library",
}


def chosen(library: Library, query: Query) -> str:
    """Return which results are asked for, else the first there are; raises InputError if there are none."""
    key = query.get("results") or library.first()
    if key is None:
        raise InputError(
            "There are no finished comparisons in this folder yet. Run one: rumorlab compare "
            "experiments/telegram-moderation.yaml, or try one on the page 'Try it'."
        )
    return key


def head(library: Library, query: Query, key: str, title: str, page: str) -> list[Any]:
    """Return the head of a page: its name, the question, and a choice among the comparisons."""
    names = {e.key: f"{e.name} ({e.key})" for e in library.entries() if e.kind == "comparison"}
    names.setdefault(key, key)
    question = " ".join(str(read_manifest(library.path(key)).get("question") or "").split())
    return [
        html.P(f"{PAGES[page]} · {title}", className="kicker"),
        html.H1(question or title),
        controls(choice(query, "results", "Results", names, key) if len(names) > 1 else None),
    ]


def opened(library: Library, query: Query, page: str) -> tuple[str, Comparison, list[Any]]:
    """Return the comparison that is asked for: its key, itself, and the head of the page."""
    key = chosen(library, query)
    comparison = library.comparison(key)
    return key, comparison, head(library, query, key, comparison.plan.name, page)


def outcome_of(comparison: Comparison, query: Query) -> str:
    """Return which outcome is asked for, else the first headline."""
    wanted = query.get("outcome", "")
    return wanted if wanted in OUTCOMES else comparison.plan.outcomes[0]
