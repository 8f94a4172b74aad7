"""Deciding: users adopt, report, leave, join and pass on, over what they noticed in a tick."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled_within
from sim.crowd.columns.noticed import ADOPTIONS, JOINS, LEAVES, LOW, PASSES, REPORTS, Decisions
from sim.crowd.columns.state import Ints, Persons, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.fetching import fetch
from sim.rules.adopt import transaction_probability
from sim.rules.forward import enough_exposures, forward_probability, match, sharing_factor, suits
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import OUT, Members, has_left, is_member
from sim.world.people import INTEREST, SHARING, TRUST
from sim.world.sendings import FRICTION, IN_SECRET, LABELLED
from sim.world.ties import degree

_AHEAD = 16
"""How many exposures before its use memory is asked for."""


@compiled_within
def decide(
    who: Ints,
    hits: NDArray[Any],
    begin: int,
    end: int,
    hot_posts: NDArray[Any],
    hot_items: NDArray[Any],
    members: Members,
    persons: Persons,
    believes: int,
    rules: Rules,
    streams: Streams,
    out: Decisions,
) -> None:
    """Let those who noticed something, from position `begin` to `end`, decide about each item, by what they believe.

    `believes` is where beliefs begin in a user's row.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    persons_rows, ties, persona_of, novelty = persons.rows, persons.ties, persons.persona, rules.novelty
    owner, active, private = members.owner, members.active, members.private
    false_reports_of, boosting_of, bot = rules.false_reports, rules.boosting, rules.bot
    report_post, report_user = out.report_post, out.report_user
    leave_venue, leave_user, join_venue, join_user = out.leave_venue, out.leave_user, out.join_venue, out.join_user
    pass_user, pass_post, pass_at, adopt_item = out.pass_user, out.pass_post, out.pass_at, out.adopt_item
    numbers, at_of, fill = out.numbers, out.at, out.fill
    reports, leaves, joins, passes, adoptions = (
        fill[REPORTS], fill[LEAVES], fill[JOINS], fill[PASSES], fill[ADOPTIONS],
    )  # fmt: skip
    n = who.size
    stop = asked = begin
    while begin < end:
        user = who[begin] >> 32
        while stop < end and who[stop] >> 32 == user:
            stop += 1
        while asked < min(begin + _AHEAD, n):
            fetch(hot_posts, hits[who[asked] & LOW].sending)
            asked += 1
        persona = persona_of[user]
        false_reports, boosting = false_reports_of[persona], boosting_of[persona]
        sharing, trust = np.float64(persons_rows[user, SHARING]), np.float64(persons_rows[user, TRUST])
        for first in range(begin, stop):
            item = np.int64(hits[who[first] & LOW].item)
            met = False
            for j in range(begin, first):
                if hits[who[j] & LOW].item == item:
                    met = True
                    break
            if met:
                continue
            thing = hot_items[item]
            key, topic = thing.key, thing.topic
            interest = np.float64(persons_rows[user, INTEREST + topic])
            matching = match(
                thing.by_belief, thing.corrects, np.float64(persons_rows[user, believes + topic]), interest
            )
            wanted = suits(matching, thing.by_belief, interest, rules.interest_share)
            if thing.transacts and numbers[first] == 1:
                chance = transaction_probability(rules.transaction, interest)
                if draw(streams.adopt, key, user) < chance:
                    adopt_item[adoptions] = item
                    adoptions += 1
            rate = thing.report_rate
            likely = max(rate, false_reports)
            most = max(sharing, boosting) * max(1.0, thing.medium_factor)
            forward_stream = fold(thing.forward, user)
            wants = False
            parent, parent_place, best, readable = np.int64(-1), np.int64(0), 2.0, 0
            for i in range(first, stop):
                hit = hits[who[i] & LOW]
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
                        if boosting > sharing and bot[persona_of[sending.author]]:
                            ready = boosting
                        wants = u < forward_probability(ready, thing.appeal, wanted, thing.medium_factor, factor, new)
            if wants and parent >= 0:
                pass_user[passes], pass_post[passes], pass_at[passes] = user, parent, at_of[first]
                passes += 1
        begin = stop
    fill[REPORTS], fill[LEAVES], fill[JOINS], fill[PASSES], fill[ADOPTIONS] = reports, leaves, joins, passes, adoptions
