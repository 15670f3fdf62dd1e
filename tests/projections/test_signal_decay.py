"""Durations, shortfall and edge by delay, worked out by hand; buckets as an expression are those of the function."""

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projections.answers import signals_of
from tests.projections.builders import DAY_2024, Row, at, signal
from untaken.projections.buckets import NEGATIVE, bucket_of
from untaken.projections.figures import Figures
from untaken.projections.ledger import DELAYS_S
from untaken.projections.signal_decay.figures import DecayTables, decay_section
from untaken.projections.signal_decay.table import EDGE_BY_DELAY, IMPLEMENTATION_SHORTFALL, SIGNAL_DELAYS
from untaken.projections.statistics import histogram
from untaken.projections.statistics.rules import VerdictRules

DURATIONS_US = [900, 1500, 1500, 2200, 40_000, 41_000, 750_000]


def section(*rows: Row, closed_before: int = DAY_2024 + 1_000) -> Figures:
    ledger = signals_of(*rows)
    tables = DecayTables(
        SIGNAL_DELAYS.fold(ledger), IMPLEMENTATION_SHORTFALL.fold(ledger), EDGE_BY_DELAY.fold(ledger)
    )
    return decay_section(tables, VerdictRules(), closed_before)


def later(**known: int) -> list[int | None]:
    """Return returns by delay; `s60=5` is that of 60 s."""
    return [known.get(f"s{delay}") for delay in DELAYS_S]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 70).map(lambda bits: 2**bits % 2**63), min_size=1))
def test_buckets_of_a_column_are_those_of_the_function(values: list[int]) -> None:
    buckets = pl.select(bucket_of(pl.lit(pl.Series(values, dtype=pl.Int64)))).to_series()

    assert buckets.to_list() == [histogram.bucket_of(value) for value in values]


@pytest.mark.parametrize("bits", range(6, 63))
def test_around_every_power_of_two_the_buckets_agree(bits: int) -> None:
    values = [2**bits - 1, 2**bits, 2**bits + 1, 2**bits + 2 ** (bits - 6) - 1]
    buckets = pl.select(bucket_of(pl.lit(pl.Series(values)))).to_series()

    assert buckets.to_list() == [histogram.bucket_of(value) for value in values]


def test_durations_to_decision_and_to_fill() -> None:
    """The fourth of seven is the median, the last p90, p95 and p99 by nearest rank; the mean is exact."""
    rows = [signal(f"s{n}", decision_latency_us=us) for n, us in enumerate(DURATIONS_US)]
    figures = section(*rows, signal("filled", fill_latency_us=1_000_000))["overall"]
    decision, fill = figures["to_decision"], figures["to_fill"]

    assert (decision["n"], decision["sum_us"], decision["mean_us"]) == (7, 837_100, 837_100 / 7)
    assert decision["buckets"] == {"304": 1, "349": 2, "388": 1, "654": 1, "656": 1, "923": 1}
    assert 2176 <= decision["median_us"] < 2208
    assert all(745_472 <= decision[f"{name}_us"] < 753_664 for name in ("p90", "p95", "p99"))
    assert (fill["n"], fill["buckets"]) == (1, {"954": 1})


def test_a_duration_below_zero_is_counted_and_in_no_mean() -> None:
    decision = section(
        signal(decision_latency_us=-200_000),
        signal("s2", decision_latency_us=64),
        signal("s3", decision_latency_us=0),
    )["overall"]["to_decision"]

    assert (decision["n"], decision["negative"], decision["sum_us"], decision["mean_us"]) == (2, 1, 64, 32.0)
    assert decision["buckets"] == {"0": 1, "64": 1}
    assert str(NEGATIVE) not in decision["buckets"]


@pytest.mark.parametrize(
    ("direction", "fill_price", "bps"),
    [("long", 100.12, 12.0), ("short", 99.95, 5.0), ("long", 99.9, -10.0), ("short", 100.0, 0.0)],
)
def test_shortfall_is_what_the_fill_lost_against_the_decision_price(
    direction: str, fill_price: float, bps: float
) -> None:
    row = signal(direction=direction, decision_price=100.0, fill_price=fill_price)
    shortfall = section(row, signal("never filled", direction="long", decision_price=100.0))["overall"][
        "shortfall_bps"
    ]

    assert (shortfall["n"], shortfall["mean"]) == (1, pytest.approx(bps, abs=1e-9))


def test_a_shortfall_beyond_all_bounds_is_left_out_and_stops_nothing() -> None:
    rows = [
        signal(direction="long", decision_price=1e-12, fill_price=1e12),
        signal("s2", direction="long", decision_price=100.0, fill_price=100.1),
    ]

    assert section(*rows)["overall"]["shortfall_bps"]["n"] == 1


