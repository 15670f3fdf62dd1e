"""Dirty candles: what is valid is kept, what is not is refused, and all of it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.streams.connectors.builders import MARCH_4_S, Row, bars, csv, notes, rows
from untaken.streams.connectors.report import ImportRefused

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)


def with_cell(line: Row, place: int, cell: object) -> Row:
    return (*line[:place], cell, *line[place + 1 :])


def damaged(tmp_path: Path, place: int, cell: object) -> Path:
    lines = rows(6)
    lines[2] = with_cell(lines[2], place, cell)
    return csv(tmp_path / "AAA_USD-5m.csv", lines)


@pytest.mark.parametrize(
    ("place", "cell", "reason"),
    [
        (0, "", "its time cannot be read"),
        (0, "yesterday", "its time cannot be read"),
        (1, "", "a price is missing or no number"),
        (2, "NaN", "a price is missing or no number"),
        (2, "inf", "a price is missing or no number"),
        (3, "1,5x", "a price is missing or no number"),
        (4, 0, "a price is not above 0"),
        (4, -100.5, "a price is not above 0"),
        (1, 1e16, "a price is beyond what can be one"),
        (2, 90.0, "high is below low"),
    ],
)
def test_a_row_that_is_no_bar_is_refused_with_its_place_and_the_others_are_kept(
    tmp_path: Path, place: int, cell: object, reason: str
) -> None:
    lines = rows(6)
    lines[2] = with_cell(lines[2], place, f'"{cell}"')

    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", lines))

    assert len(found) == 5
    assert report.refused == 1
    assert f"1 refused: {reason} (first: row 4" in notes(report)


def test_a_torn_last_line_is_refused_alone(tmp_path: Path) -> None:
    path = csv(tmp_path / "AAA_USD-5m.csv", rows(6))
    path.write_text(path.read_text() + "1709548200,106")

    found, report = bars(path)

    assert (len(found), report.refused) == (6, 1)


def test_broken_utf8_is_refused_where_it_stands(tmp_path: Path) -> None:
    path = csv(tmp_path / "AAA_USD-5m.csv", rows(6))
    path.write_bytes(path.read_bytes().replace(b"102.0,103.0", b"\xff\xfe,103.0"))

    found, report = bars(path)

    assert (len(found), report.refused) == (5, 1)


def test_bars_out_of_order_are_sorted_and_counted(tmp_path: Path) -> None:
    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", [*rows(6)[3:], *rows(6)[:3]]))

    assert [bar.open for bar in found] == [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]
    assert "3 bars were out of order; sorted" in notes(report)


def test_a_repeated_bar_counts_once(tmp_path: Path) -> None:
    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", [*rows(6), *rows(2)]))

    assert len(found) == 6
    assert "2 bars stood in the file more than once; counted once" in notes(report)


def test_of_a_bar_with_two_prices_the_last_in_the_file_is_used(tmp_path: Path) -> None:
    repaired = with_cell(rows(1)[0], 4, 100.75)

    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", [*rows(6), repaired]))

    assert found[0].close == 100.75
    assert "1 bars stood in the file again with other prices; the last one is used" in notes(report)


def test_bars_of_a_shorter_interval_in_the_file_are_refused(tmp_path: Path) -> None:
    minutes = rows(4, step_s=60, start_s=MARCH_4_S + 60)

    found, report = bars(csv(tmp_path / "prices.csv", [*rows(30), *minutes]), symbol="AAA/USD")

    assert (len(found), report.refused) == (30, 4)
    assert "it does not lie on the grid of its interval" in notes(report)


def test_a_stretch_of_longer_bars_is_refused(tmp_path: Path) -> None:
    later = rows(25, step_s=300, start_s=MARCH_4_S + 6_000)

    found, report = bars(csv(tmp_path / "prices.csv", [*rows(100, step_s=60), *later]), symbol="AAA/USD")

    assert len(found) == 100
    assert "it lies in a stretch of bars of a longer interval" in notes(report)


def test_a_thin_market_with_irregular_gaps_is_kept_whole(tmp_path: Path) -> None:
    lines = [row for place, row in enumerate(rows(400, step_s=60)) if place * place % 7 < 4]

    found, report = bars(csv(tmp_path / "prices.csv", lines), symbol="AAA/USD")

    assert (len(found), report.refused) == (len(lines), 0)


@pytest.mark.parametrize("interval", ["4h", "1d"])
def test_bars_of_local_days_survive_the_change_of_clocks(tmp_path: Path, interval: str) -> None:
    step = timedelta(hours=4 if interval == "4h" else 24)
    local = [datetime(2024, 3, 1) + place * step for place in range(40)]  # noqa: DTZ001 - local times
    lines = [(f"{moment:%Y-%m-%d %H:%M}", *row[1:]) for moment, row in zip(local, rows(40), strict=True)]

    found, report = bars(
        csv(tmp_path / "prices.csv", lines), symbol="SPY", interval=interval, timezone="America/New_York"
    )

    assert (len(found), report.refused) == (40, 0)


def test_bars_closer_than_the_interval_asked_for_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="are 5m apart and cannot be 1h long"):
        bars(csv(tmp_path / "prices.csv", rows(10)), symbol="AAA/USD", interval="1h")


def test_bars_further_apart_than_the_interval_asked_for_are_kept_and_told(tmp_path: Path) -> None:
    found, report = bars(csv(tmp_path / "prices.csv", rows(10)), symbol="AAA/USD", interval="1m")

    assert {bar.interval for bar in found} == {"1m"}
    assert "mostly 5 min apart, longer than their interval 1m" in notes(report)


def test_crossed_bars_are_kept_and_counted(tmp_path: Path) -> None:
    header = "ts,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close"
    lines = [(*row[:5], *row[1:5]) for row in rows(6)]
    lines[1] = (*lines[1][:5], 100.9, 101.9, 99.9, 101.4)

    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", lines, header=header))

    assert len(found) == 6
    assert "1 bars have a bid above the ask; kept as they are" in notes(report)


def test_a_bar_with_half_a_bid_keeps_neither_side(tmp_path: Path) -> None:
    header = "ts,open,high,low,close,bid_open,bid_high,bid_low,bid_close"
    lines = [(*row[:5], *row[1:5]) for row in rows(6)]
    lines[1] = (*lines[1][:5], "", 102.0, 100.0, 101.5)

    found, report = bars(csv(tmp_path / "AAA_USD-5m.csv", lines, header=header))

    assert [bar.bid_open for bar in found[:2]] == [100.0, None]
    assert "1 bars keep no bid and ask" in notes(report)


def test_a_negative_volume_is_dropped_and_the_bar_kept(tmp_path: Path) -> None:
    found, report = bars(damaged(tmp_path, 5, -3))

    assert [bar.volume for bar in found[1:4]] == [7.0, None, 7.0]
    assert "1 bars keep no volume: it was below 0" in notes(report)


def test_a_close_beyond_the_high_is_kept_as_the_feed_sent_it(tmp_path: Path) -> None:
    found, report = bars(damaged(tmp_path, 4, 104.0))

    assert found[2].close == 104.0
    assert "1 bars open or close beyond their own high and low" in notes(report)


def test_a_file_without_one_usable_bar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ImportRefused, match="not one bar of 4 rows can be used: 4 refused: a price is not above 0"
    ):
        bars(csv(tmp_path / "AAA_USD-5m.csv", [with_cell(row, 4, 0) for row in rows()]))


def test_what_cannot_be_seen_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="give --symbol"):
        bars(csv(tmp_path / "prices.csv", rows()))
    with pytest.raises(ImportRefused, match="give --interval"):
        bars(csv(tmp_path / "prices.csv", rows(1)), symbol="AAA/USD")
    with pytest.raises(ImportRefused, match="calendar months"):
        bars(csv(tmp_path / "prices.csv", rows()), symbol="AAA/USD", interval="1M")
    lines = [(symbol, *row) for symbol in ("A", "B") for row in rows()]
    two = csv(tmp_path / "all.csv", lines, header="symbol,ts,open,high,low,close,volume")
    with pytest.raises(ImportRefused, match="would rename 2 symbols"):
        bars(two, symbol="AAA/USD")


def test_rows_without_a_symbol_are_refused(tmp_path: Path) -> None:
    lines = [("AAA/USD", *row) for row in rows(5)]
    lines[3] = ("", *rows(5)[3])

    found, report = bars(csv(tmp_path / "all.csv", lines, header="symbol,ts,open,high,low,close,volume"))

    assert (len(found), report.refused) == (4, 1)
    assert "it has no symbol" in notes(report)
