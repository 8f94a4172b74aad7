"""dashboard."""

import secrets
from pathlib import Path

from sim.cli.saying import escape
from sim.cli.showing import console
from sim.dashboard.logs import in_line
from sim.errors import InputError
from sim.scenario.places import shown
from sim.scenario.shipped import shipped_root

_HERE = ("127.0.0.1", "localhost", "::1")


def dashboard_command(results: Path, *, study: Path | None, host: str, port: int, jobs: int) -> None:
    """Serve the dashboard; on anything but this machine only to who has the token."""
    try:
        from sim.dashboard.serving import serve
    except ImportError:
        raise InputError("the dashboard needs Dash: pip install 'rumorlab[dashboard]'") from None
    if results.exists() and not results.is_dir():
        raise InputError(f"{shown(results)}: is a file; give a folder of results")
    own = study or (Path() if (Path() / "scenarios").is_dir() else shipped_root())
    if not (own / "scenarios").is_dir():
        raise InputError(f"{shown(own)}: has no scenarios/; make a study with rumorlab init FOLDER")
    token = "" if host in _HERE else secrets.token_urlsafe(24)
    address = f"http://{host}:{port}/" + (f"?token={token}" if token else "")
    console().print(escape(in_line(f"results {shown(results)}, scenarios {shown(own)}", 10_000)))
    console().print(escape(in_line(f"open    {address}")), soft_wrap=True)
    serve(results, own, host=host, port=port, token=token, jobs=jobs)
