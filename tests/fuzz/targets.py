"""What is fed damaged input: each target takes a seed, makes one input of it, and lets only our own errors through.

An input is a pure function of its seed, so that a finding can be repeated: `python -m tests.fuzz loader 1234 1235`.
"""

import gzip
import io
import json
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import sim
from sim.errors import RumorlabError
from sim.experiment.calibrate import load_calibration
from sim.experiment.compare import run_plan
from sim.experiment.comparison import open_comparison
from sim.experiment.plan import load_experiment
from sim.experiment.results import open_results
from sim.experiment.store import read_manifest
from sim.report.brief import brief
from sim.scenario.load import load_scenario
from sim.scenario.shipped import copy_shipped
from sim.scenario.tree import parse_tree
from sim.world.importing.files import FORMS, import_file
from tests.fuzz import structured

TOKENS = (
    *"{}[]:,#&*!|>-\n\t\"'%@`?",
    "- ", ": ", "<<: *a", "&a ", "!!python/object:os.system ", "null", "~", "true", "no", ".nan", ".inf", "-.inf",
    "1e308", "-1", "0", "99999999999999999999", "0x10", "1_000", "2024-13-45", "day -1", "24 h", "NaN", "é", "\u2028",
    "\x00", "\ud7ff",
    "extends: ", "extends: ../../../etc/passwd", "extends: x.yaml", "kind: ", "remove", "drugs", "telegram",
)  # fmt: skip
"""Pieces that mean something to a reader of YAML, of numbers, of dates or of scenarios."""


def damaged(text: str, chance: random.Random, most: int = 6) -> str:
    """Return a text in which a few places are cut, doubled, swapped or overwritten."""
    for _ in range(chance.randint(1, most)):
        a = chance.randrange(len(text) + 1)
        b = min(len(text), a + chance.choice((0, 1, 1, 3, 10, 80, 400)))
        piece = chance.choice(TOKENS) if chance.random() < 0.6 else text[b : b + chance.randint(0, 60)]
        text = text[:a] + (text[a:b] * chance.choice((0, 0, 1, 2))) + piece + text[b:]
    return text


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes in which a few are flipped, cut or doubled."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not out:
            return bytes(out)
        a = chance.randrange(len(out))
        how = chance.randrange(4)
        if how == 0:
            out[a] = chance.randrange(256)
        elif how == 1:
            del out[a : a + chance.choice((1, 4, 50, 1000))]
        elif how == 2:
            out[a:a] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        else:
            del out[a:]
    return bytes(out)


@cache
def _study() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="rumorlab-fuzz-")) / "study"
    copy_shipped(folder)
    return folder


@cache
def _texts() -> tuple[tuple[Path, str], ...]:
    return tuple((path, path.read_text("utf-8")) for path in sorted(_study().rglob("*.yaml")))


def text(seed: int) -> None:
    """Damaged YAML of a shipped file, as far as the tree with its line numbers."""
    chance = random.Random(seed)
    path, whole = chance.choice(_texts())
    a = chance.randrange(len(whole))
    part = whole[a : a + 600] if chance.random() < 0.8 else whole
    try:
        parse_tree(damaged(part, chance), path.name)
    except RumorlabError as problem:
        assert str(problem)


def loader(seed: int) -> None:
    """A damaged scenario, policy, experiment or calibration in its own folder, all the way to a model or a message."""
    chance = random.Random(seed)
    path, whole = chance.choice(_texts())
    scratch = path.with_name(f"fuzz-{path.name}")
    scratch.write_text(damaged(whole, chance), encoding="utf-8")
    kind = "calibration" if path.parent.name == "calibrations" else path.parent.name
    try:
        if kind == "calibration":
            load_calibration(scratch)
        elif kind == "experiments":
            load_experiment(scratch)
        else:
            load_scenario(scratch)
    except RumorlabError as problem:
        assert str(problem)
    finally:
        scratch.unlink()


@cache
def _samples() -> tuple[tuple[str, bytes], ...]:
    pairs = "source,target,weight\n" + "".join(f"u{k},u{(7 * k) % 40},1.5\n" for k in range(60))
    members = "user,channel\n" + "".join(f"u{k % 20},c{k % 7}\n" for k in range(60))
    nodes = "".join(f'<node id="n{k}"/>' for k in range(12))
    edges = "".join(f'<edge id="e{k}" source="n{k}" target="n{(k * 5 + 1) % 12}"/>' for k in range(12))
    graphml = (
        '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="undirected">'
        f"{nodes}{edges}</graph></graphml>"
    )
    gexf = (
        '<?xml version="1.0"?><gexf xmlns="http://gexf.net/1.3" version="1.3"><graph defaultedgetype="undirected">'
        f"<nodes>{nodes}</nodes><edges>{edges}</edges></graph></gexf>"
    )
    message = {"id": 1, "type": "message", "date_unixtime": "1700000000", "from_id": "user1", "text": "x"}
    chat = {"type": "public_supergroup", "id": 5, "messages": [message, message | {"from_id": "user2"}]}
    export = json.dumps({"personal_information": {"user_id": 9}, "chats": {"list": [chat, chat | {"id": 6}]}})
    table = pa.table({"source": [1, 2, 3, 1], "target": [2, 3, 1, 3], "count": [5, 1, 1, 2]})
    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    return (
        (".csv", pairs.encode()), (".tsv", pairs.replace(",", "\t").encode()), (".csv", members.encode()),
        (".txt", b"# ties\n1 2\n2 3\n"), (".gz", gzip.compress(pairs.encode())), (".graphml", graphml.encode()),
        (".gexf", gexf.encode()), (".json", export.encode()), (".parquet", parquet.getvalue()),
    )  # fmt: skip


