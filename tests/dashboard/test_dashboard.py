"""The dashboard without a browser: what may be seen, what is said of what is broken, who may come in, what is tried."""

import json
import time

import pytest

pytest.importorskip("dash")

from sim.dashboard import pages, pictures, trying
from sim.dashboard.app import make_app
from sim.dashboard.library import Library
from sim.dashboard.pieces import address, read_query
from sim.errors import InputError
from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment
from tests.small import ROOT

pytestmark = pytest.mark.slow
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for name in ("squeeze-the-balloon", "who-is-liable"):
        sets = ["world.users=300", "time.days=16"]
        plan = load_experiment(ROOT / "experiments" / f"{name}.yaml", sets).with_design(pairs=2)
        run_plan(plan, root / name, workers=1, tell=lambda *a: None)
    return root


@pytest.fixture
def library(results):
    return Library(results, ROOT)


def text_of(component):
    if isinstance(component, str):
        return component
    if isinstance(component, list | tuple):
        return " ".join(text_of(part) for part in component)
    children = getattr(component, "children", None)
    return text_of(children) if children is not None else ""


@pytest.mark.parametrize("page", ["/answer", "/time", "/twin", "/moderation", "/library"])
def test_every_page_is_made_and_says_its_question(library, page):
    made = text_of(pages.render(library, page, {"results": "results/squeeze-the-balloon"}))
    assert "cannot be shown" not in made
    assert len(made) > 300
    if page not in ("/library",):
        question = load_experiment(ROOT / "experiments/squeeze-the-balloon.yaml").question
        assert " ".join(question.split()) in made


def test_the_answer_has_the_sentences_the_switch_and_the_front(library):
    query = {"results": "results/squeeze-the-balloon", "outcome": "harm", "platform": "elsewhere"}
    made = text_of(pages.render(library, "/answer", query))
    assert "harm-weighted views on all platforms together" in made
    assert "cleaned up, compared with as it was: " in made.lower()
    assert "Difference in harm-weighted views on other platforms" in made
    assert "Pareto front" in made
    plain = text_of(pages.render(library, "/answer", query | {"platform": "all"}))
    assert "Difference in harm-weighted views" in plain


def test_the_page_on_law_has_records_ladders_and_flows(library):
    made = text_of(pages.render(library, "/moderation", {"results": "results/who-is-liable"}))
    assert "criminal complicity (France)" in made
    assert "This is not a legal finding" in made
    flows = text_of(pages.render(library, "/moderation", {"results": "results/squeeze-the-balloon"}))
    assert "Where users went" in flows
    assert "different worlds" in text_of(pages.render(library, "/twin", {"results": "results/who-is-liable"}))


def test_what_is_empty_damaged_or_unfinished_gets_a_word(tmp_path, results):
    empty = Library(tmp_path, ROOT)
    assert "no finished comparisons" in text_of(pages.render(empty, "/answer", {}))
    assert "no finished comparisons" in text_of(pages.render(empty, "/twin", {}))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    half = tmp_path / "half"
    half.mkdir()
    (half / "manifest.json").write_text((results / "squeeze-the-balloon" / "manifest.json").read_text())
    listed = {entry.name: entry for entry in empty.entries()}
    assert listed["broken"].kind == "damaged"
    assert "not finished" in next(e.words for e in empty.entries() if e.key == "results/half")
    for key in ("results/broken", "results/half", "results/nothing"):
        made = text_of(pages.render(empty, "/answer", {"results": key}))
        assert any(word in made for word in ("damaged", "not finished", "not in the library")), made
    assert "There is no page" in text_of(pages.render(empty, "/nowhere", {}))


@pytest.mark.parametrize(
    "key",
    [
        "results/../../etc",
        "study/../pyproject.toml",
        "study/sim/model.py",
        "etc/passwd",
        "results//etc/passwd",
        "study/..",
    ],
)
def test_nothing_outside_the_two_folders_can_be_seen(library, key):
    with pytest.raises(InputError, match="not in the library"):
        library.path(key)


