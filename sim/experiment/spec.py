"""An experiment: one question, its arms (policies), and its design."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sim.draws import subseed
from sim.errors import InputError, Problem, ScenarioError, nearest
from sim.experiment.space import Axis, Interval, Ranges
from sim.outcomes import OUTCOMES
from sim.scenario.fields import Listed, Name, Part, made, param
from sim.scenario.load import edited, finish, inside, locate, override, read_resolved, root_of, shown, validate
from sim.scenario.recording import TABLES
from sim.scenario.scenario import Scenario, digest_of
from sim.scenario.tree import Mark, Tree
from sim.vocabulary import Purpose
from sim.world.build import settle_users

HEADLINES = ("harmful_views", "illegal_views", "conspiracy_views", "harmless_views", "lawful_removed", "staff_cost")


HELD = "-law-held"
"""End of the name of an arm in which nothing follows from the law."""
_HELD = ("law.hazards=0", "law.arrest=null", "law.deterrence=0")


class Arm(Part):
    """One policy of the comparison: a policy file in place of the scenario's, and single values on top."""

    title: str = param("", "name in the report; the policy's own title if empty", unit="words", max_length=80)
    scenario: Name | None = param(
        None,
        "scenario of this arm in place of the base, from this file: with a world of its own, pairs share seeds "
        "and no more",
        unit="path",
    )
    policy: Name | None = param(None, "policy file that replaces the scenario's policy, from this file", unit="path")
    set: dict[str, Any] = made(dict, "values to set, by path", unit="path: value")


class Until(Part):
    """More pairs where the interval of a difference is still wide."""

    outcome: Name = param("harm", "outcome whose difference from the reference counts", unit="outcome")
    half_width: float = param(
        1.0, "half of the 95 % interval at which it is narrow enough", unit="of the outcome", gt=0.0
    )
    relative: bool = param(False, "whether half_width is a share of the mean of the reference", unit="yes/no")
    max_pairs: int = param(100, "pairs at which it stops however wide the interval is", unit="pairs", ge=2, le=100_000)


class Design(Part):
    """How often and with which seeds; and which points of the space a sweep takes."""

    kind: Literal["grid", "one-at-a-time", "latin-hypercube", "sobol", "table"] = param(
        "grid",
        "points of the space: all combinations, each axis by itself, samples spread over all axes, samples for Sobol "
        "indices, or the lines of a table",
        unit="word",
    )
    samples: int = param(
        64,
        "samples of a Latin hypercube; base samples of a Sobol design (a power of 2)",
        unit="samples",
        ge=2,
        le=1_000_000,
    )
    second_order: bool = param(False, "whether a Sobol design is for interactions of two too", unit="yes/no")
    table: Name | None = param(
        None, "CSV file of points, from this file: a header of paths, values as in YAML", unit="path"
    )
    until: Until | None = param(
        None, "more pairs where a difference is not clear yet; none means never", unit="section"
    )

    pairs: int = param(8, "pairs of seeds; every arm runs once on each", unit="pairs", ge=1, le=100_000)
    seed: int = param(1, "seed from which every pair's world and dynamics are derived", unit="number", ge=0)
    seeds_per_world: int = param(
        1,
        "pairs that share a world before the next one is made; their mean counts once in an interval, and a bootstrap "
        "draws worlds, then pairs within them",
        unit="pairs",
        ge=1,
        le=1_000,
    )
    fixed_world: bool = param(
        False, "one world for all pairs: narrower intervals, which then say nothing about other worlds", unit="yes/no"
    )


class Twin(Part):
    """Which cascade the report shows side by side."""

    item: int | None = param(
        None, "number of the item; none means the harmful one with most readers", unit="item", ge=0
    )
    arm: Name | None = param(None, "arm beside the reference; none means the one that cut its readers most", unit="arm")
    pair: int = param(0, "pair of seeds", unit="pair", ge=0)


