"""The application: pages by address, who may come in, and what is put together for it."""

import hmac
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dash
from dash import Input, Output, State, dcc, html, no_update
from flask import Response, abort, request

from sim.dashboard import pages
from sim.dashboard.downloads import add_downloads
from sim.dashboard.gate import MOST_BYTES, Gate, tell_all
from sim.dashboard.jobs import AT_ONCE, Jobs
from sim.dashboard.library import Library, reason
from sim.dashboard.logs import log_problem
from sim.dashboard.opening import PAGES
from sim.dashboard.pieces import address, aria, choice, read_query, told
from sim.dashboard.trial import add_trial
from sim.errors import RumorlabError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<meta name="viewport" content="width=device-width, initial-scale=1"><title>{%title%}</title>
<link rel="icon" href="data:,">{%css%}</head>
<body>{%app_entry%}{%config%}{%scripts%}{%renderer%}</body>
</html>
"""
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Application(dash.Dash):
    """The application, with its queue of comparisons."""

    jobs: Jobs


def make_app(
    results: Path, study: Path, *, token: str = "", hosts: tuple[str, ...] = LOOPBACK, at_once: int = AT_ONCE
) -> Application:
    """Return the application over a folder of results and one of scenarios; close its `jobs` when done with it.

    With a `token` every request must carry it (in the address once, then in a cookie); without one only requests that
    name one of `hosts` are answered, so that no page of another site can reach it. So many comparisons run `at_once`.
    """
    library = Library(results, study)
    app = Application(
        "rumorlab",
        title="Rumorlab",
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        suppress_callback_exceptions=True,
        serve_locally=True,
        on_error=_failed,
    )
    app.index_string = _INDEX
    app.jobs = Jobs(at_once)
    app.layout = _layout
    app.server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    tell_all(app.server)
    _guard(app, token, hosts)
    _navigate(app, library)
    add_trial(app, library, app.jobs)
    add_downloads(app.server, library)
    app.server.wsgi_app = Gate(app.server.wsgi_app)
    return app


def _failed(problem: Exception) -> None:
    """Note what no page expected; the page stays as it was."""
    log_problem("a page could not be changed", problem)


def _layout() -> Any:
    links = [dcc.Link(title, href=page, id=f"to{page.replace('/', '-')}") for page, title in PAGES.items()]
    return html.Div(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="scope"),
            html.A("Skip to content", href="#content", className="skip"),
            html.Header([html.Span("Rumorlab", className="brand"), html.Nav(links, **aria("label", "pages"))]),
            html.Main(html.Div(id="page"), id="content", tabIndex=-1),
            html.Footer(id="foot"),
        ]
    )


def _guard(app: dash.Dash, token: str, hosts: tuple[str, ...]) -> None:
    @app.server.before_request
    def may_come_in() -> Response | None:
        if token:
            shown = request.args.get("token") or request.cookies.get("rumorlab") or ""
            if not hmac.compare_digest(shown.encode(), token.encode()):
                abort(403)
            return None
        sender = request.headers.get("Origin")
        elsewhere = sender is not None and urlsplit(sender).netloc != request.host  # a page of another site sends it
        if elsewhere or request.host.rsplit(":", 1)[0].strip("[]") not in hosts:
            abort(403)
        return None

    @app.server.after_request
    def seal(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if token and request.args.get("token"):
            response.set_cookie("rumorlab", token, httponly=True, samesite="Strict")
        return response


def _navigate(app: dash.Dash, library: Library) -> None:
    @app.callback(
        Output("page", "children"),
        Output("scope", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("scope", "data"),
    )
    def show(page: str | None, search: str | None, scope: list[str] | None) -> Any:
        query, page = read_query(search), page or "/answer"
        rest = {name: value for name, value in query.items() if name not in ("outcome", "platform")}
        now = [page, address("", rest) if page in ("/answer", "/") else str(search)]
        if now == scope and page in ("/answer", "/") and pages.is_comparison(library, query):
            return no_update, no_update  # only the part about one outcome changes
        return pages.render(library, page, query), now

    @app.callback(Output("one-outcome", "children"), Input("url", "search"), prevent_initial_call=True)
    def change(search: str | None) -> Any:
        try:
            return pages.one_outcome(library, read_query(search))
        except RumorlabError as problem:
            return told(str(problem), "problem")
        except Exception as problem:
            log_problem("cannot be shown", problem)
            return told(f"This cannot be shown ({reason(problem)}).", "problem")

    @app.callback(Output("foot", "children"), Input("url", "search"))
    def foot(search: str | None) -> Any:
        query = read_query(search)
        return choice(query, "save", "Save figures as", {"png": "PNG", "svg": "SVG"}, query.get("save", "png"))

    links = [Output(f"to{page.replace('/', '-')}", "href") for page in PAGES]
    now = [Output(f"to{page.replace('/', '-')}", "className") for page in PAGES]

    @app.callback(*links, *now, Input("url", "pathname"), Input("url", "search"))
    def lead(page: str | None, search: str | None) -> list[str]:
        query = read_query(search)
        kept: dict[str, str] = {name: query[name] for name in query if name in ("results", "save")}
        here = "/answer" if page in (None, "/") else page
        return [*(address(p, kept) for p in PAGES), *("here" if p == here else "" for p in PAGES)]
