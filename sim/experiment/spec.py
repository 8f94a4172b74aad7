"""An experiment: one question, its arms (policies), and its design."""

from typing import Any, Literal, Self

from pydantic import model_validator

from sim.errors import nearest
from sim.experiment.space import Axis
from sim.outcomes import OUTCOMES
from sim.scenario.fields import Listed, Name, Part, made, param
from sim.scenario.recording import TABLES

HEADLINES = ("harmful_views", "illegal_views", "conspiracy_views", "harmless_views", "lawful_removed", "staff_cost")


HELD = "-law-held"
"""End of the name of an arm in which nothing follows from the law."""


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

    name: Name | None = param(None, "name; results go to a folder of it; none means that of the file", unit="words")
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
