"""Loading: `extends`, overrides, and validation with every problem at its place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import InputError, Problem, ScenarioError
from sim.scenario.declaring import mistaken
from sim.scenario.places import inside, locate, root_of, shown
from sim.scenario.problems import expand, fields_of, problems_of
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import nearest_file
from sim.scenario.tree import Mark, Tree, parse_tree, read_tree

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Change:
    """One override: what a field was, and what it is now."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Loaded:
    """A scenario with where it came from."""

    scenario: Scenario
    path: Path
    root: Path
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def locate(self, file: str) -> Path:
        """Return the path of a data file that the scenario names."""
        return locate(file, self.root)


# extends


def resolve(tree: Tree, folder: Path, root: Path, above: tuple[Path, ...]) -> Tree:
    """Replace every `extends: FILE` by the content of the file, overlaid with what stands beside it.

    `extends: [FILE, FILE]` lays the second over the first, and so on; `extends: []` says that nothing lies below.
    """
    if isinstance(tree.value, list):
        return Tree([resolve(item, folder, root, above) for item in tree.value], tree.mark)
    if not isinstance(tree.value, dict):
        return tree
    own = Tree(
        {key: resolve(child, folder, root, above) for key, child in tree.value.items() if key != "extends"},
        tree.mark,
        {key: mark for key, mark in tree.keys.items() if key != "extends"},
        cleared=tree.cleared,
    )
    if "extends" not in tree.value:
        return own
    named = tree.value["extends"]
    bases = named.value if isinstance(named.value, list) else [named]
    made: Tree | None = None
    for base in bases:
        below = _base(base, folder, root, above)
        made = below if made is None else merge(made, below)
    if made is not None and not own.value:
        return replace(made, mark=own.mark, whole=True)
    return replace(own if made is None else merge(made, own), whole=True)


def _problem(mark: Mark, message: str) -> Problem:
    return Problem(mark.file, mark.line, mark.column, "extends", message)


def _base(named: Tree, folder: Path, root: Path, above: tuple[Path, ...]) -> Tree:
    base, mark = named.value, named.mark
    if not isinstance(base, str) or not base:
        raise ScenarioError([_problem(mark, f"must be the path of a file, or a list of paths (got {base!r})")])
    path = inside(base, folder, root)
    if path is None:
        raise ScenarioError([_problem(mark, f"'{base}' leaves the folder {shown(root)}, which is not allowed")])
    if path in above:
        circle = " -> ".join(shown(p) for p in (*above, path))
        raise ScenarioError([_problem(mark, f"'{base}' extends itself: {circle}")])
    if not path.is_file():
        raise ScenarioError([_problem(mark, f"no such file: {shown(path)}{nearest_file(path)}")])
    return replace(resolve(read_tree(path, shown(path)), path.parent, root, (*above, path)), whole=False)


def merge(base: Tree, over: Tree) -> Tree:
    """Lay one tree over another: mappings key by key, anything else replaced.

    An explicit `{}` clears what it stands over, and null takes a mapping away, so that one stream or class can be left
    out. Another `kind` replaces a mapping, and so does an `extends` of its own. Raises ScenarioError with every key
    after which nothing stands although something is inherited: its lines may have been commented out.
    """
    problems: list[Problem] = []
    merged = _merge(base, over, "", problems)
    if problems:
        raise ScenarioError(problems)
    return merged


def _merge(base: Tree, over: Tree, path: str, problems: list[Problem]) -> Tree:
    if over.whole or not isinstance(over.value, dict) or not isinstance(base.value, dict):
        return over
    if over.cleared:
        return over
    kinds = [tree.value["kind"].value if "kind" in tree.value else None for tree in (base, over)]
    if kinds[1] is not None and kinds[0] != kinds[1]:
        return over
    value, keys = dict(base.value), {**base.keys, **over.keys}
    for key, child in over.value.items():
        here = f"{path}.{key}" if path else key
        if key not in value:
            value[key] = child
        elif child.bare and value[key].value is not None:
            mark = over.keys.get(key, child.mark)
            problems.append(Problem(mark.file, mark.line, mark.column, here, _BARE))
        elif child.value is None and isinstance(value[key].value, dict):
            del value[key], keys[key]
        else:
            value[key] = _merge(value[key], child, here, problems)
    return Tree(value, over.mark, keys, cleared=base.cleared)


