"""What the dashboard may see: results and scenarios below two folders, each by its path in them, nothing else."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import InputError, RumorlabError
from sim.experiment.comparison import Comparison, open_comparison
from sim.experiment.store import MANIFEST
from sim.scenario.places import inside

_CLOSED = ("runs", "parts", "tables", "sensitivity", "causes", "scale")
"""Folders inside results into which the list does not look."""
_KINDS = {"comparison", "sweep", "run"}
STUDY = ("scenarios", "experiments")


@dataclass(frozen=True)
class Entry:
    """One thing in the library."""

    key: str
    """Where it is: `results/...` or `study/...`, with forward slashes."""
    kind: str
    """comparison, sweep, run, scenario, experiment, part (policies, personas, ...), or damaged."""
    name: str
    words: str


class Library:
    """Two folders: results, and a study with scenarios/ and experiments/."""

    def __init__(self, results: Path, study: Path) -> None:
        self.results, self.study = results.resolve(), study.resolve()

    def path(self, key: str) -> Path:
        """Return the path of something in the library; raises InputError if it is outside, or not there."""
        head, _, rest = key.partition("/")
        root = {"results": self.results, "study": self.study}.get(head)
        found = inside(rest, root, root) if root is not None else None
        try:
            there = found is not None and found.exists()
        except OSError:  # a name that no file can have
            there = False
        if found is None or not there:
            raise InputError(f"not in the library: {key[:200]}")
        if head == "study" and found.relative_to(self.study).parts[:1] not in {(name,) for name in STUDY}:
            raise InputError(f"not in the library: {key}")
        return found

    def entries(self) -> list[Entry]:
        """Return everything there is, results first, newest first."""
        return [*self._results(), *self._study()]

    def _results(self) -> Iterator[Entry]:
        found = []
        for folder, names, files in os.walk(self.results):
            if MANIFEST in files:
                names[:] = [name for name in names if name not in _CLOSED and not name.startswith(".")]
                found.append(Path(folder))
            else:
                names[:] = [name for name in names if not name.startswith(".") and name not in _CLOSED[3:]]
        for path in sorted(found, key=_newest_first):
            key = "results/" + path.relative_to(self.results).as_posix() if path != self.results else "results/."
            yield self._entry(path, key)

    def _entry(self, path: Path, key: str) -> Entry:
        try:
            manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
            kind = str(manifest.get("what"))
            name = str(manifest.get("name") or manifest.get("scenario", {}).get("name") or path.name)
            words = " ".join(str(manifest.get("question") or "").split())
        except (OSError, ValueError, AttributeError):
            return Entry(key, "damaged", path.name, "its manifest cannot be read")
        if kind not in _KINDS:
            return Entry(key, "damaged", name, f"holds something of another kind ({kind})")
        if kind == "comparison" and not (path / "outcomes.parquet").is_file():
            return Entry(key, "damaged", name, "not finished: run the same command again to resume")
        return Entry(key, kind, name, words)

    def _study(self) -> Iterator[Entry]:
        for part in STUDY:
            for path in sorted((self.study / part).rglob("*.yaml")) if (self.study / part).is_dir() else []:
                key = "study/" + path.relative_to(self.study).as_posix()
                kind = "experiment" if part == "experiments" else "scenario" if _is_scenario(path, part) else "part"
                yield Entry(key, kind, path.stem, "")

    def comparison(self, key: str) -> Comparison:
        """Open a comparison, or the one that was opened last if nothing has changed; raises what opening raises."""
        path = self.path(key)
        try:
            changed = (path / MANIFEST).stat().st_mtime_ns
        except OSError:  # a file of the study, or a folder without results
            raise InputError(f"{key}: holds no comparison") from None
        return _open(path, changed)

    def first(self, kind: str = "comparison") -> str | None:
        """Return the newest results of a kind."""
        return next((entry.key for entry in self._results() if entry.kind == kind), None)


def _newest_first(path: Path) -> float:
    try:
        return -(path / MANIFEST).stat().st_mtime
    except OSError:  # gone since it was found
        return 0.0


def _is_scenario(path: Path, part: str) -> bool:
    """Whether a file is a scenario by itself: it lies in scenarios/, and its first line says nothing else."""
    if path.parent.name != part:
        return False
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline(500)
    except (OSError, UnicodeDecodeError):
        return False
    return "$schema=" not in first or "scenario.schema.json" in first


@lru_cache(maxsize=4)
def _open(path: Path, changed: int) -> Comparison:
    return open_comparison(path)


def reason(problem: Exception) -> str:
    """Return what to say of a problem: the message of ours, or the kind of any other."""
    return str(problem) if isinstance(problem, RumorlabError) else f"{type(problem).__name__}: {problem}"


def plain(value: Any) -> str:
    """Return a cell of a table as text."""
    return "–" if value is None or value != value else f"{value:,.3g}" if isinstance(value, float) else str(value)