class Experiment(Part):
    """A comparison as written in a file."""

    name: Name = param("comparison", "name; results go to a folder of this name", unit="words")
    question: str = param("", "the question it answers", unit="words", max_length=2000)
    scenario: Name = param("scenario.yaml", "base scenario, from this file", unit="path")
    reference: Name | None = param(None, "arm against which the others are set; none means the first", unit="arm")
    arms: dict[str, Arm] = made(dict, "policies by name", unit="mapping", min_length=2, max_length=50)
    space: dict[str, Axis] = made(
        dict,
        "fields that a sweep varies, by path: a list of values, or {low, high, scale, levels, whole, unit}",
        unit="path: values",
        max_length=100,
    )
    ranges: Name | None = param(
        None,
        "file of ranges of the assumed values, from this file, over which `rumorlab sensitivity` tries the answer",
        unit="path",
    )
    hold_law: bool = param(
        False,
        "whether every arm is run with the law held fixed too: the record is kept and nothing follows, so that "
        "the effect "
        "of a policy by itself stands beside its total effect",
        unit="yes/no",
    )
    paths: dict[str, dict[str, Any]] = made(
        dict,
        "paths between cause and effect that `rumorlab causes` cuts: what is set, by path of the scenario, to cut each",
        unit="name: {path: value}",
        max_length=6,
    )
    keep: Listed[str] = param(
        (), "tables of every run that a sweep keeps, beside the outcomes: ticks, items, ...", unit="list of tables"
    )
    design: Design = made(Design, "how often, with which seeds, at which points", unit="section")
    outcomes: Listed[Name] = param(HEADLINES, "headline outcomes, in this order", unit="list of outcomes", min_length=1)
    twin: Twin = made(Twin, "which cascade the report shows side by side", unit="section")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.design.kind == "table" and (self.design.table is None or self.space):
            raise ValueError("@design@kind: table needs `table`, a CSV file, and no `space`")
        if self.design.kind in ("latin-hypercube", "sobol", "one-at-a-time") and not self.space:
            raise ValueError(f"@design.kind@'{self.design.kind}' needs a `space`")
        for path, axis in self.space.items():
            if isinstance(axis, tuple) and not axis:
                raise ValueError(f"@space.{path}@needs at least one value")
        for table in self.keep:
            if table not in TABLES or table == "views":
                known = [name for name in TABLES if name != "views"]
                raise ValueError(f"@keep@no such table to keep: '{table}'{nearest(table, known)}")
        if self.design.until is not None and self.design.until.outcome not in OUTCOMES:
            outcome = self.design.until.outcome
            raise ValueError(f"@design.until.outcome@unknown outcome '{outcome}'{nearest(outcome, list(OUTCOMES))}")
        for name, word in ((self.reference, "reference"), (self.twin.arm, "twin.arm")):
            if name is not None and name not in self.arms:
                raise ValueError(f"@{word}@unknown arm '{name}'{nearest(name, list(self.arms))}")
        for name in self.arms:
            if not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(f"@arms.{name}@the name of an arm is made of letters, digits, - and _ (got '{name}')")
        for name in self.outcomes:
            if name not in OUTCOMES:
                raise ValueError(f"@outcomes@unknown outcome '{name}'{nearest(name, list(OUTCOMES))}")
        return self


@dataclass(frozen=True)
class PlannedArm:
    """One arm, ready to run."""

    name: str
    title: str
    scenario: Scenario
    tree: Tree | None = None
    """The scenario as it was written, on which a sweep sets its values."""


