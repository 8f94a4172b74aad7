"""Tasks of tests that end their worker."""

import os
import sys
import time


def task(what):
    if what == "dies":
        os._exit(7)
    if what == "killed":
        os.kill(os.getpid(), 9)
    if what == "leaves":
        sys.exit(3)
    if what == "fails":
        raise ValueError("no")
    if isinstance(what, tuple):  # dies once, leaving a note
        if not os.path.exists(what[1]):
            open(what[1], "w").close()
            os._exit(1)
        return "second time"
    time.sleep(0.05)
    return os.getpid()
