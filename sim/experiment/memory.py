"""How much memory a run takes, before it is asked for; and how much there is: of the machine, or what it may use."""

import contextlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.errors import InputError
from sim.scenario.scenario import Scenario, digest_of
from sim.scenario.venues import Venues

_BASE = 325.0
"""MB of a process that runs next to nothing: libraries, compiled code, and tables on their way to a file."""
_USER, _MEMBERSHIP, _ITEM = 420.0, 20.0, 1900.0
"""Bytes a user, a membership of a channel or group at the start, and a tracked item with its posts."""
_AGENTS = 8.0
"""How many times what a run adds to its process it takes in the form of agents."""


def _memberships(venues: Venues, users: int) -> float:
    """Return how many memberships of one kind of venue are expected."""
    if venues.per_user is not None:
        return float(venues.per_user * users)
    sizes = venues.size.quantiles(np.linspace(0.0005, 0.9995, 1000, dtype=np.float64))
    mean = float(np.minimum(sizes, max(2.0, venues.largest_share * users)).mean())
    return venues.per_1000_users * users / 1000.0 * mean


def _items(scenario: Scenario, days: float) -> float:
    """Return how many tracked items are expected to be started within some days."""
    each = 0.0
    for stream in scenario.content.streams.values():
        lasting = days if stream.until is None else min(days, float(stream.until) / 24.0)
        each += stream.per_1000_users_day * scenario.world.users / 1000.0 * lasting
    return each


def estimated_mb(scenario: Scenario, *, agents: bool = False) -> float:
    """Return the most memory that the process of a run is expected to use (MB), from users, venues, streams and days.

    Fitted to ten runs of 5,000 to 300,000 users over 10 to 90 days (tests/experiment/test_memory.py); streams with
    `contest` or `found` were not among them.
    """
    return _estimated(digest_of(scenario.resolved()), _Held(scenario), agents)


class _Held:
    """A scenario that is no part of the key of a cache."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@lru_cache(maxsize=256)
def _estimated(key: str, held: _Held, agents: bool) -> float:
    scenario, users = held.scenario, held.scenario.world.users
    members = _memberships(scenario.world.channels, users) + _memberships(scenario.world.groups, users)
    items = _items(scenario, float(scenario.time.days))
    added = (_USER * users + _MEMBERSHIP * members + _ITEM * items) / 1024.0**2
    return _BASE + added * (_AGENTS if agents else 1.0)


def limit_mb() -> tuple[float, str]:
    """Return how much memory there is at most (MB), and whose limit that is."""
    limits = [(_machine_mb(), "this machine")]
    limits += [(mb, "its control group (cgroup)") for mb in _group_limits()]
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            limits.append((soft / 1024.0**2, "this process (ulimit -v)"))
    return min(limits)


def _machine_mb() -> float:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024.0**2
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _group_limits(system: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[float]:
    """Return the limits of the control groups that this process is in, of both versions (MB)."""
    found: list[float] = []
    with contextlib.suppress(OSError):
        for line in own.read_text(encoding="utf-8").splitlines():
            _, kinds, place = line.split(":", 2)
            if kinds == "":
                root, name = system, "memory.max"
            elif "memory" in kinds.split(","):
                root, name = system / "memory", "memory.limit_in_bytes"
            else:
                continue
            here = root / place.lstrip("/")
            for folder in (here, *here.parents):
                with contextlib.suppress(OSError, ValueError):
                    found.append(int((folder / name).read_text(encoding="ascii")) / 1024.0**2)
                if folder == root:
                    break
    return found


def words_of_limit() -> str:
    """Return the limit in words, for the end of a sentence."""
    mb, whose = limit_mb()
    return f" ({whose} has {_words(mb)})" if mb < float("inf") else ""


def _words(mb: float) -> str:
    return f"{mb / 1024.0:,.1f} GB" if mb >= 1024.0 else f"{mb:,.0f} MB"


def check_memory(scenarios: Sequence[Scenario], workers: int = 1, *, agents: bool = False) -> None:
    """Raise InputError, with what would fit, if runs of these scenarios side by side need more memory than there is."""
    need, largest = max(((estimated_mb(s, agents=agents), i) for i, s in enumerate(scenarios)), default=(0.0, 0))
    limit, whose = limit_mb()
    whole = workers * need + (_BASE if workers > 1 else 0.0)
    if whole <= limit:
        return
    fits = int((limit - _BASE) // need) if need <= limit - _BASE else 1
    if workers > 1 and need <= limit:
        raise InputError(
            f"{workers} runs side by side need about {_words(whole)} of memory, and {whose} has {_words(limit)}: "
            f"{max(1, fits)} fit (--workers {max(1, fits)})"
        )
    users = _users_that_fit(scenarios[largest], limit, agents)
    what = f"about {users:,} users fit (world.users)" if users >= 2 else "no number of users fits"
    raise InputError(
        f"a run of {scenarios[largest].world.users:,} users over {scenarios[largest].time.days:g} days needs about "
        f"{_words(need)} of memory, and {whose} has {_words(limit)}: {what}"
    )


def _users_that_fit(scenario: Scenario, limit: float, agents: bool) -> int:
    low, high = 0, scenario.world.users
    while high - low > max(1, low // 100):
        middle = (low + high) // 2
        world = scenario.world.model_copy(update={"users": middle})
        fits = estimated_mb(scenario.model_copy(update={"world": world}), agents=agents) <= limit
        low, high = (middle, high) if fits else (low, middle)
    return low
