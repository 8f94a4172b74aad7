"""Looking at one user or venue of a run: who is where, and what a user has begun or passed on."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.passed import Passed, find_passed
from sim.crowd.columns.state import Bytes, Flags, Ints, Numbers
from sim.world.columns import HAS_LEFT, Members, has_left


@compiled
def places_of(members: Members, status: Bytes, user: int) -> tuple[Numbers, Flags]:
    """Return the venues in which a user ever was, in the order in which she came, and whether she is in each now."""
    begin, end = members.user_first[user], members.user_first[user + 1]
    joins, k = 0, members.joined_user[user]
    while k >= 0:
        joins += 1
        k = members.next_of_user[k]
    venues = np.empty(end - begin + joins, dtype=np.int32)
    venues[: end - begin] = members.user_venue[begin:end]
    at, k = venues.size, members.joined_user[user]
    while k >= 0:
        at -= 1
        venues[at] = members.join_venue[k]
        k = members.next_of_user[k]
    inside, leaves = np.empty(venues.size, dtype=np.bool_), status[user] & HAS_LEFT
    for i in range(venues.size):
        venue = np.int64(venues[i])
        inside[i] = members.active[venue] and not (leaves and has_left(members, venue, user))
    return venues, inside


@compiled
def members_since(members: Members, status: Bytes, venue: int) -> tuple[Ints, Ints]:
    """Return who is in a venue, or was when it was banned, sorted, and since which tick: -1 for the start."""
    users, since = np.empty(members.count[venue], dtype=np.int64), np.empty(members.count[venue], dtype=np.int64)
    n = 0
    for k in range(members.first[venue], members.first[venue + 1]):
        user = np.int64(members.member[k])
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            users[n], since[n] = user, -1
            n += 1
    k = members.joined_venue[venue]
    while k >= 0:
        user = np.int64(members.join_user[k])
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            users[n], since[n] = user, members.join_since[k]
            n += 1
        k = members.next_of_venue[k]
    order = np.argsort(users[:n])
    return users[order], since[order]


@compiled
def find_all_passed(passed: Passed, items: Ints, user: int) -> Ints:
    """Return where the pairs of a user and some items stand in `passed`; -1 for those that are not kept there."""
    out = np.empty(items.size, dtype=np.int64)
    for i in range(items.size):
        out[i] = find_passed(passed, (items[i] << 32) | user)
    return out
