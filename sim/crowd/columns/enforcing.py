"""Scanning, hearing reports and carrying out verdicts, on the columns of posts and cases."""

import numpy as np

from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.moving import close_venue
from sim.crowd.columns.posting import take_down
from sim.crowd.columns.state import Flags, Floats, Ints, ItemColumns, Numbers, Persons
from sim.draws import draw3, fold, unit
from sim.moderation.cases import ADMIN, MOOT, ORDER, REPORT, SCAN, WAITING
from sim.moderation.columns import Cases, round_key
from sim.moderation.heap import pop
from sim.moderation.terms import EVERY_COPY, NAMED, REMOVE, STRIKE
from sim.often import compiled_often
from sim.rules.detect import flag_probability, scannable
from sim.vocabulary import REMOVED_ELSEWHERE
from sim.world.columns import BANNED, SUSPENDED, Members
from sim.world.posts import SECRET
from sim.world.sendings import CASE_OPEN, CLEARED, LIVE, Posts, interval_of, kind_of, place_of


@compiled_within
def is_private(posts: Posts, members: Members, post: int) -> bool:
    """Whether a post is in a venue by invitation or in a direct chat."""
    venue = posts.hot[posts.of[post]].venue
    return venue < 0 or members.private[venue] != 0


@compiled_within
def _open(
    post: int, source: int, tick: int, number: int, posts: Posts, items: ItemColumns, breach: Flags, cases: Cases
) -> None:
    """Write a case down; those that a reviewer will see are marked at their post."""
    row = posts.of[post]
    item = posts.hot[row].item
    cases.opened[number], cases.place[number], cases.subject[number] = tick, place_of(posts, row), items.hot[item].key
    cases.receiver[number], cases.source[number] = posts.to[post] - 1, source
    cases.content[number], cases.breach[number] = items.hot[item].content, breach[items.hot[item].content]
    cases.author[number], cases.interval[number] = posts.hot[row].author, interval_of(posts, row)
    cases.verdict[number], cases.decided[number], cases.acted[number] = WAITING, -1, -1
    cases.post[number], cases.deeds[number] = post, 0
    if source != ORDER and source != ADMIN:
        posts.flags[post] |= CASE_OPEN


@compiled
def post_count(rows: Numbers, posts: Posts) -> int:
    """Return how many posts sendings have."""
    total = np.int64(0)
    for row in rows:
        total += 1 + posts.more[row]
    return total


@compiled
def numbers_of(rows: Numbers, posts: Posts) -> Ints:
    """Return the numbers of the posts of sendings."""
    out = np.empty(post_count(rows, posts), dtype=np.int64)
    at = 0
    for row in rows:
        for post in range(posts.hot[row].first, posts.hot[row].first + 1 + posts.more[row]):
            out[at] = post
            at += 1
    return out


@compiled
def scan(
    rows: Numbers,
    tick: int,
    number: int,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    detectability: Floats,
    breach: Flags,
    recall: Floats,
    false_positive: float,
    private_venues: bool,
    direct_chats: bool,
    secret_chats: bool,
    stream: int,
    cases: Cases,
    case_measure: int,
    by_class: Ints,
) -> tuple[int, int, int]:
    """Look at sendings that went live, where the scanner may.

    Return the next case number, and how many posts in private places were looked at, and in secret chats.
    """
    private_seen = secret_seen = 0
    for row in rows:
        sending = posts.hot[row]
        item, direct = sending.item, sending.venue < 0
        if direct and not direct_chats and not secret_chats:
            continue
        if not direct and members.platform[sending.venue]:
            continue
        content = items.hot[item].content
        chance = flag_probability(breach[content], recall[content], detectability[item], false_positive)
        root = fold(fold(stream, items.hot[item].key), place_of(posts, row))
        for post in range(sending.first, sending.first + 1 + posts.more[row]):
            private = is_private(posts, members, post)
            kind = kind_of(posts, post)
            if not scannable(kind, private, private_venues, direct_chats, secret_chats):
                continue
            private_seen += private
            secret_seen += kind == SECRET
            u = unit(fold(root, np.int64(posts.to[post])))
            if u < chance and not posts.flags[post] & (CASE_OPEN | CLEARED):
                _open(post, SCAN, tick, number, posts, items, breach, cases)
                number += 1
                items.counts[item, case_measure] += 1
                by_class[content, case_measure] += 1
    return number, private_seen, secret_seen


