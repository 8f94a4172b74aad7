"""What a phase did, in rows of whole numbers that both crowds write alike: for finding where two runs part."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.agents import AgentsCrowd
from sim.crowd.columns.noticed import noticed_posts
from sim.crowd.compiled import CompiledCrowd
from sim.errors import CrowdsDiffer
from sim.vocabulary import DIRECT_KEY, MEASURES, TICK_CLASSES

if TYPE_CHECKING:
    from sim.model import Society
    from sim.phases import Phase

Ints = NDArray[np.int64]
Trace = dict[str, Ints]
"""By rule: rows in canonical order, the user first (-1 where nobody in particular)."""
COLUMNS = {
    "notice": ("user", "item", "place", "receiver"),
    "sight": ("user", "item", "place", "receiver", "n"),
    "belief": ("user", "topic", "bits of the belief"),
    "report": ("user", "item", "place", "receiver"),
    "leave": ("user", "venue"),
    "join": ("user", "venue"),
    "pass on": ("user", "item", "place", "hops", "copied"),
    "post": ("user", "item", "place", "receiver", "hops", "copied", "echo", "source"),
    "case": ("author", "place", "subject", "receiver", "source"),
    "verdict": ("author", "place", "subject", "receiver", "verdict"),
    "removal": ("author", "item", "place", "receiver"),
    "sanction": ("user or venue", "sanction", "subject", "wrong"),
    "count": ("nobody", "class", *MEASURES, "backlog"),
}
"""The rules that are compared, with the names of the numbers in their rows."""


def _rows(rows: Any, width: int) -> Ints:
    made = np.array(rows, dtype=np.int64).reshape(-1, width)
    return np.unique(made, axis=0) if len(made) else made


def trace(model: "Society", phase: str) -> Trace:
    """Return what the phase that has just been carried out did."""
    crowd = model.crowd
    if phase in ("detect", "review", "enforce", "forward", "record"):
        return _trace_of_tables(model, phase)
    if isinstance(crowd, AgentsCrowd):
        return _trace_of_agents(model, crowd, phase)
    return _trace_of_columns(crowd, phase) if isinstance(crowd, CompiledCrowd) else {}


def _trace_of_tables(model: "Society", phase: str) -> Trace:
    crowd, tick = model.crowd, model.tick
    if phase == "record":
        rows = model.tick_rows()[-len(TICK_CLASSES) :]
        rows[:, 0] = -1
        return {"count": _rows(rows, len(COLUMNS["count"]))}
    if phase in ("detect", "review"):
        cases = crowd.case_rows()
        now = cases[cases[:, 0] == tick] if phase == "detect" else cases[cases[:, 10] == tick]
        last = now[:, 4] if phase == "detect" else now[:, 9]
        rule = "case" if phase == "detect" else "verdict"
        return {rule: _rows(np.column_stack([now[:, 7], now[:, 1], now[:, 2], now[:, 3], last]), 5)}
    posts = crowd.post_columns()
    names = ("author", "item", "place", "receiver")
    if phase == "enforce":
        removed = np.column_stack([posts[name] for name in names])[posts["removed"] == tick]
        sanctions = crowd.sanction_rows()
        now = sanctions[sanctions[:, 0] == tick][:, [2, 1, 3, 4]]
        return {"removal": _rows(removed, 4), "sanction": _rows(now, 4)}
    made = np.column_stack([posts[name] for name in (*names, "hops", "copied", "echo", "source")])
    return {"post": _rows(made[posts["tick"] == tick], 8)}


def _trace_of_agents(model: "Society", crowd: AgentsCrowd, phase: str) -> Trace:
    if phase == "read":
        noticed = [(user.number, e) for user in crowd.noticing for e in user.noticed]
        return {"notice": _rows([(u, e.slot.item, e.slot.place, e.slot.receiver) for u, e in noticed], 4)}
    if phase != "react":
        return {}
    sights = [(u, e.slot.item, e.slot.place, e.slot.receiver, e.n) for u, e in crowd.reacted]
    beliefs = [
        (u, topic, int(np.float64(belief).view(np.int64)))
        for u in {u for u, _ in crowd.reacted}
        for topic, belief in enumerate(model.users[u].belief)
    ]
    out = model.outbox
    passed = [
        (f.author, f.item, place, 0 if f.copied else model.posts.hops[f.parent] + 1, f.copied)
        for f in out.forwards
        for place in f.targets.tolist()
    ]
    return {
        "sight": _rows(sights, 5),
        "belief": _rows(beliefs, 3),
        "report": _rows([(u, s.item, s.place, s.receiver) for s, u in out.reports], 4),
        "leave": _rows([(u, v) for v, u in out.leaves], 2),
        "join": _rows([(u, v) for v, u in out.joins], 2),
        "pass on": _rows(passed, 5),
    }


def _trace_of_columns(crowd: CompiledCrowd, phase: str) -> Trace:
    posts = crowd.posts.rows
    if phase not in ("read", "react"):
        return {}

    def where(numbers: NDArray[Any]) -> list[NDArray[Any]]:
        sendings = posts.hot[posts.of[numbers]]
        venue = sendings["venue"].astype(np.int64)
        place = np.where(venue >= 0, venue, DIRECT_KEY + sendings["author"].astype(np.int64))
        return [sendings["item"], place, posts.to[numbers] - 1]

    users, numbers = noticed_posts(crowd.noticed)
    if phase == "read":
        return {"notice": _rows(np.column_stack([users, *where(numbers)]), 4)}
    out = crowd.decisions
    reports, leaves, joins = (int(n) for n in out.fill[:3])
    who = np.unique(users)
    beliefs = crowd.belief[who].astype(np.float64)
    topics = np.tile(np.arange(beliefs.shape[1]), len(who))
    bits = np.column_stack([np.repeat(who, beliefs.shape[1]), topics, beliefs.ravel().view(np.int64)])
    reported = out.report_post[:reports]
    return {
        "sight": _rows(np.column_stack([users, *where(numbers), out.numbers[: len(users)]]), 5),
        "belief": _rows(bits, 3),
        "report": _rows(np.column_stack([out.report_user[:reports], *where(reported)]), 4),
        "leave": _rows(np.column_stack([out.leave_user[:leaves], out.leave_venue[:leaves]]), 2),
        "join": _rows(np.column_stack([out.join_user[:joins], out.join_venue[:joins]]), 2),
        "pass on": _rows(np.column_stack(crowd.forwards()), 5),
    }


def compare(tick: int, phase: str, agents: Trace, compiled: Trace) -> None:
    """Raise CrowdsDiffer at the first user and rule in which two traces differ."""
    for rule in COLUMNS:
        one, other = agents.get(rule), compiled.get(rule)
        if one is None or other is None or (one.shape == other.shape and (one == other).all()):
            continue
        here, there = {tuple(r) for r in one.tolist()}, {tuple(r) for r in other.tolist()}
        first = min(here ^ there)
        form = "agents" if first in here else "compiled"
        words = ", ".join(f"{name} {value}" for name, value in zip(COLUMNS[rule], first, strict=True))
        raise CrowdsDiffer(
            f"the two crowds differ: tick {tick}, phase {phase}, user {first[0]}, rule '{rule}': only {form} has "
            f"({words}); {len(here ^ there)} rows differ"
        )


def run_both(
    agents: "Society",
    compiled: "Society",
    phases: "tuple[Phase, ...]",
    progress: "Callable[[Society], None] | None" = None,
) -> None:
    """Run two societies side by side, phase by phase, to the end; raise CrowdsDiffer where they first differ."""
    if isinstance(agents.crowd, AgentsCrowd):
        agents.crowd.tracing = True
    while agents.running:
        for phase in phases:
            for model in (agents, compiled):
                model.crowd.carry_out(phase)
            compare(agents.tick, phase.name, trace(agents, phase.name), trace(compiled, phase.name))
        for model in (agents, compiled):
            model.advance()
        if progress is not None:
            progress(compiled)
