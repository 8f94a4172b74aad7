"""The scenarios and experiments that come with the package."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from glob import escape
from itertools import islice
from pathlib import Path

from sim.errors import InputError

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
        with _beside(target) as made:
            for path in files:
                goal = made / path.relative_to(root)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)
    except OSError as problem:
        name = str(target) if len(str(target)) <= 120 else f"{str(target)[:117]}..."
        raise InputError(f"{name}: cannot be written ({problem.strerror or problem}); nothing was written") from None
    return [target / path.relative_to(root) for path in files]


def _gone(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        pass
    return False


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a folder to fill that becomes the target by one rename, once it is whole; else nothing is left of it.

    Where the target is there, and not empty, what was made moves into it, each entry by a rename.
    """
    full = Path(os.path.abspath(target))
    top = full
    while not top.parent.exists():
        top = top.parent
    begun = f".{top.name[:80]}.begun-"
    for left in top.parent.glob(f"{escape(begun)}*"):  # of a command that was killed
        if _gone(left.name.removeprefix(begun)):
            shutil.rmtree(left, ignore_errors=True)
    made, moved = top.parent / f"{begun}{os.getpid()}", []
    try:
        inner = made / full.relative_to(top)
        inner.mkdir(parents=True)
        yield inner
        if not top.exists() or not any(top.iterdir()):
            made.rename(top)
        else:
            for entry in sorted(inner.iterdir()):
                entry.rename(full / entry.name)
                moved.append(full / entry.name)
    except BaseException:
        for entry in moved:
            shutil.rmtree(entry, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
