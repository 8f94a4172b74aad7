"""Kinds that other packages bring: tie generators and detection routes, each a strict config with one method.

A package names its classes as entry points of the groups below; their `kind` then validates, and completes in an
editor, like one that comes with Rumorlab. docs/plugins.md has an example of each; sim.testing checks them.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.scenario.fields import Part, Share, param
from sim.vocabulary import CLASSES

TIES, ROUTES, OUTCOMES = "rumorlab.ties", "rumorlab.routes", "rumorlab.outcomes"
"""Groups of entry points."""


class TieGenerator(Part):
    """Who knows whom: a config whose `pairs` makes the ties. Give it a `kind: Literal["its-name"]`."""

    def pairs(self, users: int, stream: int) -> NDArray[np.integer[Any]]:
        """Return ties between users 0..users-1, shape (m, 2); loops and repeats are dropped afterwards.

        All chance comes from keyed draws of `stream` (sim.draws), so that a seed gives the same ties everywhere.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class NewPosts:
    """What a detection route sees of the posts that went up in a tick: columns with one entry a post."""

    content: NDArray[np.int64]
    """Position of the class in `classes`: what the post is, which a route may find or miss by its own chance."""
    topic: NDArray[np.int64]
    breach: NDArray[np.bool_]
    """Whether the terms name its class."""
    direct: NDArray[np.bool_]
    """Whether it is a message in a one-to-one cloud chat; else it is in a channel or group."""
    members: NDArray[np.int64]
    """Members of the channel or group; 1 in a one-to-one chat."""
    hops: NDArray[np.int64]
    """Forwards since the origin or the last copy."""
    copied: NDArray[np.bool_]
    detectability: NDArray[np.float64]

    classes = CLASSES

    def __len__(self) -> int:
        return len(self.content)


class DetectionRoute(Part):
    """A way into the queue: a config whose `chance` says how likely each new post is brought to the reviewers.

    Give it a `kind: Literal["its-name"]`. It never sees secret chats; other private places only if these are true.
    """

    private_venues: bool = param(False, "whether it covers channels and groups by invitation", unit="yes/no")
    direct_chats: bool = param(False, "whether it covers one-to-one cloud chats", unit="yes/no")

    def chance(self, posts: NewPosts) -> NDArray[np.float64]:
        """Return the probability that each post is brought to the reviewers, in [0, 1].

        Each entry follows from that post alone, by plain arithmetic; the draw is the platform's, keyed by the post.
        """
        raise NotImplementedError


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as problem:  # whatever another package does when it is imported
        words = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise InputError(f"plug-in '{entry.name}' ({entry.group}: {entry.value}) cannot be loaded ({words})") from None


@cache
def plugged(group: str) -> tuple[tuple[EntryPoint, Any], ...]:
    """Return what installed packages bring to a group, by name; raises InputError if one cannot be loaded."""
    return tuple((entry, _load(entry)) for entry in sorted(entry_points(group=group), key=lambda e: (e.name, e.value)))


def names_in(group: str) -> list[str]:
    """Return the names of a group's entry points, without loading them."""
    return sorted({entry.name for entry in entry_points(group=group)})


def kinds(group: str, base: type[Part], own: tuple[type[Part], ...]) -> tuple[type[Part], ...]:
    """Return the classes of a group: Rumorlab's own, then those of other packages; raises InputError for a bad one."""
    found = {str(one.model_fields["kind"].default): one for one in own}
    for entry, made in plugged(group):
        where = f"plug-in '{entry.name}' ({group}: {entry.value})"
        if not (isinstance(made, type) and issubclass(made, base)):
            raise InputError(f"{where}: must be a subclass of {base.__name__}")
        kind = made.model_fields["kind"].default if "kind" in made.model_fields else None
        if not isinstance(kind, str):
            raise InputError(f"{where}: needs a field `kind` with its name as the default")
        if kind in found:
            raise InputError(f"{where}: the kind '{kind}' is taken by {found[kind].__name__}")
        found[kind] = made
    return tuple(found.values())


class SpotCheck(DetectionRoute):
    """A sample of what goes up is looked at, whatever it is: in venues with many members only, if you like."""

    kind: Literal["spot-check"] = param("spot-check", "name of this route", unit="word")
    share: Share = param(0.01, "share of the posts that are looked at", unit="share 0-1")
    members: int = param(0, "fewest members of a channel or group that is looked at", unit="members", ge=0, le=10**8)

    def chance(self, posts: NewPosts) -> NDArray[np.float64]:
        """Return the same share for every post in a place that is large enough."""
        return np.where(posts.members >= self.members, self.share, 0.0)
