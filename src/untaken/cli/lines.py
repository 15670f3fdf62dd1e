"""Files of JSON Lines as emit reads them: plain or gzipped, told apart by their first bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from untaken.errors import UntakenError

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What some editors put before UTF-8; it means nothing."""

_LINES_WANTED: Final = "emit takes JSON Lines, one object a line, plain or .gz"
_FOREIGN: Final = {
    b"\x80": f"a pickle, which is never opened, since it can run any code; {_LINES_WANTED}",
    b"PK": "a zip archive; unpack it, or import a backtest result with: untaken import freqtrade",
    b"PAR1": "a Parquet file; candles are taken by: untaken import candles",
    b"ARROW1": "a Feather file; candles are taken by: untaken import candles",
    b"SQLite": f"a database; {_LINES_WANTED}",
    b"\xff\xfe": f"text in UTF-16; save it as UTF-8: {_LINES_WANTED}",
    b"\xfe\xff": f"text in UTF-16; save it as UTF-8: {_LINES_WANTED}",
}


class NoSuchFile(UntakenError):
    """A file that was named does not exist or is no file; nothing was emitted."""


class NotLines(UntakenError):
    """A file that was named holds no JSON Lines; nothing was emitted."""


class BrokenOff(UntakenError):
    """A compressed file is damaged; the lines before the damage are in the log."""


class LinesFile:
    """One file of JSON Lines.

    Raises `NoSuchFile` or `NotLines` at once, so that nothing is emitted of the files beside it either.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NoSuchFile(f"{path} is no file that can be read; name JSON Lines files, plain or .gz")
        self.path = path
        self._first_bytes = _beginning(path)
        self._damage: str | None = None
        for magic, what in _FOREIGN.items():
            if self._first_bytes.startswith(magic):
                raise NotLines(f"{path} is {what}")

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; those before a damage are yielded, `demand_whole` then tells of it."""
        with self.path.open("rb") as plain:
            if self._first_bytes.startswith(_GZIP):
                yield from self._unpacked(gzip.GzipFile(fileobj=plain))
            else:
                yield from _without_mark(plain)

    def demand_whole(self) -> None:
        """Raise `BrokenOff` if the file could not be read to its end."""
        if self._damage is not None:
            raise BrokenOff(self._damage)

    def _unpacked(self, packed: gzip.GzipFile) -> Iterator[bytes]:
        whole = 0
        try:
            for line in _without_mark(packed):
                yield line
                whole += 1
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._damage = (
                f"{self.path} is damaged after line {whole} ({error}); the lines before are in the log: "
                "fetch the file anew and emit it whole, ids that are there already count once"
            )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _without_mark(lines: Iterator[bytes]) -> Iterator[bytes]:
    first = next(lines, None)
    if first is not None:
        yield first.removeprefix(_BYTE_ORDER_MARK)
    yield from lines
