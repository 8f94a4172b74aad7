"""An experiment: one question, its arms (policies), and its design."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sim.errors import nearest
from sim.experiment.space import Axis
from sim.outcomes import OUTCOMES
from sim.scenario.fields import MOST_NUMBER, Listed, Name, Part, made, param
from sim.scenario.recording import TABLES
from sim.vocabulary import MOST_SEED

HEADLINES = (
    "harmful_views",
    "illegal_views",
    "conspiracy_views",
    "harmless_views",
    "lawful_removed",
    "lost_posts",
    "lost_posts_to_come",
    "staff_cost",
)


EVENT_UNITS = ("% of runs", "% of simulations")
"""Units of outcomes that are events: they happen in a run or not."""
HELD = "-law-held"
"""End of the name of an arm in which nothing follows from the law."""
WITHOUT = "--without-"
"""Between the name of an arm and that of the tool that it does without."""


def is_side_arm(name: str) -> bool:
    """Whether an arm is run beside a policy to tell what does its work, and is no policy of the comparison itself."""
    return name.endswith(HELD) or WITHOUT in name


class Arm(Part):
    """One policy of the comparison: a policy file that replaces the scenario's policy, and single values on top."""

    title: str = param("", "name in the report; if empty, the title of the policy", unit="words", max_length=80)
    scenario: Name | None = param(
        None,
        "scenario of this arm, instead of the base scenario, relative to this file; its world differs, so that "
        "paired runs share seeds only",
        unit="path",
    )
    policy: Name | None = param(
        None, "policy file that replaces the scenario's policy, relative to this file", unit="path"
    )
    set: dict[str, Any] = made(dict, "values to set, by path", unit="path: value")


class Until(Part):
    """Adds paired runs while the interval of a difference is too wide."""

    outcome: Name = param("harm", "outcome whose difference from the reference is used", unit="outcome")
    half_width: float = param(
        1.0, "half-width of the 95 % interval at which to stop", unit="of the outcome", ge=1e-12, le=MOST_NUMBER
    )
    relative: bool = param(False, "whether half_width is a share of the mean under the reference", unit="yes/no")
    max_pairs: int = param(100, "maximum number of paired runs", unit="pairs", ge=2, le=100_000)


class Design(Part):
    """Number of paired runs and their seeds, and the points of the space that a sweep visits."""

    kind: Literal["grid", "one-at-a-time", "latin-hypercube", "sobol", "table"] = param(
        "grid",
        "points of the space: all combinations, each axis separately, a Latin hypercube sample, a sample for Sobol "
        "indices, or the rows of a table",
        unit="word",
    )
    samples: int = param(
        64,
        "samples of a Latin hypercube; base samples of a Sobol design (a power of 2)",
        unit="samples",
        ge=2,
        le=1_000_000,
    )
    second_order: bool = param(False, "whether a Sobol design also covers second-order interactions", unit="yes/no")
    table: Name | None = param(
        None, "CSV file of points, relative to this file: a header of paths, values as in YAML", unit="path"
    )
    until: Until | None = param(
        None, "adds paired runs while a difference is not yet clear; none means never", unit="section"
    )

    pairs: int = param(
        8, "paired runs: every policy runs once with the random numbers of each pair", unit="pairs", ge=1, le=100_000
    )
    seed: int = param(1, "seed from which the seeds of all paired runs are derived", unit="number", ge=0, le=MOST_SEED)
    seeds_per_world: int = param(
        1,
        "paired runs per world; their mean counts once in an interval",
        unit="pairs",
        ge=1,
        le=1_000,
    )
    fixed_world: bool = param(
        False,
        "one world for all paired runs: narrower intervals, which do not generalise to other worlds",
        unit="yes/no",
    )


class Twin(Part):
    """Which cascade the report shows side by side."""

    item: int | None = param(
        None, "number of the item; none means the harmful one with most readers", unit="item", ge=0, le=10**12
    )
    arm: Name | None = param(
        None, "policy shown beside the reference; none means the one that reduced its readers most", unit="arm"
    )
    pair: int = param(0, "number of the paired run, from 0", unit="pair", ge=0, le=100_000)


class Headline(Part):
    """What the first sentence of the answer is."""

    form: Literal["effect", "matrix", "decomposition", "probability"] = param(
        "effect",
        "effect: the difference that each policy makes to the first outcome; probability: in how many simulations an "
        "event happens under each policy; matrix: under which law the conditions for a sanction are met, by policy or "
        "platform; decomposition: how much each of the `paths` contributes to the first outcome",
        unit="word",
    )
    openings: dict[str, str] = made(
        dict,
        "of a decomposition: what the answer opens with if this path, or sum of paths, contributes more than every "
        "other, in paired differences; where none is given it says so by name",
        unit="path: words",
    )


