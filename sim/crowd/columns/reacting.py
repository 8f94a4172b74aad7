"""Reacting: sights are counted, beliefs move, and users decide to adopt, report, leave, join and pass on."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.crowd.columns.believing import believe_several
from sim.crowd.columns.sights import FILL_BITS, ITEM_BITS, MANY, Sights, enlarge, hashed, one_more
from sim.crowd.columns.state import Bytes, Flags, Ints, ItemColumns, Numbers, Persons, Reals, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.fetching import fetch
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

_AHEAD = 16
"""How many exposures before its use memory is asked for."""
_LOW = 0xFFFFFFFF
_LINE = 16
REPORTS, LEAVES, JOINS, PASSES, ADOPTIONS, AGAIN = range(6)
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
    again_post: Numbers
    """Posts of what was no new reader's, one entry for each such exposure."""
    numbers: Numbers
    """The how-manieth sight of its item each exposure is."""
    pass_at: Ints
    """Where the item stands in the pool of sights."""
    adopt_item: Numbers
    fill: Ints


def make_decisions(hits: int) -> Decisions:
    """Return empty lists with room for what so many sights can lead to."""
    columns = {name: np.empty(hits, dtype=np.int32) for name in Decisions._fields[:10]}
    return Decisions(
        **columns,
        pass_at=np.empty(hits, dtype=np.int64),
        adopt_item=np.empty(2 * hits, dtype=np.int32),
        fill=np.zeros(6, dtype=np.int64),
    )


@compiled
def _in_order(who: Ints, hits: NDArray[Any], hot_posts: NDArray[Any], hot_items: NDArray[Any], stream: int) -> None:
    """Put what one user noticed in a tick into the order of exposures: tick of the post, then a keyed draw."""
    m = who.size
    user = who[0] >> 32
    draws, ticks = np.empty(m), np.empty(m, dtype=np.int32)
    for i in range(m):
        hit = hits[who[i] & _LOW]
        sending = hot_posts[hit.sending]
        venue = np.int64(sending.venue)
        place = venue if venue >= 0 else DIRECT_KEY + np.int64(sending.author)
        draws[i], ticks[i] = draw3(stream, hot_items[hit.item].key, user, place), sending.tick
    if m > 32:
        order = np.argsort(draws, kind="mergesort")
        order = order[np.argsort(ticks[order], kind="mergesort")]
        old = who.copy()
        for i in range(m):
            who[i] = old[order[i]]
        return
    for i in range(1, m):
        look, u, tick = who[i], draws[i], ticks[i]
        j = i - 1
        while j >= 0 and (ticks[j] > tick or (ticks[j] == tick and draws[j] > u)):
            who[j + 1], draws[j + 1], ticks[j + 1] = who[j], draws[j], ticks[j]
            j -= 1
        who[j + 1], draws[j + 1], ticks[j + 1] = look, u, tick


