"""Phase 1: originators place new posts."""

from typing import TYPE_CHECKING

from sim.draws import draw3
from sim.vocabulary import DIRECT_KEY, Purpose

if TYPE_CHECKING:
    from sim.model import Society


def originate(model: "Society") -> None:
    """Originators place new items: first in channels of their own on the topic, then elsewhere, else with contacts."""
    for item in model.items_by_tick.get(model.tick, ()):
        facts = model.item_facts[item]
        user = model.users[facts.origin]
        if not user.active:
            continue
        stream = model.streams[Purpose.ITEM_PLACE]
        ranked = sorted(
            (
                not venue.is_channel,
                venue.topic != facts.topic,
                draw3(stream, facts.key, user.number, venue.number),
                number,
            )
            for number, venue in user.venues.items()
            if venue.may_post(user)
        )
        places = [number for *_, number in ranked[: facts.first_places]]
        if not places:
            chats = sorted(
                (draw3(stream, facts.key, user.number, DIRECT_KEY + c), DIRECT_KEY + c) for c in user.contacts.tolist()
            )
            places = [place for _, place in chats[: facts.first_places]]
        model.place_posts([model.first_post(item, user.number, place) for place in places])
