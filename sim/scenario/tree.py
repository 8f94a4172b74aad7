"""YAML as a tree of values that remember where they stand: safe, bounded, one file at a time."""

import math
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import Problem, ScenarioError, printable
from sim.scenario.fields import CLEARED, NOTHING
from sim.scenario.shipped import nearest_file

MOST_BYTES = 1_000_000
MOST_NODES = 100_000
MOST_DEPTH = 40
_MOST_REMEMBERED = 30_000
"""Characters of a text whose tree is kept: parts that many arms of an experiment extend."""
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")}


@dataclass(frozen=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass
class Tree:
    """A value with its place: a scalar, a list of trees, or a mapping of names to trees."""

    value: Any
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)
    """Where each key of a mapping stands."""
    whole: bool = False
    """Whether it came with an `extends` of its own."""
    bare: bool = False
    """Whether nothing at all stands after the key, where `null` or `{}` would say what is meant."""
    cleared: bool = False
    """Whether an explicit `{}` stands below: what is set in it since is all there is, without the defaults."""

    def plain(self) -> Any:
        """Return the value without its places."""
        if isinstance(self.value, dict):
            data = {key: tree.plain() for key, tree in self.value.items()}
            return {**data, CLEARED: True} if self.cleared and data else data
        if isinstance(self.value, list):
            return [tree.plain() for tree in self.value]
        return NOTHING if self.bare else self.value


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.nodes = 0
        self.yaml = YAML(typ="safe", pure=True)

    def mark(self, node: Node) -> Mark:
        return Mark(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def complain(self, node: Node, path: str, message: str) -> None:
        mark = self.mark(node)
        self.problems.append(Problem(mark.file, mark.line, mark.column, path, message))

    def tree(self, node: Node, path: str, depth: int, above: tuple[int, ...]) -> Tree:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.complain(node, path, f"too many values (more than {MOST_NODES:,}; do aliases repeat each other?)")
            raise ScenarioError(self.problems[-1:])
        if depth > MOST_DEPTH or id(node) in above:
            self.complain(node, path, f"nested deeper than {MOST_DEPTH} levels, or an alias that contains itself")
            raise ScenarioError(self.problems[-1:])
        above = (*above, id(node))
        if str(node.tag) not in _PLAIN:
            self.complain(node, path, f"tag {node.tag} is not allowed: plain values, lists and mappings only")
            return Tree(None, self.mark(node))
        if isinstance(node, ScalarNode):
            return Tree(self.scalar(node, path), self.mark(node), bare=node.value == "" and not node.style)
        if isinstance(node, SequenceNode):
            items = [self.tree(n, f"{path}[{i}]", depth + 1, above) for i, n in enumerate(node.value)]
            return Tree(items, self.mark(node))
        assert isinstance(node, MappingNode)
        return self.mapping(node, path, depth, above)

    def mapping(self, node: MappingNode, path: str, depth: int, above: tuple[int, ...]) -> Tree:
        result = Tree({}, self.mark(node))
        for key_node, value_node in node.value:
            if isinstance(key_node, ScalarNode) and key_node.value == "<<":
                self.complain(key_node, path, "merge keys are not supported; use extends")
                continue
            key = self.scalar(key_node, path) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                shown = key_node.value if isinstance(key_node, ScalarNode) else "a list or mapping"
                self.complain(key_node, path, f"a key must be a word (got {shown}); quote it if it is one")
                continue
            here = f"{path}.{key}" if path else key
            if key in result.value:
                first = result.keys[key].line
                self.complain(key_node, here, f"given twice (first on line {first})")
                continue
            result.keys[key] = self.mark(key_node)
            child = self.tree(value_node, here, depth + 1, above)
            if child.bare:  # an empty value has no place of its own: its key does
                child.mark = result.keys[key]
            result.value[key] = child
        result.cleared = not result.value
        return result

    def scalar(self, node: ScalarNode, path: str) -> Any:
        try:
            value = self.yaml.constructor.construct_object(node)
        except (YAMLError, ValueError, OverflowError) as problem:
            self.complain(node, path, f"cannot be read ({str(problem).splitlines()[0]})")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.complain(node, path, f"must be a finite number (got {_short(node.value)})")
            return 0.0
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63:
            self.complain(node, path, f"must be below 2^63 (got {_short(node.value)})")
            return 0
        if isinstance(value, str) and printable(value) != value:
            self.complain(node, path, f"must be text without control characters (got '{_short(printable(value))}')")
            return printable(value)
        return value


def read_tree(path: Path, shown: str) -> Tree:
    """Read one YAML file; `shown` is how messages name it. Raises ScenarioError with every problem found."""

    def fail(message: str, line: int = 0, column: int = 0) -> ScenarioError:
        return ScenarioError([Problem(shown, line, column, "", message)])

    try:
        if not path.is_file():
            raise fail("not a file" if path.exists() else f"no such file{nearest_file(path)}")
        if path.stat().st_size > MOST_BYTES:
            raise fail(f"larger than {MOST_BYTES:,} bytes")
        data = path.read_bytes()
    except OSError as problem:
        raise fail(f"cannot be read ({problem.strerror})") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        raise fail(f"not UTF-8 text (byte 0x{data[problem.start]:02x})", line, column) from None
    tree = parse_tree(text, shown)
    if tree.bare:
        raise fail("is empty, or holds nothing but comments; write {} if that is what you mean", 1, 1)
    return tree


def parse_tree(text: str, shown: str) -> Tree:
    """Turn YAML text into a tree; see `read_tree`. Trees are never changed, so short texts are parsed once."""
    return _remembered(text, shown) if len(text) <= _MOST_REMEMBERED else _parsed(text, shown)


@lru_cache(maxsize=128)
def _remembered(text: str, shown: str) -> Tree:
    return _parsed(text, shown)


def _parsed(text: str, shown: str) -> Tree:
    reader = _Reader(shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ReusedAnchorWarning)
            node = reader.yaml.compose(text)
    except ReusedAnchorWarning as problem:
        named = str(problem).partition("duplicate anchor ")[2].split("\n", 1)[0]
        raise ScenarioError([Problem(shown, 0, 0, "", f"not valid YAML: the anchor {named} is given twice")]) from None
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = f"not valid YAML: {problem.problem or problem.context}"
        raise ScenarioError([Problem(shown, line, column, "", message)]) from None
    except (YAMLError, ValueError, RecursionError, NotImplementedError) as problem:
        first = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise ScenarioError([Problem(shown, 0, 0, "", f"not valid YAML: {first}")]) from None
    if node is None:
        return Tree({}, Mark(shown, 1, 1), bare=True)
    try:
        tree = reader.tree(node, "", 0, ())
    except ScenarioError as problem:
        raise ScenarioError([*reader.problems[:-1], *problem.problems]) from None
    if not isinstance(tree.value, dict):
        reader.complain(node, "", "must be a mapping of names to values")
    if reader.problems:
        raise ScenarioError(reader.problems)
    return tree
