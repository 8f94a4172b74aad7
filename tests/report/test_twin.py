"""The twin and the words of the report."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment
from sim.report.twin import to_page, twin
from sim.report.twin_section import embed
from sim.report.twin_tree import ROOT as ROOT_KEY
from sim.report.twin_tree import Node, blocked_from, find_cuts
from sim.report.words import policy_in_words
from tests.small import ROOT, small_scenario


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


def test_the_default_is_the_most_read_harmful_item_and_the_arm_that_cut_it_most(comparison):
    data = twin(comparison)
    assert data.content not in ("benign", "correction")
    others = ["notice-and-action", "fast-takedown", "limits-and-labels", "all-combined"]
    assert data.readers["policy"] == min(twin(comparison, item=data.item, arm=arm).readers["policy"] for arm in others)


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
        "at most 5 chats",
        "banned at 2 strikes",
        "40 % of fraud",
        "labelled and down-ranked",
    ):
        assert words in said
    assert "forbid nothing" in " ".join(policy_in_words(small_scenario({"title": "none"})))


def test_what_a_block_may_have_cut_off_is_put_down_to_it(tmp_path):
    def cause(tick, blocked):
        post = Node((3, 1, -1), "channel", ROOT_KEY, {"reference": tick}, readers={"reference": [(tick, 5)]})
        (cut,) = find_cuts({post.key: post}, {}, blocked)
        assert (cut.readers, cut.tick) == (5, tick)
        return cut.words

    assert "block of the platform" in cause(9, 9)
    assert cause(8, 9) == cause(8, None)
    assert "block of the platform" not in cause(8, 9)
    moves = {"tick": [4, 7, 6], "move": ["left", "locked-out", "locked-out"]}
    assert blocked_from(tmp_path) is None, "moves were not kept"
    pq.write_table(pa.table(moves), tmp_path / "moves.parquet")
    assert blocked_from(tmp_path) == 6
