"""Where things stand in the drawings of the answers."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web import answers
from untaken.projections.statistics.histogram import bucket_of
from untaken.web.reports.charts.dates import MOST, date_ticks
from untaken.web.reports.charts.decay import decay_curve
from untaken.web.reports.charts.durations import durations
from untaken.web.reports.charts.equity import MOST_POINTS, equity
from untaken.web.reports.charts.months import heat_map
from untaken.web.reports.charts.ranks import rank_span, rank_words
from untaken.web.reports.charts.reliability import reliability
from untaken.web.reports.charts.sweeps import curve, squares
from untaken.web.reports.numbers import Money, duration, p_value, probability, too_few
from untaken.web.reports.parts.drawdowns import falls_of
from untaken.web.reports.words import Document

USD = Money("USD")


def day(at: str, in_turn: float | None = 0.0, real: float | None = None) -> Document:
    results = {"in_turn": in_turn, "alone": None, "real": real}
    return {"day": at, **{name: None if r is None else Decimal(str(r)) for name, r in results.items()}}


def test_days_add_up_to_months_and_months_to_years() -> None:
    found = heat_map(
        [day("2023-12-30", 10), day("2023-12-31", -4), day("2024-01-01", 2.5)], "in_turn", "shadow", USD
    )

    assert found is not None
    assert [(year.name, year.total) for year in found.years] == [("2023", "+6.00"), ("2024", "+2.50")]
    assert found.years[0].cells[11].text == "+6.00"
    assert found.years[1].cells[0].text == "+2.50"


def test_a_month_without_days_is_empty_and_one_that_came_to_nothing_is_a_zero() -> None:
    found = heat_map(
        [day("2024-01-01", 2), day("2024-03-01", 1), day("2024-03-02", -1)], "in_turn", "shadow", USD
    )

    assert found is not None
    cells = found.years[0].cells
    assert (cells[1].text, cells[1].shade) == ("", "none")
    assert (cells[2].text, cells[2].shade) == ("0.00", "even")


def test_gains_and_losses_are_shaded_by_size_apart() -> None:
    found = heat_map(
        [day("2024-01-01", 100), day("2024-02-01", -100), day("2024-03-01", 1)], "in_turn", "x", USD
    )

    assert found is not None
    assert [cell.shade for cell in found.years[0].cells[:3]] == ["gain-5", "loss-5", "gain-1"]


def test_a_book_that_never_had_a_result_has_no_heat_map() -> None:
    assert heat_map([day("2024-01-01", 1)], "real", "real", USD) is None


def decay(half_life: float | None = 60.0) -> Document:
    edge = {"0": 100.0, "1": 99.0, "5": 94.0, "15": 84.0, "30": 71.0, "60": 50.0, "300": None}
    known = half_life is not None
    return {
        "edge_ppm": edge,
        "edge_n": dict.fromkeys(edge, 40),
        "half_life_s": half_life,
        "half_life_interval_s": [40.0, 90.0] if known else None,
        "half_life_fit": {"edge_ppm": 100.0, "edge_error_ppm": 10.0} if known else None,
    }


def test_later_entries_stand_further_right_and_a_fading_edge_lower() -> None:
    found = decay_curve(decay())

    assert found is not None
    assert [dot.x for dot in found.dots] == sorted({dot.x for dot in found.dots})
    assert [dot.y for dot in found.dots] == sorted({dot.y for dot in found.dots})
    assert len(found.dots) == 6
    assert found.band
    assert found.half_life == pytest.approx(found.dots[5].x)


def test_without_a_half_life_nothing_is_fitted() -> None:
    found = decay_curve(decay(None))

    assert found is not None
    assert (found.fit, found.band, found.half_life, found.half_life_label) == ("", "", None, "")


def test_one_delay_makes_no_curve() -> None:
    assert decay_curve({**decay(), "edge_ppm": {"0": 100.0, "1": None}}) is None


def stage(*milliseconds: int) -> Document:
    buckets: dict[str, int] = {}
    for each in milliseconds:
        bucket = str(bucket_of(each * 1000))
        buckets[bucket] = buckets.get(bucket, 0) + 1
    ordered = sorted(milliseconds)
    middle = ordered[len(ordered) // 2] * 1000 if ordered else None
    worst = ordered[-1] * 1000 if ordered else None
    return {"n": len(milliseconds), "buckets": buckets, "median_us": middle, "p95_us": worst, "p99_us": worst}


def test_durations_of_several_stages_share_an_axis() -> None:
    drawn = durations([("decision", stage(1, 2, 4)), ("fill", stage(1000, 2000, 8000))])

    assert drawn is not None
    axis, (first, second) = drawn
    assert max(column.x for column in first.columns) < min(column.x for column in second.columns)
    assert [tick.at for tick in axis.ticks] == sorted(tick.at for tick in axis.ticks)


def test_marks_that_fall_together_share_one_label() -> None:
    drawn = durations([("fill", stage(20, 20, 20))])

    assert drawn is not None
    assert [mark.label for mark in drawn[1][0].marks] == ["median, p95, p99"]


def test_nothing_timed_draws_nothing() -> None:
    assert durations([("decision", stage()), ("fill", stage())]) is None


def test_durations_of_zero_have_a_place_too() -> None:
    assert durations([("decision", stage(0, 0))]) is not None


def test_a_bucket_whose_interval_leaves_out_its_confidence_is_marked() -> None:
    row = {"n": 40, "wins": 20, "win_rate": 0.5, "win_rate_interval": [0.338, 0.662]}
    kept, broken = reliability([row | {"mean_confidence": 0.55}, row | {"mean_confidence": 0.9}])

    assert (kept.outside, broken.outside) == (False, True)
    assert kept.x < broken.x


def test_a_rank_stands_among_those_that_are_not_excluded() -> None:
    span = rank_span({"rank": 2, "ranks_not_excluded": [1, 3]}, 4)

    assert span is not None
    assert span.low < span.at < span.high
    assert rank_words({"rank": 2, "ranks_not_excluded": [1, 3]}) == "2 (1 to 3)"
    assert rank_words({"rank": 2, "ranks_not_excluded": [2, 2]}) == "2"
    assert rank_span({"rank": None, "ranks_not_excluded": None}, 4) is None


def test_a_sweep_over_words_stands_at_equal_distances() -> None:
    scenarios = answers.sweep(("guards_off", [[], ["a"], ["b"]]))["groups"][0]["scenarios"]
    found = curve([[], ["a"], ["b"]], scenarios, USD)

    assert [dot.x for dot in found.dots] == [0, 50, 100]
    assert [tick.label for tick in found.across] == ["none", "a", "b"]


def test_a_grid_of_two_axes_is_a_heat_map_whose_best_is_marked() -> None:
    answer = answers.sweep(("take_profit_pct", [1.0, 2.0, 3.0]), ("stop_loss_pct", [0.5, 1.0]))
    group = answer["groups"][0]
    found = squares(answer["sweep"]["axes"], group["scenarios"], group["best"], USD)

    assert found is not None
    assert (found.columns, [name for name, _ in found.rows]) == (["0.5", "1"], ["1", "2", "3"])
    assert sum(square.best for _, row in found.rows for square in row) == 1
    assert squares(answer["sweep"]["axes"][:1], group["scenarios"], None, USD) is None


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 15_000))
def test_dates_across_are_few_in_order_and_inside(first: date, days: int) -> None:
    ticks = date_ticks(first, first + timedelta(days=days))

    assert len(ticks) <= MOST + 1
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert all(0 <= tick.at <= 100 for tick in ticks)


def test_long_curves_are_thinned_and_keep_their_end_and_their_deepest_day() -> None:
    first = date(2000, 1, 1)
    days = [
        day((first + timedelta(days=n)).isoformat(), -50 if n == 1001 else 50 if n == 1002 else 1)
        for n in range(5000)
    ]
    found = equity(days, USD)

    assert found is not None
    (shadow,) = found.curves
    assert shadow.path.count("L") <= MOST_POINTS + 1
    assert shadow.end == "+4,998.00 USD"
    assert "100.00" in shadow.under


def test_falls_are_told_from_peak_to_bottom_and_back() -> None:
    results = [10, -4, -3, 2, 9, -1]
    falls = falls_of([day(f"2024-01-{n:02}", result) for n, result in enumerate(results, 1)], "in_turn")

    assert [
        (fall.depth, fall.peak.day, fall.bottom.day, fall.until and fall.until.day) for fall in falls
    ] == [
        (Decimal(7), 1, 3, 5),
        (Decimal(1), 5, 6, None),
    ]


@pytest.mark.parametrize(
    ("us", "words"),
    [
        (0, "0 µs"),
        (950, "950 µs"),
        (1500, "1.5 ms"),
        (999_960, "1 s"),
        (90e6, "1.5 min"),
        (7200e6, "2 h"),
        (None, "–"),
    ],
)
def test_durations_are_written_in_the_unit_that_leaves_them_small(us: Any, words: str) -> None:
    assert duration(us) == words


def test_what_is_nearly_sure_is_never_called_sure() -> None:
    assert (probability(0.9999), probability(0.0), probability(0.6)) == ("over 99 %", "under 1 %", "60 %")
    assert (p_value(0.0), p_value(0.0312), p_value(None)) == ("below 0.001", "0.031", "–")
    assert too_few(1, 20, "days") == "too few: 1 of 20 days"
