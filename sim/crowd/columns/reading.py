"""Reading: who notices what, of those whose moment has come."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.state import Ints, Persons, Rules
from sim.draws import fold, unit
from sim.rules.notice import notice_probability, rank_weight
from sim.world.columns import BANNED, DOWNRANKED, HAS_LEFT, LABELLED, LIVE, Members, Posts, has_left

_LOW = 0xFFFFFFFF


@compiled
def read(looks: Ints, tick: int, posts: Posts, members: Members, persons: Persons, rules: Rules) -> Ints:
    """Return the looks that notice (user << 32 | row), those at one post mostly together."""
    hot = posts.hot
    fading, openness, status_of = rules.fading, persons.openness, persons.status
    weights, lucks = np.empty(looks.size), np.empty(looks.size)
    for i in range(looks.size):
        user, row = looks[i] >> 32, looks[i] & _LOW
        post = hot[row]
        lucks[i] = unit(fold(post.notice, user))
        flags = post.flags
        weights[i] = rank_weight(
            fading[tick - post.tick] if flags & LIVE and tick <= post.until else 0.0,
            rules.label_notice if flags & LABELLED else 1.0,
            rules.downrank if flags & DOWNRANKED else 1.0,
            rules.direct_weight if post.venue < 0 else 1.0,
        )
    out = np.empty(looks.size, dtype=np.int64)
    hits = np.int64(0)
    for i in range(looks.size):
        out[hits] = looks[i]
        hits += lucks[i] < notice_probability(weights[i], openness[looks[i] >> 32])
    kept = np.int64(0)
    for i in range(hits):
        user, row = out[i] >> 32, out[i] & _LOW
        status = status_of[user]
        if status & BANNED:
            continue
        venue = hot[row].venue
        if status & HAS_LEFT and venue >= 0 and has_left(members, venue, user):
            continue
        out[kept] = out[i]
        kept += 1
    return out[:kept]
