"""Lawful speech that is lost with banned channels and groups, or hidden by geo-blocks: beside posts removed one by one.

Ordinary posts are not kept one by one. A venue has so many a day (the column `traffic`), at a steady pace, so that
their number is traffic times time. What was posted before the run is not modelled: what stood in a banned venue is
what came since the start of the run, and there is more of it the later the ban. An ordinary post belongs to a venue,
whoever wrote it: the ban of a user takes none away, and what a banned user would have written is not counted. No
venue is restored on appeal; one whose owner opens a backup, here or on another platform, or in whose place another
opens, is lost until then, and what stood there for good.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.record import Record
from sim.registry import outcome
from sim.vocabulary import ORDINARY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_NAN = float("nan")
_MONTH = 30.0


@dataclass(frozen=True)
class Closures:
    """The bans of channels and groups in a run, one entry a ban."""

    venue: Ints
    traffic: Floats
    """Ordinary posts a day."""
    members: Ints
    """When it was banned."""
    banned_at: Ints
    """Tick of the ban: posts of this tick are the last."""
    days_open: Floats
    """From the start of the run, or from when a backup or a successor was opened, to the ban."""
    days_shut: Floats
    """From the ban to the end of the run, or until the next backup, or a successor, opens."""

    @classmethod
    def of(cls, record: Record) -> "Closures":
        """Return those of a run."""
        return record.once("closures", lambda: _closures(record))


def _bans(record: Record) -> tuple[Ints, Ints]:
    """Return the venue and the tick of each ban, by venue and tick."""
    if record.says("moves", "move", "succeeded").any():
        made = record.says("sanctions", "sanction", "ban-venue")
        venue, tick = (record.numbers("sanctions", name)[made] for name in ("subject", "tick"))
        order = np.lexsort((tick, venue))
        return venue[order], tick[order]
    last = record.numbers("venues", "banned_at")  # nothing was banned twice
    venue = np.flatnonzero(last >= 0)
    return venue, last[venue]


def _closures(record: Record) -> Closures:
    time, (banned, banned_at) = record.scenario.time, _bans(record)
    origin = record.numbers("venues", "backup_of")
    origin = np.where(origin >= 0, origin, np.arange(len(origin)))
    opened = record.says("moves", "move", "reopened")
    backup, opened_at = (record.numbers("moves", name)[opened] for name in ("subject", "tick"))
    opening = np.zeros(len(origin), dtype=np.int64)
    opening[backup] = opened_at + 1
    again = record.says("moves", "move", "succeeded")
    place, again_at = (record.numbers("moves", name)[again] for name in ("subject", "tick"))
    taken_in = record.numbers("moves", "members")[again] if again.any() else place
    members = record.numbers("venues", "members_at_end")[banned]
    began, until = opening[banned], np.full(len(banned), time.ticks, dtype=np.int64)
    for k, (venue, tick) in enumerate(zip(banned.tolist(), banned_at.tolist(), strict=True)):
        before, after = (place == venue) & (again_at < tick), (place == venue) & (again_at >= tick)
        if before.any():
            began[k] = int(again_at[before].max()) + 1
        if after.any():
            members[k] = taken_in[after][0]
        later = np.append(opened_at[(origin[backup] == origin[venue]) & (opened_at >= tick)], again_at[after])
        until[k] = min(time.ticks, int(later.min()) + 1) if len(later) else time.ticks
    last = banned_at + 1
    return Closures(
        venue=banned,
        traffic=record.numbers("venues", "traffic")[banned],
        members=members,
        banned_at=banned_at,
        days_open=(last - began) / time.ticks_per_day,
        days_shut=(until - last) / time.ticks_per_day,
    )


def fell_with_venue(record: Record) -> NDArray[np.bool_]:
    """Return which tracked posts came down because their venue was banned, and not through a case of their own."""

    def found() -> NDArray[np.bool_]:
        venue, removed_at = record.numbers("posts", "venue"), record.numbers("posts", "removed_at")
        one, tick = _bans(record)
        ban = (one.astype(np.int64) << 32) | tick
        fell: NDArray[np.bool_] = (venue >= 0) & (removed_at >= 0)
        fell &= np.isin((venue.astype(np.int64) << 32) | np.maximum(removed_at, 0), ban)
        key = record.numbers("items", "key")[record.numbers("posts", "item")]
        names, acted = ("place", "subject", "acted"), record.numbers("cases", "acted") >= 0
        cases = set(zip(*(record.numbers("cases", name)[acted].tolist() for name in names), strict=True))
        for post in np.flatnonzero(fell).tolist():
            fell[post] = (int(venue[post]), int(key[post]), int(removed_at[post])) not in cases
        return fell

    return record.once("posts that fell with their venue", found)


def _acted_on_before(record: Record, closures: Closures) -> int:
    """Return how many ordinary posts of banned venues had been acted on, one by one, when the venue was banned."""
    one_by_one = record.says("cases", "class", ORDINARY) & record.says("cases", "verdict", "upheld")
    acted, place = (record.numbers("cases", name)[one_by_one] for name in ("acted", "place"))
    last = np.full(len(record.numbers("venues", "venue")), -1, dtype=np.int64)
    last[closures.venue] = closures.banned_at
    return int(((acted >= 0) & (acted <= last[place])).sum())


@outcome(
    "lawful posts lost with banned channels and groups: that stood there", unit="posts/1,000 users", better="lower"
)
def lost_posts(record: Record) -> float:
    """Ordinary posts since the start of the run that nobody had acted on, and tracked lawful ones, per 1,000 users."""
    closures = Closures.of(record)
    ordinary = float((closures.traffic * closures.days_open).sum()) - _acted_on_before(record, closures)
    tracked = int((fell_with_venue(record) & ~record.numbers("posts", "illegal")).sum())
    return 1000.0 * (ordinary + tracked) / record.users


@outcome(
    "lawful posts lost with banned channels and groups: that would have come until the end",
    unit="posts/1,000 users",
    better="lower",
)
def lost_posts_to_come(record: Record) -> float:
    """Ordinary posts a day of each banned venue times the days that it was shut, per 1,000 users."""
    closures = Closures.of(record)
    return 1000.0 * float((closures.traffic * closures.days_shut).sum()) / record.users


def share_noticed(record: Record) -> float:
    """Return the share of the members of a venue who notice a post there; NaN where no post can tell.

    Estimated from the tracked posts that stayed up and whose class no policy in force treats: noticing goes by the
    reader's attention and by what else reaches her, and not by what a post says, so that an ordinary post gets as much.
    """
    treated = {name for _, policy in record.policies for name in policy.terms}
    classes = set(record.tables["posts"]["class"].combine_chunks().dictionary.to_pylist()) - treated
    first = (record.numbers("posts", "removed_at") < 0) & ~record.numbers("posts", "echo")
    here = record.says("posts", "platform", record.scenario.platform.name) & (record.numbers("posts", "venue") >= 0)
    chosen = first & here & record.says("posts", "class", *sorted(classes))
    members = record.numbers("venues", "members_at_end")[record.numbers("posts", "venue")[chosen]]
    could = int(np.maximum(members - 1, 0).sum())
    return float(record.numbers("posts", "views")[chosen].sum()) / could if could else _NAN


@outcome("views of lawful posts that would have come there (estimated)", unit="views/user", better="lower")
def lost_views(record: Record) -> float:
    """Posts that would have come times the members of their venue at the ban times the share of members who notice a
    post, per user. That share is estimated from tracked posts in the same run.
    """
    closures = Closures.of(record)
    could = float((closures.traffic * closures.days_shut * closures.members).sum())
    return could * share_noticed(record) / record.users if could else 0.0


@outcome("members cut off by bans of channels and groups", unit="users/1,000 users", better="lower")
def members_cut_off(record: Record) -> float:
    """Users who were in a channel or group when it was banned, each counted once, per 1,000 users."""
    return 1000.0 * record.totals["members_cut_off"] / record.users


@outcome("membership lost in banned channels and groups", unit="months/1,000 users", better="lower")
def membership_lost(record: Record) -> float:
    """Members of each banned venue times the months (of 30 days) that it was shut, per 1,000 users."""
    closures = Closures.of(record)
    return 1000.0 * float((closures.members * closures.days_shut).sum()) / _MONTH / record.users


@outcome("lawful posts hidden by geo-blocks by mistake", unit="posts/1,000 users", better="lower")
def lawful_geo_blocked(record: Record) -> float:
    """Posts lawful in the author's country that were taken for a class which is geo-blocked, and hidden where that is
    illegal, per 1,000 users. Where a post is not taken for another, only readers for whom it is illegal miss it.
    """
    return 1000.0 * record.totals["lawful_geo_blocked"] / record.users
