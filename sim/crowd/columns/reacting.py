"""Reacting: beliefs move, and users decide to adopt, report, leave, join and pass on."""

from typing import NamedTuple

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.announcing import place_of
from sim.crowd.columns.state import Flags, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw, draw3
from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, moved, moved_once, pull
from sim.rules.forward import forward_probability, match
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.world.columns import LABELLED, Members, Posts, has_left, is_member
from sim.world.posts import SECRET

_LOW = 0xFFFFFFFF


class Decisions(NamedTuple):
    """What users decided in a tick; `fill` says how far each list is filled."""

    report_row: Numbers
    report_user: Numbers
    leave_venue: Numbers
    leave_user: Numbers
    join_venue: Numbers
    join_user: Numbers
    pass_user: Numbers
    pass_row: Numbers
    """The post that is passed on."""
    adopt_item: Numbers
    fill: Ints
    """Reports, departures, joins, forwards, adoptions."""


def make_decisions(hits: int) -> Decisions:
    """Return empty lists with room for what so many sights can lead to."""
    columns = {name: np.empty(hits, dtype=np.int32) for name in Decisions._fields[:8]}
    return Decisions(**columns, adopt_item=np.empty(2 * hits, dtype=np.int32), fill=np.zeros(5, dtype=np.int64))


@compiled
def _matching(item: int, user: int, before: Ints, items: ItemColumns, persons: Persons) -> float:
    topic = items.topic[item]
    return match(items.by_belief[item], items.corrects[item], before[topic], persons.interest[user, topic])


@compiled
def _adopt(item: int, out: Decisions) -> None:
    out.adopt_item[out.fill[4]] = item
    out.fill[4] += 1


@compiled
def _move_beliefs(
    hits: Ints,
    numbers: Numbers,
    user: int,
    posts: Posts,
    items: ItemColumns,
    persons: Persons,
    rules: Rules,
    out: Decisions,
) -> None:
    credulity = np.float64(persons.credulity[user])
    most = rules.repetition.size
    if hits.size == 1:
        row = hits[0] & _LOW
        item = posts.item[row]
        if items.by_belief[item]:
            topic = items.topic[item]
            belief = persons.belief[user, topic]
            label = rules.label_belief if posts.flags[row] & LABELLED else 1.0
            repetition = rules.repetition[min(np.int64(numbers[0]), most) - 1]
            after = moved_once(belief, items.corrects[item], credulity, items.persuasion[item], label, repetition)
            persons.belief[user, topic] = after
            if becomes_believer(belief, after, rules.believer_at):
                _adopt(item, out)
        return
    for topic in range(persons.belief.shape[1]):
        combined, weight, towards, strongest = 0.0, 0.0, 0.0, -1.0
        leader, seen = 0, 0
        for i in range(hits.size):
            row = hits[i] & _LOW
            item = posts.item[row]
            if not items.by_belief[item] or items.topic[item] != topic:
                continue
            label = rules.label_belief if posts.flags[row] & LABELLED else 1.0
            w = pull(credulity, items.persuasion[item], label, rules.repetition[min(np.int64(numbers[i]), most) - 1])
            combined = combine(combined, w)
            weight += w
            towards += 0.0 if items.corrects[item] else w
            seen += 1
            if w > strongest:
                strongest, leader = w, item
        if seen == 0:
            continue
        belief = persons.belief[user, topic]
        after = belief
        if weight > 0.0:
            after = moved(belief, combined, towards / weight)
            persons.belief[user, topic] = after
        if becomes_believer(belief, after, rules.believer_at):
            _adopt(leader, out)


@compiled
def _consider_joining(
    row: int,
    user: int,
    matching: float,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    out: Decisions,
) -> None:
    source = np.int64(posts.source[row])
    if source < 0 or source == posts.venue[row] or not members.active[source]:
        return
    chance = join_probability(rules.joining, matching, members.private[source] != 0, rules.invitation)
    if draw3(streams.join, items.key[posts.item[row]], source, user) >= chance:
        return
    if is_member(members, persons.status, source, user) or has_left(members, source, user):
        return
    k = out.fill[2]
    out.join_venue[k], out.join_user[k] = source, user
    out.fill[2] += 1


