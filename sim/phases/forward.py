"""Phase 4: what users decided to pass on becomes posts."""

from typing import TYPE_CHECKING

from sim.vocabulary import DIRECT_KEY
from sim.world.posts import NEVER

if TYPE_CHECKING:
    from sim.model import Society
    from sim.posting import Attempt


def forward(model: "Society") -> None:
    """Forwards and copies become posts, readable from the next tick; in chats where the item is live, duplicates."""
    attempts = _tell(model)
    posts = model.posts
    for decision in model.outbox.forwards:
        model.count(decision.item, "forwards")
        for place in decision.targets.tolist():
            if place < DIRECT_KEY and not model.venues[place].may_post(model.users[decision.author]):
                continue
            attempts.append(
                model.attempt(
                    decision.item,
                    decision.author,
                    place,
                    parent=decision.parent,
                    hops=0 if decision.copied else posts.hops[decision.parent] + 1,
                    copied=decision.copied,
                    source=NEVER if decision.copied else posts.source[decision.parent],
                )
            )
    model.place_posts(attempts)


def _tell(model: "Society") -> "list[Attempt]":
    """Return the messages of those whose next telling by word is due."""
    attempts: list[Attempt] = []
    for item, user in model.to_tell.pop(model.tick, ()):
        attempt = model.users[user].tell(item)
        if attempt is not None:
            model.count(item, "forwards")
            attempts.append(attempt)
    return attempts
