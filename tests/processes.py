"""Child processes of tests."""

import signal
import subprocess


def started(command, **more):
    """Start a command in a session of its own, so that a signal reaches all of it and nothing else.

    Where the tests run in the background, Ctrl-C is ignored there and children inherit that: it is set back for them.
    """
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(
        command, start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **more
    )
