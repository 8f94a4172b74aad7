"""The dashboard is bounded on the server: limits, small requests, few at a time, and never a server's error."""

import io
import json
import os
import shutil
import threading

import pytest

pytest.importorskip("dash")

from sim.dashboard import trying
from sim.dashboard.app import make_app
from sim.dashboard.gate import MOST_BYTES, Gate
from sim.dashboard.library import Library
from sim.dashboard.logs import in_line, printable
from sim.errors import InputError
from tests.dashboard.test_jobs import until
from tests.small import ROOT

LONG = "x" * 300
HERE = {"Host": "localhost"}


@pytest.fixture
def client(tmp_path):
    app = make_app(tmp_path, ROOT)
    yield app.server.test_client()
    app.jobs.close()


def dependency(client, trigger):
    known = client.get("/_dash-dependencies", headers=HERE).json
    return next(k for k in known if trigger in [f"{part['id']}.{part['property']}" for part in k["inputs"]])


def sent(client, trigger, values):
    """Send what a page sends when `trigger` changes."""
    known = dependency(client, trigger)
    outputs = [
        dict(zip(("id", "property"), o.split("@")[0].rsplit(".", 1), strict=True))
        for o in known["output"].strip(".").split("...")
    ]

    def filled(part):
        return [] if part["id"].startswith("{") else {**part, "value": values.get(f"{part['id']}.{part['property']}")}

    body = {
        "output": known["output"],
        "outputs": outputs if known["output"].startswith("..") else outputs[0],
        "inputs": [filled(part) for part in known["inputs"]],
        "state": [filled(part) for part in known.get("state", [])],
        "changedPropIds": [trigger],
    }
    return client.post("/_dash-update-component", json=body, headers=HERE)


FORM = {"try.n_clicks": 1, "trying.data": "study/scenarios/telegram.yaml", "yaml.value": ""}
SIZE = {"users.value": 300, "days.value": 3, "pairs.value": 2}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"users.value": 10**6}, "users must be a whole number from 50 to 20,000"),
        ({"days.value": 61}, "days must be a whole number from 1 to 60"),
        ({"days.value": True}, "days must be a whole number"),
        ({"pairs.value": 1000}, "pairs must be a whole number from 2 to 16"),
        ({"pairs.value": "x" * 10**5}, "pairs must be a whole number"),
        ({"yaml.value": "moderatoin: {}"}, "unknown key"),
        ({"yaml.value": 5}, "not the form of this page"),
        ({"trying.data": f"study/scenarios/{LONG}.yaml"}, "not in the library"),
        ({"trying.data": None}, "not the form of this page"),
    ],
)
def test_a_click_that_the_page_would_not_send_is_refused_on_the_server(client, more, said):
    answer = sent(client, "try.n_clicks", FORM | SIZE | more)
    assert answer.status_code == 200
    assert said in json.dumps(answer.json)
    assert answer.json["response"]["job"]["data"] is None


def test_a_plan_over_the_limits_is_refused_in_the_process_as_well(tmp_path):
    wish = trying.Wish("study/scenarios/telegram.yaml", {}, "", 10**6, 3, 2)
    with pytest.raises(InputError, match="users must be"):
        trying.plan_of(Library(tmp_path, ROOT), wish)


def test_a_scenario_that_needs_much_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(trying, "MOST_MB", 100)
    wish = trying.Wish("study/scenarios/telegram.yaml", {}, "", 300, 3, 2)
    assert "MB of memory" in trying.checked(Library(tmp_path, ROOT), wish)["yaml"]


def test_a_request_that_is_too_long_is_refused_and_one_that_is_not_understood_is_told(client):
    long = client.post("/_dash-update-component", data=b"x" * (MOST_BYTES + 1), headers=HERE)
    assert long.status_code == 413
    assert b"1,000,000 bytes" in long.data
    for body in ({"output": "nothing.here", "inputs": []}, {}, [], 5, {"output": 3, "outputs": {}, "inputs": {}}):
        assert 400 <= client.post("/_dash-update-component", json=body, headers=HERE).status_code < 500
    assert client.post("/_dash-update-component", data="{", headers=HERE).status_code in (400, 415)


def test_a_long_body_in_pieces_is_refused_too():
    pieces = iter([b"x" * 65_536] * 20)

    class Stream:
        def read(self, size):
            whole = b""
            while len(whole) < size and (piece := next(pieces, b"")):
                whole += piece
            return whole

    heard = []
    environ = {"PATH_INFO": "/_dash-update-component", "wsgi.input": Stream(), "wsgi.input_terminated": True}
    gate = Gate(lambda environ, start: pytest.fail("it came through"))
    gate({**environ, "REQUEST_METHOD": "POST"}, lambda status, headers: heard.append(status))
    assert heard[0].startswith("413")


