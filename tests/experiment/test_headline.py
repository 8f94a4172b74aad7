"""The answer in sentences: the first answers the question, costs are differences, and no best without them."""

import json
import re
from dataclasses import replace

import pytest

from sim.errors import ScenarioError
from sim.experiment.answer import anyway, headline, sentences, trade_offs, weigh
from sim.experiment.causes import FILE, Causes, Share, _key_of, _plain, known_causes
from sim.experiment.paired import Difference
from sim.experiment.plan import load_experiment
from sim.experiment.spec import HELD
from sim.experiment.weighing import costs
from sim.experiment.wording import compared, number
from tests.experiment.planted import around, planted, with_law
from tests.small import ROOT, small_scenario


def moderation():
    return planted(
        {
            "none": {"illegal_views": around(10.0), "harm": around(50.0)},
            "notice": {
                "illegal_views": around(8.0, wobble=0.2), "harm": around(45.0), "lawful_removed": around(40.0),
                "wrongly_sanctioned": around(5.0), "staff_cost": [60.0] * 8,
            },
            "fast": {
                "illegal_views": around(5.0, wobble=-0.2), "harm": around(40.0), "lawful_removed": around(45.0),
                "wrongly_sanctioned": around(6.0), "staff_cost": [240.0] * 8,
            },
        },
        titles={"none": "laissez-faire", "notice": "notice-and-action", "fast": "fast takedown"},
    )  # fmt: skip


def test_the_first_sentence_is_about_the_first_outcome_of_all_policies():
    first = sentences(moderation())[0]
    assert first.startswith("Compared with laissez-faire, views of illegal items were 50 % lower under fast takedown (")
    assert re.search(r" and 20(\.0)? % lower under notice-and-action \(", first)
    assert first.endswith(").")


def test_the_best_policy_is_named_with_its_costs_in_the_same_sentence():
    said = sentences(moderation())[1]
    assert said.startswith(
        "Views of illegal items were lowest under fast takedown, compared with laissez-faire at a cost of "
    )
    for cost in (
        r"45\.0 more lawful posts per 1,000 users removed by mistake \(",
        r"6\.0 more users per 1,000 wrongly sanctioned \(",
    ):
        assert re.search(cost, said)
    assert "240 USD more a month in staff cost per 1,000 people (in every pair)" in said


def test_a_cost_is_the_difference_from_the_reference_with_its_interval_never_the_level():
    values = {
        "before": {"illegal_views": around(10.0), "lawful_removed": around(70.0), "wrongly_sanctioned": around(5.0)},
        "limit": {
            "illegal_views": around(9.0, wobble=0.3), "lawful_removed": around(70.0), "wrongly_sanctioned": around(5.0),
        },
        "strict": {
            "illegal_views": around(8.0, wobble=0.2), "lawful_removed": around(82.0, wobble=2),
            "wrongly_sanctioned": around(4.0, wobble=0.3),
        },
    }  # fmt: skip
    made = planted(values)
    said = " ".join(sentences(made))
    assert "70" not in said, "no level of an arm stands in a sentence"
    assert "Limit, compared with before: at no detectable cost." in sentences(made), "a limit that removes nothing more"
    (lawful,) = [cost for cost in costs(made, "strict") if cost.outcome == "lawful_removed"]
    assert (lawful.settled, round(lawful.difference, 1)) == (True, 12.0)
    assert lawful.words == "12.0 more lawful posts per 1,000 users removed by mistake (11.6 to 12.3)"
    assert "and with 1.00 fewer users per 1,000 wrongly sanctioned (" in said


def test_what_cannot_be_told_apart_is_not_called_best():
    made = planted({"a": {"harm": around(5.0)}, "b": {"harm": around(5.0, wobble=-0.1)}})
    assert weigh(made).best == ()
    assert "No policy is best on harm-weighted views: none was detectably better than a." in sentences(made)
    assert sentences(made)[0].startswith("B had") or "no statistically detectable effect" in sentences(made)[0]


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_outcomes_that_are_equal_everywhere_name_no_best(level):
    made = planted({name: {"turnout": [level] * 8} for name in "abc"})
    assert weigh(made).best == ()
    assert "Turnout was the same under every policy in every pair: none is best." in sentences(made)
    assert "lowest" not in " ".join(sentences(made))


