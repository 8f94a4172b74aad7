"""Cascades and epidemics on one network: Rumorlab beside other libraries and a bare kernel, as ratios.

python benchmarks/peers.py [--sizes 10000 100000] [--repeat 3]      (pip install ndlib EoN for the other libraries)

Barabasi-Albert network with 5 ties a newcomer, a thousandth of the users as seeds, 50 steps at most. The independent
cascade has a probability of .1 a tie; the SIR epidemic infects with .05 a tie and step and recovers with .2 a step
(EoN's fast SIR: at these rates, in continuous time). Rumorlab runs ordinary scenarios: messages to contacts, passed on
once; in the epidemic they are read at random visits, and senders take them back. Building is timed apart.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import mesa
import networkx as nx
import numpy as np

from sim.arithmetic import compiled
from sim.draws import fold, start, unit
from sim.exam.setups import persons_reached, spreading, who_started
from sim.model import Society
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.build import make_world

P, TIES, STEPS = 0.1, 5, 50
INFECTION, RECOVERY = 0.05, 0.2


@compiled
def bare(first: Any, other: Any, seeds: Any, target: int, key: int) -> int:
    """Return how many a cascade reaches: one keyed draw for each tie, no tables, no delays, no messages."""
    reached = np.zeros(first.size - 1, dtype=np.bool_)
    frontier = np.empty(first.size - 1, dtype=np.int64)
    end = 0
    for user in seeds:
        reached[user] = True
        frontier[end] = user
        end += 1
    begin = 0
    root = fold(target, key)
    while begin < end:
        user = frontier[begin]
        begin += 1
        mine = fold(root, user)
        for k in range(first[user], first[user + 1]):
            if unit(fold(mine, DIRECT_KEY + other[k])) < P and not reached[other[k]]:
                reached[other[k]] = True
                frontier[end] = other[k]
                end += 1
    return end


class Person(mesa.Agent):
    """A node of the idiomatic Mesa model."""

    def __init__(self, model: mesa.Model, node: int) -> None:
        super().__init__(model)
        self.node, self.state, self.tick = node, 0, -1

    def step(self) -> None:
        """Infect neighbours once, in the step after being infected."""
        if self.state != 1 or self.tick == self.model.steps:
            return
        for node in self.model.graph[self.node]:
            other = self.model.people[node]
            if other.state == 0 and self.model.random.random() < P:
                other.state, other.tick = 1, self.model.steps
        self.state = 2


class MesaCascade(mesa.Model):
    """The independent cascade as Mesa's examples write such models."""

    def __init__(self, graph: nx.Graph, seeds: list[int]) -> None:
        super().__init__(rng=1)
        self.graph = graph
        self.people = [Person(self, node) for node in range(len(graph))]
        for node in seeds:
            self.people[node].state = 1

    def step(self) -> None:
        """One step of everybody."""
        self.agents.shuffle_do("step")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def peers(n: int, repeat: int) -> list[tuple[str, float, float, int]]:
    """Return (name, seconds to build, seconds to run, persons reached) of each."""
    scenario = spreading(
        n, {"kind": "barabasi-albert", "ties": TIES}, P, items=1, ticks=STEPS,
        content={"streams": {"item": {"seeds": max(1, n // 1000)}}},
    )  # fmt: skip
    build, world = _timed(lambda: make_world(scenario, 1))
    rows = []
    runs, reached, seeds = [], 0, np.zeros(0, dtype=np.int64)
    for _ in range(repeat + 1):
        society = Society(scenario, 1, world=world, crowd="compiled")
        seconds, _ = _timed(society.run_model)
        runs.append(seconds)
        reached, seeds = len(persons_reached(society, 0)), who_started(society, 0)
    rows.append(("Rumorlab, compiled", build, statistics.median(runs[1:]), reached))
    key, target = int(society.items.key[0]), int(start(1, int(Purpose.TARGET)))
    first, other = world.contacts.first, world.contacts.other
    bare(first, other, seeds, target, key)
    times = [_timed(lambda: bare(first, other, seeds, target, key)) for _ in range(repeat)]
    rows.append(("bare kernel, same draws", build, statistics.median(t for t, _ in times), times[0][1]))
    build, graph = _timed(world.contacts.graph)
    chosen = seeds.tolist()

    def mesa_run() -> int:
        model = MesaCascade(graph, chosen)
        for _ in range(STEPS):
            model.step()
            if not any(person.state == 1 for person in model.people):
                break
        return sum(person.state > 0 for person in model.people)

    seconds, found = _timed(mesa_run)
    rows.append(("Mesa, idiomatic", build, seconds, found))
    try:
        eon = importlib.import_module("EoN")
        seconds, found = _timed(lambda: eon.basic_discrete_SIR(graph, P, initial_infecteds=chosen))
        rows.append(("EoN, discrete", build, seconds, int(found[3][-1] + found[2][-1])))
    except ImportError:
        print("EoN is not installed: left out")
    try:
        ep = importlib.import_module("ndlib.models.epidemics")
        mc = importlib.import_module("ndlib.models.ModelConfig")

        def ndlib_run() -> int:
            model = ep.IndependentCascadesModel(graph)
            config = mc.Configuration()
            config.add_model_initial_configuration("Infected", chosen)
            for edge in graph.edges():
                config.add_edge_configuration("threshold", edge, P)
            model.set_initial_status(config)
            counts = {}
            for _ in range(STEPS):
                counts = model.iteration(node_status=False)["node_count"]
                if counts[1] == 0:
                    break
            return int(counts[1] + counts[2])

        seconds, found = _timed(ndlib_run)
        rows.append(("NDlib", build, seconds, found))
    except ImportError:
        print("NDlib is not installed: left out")
    return rows


class MesaSir(mesa.Model):
    """An SIR epidemic as Mesa's examples write such models."""

    def __init__(self, graph: nx.Graph, seeds: list[int]) -> None:
        super().__init__(rng=1)
        self.graph = graph
        self.people = [Patient(self, node) for node in range(len(graph))]
        for node in seeds:
            self.people[node].state = 1

    def step(self) -> None:
        """One step of everybody."""
        self.agents.shuffle_do("step")


class Patient(mesa.Agent):
    """A node of the epidemic."""

    def __init__(self, model: mesa.Model, node: int) -> None:
        super().__init__(model)
        self.node, self.state = node, 0

    def step(self) -> None:
        """Infect neighbours, perhaps recover."""
        if self.state != 1:
            return
        for node in self.model.graph[self.node]:
            other = self.model.people[node]
            if other.state == 0 and self.model.random.random() < INFECTION:
                other.state = 1
        if self.model.random.random() < RECOVERY:
            self.state = 2


def epidemics(n: int, repeat: int) -> list[tuple[str, float, float, int]]:
    """Return (name, seconds to build, seconds to run, persons reached) of each, for the SIR epidemic."""
    scenario = spreading(
        n, {"kind": "barabasi-albert", "ties": TIES}, 1.0, items=1, ticks=2,
        time={"days": 3, "tick_hours": 1.0},
        content={"streams": {"item": {"seeds": max(1, n // 1000), "until": "1 h", "per_1000_users_day": 24_000.0 / n}}},
        world={
            "personas": {"everyone": {"activity": INFECTION / (1.0 - INFECTION)}},
            "countries": {"somewhere": {"awake_hours": 24, "awake_from": 0}},
            "direct": {"withdrawal": f"{1.0 / RECOVERY:g} h"},
        },
        behaviour={"reading": "visits"},
    )  # fmt: skip
    build, world = _timed(lambda: make_world(scenario, 1))
    runs, reached, seeds = [], 0, np.zeros(0, dtype=np.int64)
    for _ in range(repeat + 1):
        society = Society(scenario, 1, world=world, crowd="compiled")
        seconds = 0.0
        while society.tick < STEPS:
            took, _ = _timed(society.step)
            seconds += took
        runs.append(seconds)
        reached, seeds = len(persons_reached(society, 0)), who_started(society, 0)
    rows = [("Rumorlab, compiled", build, statistics.median(runs[1:]), reached)]
    build, graph = _timed(world.contacts.graph)
    chosen = seeds.tolist()

    def mesa_run() -> int:
        model = MesaSir(graph, chosen)
        for _ in range(STEPS):
            model.step()
        return sum(person.state > 0 for person in model.people)

    seconds, found = _timed(mesa_run)
    rows.append(("Mesa, idiomatic", build, seconds, found))
    try:
        eon = importlib.import_module("EoN")
        seconds, found = _timed(
            lambda: eon.fast_SIR(graph, INFECTION, RECOVERY, initial_infecteds=chosen, tmax=float(STEPS))
        )
        rows.append(("EoN, fast SIR", build, seconds, int(found[3][-1] + found[2][-1])))
    except ImportError:
        print("EoN is not installed: left out")
    try:
        ep = importlib.import_module("ndlib.models.epidemics")
        mc = importlib.import_module("ndlib.models.ModelConfig")

        def ndlib_run() -> int:
            model = ep.SIRModel(graph)
            config = mc.Configuration()
            config.add_model_parameter("beta", INFECTION)
            config.add_model_parameter("gamma", RECOVERY)
            config.add_model_initial_configuration("Infected", chosen)
            model.set_initial_status(config)
            counts: dict[int, int] = {}
            for _ in range(STEPS):
                counts = model.iteration(node_status=False)["node_count"]
            return int(counts[1] + counts[2])

        seconds, found = _timed(ndlib_run)
        rows.append(("NDlib", build, seconds, found))
    except ImportError:
        print("NDlib is not installed: left out")
    return rows


def main() -> None:
    """Print a table for each size, with ratios to Rumorlab's run time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    for n in given.sizes:
        for words, measure in (("independent cascade", peers), ("SIR epidemic", epidemics)):
            rows = measure(n, given.repeat)
            ours = rows[0][2]
            print(f"\n{n:,} users, {words}\n{'':26} {'build s':>8} {'run s':>9} {'ratio':>8} {'reached':>9}")
            for name, build, seconds, reached in rows:
                print(f"{name:26} {build:8.2f} {seconds:9.4f} {seconds / ours:8.2f} {reached:9,}", flush=True)


if __name__ == "__main__":
    main()