@compiled
def react(
    who: Ints,
    hits: NDArray[Any],
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
    """Let everyone who noticed something decide what follows; `who` (user << 32 | hit) comes sorted by user.

    Her exposures are put in order and counted; then her beliefs move, by all she noticed; then she decides about each
    item, by what she believed before. `held` is what everybody believed before, if an item pulls towards that.

    Begin at the position `start`; return where it ended: before the end if the pool of sights is too small. Called
    again with a larger one, it goes on.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    hot_posts, hot_items, counts = posts.hot, items.hot, items.counts
    persons_rows, ties = persons.rows, persons.ties
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
    again_post, numbers = out.again_post, out.numbers
    reports, leaves, joins, passes, adoptions = out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4]
    repeats = out.fill[5]
    n = who.size
    at_of = np.empty(n, dtype=np.int64)
    before = np.empty(topics)
    believes = INTEREST + topics
    begin = asked = prepared = start
    while begin < n:
        # Ask for the users, then for the posts, items and places of sights, of those who come later.
        while asked < min(begin + 2 * _AHEAD, n):
            fetch(persons_rows, who[asked] >> 32)
            fetch(table, who[asked] >> 32)
            fetch(hits, who[asked] & _LOW)
            asked += 1
        while prepared < min(begin + _AHEAD, n):
            user = who[prepared] >> 32
            end = prepared + 1
            while end < n and who[end] >> 32 == user:
                end += 1
            fill = np.int64(table[user, 1])
            small = 8 * ((fill >> FILL_BITS) + end - prepared) > 7 << (fill & 31)
            if small and not enlarge(pool, table, free, user, end - prepared):
                n = prepared  # the pool is too small: go so far, and no further
                break
            first_place, bits = np.int64(table[user, 0]) * _LINE, np.int64(table[user, 1] & 31)
            for i in range(prepared, end):
                hit = hits[who[i] & _LOW]
                fetch(pool, first_place + hashed(np.int64(hit.item), bits))
                fetch(hot_items, hit.item)
                fetch(hot_posts, hit.sending)
            prepared = end
        if begin == n:
            break
        user = who[begin] >> 32
        end = begin + 1
        while end < n and who[end] >> 32 == user:
            end += 1
        if end - begin > 1:
            _in_order(who[begin:end], hits, hot_posts, hot_items, streams.exposure_order)

        first_place, bits = np.int64(table[user, 0]) * _LINE, np.int64(table[user, 1] & 31)
        for i in range(begin, end):
            hit = hits[who[i] & _LOW]
            item = np.int64(hit.item)
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
            if number > 1:
                again_post[repeats] = hit.post
                repeats += 1
            thing = hot_items[item]
            content = thing.content
            if illegal_somewhere[content] and illegal[countries[user], content]:
                thing.illegal_views += 1
                by_class[content, illegal_measure] += 1
                venue = np.int64(hot_posts[hit.sending].venue)
                if venue >= 0 and platform_of[venue]:
                    counts[item, ILLEGAL_ELSEWHERE] += 1
                    by_class[content, ILLEGAL_ELSEWHERE] += 1

        for topic in range(topics):
            before[topic] = persons_rows[user, believes + topic]
        credulity = np.float64(persons_rows[user, CREDULITY])
        if credulity > 0.0 and touches.shape[0]:
            adoptions = believe_several(
                who[begin:end], hits, numbers[begin:end], hot_posts, hot_items, held, before,
                persons_rows[user], believes, credulity, touches, rules, adopt_item, adoptions,
            )  # fmt: skip
        elif credulity > 0.0:
            for first in range(begin, end):
                item = np.int64(hits[who[first] & _LOW].item)
                topic = np.int64(hot_items[item].topic)
                if not hot_items[item].by_belief:
                    continue
                met = False
                for j in range(begin, first):
                    other = hits[who[j] & _LOW].item
                    if hot_items[other].by_belief and hot_items[other].topic == topic:
                        met = True
                        break
                if met:
                    continue
                combined, weight, towards, strongest = 0.0, 0.0, 0.0, -1.0
                leader = item
                for i in range(first, end):
                    hit = hits[who[i] & _LOW]
                    item = np.int64(hit.item)
                    thing = hot_items[item]
                    if not thing.by_belief or thing.topic != topic:
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
            item = np.int64(hits[who[first] & _LOW].item)
            met = False
            for j in range(begin, first):
                if hits[who[j] & _LOW].item == item:
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
                hit = hits[who[i] & _LOW]
                if hit.item != item:
                    continue
                sending, post = hot_posts[hit.sending], np.int64(hit.post)
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
                if rules.secret_forwarding or not hit.flags & IN_SECRET:
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
                            rules.label_sharing if hit.flags & LABELLED else 1.0,
                            rules.friction_mark if hit.flags & FRICTION else 1.0,
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
    out.fill[0], out.fill[1], out.fill[2], out.fill[3], out.fill[4] = reports, leaves, joins, passes, adoptions
    out.fill[5] = repeats
    return begin


@compiled
def count_views(
    tick: int, seen_post: Numbers, again_post: Numbers, posts: Posts, items: ItemColumns, platform_of: Bytes,
    view_measure: int, new_measure: int, by_class: Ints,
) -> Ints:  # fmt: skip
    """Count the views of a tick with posts, items and classes; return (post, tick, views, new readers).

    `seen_post` has an entry for each exposure, `again_post` for each that was no new reader's; both are sorted.
    """
    counts, things, hot, of, seen = items.counts, items.hot, posts.hot, posts.of, posts.seen
    n, distinct = seen_post.size, np.int64(0)
    for i in range(n):
        distinct += i == 0 or seen_post[i] != seen_post[i - 1]
    rows = np.empty((distinct, 4), dtype=np.int64)
    at = again = np.int64(0)
    for k in range(distinct):
        post = seen_post[at]
        views = new = np.int64(0)
        while at < n and seen_post[at] == post:
            views += 1
            at += 1
        new = views
        while again < again_post.size and again_post[again] == post:
            new -= 1
            again += 1
        rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3] = post, tick, views, new
    for k in range(-2 * _AHEAD, distinct):
        if k + 2 * _AHEAD < distinct:
            fetch(of, rows[k + 2 * _AHEAD, 0])
            fetch(seen, rows[k + 2 * _AHEAD, 0])
        if 0 <= k + _AHEAD < distinct:
            fetch(hot, of[rows[k + _AHEAD, 0]])
        if 0 <= k + _AHEAD // 2 < distinct:
            item = hot[of[rows[k + _AHEAD // 2, 0]]].item
            fetch(counts, item)
            fetch(things, item)
        if k < 0:
            continue
        post, views, new = rows[k, 0], rows[k, 2], rows[k, 3]
        sending = hot[of[post]]
        item, venue = np.int64(sending.item), np.int64(sending.venue)
        content = things[item].content
        seen[post].views += views
        seen[post].new += new
        counts[item, view_measure] += views
        counts[item, new_measure] += new
        by_class[content, view_measure] += views
        by_class[content, new_measure] += new
        if venue >= 0 and platform_of[venue]:
            counts[item, VIEWS_ELSEWHERE] += views
            by_class[content, VIEWS_ELSEWHERE] += views
    return rows
