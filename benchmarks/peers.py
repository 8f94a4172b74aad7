"""Cascades and epidemics on one network: Rumorlab beside other libraries and bare kernels, as ratios.

python benchmarks/peers.py [--sizes 10000 100000 1000000] [--repeat 5] [--write docs/peers.md]
(pip install ndlib EoN for the other libraries; one that is missing is left out, and said so)

Barabasi-Albert network with 5 ties a newcomer, a thousandth of the users as seeds, 50 steps at most. The independent
cascade has a probability of .1 a tie; the SIR epidemic infects with .05 a tie and step and recovers with .2 a step
(EoN's fast SIR: at these rates, in continuous time). Rumorlab runs ordinary scenarios: messages to contacts, passed on
once; in the epidemic they are read at random visits, and senders take them back. Building is timed apart. Each table
is made in a process of its own. In it, Rumorlab's runs and those of the bare kernel follow each other, each letting its
memory go before the next, as in a sweep; the middle one counts. 'System' is what the operating system took of a run,
most of it to give memory that was not in use before: on a virtual machine that hands memory back to its host, much for
whoever asks for it in a short time.
"""

import argparse
import gc
import importlib
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import mesa
import networkx as nx
import numpy as np

from sim.arithmetic import compiled
from sim.draws import fold, start, unit
from sim.exam.setups import persons_reached, spreading, who_started
from sim.model import Society
from sim.scenario.scenario import Scenario
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.build import make_world

P, TIES, STEPS = 0.1, 5, 50
INFECTION, RECOVERY = 0.05, 0.2


class Row(NamedTuple):
    """What one contestant took."""

    name: str
    build: float
    run: float
    system: float
    reached: int


@compiled
def bare_cascade(first: Any, other: Any, seeds: Any, target: int, key: int) -> int:
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


@compiled
def bare_epidemic(first: Any, other: Any, seeds: Any, target: int, key: int) -> int:
    """Return how many an SIR epidemic reaches: a keyed draw for each tie of the infected, in every step."""
    state = np.zeros(first.size - 1, dtype=np.int8)
    now, later = np.empty(first.size - 1, dtype=np.int64), np.empty(first.size - 1, dtype=np.int64)
    infected = 0
    for user in seeds:
        state[user] = 1
        now[infected] = user
        infected += 1
    reached = infected
    root = fold(target, key)
    for step in range(STEPS):
        fresh = 0
        for i in range(infected):
            mine = fold(fold(root, step), now[i])
            for k in range(first[now[i]], first[now[i] + 1]):
                if state[other[k]] == 0 and unit(fold(mine, other[k])) < INFECTION:
                    state[other[k]] = 1
                    later[fresh] = other[k]
                    fresh += 1
        reached += fresh
        for i in range(infected):
            if unit(fold(fold(root, step + STEPS), now[i])) >= RECOVERY:
                later[fresh] = now[i]
                fresh += 1
            else:
                state[now[i]] = 2
        now, later = later, now
        infected = fresh
    return reached


class Person(mesa.Agent):
    """A node of the idiomatic Mesa model."""

    def __init__(self, model: mesa.Model, node: int) -> None:
        super().__init__(model)
        self.node, self.state, self.tick = node, 0, -1

    def step(self) -> None:
        """Infect neighbours: in a cascade once, in the step after being infected; in an epidemic until recovery."""
        if self.state != 1 or self.tick == self.model.steps:
            return
        for node in self.model.graph[self.node]:
            other = self.model.people[node]
            if other.state == 0 and self.model.random.random() < self.model.infection:
                other.state, other.tick = 1, self.model.steps
        if self.model.random.random() < self.model.recovery:
            self.state = 2


class MesaSpread(mesa.Model):
    """A spread as Mesa's examples write such models."""

    def __init__(self, graph: nx.Graph, seeds: list[int], infection: float, recovery: float) -> None:
        super().__init__(rng=1)
        self.graph, self.infection, self.recovery = graph, infection, recovery
        self.people = [Person(self, node) for node in range(len(graph))]
        for node in seeds:
            self.people[node].state = 1

    def step(self) -> None:
        """One step of everybody."""
        self.agents.shuffle_do("step")

    def reach(self) -> int:
        """Run to the end; return how many were reached."""
        for _ in range(STEPS):
            self.step()
            if not any(person.state == 1 for person in self.people):
                break
        return sum(person.state > 0 for person in self.people)


