"""Text files of pairs, packed or not: read a piece at a time, never more than is allowed."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import DataError

MOST_BYTES = 2_000_000_000
MOST_PACKED = 200
"""How many times its packed size a file may be; lists of ties come to 3 to 20."""
SMALL = 20_000_000
"""Bytes up to which it does not matter how well a file is packed."""
LONGEST_LINE = 1_000_000
PIECE = 50_000
"""Lines at a time."""


class _Counted(io.RawIOBase):
    """A file of bytes that says when there is too much in it."""

    def __init__(self, inner: BinaryIO, name: str, packed: int) -> None:
        self.inner, self.name, self.packed, self.read_so_far = inner, name, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self.inner.read(len(buffer))
        except (OSError, EOFError, zlib.error) as problem:
            raise DataError(f"{self.name}: cannot be read ({problem})") from None
        self.read_so_far += len(data)
        if self.read_so_far > MOST_BYTES:
            raise DataError(f"{self.name}: larger than {MOST_BYTES:,} bytes")
        if self.packed and self.read_so_far > max(SMALL, MOST_PACKED * self.packed):
            raise DataError(
                f"{self.name}: is packed more than {MOST_PACKED} times ({self.packed:,} bytes hold more than "
                f"{self.read_so_far:,}); unpack it yourself if that is right"
            )
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path, name: str) -> Iterator[BinaryIO]:
    """Open a file of text, unpacked if it is gzipped, within the bounds of this module; raises DataError."""
    packed = path.suffix == ".gz"
    try:
        inner = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115
        size = path.stat().st_size if packed else 0
    except OSError as problem:
        raise DataError(f"{name}: cannot be read ({problem})") from None
    with inner:
        yield io.BufferedReader(_Counted(cast(BinaryIO, inner), name, size), 1 << 16)


class Form(NamedTuple):
    """How a list is written: its delimiter, the fields of its first line, the lines before it."""

    delimiter: str
    fields: list[str]
    before: int


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number from 1."""
    for number in range(1, MOST_BYTES):
        raw = file.readline(LONGEST_LINE)
        if not raw:
            return
        if len(raw) == LONGEST_LINE:
            raise DataError(f"{name}:{number}: a line of more than {LONGEST_LINE:,} bytes; no list of pairs")
        try:
            yield number, raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DataError(f"{name}:{number}: not UTF-8 text") from None


def sniff(path: Path, name: str) -> Form:
    """Return how a list is written, by its first line that is no comment; raises DataError."""
    blank = True
    with opened(path, name) as file:
        for number, whole in _lines(file, name):
            line = whole.strip()
            blank &= not line
            if not line or line[0] in "#%":
                continue
            delimiter = next((d for d in ("\t", ",", ";") if d in line), r"\s+")
            try:
                fields = line.split() if delimiter == r"\s+" else next(csv.reader([line], delimiter=delimiter))
            except csv.Error as problem:
                raise DataError(f"{name}:{number}: cannot be read as a list ({problem})") from None
            if len(fields) < 2:
                raise DataError(f"{name}:{number}: needs at least two columns, got '{line[:60]}'")
            return Form(delimiter, [f.strip().strip('"') for f in fields], number - 1)
    raise DataError(f"{name}: is empty" if blank else f"{name}: has nothing but comments")


def pieces(path: Path, name: str, form: Form, header: bool) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Yield the first two columns of a list as labels, some lines at a time; raises DataError."""
    done = 0
    with opened(path, name) as file:
        try:
            frames = pd.read_csv(
                file,
                sep=form.delimiter,
                header=None,
                skiprows=form.before + header,
                usecols=[0, 1],
                dtype=str,
                comment="#",
                engine="c",
                keep_default_na=False,
                encoding="utf-8-sig",
                quotechar='"',
                chunksize=PIECE,
            )
            for frame in frames:
                columns = [pc.utf8_trim_whitespace(pa.array(frame[k], pa.string(), from_pandas=True)) for k in (0, 1)]
                for column in columns:
                    filled = pc.fill_null(pc.not_equal(column, ""), False)
                    if not pc.all(filled).as_py():
                        row = done + pc.index(filled, False).as_py()
                        raise DataError(f"{name}:{_line_of(path, name, form, header, row)}: a line without two labels")
                done += len(frame)
                yield columns[0], columns[1]
        except pd.errors.EmptyDataError:
            raise DataError(f"{name}: has a header and no line after it") from None
        except (ValueError, pd.errors.ParserError) as problem:
            raise DataError(f"{name}: not a list of pairs ({str(problem).strip()})") from None


def _line_of(path: Path, name: str, form: Form, header: bool, row: int) -> int:
    """Return the line of the file on which a row stands; blank lines and comments are no rows."""
    with opened(path, name) as file:
        for number, line in _lines(file, name):
            if number <= form.before + header or not line.strip() or line.startswith("#"):
                continue
            if row == 0:
                return number
            row -= 1
    return number
