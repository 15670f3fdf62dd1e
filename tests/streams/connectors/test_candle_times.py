"""Times of any notation mean one instant, or are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.streams.connectors.builders import MARCH_4_S, bars, csv, rows
from untaken.streams.connectors.candles.times import Zone, read_times
from untaken.streams.connectors.report import ImportRefused

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)
TEN_US = MARCH_4_S * 1_000_000


def microseconds(*cells: object, zone: str | None = None) -> list[int | None]:
    return read_times(pl.Series("ts", cells), Zone(zone), "file").open_at.to_list()


@pytest.mark.parametrize("per_second", [1, 1_000, 1_000_000, 1_000_000_000])
def test_the_unit_of_an_epoch_follows_from_its_magnitude(per_second: int) -> None:
    assert microseconds(MARCH_4_S * per_second) == [TEN_US]
    assert microseconds(str(MARCH_4_S * per_second)) == [TEN_US]


def test_units_may_change_within_a_file_as_binance_did() -> None:
    assert microseconds(MARCH_4_S * 1_000, (MARCH_4_S + 60) * 1_000_000) == [TEN_US, TEN_US + 60_000_000]


@given(
    st.integers(min_value=315_532_800, max_value=4_102_444_799),
    st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]),
)
def test_every_second_from_1980_to_2100_is_read_in_every_unit(second: int, per_second: int) -> None:
    assert microseconds(second * per_second) == [second * 1_000_000]


@pytest.mark.parametrize("cell", [0, -5, 12, 20_240_304, 202_403_041_000, 10**30])
def test_a_number_that_can_be_no_time_is_none(cell: int) -> None:
    assert read_times(pl.Series("ts", [float(cell), float(MARCH_4_S)]), Zone(), "file").open_at.to_list() == [
        None,
        TEN_US,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04T10:00:00Z",
        "2024-03-04 10:00:00+00:00",
        "2024-03-04 10:00:00.000 UTC",
        "2024-03-04T11:00:00+01:00",
        "2024-03-04T05:00:00.000000-0500",
        "2024/03/04 10:00Z",
        "04.03.2024 10:00:00.000 GMT",
    ],
)
def test_texts_with_a_zone_need_no_other(text: str) -> None:
    assert microseconds(text) == [TEN_US]


@pytest.mark.parametrize(
    "text", ["2024-03-04 10:00", "2024.03.04 10:00:00", "04.03.2024 10:00:00.000", "20240304 100000"]
)
def test_texts_without_a_zone_are_refused_until_one_is_given(text: str) -> None:
    with pytest.raises(ImportRefused, match="name no time zone"):
        microseconds(text)

    assert microseconds(text, zone="UTC") == [TEN_US]
    assert microseconds(text, zone="America/New_York") == [TEN_US + 5 * 3_600_000_000]


def test_naive_datetimes_and_days_are_refused_until_a_zone_is_given() -> None:
    for cell in (datetime(2024, 3, 4, 10), date(2024, 3, 4)):  # noqa: DTZ001 - naive on purpose
        with pytest.raises(ImportRefused, match="say which"):
            microseconds(cell)

    assert microseconds(date(2024, 3, 4), zone="UTC") == [TEN_US - 10 * 3_600_000_000]


def test_day_and_month_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ImportRefused, match="day first or month first"):
        microseconds("03/04/2024 10:00", zone="UTC")


def test_times_that_a_clock_change_skips_or_repeats_are_none() -> None:
    found = read_times(
        pl.Series("ts", ["2024-03-31 02:30", "2024-10-27 02:30", "2024-03-04 11:00"]),
        Zone("Europe/Berlin"),
        "file",
    )

    assert found.open_at.to_list() == [None, None, TEN_US]
    assert found.notes == ("2 times do not exist or come twice in Europe/Berlin (clock change)",)


def test_unknown_zones_and_texts_that_are_no_times_are_refused() -> None:
    with pytest.raises(ImportRefused, match="not known"):
        Zone("Mars/Olympus")
    with pytest.raises(ImportRefused, match="is no time"):
        microseconds("soon", zone="UTC")
    with pytest.raises(ImportRefused, match="holds no times"):
        microseconds("", None)
    with pytest.raises(ImportRefused, match="no times"):
        read_times(pl.Series("ts", [True]), Zone(), "file")


def test_some_times_with_a_zone_among_others_without_are_refused() -> None:
    with pytest.raises(ImportRefused, match="name a zone and the others do not"):
        microseconds("2024-03-04 10:00:00", "2024-03-04 10:00:00Z", zone="UTC")


def test_a_column_that_names_utc_needs_no_zone(tmp_path: Path) -> None:
    lines = [(f"2024-03-04 10:0{place}", *row[1:]) for place, row in enumerate(rows(step_s=60))]

    found, _ = bars(csv(tmp_path / "AAA_USD-1m.csv", lines, header="Gmt time,Open,High,Low,Close,Volume"))

    assert found[0].open_at == TEN


def test_date_and_time_in_two_columns_are_joined(tmp_path: Path) -> None:
    lines = [("2024.03.04", f"10:0{place}", *row[1:5]) for place, row in enumerate(rows(step_s=60))]

    found, _ = bars(
        csv(
            tmp_path / "bars.csv",
            lines,
            header="<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>",
            separator="\t",
        ),
        symbol="AAA/USD",
        timezone="UTC",
    )

    assert [bar.open_at.minute for bar in found] == [0, 1, 2, 3]