@dataclass(frozen=True)
class Plan:
    """A comparison, ready to run."""

    name: str
    question: str
    arms: tuple[PlannedArm, ...]
    reference: str
    design: Design
    outcomes: tuple[str, ...]
    twin: Twin
    root: Path
    source: tuple[Path, ...]
    overrides: tuple[str, ...] = ()
    """Values set in every arm, as 'path=value'."""
    space: dict[str, Any] = field(default_factory=dict)
    """Fields that a sweep varies."""
    keep: tuple[str, ...] = ()
    """Tables that a sweep keeps of every run."""
    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What cuts each path between cause and effect."""
    ranges: dict[str, Interval] = field(default_factory=dict)
    """How far assumed values could lie from what the scenario says, by path."""

    def command(self) -> str:
        """Return the command that repeats the comparison."""
        design = self.design
        words = ["rumorlab", "compare", *(str(p) if not p.is_absolute() else p.name for p in self.source)]
        words += ["--seeds", str(design.pairs), "--seed", str(design.seed)]
        words += ["--fixed-world"] if design.fixed_world else []
        for text in self.overrides:
            words += ["--set", text]
        return shlex.join(words)

    def seeds(self, pair: int) -> tuple[int, int]:
        """Return (world seed, seed of the dynamics) of a pair."""
        number = 0 if self.design.fixed_world else pair // self.design.seeds_per_world
        return subseed(self.design.seed, int(Purpose.PAIR_WORLD), number), subseed(
            self.design.seed, int(Purpose.PAIR_DYNAMICS), pair
        )

    def worlds(self, pairs: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return the world of each pair, shape (pairs,); None where all have their own, or all the same one."""
        shared = self.design.seeds_per_world
        return None if shared == 1 or self.design.fixed_world else pairs // shared

    def hash(self) -> str:
        """Return SHA-256 of what determines the results, but for the number of pairs and which cascade is shown."""
        design = {"seed": self.design.seed, "fixed_world": self.design.fixed_world}
        if self.design.seeds_per_world > 1:
            design["seeds_per_world"] = self.design.seeds_per_world
        arms = {arm.name: [arm.title, arm.scenario.hash()] for arm in self.arms}
        return digest_of({"arms": arms, "order": list(arms), "reference": self.reference, "design": design})

    def with_design(self, **changes: Any) -> "Plan":
        """Return the plan with another number of pairs, seed or world."""
        given = {key: value for key, value in changes.items() if value is not None}
        return replace(self, design=Design.model_validate({**self.design.model_dump(), **given}))


def is_experiment(path: Path) -> bool:
    """Whether a file is an experiment rather than a scenario: it has arms."""
    return "arms" in read_resolved(path).value


def _title(scenario: Scenario) -> str:
    """Return how an arm is named where its experiment does not say: by its policies, one after the other."""
    return " then ".join(dict.fromkeys(policy.title for _, policy in scenario.policies()))


def load_experiment(path: Path, overrides: Sequence[str] = ()) -> Plan:
    """Load an experiment file, with overrides of every arm; raises ScenarioError with every problem."""
    tree, root = read_resolved(path), root_of(path)
    spec = validate(tree, Experiment)
    folder = path.resolve().parent

    def follow(name: str, field: str, mark: Mark) -> Path:
        found = inside(name, folder, root)
        if found is None or not found.is_file():
            words = f"'{name}' leaves the folder {shown(root)}" if found is None else f"no such file: {shown(found)}"
            raise ScenarioError([Problem(mark.file, mark.line, mark.column, field, words)])
        return found

    base_mark = tree.value["scenario"].mark if "scenario" in tree.value else tree.mark
    base_path = follow(spec.scenario, "scenario", base_mark)
    base = read_resolved(base_path, root)
    arms: list[PlannedArm] = []
    problems: list[Problem] = []
    for name, arm in spec.arms.items():
        changed, arm_tree = base, tree.value["arms"].value[name]
        try:
            if arm.scenario is not None:
                changed = read_resolved(
                    follow(arm.scenario, f"arms.{name}.scenario", arm_tree.value["scenario"].mark), root
                )
            if arm.policy is not None:
                policy = follow(arm.policy, f"arms.{name}.policy", arm_tree.value["policy"].mark)
                changed = override(changed, ["policy"], read_resolved(policy, root))
            for field in arm.set:
                changed = override(changed, field.split("."), arm_tree.value["set"].value[field])
            changed = edited(changed, overrides)
            scenario = finish(changed, base_path).scenario
            arms.append(PlannedArm(name, arm.title or _title(scenario), scenario, changed))
            if spec.hold_law:
                held = edited(changed, _HELD)
                title = f"{arm.title or _title(scenario)}, law held fixed"
                arms.append(PlannedArm(name + HELD, title, finish(held, base_path).scenario, held))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    _comparable(arms, worlds=all(arm.scenario is None for arm in spec.arms.values()))
    ranges: dict[str, Interval] = {}
    if spec.ranges is not None:
        ranges = validate(read_resolved(follow(spec.ranges, "ranges", tree.value["ranges"].mark), root), Ranges).ranges
    titles = [arm.title for arm in arms]
    arms = [arm if titles.count(arm.title) == 1 else replace(arm, title=arm.name) for arm in arms]
    return Plan(
        name=spec.name,
        question=spec.question,
        arms=tuple(arms),
        reference=spec.reference or arms[0].name,
        design=spec.design,
        outcomes=spec.outcomes,
        twin=spec.twin,
        root=root,
        source=(path,),
        overrides=tuple(overrides),
        space=dict(spec.space),
        keep=tuple(spec.keep),
        ranges=ranges,
        paths=dict(spec.paths),
    )


