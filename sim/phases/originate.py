"""Phase 1: originators place new posts."""

from typing import TYPE_CHECKING

import numpy as np

from sim.draws import draw, draw3
from sim.rules.delay import first_tick
from sim.rules.talk import BELIEVER
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.items import starters
from sim.world.posts import NEVER

if TYPE_CHECKING:
    from sim.agents.user import User
    from sim.model import Society
    from sim.posting import Attempt


def originate(model: "Society") -> None:
    """Originators post new items: first in their own channels on the topic, then in other chats, else to contacts.

    Posts whose removal was overturned on appeal are restored.
    """
    restored: dict[int, list[Attempt]] = {}
    for attempt in model.to_restore:
        if model.venues[attempt.place].active:
            restored.setdefault(attempt.item, []).append(attempt)
    model.to_restore = []
    starts: dict[int, list[int]] = {}
    begun = np.array(model.items_by_tick.get(model.tick, ()), dtype=np.int64)
    for item in begun[~model.court.withheld(begun)].tolist():
        facts = model.item_facts[item]
        stream = model.streams[Purpose.ITEM_SEED]
        starts[item] = starters(stream, facts.key, facts.origin, facts.seeds, len(model.users)).tolist()
        _plan_finds(model, item)
    for item, user in model.finds.pop(model.tick, ()):
        if not model.users[user].knows(item):
            starts.setdefault(item, []).append(user)
    for item in sorted({*starts, *restored}):
        facts, who = model.item_facts[item], starts.get(item, [])
        attempts = restored.get(item, [])
        for user in (model.users[number] for number in who):
            if user.active or any(v.may_post(user) and user.reaches(v.number) for v in user.venues.values()):
                places = _best_places(model, item, user) if facts.drawn != 1 else []
                user.begins_in(item, places)
                places += user.starts_in(item, places) if facts.drawn else []
                if len(model.tellings) and user.active:
                    user.begin_telling(item, NEVER)
                attempts += [model.first_post(item, user.number, place) for place in places]
        model.place_posts(attempts)
        if item not in model.acting.claims and model.contests[int(model.items.stream[item])] is not None:
            claim = model.acting.claims[item] = np.zeros(len(model.users), dtype=np.int8)
            claim[who] = BELIEVER


def _plan_finds(model: "Society", item: int) -> None:
    hazard = model.finding[int(model.items.stream[item])]
    if hazard > 0.0:
        stream, key = model.streams[Purpose.FIND], model.item_keys[item]
        most = model.config.time.ticks - model.tick - 1
        for user in range(len(model.users)):
            wait = first_tick(draw(stream, key, user), hazard, most)
            if wait < most:
                model.finds.setdefault(model.tick + 1 + wait, []).append((item, user))


def _best_places(model: "Society", item: int, user: "User") -> list[int]:
    facts, stream = model.item_facts[item], model.streams[Purpose.ITEM_PLACE]
    ranked = sorted(
        (not venue.is_channel, venue.topic != facts.topic, draw3(stream, facts.key, user.number, venue.number), number)
        for number, venue in user.venues.items()
        if venue.may_post(user) and user.reaches(number)
    )
    if ranked:
        return [number for *_, number in ranked[: facts.first_places]]
    chats = sorted(
        (draw3(stream, facts.key, user.number, DIRECT_KEY + c), DIRECT_KEY + c) for c in user.contacts.tolist()
    )
    return [place for _, place in chats[: facts.first_places]]
