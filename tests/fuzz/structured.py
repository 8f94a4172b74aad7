"""Inputs that parse and whose values are wrong: worlds, tables, lists, exports and graphs that somebody else made."""

import csv
import gzip
import io
import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import sim
from sim.errors import RumorlabError
from sim.scenario.load import load_scenario
from sim.world.build import make_world, settle_users
from sim.world.importing.files import FORMS, import_file
from sim.world.worldfile import MANIFEST, WorldFile, check_world, write_world

NUMBERS = (-(2**63), -(2**31) - 1, -100, -1, 0, 1, 2, 3, 7, 50, 2**31 - 1, 2**31, 2**32, 2**63 - 1)
ODD: tuple[Any, ...] = (
    *NUMBERS, 0.5, 1e308, -1e308, 1e-300, float("nan"), float("inf"), None, True,
    "", " ", "nan", "None", "x" * 5000, "a,b", "a;b", "\t", '"', "'", "#", "# x", "<a>", "&amp;", "é",
    "\u202e", "\x01", "1e5", "1.0", "-0", "user1", "channel", "0x1", "1_000", "１",
    [], {}, [[]], {"a": 1}, [1, 2],
)  # fmt: skip
TEXTS = tuple(odd for odd in ODD if isinstance(odd, str))


@cache
def folder() -> Path:
    """Return the folder in which the inputs are put."""
    return Path(tempfile.mkdtemp(prefix="rumorlab-fuzz-"))


def _value(chance: random.Random, usual: Any, odd: float = 0.05) -> Any:
    return chance.choice(ODD) if chance.random() < odd else usual


