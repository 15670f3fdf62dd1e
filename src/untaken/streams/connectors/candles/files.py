"""Candle files of every format as one raw frame."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from untaken.streams.connectors.candles.columns import BINANCE, FREQTRADE
from untaken.streams.connectors.report import ImportRefused

MAX_BYTES = 4 * 1024**3
"""Of one file, unpacked; more is asked to be split, before memory runs out."""

_PARQUET, _ARROW, _GZIP, _ZIP = b"PAR1", b"ARROW1", b"\x1f\x8b", b"PK\x03\x04"
_FEATHER_1 = b"FEA1"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class RawCandles:
    """A file's cells as they are; text where the format has no types. `first_line` counts from 1."""

    frame: pl.DataFrame
    first_line: int = 1
    utc_by_format: bool = False
    """Binance and freqtrade define their times as UTC."""


def read_raw(data: bytes, place: str) -> RawCandles:
    """Read the bytes of a Parquet, Arrow/Feather, JSON or CSV file, also gzipped or zipped.

    The content decides, not the name. Raises ImportRefused for anything that is no table of candles.
    """
    data = _unpacked(data, place)
    if not data.strip():
        raise ImportRefused(f"{place}: the file is empty; a candle file has one row a bar")
    if data.startswith(_PARQUET):
        return _columnar(lambda: pl.read_parquet(io.BytesIO(data)), "Parquet", place)
    if data.startswith((_ARROW, _FEATHER_1)):
        return _columnar(lambda: pl.read_ipc(io.BytesIO(data)), "Feather", place)
    if data.startswith(_PICKLES):
        raise ImportRefused(
            f"{place}: a pickle is never opened, since it can run any code; export it as Parquet or CSV"
        )
    if data.lstrip()[:1] in (b"[", b"{"):
        return _json(data, place)
    return _csv(data, place)


def _unpacked(data: bytes, place: str) -> bytes:
    try:
        if data.startswith(_GZIP):
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
        elif data.startswith(_ZIP):
            data = _only_member(data, place)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"{place}: cannot be unpacked ({error}); fetch or write the file again") from None
    if len(data) > MAX_BYTES:
        raise ImportRefused(f"{place}: larger than {MAX_BYTES // 1024**3} GiB; split it by month or symbol")
    return data


def _only_member(data: bytes, place: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            name for name in archive.namelist() if re.search(r"\.(csv|json|parquet)$", name, re.IGNORECASE)
        ]
        if len(members) != 1:
            raise ImportRefused(
                f"{place}: holds {len(members)} candle files, a zip may hold one; unpack it first"
            )
        with archive.open(members[0]) as member:
            return member.read(MAX_BYTES + 1)


def _columnar(read: Callable[[], pl.DataFrame], format_name: str, place: str) -> RawCandles:
    try:
        frame = read()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:120]
        raise ImportRefused(
            f"{place}: damaged {format_name} file ({reason}); fetch or write it again"
        ) from None
    return RawCandles(frame, utc_by_format=set(FREQTRADE) == set(frame.columns))


def _json(data: bytes, place: str) -> RawCandles:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ImportRefused(f"{place}: damaged JSON ({error}); fetch or write the file again") from None
    rows = document if isinstance(document, list) else [document]
    if all(isinstance(row, dict) for row in rows):
        return RawCandles(_text_frame({name: [row.get(name) for row in rows] for name in _keys(rows)}))
    width = _width(rows, place)
    names = FREQTRADE if width == len(FREQTRADE) else BINANCE
    columns = zip(*rows, strict=True)
    return RawCandles(_text_frame(dict(zip(names, map(list, columns), strict=True))), utc_by_format=True)


def _width(rows: list[Any], place: str) -> int:
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(widths) != 1 or not widths & {len(FREQTRADE), len(BINANCE)}:
        raise ImportRefused(
            f"{place}: no list of candles; expected rows of {len(FREQTRADE)} values (freqtrade: time, open, high, "
            f"low, close, volume) or {len(BINANCE)} (Binance klines), found rows of {sorted(widths)[:5]}"
        )
    return widths.pop()


def _keys(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _text_frame(columns: dict[str, list[Any]]) -> pl.DataFrame:
    """Cells as text: a column of JSON may mix numbers and strings, and text keeps long integers exact."""
    texts = {
        name: pl.Series(name, list(map(_text, cells)), dtype=pl.String) for name, cells in columns.items()
    }
    return pl.DataFrame(texts)


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return repr(cell)


def _csv(data: bytes, place: str) -> RawCandles:
    head = data[:65_536].decode("utf-8", errors="replace").splitlines()
    first = next((line for line in head if line.strip()), "")
    separator = max(",;\t|", key=first.count)
    if "\x00" in first or first.count(separator) < 3:
        raise ImportRefused(
            f"{place}: no candle file; known are CSV, Parquet, Feather, JSON and Binance klines"
        )
    if re.match(r'^"?\d{9,}"?[,;\t|]', first):
        return _binance(_cells(data, separator, place, header=False), place)
    return RawCandles(_cells(data, separator, place, header=True), first_line=2)


def _binance(frame: pl.DataFrame, place: str) -> RawCandles:
    if frame.width != len(BINANCE):
        raise ImportRefused(
            f"{place}: {frame.width} columns without a header; only Binance klines ({len(BINANCE)} columns) are "
            "known without one; add a first line such as ts,open,high,low,close,volume"
        )
    return RawCandles(frame.rename(dict(zip(frame.columns, BINANCE, strict=True))), utc_by_format=True)


def _cells(data: bytes, separator: str, place: str, *, header: bool) -> pl.DataFrame:
    """Every cell as text; a torn last line or a row with too few cells leaves nulls, which are refused by row."""
    try:
        return pl.read_csv(
            io.BytesIO(data),
            separator=separator,
            has_header=header,
            infer_schema=False,
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise ImportRefused(
            f"{place}: no readable CSV ({reason}); one header line and one row a bar are needed"
        ) from None
