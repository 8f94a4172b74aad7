"""The scale check: whether outcomes per head, and the ranking of the policies, hold at other numbers of users."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.experiment.claims import beside, folder_for, write_beside
from sim.experiment.compare import Tell, comparison_claim, run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.intervals import Kind, kind_of
from sim.experiment.legal import has_regimes, legal_matrix
from sim.experiment.paired import mean_interval
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.store import code_hash, to_json
from sim.experiment.wording import joined, noun
from sim.outcomes import OUTCOMES
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario, digest_of

SIZES = (2_000, 5_000, 20_000, 200_000)
TOLERANCE = 0.1
FILE = "scale.json"
PAIRS = 8
"""Most paired runs at another size, where a comparison makes them by itself."""


def resized(scenario: Scenario, users: int) -> Scenario:
    """Return a scenario with another number of users, who stand for the same persons; only ticks are written."""
    if not scenario.world.can_be_resized:
        raise InputError("a world from a file has the size that it has: the scale check needs a generated one")
    persons = scenario.world.users * scenario.world.persons_per_user
    world = {"users": users, "persons_per_user": persons / users}
    data = scenario.resolved()
    data["world"] |= world  # type: ignore[operator]
    data["record"] |= {"tables": ["ticks"]}  # type: ignore[operator]
    return Scenario.model_validate(data)


def with_and_without(plan: Plan) -> Plan:
    """Return a plan of one arm with a second one, in which nothing is moderated, as its reference."""
    (arm,) = plan.arms
    none = arm.scenario.model_copy(update={"policy": Policy(), "phases": ()})
    arms = (PlannedArm("no-moderation", none.policy.title, none), arm)
    return replace(plan, arms=arms, side=(), reference="no-moderation")


def key_of(plan: Plan) -> str:
    """Return a hash of what is compared, whatever the number of users."""
    arms = []
    for arm in plan.arms:
        data = arm.scenario.resolved()
        world = {k: v for k, v in data["world"].items() if k not in ("users", "persons_per_user")}  # type: ignore[attr-defined]
        arms.append([arm.name, {**data, "world": world, "record": None, "name": "", "description": ""}])
    return digest_of([arms, plan.reference])


@dataclass(frozen=True)
class PerHead:
    """One outcome of one policy at one size: mean over the runs, with the half of its 95 % interval."""

    outcome: str
    arm: str
    users: int
    mean: float
    half_width: float
    relative: float
    """Against the largest size."""
    verdict: str
    """agrees, within noise, or differs; not defined."""


@dataclass(frozen=True)
class Effect:
    """What a policy does to the first outcome at one size, against the reference; shares of the reference's mean."""

    outcome: str
    arm: str
    title: str
    users: int
    relative: float
    low: float
    high: float


@dataclass(frozen=True)
class Law:
    """Whether the conditions for the heaviest sanction of a law were met at one size."""

    arm: str
    title: str
    regime: str
    law: str
    users: int
    met: int
    pairs: int
    cannot_tell: int = 0
    """Pairs with too few cases to judge by."""

    @property
    def told(self) -> bool:
        """Whether most of the paired runs have enough cases to judge by."""
        return 2 * self.cannot_tell < self.pairs

    @property
    def mostly(self) -> int:
        """Whether the conditions were met in most of the paired runs that can be judged: 1, -1 if not, 0 for half."""
        twice, judged = 2 * self.met, self.pairs - self.cannot_tell
        return (twice > judged) - (twice < judged)


@dataclass(frozen=True)
class Ranking:
    """The order of the policies by one outcome at all sizes."""

    outcome: str
    order: tuple[str, ...]
    """At the largest size, lowest first."""
    undecided: int
    """Pairs of policies whose difference has an interval around zero at some size."""
    reversed: tuple[tuple[str, str], ...]
    """Pairs that are clearly ordered one way at one size and the other way at another."""


