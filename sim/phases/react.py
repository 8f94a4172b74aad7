"""Phase 3: users decide what follows from what they noticed."""

from typing import TYPE_CHECKING

from sim.draws import draw3
from sim.vocabulary import Purpose

if TYPE_CHECKING:
    from sim.model import Society


def react(model: "Society") -> None:
    """Beliefs fade, and change, also by outside sources; users adopt, forward, report, join the source, leave."""
    if model.forgetting and model.tick % model.config.time.ticks_per_day == 0:
        model.acting.forget()
    model.acting.talk()
    model.acting.meet()
    model.acting.react()
    for venue, user in sorted(set(model.outbox.leaves)):
        if venue in model.users[user].venues:
            model.venues[venue].leave(model.users[user])
    stream = model.streams[Purpose.JOIN_ORDER]
    for venue, user in sorted(set(model.outbox.joins), key=lambda pair: (pair[0], draw3(stream, pair[0], pair[1], 0))):
        if model.venues[venue].join(model.users[user], model.tick):
            model.acting.welcome(model.users[user], venue)
