"""Objections: whose author objects, and what is undone."""

import numpy as np

from sim.agents.enforcer import LIFTED, REINSTATED
from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.attempts import Attempts
from sim.crowd.columns.enforcing import write_sanction
from sim.crowd.columns.state import Flags, Ints, ItemColumns, Numbers, Persons
from sim.draws import draw3
from sim.moderation.cases import ADMIN, ORDER, OVERTURNED
from sim.moderation.columns import Cases, round_key
from sim.moderation.terms import EVERY_COPY, REMOVE, STRIKE
from sim.rules.delay import Waits, further_ticks
from sim.world.columns import BANNED, SUSPENDED, Members
from sim.world.sendings import COPIED, LIVE, RESTORED, Posts, find_place


@compiled
def objections(
    numbers: Ints,
    tick: int,
    cases: Cases,
    wrongful: float,
    rightful: float,
    stream: int,
    delay_stream: int,
    waits: Waits,
) -> Ints:
    """Return (case, tick of the decision) of the cases acted on in this tick to which the author objects."""
    found = np.empty((numbers.size, 2), dtype=np.int64)
    count = 0
    for case in numbers:
        source = cases.source[case]
        outside = source in (ORDER, ADMIN)  # orders and owners of groups hear no objections
        if cases.acted[case] != tick or outside or not cases.deeds[case] & (REMOVE | STRIKE):
            continue
        subject, place, last = cases.subject[case], cases.place[case], round_key(cases, case)
        if draw3(stream, subject, place, last) < (rightful if cases.breach[case] else wrongful):
            found[count, 0] = case
            found[count, 1] = tick + further_ticks(draw3(delay_stream, subject, place, last), waits)
            count += 1
    return found[:count]


@compiled_within
def _fell(row: int, acted: int, posts: Posts, places: Numbers) -> bool:
    """Whether a sending into a venue came down in a tick, and nothing has been up in its place since."""
    sending = posts.hot[row]
    post = sending.first
    if sending.venue < 0 or posts.flags[post] & LIVE or posts.seen[post].removed - 1 != acted:
        return False
    return places[find_place(places, posts.hot, np.int64(sending.item), np.int64(sending.venue))] == row


@compiled
def overturn(
    numbers: Ints,
    cases: Cases,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    places: Numbers,
    overturned_wrongful: float,
    overturned_rightful: float,
    stream: int,
    ban_user_at: int,
    account_since: Numbers,
    venue_since: Numbers,
    learned: Flags,
    hashed: Flags,
    measure: int,
    ordinary: int,
    by_class: Ints,
) -> tuple[Ints, Ints]:
    """Decide objections, one by one; return the sendings to be put back, and sanctions (kind, user, subject, wrong)."""
    sanctions = np.empty((2 * numbers.size, 4), dtype=np.int64)
    count = 0
    back = [np.int64(0) for _ in range(0)]
    for case in numbers:
        subject, place, breach = cases.subject[case], cases.place[case], cases.breach[case]
        u = draw3(stream, subject, place, round_key(cases, case))
        if u >= (overturned_rightful if breach else overturned_wrongful):
            continue
        cases.verdict[case] = OVERTURNED
        deeds, post, acted = cases.deeds[case], cases.post[case], cases.acted[case]
        if deeds & REMOVE and post < 0:
            by_class[ordinary, measure] += 1
        elif deeds & REMOVE:
            own = np.int64(posts.of[post])
            item = posts.hot[own].item
            learned[item] = hashed[item] = False
            if deeds & EVERY_COPY:
                one = items.first_post[item]
                while one >= 0:
                    if _fell(one, acted, posts, places):
                        back.append(np.int64(one))
                    one = posts.next_of_item[one]
            elif _fell(own, acted, posts, places):
                back.append(own)
        if not deeds & STRIKE:
            continue
        author, wrong = cases.author[case], np.int64(breach == 0)
        if place < members.active.size and acted > venue_since[np.int64(place)]:
            members.strikes[np.int64(place)] -= 1
        if acted <= account_since[author]:  # another account has taken its place
            continue
        persons.strikes[author] -= 1
        if persons.status[author] & SUSPENDED:
            persons.status[author] &= ~np.uint8(SUSPENDED)
            persons.suspended_until[author] = -1
        count = write_sanction(sanctions, count, LIFTED, author, subject, wrong)
        if persons.status[author] & BANNED and (ban_user_at == 0 or persons.strikes[author] < ban_user_at):
            persons.status[author] &= ~np.uint8(BANNED)
            count = write_sanction(sanctions, count, REINSTATED, author, subject, wrong)
    rows = np.empty(len(back), dtype=np.int64)
    for k in range(len(back)):
        rows[k] = back[k]
    return rows, sanctions[:count]


@compiled
def put_back(rows: Ints, posts: Posts, members: Members, out: Attempts, end: int) -> int:
    """Write attempts to put back what came down in venues that are there, from `end` on; return where they end."""
    for row in rows:
        sending = posts.hot[row]
        if not members.active[sending.venue]:
            continue
        out.item[end], out.author[end], out.venue[end] = sending.item, sending.author, sending.venue
        out.parent[end], out.hops[end], out.source[end] = posts.parent[row], posts.hops[row], sending.source
        out.flags[end] = (posts.flags[sending.first] & COPIED) | RESTORED
        out.begin[end], out.count[end] = 0, 1
        end += 1
    return end