def _cascade(n: int) -> Scenario:
    return spreading(
        n, {"kind": "barabasi-albert", "ties": TIES}, P, items=1, ticks=STEPS,
        content={"streams": {"item": {"seeds": max(1, n // 1000)}}},
    )  # fmt: skip


def _epidemic(n: int) -> Scenario:
    return spreading(
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


class Took(NamedTuple):
    """Seconds of some work, in all and in the operating system."""

    seconds: float
    system: float


def _timed(work: Callable[[], Any]) -> tuple[Took, Any]:
    began, system = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_stime
    result = work()
    seconds = time.perf_counter() - began
    return Took(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_stime - system), result


def _reach(society: Society) -> None:
    while society.running and society.tick <= STEPS:
        society.step()


def _eon(kind: str, graph: nx.Graph, seeds: list[int]) -> int:
    eon = importlib.import_module("EoN")
    if kind == "cascade":
        found = eon.basic_discrete_SIR(graph, P, initial_infecteds=seeds)
    else:
        found = eon.fast_SIR(graph, INFECTION, RECOVERY, initial_infecteds=seeds, tmax=float(STEPS))
    return int(found[3][-1] + found[2][-1])


def _ndlib(kind: str, graph: nx.Graph, seeds: list[int]) -> int:
    models = importlib.import_module("ndlib.models.epidemics")
    config = importlib.import_module("ndlib.models.ModelConfig").Configuration()
    model = models.IndependentCascadesModel(graph) if kind == "cascade" else models.SIRModel(graph)
    config.add_model_initial_configuration("Infected", seeds)
    if kind == "cascade":
        for edge in graph.edges():
            config.add_edge_configuration("threshold", edge, P)
    else:
        config.add_model_parameter("beta", INFECTION)
        config.add_model_parameter("gamma", RECOVERY)
    model.set_initial_status(config)
    counts: dict[int, int] = {}
    for _ in range(STEPS):
        counts = model.iteration(node_status=False)["node_count"]
        if counts[1] == 0:
            break
    return int(counts[1] + counts[2])


def contest(kind: str, n: int, repeat: int) -> list[Row]:
    """Return what each took for one kind of spread; Rumorlab first."""
    scenario = _cascade(n) if kind == "cascade" else _epidemic(n)
    build, world = _timed(lambda: make_world(scenario, 1))
    runs = []
    for turn in range(repeat + 1):  # the first compiles, if need be
        society = Society(scenario, 1, world=world, crowd="compiled")
        runs.append(_timed(partial(_reach, society))[0])
        if turn < repeat:
            del society
            gc.collect()  # as `run_scenario` does: mesa's models are in circles, and would keep their memory
    reached, seeds, key = len(persons_reached(society, 0)), who_started(society, 0), int(society.items.key[0])
    del society
    gc.collect()
    rows = [Row("Rumorlab, compiled", build.seconds, *sorted(runs[1:])[repeat // 2], reached)]
    bare = bare_cascade if kind == "cascade" else bare_epidemic
    target, ties = int(start(1, int(Purpose.TARGET))), world.contacts.ties
    times = [_timed(lambda: bare(ties.first, ties.other, seeds, target, key)) for _ in range(repeat + 1)]
    middle = sorted(took for took, _ in times[1:])[repeat // 2]
    name = "bare kernel, same draws" if kind == "cascade" else "bare kernel, by steps"
    rows.append(Row(name, build.seconds, *middle, times[0][1]))
    build, graph = _timed(world.contacts.graph)
    chosen = seeds.tolist()
    recovery = 1.0 if kind == "cascade" else RECOVERY
    infection = P if kind == "cascade" else INFECTION
    others: list[tuple[str, Callable[[], int]]] = [
        ("Mesa, idiomatic", MesaSpread(graph, chosen, infection, recovery).reach),
        ("EoN, discrete" if kind == "cascade" else "EoN, fast SIR", lambda: _eon(kind, graph, chosen)),
        ("NDlib", lambda: _ndlib(kind, graph, chosen)),
    ]
    for name, work in others:
        try:
            took, found = _timed(work)
            rows.append(Row(name, build.seconds, *took, found))
        except ImportError as missing:
            print(f"{name}: left out ({missing})")
    return rows


def table(results: dict[tuple[str, int], list[Row]]) -> str:
    """Return all results as Markdown."""
    lines = []
    for (kind, n), rows in results.items():
        words = "Independent cascade" if kind == "cascade" else "SIR epidemic"
        lines += [
            f"## {words}, {n:,} users",
            "",
            "| | build s | run s | of it system s | times Rumorlab's run | persons reached |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        ours = rows[0].run
        lines += [
            f"| {r.name} | {r.build:.2f} | {r.run:.3f} | {r.system:.3f} | {r.run / ours:.2f} | {r.reached:,} |"
            for r in rows
        ]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Print the tables, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    results: dict[tuple[str, int], list[Row]] = {}
    for n in given.sizes:
        for kind in ("cascade", "epidemic"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                results[kind, n] = alone.submit(contest, kind, n, given.repeat).result()
            print(table({(kind, n): results[kind, n]}), flush=True)
    if given.write:
        about = (__doc__ or "").split("\n\n")[-1].strip()
        made = "Made by `python benchmarks/peers.py --write docs/peers.md`, on one core."
        head = f"# Beside other libraries\n\n{made}\n{about}\n\n"
        given.write.write_text(head + table(results), encoding="utf-8")


if __name__ == "__main__":
    main()