def world(seed: int) -> None:
    """A world folder with its own checksum, a few of whose numbers are wrong; where it is let in, it runs."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    users, venues, ties = chance.choice((1, 2, 5, 40)), chance.choice((0, 1, 6)), chance.choice((0, 1, 60))
    owner = rng.integers(0, users, venues)
    pairs = {(v, int(u)) for v in range(venues) for u in rng.integers(0, users, 5)} | set(enumerate(owner.tolist()))
    members = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    columns = {
        "ties": {"one": rng.integers(0, users, ties), "other": rng.integers(0, users, ties)},
        "venues": {"owner": owner, "private": rng.integers(-1, 2, venues), "traffic": rng.integers(-1, 5000, venues)},
        "members": {"venue": members[:, 0], "user": members[:, 1]},
    }
    said: dict[str, Any] = {"format": 1, "users": users, "channels": chance.randint(0, venues)}
    path = folder() / "fuzz.world"
    path.mkdir(exist_ok=True)
    for _ in range(chance.randint(0, 2)):
        if chance.random() < 0.2:
            said[chance.choice(list(said))] = chance.choice(ODD)
        else:
            part = columns[chance.choice(list(columns))]
            title = chance.choice(list(part))
            if len(part[title]):
                part[title][chance.randrange(len(part[title]))] = chance.choice(NUMBERS)
    with np.errstate(all="ignore"):
        made = WorldFile(
            users=said["users"], channels=said["channels"],
            ties=np.column_stack(list(columns["ties"].values())), owner=columns["venues"]["owner"],
            private=columns["venues"]["private"], traffic=columns["venues"]["traffic"],
            members=np.column_stack(list(columns["members"].values())),
        )  # fmt: skip
        said["sha256"] = made.sha256()
    for part_name, part in columns.items():
        pq.write_table(pa.table(part), path / f"{part_name}.parquet")
    (path / MANIFEST).write_text(json.dumps(said, default=str), encoding="utf-8")
    scenario = folder() / "world.yaml"
    scenario.write_text(
        f"world: {{imported: {{file: fuzz.world}}}}\ntime: {{days: 1}}\ncontent: {{streams: {{a: {{content: drugs, "
        f"seeds: {chance.choice((1, 1, 30))}}}}}}}\n",
        encoding="utf-8",
    )
    try:
        loaded = load_scenario(scenario)
        settled = settle_users(loaded.scenario, loaded.locate)[0]
        make_world(settled, 1, loaded.locate)
        if seed % 20 == 0:
            sim.run(scenario, seed=seed)
    except RumorlabError as problem:
        assert str(problem)


def _import(path: Path, chance: random.Random) -> None:
    """Import a file; what is let in must be a world that can be written."""
    try:
        found = import_file(path, "" if chance.random() < 0.7 else chance.choice(FORMS))
        check_world(found.world, path.name)
        if chance.random() < 0.02:
            write_world(found.world, folder() / f"{path.stem}-{chance.random()}.world", {})
    except RumorlabError as problem:
        assert str(problem)
        assert "\n" not in str(problem)
    finally:
        path.unlink()


def parquet(seed: int) -> None:
    """A table of forwards of any types, with wrong values and wrong columns."""
    chance = random.Random(seed)
    rows = chance.choice((0, 1, 2, 30))
    kinds = (
        pa.int64(), pa.int8(), pa.uint64(), pa.float64(), pa.float16(), pa.string(), pa.large_string(), pa.bool_(),
        pa.binary(), pa.date32(), pa.timestamp("ms"), pa.decimal128(10, 2), pa.list_(pa.int64()),
        pa.struct([("a", pa.int64())]), pa.null(), pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.int64()),
    )  # fmt: skip
    columns = {}
    for title in ("source", "target", "count", chance.choice(TEXTS) or "x"):
        usual = pa.int64() if chance.random() < 0.7 else chance.choice(kinds)
        try:
            columns[title] = pa.array([_value(chance, chance.randrange(9)) for _ in range(rows)]).cast(usual)
        except (pa.ArrowException, OverflowError):
            columns[title] = pa.array([chance.randrange(9) for _ in range(rows)], type=pa.int64())
            if pa.types.is_dictionary(usual):
                columns[title] = columns[title].cast(pa.string()).dictionary_encode()
    if chance.random() < 0.1:
        del columns[chance.choice(("source", "target"))]
    path = folder() / "fuzz.parquet"
    pq.write_table(pa.table(columns), path)
    _import(path, chance)


def lists(seed: int) -> None:
    """A list as text, with any delimiter, ragged, quoted or not, with wrong values."""
    chance, text = random.Random(seed), io.StringIO()
    quoting = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
    writer = csv.writer(text, delimiter=chance.choice(",;\t |"), quoting=quoting)
    if chance.random() < 0.5:
        writer.writerow(chance.choice((["source", "target"], ["user", "channel"], ["Id", "Label", "x"], ["a"])))
    for _ in range(chance.choice((0, 1, 40))):
        row = [_value(chance, chance.randrange(20)) for _ in range(2)]
        writer.writerow([*row, 1.5][: chance.choice((1, 3)) if chance.random() < 0.03 else 2])
    data = text.getvalue().encode(chance.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16")), "replace")
    packed = chance.random() < 0.2
    path = folder() / ("fuzz.csv.gz" if packed else chance.choice(("fuzz.csv", "fuzz.tsv", "fuzz.txt", "fuzz.edges")))
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    _import(path, chance)


def _message(chance: random.Random) -> Any:
    made = {
        "id": chance.randrange(99), "type": "message", "date_unixtime": str(1_700_000_000 + chance.randrange(10**6)),
        "from_id": f"user{chance.randrange(6)}", "text": "x", "forwarded_from": "y",
    }  # fmt: skip
    return _value(chance, {key: _value(chance, value) for key, value in made.items()}, 0.03)


def export(seed: int) -> None:
    """An export of Telegram in which any value may be of another kind."""
    chance = random.Random(seed)

    def chat() -> Any:
        kind = chance.choice(("personal_chat", "private_group", "public_supergroup", "public_channel", "bot_chat"))
        messages: Any = [_message(chance) for _ in range(chance.choice((0, 1, 8)))]
        made = {"type": kind, "id": chance.randrange(9), "messages": messages}
        return _value(chance, {key: _value(chance, value) for key, value in made.items()}, 0.03)

    whole: Any = chat()
    if chance.random() < 0.7:
        chats: Any = {"list": _value(chance, [chat() for _ in range(chance.choice((0, 1, 4)))])}
        whole = {
            "personal_information": _value(chance, {"user_id": _value(chance, 1)}),
            "contacts": _value(chance, {"list": [_value(chance, {"user_id": 2})]}),
            "chats": _value(chance, chats),
        }
    path = folder() / "fuzz.json"
    path.write_text(json.dumps(whole, ensure_ascii=chance.random() < 0.5), encoding="utf-8", errors="replace")
    _import(path, chance)


def graph(seed: int) -> None:
    """GraphML or GEXF: well-formed, with elements and attributes that are wrong, missing or in odd places."""
    chance = random.Random(seed)
    form = chance.choice(("graphml", "gexf"))

    def attribute(name: str, usual: object) -> str:
        value = "".join(c for c in str(_value(chance, usual)) if c >= " " or c in "\t\n")
        return "" if chance.random() < 0.02 else f" {name}={quoteattr(value)}"

    nodes = "".join(f"<node{attribute('id', k)}{attribute('label', k)}/>" for k in range(chance.choice((0, 1, 12))))
    edges = "".join(
        f"<edge{attribute('source', chance.randrange(12))}{attribute('target', chance.randrange(12))}>"
        f"{escape(chance.choice(('', 'text', '<')))}</edge>"
        for _ in range(chance.choice((0, 1, 30)))
    )
    odd = chance.choice(
        ("", "", "", "<hyperedge/>", "<graph/>", "<node id='z'><graph><node id='in'/></graph></node>", "<x/>")
    )
    inner = f"{nodes}{odd}{edges}" if form == "graphml" else f"<nodes>{nodes}</nodes>{odd}<edges>{edges}</edges>"
    space = chance.choice(("", ' xmlns="http://graphml.graphdrawing.org/xmlns"', ' xmlns="http://gexf.net/1.3"'))
    graphs = f"<graph edgedefault='{chance.choice(('directed', 'undirected', 'x'))}'>{inner}</graph>" * chance.choice(
        (1, 1, 1, 2)
    )
    path = folder() / f"fuzz.{form}"
    path.write_text(f"<{form}{space}>{graphs}</{form}>", encoding="utf-8", errors="replace")
    _import(path, chance)
