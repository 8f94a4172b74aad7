"""Joining and leaving: memberships change, and attention is shared out anew."""

import numpy as np

from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.announcing import welcome
from sim.crowd.columns.calendar import Calendar
from sim.crowd.columns.state import Clockwork, Floats, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw3
from sim.often import compiled_often
from sim.rules.notice import openness
from sim.world.columns import AWAY, HAS_LEFT, Members, has_left, is_member, join_venue, leave_venue
from sim.world.people import ATTENTION
from sim.world.sendings import Posts
from sim.world.ties import degree


@compiled_within
def hear(persons: Persons, user: int, more: int, platform: int) -> None:
    """Change what reaches a user from a platform, in thousandths of a post a day."""
    persons.traffic[user] += more
    if platform and persons.elsewhere.size > 0:
        persons.elsewhere[user] += more
    attend(persons, user)


@compiled_within
def attend(persons: Persons, user: int) -> None:
    """Work out anew what share of what reaches her a user can notice; who is away hears other platforms only."""
    total = persons.traffic[user]
    if persons.status[user] & AWAY:
        total = persons.elsewhere[user] if persons.elsewhere.size > 0 else np.int64(0)
    persons.openness[user] = openness(np.float64(persons.rows[user, ATTENTION]), total / 1000.0)


@compiled
def attend_all(persons: Persons, users: Ints) -> None:
    """Work out anew what share of what reaches them some users can notice."""
    for user in users:
        attend(persons, user)


@compiled
def hear_all(persons: Persons, members: Members, per_contact: int) -> None:
    """Work out what reaches each user at the start."""
    for user in range(persons.status.size):
        total = per_contact * degree(persons.ties, user)
        beyond = np.int64(0)
        for k in range(members.user_first[user], members.user_first[user + 1]):
            venue = members.user_venue[k]
            total += members.traffic[venue]
            if members.platform[venue]:
                beyond += members.traffic[venue]
        persons.traffic[user] = total
        if persons.elsewhere.size > 0:
            persons.elsewhere[user] = beyond
        attend(persons, user)


@compiled
def join_draws(venues: Numbers, users: Numbers, stream: int) -> Floats:
    """Return the draws by which those who want to join a venue are ranked."""
    out = np.empty(venues.size)
    for i in range(venues.size):
        out[i] = draw3(stream, np.int64(venues[i]), np.int64(users[i]), 0)
    return out


@compiled_often
def leave(venues: Numbers, users: Numbers, members: Members, persons: Persons) -> None:
    """Let members go; what a pair says twice counts once."""
    for i in range(venues.size):
        venue, user = np.int64(venues[i]), np.int64(users[i])
        if is_member(members, persons.status, venue, user):
            leave_venue(members, persons.status, venue, user)
            hear(persons, user, -np.int64(members.traffic[venue]), np.int64(members.platform[venue]))


@compiled_often
def join(
    venues: Numbers,
    users: Numbers,
    tick: int,
    newest: Numbers,
    posts: Posts,
    members: Members,
    persons: Persons,
    items: ItemColumns,
    rules: Rules,
    streams: Streams,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Take users in, in the order given, as far as groups have room."""
    for i in range(venues.size):
        venue, user = np.int64(venues[i]), np.int64(users[i])
        if not members.active[venue] or is_member(members, persons.status, venue, user):
            continue
        if persons.status[user] & HAS_LEFT and has_left(members, venue, user):
            continue
        platform = np.int64(members.platform[venue])
        if venue >= rules.channels and members.count[venue] >= rules.group_cap[platform]:
            continue
        join_venue(members, persons.status, venue, user, tick)
        if platform:
            persons.accounts[user] |= np.uint8(1 << platform)
        hear(persons, user, np.int64(members.traffic[venue]), platform)
        welcome(user, venue, tick, newest, posts, members, persons, items, streams, clock, calendar)


@compiled_within
def hear_within(venue: int, more: int, members: Members, persons: Persons) -> None:
    """Change what reaches those who are in a venue, in thousandths of a post a day."""
    platform = np.int64(members.platform[venue])
    for k in range(members.first[venue], members.first[venue + 1]):
        user = np.int64(members.member[k])
        if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
            hear(persons, user, more, platform)
    k = members.joined_venue[venue]
    while k >= 0:
        user = np.int64(members.join_user[k])
        if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
            hear(persons, user, more, platform)
        k = members.next_of_venue[k]


@compiled_within
def close_venue(venue: int, tick: int, members: Members, persons: Persons) -> None:
    """Ban a venue: nobody is in it any more, and its share of attention goes to the rest."""
    hear_within(venue, -np.int64(members.traffic[venue]), members, persons)
    members.active[venue] = 0
    members.banned[venue] = tick


@compiled
def succeed_venue(venue: int, members: Members, persons: Persons) -> None:
    """Open a new venue in the place of a banned one: those who were in it are in, and it has no strikes."""
    members.active[venue] = 1
    members.strikes[venue] = 0
    hear_within(venue, np.int64(members.traffic[venue]), members, persons)
