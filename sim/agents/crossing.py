"""Who follows a place that has moved, where those who leave go, and who finds a place: over all people at once.

Both crowds ask these same kernels, once a day; the draws are keyed by the decision, so a member who did not follow on
one day is asked by the same draw on the next, when more of her contacts have followed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw3, fold, unit
from sim.rules.follow import follow_probability
from sim.world.ties import Ties, degree, write_contacts

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Reals = NDArray[np.float32]
Flags = NDArray[np.bool_]
LOOKED_AT = 16
"""Places at which a person looks before she takes the one that suits her best; assumed."""


class Places(NamedTuple):
    """Venues among which people look, and their topics."""

    number: Numbers
    topic: Ints


@compiled
def position(sorted_users: Numbers, user: int) -> int:
    """Return where a user stands among sorted users, or -1."""
    at = int(np.searchsorted(sorted_users, user))
    return at if at < sorted_users.size and sorted_users[at] == user else -1


@compiled
def new_followers(
    members: Numbers,
    following: Flags,
    able: Flags,
    platform: int,
    accounts: Bytes,
    ties: Ties,
    stream: int,
    venue: int,
    base: float,
    without_account: float,
    pull: float,
) -> Flags:
    """Return which members decide to follow now; `following` says who has before, `able` who can be there at all."""
    out = np.zeros(members.size, dtype=np.bool_)
    degrees = np.zeros(members.size, dtype=np.int64)
    for i in range(members.size):
        degrees[i] = degree(ties, members[i])
    contacts = np.empty(degrees.max() if members.size else 0, dtype=np.int64)
    for i in range(members.size):
        user = int(members[i])
        if following[i] or not able[i]:
            continue
        known = followed = 0
        for k in range(write_contacts(ties, user, contacts, 0)):
            at = position(members, contacts[k])
            if at >= 0:
                known += 1
                followed += following[at]
        share = followed / known if known else 0.0
        has = platform == 0 or (accounts[user] >> platform) & 1 != 0
        chance = follow_probability(base, has, without_account, pull, share)
        out[i] = draw3(stream, venue, user, 0) < chance
    return out


@compiled
def best_places(
    user: int, episode: int, wanted: int, places: Places, interest: Reals, affinity: float, stream: int
) -> Numbers:
    """Return the places that a person chooses, best first, none twice.

    For each she looks at LOOKED_AT of them, drawn by key, and takes the one whose draw over its weight is least; the
    weight is 1 + affinity x her interest in its topic.
    """
    out = np.empty(wanted, dtype=np.int32)
    count, n = 0, places.number.size
    root = fold(fold(stream, user), episode)
    for choice in range(wanted if n else 0):
        best, found = 2.0e300, np.int64(-1)
        for look in range(LOOKED_AT):
            one = fold(root, choice * LOOKED_AT + look)
            k = np.int64(unit(one) * n)
            weight = 1.0 + affinity * np.float64(interest[user, places.topic[k]])
            score = unit(fold(one, 1)) / weight
            if score < best:
                best, found = score, k
        fresh = True
        for j in range(count):
            fresh = fresh and out[j] != places.number[found]
        if fresh:
            out[count] = places.number[found]
            count += 1
    return out[:count]


@compiled
def search(
    day: int, per_day: float, able: Flags, places: Places, sought: Reals, affinity: float, stream: int, accept: int
) -> tuple[Numbers, Numbers]:
    """Return (venues, users) of those who look for a place on this day and join what they find.

    `sought` is how much each user looks for each topic; whether she joins is a draw against it.
    """
    venues, users = [np.int32(0) for _ in range(0)], [np.int32(0) for _ in range(0)]
    for user in range(able.size):
        if not able[user] or unit(fold(fold(stream, user), day)) >= per_day:
            continue
        for venue in best_places(user, day, 1, places, sought, affinity, stream):
            topic = places.topic[np.searchsorted(places.number, venue)]
            if draw3(accept, user, day, int(venue)) < sought[user, topic]:
                venues.append(venue)
                users.append(np.int32(user))
    return np.array(venues, dtype=np.int32), np.array(users, dtype=np.int32)


@compiled
def suggest(
    day: int,
    per_day: float,
    able: Flags,
    first: Ints,
    member: Numbers,
    user_first: Ints,
    user_venue: Numbers,
    open_public: Flags,
    topic: Ints,
    interest: Reals,
    stream: int,
    accept: int,
) -> tuple[Numbers, Numbers]:
    """Return (venues, users) of those who are shown a place in which members of their places are, and join it.

    A walk of three steps on the memberships at the start: one of her places, one of its members, one of that member's
    places. What is shown so is the more likely the more members the two places share (similar channels).
    """
    venues, users = [np.int32(0) for _ in range(0)], [np.int32(0) for _ in range(0)]
    for user in range(able.size):
        root = fold(fold(stream, user), day)
        mine = user_first[user + 1] - user_first[user]
        if not able[user] or mine == 0 or unit(root) >= per_day:
            continue
        place = np.int64(user_venue[user_first[user] + np.int64(unit(fold(root, 1)) * mine)])
        other = np.int64(member[first[place] + np.int64(unit(fold(root, 2)) * (first[place + 1] - first[place]))])
        theirs = user_first[other + 1] - user_first[other]
        venue = np.int64(user_venue[user_first[other] + np.int64(unit(fold(root, 3)) * theirs)])
        if open_public[venue] and draw3(accept, user, day, int(venue)) < interest[user, topic[venue]]:
            venues.append(np.int32(venue))
            users.append(np.int32(user))
    return np.array(venues, dtype=np.int32), np.array(users, dtype=np.int32)
