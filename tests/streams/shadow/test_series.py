"""Which bar, and how much of it, counts where several lie over the same time."""

from dataclasses import replace
from random import Random

import numpy as np
import polars as pl
import pytest

from tests.reference.moments import MINUTE
from tests.reference.series import Series
from tests.streams.shadow.builders import (
    Candle,
    Quote,
    candle,
    flat,
    frame_of,
    series_of,
    slow_bars,
)
from tests.streams.shadow.chances import random_candles, random_quotes
from untaken.streams.shadow.series import PriceSeries, choose_sources, compose


def test_bars_of_one_interval_are_taken_whole_and_in_order_of_time() -> None:
    bars = [candle(2, 3, 3, 3, 3), candle(0, 1, 2, 0.5, 1.5), candle(1, 2, 2, 2, 2)]
    series = series_of(bars)

    assert minutes_of(series) == [(0, 1), (1, 2), (2, 3)]
    assert series.bid.high.tolist() == [2, 2, 3]
    assert not series.close_only.any()


def test_a_coarse_bar_is_dropped_where_finer_ones_reach_its_end() -> None:
    series = series_of([candle(0, 1, 9, 1, 5, minutes=60), *flat(55, 60)])

    assert minutes_of(series) == [(at, at + 1) for at in range(55, 60)]


def test_a_coarse_bar_counts_for_its_close_where_finer_ones_end_before_it() -> None:
    series = series_of([candle(0, 1, 9, 0.5, 5, minutes=60), *flat(10, 12)])

    assert minutes_of(series) == [(10, 11), (11, 12), (12, 60)]
    assert series.close_only.tolist() == [False, False, True]
    assert [column[2] for column in series.bid] == [5, 5, 5, 5]


def test_a_finer_bar_that_begins_at_the_close_of_a_coarse_one_does_not_touch_it() -> None:
    series = series_of([candle(0, 1, 9, 1, 5, minutes=60), *flat(60, 61)])

    assert minutes_of(series) == [(0, 60), (60, 61)]
    assert not series.close_only.any()


