"""Believing where items are about several topics at once: every topic is moved by all that touches it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.crowd.columns.state import Floats, Ints, Numbers, Reals, Rules
from sim.rules.adopt import becomes_believer
from sim.rules.belief import combine, listens, mean_target, moved, pull
from sim.world.sendings import CORRECTED, LABELLED

_LOW = 0xFFFFFFFF


@compiled
def believe_several(
    who: Ints,
    hits: NDArray[Any],
    numbers: Numbers,
    hot_posts: NDArray[Any],
    hot_items: NDArray[Any],
    held: Reals,
    before: Floats,
    mine: Reals,
    believes: int,
    credulity: float,
    touches: Floats,
    rules: Rules,
    adopt_item: Numbers,
    adoptions: int,
) -> int:
    """Move the beliefs of one user by her exposures of a tick, in their order; return how many adoptions there are now.

    `mine` is her row, `believes` where her beliefs begin in it. As in `reacting.react`, for each topic that is touched.
    """
    for topic in range(before.size):
        combined, weight, towards, strongest, leader = 0.0, 0.0, 0.0, -1.0, np.int64(-1)
        for i in range(who.size):
            hit = hits[who[i] & _LOW]
            item = np.int64(hit.item)
            thing = hot_items[item]
            share = touches[thing.stream, topic]
            if not thing.by_belief or share <= 0.0:
                continue
            target = 0.0 if thing.corrects else 1.0
            marks = hit.flags
            corrected = marks & CORRECTED and not thing.corrects
            if thing.of_sender:
                target = np.float64(held[hot_posts[hit.sending].author, topic])
            if corrected:
                target = 0.0
            if not listens(before[topic], target, rules.confidence):
                continue
            label = rules.label_belief if marks & LABELLED else 1.0
            if corrected:
                label = rules.correction
            repeated = rules.repetition[thing.stream, min(np.int64(numbers[i]), rules.repetition.shape[1]) - 1]
            w = pull(credulity, thing.persuasion * share, label, repeated)
            combined = combine(combined, w)
            weight += w
            towards += w * target
            if w > strongest:
                strongest, leader = w, item
        if weight <= 0.0:
            continue
        after = moved(before[topic], combined, mean_target(towards, weight, before[topic], rules.own_weight))
        mine[believes + topic] = after
        if becomes_believer(before[topic], after, rules.believer_at):
            adopt_item[adoptions] = leader
            adoptions += 1
    return adoptions
