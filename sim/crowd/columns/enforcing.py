"""Deciding the next cases and carrying out verdicts, on the columns of posts and cases."""

import numpy as np

from sim.agents.enforcer import STRUCK, USER_BANNED, VENUE_BANNED
from sim.agents.enforcer import SUSPENDED as USER_SUSPENDED
from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.moving import close_venue
from sim.crowd.columns.posting import take_down
from sim.crowd.columns.state import Flags, Ints, ItemColumns, Numbers, Persons
from sim.draws import draw3
from sim.moderation.cases import ADMIN, MOOT, ORDER
from sim.moderation.columns import Cases, round_key
from sim.moderation.heap import pop
from sim.moderation.terms import EVERY_COPY, NAMED, REMOVE, STRIKE
from sim.often import compiled_often
from sim.vocabulary import REMOVED_ELSEWHERE
from sim.world.columns import BANNED, SUSPENDED, Members
from sim.world.sendings import CASE_OPEN, CLEARED, LIVE, Posts


@compiled_often
def next_cases(
    heap: Ints, size: int, capacity: int, tick: int, cases: Cases, posts: Posts, waiting: Ints
) -> tuple[Ints, int]:
    """Take as many cases as can be decided, without those whose post is gone; return them, and how many still wait."""
    taken = np.empty(min(capacity, size), dtype=np.int64)
    count = 0
    while count < capacity and size > 0:
        case = pop(heap, size, cases)
        size -= 1
        waiting[cases.content[case]] -= 1
        post = cases.post[case]
        if post >= 0 and not posts.flags[post] & LIVE:
            cases.verdict[case], cases.decided[case] = MOOT, tick
            continue
        taken[count] = case
        count += 1
    return taken[:count], size


@compiled_often
def clear(numbers: Ints, cases: Cases, posts: Posts, items: ItemColumns, measure: int, by_class: Ints) -> None:
    """Let the posts of cleared cases stand, for as long as they are up."""
    for case in numbers:
        post = cases.post[case]
        if post >= 0:
            posts.flags[post] = (posts.flags[post] | CLEARED) & ~np.uint16(CASE_OPEN)
            item = posts.hot[posts.of[post]].item
            items.counts[item, measure] += 1
            by_class[items.hot[item].content, measure] += 1


@compiled_within
def _treat(
    post: int, marks: int, removes: bool, tick: int, posts: Posts, items: ItemColumns, members: Members, measure: int,
    by_class: Ints,
) -> None:  # fmt: skip
    """Do to a post what the terms say, if it is up."""
    if posts.flags[post] & LIVE:
        posts.flags[post] |= marks
        if removes:
            take_down(post, tick, posts, items, members, measure, by_class)


@compiled_within
def _treat_copies(
    item: int, marks: int, removes: bool, tick: int, posts: Posts, items: ItemColumns, members: Members, measure: int,
    by_class: Ints,
) -> None:  # fmt: skip
    """Mark an item, later copies too, and do to all its posts on the platform what the terms say."""
    items.hot[item].marks |= marks
    one = items.first_post[item]
    while one >= 0:
        first, venue = posts.hot[one].first, posts.hot[one].venue
        if venue < 0 or not members.platform[venue]:
            for copy in range(first, first + 1 + posts.more[one]):
                _treat(copy, marks, removes, tick, posts, items, members, measure, by_class)
        one = posts.next_of_item[one]


@compiled_within
def write_sanction(sanctions: Ints, count: int, kind: int, whom: int, subject: int, wrong: int) -> int:
    """Write a sanction down; return how many there are now."""
    sanctions[count, 0], sanctions[count, 1], sanctions[count, 2], sanctions[count, 3] = kind, whom, subject, wrong
    return count + 1


@compiled_within
def _punish(
    author: int, subject: int, wrong: int, tick: int, persons: Persons, ban_at: int, ladder: Ints, sanctions: Ints,
    count: int,
) -> int:  # fmt: skip
    """Give a user a strike and what follows from it; return how many sanctions there are now."""
    persons.strikes[author] += 1
    strikes = persons.strikes[author]
    count = write_sanction(sanctions, count, STRUCK, author, subject, wrong)
    if ban_at and not persons.status[author] & BANNED and strikes >= ban_at:
        persons.status[author] |= BANNED
        count = write_sanction(sanctions, count, USER_BANNED, author, subject, wrong)
    suspended = np.int64(0)
    for step in range(ladder.shape[0]):
        if strikes >= ladder[step, 0]:
            suspended = ladder[step, 1]
    if suspended and not persons.status[author] & BANNED:
        persons.status[author] |= SUSPENDED
        persons.suspended_until[author] = max(persons.suspended_until[author], tick + suspended)
        count = write_sanction(sanctions, count, USER_SUSPENDED, author, subject, wrong)
    return count