def importer(seed: int) -> None:
    """A damaged list, graph, export or table, read as what it seems to be or as something else."""
    chance = random.Random(seed)
    end, data = chance.choice(_samples())
    path = _study() / f"fuzz{end}"
    path.write_bytes(damaged_bytes(data, chance))
    try:
        import_file(path, "" if chance.random() < 0.8 else chance.choice(FORMS))
    except RumorlabError as problem:
        assert str(problem)
    finally:
        path.unlink()


@cache
def _results() -> Path:
    """Results of a comparison and of a sweep, small."""
    root = _study() / "results"
    small = ["world.users=120", "time.days=3"]
    plan = load_experiment(_study() / "experiments" / "forward-limit.yaml", small).with_design(pairs=2)
    run_plan(plan, root / "compared", workers=1, tell=lambda *a: None)
    sim.sweep(_study() / "experiments" / "takedown-space.yaml", small, pairs=2, workers=1, out=root / "swept")
    return root


@cache
def _result_files() -> tuple[Path, ...]:
    return tuple(sorted(path for path in _results().rglob("*") if path.is_file()))


def results(seed: int) -> None:
    """A results folder in which one file is damaged or gone, opened by everything that opens results."""
    from sim.report.baseline import likeness

    chance = random.Random(seed)
    path = chance.choice(_result_files())
    whole = path.read_bytes()
    if chance.random() < 0.1:
        path.unlink()
    elif path.suffix == ".parquet" or chance.random() < 0.3:
        path.write_bytes(damaged_bytes(whole, chance))
    else:
        path.write_text(damaged(whole.decode("utf-8"), chance, 3), encoding="utf-8", errors="surrogatepass")
    folder = _results() / path.relative_to(_results()).parts[0]
    try:
        for read in (read_manifest, open_results if folder.name == "swept" else open_comparison):
            try:
                found = read(folder)
            except RumorlabError as problem:
                assert str(problem)
                continue
            briefed = folder / "runs"
            for run in sorted(briefed.glob("*/0000"))[:1]:
                try:
                    brief(run)
                except RumorlabError as problem:
                    assert str(problem)
            if read is open_comparison:
                try:
                    likeness(found)
                except RumorlabError as problem:
                    assert str(problem)
    finally:
        path.write_bytes(whole)


WORDS = (
    "", "harm", "illegal_views", "results/compared", "results/swept", "study/scenarios/telegram.yaml", "../../etc",
    "x" * 3000, "<script>", "%00", "-1", "1e999", "NaN", "cleaned-up", "0", "None", "é", "\x00", "elsewhere", "limit-5",
)  # fmt: skip
QUERY = ("results", "outcome", "platform", "arm", "item", "tick", "scenario", "save", "pair")


def dashboard(seed: int) -> None:
    """Any address of the dashboard and any input of its form: a page or a message, never a server's error."""
    from sim.dashboard import pages, trying
    from sim.dashboard.app import make_app
    from sim.dashboard.library import Library
    from sim.dashboard.opening import PAGES

    chance = random.Random(seed)
    library = Library(_results(), _study())
    query = {name: chance.choice(WORDS) for name in QUERY if chance.random() < 0.5}
    how = chance.randrange(3)
    if how == 0:
        pages.render(library, chance.choice([*PAGES, "/x", ""]), query)
    elif how == 1:
        levers = {path: chance.choice(WORDS) for path in trying.POLICY_LEVERS if chance.random() < 0.3}
        numbers = [chance.choice((0, 1, 50, 10**9, -3, None, "x", 1.5, float("nan"))) for _ in range(3)]
        yaml = damaged("moderation: {takedown: {delay: 1 h}}\n", chance) if chance.random() < 0.5 else ""
        wish = trying.Wish(query.get("scenario", "study/scenarios/telegram.yaml"), levers, yaml, *numbers)
        try:
            trying.checked(library, wish)
        except RumorlabError as problem:
            assert str(problem)
    else:
        client = _client(make_app)
        what, key = chance.choice(("csv", "yaml", "report", "parquet", "x")), chance.choice(WORDS)
        got = client.get(f"/download/{what}/{key}", headers={"Host": chance.choice(("localhost", "evil.example"))})
        assert got.status_code < 500, got.status_code


@cache
def _client(make_app: Callable[..., object]) -> object:
    return make_app(_results(), _study()).server.test_client()  # type: ignore[attr-defined]


TARGETS: dict[str, Callable[[int], None]] = {
    "text": text,
    "loader": loader,
    "importer": importer,
    "results": results,
    "dashboard": dashboard,
    "world": structured.world,
    "parquet": structured.parquet,
    "lists": structured.lists,
    "export": structured.export,
    "graph": structured.graph,
}


def clean() -> None:
    """Remove what the targets wrote."""
    shutil.rmtree(_study().parent, ignore_errors=True)
    shutil.rmtree(structured.folder(), ignore_errors=True)
