"""Plug-ins: the page on them runs as a package, and the conformance tests find what is wrong."""

import json
import os
import re
import subprocess
import sys
from typing import ClassVar, Literal

import numpy as np
import pytest

from sim.errors import InputError, RunError
from sim.extension import DetectionRoute, TieGenerator, UserRule, outcome, param
from sim.model import Society
from sim.outcomes import OUTCOMES, Record
from sim.scenario.behaviours import AccuracyPrompt, Prebunking
from sim.scenario.kinds import SpotCheck
from sim.testing import check_detection_route, check_outcome, check_tie_generator, check_user_rule, small_scenario
from tests.small import ROOT, total

PAGE = (ROOT / "docs" / "plugins.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
MODULE = "\n\n".join(text for kind, text in BLOCKS if kind == "python" and "sim.testing" not in text)
CHECK = next(text for kind, text in BLOCKS if kind == "python" and "sim.testing" in text)
SCENARIO = next(text for kind, text in BLOCKS if kind == "yaml")


def test_each_example_is_shown_in_under_thirty_lines():
    sizes = [len(text.splitlines()) for kind, text in BLOCKS if kind == "python"]
    assert len(sizes) == 5
    assert max(sizes) < 30


def _package(folder, module=MODULE, **groups):
    groups = groups or {"ties": "villages = villages:Villages", "routes": "hotline = villages:Hotline",
                        "behaviours": "second-look = villages:SecondLook",
                        "outcomes": "far_travelled = villages:far_travelled"}  # fmt: skip
    (folder / "villages.py").write_text(module)
    about = folder / "rumorlab_villages-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rumorlab-villages\nVersion: 0.1\n")
    text = "".join(f"[rumorlab.{group}]\n{line}\n" for group, line in groups.items())
    (about / "entry_points.txt").write_text(text)


def _python(folder, *words):
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_the_page_runs_as_an_installed_package(tmp_path):
    _package(tmp_path)
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        SCENARIO.replace("world: {", "world: {users: 300, ") + "time: {days: 3}\n"
        "content: {streams: {a: {content: conspiracy, per_1000_users_day: 50}}}\n"
    )
    words = ["run", str(scenario), "--crowd", "both", "--out", str(tmp_path / "out"), "--json"]
    done = _python(tmp_path, "-m", "sim", *words)
    assert done.returncode == 0, done.stderr
    assert "far_travelled" in json.loads(done.stdout)["outcomes"]
    schema = json.loads(_python(tmp_path, "-m", "sim", "scenario", "schema").stdout)
    assert "Villages" in schema["$defs"]
    wrong = scenario.read_text().replace("villages", "vilages")
    (tmp_path / "wrong.yaml").write_text(wrong)
    done = _python(tmp_path, "-m", "sim", "scenario", "check", str(tmp_path / "wrong.yaml"))
    assert "unknown kind 'vilages'; did you mean 'villages'" in done.stderr
    done = _python(tmp_path, "-c", f"from villages import *\n{CHECK}")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "groups", "words"),
    [
        ("x = 1", {"ties": "a = villages:x"}, "must be a subclass of TieGenerator"),
        ("1 / 0", {"ties": "a = villages:x"}, "cannot be loaded (ZeroDivisionError"),
        (MODULE.replace('"villages"', '"tree"'), {"ties": "a = villages:Villages"}, "kind 'tree' is taken by Tree"),
        (
            "from sim.extension import outcome\n@outcome('x', unit='x', better='lower')\ndef harm(r):\n    return 1\n",
            {"outcomes": "a = villages:harm"},
            "the outcome 'harm' is there already",
        ),
    ],
)
def test_a_plug_in_that_cannot_be_used_gets_one_message(tmp_path, module, groups, words):
    _package(tmp_path, module, **groups)
    done = _python(tmp_path, "-m", "sim", "run", "scenarios/telegram.yaml", "--explain")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


class Chain(TieGenerator):
    """Everybody knows the next."""

    kind: Literal["chain"] = param("chain", "name of this generator", unit="word")
    off: int = param(0, "added to every number", unit="users")

    def pairs(self, users, stream):
        return np.column_stack([np.arange(users - 1), np.arange(1, users)]) + self.off


class Restless(Chain):
    """Other ties at every call."""

    calls: ClassVar = [0]

    def pairs(self, users, stream):
        self.calls[0] += 1
        return super().pairs(users, stream)[:: 1 + self.calls[0] % 2]


class Undocumented(TieGenerator):
    """Says nothing of its fields."""

    kind: Literal["undocumented"] = "undocumented"

    def pairs(self, users, stream):
        return np.zeros((0, 2), dtype=np.int64)


def test_conformance_of_tie_generators():
    check_tie_generator(Chain())
    for spec, words in (
        (Chain(off=1), "beyond the last"),
        (Restless(), "same stream"),
        (Undocumented(), "says nothing"),
    ):
        with pytest.raises(AssertionError, match=words):
            check_tie_generator(spec)


class Crowd(DetectionRoute):
    """Looks at how one post stands among the others."""

    kind: Literal["crowd"] = param("crowd", "name of this route", unit="word")

    def chance(self, posts):
        return posts.members / posts.members.max()


class Sure(Crowd):
    """Twice as sure as one can be."""

    def chance(self, posts):
        return np.full(len(posts), 2.0)


def test_conformance_of_detection_routes():
    check_detection_route(SpotCheck(share=0.5, private_venues=True, direct_chats=True))
    with pytest.raises(AssertionError, match="from that post alone"):
        check_detection_route(Crowd())
    with pytest.raises(AssertionError, match="must lie in 0 to 1"):
        check_detection_route(Sure())


