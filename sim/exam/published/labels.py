"""Warning labels: from their effect on one person's sharing to their effect on how far a post gets."""

from typing import Any

import numpy as np

from sim.exam.published.events import NETWORK, USERS, engagement, on_all, readiness, world
from sim.exam.published.row import Figure, Row, percent_change, row
from sim.model import Society

_POSTS = 3_000


def _posts(seed: int, policy: dict[str, Any]) -> Society:
    stream = {
        "content": "drugs",
        "until": "1 day",
        "per_1000_users_day": _POSTS * 1000.0 / USERS,
        "appeal": 1.0,
        "starts": "drawn",
        "seeded_by_interest": False,
    }
    return world(seed, readiness(), policy, {"item": stream}, 6, 1.0)


def _depth(society: Society) -> float:
    posts = society.crowd.post_columns()
    return float(posts["hops"].mean())


def _views(society: Society) -> float:
    return float(society.crowd.post_columns()["views"].sum())


def _sit(worlds: int) -> list[Figure]:
    reposts, views, deeper = [], [], []
    for seed in range(1, worlds + 1):
        plain, labelled = _posts(seed, {}), _posts(seed, on_all("label"))
        started = len(plain.items)
        reposts.append((engagement(labelled) - started) / (engagement(plain) - started))
        views.append(_views(labelled) / _views(plain))
        deeper.append(_depth(labelled) - _depth(plain))
    return [
        Figure("reposts once a label is attached", "%", -45.7, percent_change(reposts, [1.0]), 5.0),
        Figure("views once a label is attached", "%", -14.0, percent_change(views, [1.0]), 5.0),
        Figure("mean depth of a post once a label is attached", "steps", 0.0, np.array(deeper), 0.0, bound="at-most"),
    ]


row(
    Row(
        "labels",
        "Warning labels: from one person's sharing to reach",
        "individual effect: Martel and Rand 2024, Nature Human Behaviour; effect on reach: Slaughter et al. 2025, PNAS "
        "122(38), Community Notes (-45.7 % reposts, -14.0 % views after a note is attached, cascades less deep)",
        NETWORK + "3,000 posts a world, each by one person; a label is on all copies from the start. Nothing is fitted "
        "here: the label cuts a person's sharing by 24.7 %, and the readiness to share is that of the row on "
        "interventions.",
        _sit,
        worlds=8,
        lacking={
            "views once a label is attached": "followers of who posted first see a post with or without reposts; on X "
            "most views come through the ranked feed, which this set-up has not",
        },
    )
)
