"""A plan: an experiment whose files have been read, with every arm ready to run."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import subseed
from sim.errors import InputError, Problem, ScenarioError
from sim.experiment.fields_named import out_of_bounds, unknown_fields
from sim.experiment.space import Interval, Ranges
from sim.experiment.spec import HEADLINES, HELD, WITHOUT, Arm, Design, Experiment, Headline, Twin
from sim.experiment.tools import arms_without
from sim.scenario.declaring import mistaken
from sim.scenario.load import edited, finish, load_scenario, override, read_resolved, set_value, validate
from sim.scenario.places import inside, locate, root_of, shown
from sim.scenario.scenario import Scenario, digest_of
from sim.scenario.shipped import as_typed, nearest_file
from sim.scenario.tree import Mark, Tree
from sim.vocabulary import Purpose
from sim.world.build import settle_users

_HELD = ("law.hazards=0", "law.arrest=null", "law.deterrence=0")


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
    path_sums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Paths that are told as one, by the name of their sum."""
    ranges: dict[str, Interval] = field(default_factory=dict)
    """How far assumed values could lie from what the scenario says, by path."""
    side: tuple[PlannedArm, ...] = ()
    """Arms that a comparison runs beside its policies, to tell what does their work (spec.is_side_arm): no table,
    ranking or sweep of policies has them."""
    headline: Headline = field(default_factory=Headline)
    """Form of the first sentence of the answer."""
    sizes: tuple[int, ...] = ()
    """Other numbers of users at which a comparison tests its effects."""

    def command(self) -> str:
        """Return the command that repeats the comparison."""
        design = self.design
        words = ["rumorlab", "compare", *map(as_typed, self.source)]
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
        side = {"side": {arm.name: arm.scenario.hash() for arm in self.side}} if self.side else {}
        return digest_of({"arms": arms, "order": list(arms), "reference": self.reference, "design": design, **side})

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


def _as_set(name: str, arm: Arm, tree: Tree, base: Tree, root: Path, follow: Callable[[str, str, Mark], Path]) -> Tree:
    """Return the base scenario as an arm sets it; `follow` finds the files that it names."""
    mine = tree.value["arms"].value[name].value
    if arm.scenario is not None:
        base = read_resolved(follow(arm.scenario, f"arms.{name}.scenario", mine["scenario"].mark), root)
    if arm.policy is not None:
        policy = follow(arm.policy, f"arms.{name}.policy", mine["policy"].mark)
        base = override(base, ["policy"], read_resolved(policy, root))
    for path in arm.set:
        if mine["set"].value[path].bare:
            mark = mine["set"].keys[path]
            words = "nothing stands after this path; write {} for an empty mapping, or null to take away"
            raise ScenarioError([Problem(mark.file, mark.line, mark.column, f"arms.{name}.set.{path}", words)])
        base = set_value(base, path.split("."), mine["set"].value[path])
    return base


