"""What the kernels of a run share: people, rules as numbers, and the state of users and items."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Reals = NDArray[np.float32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Persons(NamedTuple):
    """People as the kernels read them: fixed columns, then what changes."""

    country: Bytes
    persona: Bytes
    level: Bytes
    attention: Reals
    sharing: Reals
    credulity: Reals
    trust: Reals
    interest: Reals
    contact_first: Ints
    contact: Numbers
    belief: Floats
    """Belief now, shape (users, topics)."""
    traffic: Ints
    """Ordinary posts that reach her, in thousandths a day."""
    openness: Floats
    status: Bytes
    """BANNED, HAS_LEFT, HAS_JOINED."""
    strikes: Numbers


class ItemColumns(NamedTuple):
    """Items as the kernels read them, and what was counted of each."""

    key: Ints
    content: Bytes
    topic: Bytes
    appeal: Floats
    persuasion: Floats
    medium_factor: Floats
    report_rate: Floats
    most_forwarded: Floats
    by_belief: Flags
    corrects: Flags
    transacts: Flags
    first_post: Numbers
    """Latest interval of each item, head of the list of its intervals; -1 if none."""
    marks: Bytes
    """LABELLED, DOWNRANKED: of every copy, later ones too."""
    counts: Numbers
    """Shape (items, measures)."""


class Clockwork(NamedTuple):
    """Tables of the delay rule."""

    geometric: Numbers
    awake: Numbers
    awake_counts: Ints


class Rules(NamedTuple):
    """The scenario's numbers that the rules of users need."""

    fading: Floats
    label_notice: float
    downrank: float
    direct_weight: float
    label_belief: float
    label_sharing: float
    novelty: Floats
    repetition: Floats
    believer_at: float
    transaction: float
    joining: float
    invitation: float
    leaving: float
    secret_forwarding: bool
    forward_limit: int
    viral_limit: int
    viral_hops: int
    group_cap: int
    channels: int
    """Venues below this number are channels."""
    to_channels: Floats
    """By persona, as are the next four."""
    to_groups: Floats
    to_contacts: Floats
    copies: Floats
    max_forwards: Ints
    illegal: Flags
    """Shape (countries, classes)."""
    secret: float
    secret_stream: int


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
