"""Deciding: users adopt, report, leave, join and pass on, over what they noticed in a tick."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled_within
from sim.crowd.columns.noticed import ADOPTIONS, ASKED, JOINS, LEAVES, LOW, PASSES, REPORTS, Decisions
from sim.crowd.columns.state import Ints, Persons, Rules, Streams
from sim.draws import draw, draw3, fold, unit
from sim.fetching import fetch
from sim.rules.adopt import transaction_probability
from sim.rules.forward import enough_exposures, forward_probability, match, sharing_factor, suits
from sim.rules.membership import join_probability, leave_probability
from sim.rules.report import report_probability
from sim.scenario.user_rules import FORWARD, JOIN, LEAVE, REPORT
from sim.vocabulary import DIRECT_KEY, FRICTION, LABELLED
from sim.world.columns import OUT, Members, has_left, is_member
from sim.world.people import INTEREST, SHARING, TRUST
from sim.world.sendings import IN_SECRET
from sim.world.ties import degree

_AHEAD = 16
"""How many exposures before its use memory is asked for."""


@compiled_within
def _ask(
    questions: NDArray[Any], at: int, decision: int, who: int, place: int, number: int, venue: int, luck: float,
    default: float, belief: float,
) -> None:  # fmt: skip
    """Write down what a rule of the scenario is asked about."""
    question = questions[at]
    question.decision, question.who, question.at, question.number, question.venue = decision, who, place, number, venue
    question.luck, question.default, question.belief = luck, default, belief


@compiled_within
def _without_forwards(questions: NDArray[Any], begin: int, end: int) -> int:
    """Take back questions about forwards of what cannot be forwarded; return where the questions end."""
    kept = begin
    for k in range(begin, end):
        if questions[k].decision != FORWARD:
            questions[kept] = questions[k]
            kept += 1
    return kept


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
    numbers, at_of, fill, questions = out.numbers, out.at, out.fill, out.asked
    asks_forward, asks_report = rules.asks[FORWARD], rules.asks[REPORT]
    asks_join, asks_leave = rules.asks[JOIN], rules.asks[LEAVE]
    most_forward, most_report = rules.ceilings[FORWARD], rules.ceilings[REPORT]
    most_join, most_leave = rules.ceilings[JOIN], rules.ceilings[LEAVE]
    asked_of = fill[ASKED]
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
            belief = np.float64(persons_rows[user, believes + topic])
            matching = match(thing.by_belief, thing.corrects, belief, interest)
            wanted = suits(matching, thing.by_belief, interest, rules.interest_share)
            if thing.transacts and numbers[first] == 1:
                chance = transaction_probability(rules.transaction, interest)
                if draw(streams.adopt, key, user) < chance:
                    adopt_item[adoptions] = item
                    adoptions += 1
            rate = thing.report_rate
            likely = max(rate, false_reports, most_report)
            most = max(max(sharing, boosting) * max(1.0, thing.medium_factor), most_forward)
            forward_stream = fold(thing.forward, user)
            wants, asked_before = False, asked_of
            parent, parent_place, best, readable = np.int64(-1), np.int64(0), 2.0, 0
            for i in range(first, stop):
                hit = hits[who[i] & LOW]
                if hit.item != item:
                    continue
                sending, post = hot_posts[hit.sending], np.int64(hit.post)
                venue = np.int64(sending.venue)
                if likely > 0.0:
                    u = unit(fold(sending.report, user))
                    chance = report_probability(rate, matching, trust, false_reports) if u < likely else 0.0
                    if u < max(chance, most_report):
                        if asks_report:
                            _ask(questions, asked_of, REPORT, who[i], reports, numbers[i], venue, u, chance, belief)
                            asked_of += 1
                        report_post[reports], report_user[reports] = post, user
                        reports += 1
                if venue >= 0 and (rules.leaving > 0.0 or most_leave > 0.0):
                    u = unit(fold(sending.leave, user))
                    chance = leave_probability(rules.leaving, wanted) if u < max(rules.leaving, most_leave) else 0.0
                    if u < max(chance, most_leave) and owner[venue] != user:
                        if asks_leave:
                            _ask(questions, asked_of, LEAVE, who[i], leaves, numbers[i], venue, u, chance, belief)
                            asked_of += 1
                        leave_venue[leaves], leave_user[leaves] = venue, user
                        leaves += 1
                source = np.int64(sending.source)
                if source >= 0 and source != venue:
                    u = unit(fold(sending.join, user))
                    chance = 0.0
                    if u < max(rules.joining, most_join):
                        chance = join_probability(rules.joining, wanted, private[source] != 0, rules.invitation)
                    if (
                        u < max(chance, most_join)
                        and active[source]
                        and (not persons.status[user] & OUT or members.platform[source] != 0)
                        and not is_member(members, persons.status, source, user)
                        and not has_left(members, source, user)
                    ):
                        if asks_join:
                            _ask(questions, asked_of, JOIN, who[i], joins, 0, source, u, chance, belief)
                            asked_of += 1
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
                if not wants or asks_forward:
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
                        chance = forward_probability(ready, thing.appeal, wanted, thing.medium_factor, factor, new)
                        if u < max(chance, most_forward):
                            wants = True
                            if asks_forward:
                                _ask(questions, asked_of, FORWARD, who[i], passes, number, venue, u, chance, belief)
                                asked_of += 1
            if asks_forward and parent < 0:
                asked_of = _without_forwards(questions, asked_before, asked_of)
            if wants and parent >= 0:
                pass_user[passes], pass_post[passes], pass_at[passes] = user, parent, at_of[first]
                passes += 1
        begin = stop
    fill[REPORTS], fill[LEAVES], fill[JOINS], fill[PASSES], fill[ADOPTIONS] = reports, leaves, joins, passes, adoptions
    fill[ASKED] = asked_of
