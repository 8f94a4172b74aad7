"""People: everything about a user that is fixed before the run, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw1, fold, name_key, start
from sim.rules.delay import nearest_level
from sim.scenario.scenario import Scenario
from sim.vocabulary import Purpose

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reals = NDArray[np.float32]
"""What is fixed about a person is kept in single precision: both crowds compute from the same 32 bits."""
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int32]
ATTENTION, SHARING, CREDULITY, TRUST, INTEREST = range(5)
"""Columns of `People.traits`; the interests follow from the last on."""


@dataclass(frozen=True)
class People:
    """Columns over users (n) and topics (k)."""

    country: Bytes
    """Position of the country, shape (n,)."""
    persona: Bytes
    """Position of the persona, shape (n,)."""
    level: Bytes
    """Level of activity, a row of the delay table, shape (n,)."""
    traits: Reals
    """Attention, sharing, credulity, trust, then interest by topic: shape (n, 4 + k); they are read together."""
    belief: Reals
    """Belief at the start, shape (n, k)."""

    @property
    def attention(self) -> Reals:
        """Posts noticed a day, shape (n,)."""
        return self.traits[:, ATTENTION]

    @property
    def sharing(self) -> Reals:
        """Readiness to pass on, shape (n,)."""
        return self.traits[:, SHARING]

    @property
    def credulity(self) -> Reals:
        """How far an exposure moves her beliefs, shape (n,)."""
        return self.traits[:, CREDULITY]

    @property
    def trust(self) -> Reals:
        """Trust in the platform, shape (n,)."""
        return self.traits[:, TRUST]

    @property
    def interest(self) -> Reals:
        """Interest, shape (n, k)."""
        return self.traits[:, INTEREST:]

    def __len__(self) -> int:
        return len(self.country)


@compiled
def uniforms(stream: int, n: int) -> Floats:
    """Return one draw for each of the keys 0..n-1."""
    out = np.empty(n)
    for i in range(n):
        out[i] = draw1(stream, i)
    return out


def pick(shares: list[float], u: Floats) -> Ints:
    """Return which share each draw falls into; the shares follow each other in the order of the scenario."""
    edges = np.zeros(len(shares))
    total = 0.0
    for i, share in enumerate(shares):
        total += share
        edges[i] = total
    edges[-1] = 1.0
    return np.searchsorted(edges, u, side="right").astype(np.int64)


def make_people(scenario: Scenario, seed: int, n: int) -> People:
    """Draw the people of a world from its seed."""
    world = scenario.world

    def of(purpose: Purpose) -> Floats:
        drawn: Floats = uniforms(start(seed, int(purpose)), n)
        return drawn

    personas = list(world.personas.values())
    persona = pick([p.share for p in personas], of(Purpose.PERSONA))
    country = pick([c.share for c in world.countries.values()], of(Purpose.COUNTRY))
    traits = np.zeros((n, INTEREST + len(scenario.topics)), dtype=np.float32)
    activity, belief = np.zeros(n, dtype=np.float32), np.zeros((n, len(scenario.topics)), dtype=np.float32)
    columns = {"attention": traits[:, ATTENTION], "sharing": traits[:, SHARING], "credulity": traits[:, CREDULITY]}
    columns |= {"trust": traits[:, TRUST], "activity": activity}
    for name, column in columns.items():
        u = of(Purpose[name.upper()])
        for position, kind in enumerate(personas):
            mine = persona == position
            column[mine] = getattr(kind, name).quantiles(u[mine])
    for name, table in (("belief", belief), ("interest", traits[:, INTEREST:])):
        root = start(seed, int(Purpose[name.upper()]))
        for k, topic in enumerate(scenario.topics):
            u = uniforms(fold(root, name_key(topic)), n)
            for position, kind in enumerate(personas):
                form = getattr(kind, f"{name}s").get(topic, getattr(kind, name))
                mine = persona == position
                table[mine, k] = form.quantiles(u[mine])
    return People(
        country=country.astype(np.uint8),
        persona=persona.astype(np.uint8),
        level=nearest_level(activity).astype(np.uint8),
        traits=traits,
        belief=belief,
    )
