"""What a results folder is for: one wish each; nothing that is finished is replaced by, or mixed with, another's."""

import contextlib
import glob
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.errors import ResultError
from sim.experiment.store import LOCK, MANIFEST, code_hash, new_file, read_manifest, refuse_foreign
from sim.experiment.workers import refuse_in_worker
from sim.scenario.scenario import digest_of
from sim.whole import clear_leftovers

try:
    import fcntl
except ImportError:  # Windows has no such locks: two commands at once on one folder are not told apart there
    fcntl = None  # type: ignore[assignment]


_FIELDS = {"what": "kind", "name": "name", "design": "design", "scenarios": "scenarios", "code": "code"}
_CHECKS = ("sensitivity", "causes", "scale", "sensitivity.json", "causes.json", "scale.json")


@dataclass(frozen=True)
class Claim:
    """What a results folder is for. Two claims are one and the same wish if they are equal."""

    what: str
    """Kind of results: run, comparison, sweep, ..."""
    name: str
    """Name of the experiment or the scenario."""
    design: str
    """Seeds, points and shard in words; not the number of paired runs, which may grow."""
    scenarios: str
    """Digest of all scenarios."""
    code: str
    """Version of the code that runs."""

    @property
    def digest(self) -> str:
        """Hash of the wish, eight digits."""
        return digest_of(asdict(self))[:8]

    def words(self) -> str:
        """Return it in words."""
        design = f"{self.design}, " if self.design else ""
        return f"the {self.what} '{self.name}' ({design}scenarios {self.scenarios[:8]}, code {self.code[:8]})"


def claim_of(what: str, name: str, scenarios: Any, **design: Any) -> Claim:
    """Return the claim of a wish with this code; `scenarios` is all that its results come from, as plain data."""
    words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in design.items() if value not in (None, ""))
    return Claim(what, name, words, digest_of(scenarios)[:16], code_hash())


def claim_in(manifest: dict[str, Any], folder: Path) -> Claim | None:
    """Return of which wish a manifest is; None if an earlier version wrote it. Raises ResultError if it is damaged."""
    data = manifest.get("claim")
    try:
        return None if data is None else Claim(**data)
    except TypeError:
        raise ResultError(f"{folder / MANIFEST}: damaged, or written by another version (claim)") from None


def check_claim(folder: Path, claim: Claim) -> dict[str, Any] | None:
    """Return the manifest of a folder that holds results of this wish, or None if it holds nothing.

    Raises ResultError if it is somebody's, or holds results of another wish: both are named.
    """
    refuse_foreign(folder)
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder)
    known = claim_in(manifest, folder)
    if known == claim:
        return manifest
    words = known.words() if known is not None else f"a {manifest.get('what')} of an earlier version of Rumorlab"
    both = (asdict(known), asdict(claim)) if known is not None else ({}, {})
    differs = ", ".join(_FIELDS[field] for field in both[0] if both[0][field] != both[1][field])
    new = claim.words() + (f" (other {differs})" if differs else "")
    raise ResultError(f"{folder}: holds {words}, and this is {new}; nothing was changed: give another folder (--out)")


def refuse_inside(folder: Path) -> None:
    """Raise if a folder lies inside one that holds results: what is in there belongs to them."""
    for above in folder.absolute().parents:
        if (above / MANIFEST).is_file():
            try:
                what = read_manifest(above).get("what")
            except ResultError:
                continue
            raise ResultError(f"{folder}: lies inside the {what} in {above}; give another folder (--out)")


def place_for(out: Path | None, default: Path, claim: Claim) -> Path:
    """Return where the results of a wish go: where the user says, if that holds no others; else a place of its own."""
    if out is None:
        return folder_for(default, claim)
    refuse_inside(out)
    check_claim(out, claim)
    return out


def folder_for(default: Path, claim: Claim) -> Path:
    """Return where a wish goes by default: its usual folder, or beside it where that holds anything else."""
    for folder in (default, default.with_name(f"{default.name}-{claim.digest}")):
        try:
            check_claim(folder, claim)
        except ResultError:
            continue
        return folder
    return folder