def test_edge_by_delay_compares_the_very_same_signals() -> None:
    """At 60 s both are known, 14925 and -1000 against 20000 and 5000; at 300 s the first alone; below 60 s none."""
    rows = [
        signal(pnl=20.0, r=1.0, later_ppm=later(s60=14_925, s300=0, s900=0)),
        signal("s2", pnl=5.0, r=0.25, later_ppm=later(s60=-1_000)),
        signal("again", pnl=50.0, r=1.0, overlapped=True, later_ppm=later(s60=9)),
        signal("pending"),
    ]
    figures = section(*rows)["overall"]

    assert figures["edge_n"] == {
        "0": 2,
        "1": 0,
        "5": 0,
        "15": 0,
        "30": 0,
        "60": 2,
        "300": 1,
        "900": 1,
        "3600": 0,
    }
    assert figures["edge_ppm"]["0"] == 12_500
    assert figures["edge_ppm"]["60"] == (14_925 - 1_000) / 2
    assert figures["edge_ppm"]["30"] is None
    assert figures["paired_difference_ppm"]["60"] == (-5_075 - 6_000) / 2
    assert figures["paired_difference_ppm"]["300"] == -20_000
    assert figures["paired_difference_ppm"]["3600"] is None


def test_fewer_than_four_delays_identify_no_half_life() -> None:
    figures = section(signal(pnl=20.0, r=1.0, later_ppm=later(s60=14_925, s300=0, s900=0)))["overall"]

    assert (figures["half_life"], figures["half_life_reason"]) == ("not identified", "delays")
    assert (figures["half_life_s"], figures["half_life_interval_s"], figures["half_life_fit"]) == (
        None,
        None,
        None,
    )


def decaying(days: int = 60, *, edge: int = 10_000, half_life_s: float = 60.0) -> list[Row]:
    """Return three signals a day, one R being 20000 ppm, whose edge halves every `half_life_s`."""
    draw = random.Random(5)
    return [
        _decaying(day, n, edge, half_life_s, draw.gauss(0, 8_000)) for day in range(days) for n in range(3)
    ]


def _decaying(day: int, n: int, edge: int, half_life_s: float, luck: float) -> Row:
    known: Any = {f"s{delay}": round(luck + edge * 2 ** (-delay / half_life_s)) for delay in DELAYS_S}
    ppm = round(luck + edge)
    fields = {"return_ppm": ppm, "milli_r": round(ppm / 20), "later_ppm": later(**known)}
    return signal(f"{day}-{n}", pnl=1.0, r=1.0, at=at(day)) | fields


def test_a_planted_half_life_is_found_by_strategy_and_symbol() -> None:
    figures = section(*decaying())["pairs"][0]

    assert (figures["strategy"], figures["symbol"], figures["half_life"]) == (
        "swing",
        "BTC/USD",
        "identified",
    )
    assert figures["half_life_s"] == pytest.approx(60, rel=0.05)
    assert figures["half_life_interval_s"][0] < 60 < figures["half_life_interval_s"][1]


def test_a_signal_without_an_edge_has_no_half_life() -> None:
    assert section(*decaying(edge=0))["overall"]["half_life_reason"] == "no_edge"


def test_days_that_are_not_closed_count_in_the_edge_but_not_in_the_half_life() -> None:
    figures = section(*decaying(), closed_before=DAY_2024)["overall"]

    assert figures["edge_n"]["60"] == 180
    assert figures["half_life_reason"] == "delays"


def test_figures_are_told_by_strategy_by_symbol_and_by_both() -> None:
    rows = [
        signal(decision_latency_us=10),
        signal("s2", decision_latency_us=20, strategy="drift"),
        signal("s3", decision_latency_us=30, symbol="ETH/USD"),
    ]
    figures = section(*rows)

    assert [(each["strategy"], each["to_decision"]["sum_us"]) for each in figures["strategies"]] == [
        ("drift", 20),
        ("swing", 40),
    ]
    assert [(each["symbol"], each["to_decision"]["n"]) for each in figures["symbols"]] == [
        ("BTC/USD", 2),
        ("ETH/USD", 1),
    ]
    assert len(figures["pairs"]) == 3


def test_no_signals_have_no_figures() -> None:
    figures = section()

    assert figures["overall"]["to_decision"]["mean_us"] is None
    assert figures["overall"]["shortfall_bps"] == {"n": 0, "mean": None}
    assert set(figures["overall"]["edge_ppm"].values()) == {None}
    assert (figures["strategies"], figures["symbols"], figures["pairs"]) == ([], [], [])
