"""Detection routes at work: which of the new posts a route brings to the reviewers."""

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw3, fold, name_key
from sim.errors import RunError
from sim.scenario.kinds import DetectionRoute, NewPosts

Ints = NDArray[np.int64]


def route_streams(routes: tuple[DetectionRoute, ...], stream: int) -> list[int]:
    """Return the stream of each route: keyed by its kind, and its place among those of the same kind."""
    names = [str(route.kind) for route in routes]  # type: ignore[attr-defined]
    return [int(fold(fold(stream, name_key(name)), names[:i].count(name))) for i, name in enumerate(names)]


@compiled
def _draws(stream: int, keys: Ints, places: Ints, receivers: Ints) -> NDArray[np.float64]:
    out = np.empty(keys.size)
    for i in range(keys.size):
        out[i] = draw3(stream, keys[i], places[i], receivers[i] + 1)
    return out


def found_by(
    route: DetectionRoute, stream: int, posts: NewPosts, keys: Ints, places: Ints, receivers: Ints
) -> NDArray[np.bool_]:
    """Return which posts a route finds: one draw for each, keyed by item, place and receiver."""
    chance = np.asarray(route.chance(posts), dtype=np.float64)
    kind = str(route.kind)  # type: ignore[attr-defined]
    if chance.shape != (len(posts),) or not ((chance >= 0.0) & (chance <= 1.0)).all():
        raise RunError(
            f"detection route '{kind}': must return {len(posts)} probabilities in 0 to 1, got {chance!r:.200}"
        )
    hits: NDArray[np.bool_] = _draws(stream, keys, places, receivers) < chance
    return hits