@contextlib.contextmanager
def at_work(folder: Path, claim: Claim) -> Iterator[dict[str, Any] | None]:
    """Keep other commands from writing to a folder meanwhile; yield its manifest if it holds results of this wish.

    What commands that were killed have left there under way is cleared. Raises what `check_claim` raises.
    """
    refuse_in_worker()
    check_claim(folder, claim)
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as problem:
        raise ResultError(f"{folder}: cannot be written ({problem.strerror or problem})") from None
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                words = "another command is writing to it; wait for its end, or give another folder (--out)"
                raise ResultError(f"{folder}: {words}") from None
            except OSError:  # a file system without locks
                pass
        try:
            found = check_claim(folder, claim)  # again: another command may just have begun and ended
            clear_leftovers(folder)
            yield found
        finally:
            clear_leftovers(folder)  # of workers that were given up
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()  # if nothing was written


def write_own(path: Path, text: str | Iterable[str], mark: str = "") -> None:
    """Write a text to a file, unless that is somebody's: it is replaced only if it says the mark, or just the same.

    A mark names what a page is of; without one only the same text is written again. A long text may come in pieces.
    Raises ResultError.
    """
    pieces = [text] if isinstance(text, str) else text
    try:
        if path.exists() and not (mark and mark.encode() in path.read_bytes()):
            _refuse_other(path, pieces)
            return
    except OSError as problem:
        raise ResultError(f"{path}: cannot be written ({problem.strerror or problem})") from None
    with new_file(path) as file:
        for piece in pieces:
            file.write(piece.encode())


def _refuse_other(path: Path, pieces: Iterable[str]) -> None:
    with path.open("rb") as there:
        same = all(there.read(len(data)) == data for data in (piece.encode() for piece in pieces))
        if not same or there.read(1):
            words = "exists already and holds something else; nothing was changed: give another file"
            raise ResultError(f"{path}: {words}")


def free_page(path: Path, mark: str) -> Path:
    """Return where a page goes by default: its usual file, or beside it where that is of something else."""
    try:
        mine = not path.exists() or mark.encode() in path.read_bytes()
    except OSError:
        mine = False
    return path if mine else path.with_name(f"{path.stem}-{mark.split()[2][:8]}{path.suffix}")


def mark_of(*what: Any) -> str:
    """Return a comment for an HTML or Markdown page that says what it is of, by which `write_own` knows it again."""
    return f"<!-- rumorlab {digest_of(json.dumps(what, default=str))[:16]} -->"


def write_beside(path: Path, text: str, same: tuple[str, ...]) -> None:
    """Write what a check found; one of another wish that is there already is kept beside it, under its own digest.

    `same`: fields that say of which wish it is.
    """
    with contextlib.suppress(FileNotFoundError):
        try:
            there, new = json.loads(path.read_text(encoding="utf-8")), json.loads(text)
            mine = isinstance(there, dict) and all(there.get(key) == new.get(key) for key in same)
        except ValueError:
            mine = False
        except OSError as problem:
            if isinstance(problem, FileNotFoundError):
                raise
            raise ResultError(f"{path}: cannot be read ({problem.strerror or problem})") from None
        if not mine:
            kept = path.with_name(f"{path.stem}-{digest_of(path.read_bytes().hex())[:8]}{path.suffix}")
            os.replace(path, kept)
    with new_file(path) as file:
        file.write(text.encode())


def beside(path: Path) -> list[Path]:
    """Return a file of a check and those of other wishes that `write_beside` has kept beside it."""
    return [path, *sorted(path.parent.glob(f"{glob.escape(path.stem)}-????????{path.suffix}"))]


def place_of_check(out: Path | None, default: Path, claim: Claim) -> Path:
    """Return where what a check finds goes: in the folder of its comparison, or one of no other results."""
    for folder in (out,) if out is not None else (default, default.with_name(f"{default.name}-{claim.digest}")):
        try:
            _check_of(folder, claim)
        except ResultError:
            if out is not None:
                raise
            continue
        return folder
    return folder


def _check_of(folder: Path, claim: Claim) -> None:
    """Raise ResultError if a folder holds results that are not those of the comparison `claim`, or somebody's files."""
    if (folder / MANIFEST).is_file():
        check_claim(folder, claim)
    elif folder.is_dir():
        ours = [path for path in folder.iterdir() if path.name in _CHECKS or (path / MANIFEST).is_file()]
        if not ours:
            refuse_foreign(folder)
    else:
        refuse_foreign(folder)
    refuse_inside(folder)