def test_policies_that_tie_are_named_together_each_with_its_costs():
    made = planted(
        {
            "none": {"harm": around(9.0)},
            "x": {"harm": around(5.0, wobble=0.3), "lawful_removed": around(30.0)},
            "y": {"harm": around(5.0, wobble=-0.3), "staff_cost": [12.0] * 8},
        }
    )
    best = sentences(made)[1]
    assert best.startswith("Harm-weighted views were lowest under x and y, which did not differ detectably; ")
    assert "x at a cost of 30.0 more lawful posts" in best
    assert "y at a cost of 12 USD more" in best


def test_one_that_is_tied_with_the_best_and_with_the_reference_is_not_called_best():
    values = {"a": around(10.0), "b": around(7.0, wobble=0.3), "wide": [2.0, 14.0, 3.0, 13.0, 9.0, 9.0, 4.0, 12.0]}
    made = planted({name: {"harm": found} for name, found in values.items()})
    assert weigh(made).best == ("b",)
    assert any(sentence.startswith("B and wide did not differ detectably on harm") for sentence in sentences(made))


def test_a_policy_that_cuts_most_by_removing_everything_is_not_best_without_its_price():
    made = planted(
        {
            "none": {"harmful_views": around(10.0)},
            "good": {"harmful_views": around(7.5, wobble=0.2), "lawful_removed": around(40.0)},
            "everything": {
                "harmful_views": around(5.0, wobble=-0.2), "lawful_removed": around(9000.0, wobble=90),
                "harmless_views": around(4.0),
            },
        }
    )  # fmt: skip
    best = sentences(made)[1]
    assert "lowest under everything, compared with none at a cost of 9,0" in best
    assert "6.00 fewer views of harmless items per user" in best
    assert weigh(made).front == ("none", "good", "everything")


def test_a_dominated_policy_is_said_to_be_dominated_and_by_which():
    made = planted(
        {
            "none": {"harm": around(10.0)},
            "better": {"harm": around(6.0, wobble=0.2), "lawful_removed": around(20.0)},
            "worse": {"harm": around(8.0, wobble=-0.2), "lawful_removed": around(35.0)},
        }
    )
    weighed = weigh(made)
    assert weighed.front == ("none", "better")
    assert weighed.dominated == {"worse": "better"}
    said = next(sentence for sentence in sentences(made) if "dominated" in sentence)
    assert said.startswith(
        "Worse is dominated by better, which is at least as good on harm-weighted views and on every"
    )
    assert "better on harm-weighted views and lawful posts removed by mistake, post by post" in said
    table = trade_offs(made)
    assert dict(zip(table.head[1:], table.rows[-1][1:], strict=True)) == {
        "none": "on the front",
        "better": "on the front",
        "worse": "dominated by better",
    }
    assert trade_offs(made).note.startswith(
        "Pareto front, by means, detectable or not (harm-weighted views against lawful posts removed by mistake, "
        "post by post)"
    )


def test_nothing_is_dominated_by_chance():
    made = planted({"a": {"harm": around(5.0)}, "b": {"harm": around(5.02, wobble=-0.1)}})
    assert weigh(made).dominated == {}


def test_an_event_is_told_as_a_count_of_worlds_with_the_exact_interval():
    happened = {"a": [100.0] * 12 + [0.0] * 8, "b": [0.0] * 20}
    made = planted({arm: {"happened": values} for arm, values in happened.items()}, form="probability")
    first = sentences(made)[0]
    assert (
        "in 12 of 20 simulations under a (60 %, 36 to 81) and 0 of 20 simulations under b (0.0 %, 0.0 to 17)" in first
    )
    assert headline(made).form == headline(planted({"a": {"happened": [0.0]}, "b": {"happened": [100.0]}})).form