@compiled_often
def hear(
    reported: Numbers,
    tick: int,
    number: int,
    accepted: bool,
    private_venues: bool,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    breach: Flags,
    cases: Cases,
    report_measure: int,
    case_measure: int,
    by_class: Ints,
) -> int:
    """Take the reports of a tick; several on one post are one case. Return the next case number."""
    for post in reported:
        item, venue = posts.hot[posts.of[post]].item, posts.hot[posts.of[post]].venue
        if venue >= 0 and members.platform[venue]:
            continue
        content = items.hot[item].content
        items.counts[item, report_measure] += 1
        by_class[content, report_measure] += 1
        flags = posts.flags[post]
        if not accepted or not flags & LIVE or flags & (CASE_OPEN | CLEARED):
            continue
        if not private_venues and is_private(posts, members, post):
            continue
        _open(post, REPORT, tick, number, posts, items, breach, cases)
        number += 1
        items.counts[item, case_measure] += 1
        by_class[content, case_measure] += 1
    return number


@compiled
def notified(
    pending: Numbers,
    source: int,
    tick: int,
    number: int,
    again: bool,
    posts: Posts,
    items: ItemColumns,
    breach: Flags,
    cases: Cases,
    case_measure: int,
    by_class: Ints,
) -> int:
    """Open cases on the posts of notices that are still up; return the next case number.

    `again`: even where a case is open, or a reviewer has let the post stand.
    """
    for post in pending:
        flags = posts.flags[post]
        if not flags & LIVE or (flags & (CASE_OPEN | CLEARED) and not again):
            continue
        _open(post, source, tick, number, posts, items, breach, cases)
        number += 1
        item = posts.hot[posts.of[post]].item
        items.counts[item, case_measure] += 1
        by_class[items.hot[item].content, case_measure] += 1
    return number


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
                items.hot[item].marks |= marks
                one = items.first_post[item]
                while one >= 0:
                    first, one_venue = posts.hot[one].first, posts.hot[one].venue
                    if one_venue >= 0 and members.platform[one_venue]:
                        one = posts.next_of_item[one]
                        continue
                    for copy in range(first, first + 1 + posts.more[one]):
                        _treat(copy, marks, removes, tick, posts, items, members, removed_measure, by_class)
                    one = posts.next_of_item[one]
            else:
                _treat(np.int64(post), marks, removes, tick, posts, items, members, removed_measure, by_class)
            if removes and source != ADMIN:
                learned[item] = True
                hashed[item] |= learns
            items.counts[item, acted_measure] += 1
            by_class[items.hot[item].content, acted_measure] += 1
        if not deeds & STRIKE:
            continue
        author, wrong = cases.author[case], np.int64(cases.breach[case] == 0)
        persons.strikes[author] += 1
        strikes = persons.strikes[author]
        sanctions[count, 0], sanctions[count, 1], sanctions[count, 2], sanctions[count, 3] = 0, author, subject, wrong
        count += 1
        if ban_user_at and not persons.status[author] & BANNED and strikes >= ban_user_at:
            persons.status[author] |= BANNED
            sanctions[count, 0], sanctions[count, 1] = 1, author
            sanctions[count, 2], sanctions[count, 3] = subject, wrong
            count += 1
        suspended = np.int64(0)
        for step in range(ladder.shape[0]):
            if strikes >= ladder[step, 0]:
                suspended = ladder[step, 1]
        if suspended and not persons.status[author] & BANNED:
            persons.status[author] |= SUSPENDED
            persons.suspended_until[author] = max(persons.suspended_until[author], tick + suspended)
            sanctions[count, 0], sanctions[count, 1] = 3, author
            sanctions[count, 2], sanctions[count, 3] = subject, wrong
            count += 1
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
                sanctions[count, 0], sanctions[count, 1] = 2, venue
                sanctions[count, 2], sanctions[count, 3] = subject, wrong
                count += 1
    return sanctions[:count]


@compiled
def remove_elsewhere(
    found: Numbers, tick: int, posts: Posts, items: ItemColumns, members: Members, by_class: Ints
) -> None:
    """Let other platforms take down those of these posts that are still up."""
    for post in found:
        if posts.flags[post] & LIVE:
            take_down(np.int64(post), tick, posts, items, members, REMOVED_ELSEWHERE, by_class)
