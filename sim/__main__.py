"""Entry point of the command: errors become one clear message, never a traceback."""

import errno
import gc
import os
import signal
import sys
from typing import Any


def main() -> None:
    """Run the command line; exit code 2 for bad input, 1 for a failed run, 130 if interrupted."""
    gc.set_threshold(100_000, 20, 20)  # imports make many objects and no garbage: looking for it slows every start
    for name in ("SIGTERM", "SIGHUP"):  # end like Ctrl-C: what is finished is kept, and workers end too
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    from sim.cli import app
    from sim.errors import InputError, RumorlabError, ScenarioError, printable

    for word in sys.argv[1:]:
        if printable(word) != word:
            print(
                f"rumorlab: '{printable(word)}': control characters are not allowed; rename the file", file=sys.stderr
            )
            sys.exit(2)
    try:
        app(standalone_mode=True)
    except ScenarioError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    except InputError as problem:
        print(f"rumorlab: {problem}", file=sys.stderr)
        sys.exit(2)
    except RumorlabError as problem:
        print(f"rumorlab: {problem}", file=sys.stderr)
        sys.exit(2 if type(problem).__name__ == "ResultError" else 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError:
        from sim.experiment.memory import words_of_limit

        print(f"rumorlab: memory ran out{words_of_limit()}: fewer users, days or workers need less", file=sys.stderr)
        sys.exit(2)
    except OSError as problem:
        if problem.errno not in _OF_THE_DISK:
            raise
        print(f"rumorlab: {printable(_of_the_disk(problem))}", file=sys.stderr)
        sys.exit(2)


_OF_THE_DISK = (errno.ENAMETOOLONG, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""What a file system says of a name, a folder or itself: no fault of Rumorlab's."""


def _of_the_disk(problem: OSError) -> str:
    """Return in a sentence why a file or folder cannot be had."""
    name = str(problem.filename or "a file")
    if problem.errno == errno.ENAMETOOLONG:
        return f"{name[:60]}...: the name is too long; a file or folder may have 255 bytes, and a path 4,096"
    return f"{name}: cannot be read or written ({problem.strerror})"


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