_BARE = (
    "nothing stands after this key, though a value is inherited; remove the line to keep that, write {} to clear it, "
    "or null to take it away"
)


def lay_phases(tree: Tree) -> Tree:
    """Lay the policy of every phase over the policy before it, unless it is one of its own."""
    phases = tree.value.get("phases") if isinstance(tree.value, dict) else None
    if phases is None or not isinstance(phases.value, list):
        return tree
    before, laid = tree.value.get("policy", Tree({}, phases.mark)), []
    for phase in phases.value:
        own = phase.value.get("policy") if isinstance(phase.value, dict) else None
        if own is not None and isinstance(own.value, dict):
            before = own if own.whole else merge(before, own)
            phase = replace(phase, value={**phase.value, "policy": before})
        laid.append(phase)
    return replace(tree, value={**tree.value, "phases": replace(phases, value=laid)})


# overrides


def parse_override(text: str) -> tuple[list[str], Tree]:
    """Split `path=value`; the value is read as YAML. Raises InputError."""
    path, equals, value = text.partition("=")
    steps = path.strip().split(".")
    if not equals or not all(steps):
        raise InputError(f"--set {text}: must look like path=value, for example policy.moderation.reviewers.count=50")
    shown_as = f"--set {text}"
    tree = parse_tree(f"value: {value}", shown_as).value["value"]
    if tree.bare:
        raise InputError(f"{shown_as}: nothing stands after the =; write {{}} for an empty mapping, null to take away")
    return steps, _marked(tree, Mark(shown_as, 0, 0))


def _marked(tree: Tree, mark: Mark) -> Tree:
    value = tree.value
    if isinstance(value, dict):
        value = {key: _marked(child, mark) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_marked(child, mark) for child in value]
    return replace(tree, value=value, mark=mark, keys=dict.fromkeys(tree.keys, mark))


def set_value(tree: Tree, steps: Sequence[str], value: Tree) -> Tree:
    """Return the tree of a scenario with one value set, or a mapping laid over what is there, as in a file.

    Nothing else of the scenario changes: `{}` clears a mapping, null takes it away.

    Where the path leads into a mapping of free names of which the file says nothing (`content.streams.news.topic`), the
    names that it has by default are written out first, so that they stay.
    """
    for count in range(1, len(steps)):
        if _at(tree, steps[:count]) is None:
            default = _names_by_default(tuple(steps[:count]))
            if default:
                tree = override(tree, steps[:count], as_tree(default, value.mark))
    existing = _at(tree, steps)
    if existing is not None:
        value = merge(existing, value)
    return override(tree, steps, value)


def _at(tree: Tree, steps: Sequence[str]) -> Tree | None:
    for step in steps:
        if not isinstance(tree.value, dict) or step not in tree.value:
            return None
        tree = tree.value[step]
    return tree


@cache
def _names_by_default(steps: tuple[str, ...]) -> dict[str, Any]:
    """Return what stands by default at a path of the scenario, as plain data, if it is a mapping of free names."""
    part: Any = Scenario
    for step in steps[:-1]:
        info = fields_of(part).get(step)
        inner = expand(info.annotation) if info is not None else []
        part = inner[0] if len(inner) == 1 and isinstance(inner[0], type) else None
        if part is None or not issubclass(part, BaseModel):
            return {}
    info = fields_of(part).get(steps[-1])
    default = info.get_default(call_default_factory=True, validated_data={}) if info is not None else None
    named = default.items() if isinstance(default, dict) else ()
    return {name: one.model_dump(mode="json", by_alias=True) for name, one in named if isinstance(one, BaseModel)}


def as_tree(data: Any, mark: Mark) -> Tree:
    """Return plain data as a tree, all of it at one place."""
    if isinstance(data, dict):
        return Tree({key: as_tree(one, mark) for key, one in data.items()}, mark, dict.fromkeys(data, mark))
    return Tree([as_tree(one, mark) for one in data] if isinstance(data, list) else data, mark)


