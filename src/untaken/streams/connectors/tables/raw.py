"""Files of CSV and JSON Lines as cells of text, each with the line that it stands in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from untaken.streams.connectors.report import MAX_EXAMPLES, ImportRefused, Refusal

MAX_BYTES: Final = 4 * 1024**3
"""Of one file, unpacked; more is asked to be split, before memory runs out."""
LINE: Final = " line"
"""Column of the line numbers, counted from 1; no file can name a column so."""

_WANTED: Final = "a table is CSV with a header, or JSON Lines, one object a line; plain or .gz"
_FOREIGN: Final = {
    b"\x80": f"a pickle, which is never opened, since it can run any code; {_WANTED}",
    b"PK": f"a zip archive or a workbook; unpack it, or save the sheet as CSV: {_WANTED}",
    b"PAR1": f"a Parquet file; candles are taken by untaken import candles; {_WANTED}",
    b"ARROW1": f"a Feather file; candles are taken by untaken import candles; {_WANTED}",
    b"SQLite": "a database; freqtrade's is taken by: untaken import freqtrade",
    b"\xff\xfe": f"text in UTF-16; save it as UTF-8: {_WANTED}",
    b"\xfe\xff": f"text in UTF-16; save it as UTF-8: {_WANTED}",
}
_SEPARATORS: Final = ",;\t|"
_BLANK_LINES: Final = re.compile(rb"\A(?:[ \t]*\r?\n)+")


@dataclass
class RawTable:
    """The cells of a file: String columns, empty ones null, and `LINE`; `refusals` are lines that are no row."""

    path: str
    digest: str
    frame: pl.DataFrame
    form: str
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != LINE]


def read_raw(path: Path, separator: str | None = None) -> RawTable:
    """Read a file whole; what it is, its content says and not its name.

    Raises ImportRefused for what is no table. `separator` of CSV is the sign most frequent in the header where not
    given.
    """
    packed = _bytes(path)
    data = _unpacked(packed, path).removeprefix(b"\xef\xbb\xbf")
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise ImportRefused(f"{path} is {what}")
    if not data.strip():
        raise ImportRefused(f"{path}: the file is empty; {_WANTED}")
    if data.lstrip()[:1] == b"[":
        raise ImportRefused(f"{path}: one JSON list; write one object a line, for example with: jq -c '.[]'")
    table = _json_lines(data, path) if data.lstrip()[:1] == b"{" else _csv(data, path, separator)
    table.digest = hashlib.sha256(data).hexdigest()
    return table


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImportRefused(
                f"{path}: larger than {MAX_BYTES // 1024**3} GiB; split it by month or symbol"
            )
        return path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None


def _unpacked(data: bytes, path: Path) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefused(f"{path}: cannot be unpacked ({error}); fetch or write the file again") from None
    if len(unpacked) > MAX_BYTES:
        raise ImportRefused(
            f"{path}: unpacked larger than {MAX_BYTES // 1024**3} GiB; split it by month or symbol"
        )
    return unpacked


def _csv(data: bytes, path: Path, separator: str | None) -> RawTable:
    if b"\n" not in data.rstrip() and b"\r" in data.rstrip():
        raise ImportRefused(f"{path}: its lines end as on old Macintoshes; save it with Unix line ends")
    body = _BLANK_LINES.sub(b"", data)
    header = body[:65_536].decode("utf-8", "replace").partition("\n")[0].strip()
    sign = separator or max(_SEPARATORS, key=header.count)
    _demand_header(header, sign, path)
    frame = _read_csv(body, sign, path)
    lines, cells = _line_numbers(body, sign, frame.height)
    above = data[: len(data) - len(body)].count(b"\n")
    frame = frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64) + above)
    named = [pl.col(name).str.strip_chars().replace("", None) for name in frame.columns if name != LINE]
    long = cells > frame.width - 1
    table = RawTable(
        str(path), "", frame.filter(~long).select(pl.col(LINE), *named), _FORMS.get(sign, repr(sign))
    )
    table.frame = table.frame.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
    if long.any():
        table.refusals.append(
            _lines(
                frame[LINE].filter(long),
                f"more cells than the header names ({frame.width - 1}); quote text that holds {sign!r}",
            )
        )
    return table


_FORMS: Final = {",": "CSV", ";": "CSV with semicolons", "\t": "CSV with tabs", "|": "CSV with bars"}


def _demand_header(header: str, separator: str, path: Path) -> None:
    names = [name.strip().strip('"') for name in header.split(separator)]
    if "\x00" in header or not any(name[:1].isalpha() for name in names):
        raise ImportRefused(f"{path}: its first line names no columns ({header[:60]!r}); {_WANTED}")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ImportRefused(f"{path}: column {doubled[0]!r} stands twice in the header; rename one of them")


def _read_csv(data: bytes, separator: str, path: Path) -> pl.DataFrame:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ImportRefused(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None
    try:
        frame = pl.read_csv(
            io.BytesIO(data), separator=separator, infer_schema=False, truncate_ragged_lines=True
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise ImportRefused(f"{path}: no readable CSV ({reason}); {_WANTED}") from None
    return frame.rename({name: name.strip() for name in frame.columns})


def _line_numbers(data: bytes, separator: str, rows: int) -> tuple[pl.Series, pl.Series]:
    """Return the first line of each row and its number of cells; by polars, unless cells hold line ends."""
    text = pl.Series("text", data.decode().rstrip("\r\n").split("\n"), dtype=pl.String)
    if len(text) - 1 != rows:
        return _counted_by_reading(data, separator, rows)
    bare = text.slice(1).str.replace_all(r'"[^"]*"', "")
    lines = pl.int_range(2, rows + 2, dtype=pl.Int64, eager=True)
    return lines, bare.str.count_matches(separator, literal=True).cast(pl.Int64) + 1


def _counted_by_reading(data: bytes, separator: str, rows: int) -> tuple[pl.Series, pl.Series]:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
    lines, cells, line = [], [], 1
    for row in reader:
        lines.append(line)
        cells.append(len(row))
        line = reader.line_num + 1
    shorter = rows - (len(lines) - 1)
    return (
        pl.Series([*lines[1:], *[line] * shorter][:rows], dtype=pl.Int64),
        pl.Series([*cells[1:], *[0] * shorter][:rows], dtype=pl.Int64),
    )


def _json_lines(data: bytes, path: Path) -> RawTable:
    lines = data.split(b"\n")
    numbered = [number for number, line in enumerate(lines, start=1) if line.strip()]
    refusals: list[Refusal] = []
    try:
        names = _names(data)
    except pl.exceptions.PolarsError:
        good = [number for number in numbered if _is_object(lines[number - 1])]
        bad = pl.Series(sorted(set(numbered) - set(good)))
        refusals.append(_lines(bad, "no JSON object {...}"))
        numbered, data = good, b"\n".join(lines[number - 1] for number in good)
        names = _named_singly(lines, good, path)
    frame = pl.read_ndjson(io.BytesIO(data), schema=dict.fromkeys(names, pl.String))
    cells = [pl.col(name).str.strip_chars().replace("", None) for name in names]
    frame = frame.select(pl.Series(LINE, numbered, dtype=pl.Int64), *cells)
    return RawTable(str(path), "", frame, "JSON Lines", refusals)


def _names(data: bytes) -> list[str]:
    return pl.read_ndjson(io.BytesIO(data), infer_schema_length=None).columns


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _named_singly(lines: list[bytes], good: list[int], path: Path) -> list[str]:
    names = list(dict.fromkeys(name for number in good for name in orjson.loads(lines[number - 1])))
    if not names:
        raise ImportRefused(f"{path}: no line holds a JSON object with a name in it; {_WANTED}")
    return names


def _lines(lines: pl.Series, reason: str) -> Refusal:
    return Refusal(reason, len(lines), tuple(f"line {line}" for line in lines.head(MAX_EXAMPLES)))
