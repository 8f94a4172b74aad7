"""Reacting: sights are counted, beliefs move, and users decide to adopt, report, leave, join and pass on."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.crowd.columns.believing import believe_several
from sim.crowd.columns.sights import FILL_BITS, ITEM_BITS, MANY, Sights, enlarge, hashed, one_more
from sim.crowd.columns.state import Bytes, Flags, Floats, Ints, ItemColumns, Numbers, Persons, Reals, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, listens, mean_target, moved, pull
from sim.rules.forward import enough_exposures, forward_probability, match, sharing_factor, suits
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.vocabulary import DIRECT_KEY, ILLEGAL_ELSEWHERE, VIEWS_ELSEWHERE
from sim.world.columns import OUT, Members, has_left, is_member
from sim.world.people import CREDULITY, INTEREST, SHARING, TRUST
from sim.world.sendings import CORRECTED, FRICTION, IN_SECRET, LABELLED, Posts
from sim.world.ties import degree

_AHEAD = 256
_LOW = 0xFFFFFFFF
_LINE = 16
REPORTS, LEAVES, JOINS, PASSES, ADOPTIONS, SEEN = range(6)
"""Positions in `Decisions.fill`."""


class Decisions(NamedTuple):
    """What users saw and decided in a tick; `fill` says how far each list is filled."""

    report_post: Numbers
    report_user: Numbers
    leave_venue: Numbers
    leave_user: Numbers
    join_venue: Numbers
    join_user: Numbers
    pass_user: Numbers
    pass_post: Numbers
    """The post that is passed on."""
    seen_post: Numbers
    """Posts that were seen, each once."""
    seen_views: Numbers
    """Their views, and new readers, before this tick."""
    seen_new: Numbers
    numbers: Numbers
    """The how-manieth sight of its item each exposure is."""
    pass_at: Ints
    """Where the item stands in the pool of sights."""
    adopt_item: Numbers
    fill: Ints
    touched: Floats


def make_decisions(hits: int) -> Decisions:
    """Return empty lists with room for what so many sights can lead to."""
    columns = {name: np.empty(hits, dtype=np.int32) for name in Decisions._fields[:12]}
    return Decisions(
        **columns,
        pass_at=np.empty(hits, dtype=np.int64),
        adopt_item=np.empty(2 * hits, dtype=np.int32),
        fill=np.zeros(6, dtype=np.int64),
        touched=np.zeros(1),
    )


@compiled
def _in_order(hits: Ints, rows: Numbers, hot_posts: NDArray[Any], hot_items: NDArray[Any], stream: int) -> None:
    """Put what one user noticed in a tick into the order of exposures: tick of the post, then a keyed draw."""
    m = hits.size
    user = hits[0] >> 32
    draws = np.empty(m)
    for i in range(m):
        sending = hot_posts[rows[i]]
        venue = np.int64(sending.venue)
        place = venue if venue >= 0 else DIRECT_KEY + np.int64(sending.author)
        draws[i] = draw3(stream, hot_items[sending.item].key, user, place)
    if m > 32:
        order = np.argsort(draws, kind="mergesort")
        ticks = np.empty(m, dtype=np.int32)
        for i in range(m):
            ticks[i] = hot_posts[rows[order[i]]].tick
        order = order[np.argsort(ticks, kind="mergesort")]
        old_hits, old_rows = hits.copy(), rows.copy()
        for i in range(m):
            hits[i], rows[i] = old_hits[order[i]], old_rows[order[i]]
        return
    for i in range(1, m):
        look, row, u, tick = hits[i], rows[i], draws[i], hot_posts[rows[i]].tick
        j = i - 1
        while j >= 0:
            before = hot_posts[rows[j]].tick
            if before < tick or (before == tick and draws[j] <= u):
                break
            hits[j + 1], rows[j + 1], draws[j + 1] = hits[j], rows[j], draws[j]
            j -= 1
        hits[j + 1], rows[j + 1], draws[j + 1] = look, row, u


@compiled
def react(
    hits: Ints,
    tick: int,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    held: Reals,
    sights: Sights,
    rules: Rules,
    streams: Streams,
    topics: int,
    illegal_somewhere: Flags,
    illegal_measure: int,
    by_class: Ints,
    start: int,
    out: Decisions,
) -> int:
    """Let everyone who noticed something decide what follows; `hits` (user << 32 | post) come sorted by user.

    Her exposures are put in order and counted; then her beliefs move, by all she noticed; then she decides about each
    item, by what she believed before. `held` is what everybody believed before, if an item pulls towards that.

    Begin at the position `start`; return where it ended: before the end if the pool of sights is too small. Called
    again with a larger one, it goes on.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    hot_posts, of, flags_of, seen = posts.hot, posts.of, posts.flags, posts.seen
    hot_items, counts, persons_rows, ties = items.hot, items.counts, persons.rows, persons.ties
    pool, table, free = sights.pool, sights.table, sights.free
    platform_of = members.platform
    owner, active, private, countries, illegal = (
        members.owner,
        members.active,
        members.private,
        persons.country,
        rules.illegal,
    )
    novelty, repetition, touches = rules.novelty, rules.repetition, rules.touches
    report_post, report_user = out.report_post, out.report_user
    leave_venue, leave_user, join_venue, join_user = out.leave_venue, out.leave_user, out.join_venue, out.join_user
    pass_user, pass_post, pass_at, adopt_item = out.pass_user, out.pass_post, out.pass_at, out.adopt_item
    seen_post, seen_views, seen_new, numbers = out.seen_post, out.seen_views, out.seen_new, out.numbers
    reports, leaves, joins, passes, adoptions = out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4]
    sightings = out.fill[5]
    n = hits.size
    rows, at_of = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64)
    before = np.empty(topics)
    believes = INTEREST + topics
    touched = 0.0
    begin = ahead = start
    while begin < n:
        if begin >= ahead:  # touch what the next ones need: these reads from memory overlap, those below would wait
            stop = min(begin + _AHEAD, n)
            while stop < n and hits[stop] >> 32 == hits[stop - 1] >> 32:
                stop += 1
            for i in range(begin, stop):
                rows[i] = of[hits[i] & _LOW]
                touched += persons_rows[hits[i] >> 32, 0] + table[hits[i] >> 32, 1]
            i = begin
            while i < stop:
                user = hits[i] >> 32
                last = i + 1
                while last < stop and hits[last] >> 32 == user:
                    last += 1
                fill = np.int64(table[user, 1])
                small = 8 * ((fill >> FILL_BITS) + last - i) > 7 << (fill & 31)
                if small and not enlarge(pool, table, free, user, last - i):
                    n = stop = i  # the pool is too small: go so far, and no further
                    break
                i = last
            for i in range(begin, stop):
                user, item = hits[i] >> 32, hot_posts[rows[i]].item
                at = np.int64(table[user, 0]) * _LINE + hashed(np.int64(item), np.int64(table[user, 1] & 31))
                touched += pool[at] + hot_items[item].appeal + seen[hits[i] & _LOW].views
            if begin == n:
                break
            ahead = stop
        user = hits[begin] >> 32
        end = begin + 1
        while end < n and hits[end] >> 32 == user:
            end += 1
        if end - begin == 2:
            one, other = hot_posts[rows[begin]], hot_posts[rows[begin + 1]]
            swapped = one.tick > other.tick
            if one.tick == other.tick:
                place = np.int64(one.venue) if one.venue >= 0 else DIRECT_KEY + np.int64(one.author)
                u = draw3(streams.exposure_order, hot_items[one.item].key, user, place)
                place = np.int64(other.venue) if other.venue >= 0 else DIRECT_KEY + np.int64(other.author)
                swapped = u > draw3(streams.exposure_order, hot_items[other.item].key, user, place)
            if swapped:
                hits[begin], hits[begin + 1] = hits[begin + 1], hits[begin]
                rows[begin], rows[begin + 1] = rows[begin + 1], rows[begin]
        elif end - begin > 2:
            _in_order(hits[begin:end], rows[begin:end], hot_posts, hot_items, streams.exposure_order)

        first_place, bits = np.int64(table[user, 0]) * _LINE, np.int64(table[user, 1] & 31)
        for i in range(begin, end):
            item = np.int64(hot_posts[rows[i]].item)
            probe = hashed(item, bits)
            entry = np.int64(pool[first_place + probe])
            while entry != 0 and entry >> ITEM_BITS != item:
                probe = (probe + 1) & ((np.int64(1) << bits) - 1)
                entry = np.int64(pool[first_place + probe])
            at = first_place + probe
            if entry == 0:
                number = np.int64(1)
                pool[at] = (item << ITEM_BITS) | 1
                table[user, 1] += 1 << FILL_BITS
            elif entry & MANY < MANY - 1:
                number = (entry & MANY) + 1
                pool[at] = entry + 1
            else:
                number = one_more(sights, at, user, item)
            numbers[i], at_of[i] = number, at
            post = hits[i] & _LOW
            if seen[post].tick != tick + 1:
                seen_post[sightings], seen_views[sightings] = post, seen[post].views
                seen_new[sightings] = seen[post].new
                sightings += 1
                seen[post].tick = tick + 1
            seen[post].views += 1
            seen[post].new += number == 1
            content = hot_items[item].content
            if illegal_somewhere[content] and illegal[countries[user], content]:
                counts[item, illegal_measure] += 1
                by_class[content, illegal_measure] += 1
                venue = np.int64(hot_posts[rows[i]].venue)
                if venue >= 0 and platform_of[venue]:
                    counts[item, ILLEGAL_ELSEWHERE] += 1
                    by_class[content, ILLEGAL_ELSEWHERE] += 1

        for topic in range(topics):
            before[topic] = persons_rows[user, believes + topic]
        credulity = np.float64(persons_rows[user, CREDULITY])
        if credulity > 0.0 and touches.shape[0]:
            adoptions = believe_several(
                hits[begin:end], rows[begin:end], numbers[begin:end], hot_posts, hot_items, flags_of, held, before,
                persons_rows[user], believes, credulity, touches, rules, adopt_item, adoptions,
            )  # fmt: skip
        elif credulity > 0.0:
            for first in range(begin, end):
                item = np.int64(hot_posts[rows[first]].item)
                topic = np.int64(hot_items[item].topic)
                if not hot_items[item].by_belief:
                    continue
                met = False
                for j in range(begin, first):
                    other = hot_posts[rows[j]].item
                    if hot_items[other].by_belief and hot_items[other].topic == topic:
                        met = True
                        break
                if met:
                    continue
                combined, weight, towards, strongest = 0.0, 0.0, 0.0, -1.0
                leader = item
                for i in range(first, end):
                    sending = hot_posts[rows[i]]
                    item = np.int64(sending.item)
                    thing = hot_items[item]
                    if not thing.by_belief or thing.topic != topic:
                        continue
                    target = 0.0 if thing.corrects else 1.0
                    marks = flags_of[hits[i] & _LOW]
                    corrected = marks & CORRECTED and not thing.corrects
                    if thing.of_sender:
                        target = np.float64(held[sending.author, topic])
                    if corrected:
                        target = 0.0
                    if not listens(before[topic], target, rules.confidence):
                        continue
                    label = rules.label_belief if marks & LABELLED else 1.0
                    if corrected:
                        label = rules.correction
                    repeated = repetition[thing.stream, min(np.int64(numbers[i]), repetition.shape[1]) - 1]
                    w = pull(credulity, thing.persuasion, label, repeated)
                    combined = combine(combined, w)
                    weight += w
                    towards += w * target
                    if w > strongest:
                        strongest, leader = w, item
                after = before[topic]
                if weight > 0.0:
                    after = moved(after, combined, mean_target(towards, weight, after, rules.own_weight))
                    persons_rows[user, believes + topic] = after
                if becomes_believer(before[topic], after, rules.believer_at):
                    adopt_item[adoptions] = leader
                    adoptions += 1

        sharing, trust = np.float64(persons_rows[user, SHARING]), np.float64(persons_rows[user, TRUST])
        for first in range(begin, end):
            item = np.int64(hot_posts[rows[first]].item)
            met = False
            for j in range(begin, first):
                if hot_posts[rows[j]].item == item:
                    met = True
                    break
            if met:
                continue
            thing = hot_items[item]
            key, topic = thing.key, thing.topic
            interest = np.float64(persons_rows[user, INTEREST + topic])
            matching = match(thing.by_belief, thing.corrects, before[topic], interest)
            wanted = suits(matching, thing.by_belief, interest, rules.interest_share)
            if thing.transacts and numbers[first] == 1:
                chance = transaction_probability(rules.transaction, interest)
                if draw(streams.adopt, key, user) < chance:
                    adopt_item[adoptions] = item
                    adoptions += 1
            rate = thing.report_rate
            false_reports = rules.false_reports[persons.persona[user]]
            likely = max(rate, false_reports)
            boosting = rules.boosting[persons.persona[user]]
            most = max(sharing, boosting) * max(1.0, thing.medium_factor)
            forward_stream = fold(thing.forward, user)
            wants = False
            parent, parent_place, best, readable = np.int64(-1), np.int64(0), 2.0, 0
            for i in range(first, end):
                sending = hot_posts[rows[i]]
                if sending.item != item:
                    continue
                post = hits[i] & _LOW
                venue = np.int64(sending.venue)
                if likely > 0.0:
                    u = unit(fold(sending.report, user))
                    if u < likely and u < report_probability(rate, matching, trust, false_reports):
                        report_post[reports], report_user[reports] = post, user
                        reports += 1
                if venue >= 0 and rules.leaving > 0.0:
                    u = unit(fold(sending.leave, user))
                    if u < rules.leaving and u < leave_probability(rules.leaving, wanted) and owner[venue] != user:
                        leave_venue[leaves], leave_user[leaves] = venue, user
                        leaves += 1
                source = np.int64(sending.source)
                if source >= 0 and source != venue:
                    u = unit(fold(sending.join, user))
                    if (
                        u < rules.joining
                        and active[source]
                        and (not persons.status[user] & OUT or members.platform[source] != 0)
                        and u < join_probability(rules.joining, wanted, private[source] != 0, rules.invitation)
                        and not is_member(members, persons.status, source, user)
                        and not has_left(members, source, user)
                    ):
                        join_venue[joins], join_user[joins] = source, user
                        joins += 1
                if rules.secret_forwarding or not flags_of[post] & IN_SECRET:
                    place = venue if venue >= 0 else DIRECT_KEY + np.int64(sending.author)
                    readable += 1
                    if readable == 1:
                        parent, parent_place = post, place
                    else:
                        if readable == 2:
                            best = draw3(streams.parent, key, user, parent_place)
                        u = draw3(streams.parent, key, user, place)
                        if u < best:
                            parent, best = post, u
                if not wants:
                    number = np.int64(numbers[i])
                    u = unit(fold(forward_stream, number))
                    if u < most and enough_exposures(
                        number, rules.threshold_count, rules.threshold_share, degree(ties, user)
                    ):
                        factor = sharing_factor(
                            rules.label_sharing if flags_of[post] & LABELLED else 1.0,
                            rules.friction_mark if flags_of[post] & FRICTION else 1.0,
                            rules.friction,
                        )
                        new = novelty[thing.stream, min(number, novelty.shape[1]) - 1]
                        ready = sharing
                        if boosting > sharing and rules.bot[persons.persona[sending.author]]:
                            ready = boosting
                        wants = u < forward_probability(ready, thing.appeal, wanted, thing.medium_factor, factor, new)
            if wants and parent >= 0:
                pass_user[passes], pass_post[passes], pass_at[passes] = user, parent, at_of[first]
                passes += 1
        begin = end
    out.touched[0] = touched  # so that the reads are not left out as useless
    out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4] = reports, leaves, joins, passes, adoptions
    out.fill[5] = sightings
    return begin


@compiled
def flush_views(
    tick: int, posts: Posts, items: ItemColumns, platform_of: Bytes, view_measure: int, new_measure: int,
    by_class: Ints, out: Decisions, order: Ints,
) -> Ints:  # fmt: skip
    """Add the views of a tick to their items and classes; return (post, tick, views, new readers), in an order."""
    n = order.size
    rows = np.empty((n, 4), dtype=np.int64)
    counts, things, hot, of, seen = items.counts, items.hot, posts.hot, posts.of, posts.seen
    seen_post, seen_views, seen_new = out.seen_post, out.seen_views, out.seen_new
    for i in range(n):
        k = order[i]
        post = seen_post[k]
        item = hot[of[post]].item
        views, new = seen[post].views - seen_views[k], seen[post].new - seen_new[k]
        rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3] = post, tick, views, new
        counts[item, view_measure] += views
        counts[item, new_measure] += new
        by_class[things[item].content, view_measure] += views
        venue = np.int64(hot[of[post]].venue)
        if venue >= 0 and platform_of[venue]:
            counts[item, VIEWS_ELSEWHERE] += views
            by_class[things[item].content, VIEWS_ELSEWHERE] += views
        by_class[things[item].content, new_measure] += new
    return rows