def load_experiment(path: Path, overrides: Sequence[str] = ()) -> Plan:
    """Load an experiment file, with overrides of every arm; raises ScenarioError with every problem."""
    tree, root = read_resolved(path), root_of(path)
    try:
        spec = validate(tree, Experiment)
    except ScenarioError as error:
        raise mistaken(error, path, tree, "experiment") from None
    folder = path.resolve().parent

    def follow(name: str, field: str, mark: Mark) -> Path:
        found = inside(name, folder, root)
        if found is None or not found.is_file():
            words = f"'{name}' leaves the folder {shown(root)}"
            if found is not None:
                words = f"no such file: {shown(found)}{nearest_file(found)}"
            raise ScenarioError([Problem(mark.file, mark.line, mark.column, field, words)])
        return found

    base_mark = tree.value["scenario"].mark if "scenario" in tree.value else tree.mark
    base_path = follow(spec.scenario, "scenario", base_mark)
    base = read_resolved(base_path, root)
    arms: list[PlannedArm] = []
    side: list[PlannedArm] = []
    problems: list[Problem] = []
    for name, arm in spec.arms.items():
        try:
            changed = edited(_as_set(name, arm, tree, base, root, follow), overrides, base_path)
            scenario = finish(changed, base_path).scenario
            arms.append(PlannedArm(name, arm.title or _title(scenario), scenario, changed))
            if spec.hold_law:
                held = edited(changed, _HELD)
                title = f"{arm.title or _title(scenario)}, law held fixed"
                side.append(PlannedArm(name + HELD, title, finish(held, base_path).scenario, held))
        except ScenarioError as error:
            problems += error.problems
    problems += [problem for part in ("space", "paths") for problem in unknown_fields(tree, part)]
    problems += out_of_bounds(tree, "space", spec.space)
    ranges: dict[str, Interval] = {}
    if spec.ranges is not None:
        try:
            ranges = read_ranges(read_resolved(follow(spec.ranges, "ranges", tree.value["ranges"].mark), root))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    if spec.headline.form == "matrix" and not any(arm.scenario.law.regimes for arm in arms):
        mark = tree.value["headline"].mark
        words = "'matrix' needs a scenario with legal regimes (law.regimes)"
        raise ScenarioError([Problem(mark.file, mark.line, mark.column, "headline.form", words)])
    if spec.sizes and any(not arm.scenario.world.can_be_resized for arm in arms):
        words = "a world from a file has the size that it has: other sizes need a generated one"
        raise ScenarioError([Problem((mark := tree.value["sizes"].mark).file, mark.line, mark.column, "sizes", words)])
    _comparable(arms, worlds=all(arm.scenario is None for arm in spec.arms.values()))
    titles = [arm.title for arm in arms]
    arms = [arm if titles.count(arm.title) == 1 else replace(arm, title=arm.name) for arm in arms]
    reference = spec.reference or arms[0].name
    if spec.attribute:
        side += _without_each_tool([arm for arm in arms if spec.arms[arm.name].scenario is None], reference)
    return Plan(
        name=spec.name or path.stem,
        question=spec.question,
        arms=tuple(arms),
        reference=reference,
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
        path_sums=dict(spec.path_sums),
        side=tuple(side),
        headline=spec.headline,
        sizes=tuple(spec.sizes),
    )


def read_ranges(tree: Tree) -> dict[str, Interval]:
    """Read a file of ranges; raises ScenarioError with every field that is unknown or cannot have such a value."""
    found = validate(tree, Ranges).ranges
    problems = [*unknown_fields(tree, "ranges"), *out_of_bounds(tree, "ranges", found)]
    if problems:
        raise ScenarioError(problems)
    return found


def _without_each_tool(arms: list[PlannedArm], reference: str) -> list[PlannedArm]:
    """Return each arm without each of its tools, where it has more than one; of their runs only outcomes are kept."""
    made: list[PlannedArm] = []
    for base in (arm.scenario for arm in arms if arm.name == reference):
        for arm in (arm for arm in arms if arm.name != reference):
            for tool, scenario in arms_without(arm.scenario, base):
                record = scenario.record.model_copy(update={"tables": ()})
                kept = scenario.model_copy(update={"record": record})
                made.append(PlannedArm(f"{arm.name}{WITHOUT}{tool.name}", f"{arm.title} without {tool.words}", kept))
    return made


def plan_of_scenarios(paths: list[Path], overrides: list[str], *, alone: bool = False) -> Plan:
    """Compare scenario files with each other; the first is the reference. `alone`: one is enough."""
    if len(paths) < 2 and not alone:
        raise InputError("compare needs an experiment file, or at least two scenario files")
    arms: list[PlannedArm] = []
    for path in paths:
        scenario = load_scenario(path, overrides).scenario
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
    every = (*plan.arms, *plan.side)
    settled = [(arm, *settle_users(arm.scenario, lambda file: locate(file, plan.root))) for arm in every]
    arms = tuple(replace(arm, scenario=scenario) for arm, scenario, _ in settled)
    notes = list(dict.fromkeys(note for *_, note in settled if note))
    return replace(plan, arms=arms[: len(plan.arms)], side=arms[len(plan.arms) :]), notes


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
    arms, side = (
        tuple(
            PlannedArm(name, arm["title"], Scenario.model_validate(arm["scenario"]))
            for name, arm in manifest.get(part, {}).items()
        )
        for part in ("arms", "side_arms")
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
        side=side,
        headline=Headline.model_validate(manifest.get("headline", {})),
    )