def test_few_pages_are_made_at_a_time():
    now, most, lock, go = [0], [0], threading.Lock(), threading.Event()

    def slow(environ, start):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        go.wait(60)
        with lock:
            now[0] -= 1
        return [b"made"]

    gate, made = Gate(slow), []
    threads = [
        threading.Thread(
            target=lambda: made.append(gate({"PATH_INFO": "/download/x", "wsgi.input": io.BytesIO()}, None))
        )
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    until(lambda: now[0] == 2)
    go.set()
    for thread in threads:
        thread.join(60)
    assert made == [[b"made"]] * 20
    assert most[0] == 2


@pytest.mark.parametrize("what", ["csv", "parquet", "report", "yaml", LONG])
@pytest.mark.parametrize(
    "key", [f"results/{LONG}", f"study/scenarios/{LONG}.yaml", "results/" + "a/" * 3000, "results/%00"]
)
def test_names_that_no_file_can_have_are_not_found(client, what, key):
    assert client.get(f"/download/{what}/{key}", headers=HERE).status_code == 404


@pytest.mark.parametrize("page", ["/answer", "/time", "/twin", "/moderation", "/try", "/library"])
def test_addresses_with_names_that_no_file_can_have_get_a_message(client, page):
    known = next(
        k for k in client.get("/_dash-dependencies", headers=HERE).json if k["output"].startswith("..page.children")
    )
    for key in (f"results/{LONG}", f"study/{LONG}", "\x00"):
        inputs = [
            {**part, "value": page if part["property"] == "pathname" else f"?results={key}&scenario={key}&one={key}"}
            for part in known["inputs"]
        ]
        outputs = [{"id": "page", "property": "children"}, {"id": "scope", "property": "data"}]
        body = {
            "output": known["output"],
            "outputs": outputs,
            "inputs": inputs,
            "state": [{"id": "scope", "property": "data", "value": None}],
            "changedPropIds": ["url.search"],
        }
        answer = client.post("/_dash-update-component", json=body, headers=HERE)
        assert answer.status_code == 200
        assert answer.json["response"]["page"]["children"]


def test_tables_that_are_damaged_or_vanish_are_not_found_with_a_message(tmp_path, client, monkeypatch):
    from sim.dashboard import downloads

    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text('{"what": "sweep", "schema": 1}')
    (tmp_path / "broken" / "runs.parquet").write_bytes(b"PAR1 and nothing else PAR1")
    for what in ("csv", "report"):
        answer = client.get(f"/download/{what}/results/broken", headers=HERE)
        assert answer.status_code == 404
        assert len(answer.data) > 20
    assert client.get("/library", headers=HERE).status_code == 200

    def vanish(library, what, key):
        shutil.rmtree(tmp_path / "broken")
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(downloads, "_made", vanish)
    answer = client.get("/download/parquet/results/broken", headers=HERE)
    assert answer.status_code == 404
    assert b"cannot be read" in answer.data


def test_results_that_vanish_while_they_are_listed_are_left_out(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text('{"what": "run", "name": "x"}')
    walk = os.walk

    def walked(*args, **more):
        yield from walk(*args, **more)
        shutil.rmtree(tmp_path / "a", ignore_errors=True)

    monkeypatch.setattr(os, "walk", walked)
    kinds = {entry.key: entry.kind for entry in Library(tmp_path, ROOT).entries() if entry.key.startswith("results/")}
    assert kinds == {"results/a": "damaged", "results/b": "run"}


def test_no_page_of_another_site_can_start_anything(client):
    body = {"output": "x.y", "inputs": []}
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        answer = client.post("/_dash-update-component", json=body, headers={**HERE, "Origin": origin})
        assert answer.status_code == 403


def test_control_characters_do_not_reach_the_terminal(client, capsys):
    assert printable("a\x1b[2J\x07\u202eé\n") == "a\\x1b[2J\\x07\\u202eé\n"
    assert in_line("a\nb\r") == "a\\nb\\r"
    client.get("/download/csv/results/%1b%5b2J%07", headers=HERE)
    client.post("/_dash-update-component", json={"output": "\x1b[2J.\x07", "inputs": []}, headers=HERE)
    said = capsys.readouterr()
    assert not any(ord(c) < 32 and c != "\n" for c in said.out + said.err)
