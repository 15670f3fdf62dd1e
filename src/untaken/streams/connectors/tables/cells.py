"""Cells of text as values of a field's type; what is none is told by line, and never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from untaken.schemas.annotations import model_in, shape_of
from untaken.streams.connectors.candles.times import Zone, read_times
from untaken.streams.connectors.report import MAX_EXAMPLES, Refusal
from untaken.streams.connectors.tables.mapping import Mapping as Wishes
from untaken.streams.connectors.tables.mapping import Source
from untaken.streams.connectors.tables.matching import Matched
from untaken.streams.connectors.tables.raw import LINE, RawTable

_MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "direction": {"buy": "long", "sell": "short", "bullish": "long", "bearish": "short"},
    "verdict": {
        "approve": "approved", "pass": "approved", "passed": "approved", "allow": "approved", "allowed": "approved",
        "accepted": "approved", "ok": "approved", "block": "blocked", "reject": "blocked", "rejected": "blocked",
        "deny": "blocked", "denied": "blocked", "veto": "blocked",
    },
    "mode": {"dry": "paper", "dry_run": "paper", "dry-run": "paper", "real": "live"},
}  # fmt: skip
"""Other words for what a field can be; a mapping's own `values` come first."""
_TRUE: Final = ("true", "t", "yes", "y", "1")
_FALSE: Final = ("false", "f", "no", "n", "0")
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROSECONDS: Final = 1_000_000
_NUMBER_WANTED: Final = "a number such as 64250.5, with a point"
_DECIMAL_COMMA: Final = "a number such as 64250,5, with a comma"


@dataclass
class Typed:
    """The fields of a table as columns named like them, beside `LINE`; lines with a cell that is no value are out."""

    frame: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class _Reader:
    """Reads the cells of one file."""

    raw: pl.DataFrame
    path: str
    wishes: Wishes
    notes: list[str]

    def text(self, source: Source) -> pl.Series:
        if source.value is not None:
            return pl.Series([str(source.value)], dtype=pl.String).new_from_index(0, self.raw.height)
        cells = self.raw[source.column or ""]
        return cells if not source.values else cells.replace(source.values)

    def read(self, name: str, source: Source, annotation: Any) -> tuple[pl.Series, str]:
        """Return the values of a field, null where a cell is none, and what was wanted."""
        bare = shape_of(annotation).bare
        if bare is datetime:
            return self._time(name, source), "a time"
        cells = self.text(source)
        if bare is float:
            return self._number(cells, source), self._number_wanted
        if bare is int:
            return cells.cast(pl.Int64, strict=False), "a whole number"
        if bare is bool:
            return _flags(cells), "true or false"
        if get_origin(bare) is Literal:
            return _choices(cells, name, get_args(bare)), ""
        return cells, ""

    @property
    def _number_wanted(self) -> str:
        return _NUMBER_WANTED if self.wishes.decimal == "." else _DECIMAL_COMMA

    def _number(self, cells: pl.Series, source: Source) -> pl.Series:
        if self.wishes.decimal == "," and source.value is None:
            cells = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        number = cells.cast(pl.Float64, strict=False)
        number = number.to_frame("n").select(pl.when(pl.col("n").is_finite()).then("n")).to_series()
        return number if source.factor is None else number * source.factor

    def _time(self, name: str, source: Source) -> pl.Series:
        """Return microseconds: by the unit that was said, else as candles are read."""
        cells = self.text(source)
        unit = source.unit or (
            self.wishes.unit if cells.cast(pl.Float64, strict=False).is_not_null().any() else None
        )
        if unit is not None:
            return _scaled(cells, _PER_SECOND[unit])
        if cells.null_count() == len(cells):
            return cells.cast(pl.Int64)
        zone = Zone(source.timezone or self.wishes.timezone)
        found = read_times(cells.alias(source.column or name), zone, f"{self.path}: {name}")
        self.notes.extend(found.notes)
        return found.open_at


