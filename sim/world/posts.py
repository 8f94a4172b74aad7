"""Posts in columns, and slots: the places in which an item can be live."""

from array import array

from sim.draws import fold
from sim.vocabulary import DIRECT_KEY

NEVER = -1
FOREVER = (1 << 31) - 1
CHANNEL, GROUP, DIRECT, SECRET = range(4)


class PostLog:
    """All posts of a run, one row each, in columns of whole numbers; a row number is never a key of a draw."""

    COLUMNS = (
        "item",
        "author",
        "place",
        "receiver",
        "kind",
        "tick",
        "parent",
        "hops",
        "copied",
        "echo",
        "source",
        "views",
        "new_readers",
        "removed",
    )

    def __init__(self) -> None:
        for name in self.COLUMNS:
            setattr(self, name, array("q"))

    item: "array[int]"
    """Position of the item."""
    author: "array[int]"
    place: "array[int]"
    """Venue, or DIRECT_KEY + sender."""
    receiver: "array[int]"
    """User who gets a direct message; -1 in a venue."""
    kind: "array[int]"
    """Position in vocabulary.PLACES."""
    tick: "array[int]"
    parent: "array[int]"
    """Row of the post that was passed on; -1 for a first post."""
    hops: "array[int]"
    copied: "array[int]"
    echo: "array[int]"
    """1 if the item was live there already, so that the post only shares its fate."""
    source: "array[int]"
    """Venue that the forward shows as its origin; -1 if none or hidden."""
    views: "array[int]"
    new_readers: "array[int]"
    removed: "array[int]"
    """Tick in which it was taken down; -1 if it stayed."""

    def add(self, **values: int) -> int:
        """Append a post; return its row."""
        for name in self.COLUMNS:
            getattr(self, name).append(values.get(name, NEVER if name in ("parent", "source", "removed") else 0))
        return len(self.item) - 1

    def __len__(self) -> int:
        return len(self.item)


class Slot:
    """One item in one venue or direct chat: its live post, and the intervals in which it was up."""

    __slots__ = (
        "case_open",
        "cleared",
        "generation",
        "intervals",
        "item",
        "kind",
        "live",
        "marks",
        "place",
        "private",
        "receiver",
        "row",
        "rows",
        "tick",
        "until",
        "venue",
    )

    def __init__(self, item: int, place: int, receiver: int, kind: int, private: bool) -> None:
        self.item = item
        self.place = place
        self.receiver = receiver
        self.kind = kind
        self.private = private
        self.venue = place if place < DIRECT_KEY else NEVER
        """Number of the venue, or -1 in a direct chat."""
        self.live = False
        self.intervals: list[list[int]] = []
        """[tick posted, tick removed] each; the last has -1 while it is up."""
        self.generation = 0
        """Number of the present interval, from 1."""
        self.tick = NEVER
        """Tick in which the live post was made."""
        self.until = FOREVER
        """Last tick in which the live post can be read, if its sender takes it back."""
        self.row = NEVER
        """Row of the live post."""
        self.rows: list[int] = []
        """Rows of the live post and its echoes."""
        self.case_open = False
        self.cleared = False
        """Whether a reviewer has let the present interval stand."""
        self.marks = 0
        """What moderation has marked it with (world.sendings)."""

    @property
    def secret(self) -> bool:
        """Whether it is an end-to-end encrypted chat."""
        return self.kind == SECRET

    def open(self, tick: int, row: int) -> None:
        """Begin an interval with a post."""
        self.intervals.append([tick, NEVER])
        self.live, self.generation = True, self.generation + 1
        self.tick, self.row, self.rows = tick, row, [row]
        self.case_open = self.cleared = False
        self.marks = 0

    def close(self, tick: int) -> None:
        """End the interval: what was up in `tick` could still be read then, and not later."""
        self.intervals[-1][1] = tick
        self.live = False

    def order(self) -> tuple[int, int, int]:
        """Return what slots are sorted by: nothing that depends on who was called first."""
        return self.item, self.place, self.receiver


def place_stream(stream: int, item_key: int, place: int) -> int:
    """Return the stream of draws about one item in one place, to which a user's number is the last key."""
    return int(fold(fold(stream, item_key), place))