@compiled
def _respond(
    hits: Ints,
    numbers: Numbers,
    first: int,
    user: int,
    before: Ints,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    out: Decisions,
) -> None:
    """Decide about the item of the look at `first`, and all later ones of the same item."""
    item = posts.item[hits[first] & _LOW]
    key, topic = items.key[item], items.topic[item]
    matching = _matching(item, user, before, items, persons)
    if items.transacts[item] and numbers[first] == 1:
        chance = transaction_probability(rules.transaction, persons.interest[user, topic])
        if draw(streams.adopt, key, user) < chance:
            _adopt(item, out)
    sharing = np.float64(persons.sharing[user])
    wants = False
    parent, best, readable = -1, 2.0, 0
    for i in range(first, hits.size):
        row = hits[i] & _LOW
        if posts.item[row] != item:
            continue
        place, venue = place_of(posts, row), posts.venue[row]
        rate = items.report_rate[item]
        if rate > 0.0:
            u = draw3(streams.report, key, place, user)
            if u < rate and u < report_probability(rate, matching, np.float64(persons.trust[user])):
                k = out.fill[0]
                out.report_row[k], out.report_user[k] = row, user
                out.fill[0] += 1
        if venue >= 0 and rules.leaving > 0.0 and members.owner[venue] != user:
            u = draw3(streams.leave, key, place, user)
            if u < rules.leaving and u < leave_probability(rules.leaving, matching):
                k = out.fill[1]
                out.leave_venue[k], out.leave_user[k] = venue, user
                out.fill[1] += 1
        _consider_joining(row, user, matching, posts, items, members, persons, rules, streams, out)
        if rules.secret_forwarding or posts.kind[row] != SECRET:
            readable += 1
            if readable == 1:
                parent = row
            else:
                if readable == 2:
                    best = draw3(streams.parent, key, user, place_of(posts, parent))
                u = draw3(streams.parent, key, user, place)
                if u < best:
                    parent, best = row, u
        if not wants:
            n = np.int64(numbers[i])
            u = draw3(streams.forward, key, user, n)
            if u < sharing * items.most_forwarded[item]:
                wants = u < forward_probability(
                    sharing,
                    items.appeal[item],
                    matching,
                    items.medium_factor[item],
                    rules.label_sharing if posts.flags[row] & LABELLED else 1.0,
                    rules.novelty[min(n, rules.novelty.size) - 1],
                )
    if wants and parent >= 0:
        k = out.fill[3]
        out.pass_user[k], out.pass_row[k] = user, parent
        out.fill[3] += 1


@compiled
def react(
    hits: Ints,
    numbers: Numbers,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    out: Decisions,
) -> None:
    """Let everyone who noticed something decide what follows; `hits` by user, in the order of exposures."""
    before = np.empty(persons.belief.shape[1])
    begin = 0
    while begin < hits.size:
        user = hits[begin] >> 32
        end = begin + 1
        while end < hits.size and hits[end] >> 32 == user:
            end += 1
        mine, sights = hits[begin:end], numbers[begin:end]
        for topic in range(before.size):
            before[topic] = persons.belief[user, topic]
        if persons.credulity[user] > 0.0:
            _move_beliefs(mine, sights, user, posts, items, persons, rules, out)
        for first in range(mine.size):
            item = posts.item[mine[first] & _LOW]
            handled = False
            for j in range(first):
                if posts.item[mine[j] & _LOW] == item:
                    handled = True
            if not handled:
                _respond(mine, sights, first, user, before, posts, items, members, persons, rules, streams, out)
        begin = end


@compiled
def count_views(
    hits: Ints,
    numbers: Numbers,
    posts: Posts,
    items: ItemColumns,
    persons: Persons,
    illegal: Flags,
    illegal_measure: int,
    by_class: Ints,
) -> Numbers:
    """Count the sights of a tick at their posts; return the rows that were seen, sorted."""
    seen = np.empty(hits.size, dtype=np.int32)
    count = 0
    for i in range(hits.size):
        row = hits[i] & _LOW
        if posts.views_now[row] == 0:
            seen[count] = row
            count += 1
        posts.views_now[row] += 1
        posts.new_now[row] += numbers[i] == 1
        item = posts.item[row]
        content = items.content[item]
        if illegal[persons.country[hits[i] >> 32], content]:
            items.counts[item, illegal_measure] += 1
            by_class[content, illegal_measure] += 1
    rows = seen[:count]
    rows.sort()
    return rows
