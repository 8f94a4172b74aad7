"""Folders of results: they appear whole or not at all, and say what they were made from."""

import contextlib
import hashlib
import inspect
import json
import platform
import subprocess
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.experiment.sealing import is_broken, seal
from sim.outcomes.tables import file_options
from sim.scenario.kinds import OUTCOMES, ROUTES, TIES, plugged
from sim.scenario.user_rules import RULES, USERS
from sim.whole import LEFT, whole_file, whole_folder

MANIFEST = "manifest.json"
LOCK = ".lock"
SCHEMA = 1
"""Version of the layout of a results folder."""


@cache
def code_hash() -> str:
    """Return SHA-256 (16 digits) of the sources, those of plug-ins too: results of other code are never reused."""
    package = Path(__file__).resolve().parent.parent
    hashed = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        if not {"report", "cli", "exam"} & set(path.relative_to(package).parts[:1]):
            hashed.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    for entry, made in (pair for group in (TIES, ROUTES, OUTCOMES, RULES, USERS) for pair in plugged(group)):
        source = inspect.getsourcefile(inspect.unwrap(made))
        text = Path(source).read_bytes() if source else b""
        hashed.update(f"{entry.group} {entry.name} {entry.value}".encode() + text)
    return hashed.hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Return the versions on which a result rests."""
    names = ("rumorlab", "mesa", "numpy", "numba", "networkx", "pandas", "pyarrow", "pydantic")
    return {"python": platform.python_version(), "code": code_hash(), **{name: version(name) for name in names}}


@cache
def git_commit() -> str | None:
    """Return the commit of the checkout that runs, with '+changes' if files differ; None outside a checkout."""
    folder = Path(__file__).resolve().parent.parent.parent
    if not (folder / ".git").exists():
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        ask = {"cwd": folder, "capture_output": True, "text": True, "timeout": 10}
        head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, **ask).stdout.strip()  # type: ignore[call-overload]
        dirty = subprocess.run(["git", "status", "--porcelain"], check=True, **ask).stdout.strip()  # type: ignore[call-overload]
        return f"{head}+changes" if dirty else str(head)
    return None


@contextlib.contextmanager
def new_folder(final: Path, *, own: bool = False) -> Iterator[Path]:
    """Make a folder under a temporary name, and rename it once its content is whole.

    `own`: whatever lies there is known to be ours, and is replaced. Else raises ResultError if it is somebody's.
    """
    if not own:
        refuse_foreign(final)
    try:
        with whole_folder(final) as temporary:
            yield temporary
    except OSError as problem:
        raise ResultError(f"{final}: cannot be written ({problem.strerror or problem})") from None


def _ours(path: Path) -> bool:
    """Whether a file or folder is what a command leaves behind that was killed before it had begun."""
    return path.name == LOCK or LEFT.fullmatch(path.name) is not None


def results_folder(name: str) -> Path:
    """Return where results go by default: a folder of that name in results/, whatever the name: never elsewhere."""
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    return Path("results") / (kept.strip("-") or "unnamed")


def refuse_foreign(folder: Path) -> None:
    """Raise if a folder exists and is not one of ours: nothing of the user's is ever overwritten."""
    if folder.exists() and not folder.is_dir():
        raise ResultError(f"{folder}: is a file; give a folder")
    if folder.is_dir() and any(not _ours(path) for path in folder.iterdir()) and not (folder / MANIFEST).is_file():
        words = f"is not empty and holds no Rumorlab results itself{_instead(folder)}"
        raise ResultError(f"{folder}: {words}; give another folder (--out)")


@contextlib.contextmanager
def new_file(final: Path, hint: str = "") -> Iterator[IO[bytes]]:
    """Open a file that is there whole or not at all, also after Ctrl-C or a power cut; raises ResultError."""
    try:
        with whole_file(final) as file:
            yield file
    except OSError as problem:
        raise ResultError(f"{final}: cannot be written ({problem.strerror or problem}){hint}") from None


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    with new_file(path) as file:
        file.write(text.encode())


def write_json(path: Path, data: Any) -> None:
    """Write plain data whole or not at all."""
    write_text(path, to_json(data))


