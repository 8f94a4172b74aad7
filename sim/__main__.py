"""Entry point of the command: errors become one clear message, never a traceback."""

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
    from sim.errors import InputError, RumorlabError, ScenarioError

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
    except MemoryError:
        from sim.experiment.memory import words_of_limit

        print(f"rumorlab: memory ran out{words_of_limit()}: fewer users, days or workers need less", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
