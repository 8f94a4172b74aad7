"""Rules at values that were worked out on paper: what a wrong sign, factor or bound would change."""

import numpy as np
import pytest

from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, forgotten, listens, mean_target, moved, pull
from sim.rules.detect import flag_probability
from sim.rules.deter import deterred
from sim.rules.follow import follow_probability
from sim.rules.forward import chats_allowed, enough_exposures, sharing_factor, suits
from sim.rules.membership import join_probability, leave_probability
from sim.rules.notice import popularity, rank_weight
from sim.rules.report import report_probability
from sim.rules.review import upheld
from sim.rules.tell import gives_up
from sim.rules.turnout import goes
from sim.scenario.behaviours import AccuracyPrompt, Prebunking
from sim.testing import some_questions
from sim.vocabulary import CLASSES

NUMBERS = [
    (transaction_probability, (0.1, 0.5), 0.05),
    (pull, (0.5, 0.4, 0.5, 0.5), 0.05),
    (combine, (0.5, 0.2), 0.6),
    (mean_target, (0.6, 1.0, 0.2, 1.0), 0.4),
    (moved, (0.2, 0.5, 1.0), 0.6),
    (forgotten, (0.8, 0.2, 0.25), 0.65),
    (flag_probability, (True, 0.5, 0.5, 0.01), 0.25),
    (flag_probability, (False, 0.5, 0.5, 0.01), 0.01),
    (follow_probability, (0.5, True, 0.2, 0.4, 0.5), 0.7),
    (follow_probability, (0.5, False, 0.2, 0.4, 0.5), 0.3),
    (follow_probability, (0.9, True, 0.2, 0.4, 0.5), 1.0),
    (sharing_factor, (0.5, 0.4, 0.5), 0.1),
    (suits, (0.8, True, 0.2, 0.25), 0.65),
    (suits, (0.8, False, 0.2, 0.25), 0.8),
    (chats_allowed, (5, 2, 4, 4), 2),
    (chats_allowed, (5, 2, 3, 4), 5),
    (chats_allowed, (1, 2, 4, 4), 1),
    (join_probability, (0.5, 0.4, True, 0.5), 0.1),
    (join_probability, (0.5, 0.4, False, 0.5), 0.2),
    (leave_probability, (0.1, 0.8), 0.02),
    (popularity, (10, 2.0, 10.0), 2.0),
    (popularity, (30, 2.0, 10.0), 2.5),
    (rank_weight, (0.5, 0.5, 0.4, 10.0), 1.0),
    (report_probability, (0.5, 0.2, 0.5, 0.0), 0.2),
    (report_probability, (0.5, 0.2, 0.5, 0.9), 0.72),
]
VERDICTS = [
    (becomes_believer, (0.4, 0.5, 0.5), True),
    (becomes_believer, (0.5, 0.6, 0.5), False),
    (listens, (0.25, 0.75, 0.5), True),
    (listens, (0.25, 0.75, 0.49), False),
    (enough_exposures, (2, 1, 0.5, 4), True),
    (enough_exposures, (1, 1, 0.5, 4), False),
    (enough_exposures, (2, 3, 0.5, 4), False),
    (upheld, (0.89, True, 0.9, 0.5), True),
    (upheld, (0.9, True, 0.9, 0.5), False),
    (upheld, (0.5, False, 0.9, 0.5), True),
    (upheld, (0.49, False, 0.9, 0.5), False),
    (gives_up, (0.49, True, 0.5), True),
    (gives_up, (0.5, True, 0.5), False),
    (gives_up, (0.0, False, 0.5), False),
    (goes, (2, 100, 20.0), True),
    (goes, (1, 100, 20.0), False),
    (goes, (0, 100, 0.0), True),
]


def _named(case):
    return case.__name__ if callable(case) else None


@pytest.mark.parametrize(("rule", "given", "expected"), NUMBERS, ids=_named)
def test_a_rule_gives_the_number_that_comes_out_on_paper(rule, given, expected):
    assert rule(*given) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("rule", "given", "expected"), VERDICTS, ids=_named)
def test_a_rule_decides_at_its_bound_as_it_says(rule, given, expected):
    assert bool(rule(*given)) is expected


def test_half_of_the_illegal_items_are_withheld_where_strength_times_answers_is_one():
    assert deterred(2.0, np.array([0.0, 0.5, 1.5])).tolist() == pytest.approx([0.0, 0.5, 0.75])


def test_an_accuracy_prompt_lowers_the_forwards_of_its_classes_only():
    asked = some_questions(4)._replace(
        content=np.array([CLASSES.index(c) for c in ("misinformation", "fraud", "conspiracy", "benign")]),
        default=np.array([0.5, 0.5, 0.2, 1.0]),
    )
    assert AccuracyPrompt(abandoned=0.25).forward(asked).tolist() == [0.375, 0.5, 0.15000000000000002, 1.0]
    assert AccuracyPrompt(abandoned=1.0, classes=("fraud",)).forward(asked).tolist() == [0.5, 0.0, 0.2, 1.0]


def test_prebunking_takes_its_share_of_a_rise_in_belief_and_nothing_of_a_fall():
    kinds = ("misinformation", "misinformation", "correction", "extremism")
    asked = some_questions(4)._replace(
        content=np.array([CLASSES.index(c) for c in kinds]),
        belief=np.array([0.5, 0.5, 0.5, 0.5]),
        default=np.array([0.75, 0.25, 0.25, 0.75]),
    )
    assert Prebunking(resistance=0.5).believe(asked).tolist() == [0.625, 0.25, 0.25, 0.75]
    assert Prebunking(resistance=1.0, classes=("extremism",)).believe(asked).tolist() == [0.75, 0.25, 0.25, 0.5]
