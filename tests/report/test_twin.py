"""The twin and the words of the report."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.experiment.compare import run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.plan import load_experiment
from sim.report.twin import to_page, twin
from sim.report.twin_choice import NOTICEABLE, choose, default_arm, subject_of
from sim.report.twin_cuts import (
    BLOCKED_UPLOAD,
    LATER,
    LIMIT,
    NO_START,
    PLATFORM_BLOCK,
    Acts,
    blocked_from,
    find_cuts,
    find_losses,
    marks_of,
    suspensions_of,
)
from sim.report.twin_section import embed
from sim.report.twin_tree import ROOT as ROOT_KEY
from sim.report.twin_tree import Node
from sim.report.words import policy_in_words
from tests.experiment.planted import around, planted
from tests.small import ROOT, STRICT, small_scenario


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    path = ROOT / "experiments" / "telegram-moderation.yaml"
    lively = [f"world.personas.{name}.sharing=0.5" for name in ("enthusiast", "supersharer", "seller", "propagandist")]
    sets = ["world.users=800", "time.days=12", "behaviour.late=0", *lively]
    plan = replace(load_experiment(path, sets).with_design(pairs=1), side=())
    return run_plan(plan, tmp_path_factory.mktemp("t") / "c", workers=1, tell=lambda *a: None)


def test_every_reader_of_the_reference_is_accounted_for(comparison):
    seen = 0
    for item in range(0, 35, 2):
        for arm in ("fast-takedown", "all-combined", "limits-and-labels"):
            data = twin(comparison, item=item, arm=arm)
            parts = data.account()
            assert parts["cut"] + parts["both_before"] == data.readers["reference"] == data.curve["reference"][-1]
            assert parts["both_after"] + parts["new"] == data.readers["policy"] == data.curve["policy"][-1]
            seen += parts["cut"]
    assert seen > 0


def test_a_branch_is_put_down_to_a_removal_only_if_its_parent_was_gone_by_then(comparison):
    found = 0
    for item in range(35):
        data = twin(comparison, item=item, arm="fast-takedown")
        for node in data.nodes.values():
            if node.cause == "removal":
                found += 1
                assert node.culprit == node.parent
                assert data.nodes[node.parent].removed["policy"] <= node.ticks["reference"]
                assert "policy" not in node.ticks
    assert found > 0


def test_both_pictures_have_the_same_places_within_the_disc(comparison):
    page = to_page(twin(comparison))
    assert all(n["x"] ** 2 + n["y"] ** 2 <= 1.0 for n in page["nodes"])
    assert all(n["parent"] < len(page["nodes"]) for n in page["nodes"])
    assert page["first"] < page["last"]


def test_the_default_item_is_typical_of_what_the_first_outcome_is_about(comparison):
    plan = comparison.plan
    reference = next(arm.scenario for arm in plan.arms if arm.name == plan.reference)
    for outcome, word, allowed in (
        ("conspiracy_views", "conspiracy item", {"conspiracy"}),
        ("illegal_views", "illegal item", {"incitement", "fraud", "drugs"}),
        ("harm", "harmful item", {"conspiracy", "misinformation", "incitement", "fraud", "drugs"}),
    ):
        about = Comparison(comparison.folder, replace(plan, outcomes=(outcome,)), comparison.outcomes, 0)
        chosen = choose(about, None, "fast-takedown", None)
        items = comparison.frame("items", plan.reference, 0).set_index("item")
        what, mine = subject_of(reference, outcome, items)
        assert what == word
        assert set(mine["class"]) <= allowed
        mine = mine[mine["new_readers"] >= NOTICEABLE]
        after = comparison.frame("items", "fast-takedown", 0).set_index("item")["new_readers"]
        effects = after.reindex(mine.index) / mine["new_readers"] - 1.0
        if effects.median() == 0.0 and effects.any():
            assert f"The readers of {(effects == 0).sum()} did not change" in chosen.words
            effects = effects[effects != 0.0]
        off = (effects - effects.median()).abs()
        assert off[chosen.item] == off.min()
        assert mine.loc[chosen.item, "new_readers"] == mine.loc[off.index[off == off.min()], "new_readers"].max()
        assert f"typical of {len(mine)} with at least {NOTICEABLE} readers under laissez-faire" in chosen.words
        assert chosen == choose(about, None, "fast-takedown", None), "the same every time"
        assert chosen.words in twin(about, arm="fast-takedown").choice


def test_the_default_policy_is_the_best_or_else_that_of_the_largest_effect():
    made = planted({"a": {"harm": around(9.0)}, "b": {"harm": around(6.0)}, "c": {"harm": around(3.0)}})
    assert default_arm(made) == "c"
    tied = planted({"a": {"harm": around(9.0)}, "b": {"harm": around(9.2)}, "c": {"harm": around(9.0, wobble=-0.5)}})
    assert default_arm(tied) in ("b", "c")


def test_calls_are_what_a_question_about_a_riot_shows():
    scenario = load_experiment(ROOT / "experiments" / "riot.yaml").arms[0].scenario
    items = pd.DataFrame(
        {"class": ["incitement", "incitement"], "stream": ["calls", "incitement"], "new_readers": [9, 9]}
    )
    what, mine = subject_of(scenario, "happened", items)
    assert (what, list(mine.index)) == ("call to the event", [0])


_MISSING = [
    ({"item": 10**6}, "item must be below"),
    ({"pair": 5}, "pair must be below"),
    ({"arm": "laissez-faire"}, "unknown arm"),
]


@pytest.mark.parametrize(("asked", "message"), _MISSING)
def test_what_is_not_there_cannot_be_shown(comparison, asked, message):
    with pytest.raises(InputError, match=message):
        twin(comparison, **asked)


def test_data_in_the_page_cannot_end_its_script():
    assert "<" not in embed({"a": "</script><script>"})


def test_policies_are_put_in_words():
    said = " ".join(policy_in_words(small_scenario()))
    for words in (
        "400 reviewers",
        "3 h after the case",
        "at most 5 chats at a time",
        "banned at 2 strikes",
        "40 % of fraud",
        "labelled and down-ranked",
    ):
        assert words in said
    assert "forbid nothing" in " ".join(policy_in_words(small_scenario({"title": "none"})))


def _cut(acts, *, tick=9, parent=None, **more):
    """Return the words of the one branch that is missing: a post of user 3 in venue 1, of a parent of user 7 in 2."""
    nodes = {}
    source = ROOT_KEY
    if parent is not None:
        source = (7, 2, -1)
        nodes[source] = Node(source, "channel", ROOT_KEY, {"reference": 1, "policy": 1}, **parent)
    key = (3, 1, -1)
    nodes[key] = Node(key, "group", source, {"reference": tick}, readers={"reference": [(tick, 5)]})
    for venue in range(more.get("sent", 0)):
        other = (3, 100 + venue, -1)
        nodes[other] = Node(other, "group", source, {"reference": tick, "policy": tick})
    (cut,) = find_cuts(nodes, acts)
    assert (cut.readers, cut.branches) == (5, 1)
    return cut


def test_each_branch_that_is_cut_names_one_act():
    assert _cut(Acts(banned={("user", 3): [(4, 999)]})).words == "the ban of user 3"
    assert _cut(Acts(banned={("user", 3): [(4, 999)]})).tick == 4
    assert _cut(Acts(banned={("venue", 1): [(9, 999)]})).words == "the ban of group 1"
    assert _cut(Acts(banned={("user", 3): [(10, 999)]})).words == NO_START, "a later ban is no cause"
    assert _cut(Acts(banned={("user", 3): [(4, 8)]})).words == NO_START, "another had taken the place by then"
    assert _cut(Acts(suspended={3: [(2, 9)]})).words == "the suspension of user 3"
    assert _cut(Acts(suspended={3: [(2, 8)]})).words == NO_START, "it was over"
    gone = _cut(Acts(), parent={"removed": {"policy": 5}})
    assert (gone.words, gone.culprit, gone.tick) == ("removal", (7, 2, -1), 5)
    assert _cut(Acts(), parent={"removed": {"policy": 10}}).words == LATER
    fell = _cut(Acts(banned={("venue", 2): [(5, 999)]}), parent={"removed": {"policy": 5}})
    assert (fell.words, fell.culprit, fell.tick) == ("the ban of channel 2", None, 5)
    marked = _cut(Acts(marked={2: [(6, "label")], None: [(8, "downranking")]}), parent={})
    assert (marked.words, marked.culprit, marked.tick) == ("label", (7, 2, -1), 6)
    assert _cut(Acts(marked={None: [(8, "label and downranking")]}), parent={}).words == "label and downranking"
    assert _cut(Acts(marked={5: [(6, "label")]}), parent={}).words == LATER, "another place"
    assert _cut(Acts(limit=2), parent={}, sent=2).words == LIMIT
    assert _cut(Acts(limit=2), parent={}, sent=1).words == LATER, "she had not used up the limit"
    assert _cut(Acts(viral_limit=1, viral_hops=3), parent={"hops": 3}, sent=1).words == LIMIT
    assert _cut(Acts(viral_limit=1, viral_hops=3), parent={"hops": 2}, sent=1).words == LATER
    assert _cut(Acts(block=9), parent={}).words == PLATFORM_BLOCK
    assert _cut(Acts(block=10), parent={}).words == LATER
    assert _cut(Acts(uploads_blocked=True), parent={}).words == BLOCKED_UPLOAD


def test_posts_that_are_there_under_both_name_the_act_that_cost_them_readers():
    def losses(acts, **removed):
        readers = {"reference": [(1, 5), (9, 34)], "policy": [(1, 5), (4, 13)]}
        node = Node((3, 1, -1), "channel", ROOT_KEY, {"reference": 1, "policy": 1}, removed, readers)
        return [(cut.words, cut.readers, cut.tick, cut.culprit) for cut in find_losses({node.key: node}, acts)]

    assert losses(Acts(), policy=4) == [("removal", 21, 4, (3, 1, -1))]
    assert losses(Acts(), policy=4, reference=3) == [(LATER, 21, 1, None)], "it was removed under both"
    assert losses(Acts(), policy=4, reference=12) == [("removal", 21, 4, (3, 1, -1))]
    assert losses(Acts(banned={("venue", 1): [(4, 999)]}), policy=4) == [("the ban of channel 1", 21, 4, None)]
    assert losses(Acts(marked={1: [(2, "label")]}))[0] == ("label", 21, 2, (3, 1, -1))


def test_acts_are_read_from_the_tables_of_a_run(tmp_path):
    assert blocked_from(tmp_path) is None, "moves were not kept"
    moves = {"tick": [4, 7, 6], "move": ["left", "locked-out", "locked-out"]}
    pq.write_table(pa.table(moves), tmp_path / "moves.parquet")
    assert blocked_from(tmp_path) == 6
    sanctions = {
        "tick": [1, 2, 2, 9, 9, 12],
        "sanction": ["strike", "strike", "suspend", "strike", "suspend", "reinstate"],
        "subject": [3] * 6,
    }
    pq.write_table(pa.table(sanctions), tmp_path / "sanctions.parquet")
    ladder = [{"at": 2, "suspend": "5 h"}, {"at": 3, "suspend": "24 h"}]
    policy = {**STRICT, "moderation": {**STRICT["moderation"], "strikes": {"ladder": ladder}}}
    assert suspensions_of(tmp_path, small_scenario(policy)) == {3: [(2, 7), (9, 12)]}
    assert marks_of(tmp_path, small_scenario(), 77) == {}, "cases were not kept"
    cases = {
        "place": [2, 4, 5], "subject": [77, 77, 77], "class": ["conspiracy", "fraud", "conspiracy"],
        "source": ["report"] * 3, "verdict": ["upheld", "upheld", "cleared"], "acted": [6, 7, -1],
    }  # fmt: skip
    pq.write_table(pa.table(cases), tmp_path / "cases.parquet")
    assert marks_of(tmp_path, small_scenario(STRICT), 77) == {None: [(6, "label and downranking")]}
    assert marks_of(tmp_path, small_scenario(STRICT), 78) == {}
