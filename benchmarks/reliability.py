"""What becomes of results when things go wrong: kills, two wishes for one folder, flipped bits, wrong inputs, memory.

python benchmarks/reliability.py --write docs/reliability.md [--kills 24] [--runs 100000] [--inputs 10000]
python benchmarks/reliability.py --inputs 10000 --only inputs           # that section alone, to the terminal
"""

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.errors import ResultError
from sim.experiment.joining import Files, join, places_in, write_part
from sim.experiment.memory import estimated_mb
from sim.experiment.results import RUNS, Store, read_whole
from sim.experiment.run import peak_memory_mb
from sim.experiment.store import MANIFEST
from sim.scenario.load import load_scenario
from sim.whole import leftovers

ROOT = Path(__file__).resolve().parent.parent
SMALL = ("--set", "world.users=400", "--set", "time.days=6", "--workers", "2")
COMMANDS = {
    "sweep": ("sweep", "experiments/takedown-space.yaml", "--pairs", "4", "--resume"),
    "compare": ("compare", "experiments/forward-limit.yaml", "--seeds", "12"),
}
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
RATES = {"users": (5_000, 30), "more users": (100_000, 30), "longer": (100_000, 90)}


def _command(what: str, out: Path) -> list[str]:
    return [sys.executable, "-m", "sim", *COMMANDS[what], *SMALL, "--out", str(out)]


def _finished(what: str, out: Path) -> int:
    if what == "sweep":
        return len(Store(out).runs()) if (out / MANIFEST).is_file() else 0
    return len(list(out.glob(f"runs/*/*/{MANIFEST}")))


def _moment(what: str, out: Path, total: int) -> str:
    done = _finished(what, out)
    return "before the first run was kept" if not done else "while runs were going" if done < total else "at the end"


