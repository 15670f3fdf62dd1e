"""What results are told apart by: symbol, regime, hour, component and the others of SPEC 6."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from untaken.projections.definition import DAY, Projection
from untaken.projections.packing import Digit, Packing, in_parts, sums_by

EXCHANGE_ZONE = "America/New_York"
"""Zone of the exchange whose time of day is told (default)."""

SESSIONS = (
    ("open", 0),
    ("mid_morning", 10 * 60 + 30),
    ("lunch", 12 * 60),
    ("afternoon", 13 * 60 + 30),
    ("close", 15 * 60),
)
"""Parts of the day in the exchange's zone and the minute from which each lasts until the next."""

CONFIDENCE_STEP_E4 = 500
"""Width of a confidence bucket in 1e-4."""

_NAME = r'"(?:[^"\\]|\\.)*":'
"""A name in compact JSON, with the colon behind it."""


@dataclass(frozen=True)
class Dimension:
    """A way to tell rows apart; `many`: the value is a list, and a row counts under each of its values."""

    name: str
    value: pl.Expr
    many: bool = False

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows with their value; of several values one row each, of none one with null."""
        valued = rows.with_columns(value=self.value)
        if not self.many:
            return valued
        return valued.explode("value", empty_as_null=True, keep_nulls=True)


@dataclass(frozen=True)
class ByDimension(Projection):
    """A projection of the same sums under every dimension; its keys end with dimension and value."""

    dimensions: tuple[Dimension, ...] = ()

    def spread(self, source: pl.LazyFrame) -> pl.LazyFrame:
        """Return what each row adds to each sum, once under each dimension."""
        rows = self.rows(self.dated(source)).with_columns(self.contributions().values())
        return self._long(rows).select(DAY, *self.keys, *self.sums)

    def bulk(self, source: pl.LazyFrame) -> Iterator[pl.DataFrame]:
        """Yield tables of parts of the rows, in which each dimension is summed by itself.

        Under all dimensions at once the rows would be many times as many.
        """
        read = {name for each in self.dimensions for name in each.value.meta.root_names()}
        # Sums may share a column's name with what dimensions are read from.
        sums = [value.alias(f"{SUM} {name}") for name, value in self.contributions().items()]
        rows = self.rows(self.dated(source))
        for part in in_parts(rows.select(*self._shared, *sorted(read - {*self._shared}), *sums)):
            yield self._part(part)

    def _part(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the table of some rows: one number for the shared keys, and dimension and value behind it."""
        packing = Packing(rows, self._shared)
        sums = rows.select(pl.col(f"{SUM} {name}").alias(name) for name in self.sums)
        valued = [each.of(rows.lazy().with_row_index(ROW)).select(ROW, VALUE) for each in self.dimensions]
        texts = [value.collect() for value in valued]
        known = pl.concat(text[VALUE].unique() for text in texts).drop_nulls().unique().sort()
        names = pl.Series(sorted(each.name for each in self.dimensions), dtype=pl.String)
        dimension = Digit.of_texts(NAME, names, nullable=False)
        value = Digit.of_texts(VALUE, known, nullable=True)
        packing.make_room(dimension.size * value.size)
        tables = []
        for each, text in zip(self.dimensions, texts, strict=True):
            shared = packing.numbers.gather(text[ROW]) if each.many else packing.numbers
            number = (shared * dimension.size + int(names.index_of(each.name) or 0)) * value.size
            summed = sums[text[ROW]] if each.many else sums
            tables.append(sums_by(number + value.ranks(text[VALUE]), summed, list(self.sums)))
        packing.follow(dimension)
        packing.follow(value)
        return self.unpacked(packing, pl.concat(tables).sort("number"))

    def _long(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return rows once under each dimension: of a few rows one sum is several times faster than many."""
        single = {each.name: each.value for each in self.dimensions if not each.many}
        index = [*self._shared, *self.sums]
        # Dimensions and sums may share a column's name with what they are read from.
        named = {f"{NAME} {name}": value for name, value in single.items()}
        valued = rows.select(*index, *(value.alias(name) for name, value in named.items()))
        long = valued.unpivot(list(named), index=index, variable_name=NAME, value_name=VALUE)
        several = [
            each.of(rows).select(*index, pl.lit(each.name).alias(NAME), VALUE)
            for each in self.dimensions
            if each.many
        ]
        return pl.concat([long.with_columns(pl.col(NAME).str.strip_prefix(f"{NAME} ")), *several])

    @property
    def _shared(self) -> list[str]:
        return [DAY, *(key for key in self.keys if key not in {NAME, VALUE})]


NAME, VALUE, SUM, ROW = "dimension", "value", "sum", "row of the part"


def confidence_e4() -> pl.Expr:
    """Return the confidence as a whole number of 1e-4."""
    return (pl.col("confidence") * 10_000).round(0, mode="half_to_even").cast(pl.Int64)


def confidence_bucket() -> pl.Expr:
    """Return the number of the confidence's bucket of 0.05 (Int32), 1.0 in the last; null without one."""
    last = 10_000 // CONFIDENCE_STEP_E4 - 1
    return (confidence_e4() // CONFIDENCE_STEP_E4).clip(0, last).cast(pl.Int32)


def confidence_name() -> pl.Expr:
    """Return the confidence's bucket by its lower bound: "0.60" holds 0.60 up to below 0.65."""
    lower = confidence_bucket() * (CONFIDENCE_STEP_E4 // 100)
    digits = lower.cast(pl.String).str.zfill(2)
    return pl.when(confidence_bucket().is_not_null()).then(pl.concat_str(pl.lit("0."), digits))


def utc_hour(at: pl.Expr) -> pl.Expr:
    """Return the hour of a time in microseconds, as two digits."""
    return (at // 3_600_000_000 % 24).cast(pl.String).str.zfill(2)


def time_of_day(at: pl.Expr, zone: str = EXCHANGE_ZONE) -> pl.Expr:
    """Return the part of the exchange's day that a time in microseconds lies in."""
    local = pl.from_epoch(at, "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()
    name = pl.lit(SESSIONS[0][0])
    for session, since in SESSIONS[1:]:
        name = pl.when(minute >= since).then(pl.lit(session)).otherwise(name)
    return pl.when(at.is_not_null()).then(name)


def component_names(column: str = "components") -> pl.Expr:
    """Return the names of the components that have a score, from compact JSON of scores by name."""
    return _names(column).list.eval(_plain(pl.element().str.slice(1).str.strip_suffix('":')))


def strongest_component(column: str = "components") -> pl.Expr:
    """Return the component with the score of largest size; of equals the first that was reported."""
    scores = pl.col(column).str.replace_all(_NAME, "").str.strip_chars("{}").str.split(",")
    sizes = scores.list.eval(pl.element().cast(pl.Float64, strict=False).abs())
    name = _names(column).list.get(sizes.list.arg_max(), null_on_oob=True)
    return _plain(name.str.slice(1).str.strip_suffix('":'))


def _names(column: str) -> pl.Expr:
    return pl.col(column).str.extract_all(_NAME)


def _plain(name: pl.Expr) -> pl.Expr:
    r"""Undo JSON's \" and \\; names hold nothing else that is escaped."""
    return name.str.replace_many(['\\"', "\\\\"], ['"', "\\"])


def _shared(zone: str, entered_at: pl.Expr) -> Iterable[Dimension]:
    yield Dimension("overall", pl.lit(None, dtype=pl.String))
    for name in ("symbol", "sector", "regime", "timeframe"):
        yield Dimension(name, pl.col(name))
    yield Dimension("symbol_timeframe", pl.concat_str("symbol", "timeframe", separator=" "))
    for name in ("direction", "strategy"):
        yield Dimension(name, pl.col(name))
    yield Dimension("component_present", component_names(), many=True)
    yield Dimension("component_strongest", strongest_component())
    yield Dimension("tag", pl.col("tags").list.unique(), many=True)
    yield Dimension("model_version", pl.col("model_version"))
    yield Dimension("confidence", confidence_name())
    yield Dimension("utc_hour", utc_hour(entered_at))
    yield Dimension("time_of_day", time_of_day(entered_at, zone))


def signal_dimensions(zone: str = EXCHANGE_ZONE) -> tuple[Dimension, ...]:
    """Dimensions of a ledger row; times are those of the signal."""
    return tuple(_shared(zone, pl.col("at")))


def trade_dimensions(zone: str = EXCHANGE_ZONE) -> tuple[Dimension, ...]:
    """Dimensions of a trade; times are those of its entry, as that is when it was decided on."""
    entered_at = pl.coalesce("entry_at", "at")
    return (*_shared(zone, entered_at), Dimension("actor", pl.col("actor")))