@dataclass(frozen=True)
class Scale:
    """What came of a scale check."""

    key: str
    sizes: tuple[int, ...]
    pairs: int
    tolerance: float
    per_head: tuple[PerHead, ...]
    rankings: tuple[Ranking, ...]
    command: str
    effects: tuple[Effect, ...] = ()
    law: tuple[Law, ...] = ()

    def law_sentences(self) -> list[str]:
        """Say whether the legal matrix is the same at all sizes, by most of the paired runs; nothing without laws."""
        cells: dict[tuple[str, str], list[Law]] = {}
        for cell in self.law:
            cells.setdefault((cell.arm, cell.regime), []).append(cell)
        if not cells:
            return []
        judged = [mine for mine in cells.values() if any(cell.told for cell in mine)]
        changing = [mine for mine in judged if {1, -1} <= {cell.mostly for cell in mine if cell.told}]
        said = [
            f"The conditions for the heaviest sanction: {len(judged) - len(changing)} of {len(judged)} cells (policy "
            "or platform, and law) come out the same in most paired runs, at all sizes with enough cases to judge by."
        ]
        for mine in changing:
            counts = ", ".join(f"{cell.met} of {cell.pairs} with {cell.users:,} users" for cell in mine if cell.told)
            said.append(f"Differs with size: {mine[0].title} under {mine[0].law}: met in {counts}.")
        for mine in judged:
            if few := [f"{cell.users:,}" for cell in mine if not cell.told]:
                where = f"{mine[0].title} under {mine[0].law}"
                said.append(f"Too few cases to judge by with {joined(few)} users: {where}.")
        return said

    def holds_from(self, arm: str) -> int:
        """Return the smallest size from which on the effect of a policy agrees with that at the largest size.

        Two effects agree if they lie within their intervals of each other, and within a tenth of the larger one.
        """
        mine = sorted((effect for effect in self.effects if effect.arm == arm), key=lambda effect: -effect.users)
        last = mine[0]
        holds = last.users
        for effect in mine[1:]:
            apart = abs(effect.relative - last.relative)
            noise = math.hypot(effect.high - effect.low, last.high - last.low) / 2.0
            if apart > max(noise, 0.1 * abs(last.relative)):
                break
            holds = effect.users
        return holds

    def effect_sentences(self) -> list[str]:
        """Say how large each effect is at each size, and from which on it holds."""
        said = []
        for arm in dict.fromkeys(effect.arm for effect in self.effects):
            mine = sorted((effect for effect in self.effects if effect.arm == arm), key=lambda effect: effect.users)
            sizes = ", ".join(
                f"{100 * e.relative:+z.1f} % ({100 * e.low:+z.1f} to {100 * e.high:+z.1f}) with {e.users:,} users"
                for e in mine
            )
            holds = self.holds_from(arm)
            ends = (
                f"from {holds:,} users on it does not differ detectably from that with {mine[-1].users:,}"
                if holds < mine[-1].users
                else f"with fewer than {mine[-1].users:,} users it comes out {_otherwise(mine)}"
            )
            said.append(f"Effect of {mine[0].title} on {noun(mine[0].outcome)}, by users simulated: {sizes}; {ends}.")
        return said

    def sentences(self) -> list[str]:
        """Say what holds at other sizes and what does not."""
        sizes = ", ".join(f"{size:,}" for size in self.sizes)
        defined = [row for row in self.per_head if row.verdict != "not defined" and row.users != self.sizes[-1]]
        agree = sum(row.verdict != "differs" for row in defined)
        near = sum(row.verdict == "agrees" for row in defined)
        said = [
            f"{sizes} users, {self.pairs} paired runs each. Of {len(defined)} outcomes per user (outcome, policy and "
            f"size), {near} are within {100 * self.tolerance:g} % of the value at the largest size, {agree - near} are "
            f"farther away but within random variation, and {len(defined) - agree} differ."
        ]
        said += [*self.effect_sentences(), *self.law_sentences()]
        apart: dict[str, list[PerHead]] = {}
        for row in defined:
            if row.verdict == "differs":
                apart.setdefault(row.outcome, []).append(row)
        for outcome, rows in apart.items():
            worst = max(rows, key=lambda row: abs(row.relative))
            at = f"{100 * worst.relative:+z.0f} % ({worst.users:,} users, {worst.arm})"
            said.append(f"Differs: {OUTCOMES[outcome].words}, by up to {at}.")
        turned = [ranking for ranking in self.rankings if ranking.reversed]
        if turned:
            for ranking in turned:
                pairs = "; ".join(f"{a} and {b}" for a, b in ranking.reversed)
                said.append(f"The ranking by {OUTCOMES[ranking.outcome].words} reverses with size: {pairs}.")
        else:
            open_pairs = sum(ranking.undecided for ranking in self.rankings)
            said.append(
                f"No ranking of two policies by a headline outcome reverses with size; {open_pairs} rankings of two "
                "policies are not clear at every size."
            )
        return said


