"""Where files are: the folder that a study may not leave, how messages name a file, where data are looked for."""

import os
from pathlib import Path

from sim.errors import DataError

_FOLDERS = ("scenarios", "experiments")


def root_of(path: Path) -> Path:
    """Return the folder that paths in a file may not leave.

    That is the folder that holds `scenarios/` or `experiments/` if the file lies in one of these, at most two folders
    deep, else its own; never the root of the file system.
    """
    path = path.resolve()
    for folder in list(path.parents)[:3]:
        if folder.name in _FOLDERS and folder.parent != Path(folder.anchor):
            return folder.parent
    return path.parent


def shown(path: Path) -> str:
    """Return how messages name a file: relative to the working folder where it lies below."""
    here = Path.cwd()
    full = Path(os.path.abspath(path))
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)


def inside(name: str, folder: Path, root: Path) -> Path | None:
    """Return the real path of `name` seen from `folder`, or None if it leaves `root` (by '..', '/' or a link)."""
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(root.resolve()) else None


def locate(file: str, root: Path) -> Path:
    """Find a data file below the scenario's root or its `scenarios/`, else below the folder in RUMORLAB_DATA."""
    return _found(file, ((root / "scenarios", "scenarios/"), (root, "the folder of the study"), _data_folder()))


def data_file(file: str) -> Path:
    """Find a data file below the folder in RUMORLAB_DATA; raises DataError if it is not there."""
    return _found(file, (_data_folder(),))


def _data_folder() -> tuple[Path | None, str]:
    data = os.environ.get("RUMORLAB_DATA", "")
    return Path(data) if data else None, "RUMORLAB_DATA"


def _found(file: str, folders: tuple[tuple[Path | None, str], ...]) -> Path:
    looked = []
    for folder, words in folders:
        if folder is None:
            looked.append(f"{words} (not set)")
            continue
        path = inside(file, folder, folder)
        if path is None:
            raise DataError(f"{file}: a data file must lie below {words}")
        if path.is_file():
            return path
        if folder.is_dir():
            looked.append(f"{words} ({folder})")
    raise DataError(f"{file}: data missing; looked in {' and '.join(looked)}")
