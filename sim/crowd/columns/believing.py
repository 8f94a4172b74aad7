"""Believing: the beliefs of users move by what they noticed in a tick."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.noticed import LOW, MOVED
from sim.crowd.columns.state import Ints, Numbers, Reals, Rules
from sim.rules.adopt import becomes_believer
from sim.rules.belief import combine, forgotten, listens, mean_target, moved, pull
from sim.scenario.user_rules import BELIEVE
from sim.vocabulary import CORRECTED, LABELLED
from sim.world.people import CREDULITY


@compiled
def forget(belief: Reals, start: Reals, share: float) -> None:
    """Let beliefs, shape (users, topics), go back towards where they began, by a day."""
    for user in range(belief.shape[0]):
        for topic in range(belief.shape[1]):
            belief[user, topic] = forgotten(np.float64(belief[user, topic]), np.float64(start[user, topic]), share)


@compiled_within
def believe(
    who: Ints,
    hits: NDArray[Any],
    begin: int,
    end: int,
    numbers: Numbers,
    hot_posts: NDArray[Any],
    hot_items: NDArray[Any],
    held: Reals,
    persons_rows: Reals,
    believes: int,
    topics: int,
    rules: Rules,
    adopt_item: Numbers,
    fill: Ints,
    adopted: int,
    moves: NDArray[Any],
) -> None:
    """Move the beliefs of those who noticed something, from position `begin` to `end`; write down who now believes.

    All that a user noticed about a topic moves her at once. `believes` is where beliefs begin in a user's row; the
    `touches` of the rules have rows if items are about several topics; `fill[adopted]` counts what is in `adopt_item`.
    Where a rule of the scenario decides, nothing moves: what would is written down in `moves` (rows of MOVE).
    """
    touches, repetition = rules.touches, rules.repetition
    several = touches.shape[0] > 0
    most = repetition.shape[1]
    adoptions, asks, waiting = fill[adopted], rules.asks[BELIEVE], fill[MOVED]
    stop = begin
    while begin < end:
        user = who[begin] >> 32
        while stop < end and who[stop] >> 32 == user:
            stop += 1
        credulity = np.float64(persons_rows[user, CREDULITY])
        first, last = np.int64(0), np.int64(topics)
        if not several and stop - begin == 1:
            first = np.int64(hot_items[hits[who[begin] & LOW].item].topic)
            last = first + 1
        if credulity <= 0.0:
            last = first
        for topic in range(first, last):
            before = np.float64(persons_rows[user, believes + topic])
            combined, weight, towards, strongest, leader = 0.0, 0.0, 0.0, -1.0, np.int64(-1)
            for i in range(begin, stop):
                hit = hits[who[i] & LOW]
                thing = hot_items[hit.item]
                if not thing.by_belief:
                    continue
                share = 1.0 if thing.topic == topic else 0.0
                if several:
                    share = touches[thing.stream, topic]
                if share <= 0.0:
                    continue
                target = 0.0 if thing.corrects else 1.0
                corrected = hit.flags & CORRECTED and not thing.corrects
                if thing.of_sender:
                    target = np.float64(held[hot_posts[hit.sending].author, topic])
                if corrected:
                    target = 0.0
                if not listens(before, target, rules.confidence):
                    continue
                label = rules.label_belief if hit.flags & LABELLED else 1.0
                if corrected:
                    label = rules.correction
                repeated = repetition[thing.stream, min(np.int64(numbers[i]), most) - 1]
                w = pull(credulity, thing.persuasion * share, label, repeated)
                combined = combine(combined, w)
                weight += w
                towards += w * target
                if w > strongest:
                    strongest, leader = w, np.int64(hit.item)
            if weight <= 0.0:
                continue
            after = moved(before, combined, mean_target(towards, weight, before, rules.own_weight))
            if asks:
                move = moves[waiting]
                move.user, move.topic, move.item, move.before, move.after = user, topic, leader, before, after
                waiting += 1
                continue
            persons_rows[user, believes + topic] = after
            if becomes_believer(before, after, rules.believer_at):
                adopt_item[adoptions] = leader
                adoptions += 1
        begin = stop
    fill[adopted], fill[MOVED] = adoptions, waiting


@compiled
def settle_beliefs(
    moves: NDArray[Any], persons_rows: Reals, believes: int, believer_at: float, adopt_item: Numbers, adoptions: int
) -> int:
    """Move beliefs as rules of the scenario have decided; return how many adoptions there are then."""
    for move in moves:
        persons_rows[move.user, believes + move.topic] = move.after
        after = np.float64(persons_rows[move.user, believes + move.topic])
        if becomes_believer(move.before, after, believer_at):
            adopt_item[adoptions] = move.item
            adoptions += 1
    return adoptions
