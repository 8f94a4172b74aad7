"""What can be downloaded: scenarios as they are, tables as CSV or Parquet, the report of a comparison."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from flask import Flask, Response, abort, send_file

from sim.dashboard.library import Library, reason
from sim.dashboard.logs import log_problem
from sim.errors import InputError, RumorlabError
from sim.experiment.store import read_table
from sim.report.page import make_report

MOST_CELLS = 4_000_000
"""Cells of a table that is written as CSV here."""
_WHOLE = 20_000_000
"""Bytes of a file that is read whole; a longer one is sent piece by piece."""


def add_downloads(server: Flask, library: Library) -> None:
    """Add the addresses of downloads; what is not there, or damaged, is a message and not found."""

    @server.route("/download/<what>/<path:key>")
    def download(what: str, key: str) -> Any:
        try:
            return _made(library, what, key)
        except RumorlabError as problem:
            words = str(problem)
        except OSError as problem:
            words = f"{key}: cannot be read ({problem.strerror or problem})"
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, NotImplementedError) as problem:
            log_problem(f"cannot be downloaded: {key}", problem)
            words = f"{key}: the results are damaged or from another version ({reason(problem)})"
        return Response(words + "\n", status=404, mimetype="text/plain")


def _made(library: Library, what: str, key: str) -> Response:
    path = library.path(key)
    if what == "yaml" and path.suffix == ".yaml":
        return Response(path.read_bytes(), mimetype="text/yaml", headers=_attached(path.name))
    if what == "report":
        return Response(make_report(library.comparison(key)), mimetype="text/html", headers=_attached("report.html"))
    name = "outcomes" if (path / "outcomes.parquet").is_file() else "runs"
    table = path / f"{name}.parquet"
    if not path.is_dir() or not table.is_file() or what not in ("csv", "parquet"):
        abort(404)
    if what == "parquet":
        kind = "application/vnd.apache.parquet"
        if table.stat().st_size > _WHOLE:
            return send_file(table, kind, as_attachment=True, download_name=table.name)
        return Response(table.read_bytes(), mimetype=kind, headers=_attached(table.name))
    return Response(_csv(path, name), mimetype="text/csv", headers=_attached(f"{name}.csv"))


def _csv(path: Path, name: str) -> str:
    shape = pq.read_metadata(path / f"{name}.parquet")
    if shape.num_rows * shape.num_columns > MOST_CELLS:
        raise InputError(f"{path.name}: has {shape.num_rows:,} rows, too many for CSV here; download it as Parquet")
    return str(read_table(path, name).to_pandas().to_csv(index=False))


def _attached(name: str) -> dict[str, str]:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    return {"Content-Disposition": f"attachment; filename={kept}"}
