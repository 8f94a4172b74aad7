"""Reading: who notices what, of those whose moment has come."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.state import Ints, ItemColumns, Persons, Rules
from sim.draws import draw1, fold, unit
from sim.rules.notice import notice_probability, popularity, rank_weight
from sim.world.columns import GONE, HAS_LEFT, OUT, Members, has_left
from sim.world.sendings import BLOCKED, DOWNRANKED, LABELLED, LIVE, Posts

_LOW = 0xFFFFFFFF


@compiled
def read(
    looks: Ints, tick: int, posts: Posts, items: ItemColumns, members: Members, persons: Persons, rules: Rules
) -> Ints:
    """Return the looks that notice (user << 32 | post), those at one post mostly together."""
    hot, of, flags_of = posts.hot, posts.of, posts.flags
    fading, openness, status_of = rules.fading, persons.openness, persons.status
    weights, lucks = np.empty(looks.size), np.empty(looks.size)
    last, weight, stream = np.int64(-1), 0.0, np.int64(0)
    for i in range(looks.size):
        user, post = looks[i] >> 32, looks[i] & _LOW
        if post != last:
            last = post
            sending = hot[of[post]]
            stream, flags = sending.notice, flags_of[post]
            popular = 1.0
            if rules.feed > 0.0 and sending.venue >= 0 and members.platform[sending.venue] == 0:
                popular = popularity(posts.seen[post].views, rules.feed, rules.feed_half)
            weight = rank_weight(
                fading[tick - sending.tick] if flags & LIVE and tick <= sending.until else 0.0,
                rules.label_notice if flags & LABELLED else 1.0,
                rules.downrank if flags & DOWNRANKED else 1.0,
                rules.direct_weight if sending.venue < 0 else popular,
            )
        lucks[i] = unit(fold(stream, user))
        weights[i] = weight
    out = np.empty(looks.size, dtype=np.int64)
    hits = np.int64(0)
    for i in range(looks.size):
        out[hits] = looks[i]
        hits += lucks[i] < notice_probability(weights[i], openness[looks[i] >> 32])
    kept = np.int64(0)
    for i in range(hits):
        user, post = out[i] >> 32, out[i] & _LOW
        status = status_of[user]
        if status & OUT:
            venue = hot[of[post]].venue
            if venue < 0 or members.platform[venue] == 0 or status & GONE:
                continue
        if flags_of[post] & BLOCKED:
            country = persons.country[user]
            barred = rules.barred[country, items.hot[hot[of[post]].item].content]
            if barred and draw1(rules.vpn_stream, user) >= rules.vpn[country]:
                continue
        if status & HAS_LEFT:
            venue = hot[of[post]].venue
            if venue >= 0 and has_left(members, venue, user):
                continue
        out[kept] = out[i]
        kept += 1
    return out[:kept]
