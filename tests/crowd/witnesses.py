"""Witnesses: for each field of a scenario, a run whose digest it changes.

`witnesses.json` holds a few base scenarios, and for each the values to change, one at a time. A change bears witness
for the field that it sets and for the sections in which that stands. `python -m tests.crowd.witnesses` keeps what still
works, looks for the rest among the directed scenarios and random ones, and writes the file anew.
"""

import copy
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.model import Society
from sim.outcomes import Record
from sim.scenario.scenario import Scenario
from sim.world.build import World
from tests.crowd.directed import directed
from tests.crowd.leaves import INERT, UNDRAWN, at, changed, drawn, leaves, schema_leaves, values

FILE = Path(__file__).parent / "witnesses.json"
COMMAND = "python -m tests.crowd.witnesses"
SEED = 7
LONGEST = 0.7
"""Seconds that a base scenario may take with agents, since `make test` runs it once for each change."""
TRIES = 3
"""How often a field is tried in one scenario, at most, there and then another value."""

Where = tuple[Any, ...]
Change = tuple[Where, Any]
"""Where a value stands in a scenario as plain data, and another value."""


def _differing(old: Any, new: Any, path: Where) -> Iterator[Where]:
    """Yield where two values differ, as deep down as both have the same keys."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        pairs = [(key, old[key], new[key]) for key in old]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(n, one, other) for n, (one, other) in enumerate(zip(old, new, strict=True))]
    else:
        pairs = []
        if old != new:
            yield path
    for key, one, other in pairs:
        yield from _differing(one, other, (*path, key))


@dataclass
class Base:
    """A scenario, and the changes of which each changes its digest."""

    scenario: Scenario
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = self.scenario.resolved()
        self.names = {path: name for name, path in leaves(self.scenario)}
        self._worlds: dict[str, World] = {}
        self._digests: dict[str, str] = {}

    def serves(self, change: Change) -> set[str]:
        """Return the fields for which a change bears witness: its own, and those of the sections in which it stands.

        Where what it sets differs from what was there in one field only, that one is meant: shares sum to 1.
        """
        paths = list(_differing(at(self.data, change[0]), change[1], change[0]))
        if len({self.names.get(path) for path in paths}) > 1:
            paths = [change[0]]
        return {self.names[path[:n]] for path in paths for n in range(1, len(path) + 1) if path[:n] in self.names}

    def served(self) -> set[str]:
        """Return the fields for which this scenario's changes bear witness."""
        return set().union(*(self.serves(change) for change in self.changes))

    def digest(self, crowd: str, change: Change | None = None, within: float = 600.0) -> str:
        """Return the digest of a run; raises InputError if the scenario cannot be, TimeoutError if it takes long."""
        if change is None:
            if crowd not in self._digests:
                self._digests[crowd] = self._run(self.scenario, crowd, within)
            return self._digests[crowd]
        other = changed(self.scenario, self.data, *change)
        if other is None:
            raise InputError("the scenario does not have this value, or has it already")
        return self._run(other, crowd, within)

    def _run(self, scenario: Scenario, crowd: Any, within: float) -> str:
        end, of = time.monotonic() + within, scenario.world_hash()
        society = Society(scenario, SEED, world=self._worlds.get(of), crowd=crowd)
        if scenario is self.scenario:
            self._worlds[of] = society.world
        while society.running:
            society.step()
            if time.monotonic() > end:
                raise TimeoutError
        return Record.of(society).digest

    def moves(self, change: Change) -> bool:
        """Return whether a change changes the digest of the compiled form."""
        try:
            return self.digest("compiled", change, 2 * LONGEST) != self.digest("compiled")
        except (InputError, TimeoutError):
            return False

    def fault(self, change: Change, within: float = 600.0) -> str:
        """Return what is wrong with a witness; '' if nothing is."""
        try:
            one, other = (self.digest(crowd, change, within) for crowd in ("compiled", "agents"))
        except InputError as error:
            return str(error)
        except TimeoutError:
            return "its run takes too long with agents"
        if one != other:
            still = [c for c, d in (("compiled", one), ("agents", other)) if d == self.digest("compiled")]
            return f"the two forms differ; {still[0]} does not heed it" if still else "the two forms differ"
        return "the digest stays the same in both forms" if one == self.digest("compiled") else ""