@pytest.mark.parametrize(("value", "words"), [(0.0, "in none of the 40"), (100.0, "in all of the 40")])
def test_an_event_that_happens_never_or_always_is_told_as_no_answer(value, words):
    made = planted({arm: {"happened": [value] * 20} for arm in "ab"}, form="probability")
    first = sentences(made)[0]
    assert words in first
    assert "this experiment cannot say which policy prevents it" in first
    assert not any("under b too" in sentence or "lowest" in sentence for sentence in sentences(made))
    assert trade_offs(made).note.startswith("No Pareto front: ")
    assert trade_offs(made).rows[-1] == ("Pareto front", "–", "–")


def finding(regime, verdicts, *, applies=True):
    elements = [{"name": name, "verdict": verdict} for name, verdict in verdicts.items()]
    return {"regime": regime, "title": f"law of {regime}", "applies": applies, "elements": elements, "events": []}


LAW = {
    "title": "law of x",
    "elements": {"known": {"measure": "notices", "at_least": 1}, "idle": {"measure": "ignored_share", "at_least": 50}},
    "ladder": [{"step": "warning", "needs": ["known"]}, {"step": "arrest", "needs": ["known", "idle"]}],
}


def test_a_matrix_tells_met_not_met_and_cannot_tell_apart(tmp_path):
    scenario = small_scenario(law={"regimes": {"x": LAW}})
    met, no = {"known": "met", "idle": "met"}, {"known": "met", "idle": "not met"}
    doubt = {"known": "met", "idle": "cannot tell"}
    found = {
        "a": [[finding("x", met)]] * 4,
        "b": [[finding("x", no)]] * 4,
        "c": [[finding("x", doubt)]] * 3 + [[finding("x", met, applies=False)]],
    }
    values = {"a": {"liable": [100.0] * 4}, "b": {"liable": [0.0] * 4}, "c": {"liable": [0.0] * 4}}
    titles = {"a": "Rumble", "b": "X", "c": "Signal"}
    plain = planted(values, form="matrix", titles=titles, scenario=scenario)
    made = with_law(plain, tmp_path, found)
    told = headline(made)
    assert told.sentences[0] == (
        "The conditions for the heaviest sanction of at least one law were met in every simulation under Rumble and in "
        "none under X and Signal (4 simulations each; by exact 95 % intervals 'every' is at least 40 % and 'none' at "
        "most 60 %)."
    )
    assert sentences(made)[0] == told.sentences[0]
    assert told.sentences[1:] == (
        "Rumble: conditions met for arrest under law of x in 4 of 4.",
        "In 1 of 3 cells of the table some simulations have too few cases to judge by.",
    )
    assert told.table.rows == (
        ("Rumble", "arrest: met in 4 of 4"),
        ("X", "arrest: not met"),
        ("Signal", "arrest: cannot tell in 3, does not apply in 1"),
    )
    cell = told.data[1]
    assert [(step["step"], step["met"], step["not_met"]) for step in cell["steps"]] == [
        ("warning", 4, 0),
        ("arrest", 0, 4),
    ]


def test_conditions_that_were_never_met_are_told_in_one_sentence(tmp_path):
    scenario = small_scenario(law={"regimes": {"x": LAW}})
    values = {arm: {"liable": [0.0, 0.0]} for arm in "ab"}
    found = {arm: [[finding("x", {"known": "met", "idle": "not met"})]] * 2 for arm in "ab"}
    made = with_law(planted(values, form="matrix", scenario=scenario), tmp_path, found)
    assert headline(made).sentences == (
        "The conditions for the heaviest sanction of any law were met in no simulation under a and b (2 simulations "
        "each; each probability is at most 84 %, by its exact 95 % interval).",
    )
    assert trade_offs(made) is None
    assert not any("would have seen it" in sentence or "lowest" in sentence for sentence in sentences(made))


def made_causes(comparison):
    whole = Share("all", 16.3, 15.7, 16.9, 1.0, 1.0, 1.0)
    none = Share("none", 6.1, 5.8, 6.4, 0.374, 0.35, 0.39)
    influence = Share("influence", 10.3, 9.6, 10.9, 0.63, 0.6, 0.66)
    selection = Share("selection", -0.1, -0.3, 0.1, -0.006, -0.02, 0.01)
    return Causes("belief_gap", "platform", 8, none, (selection, influence), whole, _key_of(comparison.plan))


