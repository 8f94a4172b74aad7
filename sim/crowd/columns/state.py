"""What the kernels of a run share: people, rules as numbers, and the state of users and items."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold
from sim.rules.delay import Waits
from sim.world.people import INTEREST, People
from sim.world.ties import Ties

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Reals = NDArray[np.float32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def user_rows(people: People) -> tuple[Reals, Numbers]:
    """Return what belongs to each user in one row (traits, interests, beliefs at the start), and the end of each row.

    The end is two whole numbers about her table of sights, in the same line of the cache for up to five topics.
    """
    n, topics = people.belief.shape
    used = INTEREST + 2 * topics
    width = (used + 2 + 3) // 4 * 4
    spare = np.zeros(n * width + 16, dtype=np.float32)
    begin = (-spare.ctypes.data // 4) % 16
    rows = spare[begin : begin + n * width].reshape(n, width)
    rows[:, : INTEREST + topics] = people.traits
    rows[:, INTEREST + topics : used] = people.belief
    return rows, rows.view(np.int32)[:, width - 2 :]


class Persons(NamedTuple):
    """People as the kernels read them: fixed columns, then what changes."""

    country: Bytes
    persona: Bytes
    habit: NDArray[np.uint16]
    """Level of activity, and country << 6."""
    rows: Reals
    """Traits, interests, then beliefs now: shape (users, at least 4 + 2 topics), and at their end `table`."""
    table: Numbers
    """Where her table of sights begins and how full it is (columns.sights): shape (users, 2)."""
    ties: Ties
    traffic: Ints
    """Ordinary posts that reach her, in thousandths a day."""
    elsewhere: Ints
    """The part of it that is of other platforms; empty if there are none."""
    openness: Floats
    status: Bytes
    """BANNED, HAS_LEFT, HAS_JOINED, SUSPENDED, LOCKED, AWAY."""
    accounts: Bytes
    """Other platforms on which she has an account: bit p for platform p."""
    strikes: Numbers
    suspended_until: Numbers
    """Last tick of the latest suspension."""


HOT_ITEM = np.dtype(
    [
        ("key", np.int64),
        ("forward", np.int64),  # stream of the draws of passing it on
        ("appeal", np.float64),
        ("persuasion", np.float64),
        ("medium_factor", np.float64),
        ("report_rate", np.float64),
        ("illegal_views", np.int32),  # counted here, where reacting looks anyway
        ("stream", np.uint16),
        ("content", np.uint8),
        ("topic", np.uint8),
        ("by_belief", np.bool_),
        ("corrects", np.bool_),
        ("transacts", np.bool_),
        ("of_sender", np.bool_),  # pulls towards the belief of whoever sent it
        ("marks", np.uint16),  # what moderation has marked every copy with, later ones too
    ],
    align=True,
)
"""What reacting asks of an item: one line of the processor's cache."""


class ItemColumns(NamedTuple):
    """Items as the kernels read them, and what was counted of each."""

    hot: NDArray[Any]
    """Rows of HOT_ITEM."""
    first_post: Numbers
    """Latest interval of each item, head of the list of its intervals; -1 if none."""
    counts: Numbers
    """Shape (items, measures)."""


class Clockwork(NamedTuple):
    """Tables of the delay rule."""

    geometric: NDArray[np.uint16]
    awake: Numbers
    awake_counts: Ints


class Rules(NamedTuple):
    """The scenario's numbers that the rules of users need."""

    fading: Floats
    label_notice: float
    downrank: float
    direct_weight: float
    label_belief: float
    correction: float
    """How strongly a corrected post pulls the other way."""
    label_sharing: float
    friction_mark: float
    """Factor on passing on a post with friction."""
    friction: float
    """Factor on passing on anything."""
    novelty: Floats
    """Factors by stream of items and exposure, shape (streams, most exposures told apart)."""
    repetition: Floats
    touches: Floats
    """Share of the persuasion that moves each topic, shape (streams, topics); no row if each item is about one."""
    interest_share: float
    believer_at: float
    confidence: float
    own_weight: float
    transaction: float
    joining: float
    invitation: float
    leaving: float
    withdrawals: Waits
    """See rules.delay; empty if nothing is taken back."""
    tellings: Waits
    """Ticks between two tellings, see rules.delay.further_ticks; empty if nothing is told by word."""
    stifling: float
    threshold_count: int
    threshold_share: float
    secret_forwarding: bool
    forward_limit: int
    viral_limit: int
    viral_hops: int
    feed: float
    feed_half: float
    group_cap: Ints
    """By platform."""
    channels: int
    """Venues below this number are channels."""
    to_channels: Floats
    """By persona, as are the next four."""
    to_groups: Floats
    to_contacts: Floats
    copies: Floats
    max_forwards: Ints
    false_reports: Floats
    bot: Flags
    """Whether a persona's accounts are run by programs."""
    boosting: Floats
    barred: Flags
    """Where a blocked post is hidden, shape (countries, classes)."""
    vpn: Floats
    """Share of the people behind a VPN, by country."""
    vpn_stream: int
    illegal: Flags
    """Shape (countries, classes)."""
    secret: float
    secret_stream: int
    asks: Flags
    """Whether a rule of the scenario decides, by decision (scenario.user_rules)."""
    ceilings: Floats
    """The largest probability that such a rule gives where it is above the built-in one, by decision."""


class Streams(NamedTuple):
    """The streams of the draws, by purpose."""

    notice: int
    delay: int
    report: int
    leave: int
    exposure_order: int
    forward: int
    adopt: int
    join: int
    join_order: int
    parent: int
    copy: int
    target: int
    target_rank: int
    slot_post: int
    item_place: int
    item_seed: int
    withdraw: int
    tell_when: int
    tell_whom: int
    stifle: int
    find: int


@compiled
def folded(stream: int, keys: Ints) -> Ints:
    """Return the stream folded with each key."""
    out = np.empty(keys.size, dtype=np.int64)
    for i in range(keys.size):
        out[i] = fold(stream, keys[i])
    return out


@compiled
def count_items(things: Numbers, column: int, items: ItemColumns, by_class: Ints) -> None:
    """Count once for each entry of `things` (numbers of items), in one column of the items' and the classes' counts."""
    counts, hot = items.counts, items.hot
    for item in things:
        counts[item, column] += 1
        by_class[hot[item].content, column] += 1
