"""Machine code that is kept between runs, and when it is out of date.

Numba keeps what it compiles beside the sources, and drops it when the file of the function changes. But compiled code
holds that of all it calls, and the numbers, of other files: when those change, numba would go on with what it has, and
nothing would say so. Here what is kept goes by a digest of the function's file, of all that it imports of its own
package and of Rumorlab, and of what those import. What cannot be read, being of another version, counts as not there.
"""

import hashlib
import os
import pickle
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

try:
    from numba.core.caching import FunctionCache, IndexDataCacheFile
except ImportError:  # numba's cache is not ours to rely on
    FunctionCache = IndexDataCacheFile = object  # type: ignore[assignment,misc]
    CAN_KEEP = False
else:
    CAN_KEEP = True
"""Whether numba lets us keep what it compiles; without, it is compiled anew at every start."""

_UNREADABLE = (AttributeError, ImportError, EOFError, IndexError, TypeError, ValueError, pickle.UnpicklingError)
"""What reading a file of another version can raise."""
_IMPORT = re.compile(r"^(?:from\s+([\w.]+)\s+import\s*(\([^)]*\)|[^\n]*)|import\s+([^\n#]+))", re.MULTILINE)
_NAME = re.compile(r"\w+")
_OWN = __name__.partition(".")[0]


def _imported(text: str, module: str, is_package: bool) -> set[str]:
    """Return the names of the modules that a source imports at its outermost level, and of what may be one."""
    found = set()
    for origin, names, plain in _IMPORT.findall(text):
        if plain:
            found |= {words.split()[0] for words in plain.split(",") if words.strip()}
            continue
        dots = len(origin) - len(origin.lstrip("."))
        if dots:
            parts = module.split(".")
            keep = len(parts) - dots + is_package
            origin = ".".join(parts[:keep] + [part for part in origin[dots:].split(".") if part])
        found.add(origin)
        found |= {f"{origin}.{name}" for name in _NAME.findall(names)}
    return found


@cache
def _source(module: str) -> tuple[bytes, frozenset[str]] | None:
    """Return the digest of a module's file and what it imports; None if it is no module with a source file."""
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None)
    if file is None or not file.endswith(".py"):
        return None
    try:
        content = Path(file).read_bytes()
    except OSError:
        return None
    names = _imported(content.decode("utf-8", "replace"), module, hasattr(loaded, "__path__"))
    return hashlib.sha256(content).digest(), frozenset(names)


def _folder_of(module: str) -> str:
    """Return the folder in which a module's file lies; empty if it has none."""
    return os.path.dirname(getattr(sys.modules.get(module), "__file__", None) or "")


@cache
def sources_of(module: str) -> tuple[str, ...]:
    """Return the modules that compiled code of a module depends on, sorted: itself, and what it imports of its own."""
    packages, folder = {_OWN, module.partition(".")[0]}, _folder_of(module)
    seen, left, found = {module}, [module], []
    while left:
        name = left.pop()
        source = _source(name)
        if source is None:
            continue
        found.append(name)
        for other in source[1] - seen:
            seen.add(other)
            if other.partition(".")[0] in packages or (folder and _folder_of(other) == folder):
                left.append(other)
    return tuple(sorted(found))


@cache
def stamp_of(module: str) -> str:
    """Return a digest of all sources that compiled code of a module depends on."""
    digest = hashlib.sha256()
    for name in sources_of(module):
        source = _source(name)
        digest.update(name.encode() + b"\0" + (source[0] if source else b""))
    return digest.hexdigest()


class _Index(IndexDataCacheFile):
    """What is kept of one function."""

    def __init__(self, module: str, stamp: Any, **places: Any) -> None:
        self._module, self._own_stamp = module, stamp
        super().__init__(source_stamp=None, **places)  # type: ignore[no-untyped-call]

    @property
    def _source_stamp(self) -> Any:
        """Worked out when it is asked for: by then all that the module imports is there."""
        return self._own_stamp, stamp_of(self._module)

    @_source_stamp.setter
    def _source_stamp(self, _: Any) -> None:
        """Numba's own stamp, which knows of one file only, is part of it already."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]
        except _UNREADABLE:
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)  # type: ignore[no-untyped-call]
        except _UNREADABLE as why:
            raise OSError(f"{name}: not readable") from why  # to numba, as good as not there


class Kept(FunctionCache):
    """Keeps what is compiled of one function, as long as none of the sources that it depends on changes."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file = _Index(
            function.__module__,
            self._impl.locator.get_source_stamp(),
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
        )


def keep(dispatcher: Any) -> Any:
    """Let what numba compiles of a function be kept between runs; return the function.

    Where no folder can be written (a read-only installation, and no home), it is compiled anew at every start; and so
    is what has no file (a cell of a notebook): nothing would say what else it holds.
    """
    if not CAN_KEEP or _source(dispatcher.py_func.__module__) is None:
        return dispatcher
    with suppress(RuntimeError, AttributeError):  # numba's word for that there is no such folder; or its parts moved
        dispatcher._cache = Kept(dispatcher.py_func)
    return dispatcher


def kept_in() -> Path | None:
    """Return the folder in which what is compiled of this package is kept; None if none can be written."""
    try:
        return Path(Kept(kept_in).cache_path) if CAN_KEEP else None
    except (RuntimeError, AttributeError):
        return None
