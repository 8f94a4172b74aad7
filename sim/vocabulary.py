"""The words of the model: content classes, kinds of places, actions, sources of a case, named purposes of a draw.

Tables store the position of a word in these tuples (a small integer); readers see the word.
"""

from enum import IntEnum
from typing import Final, Literal, get_args

ContentClass = Literal[
    "benign",
    "misinformation",
    "conspiracy",
    "fraud",
    "incitement",
    "terrorism",
    "csam",
    "extremism",
    "drugs",
    "correction",
]
CLASSES: Final[tuple[str, ...]] = get_args(ContentClass)
ORDINARY: Final = "ordinary"
"""Label of the untracked everyday posts in the tables, beside the classes."""
TICK_CLASSES: Final[tuple[str, ...]] = (*CLASSES, ORDINARY)

BELIEF_CLASSES: Final = frozenset(
    {"misinformation", "conspiracy", "incitement", "extremism", "terrorism", "correction"}
)
"""Classes that spread because people believe them; the others spread by interest (benign, fraud, csam, drugs)."""

Action = Literal["remove", "label", "downrank", "friction", "restrict", "geo-block", "correct"]
Scope = Literal["post", "every-copy"]
Discipline = Literal["first-come", "severity", "reach", "risk", "deadline"]
Medium = Literal["text", "picture", "video", "voice", "link"]

PLACES: Final[tuple[str, ...]] = ("channel", "group", "direct", "secret")
CASE_SOURCES: Final[tuple[str, ...]] = ("scan", "report", "flagger", "order", "admin", "route")
VERDICTS: Final[tuple[str, ...]] = ("waiting", "upheld", "cleared", "moot", "refused", "overturned", "dropped")
"""State of a case; moot: the post was gone before anyone decided; refused: an order that is not obeyed; overturned:
upheld at first, undone on appeal."""
SANCTIONS: Final[tuple[str, ...]] = ("strike", "ban-user", "ban-venue", "suspend", "strike-lifted", "reinstate")

MEASURES: Final[tuple[str, ...]] = (
    "posts",
    "echoes",
    "forwards",
    "views",
    "new_readers",
    "illegal_views",
    "adoptions",
    "reports",
    "cases",
    "cleared",
    "acted",
    "removed",
    "blocked",
    "restored",
    "views_elsewhere",
    "illegal_elsewhere",
    "removed_elsewhere",
)
"""What is counted per tick and class, and per item. Views and illegal views are of all platforms; `removed` is what the
platform under study took down."""
VIEWS_ELSEWHERE: Final = MEASURES.index("views_elsewhere")
ILLEGAL_ELSEWHERE: Final = MEASURES.index("illegal_elsewhere")
REMOVED_ELSEWHERE: Final = MEASURES.index("removed_elsewhere")
LegalStep = Literal["warning", "fine", "block", "arrest"]
LEGAL_STEPS: Final[tuple[str, ...]] = get_args(LegalStep)
LEGAL_EVENTS: Final[tuple[str, ...]] = (*LEGAL_STEPS, "unblock", "change", "request", "answer")
"""What an authority does, and what follows: the end of a block, another policy after an arrest, a request for data and
its answer."""
DILIGENCE: Final[dict[str, tuple[str, str]]] = {
    "notices": ("valid notices whose deadline has passed", "notices"),
    "in_time": ("handled in time", "notices"),
    "late": ("handled late", "notices"),
    "ignored": ("not handled at all", "notices"),
    "rejected": ("wrongly rejected (the content is illegal)", "notices"),
    "refused": ("orders that were refused", "notices"),
    "ignored_share": ("share of valid notices ignored or refused", "%"),
    "late_share": ("share of valid notices not handled in time", "%"),
    "median_hours": ("median time until action, for valid notices acted on", "hours"),
    "confirmed_up": ("posts found illegal and not acted on", "posts"),
    "requests": ("data requests", "requests"),
    "answered": ("requests answered", "requests"),
    "refused_requests_share": ("share of data requests not answered by the deadline", "%"),
    "reviewers_per_million": ("reviewers per million persons", "persons"),
    "lawful_per_illegal": ("lawful posts acted on per illegal post", "posts"),
    "persons": ("persons in its countries", "persons"),
}
"""Measures of the compliance record of a platform: words and unit."""
MOVES: Final[tuple[str, ...]] = (
    "reopened",
    "returned",
    "left",
    "locked-out",
    "let-in",
    "discovered",
    "replaced",
    "succeeded",
)
"""What happens in the phase of moving: a venue opens again, an account comes back under another name, a user goes to
another platform, is locked out of the platform or let in again, finds a venue by search or suggestion; a new user takes
the place of a banned one, a new venue that of a banned one."""

