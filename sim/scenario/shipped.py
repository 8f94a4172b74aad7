"""The scenarios and experiments that come with the package."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from sim.errors import InputError
from sim.whole import whole_folder

_PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = ("scenarios", "experiments")
_MOST_NAMES = 1_000
"""Files of a folder among which the nearest name is looked for."""


def shipped_root() -> Path:
    """Return the folder with scenarios/ and experiments/: inside an installed package, else beside it in a checkout."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent


def there_or_shipped(name: str) -> Path:
    """Return the file of that name, or, where there is none, the shipped one: `experiments/riot.yaml` in any folder."""
    path = Path(name)
    if path.is_absolute() or path.exists():
        return path
    root = shipped_root()
    shipped = Path(os.path.normpath(root / path))
    known = any(shipped.is_relative_to(root / folder) for folder in FOLDERS) and shipped.is_file()
    return shipped if known else path


def as_typed(path: Path) -> str:
    """Return a file as it stands in a command that others can repeat: without the folders of this machine."""
    for folder in (Path.cwd(), shipped_root()):
        if path.is_absolute() and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name if path.is_absolute() else str(path)


def nearest_file(path: Path) -> str:
    """Return `; did you mean x?` for a YAML file that is not there, from those beside it and the shipped ones."""
    folders, root = [path.parent], shipped_root()
    if not path.is_absolute() or path.is_relative_to(Path.cwd()):
        typed = Path(as_typed(path)).parent
        folders += [root / typed] if typed.parts[:1] and typed.parts[0] in FOLDERS and ".." not in typed.parts else []
        folders += [one / folder for one in (Path(), root) for folder in FOLDERS]
    files = [file for folder in folders for file in islice(sorted(folder.glob("*.yaml")), _MOST_NAMES)]
    names = {as_typed(file): file.name for file in files}
    same = [name for name, own in names.items() if own == path.name]
    near = same or get_close_matches(as_typed(path), names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def copy_shipped(target: Path) -> list[Path]:
    """Copy the shipped files to a folder to edit; nothing that is there is overwritten."""
    root = shipped_root()
    files = [
        path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in (".yaml", ".json")
    ]
    try:
        there = [target / folder for folder in FOLDERS if (target / folder).exists()]
        if there:
            raise InputError(f"{there[0]}: exists already; give a new folder (nothing was written)")
        if target.exists() and not target.is_dir():
            raise InputError(f"{target}: is a file; give a folder")
        with _new(target) as goal_of:
            for path in files:
                goal = goal_of(path.relative_to(root))
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
    except OSError as problem:
        name = str(target) if len(str(target)) <= 120 else f"{str(target)[:117]}..."
        raise InputError(f"{name}: cannot be written ({problem.strerror or problem}); nothing was written") from None
    return [target / path.relative_to(root) for path in files]


@contextmanager
def _new(target: Path) -> Iterator[Callable[[Path], Path]]:
    """Give where each shipped file is to be put for now; all are in the target once they are whole, or none is.

    Folders above the target that are not there yet are made with it. One that is there gets the shipped folders.
    """
    full = Path(os.path.abspath(target))
    with ExitStack() as made:
        if full.exists():
            begun = {folder: made.enter_context(whole_folder(full / folder)) for folder in FOLDERS}
            yield lambda path: begun[path.parts[0]].joinpath(*path.parts[1:])
        else:
            top = next(path for path in (full, *full.parents) if path.parent.exists())
            inner = made.enter_context(whole_folder(top)) / full.relative_to(top)
            yield lambda path: inner / path