def _alive(session: int) -> list[str]:
    return subprocess.run(["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True).stdout.split()


def kills(what: str, count: int, seed: int) -> list[str]:
    """Kill the parent alone at random moments, and start again each time; return rows of the table."""
    chance, rows = random.Random(seed), Counter[tuple[str, str]]()
    lost, left, waited = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    total = {"sweep": 0, "compare": 24}[what] or 10**9
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for k in range(count):
            if (out / RUNS).is_file() or (out / "outcomes.parquet").is_file():
                shutil.rmtree(out)
            before, how = _finished(what, out), SIGNALS[k % len(SIGNALS)]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            child = subprocess.Popen(_command(what, out), cwd=ROOT, start_new_session=True, **quiet)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=chance.uniform(1.0, 14.0))
            if child.poll() is None:
                here = (how.name, _moment(what, out, total))
                os.kill(child.pid, how)
                child.wait()
                began = time.monotonic()
                while _alive(child.pid) and time.monotonic() - began < 5.0:
                    time.sleep(0.05)
                rows[here] += 1
                left[here] += len(_alive(child.pid))
                waited[here] = max(waited[here], round(1000 * (time.monotonic() - began)))
                lost[here] += max(0, before - _finished(what, out))
        subprocess.run(_command(what, out), cwd=ROOT, check=True, capture_output=True)
        temporary = len(leftovers(out))
    said = []
    for here in sorted(rows):
        cells = (*here, rows[here], lost[here], left[here], f"{waited[here]:,}")
        said.append(f"| {what} | {' | '.join(map(str, cells))} |")
    return [*said, f"| {what} | after the last start | temporary folders left | | | {temporary} | |"]


def wishes() -> list[str]:
    """Send every wish of the test to a folder that holds each other; return what became of it."""
    from tests.cli import test_wishes as known

    with tempfile.TemporaryDirectory() as name:
        study = Path(name)
        known.write_study(study)
        made, found = {}, Counter[str]()
        for number, wish in enumerate(known.WISHES):
            made[wish] = study / "made" / str(number)
            known.wished(study, wish, made[wish])
        for first, second in permutations(known.WISHES, 2):
            out = study / "out"
            shutil.copytree(made[first], out)
            before = known.files_of(out)
            done = known.wished(study, second, out)
            after = known.files_of(out)
            kept = all(after.get(path) == data for path, data in before.items())
            found["refused, both named" if done.exit_code else "let in beside (a check of the same comparison)"] += 1
            found["changed or took away a file that was there"] += not kept
            shutil.rmtree(out)
    pairs = len(known.WISHES) * (len(known.WISHES) - 1)
    return [
        f"{pairs} ordered pairs of {len(known.WISHES)} wishes: " + ", ".join(f"{k} {v}" for k, v in found.items()) + "."
    ]


def flips(count: int = 400) -> str:
    """Flip single bits of a table of runs and read it."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        subprocess.run(_command("sweep", out), cwd=ROOT, check=True, capture_output=True)
        whole, table, found = (out / RUNS).read_bytes(), read_whole(out / RUNS), Counter[str]()
        chance = random.Random(1)
        for _ in range(count):
            place, data = chance.randrange(8 * len(whole)), bytearray(whole)
            data[place // 8] ^= 1 << (place % 8)
            (out / RUNS).write_bytes(data)
            try:
                found["same" if read_whole(out / RUNS).equals(table) else "changed"] += 1
            except ResultError:
                found["refused"] += 1
    return (
        f"{count} one-bit flips of a table of runs: {found['refused']} refused with a message, {found['same']} without "
        f"effect, {found['changed']} that changed a number in silence."
    )


def joined(runs: int, rows: int) -> tuple[int, int, float, float]:
    """Join the parts of many runs in a process of its own; return runs, rows, peak memory (MB) and seconds."""
    done = subprocess.run(
        [sys.executable, __file__, "--join", str(runs), str(rows)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    peak, seconds = map(float, done.stdout.split())
    return runs, runs * rows, peak, seconds


def _join(runs: int, rows: int) -> None:
    values = np.random.default_rng(1).random((12, rows))
    keys = [f"{k:064x}" for k in range(runs)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for first in range(0, runs, 16):
            some = keys[first : first + 16]
            plain = {f"c{i}": column for i, column in enumerate(values)}
            write_part(folder / f"{first}.parquet", [(key, pa.table({"key": [key] * rows, **plain})) for key in some])
        began, files, places = time.perf_counter(), Files(), dict[str, list[object]]()
        for path in sorted(folder.glob("*.parquet")):
            for key, place in places_in(files, path):
                places.setdefault(key, []).append(place)
        lacks = join(files, places, keys[::7] + [k for i, k in enumerate(keys) if i % 7], folder / "whole.parquet")  # type: ignore[arg-type]
        assert not lacks
    print(peak_memory_mb(), time.perf_counter() - began)


def estimates() -> Iterator[str]:
    """Estimate the memory of runs, and measure it."""
    code = (
        "import sys, tempfile\nfrom pathlib import Path\nfrom sim.experiment.run import run_to_folder\n"
        "from sim.scenario.load import load_scenario\n"
        "at = load_scenario(Path('scenarios/telegram.yaml'), sys.argv[1:])\n"
        "with tempfile.TemporaryDirectory() as f:\n"
        "    print(run_to_folder(at.scenario, 1, root=at.root, folder=Path(f) / 'r').peak_memory_mb)"
    )
    for users, days in RATES.values():
        sets = [f"world.users={users}", f"time.days={days}"]
        done = subprocess.run(
            [sys.executable, "-c", code, *sets], cwd=ROOT, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        expected, peak = (
            estimated_mb(load_scenario(ROOT / "scenarios/telegram.yaml", sets).scenario),
            float(done.stdout),
        )
        yield f"| {users:,} | {days} | {expected:,.0f} | {peak:,.0f} | {100 * (expected / peak - 1):+.0f} |"


WRONG = {
    "world": "world folders with a checksum of their own",
    "parquet": "tables of forwards (Parquet)",
    "lists": "lists as text (CSV, TSV, gz)",
    "export": "exports of Telegram (JSON)",
    "graph": "GraphML and GEXF",
}


def inputs(count: int) -> Iterator[str]:
    """Yield a section: inputs that parse and whose values are wrong, by kind, each kind in a process of its own."""
    yield from (
        "## Inputs whose values are wrong",
        "",
        f"`python -m tests.fuzz KIND 0 {count}`. A finding is an end of",
    )
    yield from ("the process, a traceback, or more than 10 s for one input.", "")
    yield from ("| kind | inputs | findings | slowest s | largest MB |", "| --- | ---: | ---: | ---: | ---: |")
    for kind, words in WRONG.items():
        call = [sys.executable, "-m", "tests.fuzz", kind, "0", str(count)]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
        if not (found := _SAID.search(done.stdout)):
            raise RuntimeError(f"{kind}: ended with {done.returncode}: {done.stderr[-500:]}")
        yield f"| {words} | {count:,} | {found[1]} | {found[2]} | {found[3]} |"
    yield ""


_SAID = re.compile(r"inputs, (\d+) findings, .*slowest input ([\d.]+) s .*most memory ([\d,]+) MB")


def imports() -> Iterator[str]:
    """Yield a section: the memory of imports, in times the text that they read."""
    from tests.world.test_boundary import MEASURE

    chance = random.Random(1)
    number = chance.randrange
    kinds = {
        "ties between a million people": ("a.csv", "", lambda: f"{number(10**6)},{number(10**6)}\n", ""),
        "memberships": ("a.csv", "user,channel\n", lambda: f"u{number(10**6)},c{number(1000)}\n", ""),
        "GEXF": ("a.gexf", "<gexf><graph>", lambda: f'<edge source="{number(9**6)}" target="{number(9**6)}"/>',
                 "</graph></gexf>"),
        "export of Telegram": ("a.json", '{"type":"public_supergroup","messages":[{}',
                               lambda: f',{{"id":1,"from_id":"user{number(9999)}","text":"hello"}}', "]}"),
    }  # fmt: skip
    yield from (
        "## Memory of imports",
        "",
        "Rise of the largest memory of the process over that after a small import.",
        "",
    )
    yield from ("| file | text MB | rise MB | times |", "| --- | ---: | ---: | ---: |")
    for words, (name, begin, line, end) in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            small, large = Path(folder) / f"small-{name}", Path(folder) / name
            for path, lines in ((small, 20), (large, 4_000_000)):
                with path.open("w") as file:
                    file.write(begin)
                    file.writelines(line() for _ in range(lines))
                    file.write(end)
            call = [sys.executable, "-c", MEASURE, str(small), str(large)]
            rise = float(subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout) / 1e6
            size = large.stat().st_size / 1e6
        yield f"| {words} | {size:,.0f} | {rise:,.0f} | {rise / size:.1f} |"
    yield ""


def page(count: int, runs: int, tried: int) -> str:
    """Return the page."""
    lines = ["# What becomes of results when things go wrong", ""]
    lines += ["Made by `python benchmarks/reliability.py --write docs/reliability.md`.", "", "## Kills", ""]
    lines += ["The parent alone gets a signal at a random moment; the same command is started again each time.", ""]
    lines += ["| command | signal | moment | times | finished runs lost | processes left after 5 s | longest ms |"]
    lines += ["| --- | --- | --- | ---: | ---: | ---: | ---: |"]
    for number, what in enumerate(COMMANDS):
        lines += kills(what, count // 2, number)
    lines += ["", "## Two wishes for one folder", "", *wishes(), "", "## Flipped bits", "", flips(), ""]
    lines += [*inputs(tried), *imports()]
    lines += [
        "## Memory of joining kept tables",
        "",
        "Thirteen columns; parts of 16 runs, joined in another order.",
        "",
    ]
    lines += ["| runs | rows | peak MB | s |", "| ---: | ---: | ---: | ---: |"]
    for some, rows in ((1_000, 1_800), (10_000, 180), (runs, 100)):
        n, all_rows, peak, seconds = joined(some, rows)
        lines.append(f"| {n:,} | {all_rows:,} | {peak:,.0f} | {seconds:,.0f} |")
    lines += ["", "## Memory of a run, estimated and measured", ""]
    lines += [
        "| users | days | estimated MB | measured MB | % off |",
        "| ---: | ---: | ---: | ---: | ---: |",
        *estimates(),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--only", choices=("inputs", "imports"))
    parser.add_argument("--join", type=int, nargs=2)
    given = parser.parse_args()
    if given.join:
        _join(*given.join)
    else:
        sys.path.insert(0, str(ROOT))
        parts = {"inputs": lambda: "\n".join(inputs(given.inputs)), "imports": lambda: "\n".join(imports())}
        text = parts[given.only]() if given.only else page(given.kills, given.runs, given.inputs)
        given.write.write_text(text, encoding="utf-8") if given.write else print(text)
