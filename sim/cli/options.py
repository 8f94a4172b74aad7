"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.saying import echo


def study_file(name: str) -> Path:
    """Return the file that a command names; where there is none, the shipped one of that name, and say so."""
    from sim.scenario.shipped import there_or_shipped

    found = there_or_shipped(name)
    if str(found) != str(Path(name)):
        echo(f"{name}: not in this folder; using the copy shipped with Rumorlab", err=True)
    return found


Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Set one field, or include a file (policy={extends: FILE}); may be repeated.",
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
Crowd = Annotated[
    Literal["agents", "compiled", "auto", "both"],
    typer.Option(
        "--crowd",
        help="Engine: users as Mesa agents, compiled (the same results, faster), auto (compiled where possible), "
        "or both, side by side, stopping at the first difference.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Number of parallel processes; default: all processors.")
]