def test_a_decomposition_answers_with_shares_or_says_what_to_run(tmp_path):
    values = {"platform": {"belief_gap": around(16.0)}, "none": {"belief_gap": around(9.0)}}
    made = planted(values, form="decomposition", folder=tmp_path)
    assert "`rumorlab causes EXPERIMENT --outcome belief_gap`" in sentences(made)[0]
    (tmp_path / FILE).write_text(json.dumps(_plain(made_causes(made))))
    assert known_causes(made, "belief_gap") == made_causes(made)
    assert sentences(made)[0] == (
        "Of the belief gap between exposed and unexposed users (16 belief points, 16 to 17), influence accounts for "
        "63 % (60 to 66), selection (-2.0 to 1.0 %) has no statistically detectable contribution and 37 % (35 to 39) "
        "remains with all paths cut (initial sorting and shared causes)."
    )
    summed = replace(
        made_causes(made),
        sums=(Share("selection", 1.6, 1.3, 1.9, 0.1, 0.08, 0.12, parts=("joining", "leaving")),),
        paths=(
            *(path for path in made_causes(made).paths if path.name == "influence"),
            Share("joining", 1.3, 1.1, 1.5, 0.08, 0.07, 0.09),
            Share("leaving", 0.3, -0.1, 0.7, 0.02, -0.01, 0.04),
        ),
        opening="what users read changes what they believe, more than the other way round",
    )
    (tmp_path / FILE).write_text(json.dumps(_plain(summed)))
    assert known_causes(made, "belief_gap") == summed
    assert sentences(made)[0] == (
        "What users read changes what they believe, more than the other way round: of the belief gap between exposed "
        "and unexposed users (16 belief points, 16 to 17), influence accounts for 63 % (60 to 66), selection accounts "
        "for 10 % (8.0 to 12) and 37 % (35 to 39) remains with all paths cut (initial sorting and shared causes)."
    )
    assert sentences(made)[1] == (
        "Selection is the sum of 2 paths: joining accounts for 8.0 % (7.0 to 9.0) and leaving (-1.0 to 4.0 %) has no "
        "statistically detectable contribution."
    )
    other = planted(
        {name: {"belief_gap": around(1.0, pairs=4)} for name in values}, form="decomposition", folder=tmp_path
    )
    assert known_causes(other, "belief_gap") is None, "of another number of pairs"


def test_shares_of_a_whole_have_intervals_and_add_up():
    import numpy as np

    whole = np.array(around(10.0))
    parts = [Share.of("x", 0.7 * whole, whole), Share.of("y", 0.3 * whole, whole)]
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert parts[0].share_low <= 0.7 <= parts[0].share_high
    assert Share.of("x", whole, np.array(around(0.0))).share is None, "no share of what cannot be told from zero"


def test_with_the_law_held_fixed_the_rest_is_what_follows_from_it():
    values = {
        "a": {"illegal_views": around(10.0)},
        "a" + HELD: {"illegal_views": around(10.0)},
        "b": {"illegal_views": around(4.0)},
        "b" + HELD: {"illegal_views": around(8.0, wobble=0.2)},
    }
    told = headline(planted(values)).sentences
    assert told[0].startswith("Compared with a, views of illegal items were 60 % lower under b (")
    assert told[1].startswith("With the law held fixed, views of illegal items were 20.0 % lower (")
    assert re.search(r"with what followed from the law, a further 4\.0+ per user lower \(", told[1])


def test_would_it_have_happened_anyway_is_bounded_whatever_joins_the_two():
    made = planted({"a": {"happened": [100.0, 100.0, 100.0, 0.0]}, "b": {"happened": [100.0, 0.0, 100.0, 0.0]}})
    (said,) = anyway(made, "happened")
    assert "between 33 and 67 % would have seen it under b too (assumption-free bounds; " in said
    assert said.endswith("with the same random numbers, 2 of 3 did.")
    never = planted({"a": {"happened": [0.0, 0.0]}, "b": {"happened": [100.0, 0.0]}})
    assert not anyway(never, "happened"), "what never happened has no anyway"


