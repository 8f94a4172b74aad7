"""Choosing the form of a run, and what a run keeps."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.agents.user import User
from sim.crowd.columns.sights import sights_of
from sim.crowd.tracing import run_both
from sim.errors import CrowdsDiffer, InputError
from sim.experiment.run import run_scenario, run_to_folder
from sim.experiment.store import read_manifest
from sim.model import Society
from sim.outcomes import Record
from sim.outcomes.stream import ViewStream
from sim.phases import PHASES
from sim.vocabulary import DIRECT_KEY
from tests.small import ROOT, STRICT, merged, run, small_scenario


class Quiet(User):
    """Never passes anything on."""

    def pass_on(self, item, seen):
        return


@pytest.mark.parametrize(("wish", "form"), [("agents", "agents"), ("compiled", "compiled"), ("auto", "compiled")])
def test_the_manifest_says_which_crowd_ran(tmp_path, wish, form):
    scenario = small_scenario(time={"days": 2})
    run_to_folder(scenario, 1, root=ROOT, folder=tmp_path / "r", crowd=wish)
    assert read_manifest(tmp_path / "r")["crowd"] == form


def test_a_user_class_of_its_own_runs_on_agents_and_says_why():
    society = Society(small_scenario(), 1, user_class=Quiet, crowd="auto")
    assert society.crowd.name == "agents"
    assert "Quiet" in society.why_agents
    with pytest.raises(InputError, match="Quiet"):
        Society(small_scenario(), 1, user_class=Quiet, crowd="compiled")


def test_both_stops_at_the_first_difference_and_names_it():
    scenario = small_scenario()
    agents = Society(scenario, 1, user_class=Quiet)
    compiled = Society(scenario, 1, world=agents.world, crowd="compiled")
    with pytest.raises(CrowdsDiffer, match=r"tick \d+, phase react, user \d+, rule 'pass on': only compiled has"):
        run_both(agents, compiled, PHASES)


def test_both_says_so_and_gives_the_same_digest():
    scenario = small_scenario(time={"days": 3})
    both = run_scenario(scenario, 1, root=ROOT, crowd="both")
    assert both.crowd == "both"
    assert both.record.digest == run_scenario(scenario, 1, root=ROOT, crowd="agents").record.digest


def test_users_and_venues_of_a_compiled_run_can_be_looked_at():
    agents, compiled = run(small_scenario()), run(small_scenario(), crowd="compiled")
    for number in range(0, 400, 17):
        one, view = agents.users[number], compiled.users[number]
        assert view.belief == one.belief
        assert view.openness == one.openness
        assert view.active == one.active
        assert view.strikes == one.strikes
        assert list(view.venues) == list(one.venues)
        assert view.seen == one.seen
    for one, view in zip(agents.venues, compiled.venues, strict=True):
        assert view.since == one.since
        assert (view.active, view.owner, view.is_channel) == (one.active, one.owner, one.is_channel)
    with pytest.raises(IndexError, match="400"):
        compiled.users[400]
    assert len(compiled.users[3:6]) == 3


@pytest.mark.parametrize("crowd", ["agents", "compiled"])
def test_what_is_kept_changes_neither_digest_nor_outcomes(tmp_path, crowd):
    everything = ["ticks", "items", "posts", "views", "venues", "cases", "sanctions", "users"]
    full = small_scenario(record={"tables": everything})
    few = small_scenario(record={"tables": ["items"]})
    a = run_to_folder(full, 1, root=ROOT, folder=tmp_path / "full", crowd=crowd)
    b = run_to_folder(few, 1, root=ROOT, folder=tmp_path / "few", crowd=crowd)
    assert a.record.digest == b.record.digest
    assert repr(a.outcomes) == repr(b.outcomes)
    assert {path.stem for path in (tmp_path / "full").glob("*.parquet")} == set(everything)
    assert {path.stem for path in (tmp_path / "few").glob("*.parquet")} == {"items"}


def test_both_crowds_write_the_same_bytes(tmp_path):
    everything = ["ticks", "items", "posts", "views", "venues", "cases", "sanctions", "users"]
    scenario = small_scenario(record={"tables": everything})
    for crowd in ("agents", "compiled"):
        run_to_folder(scenario, 1, root=ROOT, folder=tmp_path / crowd, crowd=crowd)
    for name in everything:
        one, other = (tmp_path / crowd / f"{name}.parquet" for crowd in ("agents", "compiled"))
        assert one.read_bytes() == other.read_bytes(), name


def test_a_stream_of_views_is_the_table_of_views(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.outcomes.stream.GROUP", 100)
    society = Society(small_scenario(), 1, crowd="compiled")
    stream = ViewStream(tmp_path / "views.parquet")
    society.crowd.views_out = stream.add
    society.run_model()
    stream.close()
    whole = Record.of(run(small_scenario(), crowd="compiled")).tables["views"]
    assert pq.read_table(tmp_path / "views.parquet").equals(whole)
    assert pq.ParquetFile(tmp_path / "views.parquet").num_row_groups > 3
    assert len(society.crowd.view_columns()["post"]) == 0


def test_sights_are_counted_past_what_an_entry_holds():
    from sim.crowd.columns import sights

    table = sights.make_sights(2, np.zeros((10, 2), dtype=np.int32))
    for n in range(1, 600):
        table = sights.room_for_often(table, 3)
        assert all(sights.room_for_users(table, np.array([user])) for user in (3, 5, 5))
        for user, item in ((3, 0), (5, 0), (5, 1)):
            assert sights.one_more(table, sights.place_in(table, user, item), user, item) == n
    first, users, numbers = sights.all_sights(table, 2)
    assert (first.tolist(), users.tolist(), numbers.tolist()) == ([0, 2, 3], [3, 5, 5], [599, 599, 599])
    assert sights_of(table, 0, 7) == 0
    for item in range(2, 200):
        assert sights.room_for_users(table, np.array([5]))
        sights.set_mark(table, 5, item)
    assert sights_of(table, 1, 5) == 599
    assert sights_of(table, 150, 5) == 0


def test_what_was_begun_in_a_place_is_not_passed_on_to_there():
    for crowd in ("agents", "compiled"):
        posts = run(small_scenario({"title": "none"}), crowd=crowd).crowd.post_columns()
        first = posts["parent"] < 0
        begun = set(
            zip(
                posts["item"][first],
                posts["author"][first],
                posts["place"][first],
                posts["receiver"][first],
                strict=True,
            )
        )
        later = set(
            zip(
                posts["item"][~first],
                posts["author"][~first],
                posts["place"][~first],
                posts["receiver"][~first],
                strict=True,
            )
        )
        assert begun
        assert later
        assert not begun & later


def test_a_run_goes_on_where_it_was_when_the_pool_of_sights_has_to_grow(monkeypatch):
    from sim.crowd import column_reactions, compiled
    from sim.crowd.columns.sights import LINE

    grown = {"originate": 0, "react": 0}

    def by_a_few_lines(phase):
        def larger(sights):
            grown[phase] += 1
            pool = np.zeros(len(sights.pool) + 2 * LINE, dtype=np.uint32)
            pool[: len(sights.pool)] = sights.pool
            return sights._replace(pool=pool)

        return larger

    monkeypatch.setattr(compiled, "larger_pool", by_a_few_lines("originate"))
    monkeypatch.setattr(column_reactions, "larger_pool", by_a_few_lines("react"))
    scenario = small_scenario(time={"days": 3})
    society = Society(scenario, 1, crowd="compiled")
    society.crowd.sights = society.crowd.sights._replace(pool=np.zeros(2 * LINE, dtype=np.uint32))
    society.run_model()
    assert grown["originate"] > 0
    assert grown["react"] > 50
    assert Record.of(society).digest == Record.of(run(scenario)).digest


def test_the_kernels_serve_everybody_who_was_not_served_before():
    from sim.crowd.columns import passed

    table = passed.room_for_passed(passed.make_passed(), 40, 400)
    for user in range(20):
        at = passed.add_passed(table, (3 << 32) | user)
        for place in (7 + user, 5, DIRECT_KEY + 20_000_000, DIRECT_KEY, 0):
            passed.serve(table, at, place)
    for user in range(20):
        at = passed.find_passed(table, (3 << 32) | user)
        places = sorted({7 + user, 5, 0, DIRECT_KEY, DIRECT_KEY + 20_000_000})
        assert passed.served_places(table, at).tolist() == places
        assert all(passed.has_served(table, at, place) for place in places)
        assert not any(passed.has_served(table, at, place) for place in (6, 1, DIRECT_KEY + 1, DIRECT_KEY + 19_999_999))
    assert passed.find_passed(table, (4 << 32) | 1) == -1


@pytest.mark.slow
def test_what_came_down_and_is_posted_there_again_is_a_case_of_its_second_interval():
    removes = {"actions": ["remove"], "scope": "post"}
    policy = {
        "terms": {"conspiracy": removes, "incitement": removes},
        "moderation": {
            "scan": {"recall": {"conspiracy": 1.0, "incitement": 1.0}},
            "strikes": {"ban_user_at": 100, "ban_venue_at": 100},
        },
        "features": {"forward_limit": None, "viral_forward_limit": None},
    }
    keen = {
        "sharing": {"kind": "uniform", "low": 0.8, "high": 1.0},
        "attention": {"kind": "uniform", "low": 200.0, "high": 400.0},
        "to_groups": 1.0,
        "to_channels": 1.0,
    }
    personas = small_scenario().world.personas
    scenario = small_scenario(policy=merged(STRICT, policy), world={"personas": dict.fromkeys(personas, keen)})
    cases = []
    for crowd in ("compiled", "agents"):
        society = Society(scenario, 1, crowd=crowd)
        society.run_model()
        cases.append(society.crowd.case_rows())
    compiled, agents = cases
    assert (compiled[:, 8] == 2).any()
    assert (compiled == agents).all()
