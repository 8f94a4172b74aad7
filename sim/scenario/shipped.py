"""The scenarios and experiments that come with the package."""

import shutil
from pathlib import Path

from sim.errors import InputError

_PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = ("scenarios", "experiments")


def shipped_root() -> Path:
    """Return the folder with scenarios/ and experiments/: inside an installed package, else beside it in a checkout."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent


def copy_shipped(target: Path) -> list[Path]:
    """Copy the shipped files to a folder to edit; nothing that is there is overwritten."""
    root = shipped_root()
    files = [
        path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in (".yaml", ".json")
    ]
    goals = [target / path.relative_to(root) for path in files]
    there = [goal for goal in goals if goal.exists()]
    if there:
        raise InputError(f"{there[0]}: exists already; give a new folder (nothing was written)")
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file; give a folder")
    try:
        for path, goal in zip(files, goals, strict=True):
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, goal)
    except OSError as problem:
        raise InputError(f"{target}: cannot be written ({problem.strerror or problem})") from None
    return goals
