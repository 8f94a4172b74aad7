"""doctor."""

import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import typer
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.crowd.protocol import Form
from sim.experiment.store import to_json, versions
from sim.scenario.shipped import shipped_root

FORMS: tuple[Form, ...] = ("agents", "compiled")
EXTRAS = {
    "analysis": ("SALib", "duckdb", "optuna"),
    "cluster": ("dask", "distributed"),
    "dashboard": ("dash",),
}
"""What each extra brings."""
Found = tuple[str, bool, str]
"""What was checked, whether it is well, and what was found."""


def _python() -> Found:
    return "Python", sys.version_info >= (3, 11), platform.python_version()


def _libraries() -> Found:
    found = versions()
    return "libraries", True, ", ".join(f"{name} {number}" for name, number in found.items() if name != "code")


def _shipped() -> Found:
    root = shipped_root()
    there = (root / "scenarios" / "telegram.yaml").is_file() and (root / "experiments").is_dir()
    return "shipped scenarios", there, str(root) if there else f"missing below {root}"


def _cache() -> Found:
    """Compiled rules are kept beside the sources, where NUMBA_CACHE_DIR says, or in the user's own folder."""
    from sim.caching import kept_in

    folder = kept_in()
    if folder is None:
        words = "no writable folder: the rules are compiled at every start; set NUMBA_CACHE_DIR to a writable folder"
        return "cache of compiled rules", False, words
    return "cache of compiled rules", True, str(folder)


def _data() -> Found:
    """Real data are optional: what is missing is told, and is no fault."""
    folder = os.environ.get("RUMORLAB_DATA", "")
    if not folder:
        return "RUMORLAB_DATA", True, "not set: validation rows and scenarios that need real data will say so"
    there = Path(folder).is_dir()
    return "RUMORLAB_DATA", there, folder if there else f"{folder}: no such folder"


def _extras() -> Found:
    said = []
    for extra, names in EXTRAS.items():
        missing = [name for name in names if importlib.util.find_spec(name) is None]
        said.append(f"{extra}: " + (f"without {', '.join(missing)}" if missing else "there"))
    return "extras", True, "; ".join(said)


def _self_test() -> Found:
    """Run a small scenario in both forms of the crowd: equal digests, or the installation is not to be trusted."""
    from sim.experiment.run import run_scenario
    from sim.scenario.load import load_scenario

    began = time.perf_counter()
    path = shipped_root() / "scenarios" / "telegram.yaml"
    loaded = load_scenario(path, ["world.users=200", "time.days=2"])
    digests = {form: run_scenario(loaded.scenario, 1, root=loaded.root, crowd=form).record.digest for form in FORMS}
    well = len(set(digests.values())) == 1
    words = f"{next(iter(digests.values()))[:16]}, {time.perf_counter() - began:.1f} s"
    return "self-test, both engines", well, words if well else f"digests differ: {digests}"


CHECKS: tuple[Callable[[], Found], ...] = (_python, _libraries, _shipped, _cache, _data, _extras, _self_test)


def doctor_command(*, as_json: bool) -> None:
    """Check the installation; exit code 1 if something is not well."""
    found = [_safely(check) for check in CHECKS]
    if as_json:
        echo(to_json([{"check": name, "well": well, "found": words} for name, well, words in found]), nl=False)
    else:
        table = Table()
        for column in ("check", "status OK", "found"):
            table.add_column(column, overflow="fold")
        for name, well, words in found:
            table.add_row(escape(name), "yes" if well else "[bold]no[/bold]", escape(words))
        console().print(table)
    if not all(well for _, well, _ in found):
        raise typer.Exit(1)


def _safely(check: Callable[[], Found]) -> Found:
    try:
        return check()
    except Exception as problem:
        return check.__name__.strip("_").replace("_", "-"), False, f"{type(problem).__name__}: {problem}"
