"""Reading: who notices what, of those whose moment has come."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns.noticed import ELSEWHERE, LOW
from sim.crowd.columns.state import Bytes, Floats, Ints, ItemColumns, Persons, Rules
from sim.draws import draw1, fold, unit
from sim.fetching import fetch
from sim.often import compiled_often
from sim.rules.notice import notice_probability, popularity, rank_weight
from sim.scenario.user_rules import NOTICE
from sim.vocabulary import BLOCKED, DOWNRANKED, LABELLED
from sim.world.columns import GONE, HAS_LEFT, OUT, Members, has_left
from sim.world.sendings import LIVE, Posts

_AHEAD = 24
"""How many looks before its use memory is asked for: what a look names twice as early, then what that leads to."""


@compiled_often
def read(
    looks: Ints,
    tick: int,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    platform_of: Bytes,
    rules: Rules,
    who: Ints,
    hits: NDArray[Any],
    luck: Floats,
    chance: Floats,
) -> int:
    """Write down the looks (user << 32 | post) that notice; return how many.

    `who` and `hits` have room for all; `platform_of` is empty if there is one platform. `luck` and `chance` are empty,
    or, if a rule of the scenario decides, get the draw and the built-in probability of whatever it is asked about.
    """
    hot, of, flags_of = posts.hot, posts.of, posts.flags
    fading, openness, status_of = rules.fading, persons.openness, persons.status
    asks, most = luck.size > 0, rules.ceilings[NOTICE]
    n = looks.size
    count = np.int64(0)
    for i in range(n):
        if i + 2 * _AHEAD < n:
            look = looks[i + 2 * _AHEAD]
            fetch(of, look & LOW)
            fetch(openness, look >> 32)
        if i + _AHEAD < n:
            fetch(hot, of[looks[i + _AHEAD] & LOW])
        user, post = looks[i] >> 32, looks[i] & LOW
        row = of[post]
        sending, flags = hot[row], flags_of[post]
        popular = 1.0
        if rules.feed > 0.0 and sending.venue >= 0 and not (platform_of.size > 0 and platform_of[sending.venue]):
            popular = popularity(posts.seen[post].views, rules.feed, rules.feed_half)
        weight = rank_weight(
            fading[tick - sending.tick] if flags & LIVE and tick <= sending.until else 0.0,
            rules.label_notice if flags & LABELLED else 1.0,
            rules.downrank if flags & DOWNRANKED else 1.0,
            rules.direct_weight if sending.venue < 0 else popular,
        )
        who[count] = looks[i]
        hits[count].sending = row
        u, probability = unit(fold(sending.notice, user)), notice_probability(weight, openness[user])
        if asks:
            luck[count], chance[count] = u, probability
            count += weight > 0.0 and u < max(probability, most)
        else:
            count += u < probability
    kept = np.int64(0)
    for i in range(count):
        if i + _AHEAD < count:
            fetch(status_of, who[i + _AHEAD] >> 32)
        user, post, row = who[i] >> 32, who[i] & LOW, hits[i].sending
        status, flags = status_of[user], flags_of[post]
        sending = hot[row]
        venue = np.int64(sending.venue)
        elsewhere = platform_of.size > 0 and venue >= 0 and platform_of[venue] != 0
        if status & OUT and (not elsewhere or status & GONE):
            continue
        if flags & BLOCKED:
            country = persons.country[user]
            barred = rules.barred[country, items.hot[sending.item].content]
            if barred and draw1(rules.vpn_stream, user) >= rules.vpn[country]:
                continue
        if status & HAS_LEFT and venue >= 0 and has_left(members, venue, user):
            continue
        who[kept] = (user << 32) | kept
        hit = hits[kept]
        hit.post, hit.sending, hit.item = post, row, sending.item
        hit.flags = flags | np.uint16(ELSEWHERE) if elsewhere else flags
        if asks:
            luck[kept], chance[kept] = luck[i], chance[i]
        kept += 1
    return kept