def typed(raw: RawTable, matched: Matched, wishes: Wishes) -> Typed:
    """Read every field of a table; raises ImportRefused for times of which the zone or notation is not known."""
    rows = (
        raw.frame
        if matched.table.rows is None
        else raw.frame.filter(pl.col(matched.table.rows).is_not_null())
    )
    result = Typed(rows.select(LINE))
    reader = _Reader(rows, raw.path, wishes, result.notes)
    bad = pl.repeat(value=False, n=rows.height, eager=True)
    for name, source in matched.sources.items():
        for column, values, cells, wanted in _columns(reader, matched.model, name, source):
            result.frame = result.frame.with_columns(values.alias(column))
            wrong = values.is_null() & cells.is_not_null() if wanted else None
            if wrong is not None and wrong.any():
                result.refusals.append(_refusal(column, wanted, rows[LINE], cells, wrong & ~bad))
                bad |= wrong
    result.refusals = [refusal for refusal in result.refusals if refusal.count]
    result.frame = result.frame.filter(~bad)
    return result


def _columns(
    reader: _Reader, model: type[BaseModel], name: str, source: Source
) -> list[tuple[str, pl.Series, pl.Series, str]]:
    """Return (column, values, cells, what was wanted) of a field; a map or list has a column for each member."""
    part, _, inner = name.partition(".")
    annotation = model.model_fields[part].annotation
    record = model_in(annotation)
    if inner and record is not None:
        annotation = record.model_fields[inner].annotation
    if source.columns is not None:
        member = _member(annotation)
        return [
            (f"{name}\x00{key}", *_read(reader, key, Source(column=column), member))
            for key, column in source.named.items()
        ]
    if source.derive is not None:
        return [(name, _joined(reader.raw, source.derive), pl.Series([None], dtype=pl.String), "")]
    return [(name, *_read(reader, name, source, annotation))]


def _read(reader: _Reader, name: str, source: Source, annotation: Any) -> tuple[pl.Series, pl.Series, str]:
    values, wanted = reader.read(name, source, annotation)
    return values, reader.text(source), wanted


def _member(annotation: Any) -> Any:
    """Return what a map or list holds; a free map holds anything, read as text."""
    members = get_args(shape_of(annotation).bare)
    return members[-1] if members and shape_of(members[-1]).bare in {float, int, bool} else str


def _joined(raw: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Join cells to what an id is derived from; a row without any of them has none."""
    parts = [pl.col(name).fill_null("") for name in columns]
    some = pl.any_horizontal(pl.col(name).is_not_null() for name in columns)
    return raw.select(pl.when(some).then(pl.concat_str(parts, separator="\x1f"))).to_series()


def _scaled(cells: pl.Series, per_second: int) -> pl.Series:
    whole, real = cells.cast(pl.Int64, strict=False), cells.cast(pl.Float64, strict=False)
    if per_second > _MICROSECONDS:
        return whole // (per_second // _MICROSECONDS)
    factor = _MICROSECONDS // per_second
    return (whole * factor).fill_null((real * factor).round().cast(pl.Int64, strict=False))


def _flags(cells: pl.Series) -> pl.Series:
    small = pl.col("cells").str.to_lowercase()
    said = pl.when(small.is_in(_TRUE)).then(statement=True).when(small.is_in(_FALSE)).then(statement=False)
    return cells.to_frame("cells").select(said).to_series()


def _choices(cells: pl.Series, name: str, allowed: tuple[Any, ...]) -> pl.Series:
    """Return the words that a field can be; any other stays, for the event's own rules to refuse."""
    small = cells.str.to_lowercase()
    known = small.replace(_MEANINGS.get(name, {}))
    return (
        known.to_frame("known")
        .select(pl.when(pl.col("known").is_in(allowed)).then("known").otherwise(pl.lit(cells)))
        .to_series()
    )


def _refusal(column: str, wanted: str, lines: pl.Series, cells: pl.Series, wrong: pl.Series) -> Refusal:
    shown = zip(lines.filter(wrong).head(MAX_EXAMPLES), cells.filter(wrong).head(MAX_EXAMPLES), strict=True)
    examples = tuple(f"line {line}: {cell[:40]!r}" for line, cell in shown)
    return Refusal(f"{column.replace(chr(0), '.')} was not {wanted}", int(wrong.sum()), examples)