def test_three_intervals_leave_the_finest_at_each_moment() -> None:
    series = series_of(
        [candle(0, 1, 1, 1, 1, minutes=60), *flat(0, 15, minutes=5), *flat(5, 7), *flat(60, 70, minutes=5)]
    )

    assert minutes_of(series) == [(0, 5), (5, 6), (6, 7), (7, 10), (10, 15), (15, 60), (60, 65), (65, 70)]
    assert series.close_only.tolist() == [False, False, False, True, False, True, False, False]
    assert (series.interval_us // MINUTE).tolist() == [5, 1, 1, 5, 5, 60, 5, 5]


def test_a_bar_that_overlaps_its_predecessor_of_the_same_interval_counts_for_its_close() -> None:
    series = series_of([candle(0, 1, 1, 1, 1), candle(0.5, 2, 2, 2, 2), candle(1.5, 3, 3, 3, 3)])

    assert minutes_of(series) == [(0, 1), (1, 1.5), (1.5, 2.5)]
    assert series.close_only.tolist() == [False, True, False]


def test_of_two_bars_with_one_open_and_interval_the_first_stands() -> None:
    series = series_of([candle(0, 1, 1, 1, 1), candle(0, 2, 2, 2, 2)])

    assert series.bid.close.tolist() == [1]


def test_quotes_are_bars_of_no_length_and_leave_a_bar_around_them_its_close() -> None:
    quotes = [Quote(at=MINUTE // 2, bid=99, ask=101), Quote(at=MINUTE, bid=98, ask=102)]
    series = series_of([candle(0, 100, 105, 95, 100.5), candle(2, 100, 105, 95, 100)], quotes)

    assert minutes_of(series) == [(0.5, 0.5), (0.5, 1), (1, 1), (2, 3)]
    assert series.close_only.tolist() == [False, True, False, False]
    assert series.bid.open.tolist() == [99, 100.5, 98, 100]
    assert series.ask.open.tolist() == [101, 100.5, 102, 100]


def test_crossed_quotes_are_skipped_and_counted_equal_ones_are_not_crossed() -> None:
    quotes = [Quote(at=2, bid=97, ask=96.5), Quote(at=3, bid=101, ask=101), Quote(at=1, bid=1, ask=2)]
    series = series_of([], quotes)

    assert series.open_at.tolist() == [1, 3]
    assert series.crossed_quotes == 1


def test_longs_walk_the_bid_and_shorts_the_ask_where_a_bar_has_them() -> None:
    sided = replace(candle(0, 10, 12, 8, 11), bid=(9, 11, 7, 10), ask=(11, 13, 9, 12))
    series = series_of([sided, candle(1, 10, 12, 8, 11)])

    assert [column.tolist() for column in series.bid] == [[9, 10], [11, 12], [7, 8], [10, 11]]
    assert [column.tolist() for column in series.ask] == [[11, 10], [13, 12], [9, 8], [12, 11]]


def test_without_sides_both_walk_the_same_prices() -> None:
    series = compose(frame_of([candle(0, 1, 1, 1, 1)]).select(pl.exclude("^(bid|ask)_.*$")))

    assert series.ask is series.bid


def test_prices_are_rounded_to_twelve_digits_and_an_open_beyond_the_extremes_widens_them() -> None:
    series = series_of([candle(0, 98.00000000004, 97, 96, 96.5), candle(1, 94, 97, 96, 96.5)])

    assert series.bid.open.tolist() == [98.0, 94.0]
    assert series.bid.high.tolist() == [98.0, 97.0]
    assert series.bid.low.tolist() == [96.0, 94.0]


def test_no_bars_make_an_empty_series() -> None:
    assert len(series_of([])) == 0


@pytest.mark.parametrize("seed", range(40))
def test_random_bars_and_quotes_compose_as_the_slow_reference_does(seed: int) -> None:
    chance = Random(seed)
    candles = random_candles(chance)
    quotes = random_quotes(chance, candles) if seed % 2 else []
    chance.shuffle(candles)
    series = series_of(candles, quotes)
    expected = Series(slow_bars(sorted(candles, key=opened), quotes)).pieces

    assert list(zip(series.open_at, series.close_at, series.close_only, strict=True)) == [
        (piece.open_at, piece.at, not piece.whole) for piece in expected
    ]
    assert series.bid.close.tolist() == [float(piece.bar.bid.close) for piece in expected]
    assert series.ask.close.tolist() == [float(piece.bar.ask.close) for piece in expected]
    assert (series.close_at[:-1] <= series.open_at[1:]).all()


def test_the_finest_interval_anywhere_chooses_the_source_names_break_ties() -> None:
    chosen = sources({"a": 300, "b": 60, "c": 60}, {None: 60, "a": 60}, {"x": 60, "z": 3600})

    assert chosen == {"S0": "b", "S1": None, "S2": "x"}


def test_a_configured_source_is_taken_even_where_it_has_no_prices() -> None:
    chosen = sources({"a": 300, "b": 60}, {"a": 60}, configured={"S0": "a", "S1": "gone", "S9": "c"})

    assert chosen == {"S0": "a", "S1": "gone", "S9": "c"}


def test_blocks_hold_the_extremes_of_each_sixteen_bars() -> None:
    prices = np.arange(1.0, 41.0)
    series = series_of([candle(at, price, price, price, price) for at, price in enumerate(prices)])

    assert series.longs.block_high.tolist() == [16, 32]
    assert series.longs.block_low.tolist() == [1, 17]
    assert series.shorts.block_high.tolist() == [-1, -17]


def minutes_of(series: PriceSeries) -> list[tuple[float, float]]:
    return list(zip((series.open_at / MINUTE).tolist(), (series.close_at / MINUTE).tolist(), strict=True))


def opened(one: Candle) -> int:
    return one.open_at


def sources(
    *symbols: dict[str | None, int] | dict[str, int], configured: dict[str, str] | None = None
) -> dict[str, str | None]:
    rows = [
        {"symbol": f"S{place}", "source": source, "interval_us": interval}
        for place, symbol in enumerate(symbols)
        for source, interval in symbol.items()
    ]
    return dict(choose_sources(pl.DataFrame(rows), configured or {}).iter_rows())
