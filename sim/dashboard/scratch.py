"""A temporary folder that ends with its process; what a process that was killed left goes at the next start."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks: there only what is old is cleared
    fcntl = None  # type: ignore[assignment]

PREFIX = "rumorlab-dash-"
"""Not that of earlier versions, which did not lock their folders: one that still runs would lose it."""
_STALE = 86_400.0
"""Seconds after which a folder is taken for left over where there are no locks."""


class Scratch:
    """A new temporary folder. It is locked as long as this process lives, so that others know that it is in use."""

    def __init__(self) -> None:
        self._held = -1
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            if fcntl is None:
                return
            self._held = os.open(self.path, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(self._held, fcntl.LOCK_EX)
            if self.path.exists():  # else another start cleared it before it was locked
                return
            os.close(self._held)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


def clear_left() -> None:
    """Remove folders of dashboards of this user that no longer run."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                _clear(entry)


def _clear(entry: "os.DirEntry[str]") -> None:
    with contextlib.suppress(OSError):
        said = entry.stat(follow_symlinks=False)
        if fcntl is None:
            if time.time() - said.st_mtime > _STALE:
                shutil.rmtree(entry.path, ignore_errors=True)
            return
        if said.st_uid != os.getuid():
            return
        held = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its process lives
            shutil.rmtree(entry.path, ignore_errors=True)
        finally:
            os.close(held)
