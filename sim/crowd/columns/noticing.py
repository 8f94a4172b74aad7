"""What others than scanners see: who will act on a new post and when; and uploads matched with hashes."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.attempts import Attempts
from sim.crowd.columns.state import Flags, Floats, Ints, ItemColumns, Numbers, Persons, Rules
from sim.draws import draw
from sim.rules.delay import Waits, further_ticks
from sim.rules.forward import match
from sim.world.columns import Members
from sim.world.people import INTEREST
from sim.world.sendings import COPIED, RESTORED, Posts


@compiled
def look_ahead(
    rows: Numbers,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    channels: int,
    topics: int,
    chances: Floats,
    waits: Waits,
    private: bool,
    only_groups: bool,
    platform: int,
    stream: int,
    delay_stream: int,
) -> Ints:
    """Return (post, ticks until) of the new posts in venues on which a kind of notice will act; see moderation.notices.

    Owners of groups act the less, the more a post suits them.
    """
    found = np.empty((rows.size, 2), dtype=np.int64)
    count = 0
    for row in rows:
        sending = posts.hot[row]
        venue = np.int64(sending.venue)
        if venue < 0 or members.platform[venue] != platform or (members.private[venue] and not private):
            continue
        thing, chance = items.hot[sending.item], 1.0
        if only_groups:
            owner = members.owner[venue]
            if venue < channels or owner == sending.author:
                continue
            belief = np.float64(persons.rows[owner, INTEREST + topics + thing.topic])
            interest = np.float64(persons.rows[owner, INTEREST + thing.topic])
            chance = 1.0 - match(thing.by_belief, thing.corrects, belief, interest)
        if draw(stream, thing.key, venue) < chances[thing.content] * chance:
            found[count, 0] = sending.first
            found[count, 1] = further_ticks(draw(delay_stream, thing.key, venue), waits)
            count += 1
    return found[:count]


@compiled
def let_through(
    out: Attempts,
    end: int,
    items: ItemColumns,
    members: Members,
    rules: Rules,
    hashed: Flags,
    copied_match: float,
    private_venues: bool,
    direct_chats: bool,
    secret_chats: bool,
    stream: int,
    measure: int,
    by_class: Ints,
) -> tuple[int, int]:
    """Drop the attempts that match a hash of a known item, where the policy looks.

    Return where the attempts end, and how many uploads to private places were matched.
    """
    kept = looked = 0
    for i in range(end):
        item, author, venue = np.int64(out.item[i]), np.int64(out.author[i]), out.venue[i]
        known = hashed[item]
        if known and out.flags[i] & COPIED:
            known = draw(stream, items.hot[item].key, author) < copied_match
        blocked, count = 0, out.count[i]
        if venue >= 0:
            looks = (not members.private[venue] or private_venues) and not out.flags[i] & RESTORED
            looks = looks and members.platform[venue] == 0
            looked += looks and members.private[venue] != 0
            blocked = 1 if looks and known else 0
            count = 1 - blocked
        elif direct_chats or secret_chats:
            begin, count = np.int64(out.begin[i]), 0
            for k in range(begin, begin + out.count[i]):
                other = np.int64(out.receiver[k])
                secret = rules.secret > 0.0 and draw(rules.secret_stream, min(author, other), max(author, other)) < (
                    rules.secret
                )
                looks = secret_chats if secret else direct_chats
                looked += looks
                if looks and known:
                    blocked += 1
                else:
                    out.receiver[begin + count] = other
                    count += 1
        if blocked:
            items.counts[item, measure] += blocked
            by_class[items.hot[item].content, measure] += blocked
        if count == 0:
            continue
        if kept < i:
            out.item[kept], out.author[kept], out.venue[kept] = item, author, venue
            out.parent[kept], out.hops[kept], out.flags[kept] = out.parent[i], out.hops[i], out.flags[i]
            out.source[kept], out.begin[kept] = out.source[i], out.begin[i]
        out.count[kept] = count
        kept += 1
    return kept, looked
