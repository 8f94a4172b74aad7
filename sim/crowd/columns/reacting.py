"""Reacting: beliefs move, and users decide to adopt, report, leave, join and pass on."""

from typing import NamedTuple

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.sights import ROW_BITS, ROWS, USER_BITS
from sim.crowd.columns.state import Floats, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, moved, pull
from sim.rules.forward import enough_exposures, forward_probability, match
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import LABELLED, Members, Posts, has_left, is_member
from sim.world.people import CREDULITY, INTEREST, SHARING, TRUST
from sim.world.posts import SECRET

_AHEAD = 256


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
    touched: Floats


def make_decisions(hits: int) -> Decisions:
    """Return empty lists with room for what so many sights can lead to."""
    columns = {name: np.empty(hits, dtype=np.int32) for name in Decisions._fields[:8]}
    return Decisions(
        **columns, adopt_item=np.empty(2 * hits, dtype=np.int32), fill=np.zeros(5, dtype=np.int64), touched=np.zeros(1)
    )


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
    topics: int,
    out: Decisions,
) -> None:
    """Let everyone who noticed something decide what follows; `hits` by user, in the order of exposures.

    First her beliefs move, by all she noticed; then she decides about each item, by what she believed before.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    hot_posts, hot_items, persons_rows = posts.hot, items.hot, persons.rows
    owner, active, private = members.owner, members.active, members.private
    contact_first = persons.contact_first
    novelty, repetition = rules.novelty, rules.repetition
    report_row, report_user = out.report_row, out.report_user
    leave_venue, leave_user, join_venue, join_user = out.leave_venue, out.leave_user, out.join_venue, out.join_user
    pass_user, pass_row, adopt_item = out.pass_user, out.pass_row, out.adopt_item
    reports = leaves = joins = passes = adoptions = 0
    before = np.empty(topics)
    believes = INTEREST + topics
    touched, ahead = 0.0, 0
    begin = 0
    while begin < hits.size:
        if begin >= ahead:  # touch what the next ones need: these reads from memory overlap, those below would wait
            for i in range(ahead, min(begin + _AHEAD, hits.size)):
                post = hot_posts[(hits[i] >> ROW_BITS) & ROWS]
                touched += (
                    persons_rows[hits[i] >> USER_BITS, 0] + hot_items[post.item].appeal + owner[max(0, post.venue)]
                )
            ahead = begin + _AHEAD
        user = hits[begin] >> USER_BITS
        end = begin + 1
        while end < hits.size and hits[end] >> USER_BITS == user:
            end += 1
        for topic in range(before.size):
            before[topic] = persons_rows[user, believes + topic]

        credulity = np.float64(persons_rows[user, CREDULITY])
        if credulity > 0.0:
            for first in range(begin, end):
                item = hot_posts[(hits[first] >> ROW_BITS) & ROWS].item
                topic = np.int64(hot_items[item].topic)
                if not hot_items[item].by_belief:
                    continue
                met = False
                for j in range(begin, first):
                    other = hot_posts[(hits[j] >> ROW_BITS) & ROWS].item
                    met = met or (hot_items[other].by_belief and hot_items[other].topic == topic)
                if met:
                    continue
                combined, weight, towards, strongest = 0.0, 0.0, 0.0, -1.0
                leader = item
                for i in range(first, end):
                    row = (hits[i] >> ROW_BITS) & ROWS
                    item = hot_posts[row].item
                    thing = hot_items[item]
                    if not thing.by_belief or thing.topic != topic:
                        continue
                    label = rules.label_belief if hot_posts[row].flags & LABELLED else 1.0
                    repeated = repetition[min(np.int64(numbers[i]), repetition.size) - 1]
                    w = pull(credulity, thing.persuasion, label, repeated)
                    combined = combine(combined, w)
                    weight += w
                    towards += 0.0 if thing.corrects else w
                    if w > strongest:
                        strongest, leader = w, item
                after = before[topic]
                if weight > 0.0:
                    after = moved(after, combined, towards / weight)
                    persons_rows[user, believes + topic] = after
                if becomes_believer(before[topic], after, rules.believer_at):
                    adopt_item[adoptions] = leader
                    adoptions += 1

        sharing, trust = np.float64(persons_rows[user, SHARING]), np.float64(persons_rows[user, TRUST])
        for first in range(begin, end):
            item = hot_posts[(hits[first] >> ROW_BITS) & ROWS].item
            met = False
            for j in range(begin, first):
                met = met or hot_posts[(hits[j] >> ROW_BITS) & ROWS].item == item
            if met:
                continue
            thing = hot_items[item]
            key, topic = thing.key, thing.topic
            interest = np.float64(persons_rows[user, INTEREST + topic])
            matching = match(thing.by_belief, thing.corrects, before[topic], interest)
            if thing.transacts and numbers[first] == 1:
                chance = transaction_probability(rules.transaction, interest)
                if draw(streams.adopt, key, user) < chance:
                    adopt_item[adoptions] = item
                    adoptions += 1
            rate = thing.report_rate
            most = sharing * thing.most_forwarded
            forward_stream = fold(thing.forward, user)
            contacts = contact_first[user + 1] - contact_first[user]
            wants = False
            parent, best, readable = np.int64(-1), 2.0, 0
            for i in range(first, end):
                row = (hits[i] >> ROW_BITS) & ROWS
                post = hot_posts[row]
                if post.item != item:
                    continue
                venue = np.int64(post.venue)
                place = venue if venue >= 0 else DIRECT_KEY + np.int64(post.author)
                if rate > 0.0:
                    u = unit(fold(post.report, user))
                    if u < rate and u < report_probability(rate, matching, trust):
                        report_row[reports], report_user[reports] = row, user
                        reports += 1
                if venue >= 0 and rules.leaving > 0.0 and owner[venue] != user:
                    u = unit(fold(post.leave, user))
                    if u < rules.leaving and u < leave_probability(rules.leaving, matching):
                        leave_venue[leaves], leave_user[leaves] = venue, user
                        leaves += 1
                source = np.int64(post.source)
                if source >= 0 and source != venue and active[source]:
                    chance = join_probability(rules.joining, matching, private[source] != 0, rules.invitation)
                    if (
                        draw3(streams.join, key, source, user) < chance
                        and not is_member(members, persons.status, source, user)
                        and not has_left(members, source, user)
                    ):
                        join_venue[joins], join_user[joins] = source, user
                        joins += 1
                if rules.secret_forwarding or post.kind != SECRET:
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
                    if u < most and enough_exposures(n, rules.threshold_count, rules.threshold_share, contacts):
                        label = rules.label_sharing if post.flags & LABELLED else 1.0
                        new = novelty[min(n, novelty.size) - 1]
                        wants = u < forward_probability(
                            sharing, thing.appeal, matching, thing.medium_factor, label, new
                        )
            if wants and parent >= 0:
                pass_user[passes], pass_row[passes] = user, parent
                passes += 1
        begin = end
    out.touched[0] = touched  # so that the reads are not left out as useless
    out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4] = reports, leaves, joins, passes, adoptions


@compiled
def flush_views(
    rows: Numbers, tick: int, posts: Posts, items: ItemColumns, view_measure: int, new_measure: int, by_class: Ints
) -> Ints:
    """Add the views of a tick to their posts, items and classes; return (row, tick, views, new readers)."""
    out = np.empty((rows.size, 4), dtype=np.int64)
    hot, total_views, total_new, counts, things = posts.hot, posts.views, posts.new_readers, items.counts, items.hot
    for i in range(rows.size):
        row = rows[i]
        post = hot[row]
        views, new, item = post.views_now, post.new_now, post.item
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = row, tick, views, new
        total_views[row] += views
        total_new[row] += new
        post.views_now = 0
        post.new_now = 0
        counts[item, view_measure] += views
        counts[item, new_measure] += new
        by_class[things[item].content, view_measure] += views
        by_class[things[item].content, new_measure] += new
    return out
