"""The application: pages by address, a background comparison, downloads, and who may come in."""

import hmac
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

import dash
from dash import ALL, Input, Output, State, dcc, html, no_update
from flask import Response, abort, request

from sim.dashboard import pages, trying
from sim.dashboard.library import Library, reason
from sim.dashboard.opening import PAGES
from sim.dashboard.pieces import address, aria, choice, figure, read_query, told
from sim.errors import RumorlabError
from sim.experiment.answer import sentences
from sim.experiment.compare import run_plan
from sim.report import figures
from sim.report.page import make_report

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
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


def make_app(results: Path, study: Path, *, token: str = "", hosts: tuple[str, ...] = _LOOPBACK) -> dash.Dash:
    """Return the application over a folder of results and one of scenarios.

    With a `token` every request must carry it (in the address once, then in a cookie); without one only requests that
    name one of `hosts` are answered, so that no page of another site can reach it.
    """
    import diskcache  # type: ignore[import-untyped]

    library = Library(results, study)
    own = Path(tempfile.mkdtemp(prefix="rumorlab-dashboard-"))
    make_manager: Any = dash.DiskcacheManager
    manager = make_manager(diskcache.Cache(str(own / "cache")))
    app = dash.Dash(
        "rumorlab",
        title="Rumorlab",
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        background_callback_manager=manager,
        suppress_callback_exceptions=True,
        serve_locally=True,
    )
    app.index_string = _INDEX
    app.own_folder = own  # type: ignore[attr-defined]
    app.layout = _layout
    _guard(app, token, hosts)
    _navigate(app, library)
    _try(app, library, own)
    _download(app, library)
    return app


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
        host = request.host.rsplit(":", 1)[0].strip("[]")
        if host not in hosts:
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
        if page == "/try":
            return trying.form(library, query), now
        return pages.render(library, page, query), now

    @app.callback(Output("one-outcome", "children"), Input("url", "search"), prevent_initial_call=True)
    def change(search: str | None) -> Any:
        try:
            return pages.one_outcome(library, read_query(search))
        except RumorlabError as problem:
            return told(str(problem), "problem")

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


def _wish(
    key: str, values: list[Any], ids: list[dict[str, str]], yaml: str, users: Any, days: Any, pairs: Any
) -> trying.Wish:
    texts = {
        i["lever"]: str(v).lower() if isinstance(v, bool) else str(v)
        for i, v in zip(ids, values, strict=True)
        if v is not None
    }
    return trying.Wish(key, texts, yaml or "", users, days, pairs)


_FIELDS = (
    State("trying", "data"),
    State({"lever": ALL}, "value"),
    State({"lever": ALL}, "id"),
    State("yaml", "value"),
    State("users", "value"),
    State("days", "value"),
    State("pairs", "value"),
)


def _try(app: dash.Dash, library: Library, own: Path) -> None:
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
        try:
            found = trying.checked(library, _wish(key, values, ids, yaml, users, days, pairs))
        except RumorlabError as problem:
            found = {"yaml": str(problem)}
        below = found.get("yaml") or found.get("size") or ""
        now = [f"now {value}" for value in values]
        return [found.get(slot["message"], "") for slot in slots], now, below, bool(found)

    @app.callback(
        Output("tried", "children"),
        Input("try", "n_clicks"),
        *_FIELDS,
        background=True,
        running=[(Output("cancel", "disabled"), False, True)],
        progress=[Output("progress", "value"), Output("progress", "max"), Output("progress-words", "children")],
        cancel=[Input("cancel", "n_clicks")],
        prevent_initial_call=True,
    )
    def compare(set_progress: Any, clicks: int | None, *fields: Any) -> Any:
        if not clicks:
            return no_update
        folder = own / f"tried-{secrets.token_hex(4)}"
        try:
            plan = trying.plan_of(library, _wish(*fields))

            def tell(done: int, total: int, what: str) -> None:
                set_progress((str(done), str(total), f"{done} of {total} runs done"))

            tell(0, plan.design.pairs * 2, "")
            made = run_plan(plan, folder, workers=1, tell=tell)
            said = html.Ul([html.Li(sentence) for sentence in sentences(made)], className="answer")
            charts = [
                figure(figures.forest(made, name), pages._differences_in_words(made, name), {})
                for name in ("harm", "illegal_views", "lawful_removed")
            ]
            return html.Div([html.H2("What changed"), said, *charts])
        except RumorlabError as problem:
            return told(str(problem), "problem")
        except Exception as problem:
            return told(f"The comparison failed: {reason(problem)}", "problem")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @app.callback(
        Output("progress-words", "children", allow_duplicate=True),
        Input("cancel", "n_clicks"),
        prevent_initial_call=True,
    )
    def cancelled(clicks: int | None) -> Any:
        return "Cancelled; nothing was saved." if clicks else no_update

    @app.callback(Output("saved", "data"), Input("save", "n_clicks"), *_FIELDS, prevent_initial_call=True)
    def save(clicks: int | None, *fields: Any) -> Any:
        if not clicks:
            return no_update
        wish = _wish(*fields)
        if trying.checked(library, wish):
            return no_update
        return {"content": trying.as_yaml(library, wish), "filename": "mine.yaml", "type": "text/yaml"}


def _download(app: dash.Dash, library: Library) -> None:
    @app.server.route("/download/<what>/<path:key>")
    def download(what: str, key: str) -> Any:
        try:
            path = library.path(key)
            if what == "yaml" and path.suffix == ".yaml":
                return Response(path.read_bytes(), mimetype="text/yaml", headers=_attached(path.name))
            if what == "report":
                text = make_report(library.comparison(key))
                return Response(text, mimetype="text/html", headers=_attached("report.html"))
            name = "outcomes" if (path / "outcomes.parquet").is_file() else "runs"
            table = path / f"{name}.parquet"
            if not path.is_dir() or not table.is_file() or what not in ("csv", "parquet"):
                abort(404)
            if what == "parquet":
                kind = "application/vnd.apache.parquet"
                return Response(table.read_bytes(), mimetype=kind, headers=_attached(table.name))
            import pandas as pd

            return Response(
                pd.read_parquet(table).to_csv(index=False), mimetype="text/csv", headers=_attached(f"{name}.csv")
            )
        except RumorlabError as problem:
            return Response(str(problem), status=404, mimetype="text/plain")


def _attached(name: str) -> dict[str, str]:
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return {"Content-Disposition": f"attachment; filename={kept}"}


def serve(results: Path, study: Path, *, host: str, port: int, token: str) -> None:
    """Serve the dashboard until it is stopped."""
    app = make_app(results, study, token=token, hosts=(*_LOOPBACK, host))
    try:
        app.run(host=host, port=port, debug=False, dev_tools_silence_routes_logging=True)
    finally:
        shutil.rmtree(app.own_folder, ignore_errors=True)
