"""Bak-Coleman et al. 2022: nudges, removal early and late, labels on the largest events."""

import numpy as np

from sim.exam.published.events import NETWORK, NUDGE, TUNING, engagement, events, on_all, readiness, sizes
from sim.exam.published.row import Figure, Row, fitted, percent_change, row

_NUDGES = ((5, -6.6), (10, NUDGE), (20, -22.6), (40, -38.9))
_LARGEST = 0.05
_HALF, _EARLY = 4.0, 0.5
"""Hours after which removal takes half of the engagement away, and nearly all of it."""


def _half_at(sharing: float) -> float:
    """Return the delay of removal, in hours of the run, that halves engagement."""

    def change(delay: float) -> float:
        plain = sum(engagement(events(k, sharing)) for k in TUNING)
        removed = sum(engagement(events(k, sharing, on_all("remove", delay))) for k in TUNING)
        return 100.0 * (removed / plain - 1.0)

    return fitted(change, -50.0, 4.0, 20.0, 6)


def _sit(worlds: int) -> list[Figure]:
    sharing = readiness()
    half = _half_at(sharing)
    nudged: dict[int, list[float]] = {cut: [] for cut, _ in _NUDGES}
    late, early, largest, anyone = [], [], [], []
    for seed in range(1, worlds + 1):
        plain = sizes(events(seed, sharing))
        for cut, _ in _NUDGES:
            nudged[cut].append(engagement(events(seed, sharing, friction=1.0 - cut / 100.0)) / plain.sum())
        late.append(engagement(events(seed, sharing, on_all("remove", half))) / plain.sum())
        early.append(engagement(events(seed, sharing, on_all("remove", half * _EARLY / _HALF))) / plain.sum())
        lost = plain - sizes(events(seed, sharing, on_all("label")))
        top = np.argsort(-plain, kind="stable")[: round(_LARGEST * len(plain))]
        largest.append(1.0 - lost[top].sum() / plain.sum())
        anyone.append(1.0 - _LARGEST * lost.sum() / plain.sum())
    figures = [
        Figure(
            f"engagement, nudge that cuts sharing by {cut} %",
            "%",
            expected,
            percent_change(nudged[cut], [1.0]),
            3.0,
            "calibrated" if cut == 10 else "predicted",
        )
        for cut, expected in _NUDGES
    ]
    return [
        *figures,
        Figure(
            "engagement, all copies removed after 4 hours", "%", -50.0, percent_change(late, [1.0]), 3.0, "calibrated"
        ),
        Figure("engagement, all copies removed after half an hour", "%", -93.0, percent_change(early, [1.0]), 5.0),
        Figure("engagement, the largest 5 % of the events labelled", "%", -42.0, percent_change(largest, [1.0]), 8.0),
        Figure("engagement, a random 5 % of the events labelled", "%", -2.0, percent_change(anyone, [1.0]), 1.0),
    ]


row(
    Row(
        "interventions",
        "Nudges, removal, labels on misinformation events",
        "Bak-Coleman et al. 2022, Nature Human Behaviour 6; figures as quoted from its preprint by Takshashila "
        "2021 and "
        "in secondary sources for the labels",
        NETWORK + "120 events a world begin at once; people come to them by themselves through a day at rates that "
        "differ by a power law (exponent 2, assumed), and from each other. Engagement is the number of persons who "
        "post. Fitted: the readiness to share, to the nudge of 10 %; and how long an event lasts, to removal after 4 "
        "hours. Labels cut sharing as the product's default does (-24.7 %). Events do not bear on each other, so that "
        "what labels do to the largest is counted event by event. The combination of modest measures (about -50 %) is "
        "not scored: what was combined is not in the sources seen.",
        _sit,
        worlds=8,
        lacking={
            "engagement, the largest 5 % of the events labelled": "the largest 5 % of the events hold about a quarter "
            "of the engagement here, where they must have held nearly all of it in the source; how much they hold "
            "follows from the assumed law of how many come by themselves",
        },
    )
)