LABELLED, DOWNRANKED, FRICTION, RESTRICTED, BLOCKED, CORRECTED = (1 << bit for bit in range(7, 13))
"""Labels of moderation on a post, as bits."""
MARKS: Final = LABELLED | DOWNRANKED | FRICTION | RESTRICTED | BLOCKED | CORRECTED
DIRECT_KEY: Final = 1 << 40
"""Key of a place: a venue's number, or DIRECT_KEY + the sender's number in a direct chat."""

MOST_SEED: Final = 2**63 - 1
"""Largest seed: what keyed draws can take."""


class Purpose(IntEnum):
    """What a draw decides. No two decisions share a purpose; the numbers are part of every result, never reused."""

    COUNTRY = 1
    PERSONA = 2
    ATTENTION = 3
    ACTIVITY = 4
    SHARING = 5
    CREDULITY = 6
    TRUST = 7
    BELIEF = 8
    INTEREST = 9
    CONTACT = 10
    DEGREE = 11
    STUB = 12
    SECRET_CHAT = 13
    VENUE_SIZE = 14
    VENUE_TOPIC = 15
    VENUE_COUNTRY = 16
    VENUE_PRIVATE = 17
    VENUE_TRAFFIC = 18
    VENUE_HISTORY = 19
    OWNER = 20
    OWNER_ACCEPT = 21
    MEMBER = 22
    MEMBER_ACCEPT = 23
    ITEM_TICK = 30
    ITEM_APPEAL = 31
    ITEM_ORIGIN = 32
    ITEM_ORIGIN_ACCEPT = 33
    ITEM_PLACE = 34
    ITEM_MEDIUM = 35
    ITEM_SEED = 36
    NOTICE = 40
    DELAY = 41
    PARENT = 42
    EXPOSURE_ORDER = 43
    FORWARD = 44
    TARGET = 45
    TARGET_RANK = 46
    COPY = 47
    SLOT_POST = 48
    REPORT = 49
    JOIN = 50
    JOIN_ORDER = 51
    LEAVE = 52
    ADOPT = 53
    WITHDRAW = 54
    FIND = 55
    TELL_WHEN = 56
    TELL_WHOM = 57
    STIFLE = 58
    TALK = 59
    SCAN = 60
    REVIEW = 61
    QUEUE = 62
    MISTAKEN_AS = 63
    TAKEDOWN = 64
    SERVICE = 65
    VPN = 66
    HASH_KNOWN = 67
    HASH_MATCH = 68
    FLAG = 90
    FLAG_DELAY = 91
    ORDER = 92
    ORDER_DELAY = 93
    COMPLY = 94
    ADMIN = 95
    ADMIN_DELAY = 96
    APPEAL = 97
    APPEAL_DELAY = 98
    OVERTURN = 99
    OUTSIDE = 100
    ROUTE = 101
    ORDINARY_PHASE = 70
    ORDINARY_SCAN = 71
    ORDINARY_REPORT = 72
    ORDINARY_AUTHOR = 73
    PAIR_WORLD = 80
    PAIR_DYNAMICS = 81
    LATIN_ORDER = 82
    LATIN_PLACE = 83
    RESAMPLE = 84
    OCCASION = 102
    TRIAGE = 104
    ACCOUNT = 110
    RETURN = 111
    RETURN_DELAY = 112
    REOPEN = 113
    REOPEN_DELAY = 114
    DESTINATION = 115
    FOLLOW = 116
    GO = 117
    GO_JOIN = 118
    ELSEWHERE_REMOVED = 119
    ELSEWHERE_DELAY = 120
    SEARCH = 121
    SIMILAR = 122
    DISCOVER = 123
    ESCALATE = 130
    REQUEST = 131
    ANSWER = 132
    ANSWER_DELAY = 133
    DETER = 134
    CHILL = 135
    HEARD = 140
    FREE = 141
    THRESHOLD = 142
    BOT_FOUND = 143
    BOT_DELAY = 144
    REPLACE_DELAY = 145
    SUCCEED_DELAY = 146
    OWN_RULE = 150
