"""A checksum of the footer of a Parquet file, which no page checksum covers, between the pages and the footer."""

import hashlib
import os
from pathlib import Path
from typing import IO

_MARK = b"RUMORSEAL"
_LENGTH = len(_MARK) + hashlib.sha256().digest_size
_TAIL = 8
"""Bytes at the end of a Parquet file: the length of the footer, and a magic word."""


def seal(file: IO[bytes]) -> None:
    """Put the checksum into a Parquet file that was just written; the file is open for reading and writing.

    Readers find pages and footer by their own places, so that nothing changes for them.
    """
    footer = _footer(file)
    if footer is not None:
        file.seek(-len(footer), os.SEEK_END)
        file.write(_MARK + hashlib.sha256(footer).digest() + footer)
    file.seek(0, os.SEEK_END)


def is_broken(path: Path) -> bool:
    """Whether the footer of a Parquet file is not what was written; raises OSError. False if it has no checksum."""
    with path.open("rb") as file:
        footer = _footer(file)
        if footer is None or file.seek(0, os.SEEK_END) < len(footer) + _LENGTH:
            return False
        file.seek(-len(footer) - _LENGTH, os.SEEK_END)
        said = file.read(_LENGTH)
        return said.startswith(_MARK) and said[len(_MARK) :] != hashlib.sha256(footer).digest()


def _footer(file: IO[bytes]) -> bytes | None:
    """Return the footer with its length and the magic word; None if there can be none of that length."""
    size = file.seek(0, os.SEEK_END)
    if size < _TAIL:
        return None
    file.seek(-_TAIL, os.SEEK_END)
    length = int.from_bytes(file.read(4), "little") + _TAIL
    if length > size:
        return None
    file.seek(-length, os.SEEK_END)
    return file.read(length)
