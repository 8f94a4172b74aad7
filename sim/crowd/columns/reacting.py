"""Reacting: beliefs move, and users decide to adopt, report, leave, join and pass on."""

from typing import NamedTuple

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.state import Flags, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, moved, pull
from sim.rules.forward import forward_probability, match
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.vocabulary import DIRECT_KEY
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
    """Let everyone who noticed something decide what follows; `hits` by user, in the order of exposures.

    First her beliefs move, by all she noticed; then she decides about each item, by what she believed before.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    item_of, venue_of, flags_of, kind_of = posts.item, posts.venue, posts.flags, posts.kind
    author_of, source_of = posts.author, posts.source
    key_of, topic_of, by_belief, corrects, transacts = (
        items.key,
        items.topic,
        items.by_belief,
        items.corrects,
        items.transacts,
    )
    appeal, persuasion, medium = items.appeal, items.persuasion, items.medium_factor
    report_rate, most_forwarded = items.report_rate, items.most_forwarded
    beliefs, interests = persons.belief, persons.interest
    credulities, sharings, trusts = persons.credulity, persons.sharing, persons.trust
    owner, active, private = members.owner, members.active, members.private
    novelty, repetition = rules.novelty, rules.repetition
    report_row, report_user = out.report_row, out.report_user
    leave_venue, leave_user, join_venue, join_user = out.leave_venue, out.leave_user, out.join_venue, out.join_user
    pass_user, pass_row, adopt_item = out.pass_user, out.pass_row, out.adopt_item
    reports = leaves = joins = passes = adoptions = 0
    before = np.empty(beliefs.shape[1])
    begin = 0
    while begin < hits.size:
        user = hits[begin] >> 32
        end = begin + 1
        while end < hits.size and hits[end] >> 32 == user:
            end += 1
        for topic in range(before.size):
            before[topic] = beliefs[user, topic]

        credulity = np.float64(credulities[user])
        if credulity > 0.0:
            for first in range(begin, end):
                item = item_of[hits[first] & _LOW]
                topic = np.int64(topic_of[item])
                if not by_belief[item]:
                    continue
                met = False
                for j in range(begin, first):
                    other = item_of[hits[j] & _LOW]
                    met = met or (by_belief[other] and topic_of[other] == topic)
                if met:
                    continue
                combined, weight, towards, strongest = 0.0, 0.0, 0.0, -1.0
                leader = item
                for i in range(first, end):
                    row = hits[i] & _LOW
                    item = item_of[row]
                    if not by_belief[item] or topic_of[item] != topic:
                        continue
                    label = rules.label_belief if flags_of[row] & LABELLED else 1.0
                    repeated = repetition[min(np.int64(numbers[i]), repetition.size) - 1]
                    w = pull(credulity, persuasion[item], label, repeated)
                    combined = combine(combined, w)
                    weight += w
                    towards += 0.0 if corrects[item] else w
                    if w > strongest:
                        strongest, leader = w, item
                after = before[topic]
                if weight > 0.0:
                    after = moved(after, combined, towards / weight)
                    beliefs[user, topic] = after
                if becomes_believer(before[topic], after, rules.believer_at):
                    adopt_item[adoptions] = leader
                    adoptions += 1

        sharing, trust = np.float64(sharings[user]), np.float64(trusts[user])
        for first in range(begin, end):
            item = item_of[hits[first] & _LOW]
            met = False
            for j in range(begin, first):
                met = met or item_of[hits[j] & _LOW] == item
            if met:
                continue
            key, topic = key_of[item], topic_of[item]
            interest = np.float64(interests[user, topic])
            matching = match(by_belief[item], corrects[item], before[topic], interest)
            if transacts[item] and numbers[first] == 1:
                chance = transaction_probability(rules.transaction, interest)
                if draw(streams.adopt, key, user) < chance:
                    adopt_item[adoptions] = item
                    adoptions += 1
            rate = report_rate[item]
            most = sharing * most_forwarded[item]
            report_stream, leave_stream = fold(streams.report, key), fold(streams.leave, key)
            forward_stream = fold(fold(streams.forward, key), user)
            wants = False
            parent, best, readable = np.int64(-1), 2.0, 0
            for i in range(first, end):
                row = hits[i] & _LOW
                if item_of[row] != item:
                    continue
                venue = np.int64(venue_of[row])
                place = venue if venue >= 0 else DIRECT_KEY + np.int64(author_of[row])
                if rate > 0.0:
                    u = draw(report_stream, place, user)
                    if u < rate and u < report_probability(rate, matching, trust):
                        report_row[reports], report_user[reports] = row, user
                        reports += 1
                if venue >= 0 and rules.leaving > 0.0 and owner[venue] != user:
                    u = draw(leave_stream, place, user)
                    if u < rules.leaving and u < leave_probability(rules.leaving, matching):
                        leave_venue[leaves], leave_user[leaves] = venue, user
                        leaves += 1
                source = np.int64(source_of[row])
                if source >= 0 and source != venue and active[source]:
                    chance = join_probability(rules.joining, matching, private[source] != 0, rules.invitation)
                    if (
                        draw3(streams.join, key, source, user) < chance
                        and not is_member(members, persons.status, source, user)
                        and not has_left(members, source, user)
                    ):
                        join_venue[joins], join_user[joins] = source, user
                        joins += 1
                if rules.secret_forwarding or kind_of[row] != SECRET:
                    readable += 1
                    if readable == 1:
                        parent, parent_place = row, place
                    else:
                        if readable == 2:
                            best = draw3(streams.parent, key, user, parent_place)
                        u = draw3(streams.parent, key, user, place)
                        if u < best:
                            parent, best = row, u
                if not wants:
                    n = np.int64(numbers[i])
                    u = unit(fold(forward_stream, n))
                    if u < most:
                        label = rules.label_sharing if flags_of[row] & LABELLED else 1.0
                        new = novelty[min(n, novelty.size) - 1]
                        wants = u < forward_probability(sharing, appeal[item], matching, medium[item], label, new)
            if wants and parent >= 0:
                pass_user[passes], pass_row[passes] = user, parent
                passes += 1
        begin = end
    out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4] = reports, leaves, joins, passes, adoptions


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
    item_of, views_now, new_now = posts.item, posts.views_now, posts.new_now
    contents, counts, countries = items.content, items.counts, persons.country
    seen = np.empty(hits.size, dtype=np.int32)
    count = 0
    for i in range(hits.size):
        row = hits[i] & _LOW
        if views_now[row] == 0:
            seen[count] = row
            count += 1
        views_now[row] += 1
        new_now[row] += numbers[i] == 1
        item = item_of[row]
        content = contents[item]
        if illegal[countries[hits[i] >> 32], content]:
            counts[item, illegal_measure] += 1
            by_class[content, illegal_measure] += 1
    rows = seen[:count]
    rows.sort()
    return rows