class Louder(UserRule):
    """Raises a probability and does not say how far."""

    kind: Literal["louder"] = param("louder", "name of this rule", unit="word")

    def forward(self, asked):
        return 0.5 + 0.5 * asked.default


class Average(Louder):
    """Answers by what else is asked in the tick."""

    def forward(self, asked):
        return np.minimum(asked.default, asked.default.mean())


class Idle(UserRule):
    """Decides nothing."""

    kind: Literal["idle"] = param("idle", "name of this rule", unit="word")


def test_conformance_of_user_rules():
    check_user_rule(AccuracyPrompt())
    check_user_rule(Prebunking(share=0.5))
    for spec, words in (
        (Louder(), "or to what `ceilings` names"),
        (Average(), "from that entry alone"),
        (Idle(), "none of the decisions"),
    ):
        with pytest.raises(AssertionError, match=words):
            check_user_rule(spec)


CLASS = """
import sim

class Sceptic(sim.User):
    def chance_to_forward(self, asked):
        return asked.default if asked.exposure > 1 else 0.2 * asked.default
"""


@pytest.mark.slow
def test_a_class_of_users_works_in_a_comparison_by_its_kind(tmp_path):
    _package(tmp_path, CLASS, users="sceptic = villages:Sceptic")
    (tmp_path / "one.yaml").write_text(
        "time: {days: 4}\nworld: {users: 400}\n"
        "content: {streams: {a: {content: conspiracy, per_1000_users_day: 100, appeal: 1.0}}}\n"
    )
    (tmp_path / "two.yaml").write_text("extends: one.yaml\nbehaviours: [{kind: sceptic}]\n")
    ran = ["run", str(tmp_path / "two.yaml"), "--crowd", "both", "--out", str(tmp_path / "run"), "--json"]
    done = _python(tmp_path, "-m", "sim", *ran)
    assert done.returncode == 0, done.stderr
    words = ["compare", str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"), "--seeds", "2"]
    done = _python(tmp_path, "-m", "sim", *words, "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    runs = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("runs/*/*/manifest.json")]
    asked = [run["totals"].get("asked of sceptic: forward", 0.0) for run in runs]
    assert len(asked) == 4
    assert sum(count > 0 for count in asked) == 2
    wrong = (tmp_path / "two.yaml").read_text().replace("sceptic", "septic")
    (tmp_path / "wrong.yaml").write_text(wrong)
    done = _python(tmp_path, "-m", "sim", "scenario", "check", str(tmp_path / "wrong.yaml"))
    assert "unknown kind 'septic'; did you mean 'sceptic'" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "users", "words"),
    [
        ("class A: pass", "a = villages:A", "must be a subclass of sim.User"),
        (CLASS, "prebunking = villages:Sceptic", "this kind is there already"),
        ("1 / 0", "a = villages:A", "cannot be loaded (ZeroDivisionError"),
    ],
)
def test_a_class_of_users_that_cannot_be_used_gets_one_message(tmp_path, module, users, words):
    _package(tmp_path, module, users=users)
    (tmp_path / "one.yaml").write_text("time: {days: 1}\nworld: {users: 50}\nbehaviours: [{kind: a}]\n")
    done = _python(tmp_path, "-m", "sim", "run", str(tmp_path / "one.yaml"))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_conformance_of_outcomes():
    check_outcome("harm")
    with pytest.raises(AssertionError, match="is not registered"):
        check_outcome("nothing")

    @outcome("a mistake", unit="-", better="neither")
    def endless(record):
        return float("inf")

    try:
        with pytest.raises(AssertionError, match="finite number"):
            check_outcome("endless")
        with pytest.raises(InputError, match="is there already"):
            outcome("twice", unit="-", better="neither")(endless)
    finally:
        del OUTCOMES["endless"]


def _with_route(*routes):
    plain = small_scenario()
    moderation = plain.policy.moderation.model_copy(update={"routes": routes})
    return plain.model_copy(update={"policy": plain.policy.model_copy(update={"moderation": moderation})})


def test_a_spot_check_brings_its_share_to_the_reviewers():
    def cases(*routes):
        society = Society(_with_route(*routes), crowd="agents")
        society.run_model()
        found = [case for case in society.platform.intake.cases if case.source == 5]
        return len(found), total(society, "posts"), found

    assert cases()[0] == 0
    all_public, posts, found = cases(SpotCheck(share=1.0))
    assert 0 < all_public < posts
    assert all(case.slot.venue >= 0 and not case.slot.private for case in found)
    half = cases(SpotCheck(share=0.5))[0]
    assert 0.3 * all_public < half < 0.7 * all_public
    assert cases(SpotCheck(share=1.0, members=10_000))[0] == 0
    everywhere = cases(SpotCheck(share=1.0, private_venues=True, direct_chats=True))[2]
    assert any(case.slot.private for case in everywhere)
    assert not any(case.slot.secret for case in everywhere)


@pytest.mark.parametrize("crowd", ["agents", "compiled"])
def test_a_route_that_returns_nonsense_stops_the_run_with_one_message(crowd):
    with pytest.raises(RunError, match="must return"):
        Society(_with_route(Sure()), crowd=crowd).run_model()


def test_a_route_works_where_there_are_no_venues():
    none = {"per_1000_users": 0.0}
    plain = small_scenario(world={"users": 60, "channels": none, "groups": none})
    routes = (SpotCheck(share=1.0, direct_chats=True),)
    moderation = plain.policy.moderation.model_copy(update={"routes": routes})
    scenario = plain.model_copy(update={"policy": plain.policy.model_copy(update={"moderation": moderation})})
    digests = set()
    for crowd in ("agents", "compiled"):
        society = Society(scenario, crowd=crowd)
        society.run_model()
        digests.add(Record.of(society).digest)
        assert len(society.crowd.case_rows()) > 0
    assert len(digests) == 1