def read_json(path: Path, empty: Any) -> Any:
    """Read plain data of the kind of `empty`; raises ResultError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise ResultError(f"{path}: cannot be read ({problem})") from None
    if not isinstance(data, type(empty)):
        raise ResultError(f"{path}: damaged, or of another version")
    return data


def to_json(data: Any) -> str:
    """Return JSON with NaN and infinities as null."""
    return json.dumps(_finite(data), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_manifest(folder: Path, data: dict[str, Any]) -> None:
    """Write what a results folder says of itself, with a checksum, so that damage is seen when it is read."""
    write_text(folder / MANIFEST, to_json({**data, "checksum": _checksum(data)}))


def _checksum(data: dict[str, Any]) -> str:
    plain = json.dumps(_finite({key: value for key, value in data.items() if key != "checksum"}), sort_keys=True)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if isinstance(data, float) and (data != data or data in (float("inf"), float("-inf"))):
        return None
    return data


def write_table(folder: Path, name: str, table: pa.Table) -> None:
    """Write one table as Parquet, whole or not at all."""
    with new_file(folder / f"{name}.parquet") as file:
        pq.write_table(table, file, **file_options(name, table.schema))
        seal(file)


def read_table(
    folder: Path, name: str, columns: Sequence[str] | None = None, where: list[tuple[str, str, Any]] | None = None
) -> pa.Table:
    """Read one table of a run folder, or some of its columns and the rows for which all of `where` holds.

    `where`: (column, "==" or "in", value) each.
    """
    path = folder / f"{name}.parquet"
    try:
        names = None if columns is None else list(columns)
        if is_broken(path):
            raise ResultError(f"{path}: damaged: its footer is not what was written")
        return pq.read_table(path, columns=names, filters=where, page_checksum_verification=True)
    except FileNotFoundError:
        raise ResultError(f"{path}: is not there: it was deleted, or not recorded") from None
    except (OSError, pa.ArrowException) as problem:
        raise ResultError(f"{path}: cannot be read ({str(problem).partition(chr(10))[0]})") from None


def _instead(folder: Path) -> str:
    """Return where results lie that may be meant: inside a folder that holds none itself, or in one named alike."""
    with contextlib.suppress(OSError):
        if not folder.exists():
            near = get_close_matches(folder.name, [path.name for path in folder.parent.iterdir() if path.is_dir()], n=1)
            return f"; did you mean {folder.parent / near[0]}?" if near else ""
        times = {path.parent: path.stat().st_mtime for path in folder.glob(f"*/{MANIFEST}")}
        newest = sorted(times, key=lambda path: (-times[path], path.name))
        more = f" and {len(newest) - 3} more" if len(newest) > 3 else ""
        return f"; there are in {', '.join(map(str, newest[:3]))}{more}" if newest else ""
    return ""


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what goes wrong over results that are not as they should be into one message; raises ResultError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as problem:
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise ResultError(f"{folder}: damaged, or written by another version of Rumorlab ({reason})") from None


def whole_files(folder: Path, manifest: dict[str, Any]) -> bool:
    """Whether the tables that a manifest names are there, of the size that was written."""
    try:
        return all((folder / name).stat().st_size == size for name, size in manifest.get("files", {}).items())
    except (OSError, AttributeError):
        return False


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a results folder; raises ResultError if it is none, or of another layout."""
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(f"{folder}: no results here (no {MANIFEST}){_instead(folder)}") from None
    except NotADirectoryError:
        raise ResultError(f"{folder}: is a file; give a folder of results") from None
    except (OSError, ValueError, RecursionError) as problem:
        raise ResultError(f"{path}: cannot be read ({problem})") from None
    if not isinstance(data, dict):
        raise ResultError(f"{path}: is no manifest of Rumorlab")
    if data.get("schema") != SCHEMA:
        raise ResultError(f"{path}: written by another version of Rumorlab (layout {data.get('schema')}, not {SCHEMA})")
    if "checksum" in data and data["checksum"] != _checksum(data):
        raise ResultError(f"{path}: damaged: it is not what was written (its checksum does not hold)")
    return data