def plan_of_scenarios(paths: list[Path], overrides: list[str], *, alone: bool = False) -> Plan:
    """Compare scenario files with each other; the first is the reference. `alone`: one is enough."""
    if len(paths) < 2 and not alone:
        raise InputError("compare needs an experiment file, or at least two scenario files")
    arms: list[PlannedArm] = []
    for path in paths:
        scenario = finish(read_resolved(path), path, overrides).scenario
        name = path.stem
        while any(arm.name == name for arm in arms):
            name += "-2"
        title = scenario.policy.title
        arms.append(PlannedArm(name, title if all(arm.title != title for arm in arms) else name, scenario))
    _comparable(arms)
    return Plan(
        name="-against-".join(arm.name for arm in arms[:2]),
        question="",
        arms=tuple(arms),
        reference=arms[0].name,
        design=Design(),
        outcomes=HEADLINES,
        twin=Twin(),
        root=root_of(paths[0]),
        source=tuple(paths),
        overrides=tuple(overrides),
    )


def _comparable(arms: list[PlannedArm], *, worlds: bool = True) -> None:
    for what in ("world", "time") if worlds else ("time",):
        if len({digest_of(arm.scenario.resolved()[what]) for arm in arms}) > 1:
            raise InputError(f"arms differ in `{what}`: a paired comparison needs the same {what} in every arm")


def settle(plan: Plan) -> tuple[Plan, list[str]]:
    """Where a file of contacts decides how many users there are, return the plan with that number, and notes."""
    settled = [(arm, *settle_users(arm.scenario, lambda file: locate(file, plan.root))) for arm in plan.arms]
    arms = tuple(replace(arm, scenario=scenario) for arm, scenario, _ in settled)
    return replace(plan, arms=arms), list(dict.fromkeys(note for *_, note in settled if note))


def load_settled_experiment(
    path: Path, overrides: Sequence[str], pairs: int | None
) -> tuple[Plan, tuple[str, ...], list[str]]:
    """Load an experiment; where a file decides how many users there are, return also the override that says so."""
    plan = load_experiment(path, overrides).with_design(pairs=pairs)
    settled, notes = settle(plan)
    users = settled.arms[0].scenario.world.users
    changed = users != plan.arms[0].scenario.world.users
    return settled, (f"world.users={users}",) if changed else (), notes


def plan_of_manifest(manifest: Mapping[str, Any], folder: Path) -> Plan:
    """Return what every manifest says of its plan; raises KeyError, TypeError or ValueError if it is damaged."""
    arms = tuple(
        PlannedArm(name, arm["title"], Scenario.model_validate(arm["scenario"]))
        for name, arm in manifest["arms"].items()
    )
    return Plan(
        name=manifest["name"],
        question=manifest["question"],
        arms=arms,
        reference=manifest["reference"],
        design=Design.model_validate(manifest["design"]),
        outcomes=tuple(manifest["outcomes"]),
        twin=Twin(),
        root=folder,
        source=(),
    )
