"""Worlds from files: what is read, what is said of it, and one clear message for each malformed file."""

import gzip
import json
import os
import shutil
from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import DataError, InputError
from sim.outcomes import Record
from sim.scenario.load import load_scenario
from sim.world.build import make_world, settle_users
from sim.world.importing.files import import_file
from sim.world.worldfile import MANIFEST, read_world, write_world
from tests.small import run

DATA = Path(os.environ.get("RUMORLAB_DATA", "nowhere"))


def put(folder, name, text):
    path = folder / name
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "source,target\nx,y\ny,z\n"),
        ("a.csv", "x;y\ny;z\n"),
        ("a.tsv", "x\ty\t0.5\ny\tz\t1\n"),
        ("a.txt", "# two friends\nx y\n% and one more\ny z\n".replace("% and one more\n", "")),
        ("a.csv", '\ufeff"from","to"\n"x","y"\n"y","z"\n'),
        ("a.txt.gz", gzip.compress(b"x y\ny z\n", mtime=0)),
    ],
    ids=["header", "semicolons", "weights", "comment", "quotes", "gzip"],
)
def test_lists_of_ties_are_read_however_they_are_written(tmp_path, name, text):
    found = import_file(put(tmp_path, name, text))
    assert found.world.users == 3
    assert found.world.ties.tolist() == [[0, 1], [1, 2]]


def test_loops_repeats_and_further_columns_are_dropped_and_said(tmp_path):
    found = import_file(put(tmp_path, "a.csv", "a,b,weight\n1,2,9\n2,1,9\n3,3,9\n2,3,9\n"))
    assert found.world.ties.tolist() == [[0, 1], [1, 2]]
    said = " ".join(found.notes)
    assert "1 ties of somebody with herself" in said
    assert "1 lines repeat a tie" in said
    assert "1 further columns" in said


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=60))
def test_any_list_of_pairs_is_the_graph_that_networkx_reads(tmp_path_factory, pairs):
    graph = nx.Graph([pair for pair in pairs if pair[0] != pair[1]])
    path = put(tmp_path_factory.mktemp("lists"), "a.csv", "".join(f"{a},{b}\n" for a, b in pairs))
    if not graph.number_of_edges():
        with pytest.raises(DataError, match="no tie"):
            import_file(path)
        return
    found = import_file(path).world
    assert len(found.ties) == graph.number_of_edges()
    assert found.users == len({label for pair in pairs for label in pair})


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_graphs_are_read_from_xml(tmp_path, kind):
    graph = nx.karate_club_graph()
    path = tmp_path / f"club.{kind}"
    (nx.write_graphml if kind == "graphml" else nx.write_gexf)(graph, path)
    found = import_file(path).world
    assert (found.users, len(found.ties)) == (34, 78)
    direct = tmp_path / f"direct.{kind}"
    (nx.write_graphml if kind == "graphml" else nx.write_gexf)(nx.DiGraph([(1, 2), (2, 1), (2, 3)]), direct)
    again = import_file(direct)
    assert len(again.world.ties) == 2
    assert any("directions were left aside" in note for note in again.notes)


