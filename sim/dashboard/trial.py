"""What the page 'Try it' does: fields are checked, a comparison waits in the queue, is watched, cancelled and shown."""

import json
from dataclasses import asdict
from typing import Any

import dash
from dash import ALL, Input, Output, State, no_update

from sim.dashboard import trying
from sim.dashboard.jobs import Job, Jobs
from sim.dashboard.library import Library, reason
from sim.dashboard.logs import log_problem
from sim.dashboard.pieces import told
from sim.errors import InputError, RumorlabError

_FIELDS = (
    State("trying", "data"),
    State({"lever": ALL}, "value"),
    State({"lever": ALL}, "id"),
    State("yaml", "value"),
    State("users", "value"),
    State("days", "value"),
    State("pairs", "value"),
)
_SHOWN = ("progress", "value"), ("progress", "max"), ("progress-words", "children"), ("tried", "children")


def _wish(key: Any, values: Any, ids: Any, yaml: Any, users: Any, days: Any, pairs: Any) -> trying.Wish:
    """Return what the form holds; raises InputError if it is not the form of the page."""
    try:
        texts = {
            str(i["lever"]): str(v).lower() if isinstance(v, bool) else str(v)
            for i, v in zip(ids, values, strict=True)
            if v is not None
        }
    except (TypeError, KeyError, ValueError):
        raise InputError("this is not the form of this page; load the page again") from None
    if not isinstance(key, str) or not isinstance(yaml, str | None):
        raise InputError("this is not the form of this page; load the page again")
    return trying.Wish(key, texts, yaml or "", users, days, pairs)


def add_trial(app: dash.Dash, library: Library, jobs: Jobs) -> None:
    """Add what the page 'Try it' does."""
    _check(app, library)
    _compare(app, library, jobs)
    _watch(app, jobs)
    _save(app, library)


def _check(app: dash.Dash, library: Library) -> None:
    @app.callback(
        Output({"message": ALL}, "children"),
        Output({"shown": ALL}, "children"),
        Output("yaml-message", "children"),
        Output("try", "disabled"),
        Input({"lever": ALL}, "value"),
        Input("yaml", "value"),
        Input("users", "value"),
        Input("days", "value"),
        Input("pairs", "value"),
        State("trying", "data"),
        State({"lever": ALL}, "id"),
        State({"message": ALL}, "id"),
    )
    def check(
        values: list[Any], yaml: str, users: Any, days: Any, pairs: Any, key: str, ids: list[Any], slots: list[Any]
    ) -> Any:
        found = _found(library, (key, values, ids, yaml, users, days, pairs))
        below = found.get("yaml") or found.get("size") or ""
        now = [f"now {value}" for value in values]
        return [found.get(slot["message"], "") for slot in slots], now, below, bool(found)


def _found(library: Library, fields: tuple[Any, ...]) -> dict[str, str]:
    try:
        return trying.checked(library, _wish(*fields))
    except RumorlabError as problem:
        return {"yaml": str(problem)}


def _compare(app: dash.Dash, library: Library, jobs: Jobs) -> None:
    @app.callback(
        Output("job", "data"),
        *(Output(*place) for place in _SHOWN),
        Input("try", "n_clicks"),
        State("job", "data"),
        *_FIELDS,
        prevent_initial_call=True,
    )
    def compare(clicks: int | None, before: Any, *fields: Any) -> Any:
        if not clicks:
            return (no_update,) * 5
        jobs.cancel(before)  # a page has one comparison at a time
        try:
            wish = _wish(*fields)
            wrong = trying.checked(library, wish)
            if wrong:
                raise InputError("; ".join(f"{name}: {words}" for name, words in wrong.items()))
            order = {"results": str(library.results), "study": str(library.study), "wish": asdict(wish)}
            job = jobs.submit(order)
        except RumorlabError as problem:
            return None, "0", "1", "", told(str(problem), "problem")
        except Exception as problem:
            log_problem("cannot be tried", problem)
            return None, "0", "1", "", told(f"This cannot be tried ({reason(problem)}).", "problem")
        look = jobs.look(job)
        return job, "0", "1", _words(look) if look is not None else "", ""

    @app.callback(
        Output("progress-words", "children", allow_duplicate=True),
        Input("cancel", "n_clicks"),
        State("job", "data"),
        prevent_initial_call=True,
    )
    def cancel(clicks: int | None, job: Any) -> Any:
        if not clicks:
            return no_update
        jobs.cancel(job)
        look = jobs.look(job)
        return _words(look) if look is not None else no_update


def _words(job: Job) -> str:
    """Return how far a comparison is."""
    if job.state == "waiting":
        return f"Waiting: number {job.place} in the queue." if job.place else "Waiting."
    if job.state == "running":
        return f"{job.done} of {job.total} runs done" if job.total else "Starting."
    return job.words if job.state == "cancelled" else f"{job.total} of {job.total} runs done" if job.result else ""


def _watch(app: dash.Dash, jobs: Jobs) -> None:
    @app.callback(
        *(Output(*place, allow_duplicate=True) for place in _SHOWN),
        Output("seen", "data"),
        Input("ticker", "n_intervals"),
        State("job", "data"),
        prevent_initial_call=True,
    )
    def watch(ticks: int | None, ident: Any) -> Any:
        if not ident:
            return (no_update,) * 5
        job = jobs.look(ident)
        if job is None:
            words = "This comparison is no longer known: the dashboard was started again. Please start it again."
            return "0", "1", "", told(words, "problem"), ident
        progress = (str(job.done), str(job.total or 1), _words(job))
        if not job.ended:
            return *progress, no_update, no_update
        shown: Any = json.loads(job.result) if job.result else ""
        return *progress, told(job.words, "problem") if job.state == "failed" else shown, ident

    # The page goes on asking until the end of the very comparison that it started last has been shown.
    in_browser: Any = app.clientside_callback
    in_browser(
        "(job, seen) => { const ended = !job || job === seen; return [ended, ended]; }",
        Output("ticker", "disabled"),
        Output("cancel", "disabled"),
        Input("job", "data"),
        Input("seen", "data"),
    )


def _save(app: dash.Dash, library: Library) -> None:
    @app.callback(Output("saved", "data"), Input("save", "n_clicks"), *_FIELDS, prevent_initial_call=True)
    def save(clicks: int | None, *fields: Any) -> Any:
        if not clicks or _found(library, fields):
            return no_update
        return {"content": trying.as_yaml(library, _wish(*fields)), "filename": "mine.yaml", "type": "text/yaml"}