def override(tree: Tree, steps: Sequence[str], value: Tree) -> Tree:
    """Return the tree with one value set; what is missing on the way is made, and null takes a mapping away."""
    if not steps:
        return value
    if isinstance(tree.value, list) and steps[0].isdecimal() and int(steps[0]) < len(tree.value):
        at = int(steps[0])
        return replace(
            tree, value=[*tree.value[:at], override(tree.value[at], steps[1:], value), *tree.value[at + 1 :]]
        )
    mapping = tree if isinstance(tree.value, dict) else _constant(tree, value.mark)
    child = mapping.value.get(steps[0], Tree({}, value.mark))
    if len(steps) == 1 and value.value is None and steps[0] in mapping.value and isinstance(child.value, dict):
        left = {key: one for key, one in mapping.value.items() if key != steps[0]}
        keys = {key: mark for key, mark in mapping.keys.items() if key in left}
        return replace(mapping, value=left, keys=keys)
    changed = {**mapping.value, steps[0]: override(child, steps[1:], value)}
    keys = {**mapping.keys, steps[0]: mapping.keys.get(steps[0], value.mark)}
    if steps == ["kind"] and mapping.value.get("kind", value).value != value.value:
        changed, keys = {"kind": value}, {"kind": value.mark}
    return Tree(changed, mapping.mark, keys, mapping.whole, cleared=mapping.cleared)


def _constant(tree: Tree, mark: Mark) -> Tree:
    """Return the mapping that a bare number stands for, where a quantity differs between people; else an empty one."""
    number = isinstance(tree.value, int | float) and not isinstance(tree.value, bool)
    return as_tree({"kind": "constant", "value": tree.value} if number else {}, mark)


def value_at(data: Any, path: str) -> Any:
    """Return the value at a dotted path of plain data, or None."""
    for step in path.split("."):
        if isinstance(data, list):
            data = data[int(step)] if step.isdecimal() and int(step) < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


# validation


def validate(tree: Tree, model: type[M]) -> M:
    """Turn a tree into a strict model; raises ScenarioError with all problems at their places."""
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        raise ScenarioError(problems_of(error, tree, model)) from None


def read_resolved(path: Path, root: Path | None = None) -> Tree:
    """Read a file and follow its `extends`."""
    root = root or root_of(path)
    return resolve(read_tree(path, shown(path)), path.resolve().parent, root, (path.resolve(),))


def edited(tree: Tree, overrides: Iterable[str], path: Path | None = None) -> Tree:
    """Apply overrides to a tree; a value may say `extends` where the file of the tree is named."""
    for text in overrides:
        steps, value = parse_override(text)
        tree = set_value(tree, steps, value if path is None else _followed(value, path))
    return tree


def _followed(value: Tree, path: Path) -> Tree:
    """Follow `extends` in an override: from the folder of the file that is changed, else from the working folder.

    Where the file is a shipped one, the working folder is another study: then nothing outside of it is taken in.
    """
    root, here = root_of(path), Path.cwd()
    try:
        return resolve(value, path.resolve().parent, root, ())
    except ScenarioError as error:
        try:
            return resolve(value, here, root if here.is_relative_to(root.resolve()) else here, ())
        except ScenarioError:
            raise error from None


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    """Give what an override changed; of a mapping, field by field, only what differs."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield Change(path, before, after)
        return
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield from _changes(f"{path}.{key}", before.get(key), after.get(key))


def finish(tree: Tree, path: Path, overrides: Iterable[str] = ()) -> Loaded:
    """Apply overrides to a resolved tree and validate it."""
    texts = list(overrides)
    paths = [".".join(parse_override(text)[0]) for text in texts]
    scenario = validate(lay_phases(edited(tree, texts, path)), Scenario)
    changes: tuple[Change, ...] = ()
    if paths:
        before, after = validate(lay_phases(tree), Scenario).resolved(), scenario.resolved()
        found = [_changes(p, value_at(before, p), value_at(after, p)) for p in dict.fromkeys(paths)]
        changes = tuple(change for some in found for change in some)
    return Loaded(scenario=scenario, path=path, root=root_of(path), changes=changes)


def load_scenario(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Load a scenario file with overrides (`path=value`); raises ScenarioError or InputError."""
    path = Path(path)
    tree = read_resolved(path)
    try:
        return finish(tree, path, overrides)
    except ScenarioError as error:
        raise mistaken(error, path, tree, "scenario") from None