def _otherwise(mine: list[Effect]) -> str:
    """Return how an effect comes out in the largest of the smaller worlds, against the largest one."""
    small, large = mine[-2].relative, mine[-1].relative
    if small * large < 0.0:
        return "with the opposite sign"
    return "too small" if abs(small) < abs(large) else "too large"


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def _half(values: NDArray[np.float64], kind: Kind) -> float:
    low, high = mean_interval(values, kind)
    return math.inf if low is None or high is None else 0.5 * (high - low)


def _verdict(
    values: NDArray[np.float64], last: NDArray[np.float64], tolerance: float, kind: Kind = "level"
) -> tuple[float, str]:
    if not len(values) or not len(last):
        return math.nan, "not defined"
    base, apart = float(last.mean()), float(values.mean() - last.mean())
    relative = apart / base if base else (0.0 if apart == 0.0 else math.inf)
    if abs(relative) <= tolerance:
        return relative, "agrees"
    return relative, "within noise" if abs(apart) <= math.hypot(_half(values, kind), _half(last, kind)) else "differs"


def _defined(comparison: Comparison, arm: str, outcome: str) -> NDArray[np.float64]:
    values = comparison.values(arm, outcome)
    defined: NDArray[np.float64] = values[~np.isnan(values)]
    return defined


def _per_head(found: dict[int, Comparison], plan: Plan, tolerance: float) -> list[PerHead]:
    rows, largest = [], found[max(found)]
    for outcome in plan.outcomes:
        for arm in plan.arms:
            last = _defined(largest, arm.name, outcome)
            for users, comparison in found.items():
                values = _defined(comparison, arm.name, outcome)
                relative, verdict = _verdict(values, last, tolerance, kind_of(outcome))
                mean = _mean(values)
                rows.append(PerHead(outcome, arm.name, users, mean, _half(values, kind_of(outcome)), relative, verdict))
    return rows


def _rankings(found: dict[int, Comparison], plan: Plan) -> list[Ranking]:
    made, largest = [], found[max(found)]
    names = [arm.name for arm in plan.arms]
    for outcome in plan.outcomes:
        means = {
            name: float(np.nanmean(v)) if len(v := _defined(largest, name, outcome)) else math.nan for name in names
        }
        undecided, turned = 0, []
        for a, b in combinations(names, 2):
            signs = []
            for comparison in found.values():
                apart = comparison.difference(a, outcome, b)
                signs.append(int(np.sign(apart.difference)) if apart is not None and apart.settled else 0)
            undecided += 0 in signs and any(signs)
            if {-1, 1} <= set(signs):
                turned.append((a, b))
        made.append(Ranking(outcome, tuple(sorted(names, key=lambda n: means[n])), undecided, tuple(turned)))
    return made


