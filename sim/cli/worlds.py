"""import and world."""

import json
import shlex
from pathlib import Path

from rich.table import Table

from sim.cli.running import load_settled
from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import DataError, InputError
from sim.experiment.claims import free_page, mark_of, write_own
from sim.experiment.store import to_json
from sim.scenario.places import root_of, shown
from sim.scenario.shipped import as_typed
from sim.world.build import make_world
from sim.world.importing.files import import_file
from sim.world.importing.found import Found
from sim.world.worldfile import UNKNOWN, free_world, write_world


def _default_out(path: Path) -> Path:
    stem = path.name.split(".")[0] or "world"
    home = Path("scenarios")
    return (home / "worlds" if home.is_dir() else Path()) / f"{stem}.world"


def _named(folder: Path) -> str:
    """Return how a scenario names a world: from `scenarios/` or from the root of its folder."""
    full = folder.resolve()
    root = root_of(full / "world.json")
    for base in (root / "scenarios", root, full.parent):
        if full.is_relative_to(base) and full != base:
            return full.relative_to(base).as_posix()
    return folder.name


def _rows(found: Found) -> list[tuple[str, float]]:
    world = found.world
    groups = len(world.owner) - world.channels
    rows = [("users", float(world.users)), ("ties", float(len(world.ties)))]
    if len(world.ties):
        rows.append(("contacts of a user, mean", 2.0 * len(world.ties) / world.users))
    rows += [("channels", float(world.channels)), ("groups", float(groups)), ("memberships", float(len(world.members)))]
    if len(world.owner):
        rows.append(("members of a channel or group, mean", len(world.members) / len(world.owner)))
        rows.append(("channels and groups whose traffic is known", float((world.traffic != UNKNOWN).sum())))
    return rows + list(found.counts.items())


def import_command(path: Path, *, form: str, kind: str, out: Path | None, as_json: bool) -> None:
    """Read a file, say what was found, and write a world."""
    if kind not in ("channel", "group"):
        raise InputError(f"--kind {kind}: must be channel or group")
    found = import_file(path, form, kind=kind)
    folder = out or free_world(_default_out(path), found.world)
    about = {"read_as": found.form, "file": path.name, "counts": found.counts, "notes": found.notes}
    write_world(found.world, folder, about)
    named, checksum = _named(folder), found.world.sha256()[:16]
    if as_json:
        said = {"world": str(folder), "read_as": found.form, "sha256": found.world.sha256(), "name": named}
        more = {"found": dict(_rows(found)), "notes": found.notes}
        echo(json.dumps(said | more, ensure_ascii=False, indent=1))
        return
    screen = console()
    table = Table(title=escape(f"{shown(path)}: {found.form}"), title_justify="left")
    table.add_column("found")
    table.add_column("number", justify="right")
    for words, value in _rows(found):
        table.add_row(escape(words), f"{value:,.0f}" if value == int(value) else f"{value:,.2f}")
    screen.print(table)
    for note in found.notes:
        screen.print(f"  - {escape(note)}")
    screen.print(f"\nWritten to {escape(shown(folder))}. In a scenario:\n", soft_wrap=True)
    echo(f"world:\n  imported: {{file: {named}, sha256: {checksum}}}\n")


def world_command(path: Path, seed: int, overrides: list[str], *, out: Path | None, as_json: bool) -> None:
    """Make a world, print what it is like, and draw it."""
    from sim.report.world_numbers import numbers
    from sim.report.world_page import make_world_page, shares_of, written

    loaded, scenario, note = load_settled(path, overrides)
    if note:
        console(err=True).print(escape(note))
    world = make_world(scenario, seed, loaded.locate)
    found, (countries, personas) = numbers(scenario, world), shares_of(scenario, world)
    page = out or Path("results") / f"{path.stem}-world.html"
    if page.is_dir():
        raise DataError(f"{shown(page)}: is a folder; give a file")
    command = f"rumorlab world {shlex.quote(as_typed(path))} --seed {seed}" + "".join(
        f" --set {shlex.quote(text)}" for text in overrides
    )
    mark = mark_of("world", scenario.hash(), seed)
    text = f"{make_world_page(scenario, world, command=command)}{mark}\n"
    if out is None:
        page = free_page(page, mark)
    write_own(page, text, mark)
    if as_json:
        figures = [
            {"words": n.words, "value": n.value, "unit": n.unit, "published": n.published, "source": n.source}
            for n in found
        ]
        people = {"countries": countries, "personas": personas}
        echo(to_json({"page": str(page), "seed": seed, "figures": figures, **people}), nl=False)
        return
    screen = console()
    table = Table(title=escape(f"The world of {scenario.name}, seed {seed}"), title_justify="left")
    for name, justify in (("figure", "left"), ("value", "right"), ("unit", "left"), ("published", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for n in found:
        beside = f"{n.published} ({n.source})" if n.published else ""
        table.add_row(escape(n.words), written(n), escape(n.unit), escape(beside))
    screen.print(table)
    for title, shares in (("Countries", countries), ("User types (personas)", personas)):
        came = ", ".join(f"{name} {100 * now:.1f} % ({100 * said:.1f})" for name, (said, now) in shares.items())
        screen.print(escape(f"{title} (in brackets: as set in the scenario): {came}."))
    screen.print(f"page {escape(shown(page))}", soft_wrap=True)