class Experiment(Part):
    """A comparison as written in a file."""

    name: Name | None = param(None, "name, also of the results folder; none means the name of the file", unit="words")
    question: str = param("", "the question it answers", unit="words", max_length=2000)
    scenario: Name = param("scenario.yaml", "base scenario, relative to this file", unit="path")
    reference: Name | None = param(
        None, "baseline policy with which the others are compared; none means the first", unit="arm"
    )
    arms: dict[str, Arm] = made(dict, "policies by name", unit="mapping", min_length=2, max_length=50)
    space: dict[str, Axis] = made(
        dict,
        "fields that a sweep varies, by path: a list of values, or {low, high, scale, levels, whole, unit}",
        unit="path: values",
        max_length=100,
    )
    ranges: Name | None = param(
        None,
        "file of plausible ranges of assumed values, relative to this file, used by `rumorlab sensitivity`",
        unit="path",
    )
    hold_law: bool = param(
        False,
        "whether every policy is also run with the law held fixed: the compliance record is kept but nothing "
        "follows, so that the direct effect of a policy is shown beside its total effect",
        unit="yes/no",
    )
    attribute: bool = param(
        False,
        "whether every arm with more than one tool (removals, bans, labels, limits and so on) is run without each of "
        "them too, so that the comparison says which tool does what",
        unit="yes/no",
    )
    paths: dict[str, dict[str, Any]] = made(
        dict,
        "causal paths that `rumorlab causes` cuts: the values that cut each path, by name",
        unit="name: {path: value}",
        max_length=6,
    )
    path_sums: dict[str, Listed[Name]] = made(
        dict,
        "paths that the answer tells as one, by the name of their sum, with each of them beside it",
        unit="name: list of paths",
        max_length=3,
    )
    keep: Listed[str] = param(
        (),
        "tables of every run that a sweep keeps, in addition to the outcomes: ticks, items, ...",
        unit="list of tables",
    )
    design: Design = made(Design, "number of paired runs, seeds and points", unit="section")
    outcomes: Listed[Name] = param(HEADLINES, "headline outcomes, in order", unit="list of outcomes", min_length=1)
    sizes: Listed[Annotated[int, Field(ge=10, le=100_000_000)]] = param(
        (),
        "other numbers of users at which `compare` also runs the policies, with at most 8 paired runs each, so that "
        "the answer says from which number of users on its effects hold; all sizes stand for the same persons",
        unit="list of users",
        max_length=6,
    )
    headline: Headline = made(Headline, "form of the first sentence of the answer", unit="section")
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
            if is_side_arm(name):
                raise ValueError(
                    f"@arms.{name}@a name with '{WITHOUT}' in it or '{HELD}' at its end is kept for others"
                )
        for name in self.outcomes:
            if name not in OUTCOMES:
                raise ValueError(f"@outcomes@unknown outcome '{name}'{nearest(name, list(OUTCOMES))}")
        self._sums_are_of_paths()
        self._headline_can_be_told()
        return self

    def _sums_are_of_paths(self) -> None:
        summed = [path for paths in self.path_sums.values() for path in paths]
        for name, paths in self.path_sums.items():
            if name in self.paths:
                raise ValueError(f"@path_sums.{name}@'{name}' is the name of a path already")
            if len(paths) < 2:
                raise ValueError(f"@path_sums.{name}@a sum needs at least two paths, got {len(paths)}")
            for path in paths:
                if path not in self.paths:
                    raise ValueError(f"@path_sums.{name}@unknown path '{path}'{nearest(path, list(self.paths))}")
                if summed.count(path) > 1:
                    raise ValueError(f"@path_sums.{name}@'{path}' is in more than one sum, or twice in one")
        told = [*self.path_sums, *(path for path in self.paths if path not in summed)]
        for name in self.headline.openings:
            if name not in told:
                raise ValueError(
                    f"@headline.openings.{name}@no path or sum that is told: '{name}'{nearest(name, told)}"
                )

    def _headline_can_be_told(self) -> None:
        form, outcome = self.headline.form, self.outcomes[0]
        if form == "decomposition" and not self.paths:
            raise ValueError("@headline.form@'decomposition' needs `paths` that can be cut")
        if form == "probability" and OUTCOMES[outcome].unit not in EVENT_UNITS:
            events = [name for name, known in OUTCOMES.items() if known.unit in EVENT_UNITS]
            raise ValueError(
                f"@headline.form@'probability' needs a first outcome that happens in a run or not, and '{outcome}' is "
                f"none: {', '.join(events)}"
            )