def test_who_may_come_in(library, tmp_path):
    app = make_app(library.results, ROOT)
    client = app.server.test_client()
    assert client.get("/", headers={"Host": "127.0.0.1:8050"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403, "no page of another site reaches it"
    closed = make_app(library.results, ROOT, token="secret").server.test_client()
    assert closed.get("/").status_code == 403
    assert closed.get("/?token=wrong").status_code == 403
    first = closed.get("/?token=secret")
    assert first.status_code == 200
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert closed.get("/library").status_code == 200, "the cookie holds from then on"
    assert "frame-ancestors 'none'" in first.headers["Content-Security-Policy"]


def test_downloads_are_what_they_say_and_stay_inside(library):
    client = make_app(library.results, ROOT).server.test_client()

    def get(path):
        return client.get(path, headers={"Host": "localhost"})

    assert get("/download/csv/results/squeeze-the-balloon").data.startswith(b"arm,pair,")
    assert get("/download/parquet/results/squeeze-the-balloon").data.startswith(b"PAR1")
    assert b"<!DOCTYPE html>" in get("/download/report/results/squeeze-the-balloon").data[:40]
    assert b"extends: platforms/telegram.yaml" in get("/download/yaml/study/scenarios/telegram.yaml").data
    for path in (
        "/download/yaml/study/../pyproject.toml",
        "/download/csv/results/nothing",
        "/download/report/study/scenarios/telegram.yaml",
        "/download/exe/results/who-is-liable",
    ):
        assert get(path).status_code == 404


def wish(**more):
    given = {"scenario": "study/scenarios/telegram.yaml", "values": {}, "yaml": "", "users": 300, "days": 3, "pairs": 2}
    return trying.Wish(**(given | more))


def test_a_wish_is_checked_field_by_field(library):
    assert trying.checked(library, wish()) == {}
    count = "policy.moderation.reviewers.count"
    assert "at least 0" in trying.checked(library, wish(values={count: "-3"}))[count]
    assert "must be a whole number" in trying.checked(library, wish(values={count: EVIL}))[count]
    assert "this field cannot be set here" in trying.checked(library, wish(values={"world.users": "9"}))["world.users"]
    assert "whole number" in trying.checked(library, wish(users=10**9))["size"]
    assert "unknown key" in trying.checked(library, wish(yaml="moderatoin: {}"))["yaml"]
    assert "must be a mapping" in trying.checked(library, wish(yaml="- a"))["yaml"]
    assert "`extends` is not allowed here" in trying.checked(library, wish(yaml="extends: /etc/passwd"))["yaml"]
    assert trying.checked(library, wish(yaml="a: &a [*a]"))["yaml"]


def test_a_wish_becomes_a_comparison_and_a_file_that_loads(library, tmp_path):
    made = wish(values={"policy.moderation.reviewers.count": "1", "policy.features.forward_limit": "none"})
    plan = trying.plan_of(library, made)
    assert [arm.name for arm in plan.arms] == ["as-it-stands", "changed"]
    assert plan.arms[1].scenario.policy.moderation.reviewers.count == 1
    assert plan.arms[1].scenario.world.users == 300
    assert plan.arms[0].scenario.world_hash() == plan.arms[1].scenario.world_hash()
    text = trying.as_yaml(library, made)
    assert "count: 1" in text
    assert "forward_limit" not in text, "what is not changed is not written"
    laid = trying.plan_of(library, wish(yaml="terms: {conspiracy: {actions: [label]}}"))
    assert laid.arms[1].scenario.policy.terms["conspiracy"].actions == ("label",)
    assert "incitement" in laid.arms[1].scenario.policy.terms, "laid over, not in place of"


def test_addresses_hold_the_view():
    query = {"results": "results/a b", "outcome": "harm"}
    assert read_query(address("/answer", query, outcome="illegal_views")) != query
    assert read_query(address("", query)) == query
    assert read_query("?a=1&a=2") == {"a": "2"}
    assert read_query(None) == {}


def test_takedown_curves_are_kaplan_meier():
    import pandas as pd

    posts = pd.DataFrame({"tick": [0, 0, 0, 8], "removed_at": [2, 4, -1, -1]})
    curve = pictures.incidence(posts, 10, 6)
    assert curve[1] == 0.0
    assert curve[2] == pytest.approx(0.25)
    assert curve[4] == pytest.approx(1 - 0.75 * 0.5)


def test_the_venues_that_are_drawn_are_those_whose_links_are(library):
    import pandas as pd

    links = pd.DataFrame([(7, 8, 9), (1, 2, 5), (8, 7, 4), (1, 3, 3), (2, 8, 1)], columns=["source", "venue", "n"])
    assert pictures.strongest(links, 2) == [7, 8]
    assert pictures.strongest(links, 4) == [1, 2, 7, 8]
    assert pictures.strongest(links, 5) == [1, 2, 3, 7, 8]
    comparison = library.comparison("results/squeeze-the-balloon")
    drawn = pictures.forwards(comparison, "as-it-was", 0)
    lines, points = [t for t in drawn.data if t.mode == "lines"], drawn.data[-1]
    ends = {(round(x, 9), round(y, 9)) for t in lines for x, y in zip(t.x, t.y, strict=True)}
    assert ends == {(round(x, 9), round(y, 9)) for x, y in zip(points.x, points.y, strict=True)}, "each has a link"


def test_a_twin_of_thousands_of_posts_is_three_drawings_a_side(library):
    from sim.report.twin import twin

    comparison = library.comparison("results/squeeze-the-balloon")
    data = twin(comparison)
    places, home = pictures.platforms_of(comparison, data), comparison.plan.arms[0].scenario.platform.name
    assert home in places["reference"]
    drawn = pictures.twins(data, 10**6, "a", "b", places, home)
    elsewhere = pictures.twins(data, 10**6, "a", "b", places, "nowhere")
    assert any("diamond" in (trace.marker.symbol or ()) for trace in elsewhere.data if trace.mode == "markers")
    assert len(drawn.data) == 2 * (1 + 4), "lines, and one set of points for each kind of place"
    assert all(trace.type == "scattergl" for trace in drawn.data)
    before = pictures.twins(data, 0, "a", "b", places, home)
    assert sum(len(t.x) for t in before.data) <= sum(len(t.x) for t in drawn.data)


def test_the_list_of_results_does_not_look_into_runs(library, tmp_path):
    runs = tmp_path / "big" / "runs" / "arm"
    for k in range(200):
        (runs / f"{k:04d}").mkdir(parents=True)
        (runs / f"{k:04d}" / "manifest.json").write_text("{}")
    (tmp_path / "big" / "manifest.json").write_text(json.dumps({"what": "sweep", "name": "big"}))
    began = time.perf_counter()
    found = [e for e in Library(tmp_path, ROOT).entries() if e.key.startswith("results/")]
    assert [e.name for e in found] == ["big"]
    assert time.perf_counter() - began < 5