def test_side_effects_are_named_and_a_growing_queue_is_one():
    made = planted(
        {
            "none": {"harm": around(10.0), "illegal_views": around(5.0)},
            "limit": {"harm": around(8.0), "illegal_views": around(5.5, wobble=0.1), "backlog": around(20.0)},
        }
    )
    said = [sentence for sentence in sentences(made) if sentence.startswith("Side effect:")]
    assert said[0].startswith("Side effect: views of illegal items were 10 % higher under limit than under none (")
    assert "the number of cases waiting for review at the end was 20.0 per 1,000 users higher under limit" in said[1]


def test_a_percentage_differs_by_percentage_points():
    made = planted({"a": {"believers": around(10.0)}, "b": {"believers": around(12.0, wobble=0.3)}})
    assert "the share of believers was 2.00 percentage points higher under b (" in sentences(made)[0]


class Unsettled(Difference):
    settled = False


_NONE = "b and a did not differ detectably on {} "


@pytest.mark.parametrize(
    ("low", "high", "relative_low", "relative_high", "words"),
    [
        (-1.04, 0.0753, -0.156, -0.0017, _NONE + "(-1.0 to +0.075 per user)"),
        (-1.04, 0.0753, -0.156, 0.0017, _NONE + "(-16 % to +0.17 %)"),
        (-1.04, 0.0753, -1.04, 0.0753, _NONE + "(-1.0 to +0.075 per user)"),
        (-1.04, 0.0753, None, None, _NONE + "(-1.0 to +0.075 per user)"),
        (-1.04, -0.02, -0.156, -0.0017, None),
        (-1.04, -0.02, -0.156, 0.0017, "{} were 0.48 per user lower under b than under a (0.02 to 1.04)"),
        (-1.04, -0.02, -0.156, -0.0017, "{} were 7.9 % lower under b than under a (0.2 to 15.6)"),
    ],
)
def test_an_interval_in_words_says_of_zero_what_the_sentence_says(low, high, relative_low, relative_high, words):
    made = planted({"a": {"conspiracy_views": [6.0] * 4}, "b": {"conspiracy_views": [5.0] * 4}})
    found = Difference(-0.48, low, high, -0.0788, relative_low, relative_high, 4, 12.0, 5.67, 6.15)
    if words is None:  # told from chance by itself, and not among many
        found, words = (
            Unsettled(**(vars(found) | {"shown_together": 12})),
            _NONE + "(-1.0 to -0.020 per user; one of 12 comparisons)",
        )
    made._known["b", "conspiracy_views", "a"] = found
    assert compared(made, "b", "conspiracy_views", "a") == words.format("views of conspiracy items")


def test_a_title_with_a_comma_stands_in_quotes():
    values = {"a": {"harm": around(9.0)}, "b": {"harm": around(6.0)}}
    first = sentences(planted(values, titles={"b": "arrest, policy unchanged"}))[0]
    assert "lower under 'arrest, policy unchanged' (" in first


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.00165, "0.0016"), (4.96, "5.0"), (9.96, "10"), (61.6, "62"), (1204.4, "1,204"), (-0.5, "-0.50")],
)
def test_numbers_have_two_digits_that_count(value, words):
    assert number(value) == words


BASE = "scenario: ../scenarios/telegram.yaml\narms: {a: {}, b: {}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("headline: {form: matrx}", "'effect', 'matrix'|matrix"),
        ("headline: {form: decomposition}", "needs `paths` that can be cut"),
        ("headline: {form: probability}\noutcomes: [harm]", "'harm' is none: .*happened"),
        ("headline: {form: matrix}", "needs a scenario with legal regimes"),
    ],
)
def test_a_headline_that_cannot_be_told_is_refused_at_its_place(tmp_path, text, message):
    import shutil

    path = tmp_path / "experiments" / "e.yaml"
    path.parent.mkdir()
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    path.write_text(BASE + text)
    with pytest.raises(ScenarioError, match=message):
        load_experiment(path)


FORMS = {"who-is-liable": "matrix", "riot": "probability", "cause-or-effect": "decomposition",
         "cause-or-effect-unsorted": "decomposition"}  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_experiments_name_the_form_that_answers_their_question(path):
    assert load_experiment(path).headline.form == FORMS.get(path.stem, "effect")
