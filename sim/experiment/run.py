"""One run, from a scenario and seeds to a folder."""

import contextlib
import gc
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sim.crowd.protocol import Wish
from sim.crowd.tracing import run_both
from sim.experiment.claims import Claim, check_claim, claim_of
from sim.experiment.memory import check_memory
from sim.experiment.sealing import seal
from sim.experiment.store import SCHEMA, git_commit, new_folder, versions, write_manifest, write_table
from sim.model import Society
from sim.outcomes import OUTCOMES, Record, measure_all
from sim.outcomes.stream import ViewStream
from sim.phases import PHASES
from sim.scenario.places import locate
from sim.scenario.scenario import Scenario, digest_of
from sim.world.build import World, make_world

Progress = Callable[[Society], None]
"""Called after every tick."""


@dataclass(frozen=True)
class Finished:
    """A run that is done."""

    record: Record
    outcomes: dict[str, float]
    seed: int
    world_seed: int
    seconds: dict[str, float]
    peak_memory_mb: float
    crowd: str
    """Form in which it ran: agents or compiled; both, if the two were run side by side and did the same."""


class _Worlds:
    """The last world that was made in this process: runs of one pair share it."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.world: World | None = None

    def get(self, scenario: Scenario, seed: int, root: Path) -> World:
        key = digest_of([scenario.world_hash(), seed, str(root)])
        if self.world is None or key != self.key:
            self.world = make_world(scenario, seed, lambda file: locate(file, root))
            self.key = key
        return self.world


_worlds = _Worlds()


def peak_memory_mb() -> float:
    """Return the most memory that this process has used so far (MB)."""
    with contextlib.suppress(OSError, ValueError, IndexError):  # what getrusage says begins with what its parent had
        return int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0]) / 1024.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024.0 * 1024.0) if sys.platform == "darwin" else used / 1024.0


def run_scenario(
    scenario: Scenario,
    seed: int,
    world_seed: int | None = None,
    *,
    root: Path,
    crowd: Wish | Literal["both"] = "auto",
    progress: Progress | None = None,
    stream_to: Path | None = None,
    collect: bool = True,
) -> Finished:
    """Run a scenario to its end. The garbage collector rests meanwhile: a run makes no garbage in circles.

    `collect`: let it go through what the run has made afterwards. All that was there before is set aside for that:
    to go through it too takes longer than a small run does.

    `crowd` says in which form: "agents", "compiled", "auto" (compiled), or "both": side by side, phase by phase;
    CrowdsDiffer is raised at the first difference. Readers over time go to a file in the folder `stream_to` as the run
    goes, if the crowd is compiled. Raises InputError if the run needs more memory than there is.
    """
    world_seed = seed if world_seed is None else world_seed
    check_memory([scenario], agents=crowd in ("agents", "both"))
    began = time.perf_counter()
    resting = gc.isenabled()
    gc.disable()
    aside = collect and gc.get_freeze_count() == 0
    if aside:
        gc.freeze()
    try:
        world = _worlds.get(scenario, world_seed, root)
        society = Society(scenario, seed, world=world, crowd="compiled" if crowd == "both" else crowd)
        built = time.perf_counter()
        views = None
        if stream_to is not None and society.crowd.name == "compiled" and "views" in scenario.record.tables:
            views = ViewStream(stream_to / "views.parquet")
            society.crowd.views_out = views.add
        if crowd == "both":
            run_both(Society(scenario, seed, world=world, crowd="agents"), society, PHASES, progress)
        while society.running:
            society.step()
            if progress is not None:
                progress(society)
        if views is not None:
            views.close()
            with views.path.open("r+b") as written:
                seal(written)
        ran = time.perf_counter()
        record = Record.of(society)
        outcomes = measure_all(record)
        form = "both" if crowd == "both" else society.crowd.name
        del society
    finally:
        if resting:
            gc.enable()
        if collect:
            gc.collect()
        if aside:
            gc.unfreeze()
    ended = time.perf_counter()
    seconds = {"build": built - began, "run": ran - built, "record": ended - ran, "total": ended - began}
    return Finished(record, outcomes, seed, world_seed, seconds, peak_memory_mb(), form)


def run_claim(scenario: Scenario, seed: int, world_seed: int | None = None) -> Claim:
    """Return the wish of a single run."""
    world = seed if world_seed is None else world_seed
    seeds = {"seed": seed, "world_seed": world if world != seed else ""}
    return claim_of("run", scenario.name, [scenario.hash(), seed, world], **seeds)


def manifest_of(finished: Finished, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what a run folder says of itself."""
    record = finished.record
    return {
        "schema": SCHEMA,
        "what": "run",
        "digest": record.digest,
        "seed": finished.seed,
        "world_seed": finished.world_seed,
        "crowd": finished.crowd,
        "users": record.users,
        "ticks": record.scenario.time.ticks,
        "outcomes": {name: {"value": value, "unit": OUTCOMES[name].unit} for name, value in finished.outcomes.items()},
        "totals": record.totals,
        "law": record.law,
        "events": record.events,
        "seconds": finished.seconds,
        "peak_memory_mb": finished.peak_memory_mb,
        "scenario_hash": record.scenario.hash(),
        "versions": versions(),
        "git_commit": git_commit(),
        **(extra or {}),
        "scenario": record.scenario.resolved(),
    }


def run_to_folder(
    scenario: Scenario,
    seed: int,
    world_seed: int | None = None,
    *,
    root: Path,
    folder: Path,
    crowd: Wish | Literal["both"] = "auto",
    progress: Progress | None = None,
    extra: dict[str, Any] | None = None,
    claim: Claim | None = None,
) -> Finished:
    """Run a scenario and write its folder, whole or not at all; the largest table is written as the run goes.

    Raises ResultError if the folder holds anything but this very run. `claim`: that of a run whose folder is known to
    be its own, as in a comparison: whatever is there is replaced.
    """
    own = claim is not None
    claim = claim or run_claim(scenario, seed, world_seed)
    if not own:
        check_claim(folder, claim)
    with new_folder(folder, own=own) as temporary:
        finished = run_scenario(
            scenario, seed, world_seed, root=root, crowd=crowd, progress=progress, stream_to=temporary
        )
        for name, table in finished.record.tables.items():
            if name in scenario.record.tables:
                write_table(temporary, name, table)
        files = {path.name: path.stat().st_size for path in sorted(temporary.glob("*.parquet"))}
        write_manifest(temporary, manifest_of(finished, {"claim": asdict(claim), "files": files, **(extra or {})}))
    return finished
