"""Where things stand in the drawings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web import samples
from untaken.web.reports.charts.bars import balances, calendar_of, days_of
from untaken.web.reports.charts.equity import equity
from untaken.web.reports.charts.intervals import forest, interval_words
from untaken.web.reports.charts.scale import Scale
from untaken.web.reports.numbers import Money

USD = Money("USD")
finite = st.floats(-1e9, 1e9)


@given(st.lists(finite, min_size=1))
def test_every_value_of_a_scale_has_a_place_in_the_drawing_and_keeps_the_order(values: list[float]) -> None:
    scale = Scale.around(values)
    places = [scale.at(value) for value in sorted(values)]

    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


@given(st.lists(finite, min_size=1), st.integers(2, 8))
def test_ticks_are_round_few_and_within_the_scale(values: list[float], about: int) -> None:
    scale = Scale.around(values)
    ticks = scale.ticks(about)

    assert 1 <= len(ticks) <= about + 1
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    assert 0.0 in ticks


def test_an_interval_above_zero_is_drawn_right_of_the_zero_line() -> None:
    saving = samples.guard() | {"interval_milli_r": [50, 400]}
    doubtful = samples.guard() | {"interval_milli_r": [-300, 100]}

    axis, (first, second) = forest([saving, doubtful])

    assert axis.zero < first.low < first.high
    assert second.low < axis.zero < second.high


def test_the_band_of_no_material_effect_is_drawn_around_zero_and_only_if_it_is_known() -> None:
    axis, _ = forest([samples.guard()])
    unknown, _ = forest([samples.guard() | {"verdict_detail": {}}])

    assert axis.rope is not None
    assert axis.rope[0] < axis.zero < axis.rope[1]
    assert unknown.rope is None


def test_an_interval_far_wider_than_the_others_is_cut_off() -> None:
    guards = [samples.guard() | {"interval_milli_r": [-100, 100]} for _ in range(3)]
    _, intervals = forest([*guards, samples.guard() | {"interval_milli_r": [-90_000, 90_000]}])

    assert (intervals[3].left, intervals[3].right) == (True, True)
    assert not intervals[0].left
    assert intervals[0].high - intervals[0].low > 50


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (None, "unbounded"),
        ([None, 250], "at most +0.25 R"),
        ([-250, None], "at least −0.25 R"),
        ([-140, 552], "−0.14 R to +0.55 R"),
        ([-2, 2], "−0.002 R to +0.002 R"),
    ],
)
def test_an_interval_is_written_with_the_ends_that_it_has(
    bounds: list[float | None] | None, words: str
) -> None:
    guard = samples.guard() | {"interval_milli_r": bounds}
    _, (interval,) = forest([guard])

    assert interval_words(guard) == words
    assert interval.bounded == (bounds is not None and None not in bounds)


def test_missed_profit_grows_to_the_left_and_avoided_loss_to_the_right() -> None:
    guard = samples.guard() | {"avoided_loss": 30, "missed_profit": 10, "net_saved": 20}
    (bar,) = balances([guard], USD)

    assert bar is not None
    assert bar.avoided - bar.zero == pytest.approx(3 * (bar.zero - bar.missed), abs=0.01)
    assert bar.net - bar.zero == pytest.approx(2 * (bar.zero - bar.missed), abs=0.01)


def test_a_guard_without_money_has_no_bar() -> None:
    unknown = samples.guard() | {"avoided_loss": None, "missed_profit": None, "net_saved": None}

    assert balances([unknown, samples.guard()], USD)[0] is None


def day(name: str, saved: int = 100, n: int = 1) -> samples.Document:
    return {"day": name, "n": n, "saved_milli_r": saved}


def test_days_stand_where_the_calendar_has_them() -> None:
    guard = samples.guard() | {"days": [day("2024-01-01", 500), day("2024-01-04", -250)]}
    calendar = calendar_of([guard])
    assert calendar is not None
    days = days_of(guard, calendar)

    assert days is not None
    assert [bar.saves for bar in days.bars] == [True, False]
    assert days.bars[1].x - days.bars[0].x == 75
    assert days.bars[0].height == pytest.approx(2 * days.bars[1].height, abs=0.01)
    assert days.largest == "+0.5 R"


def test_a_long_calendar_is_drawn_in_weeks_that_hold_the_sum_of_their_days() -> None:
    guard = samples.guard() | {
        "days": [day("2024-01-01", 300), day("2024-01-07", 200), day("2024-12-30", -100)]
    }
    calendar = calendar_of([guard])
    assert calendar is not None
    days = days_of(guard, calendar)

    assert days is not None
    assert calendar.span == "week"
    assert [bar.label for bar in days.bars] == [
        "week of 2024-01-01: +0.50 R from 2 blocked signals",
        "week of 2024-12-30: −0.10 R from 1 blocked signal",
    ]


def test_an_equity_curve_begins_at_zero_and_ends_at_the_sum() -> None:
    days = [
        {"day": "2024-01-02", "in_turn": -15, "alone": 5, "real": None},
        {"day": "2024-01-01", "in_turn": 40, "alone": 5, "real": None},
    ]
    drawn = equity(days, USD)

    assert drawn is not None
    assert [(curve.name, curve.end) for curve in drawn.curves] == [
        ("in_turn", "+25.00 USD"),
        ("alone", "+10.00 USD"),
    ]
    assert drawn.deepest == "−15.00"
    assert drawn.curves[0].path.startswith(f"M0.0,{drawn.zero:.2f} ")


def test_a_single_day_makes_no_curve() -> None:
    assert equity([{"day": "2024-01-01", "in_turn": 4, "alone": 4, "real": 4}], USD) is None


def test_a_book_without_any_result_has_no_curve() -> None:
    days = [{"day": f"2024-01-0{n}", "in_turn": n, "alone": n, "real": 0} for n in (1, 2)]
    drawn = equity(days, USD)

    assert drawn is not None
    assert [curve.name for curve in drawn.curves] == ["in_turn", "alone"]
    assert equity([day | {"in_turn": 0, "alone": 0} for day in days], USD) is None


def test_a_curve_that_never_falls_has_no_drawdown() -> None:
    drawn = equity([{"day": f"2024-01-0{n}", "in_turn": n, "alone": n, "real": n} for n in (1, 2, 3)], USD)

    assert drawn is not None
    assert drawn.deepest == "0.00"
