"""Rows on their way into files: CSV, JSON Lines and Parquet, a batch at a time, whole or not at all."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import orjson
import polars as pl
from polars.exceptions import PolarsError

from untaken.reading.rows import E8

TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"
MAPS: Final = ("components", "features", "meta")
"""Columns of JSON text, which is part of a line as it is."""

_OF_SYSTEM: Final = re.compile(r"\(os error (\d+)\)")
"""How polars says that the disk refused."""

_BATCH_ROWS: Final = 5_000
_MONEY: Final = "_e8"


class Out(Protocol):
    """Whatever takes bytes."""

    def write(self, data: bytes, /) -> object: ...


def csv(rows: pl.LazyFrame, out: Out) -> int:
    """Write CSV with a header, and return how many rows; lists and records are JSON text."""
    written = 0
    for part, first in _batches(rows.select(_for_csv(rows))):
        out.write(part.write_csv(include_header=first).encode())
        written += part.height
    return written


def json_lines(rows: pl.LazyFrame, out: Out) -> int:
    """Write one JSON object a line, and return how many."""
    written = 0
    for lines in batches_of_lines(rows):
        out.write("".join(f"{line}\n" for line in lines).encode())
        written += len(lines)
    return written


def batches_of_lines(rows: pl.LazyFrame) -> Iterator[list[str]]:
    """Return rows as JSON objects, some thousands at a time."""
    for part, _ in _batches(lines_of(rows)):
        if part.height:
            yield part["line"].to_list()


def texts(rows: pl.LazyFrame) -> list[pl.Expr]:
    """Return the columns of rows with times as text."""
    return [_text(name, dtype) for name, dtype in rows.collect_schema().items()]


def parquet(rows: pl.LazyFrame, out: BinaryIO) -> int:
    """Write Parquet, compressed, and return how many rows; `out` is a file on disk."""
    try:
        rows.sink_parquet(out, compression="zstd", engine="streaming")
    except PolarsError as error:
        of_system = _OF_SYSTEM.search(str(error))
        if of_system is None:
            raise
        number = int(of_system[1])
        raise OSError(number, os.strerror(number), out.name) from None
    out.flush()
    return int(pl.scan_parquet(out.name).select(pl.len()).collect().item())


@contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """Open a file to be written beside its place, and put it there once all is written; else it is gone."""
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    try:
        with partial.open("wb") as out:
            yield out
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def decimals(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows with money, whole numbers of 1e-8 in columns that end in `_e8`, as decimals of the account currency."""
    return _with_money(rows, _decimal)


def floats(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows with money as the nearest floats."""
    return _with_money(rows, lambda name: pl.col(name) / E8)


def _with_money(rows: pl.LazyFrame, money: Callable[[str], pl.Expr]) -> pl.LazyFrame:
    return rows.select(
        money(name).alias(name.removesuffix(_MONEY)) if name.endswith(_MONEY) else pl.col(name)
        for name in rows.collect_schema()
    )


def lines_of(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return each row as one JSON object, in the column `line`; decimals are numbers, maps objects."""
    schema = rows.collect_schema()
    spliced = [name for name, dtype in schema.items() if dtype.is_decimal() or _is_map(name, dtype)]
    plain = [_text(name, dtype) for name, dtype in schema.items() if name not in spliced]
    members = (
        [pl.struct(plain).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")] if plain else []
    )
    members += [_member(name) for name in spliced]
    return rows.select(line=pl.concat_str(pl.lit("{"), pl.concat_str(members, separator=","), pl.lit("}")))


def _member(name: str) -> pl.Expr:
    """Return a column, whose text is JSON already, as a member of an object."""
    return pl.concat_str(
        pl.lit(f"{orjson.dumps(name).decode()}:"), pl.col(name).cast(pl.String).fill_null("null")
    )


def _is_map(name: str, dtype: pl.DataType) -> bool:
    return name in MAPS and dtype == pl.String()


def _for_csv(rows: pl.LazyFrame) -> Iterable[pl.Expr]:
    for name, dtype in rows.collect_schema().items():
        if isinstance(dtype, pl.List | pl.Struct):
            yield _as_json(name, dtype).alias(name)
        else:
            yield _text(name, dtype)


def _as_json(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return lists and records as JSON text, null where there is none."""
    encoded = pl.struct(_text(name, dtype).alias("v")).struct.json_encode()
    inner = encoded.str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(inner)


def _decimal(name: str) -> pl.Expr:
    """Return whole numbers of 1e-8 as decimals, exactly."""
    return pl.col(name).cast(pl.Decimal(38, 8)) / pl.lit(E8)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return times, also those within records of a list, as RFC 3339."""
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.strftime(TIME_FORMAT)
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        times = [field.name for field in dtype.inner.fields if isinstance(field.dtype, pl.Datetime)]
        told = [pl.element().struct.field(time).dt.strftime(TIME_FORMAT).alias(time) for time in times]
        return pl.col(name).list.eval(pl.element().struct.with_fields(*told)) if told else pl.col(name)
    return pl.col(name)


def _batches(rows: pl.LazyFrame) -> Iterator[tuple[pl.DataFrame, bool]]:
    """Collect rows a batch at a time, and tell which is the first; there always is one."""
    first = True
    for part in rows.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True, engine="streaming"):
        if first or part.height:
            yield part, first
        first = False
    if first:
        yield pl.DataFrame(schema=rows.collect_schema()), True