NESTED = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="undirected">
<node id="group"><graph edgedefault="undirected"><node id="ann"/><node id="bob"/><edge source="ann" target="bob"/>
</graph></node><node id="cat"/><edge source="group" target="cat"/></graph>
<graph edgedefault="undirected"><node id="dan"/><edge source="dan" target="ann"/></graph></graphml>"""


def test_a_graph_within_a_node_is_part_of_its_graph_and_a_second_graph_is_said(tmp_path):
    found = import_file(put(tmp_path, "a.graphml", NESTED))
    assert (found.world.users, found.world.ties.tolist()) == (4, [[0, 3], [1, 2]])
    assert any("2 graphs side by side: only the first was read" in note for note in found.notes)


def test_a_first_line_of_known_words_is_a_tie_where_somebody_has_that_name(tmp_path):
    assert import_file(put(tmp_path, "a.csv", "a,b\nb,c\nc,a\n")).counts["lines"] == 3
    assert import_file(put(tmp_path, "b.csv", "a,b\n1,2\n2,3\n")).counts["lines"] == 2
    assert import_file(put(tmp_path, "c.csv", "ann,bob\nbob,cat\ncat,ann\n")).counts["lines"] == 3


def test_memberships_are_read_with_their_owners(tmp_path):
    text = "channel,user\nnews,ann\nnews,bob\nfun,bob\nnews,bob\n"
    found = import_file(put(tmp_path, "a.csv", text), kind="channel")
    world = found.world
    assert (world.users, world.channels, len(world.owner)) == (2, 2, 2)
    assert world.owner.tolist() == [0, 1]
    assert world.members.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert any("1 lines repeat" in note for note in found.notes)
    assert import_file(put(tmp_path, "b.csv", "ann,news\nbob,news\n"), "memberships").world.channels == 0


def test_forwards_make_owners_readers_of_what_they_forward(tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"source": [5, 5, 7, 7], "target": [7, 9, 7, 9], "count": [1, 2, 3, 4]}), path)
    found = import_file(path)
    world = found.world
    assert (world.users, world.channels) == (3, 3)
    assert world.members.tolist() == [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]]
    assert found.counts["forwards"] == 10
    assert any("1 channels forward from themselves" in note for note in found.notes)


EXPORT = {
    "personal_information": {"user_id": 1},
    "contacts": {"list": [{"user_id": 4, "first_name": "Secret Name"}]},
    "chats": {
        "list": [
            {
                "name": "Ann Secret", "type": "personal_chat", "id": 2,
                "messages": [{"from_id": "user2", "text": "hello", "date_unixtime": "0"}, {"from_id": "user1"}],
            },
            {
                "type": "private_supergroup", "id": 3,
                "messages": [
                    {"from_id": "user2", "date_unixtime": "0", "forwarded_from": "Somebody"},
                    {"from_id": "user3", "date_unixtime": str(2 * 86_400)},
                    {"actor_id": "user5", "type": "service"},
                ],
            },
            {"type": "public_channel", "id": 9, "messages": [{"from_id": "channel9", "date_unixtime": "86400"}]},
            {"type": "bot_chat", "id": 8, "messages": [{"from_id": "user8"}]},
        ]
    },
}  # fmt: skip


def test_an_export_of_telegram_desktop_is_read_without_texts_and_names(tmp_path):
    path = put(tmp_path, "result.json", json.dumps(EXPORT))
    found = import_file(path)
    world = found.world
    assert (world.channels, len(world.owner)) == (1, 2)
    assert world.private.tolist() == [0, 1]
    assert world.traffic.tolist() == [1000, 1000]
    assert len(world.ties) == 2, "one chat, one contact"
    sizes = np.bincount(world.members[:, 0])
    assert sizes.tolist() == [2, 4], "the channel and the exporter; three who wrote and the exporter"
    assert found.counts["forwarded messages"] == 1
    write_world(world, tmp_path / "w.world", {"notes": found.notes})
    kept = b"".join(p.read_bytes() for p in (tmp_path / "w.world").iterdir())
    assert b"Secret" not in kept
    assert b"hello" not in kept


def test_a_single_exported_chat_is_a_world_too(tmp_path):
    found = import_file(put(tmp_path, "chat.json", json.dumps(EXPORT["chats"]["list"][1])))
    assert (found.world.users, len(found.world.owner)) == (3, 1)


ENTITY = '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><graphml>&b;</graphml>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE g SYSTEM "file:///etc/passwd"><graphml/>'


@pytest.mark.parametrize(
    ("name", "text", "form", "words"),
    [
        ("a.csv", "", "", "is empty"),
        ("a.csv", "# only\n# comments\n", "", "nothing but comments"),
        ("a.csv", "source,target\n", "", "a header and no line"),
        ("a.csv", "one\ntwo\n", "", ":1: needs at least two columns"),
        ("a.csv", "a,b\n1,2\n3,\n", "", ":3: a line without two labels"),
        ("a.csv", "1,1\n", "", "no tie between two different"),
        ("a.csv", b"\xff\xfe1,2\n", "", "not UTF-8"),
        ("a.csv", '1,2\n"3,4\n5,6\n', "", "not a list of pairs"),
        ("a.txt.gz", b"no gzip", "", "cannot be read"),
        ("a.bin", "x", "", "Say so with --as"),
        ("a.graphml", "<graphml><node>", "", "not well-formed XML"),
        ("a.graphml", ENTITY, "", "declares a document type or an entity"),
        ("a.gexf", OUTSIDE, "", "declares a document type or an entity"),
        ("a.graphml", "<html></html>", "", "not a graphml graph"),
        ("a.gexf", "<gexf/>", "", "not a gexf graph"),
        ("a.graphml", nx.generate_graphml(nx.empty_graph(3)), "", "no tie between them"),
        ("a.json", "{", "", ":1: not valid JSON"),
        ("a.json", "[1, 2]", "", "not an export of Telegram Desktop"),
        (
            "a.json",
            '{"chats": {"list": [{"type": "bot_chat", "messages": []}]}}',
            "",
            "no group, channel or one-to-one",
        ),
        ("a.json", "[" * 100_000, "", "nested too deeply"),
        ("a.parquet", "x", "", "cannot be read as Parquet"),
        ("a.csv", "1,2\n", "edgelist", "unknown form; did you mean"),
    ],
)
def test_each_malformed_file_gets_one_clear_message(tmp_path, name, text, form, words):
    text = "\n".join(text) if not isinstance(text, str | bytes) else text
    path = put(tmp_path, name, text)
    with pytest.raises((DataError, InputError)) as error:
        import_file(path, form)
    assert words in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_a_table_without_its_columns_is_refused(tmp_path):
    pq.write_table(pa.table({"source": [1], "goal": [2]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="has no column 'target'"):
        import_file(tmp_path / "a.parquet")
    pq.write_table(pa.table({"source": [1, None], "target": [2, 3]}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match="row 2 of column 'source' is empty"):
        import_file(tmp_path / "b.parquet")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([".csv", ".txt", ".graphml", ".gexf", ".json", ".parquet", ".gz"]), st.binary(max_size=200))
def test_any_bytes_are_a_world_or_one_message(tmp_path_factory, end, data):
    path = put(tmp_path_factory.mktemp("any"), f"a{end}", data)
    try:
        found = import_file(path)
    except InputError:
        return
    assert found.world.users >= 1


# A scenario with an imported world


def _study(tmp_path, source, **options):
    folder = tmp_path / "scenarios" / "worlds" / "mine.world"
    done = CliRunner().invoke(app, ["import", str(source), "--out", str(folder), "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    scenario = tmp_path / "scenarios" / "s.yaml"
    scenario.write_text(
        f"world: {{imported: {{file: {said['name']}, sha256: {said['sha256'][:12]}}}}}\ntime: {{days: 3}}\n"
        "content: {streams: {a: {content: conspiracy, per_1000_users_day: 100}}}\n"
    )
    return scenario, said


def _world(path):
    loaded = load_scenario(path)
    scenario, note = settle_users(loaded.scenario, loaded.locate)
    return scenario, make_world(scenario, 1, loaded.locate), note


def test_a_scenario_names_an_imported_world_and_runs_on_both_crowds(tmp_path):
    path, said = _study(tmp_path, put(tmp_path, "result.json", json.dumps(EXPORT)))
    assert said["name"] == "worlds/mine.world"
    scenario, world, note = _world(path)
    assert "world.users is" in note
    assert len(world.venues) == 2
    assert world.venues.channels == 1
    digests = {Record.of(run(scenario, world=world, crowd=crowd)).digest for crowd in ("agents", "compiled")}
    assert len(digests) == 1


def test_what_an_imported_world_lacks_is_generated(tmp_path):
    path, _ = _study(tmp_path, put(tmp_path, "a.csv", "".join(f"{i},{i + 1}\n" for i in range(99))))
    scenario, world, _ = _world(path)
    assert scenario.world.users == 100
    assert world.contacts.degrees().sum() == 2 * 99
    assert len(world.venues) > 0
    off = path.read_text().replace("sha256:", "ties: false, sha256:")
    path.write_text(off)
    assert _world(path)[1].contacts.degrees().sum() != 2 * 99


def test_another_file_than_the_scenario_was_written_for_is_refused(tmp_path):
    path, _ = _study(tmp_path, put(tmp_path, "a.csv", "1,2\n2,3\n"))
    folder = tmp_path / "scenarios" / "worlds" / "mine.world"
    other = import_file(put(tmp_path, "b.csv", "1,2\n1,3\n")).world
    with pytest.raises(DataError, match="holds another world"):
        write_world(other, folder, {})
    shutil.rmtree(folder)
    write_world(other, folder, {})
    with pytest.raises(DataError, match="its checksum is"):
        _world(path)
    table = pq.read_table(folder / "ties.parquet")
    pq.write_table(table.slice(1), folder / "ties.parquet")
    with pytest.raises(DataError, match="not those that were written"):
        read_world(folder / MANIFEST, "mine.world")
    (folder / "ties.parquet").unlink()
    with pytest.raises(DataError, match="not a world, or damaged"):
        read_world(folder / MANIFEST, "mine.world")


def test_a_folder_that_is_no_world_is_not_overwritten(tmp_path):
    (tmp_path / "mine.world").mkdir()
    (tmp_path / "mine.world" / "diary.txt").write_text("dear diary")
    with pytest.raises(DataError, match="is no world"):
        write_world(import_file(put(tmp_path, "a.csv", "1,2\n")).world, tmp_path / "mine.world", {})
    assert (tmp_path / "mine.world" / "diary.txt").exists()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="data missing: RUMORLAB_DATA is not set")
def test_the_forwards_of_real_channels_are_a_world(tmp_path):
    path, said = _study(tmp_path, DATA / "telegram_channels" / "forward_edges.parquet")
    assert said["found"]["channels"] == 10_936
    _, world, _ = _world(path)
    table = pq.read_table(DATA / "telegram_channels" / "forward_edges.parquet")
    pairs = {(s, t) for s, t in zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True) if s != t}
    assert len(world.venues.member) == len(pairs) + len(world.venues)


def test_world_prints_and_draws_a_world(tmp_path):
    words = ["world", "scenarios/telegram.yaml", "--set", "world.users=400", "--out", str(tmp_path / "w.html")]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "contacts of a user, mean" in done.stdout
    page = (tmp_path / "w.html").read_text()
    assert page.count('class="plot"') == 5
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert said["figures"][0] == {
        "words": "users", "value": 400.0, "unit": "simulated users", "published": "", "source": ""
    }  # fmt: skip
