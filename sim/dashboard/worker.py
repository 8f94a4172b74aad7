"""The process of one comparison on the page 'Try it': it takes an order, and says a line of JSON for what it does."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from sim.experiment.workers import ready


def main() -> None:
    """Do the order on standard input; what is printed meanwhile goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    ready(int(sys.argv[1]))
    sys.argv[1:] = []
    order = json.loads(sys.stdin.readline())

    def say(**what: Any) -> None:
        replies.write(json.dumps(what) + "\n")
        replies.flush()

    from sim.dashboard.library import reason
    from sim.errors import RumorlabError

    try:
        say(result=compared(order, lambda done, total: say(done=done, total=total)))
    except RumorlabError as problem:
        say(problem=str(problem))
    except Exception as problem:
        say(problem=f"The comparison failed: {reason(problem)}")


def compared(order: dict[str, Any], tell: Any) -> Any:
    """Run the comparison of a wish and return what the page shows of it, as plain data."""
    from dash import html
    from plotly.io.json import to_json_plotly

    from sim.dashboard import trying
    from sim.dashboard.library import Library
    from sim.dashboard.pages import differences_in_words
    from sim.dashboard.pieces import figure
    from sim.experiment.answer import sentences
    from sim.experiment.compare import run_plan
    from sim.report import figures

    library = Library(Path(order["results"]), Path(order["study"]))
    plan = trying.plan_of(library, trying.Wish(**order["wish"]))
    tell(0, plan.design.pairs * 2)
    made = run_plan(plan, Path(order["folder"]), workers=1, tell=lambda done, total, what: tell(done, total))
    said = html.Ul([html.Li(sentence) for sentence in sentences(made)], className="answer")
    charts = [
        figure(figures.forest(made, name), differences_in_words(made, name), {})
        for name in ("harm", "illegal_views", "lawful_removed")
    ]
    return json.loads(to_json_plotly(html.Div([html.H2("What changed"), said, *charts])))
