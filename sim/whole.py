"""Files and folders that appear whole or not at all, and what commands that were killed left of them.

What is not whole yet has a temporary name beside its place, which says the machine and the process at work on it.
"""

import contextlib
import glob
import hashlib
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO

LEFT = re.compile(r"\.(?P<final>.+)\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}\.(tmp|old)")
_LEFT_BEFORE = re.compile(r"\.(?P<final>.+)\.[0-9a-f]{8}\.(tmp|old)")
_STALE = 86_400.0
"""Seconds after which what another machine left under a temporary name is taken for left over."""


@contextlib.contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Make a folder under a temporary name, and rename it once its content is whole and on the disk; raises OSError.

    What lies there is replaced: that it may be is the caller's to know.
    """
    temporary = under_way(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        clear_beside(final)
        temporary.mkdir()
        yield temporary
        for path in temporary.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        _replace(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def whole_file(final: Path) -> Iterator[IO[bytes]]:
    """Open a file that is there whole or not at all, also after Ctrl-C or a power cut; raises OSError."""
    temporary = under_way(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def under_way(final: Path) -> Path:
    """Return a name for what is not whole yet; it says which process is at work on it."""
    return final.with_name(f".{final.name}.{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


@cache
def _machine() -> str:
    """Return eight digits that stand for this machine, or the container, whose processes can be seen from here."""
    space = ""
    with contextlib.suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def clear_beside(final: Path) -> None:
    """Remove what commands that were killed left of a file or folder, beside it."""
    for path in final.parent.glob(f".{glob.escape(final.name)}.*"):
        _clear(path)


def clear_leftovers(folder: Path) -> None:
    """Remove what commands that were killed left in a folder, at any depth, under temporary names."""
    for path in [*folder.rglob(".*.tmp"), *folder.rglob(".*.old")]:
        _clear(path)


def leftovers(folder: Path) -> list[Path]:
    """Return what is left in a folder, at any depth, under temporary names of which nobody is at work on."""
    found = [*folder.rglob(".*.tmp"), *folder.rglob(".*.old")]
    return [path for path in found if (of := LEFT.fullmatch(path.name)) is None or not _alive(int(of["process"]))]


def _clear(path: Path) -> None:
    """Remove what is left over under a temporary name, if nobody is at work on it: its process is gone, or it is old.

    The whole folder that was being replaced at that moment gets its name back.
    """
    found = LEFT.fullmatch(path.name) or _LEFT_BEFORE.fullmatch(path.name)
    if found is None:
        return
    with contextlib.suppress(OSError):
        here = found.groupdict().get("machine") == _machine()
        if _alive(int(found["process"])) if here else time.time() - path.stat().st_mtime < _STALE:
            return
        final = path.with_name(found["final"])
        if path.suffix == ".old" and not final.exists():
            path.rename(final)
        elif path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    """Whether a process of this machine still runs; where that cannot be asked without harm (Windows), that it does."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _replace(temporary: Path, final: Path) -> None:
    if final.exists():
        old = temporary.with_suffix(".old")
        final.rename(old)
        temporary.rename(final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        temporary.rename(final)
