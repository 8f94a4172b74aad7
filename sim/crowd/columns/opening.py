"""Opening cases: scanning, hearing reports and taking notices, on the columns of posts."""

import numpy as np

from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.state import Flags, Floats, Ints, ItemColumns, Numbers
from sim.draws import fold, unit
from sim.moderation.cases import ADMIN, ORDER, REPORT, SCAN, WAITING
from sim.moderation.columns import Cases
from sim.often import compiled_often
from sim.rules.detect import flag_probability, scannable
from sim.world.columns import Members
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
