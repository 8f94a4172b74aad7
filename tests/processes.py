"""Child processes of tests."""

import signal
import subprocess


def started(command, **more):
    """Start a command in a session of its own, so that a signal reaches all of it and nothing else.

    Where the tests run in the background, Ctrl-C and the end of the terminal are ignored there and children inherit
    that: they are set back for them.
    """
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_as_in_a_terminal, **more)


def _as_in_a_terminal():
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
