"""What is printed: the one place where a text becomes fit for a terminal, whatever its names contain."""

import typer
from rich import markup

from sim.errors import printable


def escape(text: str) -> str:
    """Return a text for a console: brackets are no markup, control characters are written out."""
    return markup.escape(printable(text))


def echo(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print a text as it is, but for control characters, which are written out."""
    typer.echo(printable(text), nl=nl, err=err)
