"""Where each value of a scenario comes from: the file and line that set it, or the default."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.scenario.load import edited, lay_phases, read_resolved, validate
from sim.scenario.scenario import Scenario
from sim.scenario.tree import Mark, Tree


@dataclass(frozen=True)
class Origin:
    """One value of a resolved scenario."""

    path: str
    value: Any
    """Plain data as it is written: a number, a word, a list, or a mapping with `kind`."""
    mark: Mark | None
    """Where it was set; None for a default."""

    @property
    def place(self) -> str:
        """The place in words."""
        if self.mark is None:
            return "default"
        return f"{self.mark.file}:{self.mark.line}" if self.mark.line else self.mark.file


def is_leaf(value: Any) -> bool:
    """Whether a value is shown in one piece: a plain one, a list of such, or a quantity with a `kind`."""
    if isinstance(value, dict):
        return not value or ("kind" in value and all(not isinstance(v, dict) for v in value.values()))
    return not (isinstance(value, list) and any(isinstance(part, dict) for part in value))


def written(value: Any) -> Any:
    """Return a value as people write it: a constant quantity is a number."""
    if isinstance(value, dict) and value.get("kind") == "constant":
        return value["value"]
    return value


def _walk(value: Any, tree: Tree | None, path: str) -> Iterator[Origin]:
    if path.startswith("phases.") and path.endswith(".policy"):
        yield Origin(f"{path}.extends", [], None)  # it is shown whole, and is so when it is read again
    if is_leaf(value):
        yield Origin(path, written(value), tree.mark if tree is not None else None)
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in parts:
        below: Tree | None = None
        if tree is not None and isinstance(tree.value, dict):
            below = tree.value.get(str(key))
        elif tree is not None and isinstance(tree.value, list) and int(key) < len(tree.value):
            below = tree.value[int(key)]
        yield from _walk(inner, below, f"{path}.{key}" if path else str(key))


def origins(path: Path, overrides: list[str], model: type[BaseModel] = Scenario) -> list[Origin]:
    """Return every value of a scenario (or of a part) in the order of the reference, with its place.

    Raises ScenarioError if it cannot be used.
    """
    tree = lay_phases(edited(read_resolved(path), overrides, path))
    return list(_walk(validate(tree, model).model_dump(mode="json", by_alias=True), tree, ""))


@dataclass(frozen=True)
class Difference:
    """A value in which two scenarios differ; None where one of them has no such value."""

    path: str
    before: Any
    after: Any


def differences(before: list[Origin], after: list[Origin]) -> list[Difference]:
    """Return where two scenarios differ, in the order of the first, then what only the second has."""
    one, other = ({origin.path: origin.value for origin in side} for side in (before, after))
    paths = dict.fromkeys([*one, *other])
    filled = {path.rsplit(".", 1)[0] for path in paths}
    return [
        Difference(path, one.get(path), other.get(path))
        for path in paths
        if one.get(path) != other.get(path) and not (path in filled and not (one.get(path) or other.get(path)))
    ]
