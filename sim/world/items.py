"""Items: what will be started, when, and by whom; the same under every policy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import below, draw1, fold, name_key, start, unit
from sim.scenario.content import Stream
from sim.scenario.scenario import Scenario, Time
from sim.vocabulary import BELIEF_CLASSES, CLASSES, Purpose
from sim.world.people import Bytes, Floats, Ints, Numbers, People, uniforms

_STREAM_SPAN = 1 << 24
"""Most items of one stream; the key of item j is the stream's name key * span + j."""

_KINDS: dict[str, Any] = {
    "key": np.int64,
    "stream": np.uint16,
    "content": np.uint8,
    "topic": np.uint16,
    "tick": np.int32,
    "origin": np.int32,
    "first_places": np.uint8,
    "seeds": np.int32,
    "of_sender": np.uint8,
    "drawn": np.uint8,
}
"""Whole numbers, no wider than they need: a large run has an item for every second user. The others are reals."""


@dataclass(frozen=True)
class Items:
    """Columns over items, sorted by (tick, key)."""

    key: Ints
    """What draws about the item are keyed by: made of its stream and its number there, never of a running counter."""
    stream: NDArray[np.uint16]
    content: Bytes
    """Position of the content class in the vocabulary."""
    topic: NDArray[np.uint16]
    tick: Numbers
    origin: Numbers
    """User who starts it."""
    appeal: Floats
    persuasion: Floats
    detectability: Floats
    medium_factor: Floats
    first_places: Bytes
    seeds: Numbers
    """How many start it at once, the originator among them."""
    of_sender: Bytes
    """1 if it pulls towards the belief of whoever sent it."""
    drawn: Bytes
    """1 if its first places are drawn like those of a forward, 2 if they are so beside the best."""

    def __len__(self) -> int:
        return len(self.key)


@compiled
def _origins(root: int, accept: int, keys: Ints, weights: Floats, heaviest: float) -> Ints:
    out = np.empty(keys.size, dtype=np.int64)
    n = weights.size
    for i in range(keys.size):
        candidates, accepts = fold(root, keys[i]), fold(accept, keys[i])
        out[i] = below(candidates, 0, n)
        for attempt in range(1_000_000):
            user = below(candidates, attempt, n)
            if unit(fold(accepts, attempt)) * heaviest < weights[user]:
                out[i] = user
                break
    return out


@compiled
def uniform_of(stream: int, keys: Ints) -> Floats:
    """Return one draw for each key."""
    out = np.empty(keys.size)
    for i in range(keys.size):
        out[i] = draw1(stream, keys[i])
    return out


def _ticks(stream: Stream, keys: Ints, ticks: int, draws: int, time: Time) -> Ints:
    """Return when each item of a stream is started: evenly or at random, within the hours of its schedule."""
    open_ticks = max(1, int(stream.hours / time.tick_hours)) if stream.hours < 24 else time.ticks_per_day
    days, rest = divmod(ticks, time.ticks_per_day)
    places = days * open_ticks + min(rest, open_ticks) if stream.hours < 24 else ticks
    even = np.arange(len(keys)) * places // max(1, len(keys))
    chosen = even if stream.spacing == "even" else (uniform_of(draws, keys) * places).astype(np.int64)
    if stream.hours == 24:
        return chosen
    day, place = chosen // open_ticks, chosen % open_ticks
    first = int(stream.from_hour / time.tick_hours)
    moved: Ints = day * time.ticks_per_day + (first + place) % time.ticks_per_day
    return np.minimum(moved, ticks - 1)