def _effects(found: dict[int, Comparison], plan: Plan) -> list[Effect]:
    """Return the effect of each policy on the first outcome at each size; none where it has no share or no interval."""
    made, first = [], plan.outcomes[0]
    for arm in plan.arms:
        apart = {} if arm.name == plan.reference else {n: c.difference(arm.name, first) for n, c in found.items()}
        rows = [
            Effect(first, arm.name, arm.title, users, one.relative, one.relative_low, one.relative_high)
            for users, one in apart.items()
            if one is not None
            and one.relative is not None
            and one.relative_low is not None
            and one.relative_high is not None
        ]
        made += rows if len(rows) == len(found) else []
    return made


def _law(found: dict[int, Comparison]) -> list[Law]:
    titles = {arm.name: arm.title for comparison in found.values() for arm in comparison.plan.arms}
    return [
        Law(
            cell.arm, titles[cell.arm], cell.regime, cell.title, users, cell.last.met, cell.pairs, cell.last.cannot_tell
        )
        for users, comparison in found.items()
        for cell in legal_matrix(comparison)
        if cell.last is not None
    ]


def check_scale(
    plan: Plan,
    folder: Path,
    sizes: tuple[int, ...],
    *,
    tolerance: float,
    workers: int | None,
    command: str,
    tell: Callable[[int], Tell],
    have: Mapping[int, Comparison] | None = None,
) -> Scale:
    """Run a plan at several numbers of users, in a folder each, and compare; what is there already is reused.

    `have`: comparisons at other sizes that were made before, by number of users.
    """
    found = dict(have or {})
    for size in sorted(set(sizes) - set(found)):
        arms = tuple(replace(arm, scenario=resized(arm.scenario, size)) for arm in plan.arms)
        here = replace(plan, arms=arms, side=())
        place = folder_for(folder / "scale" / str(size), comparison_claim(here))
        found[size] = run_plan(here, place, workers=workers, tell=tell(size))
    found = dict(sorted(found.items()))
    made = Scale(
        key=key_of(plan),
        sizes=tuple(found),
        pairs=plan.design.pairs,
        tolerance=tolerance,
        per_head=tuple(_per_head(found, plan, tolerance)),
        rankings=tuple(_rankings(found, plan)),
        command=command,
        effects=tuple(_effects(found, plan)),
        law=tuple(_law(found)) if has_regimes(plan) else (),
    )
    text = to_json(asdict(made) | {"sentences": made.sentences(), "code": code_hash()})
    write_beside(folder / FILE, text, ("key", "sizes", "pairs", "tolerance", "code"))
    return made


def known_scale(plan: Plan, folder: Path) -> dict[str, Any] | None:
    """Return what a scale check of the same comparison has left in a folder; None if there is none."""
    import json

    for path in beside(folder / FILE):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(data, dict) and data.get("key") == key_of(plan):
            return data
    return None


def runs_at_sizes(plan: Plan) -> int:
    """Return how many runs a comparison makes at other sizes than its own."""
    return len(_other_sizes(plan)) * min(PAIRS, plan.design.pairs) * len(plan.arms)


def _other_sizes(plan: Plan) -> tuple[int, ...]:
    return tuple(sorted(set(plan.sizes) - {plan.arms[0].scenario.world.users}))


def check_sizes(comparison: Comparison, plan: Plan, *, workers: int | None, tell: Tell) -> None:
    """Run a comparison at the other sizes that its experiment names, into its folder; nothing if it names none."""
    others, own = _other_sizes(plan), plan.arms[0].scenario.world.users
    if not others:
        return
    few = plan.with_design(pairs=min(PAIRS, plan.design.pairs))
    each = few.design.pairs * len(plan.arms)

    def told(size: int) -> Tell:
        before = others.index(size) * each
        return lambda done, _, what: tell(before + done, each * len(others), what and f"{size:,} users: {what}")

    check_scale(
        few, comparison.folder, others, tolerance=TOLERANCE, workers=workers, command=plan.command(), tell=told,
        have={own: comparison},
    )  # fmt: skip
