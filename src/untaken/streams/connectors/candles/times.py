"""Bar times of any notation as microseconds since the epoch; a zone is read, given or refused, never assumed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from untaken.streams.connectors.report import ImportRefused

_YEAR_1980_S = 315_532_800
_YEAR_2100_S = 4_102_444_800
_UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y")
_CLOCKS = ("", " %H:%M:%S%.f", " %H:%M", " %H%M%S")
_ZONE = r"(?i)(\d\d:\d\d.*)(z|utc|gmt|[+-]\d\d:?\d\d)$"
_DAY_OR_MONTH = r"^\d{1,2}[/-]\d{1,2}[/-]\d{2,4}"
_SAMPLE = 200


@dataclass(frozen=True)
class BarTimes:
    """Open times in microseconds UTC, null where a cell is no time; and what was found out about them."""

    open_at: pl.Series
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Zone:
    """The zone of times that name none: given by the user, UTC by the format's definition, or not known."""

    given: str | None = None
    utc_by_format: bool = False

    def __post_init__(self) -> None:
        if self.given is None:
            return
        try:
            ZoneInfo(self.given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ImportRefused(
                f"time zone was {self.given!r}, which is not known; "
                "write one such as UTC, Europe/Berlin or America/New_York"
            ) from None

    @property
    def name(self) -> str | None:
        return self.given or ("UTC" if self.utc_by_format else None)


def read_times(column: pl.Series, zone: Zone, place: str) -> BarTimes:
    """Read epochs (seconds to nanoseconds, by magnitude), datetimes and text.

    Raises ImportRefused where the times name no zone and none is known, or where day and month
    cannot be told apart.
    """
    if column.dtype == pl.String:
        return _of_text(column.str.strip_chars(), zone, place)
    if column.dtype == pl.Date:
        return _localised(column.cast(pl.Datetime("us")), zone, place)
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is not None:
            return BarTimes(column.cast(pl.Datetime("us", "UTC")).cast(pl.Int64))
        return _localised(column.cast(pl.Datetime("us")), zone, place)
    if column.dtype.is_numeric():
        return BarTimes(_of_epochs(column))
    raise ImportRefused(
        f"{place}: column {column.name!r} holds {column.dtype}, no times; name the column `ts`"
    )


def _of_epochs(column: pl.Series) -> pl.Series:
    """Tell the unit by the magnitude, row by row: between 1980 and 2100 no two units overlap."""
    number = pl.col("number")
    cases = [
        pl.when(number.is_between(_YEAR_1980_S * per, _YEAR_2100_S * per)).then(
            _scaled(number, column.dtype, per)
        )
        for per in _UNITS_PER_SECOND.values()
    ]
    return column.alias("number").to_frame().select(pl.coalesce(cases).alias("open_at")).to_series()


def _scaled(number: pl.Expr, dtype: pl.DataType, per_second: int) -> pl.Expr:
    microseconds = 1_000_000
    if per_second > microseconds:
        return number.cast(pl.Int64) // (per_second // microseconds)
    scaled = number * (microseconds // per_second)
    return (scaled if dtype.is_integer() else scaled.round()).cast(pl.Int64, strict=False)


def _of_text(column: pl.Series, zone: Zone, place: str) -> BarTimes:
    sample = column.drop_nulls().filter(column.drop_nulls() != "").head(_SAMPLE)
    if sample.is_empty():
        raise ImportRefused(f"{place}: column {column.name!r} holds no times")
    for dtype in (pl.Int64, pl.Float64):
        if sample.cast(dtype, strict=False).null_count() * 2 < len(sample) and not _is_compact_date(sample):
            return BarTimes(_of_epochs(column.cast(dtype, strict=False)))
    return _of_dates(column, sample, zone, place)


def _is_compact_date(sample: pl.Series) -> bool:
    return bool(sample.str.contains(r"^(19|20)\d{6}$").all())


def _of_dates(column: pl.Series, sample: pl.Series, zone: Zone, place: str) -> BarTimes:
    if sample.str.contains(_DAY_OR_MONTH).any():
        raise ImportRefused(
            f"{place}: times such as {sample[0]!r} can be read day first or month first; "
            "write them as 2017-04-03 14:00:00Z"
        )
    if sample.str.contains(_ZONE).all():
        return BarTimes(_parsed(_with_offset(column), _with_offset(sample), "%z", place))
    naive = _parsed(_spaced(column), _spaced(sample), "", place)
    return _localised(naive.cast(pl.Datetime("us")), zone, place, zoned=column.str.contains(_ZONE))


def _spaced(column: pl.Series) -> pl.Series:
    return column.str.replace(r"^(\S+?)[T_;]", "$1 ")


def _with_offset(column: pl.Series) -> pl.Series:
    utc = _spaced(column).str.replace(r"(?i)\s*(z|utc|gmt)$", "+0000")
    return utc.str.replace(r"\s*([+-]\d\d):?(\d\d)$", "$1$2")


def _parsed(column: pl.Series, sample: pl.Series, zone: str, place: str) -> pl.Series:
    """Parse by the notation that reads most of the sample, times in microseconds, null where it does not fit."""
    notations = [f"{date}{clock}{zone}" for date in _DATES for clock in _CLOCKS if clock or not zone]
    best = max(notations, key=lambda notation: len(sample) - _parse(sample, notation).null_count())
    parsed = _parse(column, best)
    if _parse(sample, best).null_count() == len(sample):
        raise ImportRefused(
            f"{place}: {sample[0]!r} in column {column.name!r} is no time; "
            "write times as 2024-03-04T10:00:00Z or as seconds or milliseconds since 1970"
        )
    return parsed.cast(pl.Int64)


def _parse(column: pl.Series, notation: str) -> pl.Series:
    if notation.endswith("%z"):
        return column.str.to_datetime(notation, time_unit="us", time_zone="UTC", strict=False)
    if "%H" not in notation:
        return column.str.to_date(notation, strict=False).cast(pl.Datetime("us"))
    return column.str.to_datetime(notation, time_unit="us", strict=False)


def _localised(naive: pl.Series, zone: Zone, place: str, zoned: pl.Series | None = None) -> BarTimes:
    if zone.name is None:
        shown = naive.drop_nulls().head(1).to_list()
        raise ImportRefused(
            f"{place}: times such as {shown[0] if shown else 'these'} name no time zone; "
            "say which one they are in, for example --timezone UTC"
        )
    local = naive.dt.replace_time_zone(zone.name, ambiguous="null", non_existent="null")
    mixed = 0 if zoned is None else int(zoned.fill_null(value=False).sum())
    if mixed:
        raise ImportRefused(
            f"{place}: {mixed} times name a zone and the others do not; write all of them alike"
        )
    lost = local.null_count() - naive.null_count()
    notes = (f"{lost} times do not exist or come twice in {zone.name} (clock change)",) if lost else ()
    return BarTimes(local.dt.convert_time_zone("UTC").cast(pl.Int64), notes)