@compiled_often
def enforce(
    numbers: Ints,
    tick: int,
    cases: Cases,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    newest: Numbers,
    deeds_of: Ints,
    marks_of: Ints,
    treated: Ints,
    order: tuple[int, int],
    mistaken_stream: int,
    ban_user_at: int,
    ban_venue_at: int,
    ladder: Ints,
    learned: Flags,
    hashed: Flags,
    learns: bool,
    removed_measure: int,
    acted_measure: int,
    ordinary: int,
    by_class: Ints,
) -> Ints:
    """Carry out verdicts, one by one; return the sanctions: (kind, user or venue, subject, wrong).

    `deeds_of` and `marks_of` hold what is done by class, `treated` the classes that the terms name, `order` the same
    for orders; a ban number of 0 means never. `ladder` has rows of (strikes, ticks of suspension).
    """
    sanctions = np.empty((4 * numbers.size, 4), dtype=np.int64)
    count = 0
    for case in numbers:
        post = cases.post[case]
        if post >= 0 and not posts.flags[post] & LIVE:
            cases.verdict[case] = MOOT
            continue
        cases.acted[case] = tick
        subject, place, source = cases.subject[case], cases.place[case], cases.source[case]
        deeds, marks = np.int64(0), np.uint16(0)
        if source == ORDER:
            deeds, marks = np.int64(order[0]), np.uint16(order[1])
        elif source == ADMIN:
            deeds = np.int64(NAMED | REMOVE)
        elif cases.breach[case]:
            content = cases.content[case]
            deeds, marks = deeds_of[content], np.uint16(marks_of[content])
        elif treated.size:
            u = draw3(mistaken_stream, subject, place, round_key(cases, case))
            content = treated[np.int64(u * treated.size)]
            deeds, marks = deeds_of[content], np.uint16(marks_of[content])
        if deeds == 0:
            continue
        cases.deeds[case] = deeds
        if post < 0:
            if deeds & REMOVE:
                by_class[ordinary, removed_measure] += 1
        else:
            item = posts.hot[posts.of[post]].item
            removes = deeds & REMOVE != 0
            if deeds & EVERY_COPY:
                _treat_copies(item, marks, removes, tick, posts, items, members, removed_measure, by_class)
            else:
                _treat(np.int64(post), marks, removes, tick, posts, items, members, removed_measure, by_class)
            if removes and source != ADMIN:
                learned[item] = True
                hashed[item] |= learns
            items.counts[item, acted_measure] += 1
            by_class[items.hot[item].content, acted_measure] += 1
        if not deeds & STRIKE:
            continue
        author, wrong = np.int64(cases.author[case]), np.int64(cases.breach[case] == 0)
        count = _punish(author, subject, wrong, tick, persons, ban_user_at, ladder, sanctions, count)
        if place < members.active.size:
            venue = np.int64(place)
            members.strikes[venue] += 1
            if ban_venue_at and members.active[venue] and members.strikes[venue] >= ban_venue_at:
                one = newest[venue]
                while one >= 0:
                    first = np.int64(posts.hot[one].first)
                    _treat(first, np.uint16(0), True, tick, posts, items, members, removed_measure, by_class)
                    one = posts.next_of_venue[one]
                close_venue(venue, tick, members, persons)
                count = write_sanction(sanctions, count, VENUE_BANNED, venue, subject, wrong)
    return sanctions[:count]


@compiled
def remove_elsewhere(
    found: Numbers, tick: int, posts: Posts, items: ItemColumns, members: Members, by_class: Ints
) -> None:
    """Let other platforms take down those of these posts that are still up."""
    for post in found:
        if posts.flags[post] & LIVE:
            take_down(np.int64(post), tick, posts, items, members, REMOVED_ELSEWHERE, by_class)
