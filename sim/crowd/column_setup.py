"""From a world and a scenario to the columns that a compiled run begins with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns.state import HOT_ITEM, Clockwork, ItemColumns, Persons, Rules, folded, user_rows
from sim.crowd.looks import Clock
from sim.scenario.scenario import Scenario
from sim.vocabulary import BELIEF_CLASSES, CLASSES, MEASURES, Purpose
from sim.world.items import touched_topics
from sim.world.sendings import in_lines

if TYPE_CHECKING:
    from sim.model import Society


def make_persons(model: "Society") -> Persons:
    """Return people as the kernels read them."""
    people = model.world.people
    n = len(people)
    rows, table = user_rows(people)
    return Persons(
        country=people.country,
        persona=people.persona,
        habit=(people.level + 64 * people.country.astype(np.int64)).astype(np.uint16),
        rows=rows,
        table=table,
        ties=model.world.contacts.ties,
        traffic=np.zeros(n, dtype=np.int64),
        elsewhere=np.zeros(n if model.config.world.elsewhere else 0, dtype=np.int64),
        openness=np.zeros(n),
        status=np.zeros(n, dtype=np.uint8),
        accounts=model.accounts,
        strikes=np.zeros(n, dtype=np.int32),
        suspended_until=np.full(n, -1, dtype=np.int32),
    )


def make_item_columns(model: "Society") -> ItemColumns:
    """Return items as the kernels read them."""
    made, rates = model.items, model.config.behaviour.reporting

    def by_class(values: Sequence[float | bool]) -> NDArray[Any]:
        return np.array(values)[made.content]

    hot = in_lines(max(1, len(made)), HOT_ITEM)[: len(made)]
    hot[:] = np.zeros(1, dtype=HOT_ITEM)
    for name in ("key", "content", "topic", "appeal", "persuasion", "medium_factor", "of_sender", "stream"):
        hot[name] = getattr(made, name)
    hot["forward"] = folded(model.streams[Purpose.FORWARD], made.key)
    hot["report_rate"] = by_class([float(rates.get(c, 0.0)) for c in CLASSES])  # type: ignore[call-overload]
    hot["by_belief"] = by_class([c in BELIEF_CLASSES for c in CLASSES])
    hot["corrects"] = by_class([c == "correction" for c in CLASSES])
    hot["transacts"] = by_class([c in ("fraud", "drugs") for c in CLASSES])
    return ItemColumns(
        hot=hot,
        first_post=np.full(len(made), -1, dtype=np.int32),
        counts=np.zeros((len(made), len(MEASURES)), dtype=np.int32),
    )


def _tables(rows: list[tuple[float, ...]]) -> NDArray[np.float64]:
    """Return rows of factors in one table; the last factor of a row holds for all that follow."""
    width = max((len(row) for row in rows), default=1)
    table = [[*row, *[row[-1]] * (width - len(row))] for row in rows]
    return np.array(table, dtype=np.float64).reshape(-1, width)


def make_rules(model: "Society", barred: NDArray[np.bool_]) -> Rules:
    """Return the numbers of the scenario, and of the policy in force, that the rules of users need."""
    scenario, personas = model.config, model.personas
    streams = list(scenario.content.streams.values())
    labels, features, behaviour = model.policy.labels, model.policy.features, scenario.behaviour
    return Rules(
        fading=np.array(model.fading),
        label_notice=labels.notice_factor,
        downrank=labels.downrank_factor,
        direct_weight=scenario.world.direct.weight,
        label_belief=labels.belief_factor,
        correction=labels.correction_strength,
        label_sharing=labels.sharing_factor,
        friction_mark=labels.friction_factor,
        friction=features.friction,
        novelty=_tables([stream.novelty or behaviour.novelty for stream in streams]),
        repetition=_tables([stream.repetition or behaviour.repetition for stream in streams]),
        touches=touched_topics(scenario)[: len(streams) if any(stream.also for stream in streams) else 0],
        interest_share=behaviour.interest_share,
        believer_at=behaviour.believer_at,
        confidence=behaviour.confidence,
        own_weight=behaviour.own_weight,
        transaction=behaviour.transaction,
        joining=behaviour.joining,
        invitation=behaviour.invitation,
        leaving=behaviour.leaving,
        withdrawals=model.withdrawals,
        tellings=model.tellings,
        stifling=behaviour.stifling,
        threshold_count=behaviour.threshold_count,
        threshold_share=behaviour.threshold_share,
        secret_forwarding=features.secret_forwarding,
        forward_limit=model.forward_limit,
        viral_limit=model.viral_forward_limit,
        viral_hops=features.viral_hops,
        feed=features.feed,
        feed_half=float(features.feed_half),
        group_cap=np.array(model.group_caps, dtype=np.int64),
        channels=model.world.venues.channels,
        to_channels=np.array([p.to_channels for p in personas], dtype=np.float64),
        to_groups=np.array([p.to_groups for p in personas], dtype=np.float64),
        to_contacts=np.array([p.to_contacts for p in personas], dtype=np.float64),
        copies=np.array([p.copies for p in personas], dtype=np.float64),
        max_forwards=np.array([p.max_forwards for p in personas], dtype=np.int64),
        false_reports=np.array([p.false_reports for p in personas], dtype=np.float64),
        bot=np.array([p.bot for p in personas], dtype=np.bool_),
        boosting=np.array([p.boosting for p in personas], dtype=np.float64),
        barred=np.ascontiguousarray(barred),
        vpn=np.array(model.vpn, dtype=np.float64),
        vpn_stream=model.vpn_stream,
        illegal=np.array(model.illegal, dtype=np.bool_),
        secret=scenario.world.direct.secret,
        secret_stream=model.secret_stream,
        asks=model.own.asks,
        ceilings=model.own.ceilings,
    )


def make_clock(scenario: Scenario) -> Clockwork:
    """Return the tables of the delay rule."""
    clock = Clock.of(scenario)
    return Clockwork(clock.geometric, clock.awake, clock.awake_counts)
