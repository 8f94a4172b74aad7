"""Asking the rules of a scenario, on the compiled engine: columns of questions, and what their answers leave over."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.own_rules import asked_of
from sim.crowd.columns.believing import settle_beliefs
from sim.crowd.columns.noticed import ADOPTIONS, ASKED, JOINS, LEAVES, LOW, MOVED, PASSES, REPORTS, Decisions, Noticed
from sim.crowd.columns.passing import list_places
from sim.scenario.user_rules import BELIEVE, CHOOSE, FORWARD, JOIN, LEAVE, NOTICE, REPORT
from sim.vocabulary import DIRECT_KEY, MARKS
from sim.world.people import INTEREST

if TYPE_CHECKING:
    from sim.crowd.column_state import ColumnState

Columns = dict[str, NDArray[Any]]
_LISTS = {
    FORWARD: (PASSES, ("pass_user", "pass_post", "pass_at")),
    REPORT: (REPORTS, ("report_post", "report_user")),
    JOIN: (JOINS, ("join_venue", "join_user")),
    LEAVE: (LEAVES, ("leave_venue", "leave_user")),
}
"""Where decisions stand: their place in `fill`, and their columns."""


def _about_posts(crowd: "ColumnState", users: NDArray[Any], hits: NDArray[Any]) -> Columns:
    """Return what is known of posts that users have come to; `hits` are rows of HIT."""
    posts = crowd.posts.rows
    sendings = posts.hot[hits["sending"]]
    return {
        "user": users, "item": hits["item"], "venue": sendings["venue"], "author": sendings["author"],
        "hops": posts.hops[hits["sending"]], "labels": posts.flags[hits["post"]].astype(np.int64) & MARKS,
    }  # fmt: skip


def ask_noticing(crowd: "ColumnState", noticed: Noticed, luck: NDArray[Any], chance: NDArray[Any]) -> Noticed:
    """Return what is noticed when the rules have decided."""
    who, hits = noticed
    users, topics = who >> 32, crowd.model.items.topic[hits["item"]]
    about = _about_posts(crowd, users, hits) | {"default": chance, "belief": crowd.belief[users, topics]}
    asked = asked_of(crowd.model, len(who), about)
    kept = np.flatnonzero(luck < crowd.model.own.settle(NOTICE, asked, luck))
    return Noticed((who[kept] >> 32) << 32 | np.arange(len(kept)), hits[kept])


def ask_reactions(crowd: "ColumnState", out: Decisions, hits: NDArray[Any]) -> None:
    """Let the rules decide what was written down as a question, and drop from the lists what they decide against."""
    questions = out.asked[: out.fill[ASKED]]
    for decision in (REPORT, LEAVE, JOIN, FORWARD):
        rows = questions[questions["decision"] == decision]
        if len(rows):
            _keep(out, decision, rows, _answers(crowd, decision, rows, hits))
    moves = out.moved[: out.fill[MOVED]]
    if len(moves):
        about = {"user": moves["user"], "item": moves["item"], "topic": moves["topic"], "belief": moves["before"],
                 "default": moves["after"]}  # fmt: skip
        asked = asked_of(crowd.model, len(moves), about)
        moves["after"] = crowd.model.own.settle(BELIEVE, asked, np.zeros(len(moves)))
        topics, rules = len(crowd.model.config.topics), crowd.rules
        out.fill[ADOPTIONS] = settle_beliefs(
            moves, crowd.persons.rows, INTEREST + topics, rules.believer_at, out.adopt_item, out.fill[ADOPTIONS]
        )


def _answers(crowd: "ColumnState", decision: int, rows: NDArray[Any], hits: NDArray[Any]) -> NDArray[np.bool_]:
    users, seen = rows["who"] >> 32, hits[rows["who"] & LOW]
    if decision == JOIN:  # one decision for a user, item and venue, however often it was shown
        about = {"user": users, "item": seen["item"].astype(np.int64), "venue": rows["venue"]}
        same = np.column_stack(list(about.values()))
        _, first, back = np.unique(same, axis=0, return_index=True, return_inverse=True)
        about = {name: column[first] for name, column in about.items()}
        rows, back = rows[first], back.reshape(-1)
    else:
        about = _about_posts(crowd, users, seen) | {"exposure": rows["number"]}
        back = np.arange(len(rows))
    asked = asked_of(crowd.model, len(rows), about | {"default": rows["default"], "belief": rows["belief"]})
    luck = np.ascontiguousarray(rows["luck"])
    answers: NDArray[np.bool_] = (luck < crowd.model.own.settle(decision, asked, luck))[back]
    return answers


def _keep(out: Decisions, decision: int, rows: NDArray[Any], yes: NDArray[np.bool_]) -> None:
    place, columns = _LISTS[decision]
    kept = np.zeros(out.fill[place], dtype=np.bool_)
    kept[rows["at"][yes]] = True
    for name in columns:
        column = getattr(out, name)
        column[: kept.sum()] = column[: len(kept)][kept]
    out.fill[place] = int(kept.sum())


def ask_places(
    crowd: "ColumnState", out: Decisions, passes: int, tick: int, total: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the places begin that rules choose for each forward, and the places; both empty if none does.

    `total` is the most places that all these forwards may go to, `most` that of one.
    """
    if not crowd.model.own.asks[CHOOSE]:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    first, places = np.empty(passes + 1, dtype=np.int64), np.empty(total, dtype=np.int64)
    luck, chance = np.empty(total), np.empty(total)
    users, posts = out.pass_user[:passes], out.pass_post[:passes]
    list_places(
        users, posts, out.pass_at[:passes], tick, most, crowd.posts.rows, crowd.items, crowd.members.now,
        crowd.persons, crowd.rules, crowd.streams, crowd.sights, crowd.passed, crowd.rules.ceilings[CHOOSE], first,
        places, luck, chance,
    )  # fmt: skip
    count = int(first[passes])
    places, luck, chance = places[:count], luck[:count], chance[:count]
    if not count:
        return first, places
    of = np.repeat(np.arange(passes), np.diff(first))
    hot = crowd.posts.rows
    items, direct = hot.hot[hot.of[posts]]["item"][of], places >= DIRECT_KEY
    asked = asked_of(crowd.model, count, {
        "user": users[of], "item": items, "venue": np.where(direct, -1, places),
        "receiver": np.where(direct, places - DIRECT_KEY, -1),
        "belief": crowd.belief[users[of], crowd.model.items.topic[items]], "default": chance,
    })  # fmt: skip
    yes = luck < crowd.model.own.settle(CHOOSE, asked, luck)
    starts = np.concatenate([[0], np.cumsum(np.bincount(of[yes], minlength=passes))]).astype(np.int64)
    return starts, places[yes]