def shortest(data: dict[str, Any]) -> dict[str, Any]:
    """Return a scenario as plain data without what goes without saying."""
    whole, data = Scenario.model_validate(data), copy.deepcopy(data)

    def prune(part: Any) -> None:
        for key in list(part) if isinstance(part, dict) else range(len(part)):
            kept = part[key]
            if isinstance(part, dict):
                del part[key]
                try:
                    if Scenario.model_validate(data) == whole:
                        continue
                except ValidationError:
                    pass
                part[key] = kept
            if isinstance(kept, dict | list):
                prune(kept)

    prune(data)
    order = {key: n for n, key in enumerate(whole.resolved())}
    return dict(sorted(data.items(), key=lambda entry: order[entry[0]]))


def load() -> list[Base]:
    """Return the witnesses of the file."""
    if not FILE.exists():
        return []
    return [
        Base(Scenario.model_validate(one["scenario"]), [(tuple(path), value) for path, value in one["changes"]])
        for one in json.loads(FILE.read_text(encoding="utf-8"))
    ]


def save(bases: list[Base]) -> None:
    """Write the witnesses, one to a line."""
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    parts = []
    for base in bases:
        scenario = json.dumps(shortest(base.data), **compact)
        lines = ",\n".join(json.dumps([list(path), value], **compact) for path, value in base.changes)
        parts.append(f'{{"scenario":{scenario},\n"changes":[\n{lines}]}}')
    FILE.write_text("[" + ",\n".join(parts) + "]\n", encoding="utf-8")


def wanted() -> set[str]:
    """Return the fields that must have a witness."""
    return schema_leaves() - set(UNDRAWN) - set(INERT)


def missing(bases: list[Base]) -> set[str]:
    """Return the fields that must have a witness and have none."""
    return wanted().difference(*(base.served() for base in bases))


def _found(base: Base, todo: set[str], chance: random.Random) -> list[Change]:
    """Return changes of a scenario that change its digest, for as many fields of `todo` as there are such."""
    found: list[Change] = []
    done: set[str] = set()
    places = defaultdict(list)
    for path, name in base.names.items():
        places[name].append(path)
    for name in sorted(todo & set(places), key=lambda name: -len(places[name][0])):
        if name in done:
            continue
        for path in chance.choices(places[name], k=TRIES):
            now = repr(at(base.data, path))
            others = sorted((v for v in values()[name] if repr(v) != now), key=lambda v: len(repr(v)))
            change = (path, chance.choice(others[:12]))
            if base.moves(change):
                found.append(change)
                done |= base.serves(change)
                break
    return found


def _candidates() -> Iterator[Base]:
    """Give random scenarios that are quick with agents."""
    for scenario, *_ in drawn():
        if 30 <= scenario.world.users <= 150:
            base = Base(scenario)
            try:
                if base.digest("agents", within=LONGEST) != base.digest("compiled"):
                    print("the two forms differ:", scenario.hash())
                    continue
            except TimeoutError:
                continue
            yield base


def _take(bases: list[Base], base: Base, found: list[Change], todo: set[str]) -> None:
    """Take over those changes of a scenario for fields that have none, if both forms heed them."""
    for change in found:
        if base.serves(change) & todo:
            if fault := base.fault(change, 4 * LONGEST):
                print(f"{base.names[change[0]]} at {change}: {fault}", flush=True)
                continue
            base.changes.append(change)
            todo -= base.serves(change)
    if base.changes:
        bases.append(base)
        print(f"{len(bases)} scenarios, {len(todo)} fields to go", flush=True)
        save(bases)


def search() -> set[str]:
    """Keep the witnesses that work, look for more, write the file; return the fields that have none."""
    bases, chance = load(), random.Random(SEED)
    for base in bases:
        base.changes = [change for change in base.changes if not base.fault(change, 4 * LONGEST)]
    bases = [base for base in bases if base.changes]
    todo = missing(bases)
    for scenario, changes in directed():
        base = Base(scenario())
        _take(bases, base, [*changes, *_found(base, todo, chance)], todo)
    seen: list[tuple[Base, list[Change]]] = []
    for base in _candidates():
        if not todo:
            break
        found = _found(base, todo, chance)
        if len(set().union(*(base.serves(change) for change in found)) & todo) >= max(2, len(todo) // 12):
            _take(bases, base, found, todo)
        elif found:
            seen.append((base, found))
    while todo and seen:
        gains = [len(set().union(*(base.serves(change) for change in found)) & todo) for base, found in seen]
        if not max(gains):
            break
        _take(bases, *seen.pop(gains.index(max(gains))), todo)
    save(bases)
    return todo


if __name__ == "__main__":
    without = search()
    print("\n".join(["no witness:", *sorted(without)]) if without else "every field has a witness")
    sys.exit(bool(without))