def make_items(scenario: Scenario, seed: int, people: People) -> Items:
    """Draw the schedule of items from the seed of the dynamics.

    A stream's items are spread evenly at random over the run. The originator is chosen by the persona's weight,
    times belief or interest in the topic where the stream says so (plus a hundredth, so that someone can be found).
    """
    personas = list(scenario.world.personas.values())
    weights = np.array([p.originates for p in personas])[people.persona]
    columns: dict[str, list[np.ndarray]] = {name: [] for name in Items.__dataclass_fields__}
    streams = {
        p: start(seed, int(p))
        for p in (Purpose.ITEM_TICK, Purpose.ITEM_APPEAL, Purpose.ITEM_ORIGIN, Purpose.ITEM_ORIGIN_ACCEPT)
    }
    for s, (name, stream) in enumerate(scenario.content.streams.items()):
        ticks, days = scenario.time.ticks, float(scenario.time.days)
        if stream.until is not None:
            ticks = max(1, min(ticks, scenario.time.ticks_for(stream.until)))
            days = min(days, stream.until / 24.0)
        count = int(stream.per_1000_users_day * len(people) / 1000.0 * days + 0.5)
        keys = name_key(name) * _STREAM_SPAN + np.arange(min(count, _STREAM_SPAN), dtype=np.int64)
        topic = scenario.topics.index(stream.topic)
        drive = (
            people.belief if stream.content in BELIEF_CLASSES and stream.content != "correction" else people.interest
        )
        chance = weights * (0.01 + drive[:, topic]) if stream.seeded_by_interest else weights
        if stream.started_by:
            named = np.array([name in stream.started_by for name in scenario.world.personas], dtype=np.bool_)
            only = named[people.persona]
            chance = np.where(only, chance if (chance * only).max() > 0.0 else 1.0, 0.0)
        if len(keys) and chance.max() <= 0.0:
            chance = np.ones(len(people))
        heaviest = float(chance.max()) if len(keys) else 1.0
        made = {
            "key": keys,
            "tick": _ticks(stream, keys, ticks, streams[Purpose.ITEM_TICK], scenario.time),
            "origin": np.full(len(keys), stream.origin)
            if stream.origin is not None
            else _origins(streams[Purpose.ITEM_ORIGIN], streams[Purpose.ITEM_ORIGIN_ACCEPT], keys, chance, heaviest),
            "appeal": stream.appeal.quantiles(uniforms(fold(streams[Purpose.ITEM_APPEAL], name_key(name)), len(keys))),
            "stream": np.full(len(keys), s),
            "content": np.full(len(keys), CLASSES.index(stream.content)),
            "topic": np.full(len(keys), topic),
            "persuasion": np.full(len(keys), stream.persuasion * scenario.behaviour.influence),
            "detectability": np.full(len(keys), stream.detectability),
            "medium_factor": np.full(len(keys), scenario.content.medium_factor.get(stream.medium, 1.0)),
            "first_places": np.full(len(keys), stream.first_places),
            "seeds": np.full(len(keys), stream.seeds),
            "of_sender": np.full(len(keys), int(stream.stance == "sender")),
            "drawn": np.full(len(keys), ("best-places", "drawn", "both").index(stream.starts)),
        }
        for field, column in made.items():
            columns[field].append(column)
    joined = {name: np.concatenate(parts) if parts else np.zeros(0) for name, parts in columns.items()}
    order = np.lexsort((joined["key"], joined["tick"]))
    return Items(**{name: part[order].astype(_KINDS.get(name, np.float64)) for name, part in joined.items()})


@compiled
def starters(stream: int, item_key: int, origin: int, seeds: int, n: int) -> Ints:
    """Return who starts an item: the originator, and others drawn alike, all different."""
    out = np.empty(seeds, dtype=np.int64)
    out[0] = origin
    root = fold(stream, item_key)
    taken = {np.int64(origin)}
    count, attempt = 1, 0
    while count < seeds:
        user = np.int64(below(root, attempt, n))
        attempt += 1
        if user not in taken:
            taken.add(user)
            out[count] = user
            count += 1
    return out


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item, as plain Python values: what the agents ask for all the time."""

    key: int
    content: int
    topic: int
    origin: int
    first_places: int
    seeds: int
    drawn: int
    of_sender: bool
    appeal: float
    persuasion: float
    detectability: float
    medium_factor: float
    report_rate: float
    most_forwarded: float
    """What the probability to pass on, over the user's sharing, cannot exceed."""
    touches: dict[int, float]
    """Topics that it is about, with the share of its persuasion that moves each."""
    novelty: tuple[float, ...]
    repetition: tuple[float, ...]
    spreads_by_belief: bool
    corrects: bool
    transacts: bool


def topics_of_claims(scenario: Scenario) -> list[int]:
    """Return the topics about which harmful claims spread that are believed or not, in their order."""
    streams = scenario.content.streams.values()
    claims = {s.topic for s in streams if s.content in BELIEF_CLASSES and s.content != "correction"}
    return sorted(scenario.topics.index(name) for name in claims)


def touched_topics(scenario: Scenario) -> Floats:
    """Return the share of the persuasion of each stream's items that moves each topic, shape (streams, topics)."""
    table = np.zeros((max(1, len(scenario.content.streams)), len(scenario.topics)))
    for s, stream in enumerate(scenario.content.streams.values()):
        table[s, scenario.topics.index(stream.topic)] = 1.0
        for topic, share in stream.also.items():
            table[s, scenario.topics.index(topic)] = share
    return table


def facts_of(items: Items, scenario: Scenario) -> list[ItemFacts]:
    """Return the items one by one, in their order."""
    rates, behaviour = scenario.behaviour.reporting, scenario.behaviour
    streams = list(scenario.content.streams.values())
    touches = touched_topics(scenario)
    found = []
    for i in range(len(items)):
        content = CLASSES[int(items.content[i])]
        found.append(
            ItemFacts(
                key=int(items.key[i]),
                content=int(items.content[i]),
                topic=int(items.topic[i]),
                origin=int(items.origin[i]),
                first_places=int(items.first_places[i]),
                seeds=int(items.seeds[i]),
                drawn=int(items.drawn[i]),
                of_sender=bool(items.of_sender[i]),
                appeal=float(items.appeal[i]),
                persuasion=float(items.persuasion[i]),
                detectability=float(items.detectability[i]),
                medium_factor=float(items.medium_factor[i]),
                report_rate=float(rates.get(content, 0.0)),  # type: ignore[call-overload]
                touches={t: share for t, share in enumerate(touches[items.stream[i]].tolist()) if share > 0.0},
                novelty=streams[items.stream[i]].novelty or behaviour.novelty,
                repetition=streams[items.stream[i]].repetition or behaviour.repetition,
                most_forwarded=max(1.0, float(items.medium_factor[i])),
                spreads_by_belief=content in BELIEF_CLASSES,
                corrects=content == "correction",
                transacts=content in ("fraud", "drugs"),
            )
        )
    return found
