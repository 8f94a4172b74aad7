"""What a sweep runs: the points of its design, the runs over them, and their batches."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sim.errors import InputError, Problem, ScenarioError
from sim.experiment import space as spaces
from sim.experiment.batch import Batch, Run, key_of, scenario_at, words_of
from sim.experiment.factors import FACTOR
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.space import Point, changes_world
from sim.scenario.load import value_at
from sim.scenario.places import inside, shown
from sim.scenario.scenario import digest_of

MOST_IN_BATCH = 16


def points_of(plan: Plan) -> list[Point]:
    """Return the points that the design takes from the space."""
    design, space = plan.design, plan.space
    if design.kind == "table":
        path = inside(str(design.table), plan.source[0].resolve().parent, plan.root)
        if path is None or not path.is_file():
            raise InputError(f"design.table: no such file below {shown(plan.root)}: {design.table}")
        return spaces.read_table(path, shown(path))
    if not space:
        return [{}]
    if design.kind == "one-at-a-time":
        return spaces.one_at_a_time(space)
    if design.kind == "latin-hypercube":
        return spaces.latin_hypercube(space, design.samples, design.seed)
    if design.kind == "sobol":
        return spaces.sobol(space, design.samples, design.seed, second_order=design.second_order)
    return spaces.grid(space)


def check_points(plan: Plan, points: list[Point]) -> None:
    """Raise ScenarioError unless every value of every axis can be, each by itself, in every arm.

    Of factors, which are kept within the bounds of their field, the smallest and the largest are tried.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    ends: dict[str, set[float]] = {}
    for point in points:
        for path in (path for path in point if path.endswith(FACTOR)):
            known = ends.setdefault(path, {point[path]})
            ends[path] = {min(*known, point[path]), max(*known, point[path])}
    for point in points:
        for path, value in point.items():
            text = words_of({path: value})[0]
            if text in seen or len(seen) > 2_000 or value not in ends.get(path, (value,)):
                continue
            seen.add(text)
            for arm in plan.arms:
                try:
                    assert arm.tree is not None
                    scenario_at(arm.tree, {path: value}, ())
                except ScenarioError as error:
                    problems += [replace(p, file=f"space ({text}, arm {arm.name})") for p in error.problems]
                    break
    if problems:
        raise ScenarioError(list({(p.field, p.message): p for p in reversed(problems)}.values())[::-1])
    for point in {tuple(point): point for point in reversed(points)}.values():
        check_arms_differ(plan.arms, point)


def check_arms_differ(arms: Sequence[PlannedArm], point: Point) -> None:
    """Raise InputError if arms that differ are one and the same scenario with what a point sets in all of them."""
    found: dict[str, PlannedArm] = {}
    for arm in arms:
        assert arm.tree is not None
        here = scenario_at(arm.tree, point, tuple(arm.scenario.record.tables)).hash()
        other = found.setdefault(here, arm)
        one, two = other.scenario.resolved(), arm.scenario.resolved()
        own = [path for path in point if value_at(one, path) != value_at(two, path)]
        if own:
            raise InputError(
                f"{' and '.join(own)}: set in every arm, so that '{other.name}' and '{arm.name}' are the same "
                "scenario: what the arms set themselves cannot be varied beside them"
            )


def runs_of(plan: Plan, points: list[Point], pairs: Iterable[int], which: Iterable[int] | None = None) -> list[Run]:
    """Return all runs over points and pairs, those that share a world next to each other."""
    worlds: dict[str, list[int]] = {}
    for index in range(len(points)) if which is None else which:
        own = {path: value for path, value in points[index].items() if changes_world(path)}
        worlds.setdefault(digest_of(own), []).append(index)
    hashes = {arm.name: arm.scenario.hash() for arm in plan.arms}
    made = []
    for pair in pairs:
        world_seed, seed = plan.seeds(pair)
        for indices in worlds.values():
            for index in indices:
                for arm in plan.arms:
                    key = key_of(hashes[arm.name], points[index], world_seed, seed)
                    made.append(Run(index, arm.name, pair, world_seed, seed, key))
    return made


def batches_of(
    plan: Plan,
    points: list[Point],
    runs: list[Run],
    workers: int,
    *,
    crowd: str = "auto",
    settle: tuple[str, ...] = (),
    command: str = "",
) -> list[Batch]:
    """Cut runs into batches, none across two worlds."""
    most = max(1, min(MOST_IN_BATCH, math.ceil(len(runs) / (4 * workers))))
    arms = {arm.name: arm.tree for arm in plan.arms if arm.tree is not None}
    made: list[Batch] = []
    group: list[Run] = []

    def close() -> None:
        if group:
            mine = {run.point: points[run.point] for run in group}
            used = {name: arms[name] for name in {run.arm for run in group}}
            made.append(Batch(tuple(group), mine, used, plan.root, plan.keep, crowd, command, settle))
            group.clear()

    last: tuple[int, str] | None = None
    for run in runs:
        own = {path: value for path, value in points[run.point].items() if changes_world(path)}
        world = (run.world_seed, digest_of(own))
        if len(group) >= most or (last is not None and world != last):
            close()
        group.append(run)
        last = world
    close()
    return made


def shard_of(runs: list[Run], shard: tuple[int, int] | None) -> list[Run]:
    """Return the runs of one shard: those of every n-th pair of point and seeds, all arms of it together."""
    if shard is None:
        return runs
    number, count = shard
    return [run for run in runs if int(digest_of([run.point, run.pair])[:12], 16) % count == number - 1]
