"""What the dashboard writes to the terminal: no control character of a name or an address reaches it raw."""

import sys
import traceback


def printable(text: str) -> str:
    """Return a text in which everything that is not printed, but for line ends, is written as its code."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def in_line(text: str, most: int = 300) -> str:
    """Return a text on one line, at most so many characters of it."""
    shown = printable(text[:most]).replace("\n", "\\n")
    return shown + ("..." if len(text) > most else "")


def log(words: str) -> None:
    """Write a line to standard error."""
    print(f"rumorlab dashboard: {in_line(words)}", file=sys.stderr, flush=True)


def log_problem(what: str, problem: BaseException) -> None:
    """Write an error that nobody expected, with where it comes from."""
    log(what)
    print(printable("".join(traceback.format_exception(problem))[-4_000:]), file=sys.stderr, flush=True)
