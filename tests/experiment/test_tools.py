"""Which tools a policy has, its arms without each of them, and what each does."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.experiment.attribution import NOTE, attribution_sentences, attributions
from sim.experiment.compare import run_plan
from sim.experiment.comparison import open_comparison
from sim.experiment.plan import load_experiment
from sim.experiment.scale import key_of
from sim.experiment.spec import HELD, WITHOUT, is_side_arm
from sim.experiment.tools import arms_without, set_back, tool, tools_of
from sim.report.page import make_report
from tests.experiment.planted import planted
from tests.small import ROOT, STRICT, merged, small_scenario

SHIPPED = sorted((ROOT / "experiments").glob("*.yaml"))
FREE = {"title": "free"}
FILE = """scenario: ../scenarios/telegram.yaml
attribute: true
arms:
  free: {policy: ../scenarios/policies/laissez-faire.yaml}
  closing: {title: closing, policy: ../scenarios/policies/notice-and-action.yaml, set: %s}
  labels: {title: labels, policy: ../scenarios/policies/laissez-faire.yaml, set: {policy.features.forward_limit: 3}}
design: {pairs: 3}
outcomes: [illegal_views, lost_posts]
"""
CLOSING = (
    "{policy.terms: {terrorism: null, csam: null, drugs: null, incitement: {actions: [remove], strike: true}, "
    "fraud: {actions: [remove], strike: true}}, "
    "policy.moderation.strikes: {ban_user_at: null, ban_venue_at: 1}, policy.moderation.reviewers.count: 2000, "
    "policy.moderation.reports.ordinary: 0.01}"
)
SMALL = ["world.users=400", "time.days=8"]


def silent(done, total, what):
    pass


def leaves(data, path=""):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        yield path, tuple(map(str, data))
    else:
        yield path, data


def changed(one, other):
    a, b = dict(leaves(one.resolved())), dict(leaves(other.resolved()))
    return {path for path in a | b if a.get(path) != b.get(path) and path != "record.tables"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    (folder / "experiments").mkdir()
    path = folder / "experiments" / "e.yaml"
    path.write_text(FILE % CLOSING)
    return load_experiment(path, SMALL)


@pytest.fixture(scope="module")
def finished(plan, tmp_path_factory):
    return run_plan(plan, tmp_path_factory.mktemp("results") / "c", workers=1, tell=silent)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_arm_without_a_tool_differs_from_its_arm_in_the_fields_of_that_tool_alone(path):
    plan = load_experiment(path)
    arms = {arm.name: arm.scenario for arm in plan.arms}
    reference = arms[plan.reference]
    for side in (side for side in plan.side if WITHOUT in side.name):
        name, one = side.name.split(WITHOUT)
        found, fields = changed(arms[name], side.scenario), tool(one)
        assert found, "it differs"
        policies = ("policy.", "law.after_shock.", "phases")
        for field in found:
            inner = next(field.removeprefix(start) for start in policies if field.startswith(start))
            of_terms = inner.startswith("terms.") and (
                (fields.action and inner.endswith((".actions", ".scope")))
                or (fields.strike and inner.endswith(".strike"))
            )
            assert of_terms or any(inner == p or inner.startswith(f"{p}.") for p in fields.paths), field
        actions = {name: set(t.actions) for name, t in side.scenario.policy.terms.items()}
        before = {name: set(t.actions) for name, t in arms[name].policy.terms.items()}
        assert all(before[kind] - left <= {fields.action} for kind, left in actions.items())
        left = {t.name for t in tools_of(side.scenario, reference)}
        assert not left & {one, *fields.of}, "set back, it is no tool any more"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_comparison_of_policies_with_several_tools_says_what_did_it(path):
    plan = load_experiment(path)
    if plan.space:
        return
    reference = next(arm.scenario for arm in plan.arms if arm.name == plan.reference)
    same = [arm for arm in plan.arms if arm.scenario.world_hash() == reference.world_hash()]
    several = {arm.name for arm in same if arms_without(arm.scenario, reference)} - {plan.reference}
    assert {side.name.split(WITHOUT)[0] for side in plan.side if WITHOUT in side.name} == several


def test_an_arm_with_one_tool_is_not_run_without_it(plan):
    assert {side.name.split(WITHOUT)[0] for side in plan.side} == {"closing"}
    one = small_scenario({"title": "one", "features": {"forward_limit": 3}})
    assert [t.name for t in tools_of(one, small_scenario(FREE))] == ["forward-limits"]
    assert arms_without(one, small_scenario(FREE)) == []


def test_tools_are_what_the_reference_has_not_or_in_another_form():
    strict, reference = small_scenario(STRICT), small_scenario(FREE)
    names = [t.name for t in tools_of(strict, reference)]
    assert names == [
        "removals", "labels", "down-ranking", "user-bans", "venue-bans", "bans", "scanning", "forward-limits",
    ]  # fmt: skip
    assert tools_of(strict, strict) == []
    harder = small_scenario(
        merged(STRICT, {"moderation": {"strikes": {"ban_venue_at": 1}, "takedown": {"delay": "1 h"}}})
    )
    assert [t.name for t in tools_of(harder, strict)] == ["venue-bans", "review"]
    assert set_back(harder, tool("venue-bans"), strict).policy.moderation.strikes.ban_venue_at == 2


def test_without_removals_strikes_and_what_follows_from_them_stay():
    strict = small_scenario(STRICT)
    soft = set_back(strict, tool("removals"), small_scenario(FREE))
    assert changed(strict, soft) == {f"policy.terms.{name}.actions" for name in ("incitement", "fraud", "drugs")}
    assert all(soft.policy.terms[name].strike for name in ("incitement", "fraud", "drugs"))


def test_the_part_of_a_tool_is_the_effect_less_the_effect_without_it_and_bans_do_all_that_bans_do(plan, finished):
    """Without bans of channels and groups, the run is that of the policy in which nobody ever wrote them down."""
    plain = next(arm.scenario for arm in plan.arms if arm.name == "closing")
    data = plain.resolved()
    data["policy"]["moderation"]["strikes"]["ban_venue_at"] = None
    without = finished.outcomes[finished.outcomes["arm"] == "closing--without-venue-bans"]
    from sim.experiment.run import run_scenario
    from sim.scenario.scenario import Scenario

    for row in without.itertuples():
        done = run_scenario(Scenario.model_validate(data), row.seed, row.world_seed, root=plan.root)
        assert done.record.digest == row.digest
    (found,) = attributions(finished, "lost_posts")
    bans = next(part for part in found.parts if part.tool == "venue-bans")
    assert bans.without.exactly_zero
    assert bans.part.difference == pytest.approx(found.whole.difference)
    assert found.whole.difference > 0.0
    for part in found.parts:
        expected = finished.values("closing", "lost_posts") - finished.values(
            f"closing--without-{part.tool}", "lost_posts"
        )
        assert part.part.difference == pytest.approx(expected.mean())
    rest = found.whole.difference - sum(part.part.difference for part in found.parts if not tool(part.tool).of)
    assert found.rest.difference == pytest.approx(rest)
    said = " ".join(attribution_sentences(finished))
    assert "is done by bans of channels and groups" in said
    assert said.endswith(NOTE)


def test_arms_beside_the_policies_stand_in_no_table_sentence_or_figure(plan, finished):
    from sim.experiment.answer import sentences

    assert not any(is_side_arm(row["arm"]) for row in finished.differences())
    assert not any("without" in words for words in sentences(finished))
    assert all(not is_side_arm(arm.name) for arm in plan.arms)
    page = make_report(finished)
    assert page.count("What did it") == 1
    assert "closing--without" not in page
    assert key_of(plan) == key_of(replace(plan, side=())), "a check of the policies stays good"
    assert plan.hash() != replace(plan, side=()).hash()


def test_what_did_it_reads_back_from_the_folder(finished):
    again = open_comparison(finished.folder)
    assert attribution_sentences(again) == attribution_sentences(finished)
    assert len(list((finished.folder / "runs" / "closing--without-venue-bans" / "0000").glob("*.parquet"))) == 0


def test_nothing_is_said_where_no_arm_was_run_without_its_tools(finished):
    bare = replace(finished, plan=replace(finished.plan, side=()))
    assert attribution_sentences(bare) == []
    assert "What did it" not in make_report(bare)


@pytest.mark.parametrize("name", ["a--without-b", f"a{HELD}"])
def test_names_of_arms_beside_the_policies_are_kept_for_them(tmp_path, name):
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    path = Path(tmp_path) / "e.yaml"
    path.write_text(f"scenario: scenarios/telegram.yaml\narms: {{x: {{}}, {name}: {{}}}}\n")
    with pytest.raises(ScenarioError, match="kept for"):
        load_experiment(path)


def test_values_of_a_planted_case_are_attributed_as_they_were_planted():
    rng = np.random.default_rng(1)
    base = rng.normal(20.0, 1.0, 8)
    noise = [rng.normal(0.0, 0.05, 8) for _ in range(3)]
    values = {
        "free": base.tolist(),
        "strict": (base - 3.0 + noise[0]).tolist(),
        f"strict{WITHOUT}venue-bans": (base - 0.5 + noise[1]).tolist(),
        f"strict{WITHOUT}removals": (base - 2.6 + noise[2]).tolist(),
    }
    made = planted({arm: {"illegal_views": found} for arm, found in values.items()})
    (found,) = attributions(made, "illegal_views")
    parts = {part.tool: part.part.difference for part in found.parts}
    assert parts["venue-bans"] == pytest.approx(-2.5, abs=0.1)
    assert parts["removals"] == pytest.approx(-0.4, abs=0.1)
    assert found.rest.difference == pytest.approx(-0.1, abs=0.15)
    said = attribution_sentences(made)
    assert said[0].startswith(
        "Most of what strict does to views of illegal items is done by bans of channels and groups: -15 %"
    )
    assert "-13 %" in said[0].split(";")[1]


def test_parts_of_what_begins_next_to_nothing_are_told_in_its_own_unit():
    base = np.array([0.0, 0.2, 0.1, 0.0, 0.3, 0.1, 0.2, 0.1])
    noise = [np.random.default_rng(k).normal(0.0, 0.05, 8) for k in range(2)]
    values = {
        "free": base.tolist(),
        "strict": (base + 10.0 + noise[0]).tolist(),
        f"strict{WITHOUT}removals": (base + 1.0 + noise[1]).tolist(),
    }
    said = attribution_sentences(planted({arm: {"lawful_removed": found} for arm, found in values.items()}))
    assert "+10 per 1,000 users (+10 to +10) in all, +1.0 per 1,000 users" in said[0].replace("+10.0", "+10")
    assert " %" not in said[0]
